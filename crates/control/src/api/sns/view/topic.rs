//! Topics.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use aws_wire::xml::Map;
use model::Topic;
use model::subscription::SubscriptionState;

use crate::api::listing::Described;
use crate::api::view::View;
use crate::delivery::DeliveryTerms;
use crate::signing::SIGNATURE_VERSION;
use crate::topic_policy;

impl Described for Topic {}

/// Lists of topics have no filters.
impl Filterable for View<'_, Topic> {
    fn filters() -> Vec<FilterSpec<Self>> {
        Vec::new()
    }
}

response! {
    /// A topic in a list.
    pub(in crate::api::sns) struct TopicItem {
        /// ARN.
        topic_arn: String = "TopicArn",
    }
}

impl From<View<'_, Topic>> for TopicItem {
    fn from(topic: View<'_, Topic>) -> Self {
        Self {
            topic_arn: topic.arn(topic.state.settings()).to_string(),
        }
    }
}

/// Every attribute of a topic, and how its messages are tried.
pub(in crate::api::sns) fn attributes(
    topic: View<'_, Topic>,
    delivery: Option<&DeliveryTerms>,
) -> Map {
    let (settings, tables) = (topic.state.settings(), topic.state.tables());
    let indexes = topic.state.indexes();
    let subscriptions = indexes.subscriptions_by_topic.of(&topic.id);
    let states = subscriptions.filter_map(|id| tables.subscriptions.get(id).map(|one| one.state));
    let (mut pending, mut confirmed) = (0, 0);
    for state in states {
        match state {
            SubscriptionState::Pending { .. } => pending += 1,
            SubscriptionState::Confirmed { .. } => confirmed += 1,
            SubscriptionState::Cancelled { .. } => {}
        }
    }
    let mut attributes = vec![
        ("DisplayName", topic.display_name.clone()),
        ("Owner", topic.owner.to_string()),
        ("Policy", topic_policy::text(settings, &topic)),
        ("SignatureVersion", SIGNATURE_VERSION.to_owned()),
        ("SubscriptionsConfirmed", confirmed.to_string()),
        ("SubscriptionsDeleted", "0".to_owned()),
        ("SubscriptionsPending", pending.to_string()),
        ("TopicArn", topic.arn(settings).to_string()),
    ];
    attributes.extend(delivery.map(|terms| ("EffectiveDeliveryPolicy", terms.retry.effective())));
    Map(attributes)
}
