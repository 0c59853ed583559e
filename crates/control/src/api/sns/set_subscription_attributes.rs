//! `SetSubscriptionAttributes`.

use aws_wire::query::SubscriptionArn;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::{Command, command};

use super::{attributes, topics};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes one attribute of a subscription.
    pub(super) struct SetSubscriptionAttributes(
        Sns,
        "Amazon SNS API reference, SetSubscriptionAttributes"
    ) {
        /// Of which subscription.
        subscription_arn: SubscriptionArn = "SubscriptionArn",
        /// Which attribute.
        attribute_name: String = "AttributeName",
        /// Its value.
        attribute_value: Option<String> = "AttributeValue",
    }
}

impl Permitted for SetSubscriptionAttributes {
    const PERMISSION: Permission = Permission::Any;
}

impl Write for SetSubscriptionAttributes {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let (_, subscription) = topics::subscription(call, &self.subscription_arn)?;
        let value = self.attribute_value.as_deref().unwrap_or_default();
        let raw = attributes::of_subscription(&self.attribute_name, value)?;
        let command = command::SetSubscriptionAttribute {
            subscription: subscription.id,
            // What is so anyway changes nothing.
            raw_message_delivery: raw.unwrap_or(subscription.raw_message_delivery),
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
