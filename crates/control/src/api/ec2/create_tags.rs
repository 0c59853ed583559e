//! `CreateTags`.

use aws_wire::query::{Bounds, DryRun, Tag};
use aws_wire::xml::Return;
use aws_wire::{ApiError, Dialect, request};
use model::{Command, ResourceId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Adds or replaces tags of resources, all or none.
    pub(super) struct CreateTags(Ec2, "EC2 API reference, CreateTags") {
        /// Of which resources.
        resource_ids: Vec<ResourceId> = "ResourceId" [Bounds::items(1, 1000)],
        /// The tags.
        tags: Vec<Tag> = "Tag" [Bounds::items(1, 1000)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for CreateTags {
    const PERMISSION: Permission = Permission::on(&["ResourceId"]);
}

impl Write for CreateTags {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let tags = Tag::collect(Dialect::Ec2, &self.tags)?;
        Ok(command::CreateTags { resources: self.resource_ids.clone(), tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
