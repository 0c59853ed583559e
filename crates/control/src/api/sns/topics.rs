//! Topics and subscriptions by ARN, as far as the caller may reach them.

use aws_wire::ApiError;
use aws_wire::query::{SubscriptionArn, TopicArn};
use model::rejection::Messaging;
use model::{Subscription, Topic, TopicId};

use crate::api::access::denied_by_resource;
use crate::api::call::Call;
use crate::api::view::{View, owned};

owned!(Topic, TopicId, topics, topics_by_account, no_topic);

const fn no_topic(_: TopicId) -> Messaging {
    Messaging::NoTopic
}

/// The caller's topic of an ARN.
///
/// # Errors
/// It does not exist, or is another account's.
pub(super) fn own<'s>(call: &Call<'s>, arn: &TopicArn) -> Result<View<'s, Topic>, ApiError> {
    check_owner(call, arn)?;
    permitted(call, arn)
}

/// Refuses a topic of another account, in the words of a topic's policy that does not allow it: what only its own account
/// does is not told from that.
///
/// # Errors
/// It is.
pub(super) fn check_owner(call: &Call<'_>, arn: &TopicArn) -> Result<(), ApiError> {
    if arn.topic.owner == call.caller {
        return Ok(());
    }
    let action = format!("{}:{}", call.service, call.action);
    let resource = arn.topic.arn(call.state.settings());
    Err(denied_by_resource(call, &action, resource.as_str()))
}

/// Anybody's topic of an ARN, for those who may do with it what they ask for: that is judged before, by its policy, too.
///
/// # Errors
/// It does not exist, or is of another region.
pub(super) fn permitted<'s>(call: &Call<'s>, arn: &TopicArn) -> Result<View<'s, Topic>, ApiError> {
    if !is_here(call, arn) {
        let message = "Invalid parameter: TopicArn";
        return Err(ApiError::client("InvalidParameter", message));
    }
    find(call, arn).ok_or_else(|| call.not_found(Messaging::NoTopic))
}

/// Anybody's topic of an ARN. One of another region or partition is not here.
fn find<'s>(call: &Call<'s>, arn: &TopicArn) -> Option<View<'s, Topic>> {
    let found = call.state.topic_at(&arn.topic);
    let found = found.filter(|_| is_here(call, arn))?;
    Some(call.view(found))
}

fn is_here(call: &Call<'_>, arn: &TopicArn) -> bool {
    let settings = call.state.settings();
    (&arn.partition, &arn.region) == (&settings.partition, &settings.region)
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
