//! `GetSubscriptionAttributes`.

use aws_wire::query::SubscriptionArn;
use aws_wire::xml::Map;
use aws_wire::{ApiError, request, response};

use super::topics;
use super::view::subscription;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows the attributes of a subscription.
    pub(super) struct GetSubscriptionAttributes(
        Sns,
        "Amazon SNS API reference, GetSubscriptionAttributes"
    ) {
        /// Which.
        subscription_arn: SubscriptionArn = "SubscriptionArn",
    }
}

response! {
    /// Attributes.
    pub(super) struct Response {
        /// By name.
        attributes: Map = "Attributes",
    }
}

impl Permitted for GetSubscriptionAttributes {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for GetSubscriptionAttributes {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let (topic, one) = topics::subscription(call, &self.subscription_arn)?;
        let delivery = call.control.delivery();
        let settings = call.state.settings();
        let attributes = subscription::attributes(settings, &topic, one, delivery.as_deref());
        Ok(Response { attributes })
    }
}
