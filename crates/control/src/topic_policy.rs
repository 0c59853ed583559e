//! What a topic's policy allows: to accounts, and to the service that tells of connections.
//!
//! Source: Amazon SNS developer guide, "Access control"; PrivateLink guide, "Add an access policy", 2026. Invariant: a
//! policy that cannot be read allows nothing.

use iam::{
    Context, Decision, Limits, Named, Policies, Policy, PolicyError, PolicyKind, Principal,
    Request, Resource, ResourcePolicy, evaluate,
};
use model::connection_notification::NotificationSubject;
use model::limits::TOPIC_POLICY_CHARS_MAX;
use model::topic::TopicAddress;
use model::{AccountId, Settings, State, Topic};

/// To publish, as policies call it.
pub(crate) const PUBLISH: &str = "SNS:Publish";
/// To subscribe, as policies call it.
pub(crate) const SUBSCRIBE: &str = "SNS:Subscribe";
/// The service that tells of connections, as policies call it.
const PRIVATE_LINK: &str = "vpce.amazonaws.com";

/// Reads a policy.
///
/// # Errors
/// With the place of what is wrong.
pub(crate) fn parse(text: &str) -> Result<Policy, PolicyError> {
    let limits = Limits::characters(TOPIC_POLICY_CHARS_MAX);
    Policy::parse(text, PolicyKind::Resource, limits)
}

/// A topic's policy: its own, or what a topic has by itself, which is for its owner alone.
pub(crate) fn text(settings: &Settings, topic: &Topic) -> String {
    if let Some(policy) = &topic.policy {
        return policy.clone();
    }
    let actions = [
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:AddPermission",
        "SNS:RemovePermission",
        "SNS:DeleteTopic",
        SUBSCRIBE,
        "SNS:ListSubscriptionsByTopic",
        PUBLISH,
    ];
    serde_json::json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": actions,
            "Resource": topic.arn(settings).as_str(),
            "Condition": {"StringEquals": {"AWS:SourceOwner": topic.owner.to_string()}},
        }],
    })
    .to_string()
}

/// Whether somebody of an account, whose own policies allow it, may do something to a topic. What the policy says nothing
/// of is for the topic's own account to allow.
///
/// # Errors
/// Why not, as the end of a sentence.
pub(crate) fn admits(
    settings: &Settings,
    topic: &Topic,
    principal: &Principal,
    account: AccountId,
    action: &str,
) -> Result<(), String> {
    let mut context = Context::new();
    context.insert("aws:SourceOwner", account.to_string());
    let unsaid = if topic.owner == account {
        Unsaid::Allowed
    } else {
        Unsaid::Refused
    };
    judge(settings, topic, principal, action, context, unsaid)
}

/// Whether events of a notification may be published to its topic.
///
/// # Errors
/// Why not, as a sentence.
pub(crate) fn admits_events(
    state: &State,
    topic: &TopicAddress,
    subject: NotificationSubject,
    owner: AccountId,
) -> Result<(), String> {
    let settings = state.settings();
    let Some(topic) = state.topic_at(topic) else {
        return Err("the topic does not exist".to_owned());
    };
    let principal = Principal::Service {
        name: PRIVATE_LINK.to_owned(),
    };
    let mut context = Context::new();
    let source = subject.arn(settings, owner);
    context.insert("aws:SourceArn", source.as_str());
    context.insert("aws:SourceAccount", owner.to_string());
    judge(
        settings,
        topic,
        &principal,
        PUBLISH,
        context,
        Unsaid::Refused,
    )
    .map_err(|why| {
        format!("the topic's policy does not let {PRIVATE_LINK} perform {PUBLISH}: {why}")
    })
}

/// What becomes of what a policy says nothing of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unsaid {
    Allowed,
    Refused,
}

fn judge(
    settings: &Settings,
    topic: &Topic,
    principal: &Principal,
    action: &str,
    mut context: Context,
    unsaid: Unsaid,
) -> Result<(), String> {
    let policy = parse(&text(settings, topic)).map_err(|error| error.to_string())?;
    principal.describe(&mut context);
    let (arn, owner) = (topic.arn(settings), topic.owner.to_string());
    let policy = Named {
        name: "the topic's policy",
        policy: &policy,
    };
    let resource = Resource {
        arn: arn.as_str(),
        account: Some(&owner),
        context: None,
        policy: Some(ResourcePolicy {
            policy,
            required: false,
            context: None,
        }),
    };
    let request = Request {
        principal,
        action,
        resources: &[resource],
        context: &context,
    };
    match evaluate(&request, &Policies::default()) {
        Decision::Allowed { .. } => Ok(()),
        Decision::NotAllowed { .. } if unsaid == Unsaid::Allowed => Ok(()),
        refused @ (Decision::Denied { .. }
        | Decision::NotAllowed { .. }
        | Decision::Undecided { .. }) => Err(refused.to_string()),
    }
}
