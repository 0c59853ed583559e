//! The policies of topics, and what they allow to the service that tells of connections. What they allow to those who
//! call is judged together with the callers' own policies (`api/access.rs`).
//!
//! Source: Amazon SNS developer guide, "Access control"; PrivateLink guide, "Add an access policy", 2026. Invariant: a
//! policy that cannot be read allows nothing.

use iam::{
    Context, Limits, Named, Policies, Policy, PolicyError, PolicyKind, Principal, Request,
    Resource, ResourcePolicy, evaluate,
};
use model::connection_notification::NotificationSubject;
use model::limits::TOPIC_POLICY_CHARS_MAX;
use model::topic::TopicAddress;
use model::{AccountId, Settings, State, Topic};

/// To publish, as policies call it.
const PUBLISH: &str = "SNS:Publish";
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
        "SNS:Subscribe",
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
    principal.describe(&mut context);
    let policy = parse(&text(settings, topic)).map_err(|error| error.to_string())?;
    let (arn, account) = (topic.arn(settings), topic.owner.to_string());
    let resource = Resource {
        arn: arn.as_str(),
        account: Some(&account),
        context: None,
        policy: Some(ResourcePolicy {
            policy: Named {
                name: "the topic's policy",
                policy: &policy,
            },
            required: false,
            context: None,
        }),
    };
    let request = Request {
        principal: &principal,
        action: PUBLISH,
        resources: &[resource],
        context: &context,
    };
    let decision = evaluate(&request, &Policies::default());
    if decision.is_allowed() {
        return Ok(());
    }
    Err(not_admitted(&decision.to_string()))
}

/// Why nothing is published, when all that may be told is that the policy does not allow it.
pub(crate) fn unexplained() -> String {
    not_admitted(&format!(
        "because no resource-based policy allows the {PUBLISH} action"
    ))
}

fn not_admitted(why: &str) -> String {
    format!("the topic's policy does not let {PRIVATE_LINK} perform {PUBLISH}: {why}")
}
