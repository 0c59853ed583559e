//! `TagRole`.

use aws_wire::query::{Bounds, FullTag};
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::RoleName;
use model::{Command, command};

use super::tags;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Adds or replaces tags of a role.
    pub(super) struct TagRole(Iam, "IAM API reference, TagRole") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// The tags.
        tags: Vec<FullTag> = "Tags" [Bounds::items(1, 1000)],
    }
}

impl Permitted for TagRole {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Write for TagRole {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let tags = tags::collect(&self.tags)?;
        let resources = vec![call.role(&self.role_name)?.id.into()];
        Ok(command::CreateTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
