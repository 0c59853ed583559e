//! Subscriptions.

use aws_wire::ApiError;
use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use aws_wire::xml::Map;
use model::subscription::SubscriptionState;
use model::{AccountId, Settings, State, Subscription, SubscriptionId, Topic};

use crate::api::call::Call;
use crate::api::listing::{Cut, Ids, Item, Paged, list_within};
use crate::delivery::DeliveryTerms;

/// A subscription with its topic.
pub(in crate::api::sns) struct SubscriptionView<'s> {
    settings: &'s Settings,
    topic: &'s Topic,
    subscription: &'s Subscription,
}

impl<'s> SubscriptionView<'s> {
    /// A subscription that everybody concerned can see.
    fn new(state: &'s State, id: SubscriptionId) -> Option<Self> {
        let subscription = state.tables().subscriptions.get(&id)?;
        if subscription.state.is_cancelled() {
            return None;
        }
        Some(Self {
            settings: state.settings(),
            topic: state.tables().topics.get(&subscription.topic)?,
            subscription,
        })
    }
}

/// Lists of subscriptions have no filters.
impl Filterable for SubscriptionView<'_> {
    fn filters() -> Vec<FilterSpec<Self>> {
        Vec::new()
    }
}

impl Item for SubscriptionView<'_> {
    type Id = SubscriptionId;

    fn id(&self) -> SubscriptionId {
        self.subscription.id
    }
}

response! {
    /// A page of subscriptions.
    pub(in crate::api::sns) struct Subscriptions {
        /// The subscriptions.
        subscriptions: Vec<SubscriptionItem> = "Subscriptions",
        /// Where the next page begins.
        next_token: Option<String> = "NextToken",
    }
}

response! {
    /// A subscription in a list.
    pub(in crate::api::sns) struct SubscriptionItem {
        /// ARN, or that it is not confirmed.
        subscription_arn: String = "SubscriptionArn",
        /// Whose.
        owner: AccountId = "Owner",
        /// How messages are sent.
        protocol: &'static str = "Protocol",
        /// Where to.
        endpoint: String = "Endpoint",
        /// The topic.
        topic_arn: String = "TopicArn",
    }
}

impl From<SubscriptionView<'_>> for SubscriptionItem {
    fn from(view: SubscriptionView<'_>) -> Self {
        let subscription_arn = if view.subscription.state.is_confirmed() {
            view.subscription.arn(view.settings, view.topic).to_string()
        } else {
            "PendingConfirmation".to_owned()
        };
        Self {
            subscription_arn,
            owner: view.subscription.owner,
            protocol: view.subscription.protocol.as_aws_str(),
            endpoint: view.subscription.endpoint.clone(),
            topic_arn: view.topic.arn(view.settings).to_string(),
        }
    }
}

/// A page of subscriptions that an index has.
pub(in crate::api::sns) fn page<'s>(
    call: &Call<'s>,
    scope: &[String],
    cut: Cut<'_>,
    ids: impl FnOnce(Option<SubscriptionId>) -> Ids<'s, SubscriptionId>,
) -> Result<Subscriptions, ApiError> {
    let state = call.state;
    let (found, next_token): Paged<SubscriptionView<'s>> =
        list_within(call, scope, &[], cut, |after| {
            Ok(Box::new(
                ids(after).filter_map(move |id| SubscriptionView::new(state, id)),
            ))
        })?;
    Ok(Subscriptions {
        subscriptions: found.into_iter().map(Into::into).collect(),
        next_token,
    })
}

/// Every attribute of a subscription, and how its messages are tried. Who made it is not kept.
pub(in crate::api::sns) fn attributes(
    settings: &Settings,
    topic: &Topic,
    subscription: &Subscription,
    delivery: Option<&DeliveryTerms>,
) -> Map {
    let authenticated = match subscription.state {
        SubscriptionState::Confirmed { authenticated, .. } => authenticated,
        SubscriptionState::Pending { .. } | SubscriptionState::Cancelled { .. } => false,
    };
    let pending = !subscription.state.is_confirmed();
    let raw = subscription.raw_message_delivery;
    let arn = subscription.arn(settings, topic).to_string();
    let mut attributes = vec![
        ("ConfirmationWasAuthenticated", authenticated.to_string()),
        ("Endpoint", subscription.endpoint.clone()),
        ("Owner", subscription.owner.to_string()),
        ("PendingConfirmation", pending.to_string()),
        ("Protocol", subscription.protocol.as_aws_str().to_owned()),
        ("RawMessageDelivery", raw.to_string()),
        ("SubscriptionArn", arn),
        ("TopicArn", topic.arn(settings).to_string()),
    ];
    attributes.extend(delivery.map(|terms| ("EffectiveDeliveryPolicy", terms.retry.effective())));
    Map(attributes)
}
