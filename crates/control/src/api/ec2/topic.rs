//! The topic of a notification of connections.

use std::collections::BTreeSet;

use aws_wire::ApiError;
use aws_wire::query::TopicArn;
use model::AccountId;
use model::connection_notification::{ConnectionEventKind, NotificationSubject};
use model::topic::TopicAddress;

use crate::api::call::Call;
use crate::topic_policy;

/// The topic of an ARN, if events of a subject may be published to it. It may be another account's.
///
/// # Errors
/// It is not here, or its policy does not allow it. AWS documents no words for it.
pub(super) fn notifiable(
    call: &Call<'_>,
    arn: &TopicArn,
    subject: NotificationSubject,
    owner: AccountId,
) -> Result<TopicAddress, ApiError> {
    let settings = call.state.settings();
    let here = (&arn.partition, &arn.region) == (&settings.partition, &settings.region);
    let admitted = if here {
        topic_policy::admits_events(call.state, &arn.topic, subject, owner)
    } else {
        Err("the topic is of another region".to_owned())
    };
    admitted.map_err(|why| {
        // Whether another account's topic exists, and what its policy says, is not for the caller to know.
        let foreign = here && arn.topic.owner != call.caller;
        let why = if foreign {
            topic_policy::unexplained()
        } else {
            why
        };
        let topic = arn.topic.arn(settings);
        let message = format!("The notification ARN {topic} cannot be used: {why}");
        ApiError::client("InvalidParameter", message)
    })?;
    Ok(arn.topic.clone())
}

/// Events as a set.
pub(super) fn event_set(events: &[ConnectionEventKind]) -> BTreeSet<ConnectionEventKind> {
    events.iter().copied().collect()
}
