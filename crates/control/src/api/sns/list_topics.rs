//! `ListTopics`.

use aws_wire::query::TokenPage;
use aws_wire::{ApiError, request, response};
use model::Topic;

use super::view::topic::TopicItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::listing::list;
use crate::api::view::View;

request! {
    /// Lists the caller's topics.
    pub(super) struct ListTopics(Sns, "Amazon SNS API reference, ListTopics") {}
    groups {
        /// From where on.
        page: TokenPage,
    }
}

response! {
    /// Topics.
    pub(super) struct Response {
        /// The topics.
        topics: Vec<TopicItem> = "Topics",
        /// Where the next page begins.
        next_token: Option<String> = "NextToken",
    }
}

impl Permitted for ListTopics {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for ListTopics {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) = list::<View<'_, Topic>>(call, &[], &[], cut)?;
        Ok(Response { topics: found.into_iter().map(Into::into).collect(), next_token })
    }
}
