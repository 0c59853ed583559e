//! `TagUser`.

use aws_wire::query::{Bounds, FullTag};
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::UserName;
use model::{Command, command};

use super::tags;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Adds or replaces tags of a user.
    pub(super) struct TagUser(Iam, "IAM API reference, TagUser") {
        /// Which user.
        user_name: UserName = "UserName",
        /// The tags.
        tags: Vec<FullTag> = "Tags" [Bounds::items(1, 1000)],
    }
}

impl Permitted for TagUser {
    const PERMISSION: Permission = Permission::on(&["UserName"]);
}

impl Write for TagUser {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let tags = tags::collect(&self.tags)?;
        let resources = vec![call.user(&self.user_name)?.id.into()];
        Ok(command::CreateTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
