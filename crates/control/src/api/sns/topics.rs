//! Topics and subscriptions by ARN, as far as the caller may reach them.

use aws_wire::ApiError;
use aws_wire::query::{SubscriptionArn, TopicArn};
use http::StatusCode;
use model::rejection::Messaging;
use model::{Subscription, Topic, TopicId};

use crate::api::call::Call;
use crate::api::view::{View, owned};
use crate::topic_policy;

owned!(Topic, TopicId, topics, topics_by_account, no_topic);

const fn no_topic(_: TopicId) -> Messaging {
    Messaging::NoTopic
}

/// The answer to a caller who may not do something to a topic. It does not tell whether the topic exists.
fn denied(call: &Call<'_>, arn: &TopicArn, action: &str, why: &str) -> ApiError {
    let resource = arn.topic.arn(call.state.settings());
    let who = call.identity.arn();
    let message =
        format!("User: {who} is not authorized to perform: {action} on resource: {resource} {why}");
    ApiError::new(StatusCode::FORBIDDEN, "AuthorizationError", message)
}

/// The caller's topic of an ARN, for an action that policies call `action`.
///
/// # Errors
/// It does not exist, or is another account's.
pub(super) fn own<'s>(call: &Call<'s>, arn: &TopicArn) -> Result<View<'s, Topic>, ApiError> {
    check_owner(call, arn)?;
    find(call, arn).ok_or_else(|| call.not_found(Messaging::NoTopic))
}

/// Refuses a topic of another account.
///
/// # Errors
/// It is.
pub(super) fn check_owner(call: &Call<'_>, arn: &TopicArn) -> Result<(), ApiError> {
    if arn.topic.owner == call.caller {
        return Ok(());
    }
    let action = format!("SNS:{}", call.action);
    let why = "because it is another account's";
    Err(denied(call, arn, &action, why))
}

/// Anybody's topic of an ARN, if its policy lets the caller do what it calls `action`.
///
/// # Errors
/// It does not exist, or the policy does not.
pub(super) fn permitted<'s>(
    call: &Call<'s>,
    arn: &TopicArn,
    action: &str,
) -> Result<View<'s, Topic>, ApiError> {
    let settings = call.state.settings();
    let Some(topic) = find(call, arn) else {
        check_owner(call, arn)?;
        return Err(call.not_found(Messaging::NoTopic));
    };
    topic_policy::admits(
        settings,
        &topic,
        call.identity.principal(),
        call.caller,
        action,
    )
    .map_err(|why| denied(call, arn, action, &why))?;
    Ok(topic)
}

/// Anybody's topic of an ARN. One of another region or partition is not here.
fn find<'s>(call: &Call<'s>, arn: &TopicArn) -> Option<View<'s, Topic>> {
    let settings = call.state.settings();
    let here = (&arn.partition, &arn.region) == (&settings.partition, &settings.region);
    let found = call.state.topic_at(&arn.topic).filter(|_| here)?;
    Some(call.view(found))
}

/// A subscription that the caller or the owner of its topic may look at: with its topic.
///
/// # Errors
/// There is none, or neither is the caller.
pub(super) fn subscription<'s>(
    call: &Call<'s>,
    arn: &SubscriptionArn,
) -> Result<(View<'s, Topic>, &'s Subscription), ApiError> {
    let missing = || call.not_found(Messaging::NoSubscription);
    let subscription = call.state.tables().subscriptions.get(&arn.id);
    let subscription = subscription.filter(|one| !one.state.is_cancelled());
    let subscription = subscription.ok_or_else(missing)?;
    let topic = call.present::<Topic>(subscription.topic)?;
    let named = find(call, &arn.topic).is_some_and(|named| named.id == topic.id);
    let mine = [subscription.owner, topic.owner].contains(&call.caller);
    if named && mine {
        return Ok((topic, subscription));
    }
    Err(missing())
}
