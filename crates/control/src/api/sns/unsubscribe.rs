//! `Unsubscribe`.

use aws_wire::query::SubscriptionArn;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::command::UnsubscribedBy;
use model::{Command, command};

use super::public::NOBODY;
use super::topics;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Ends a subscription, if there is one. Without a signature its endpoint is told, and can take that back.
    pub(super) struct Unsubscribe(Sns, "Amazon SNS API reference, Unsubscribe") {
        /// Which.
        subscription_arn: SubscriptionArn = "SubscriptionArn",
    }
}

impl Permitted for Unsubscribe {
    const PERMISSION: Permission = Permission::Any;
}

impl Write for Unsubscribe {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let by = if call.caller == NOBODY {
            UnsubscribedBy::Link
        } else {
            let found = call.state.tables().subscriptions.get(&self.subscription_arn.id);
            if found.is_some_and(|one| !one.state.is_cancelled()) {
                topics::subscription(call, &self.subscription_arn)?;
            }
            UnsubscribedBy::Caller
        };
        let subscription = self.subscription_arn.id;
        Ok(command::Unsubscribe { subscription, by }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
