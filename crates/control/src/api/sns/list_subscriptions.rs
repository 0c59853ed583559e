//! `ListSubscriptions`.

use aws_wire::query::TokenPage;
use aws_wire::{ApiError, request};

use super::view::subscription::{Subscriptions, page};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the caller's subscriptions.
    pub(super) struct ListSubscriptions(Sns, "Amazon SNS API reference, ListSubscriptions") {}
    groups {
        /// From where on.
        page: TokenPage,
    }
}

impl Permitted for ListSubscriptions {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for ListSubscriptions {
    type Response = Subscriptions;

    fn answer(&self, call: &Call<'_>) -> Result<Subscriptions, ApiError> {
        let own = &call.state.indexes().subscriptions_by_account;
        page(call, &[], (&self.page).into(), |after| {
            Box::new(own.of_after(&call.caller, after.as_ref()).copied())
        })
    }
}
