//! `ListSubscriptionsByTopic`.

use aws_wire::query::{TokenPage, TopicArn};
use aws_wire::{ApiError, request};

use super::topics;
use super::view::subscription::{Subscriptions, page};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the subscriptions of a topic.
    pub(super) struct ListSubscriptionsByTopic(
        Sns,
        "Amazon SNS API reference, ListSubscriptionsByTopic"
    ) {
        /// Which topic's.
        topic_arn: TopicArn = "TopicArn",
    }
    groups {
        /// From where on.
        page: TokenPage,
    }
}

impl Permitted for ListSubscriptionsByTopic {
    const PERMISSION: Permission = Permission::on(&["TopicArn"]);
}

impl Read for ListSubscriptionsByTopic {
    type Response = Subscriptions;

    fn answer(&self, call: &Call<'_>) -> Result<Subscriptions, ApiError> {
        let topic = topics::permitted(call, &self.topic_arn)?.id;
        let of_topic = &call.state.indexes().subscriptions_by_topic;
        page(call, &[topic.to_string()], (&self.page).into(), |after| {
            Box::new(of_topic.of_after(&topic, after.as_ref()).copied())
        })
    }
}
