//! `DeleteTags`.

use aws_wire::query::{Bounds, DryRun, OrEmpty};
use aws_wire::xml::Return;
use aws_wire::{ApiError, request, structure};
use model::command::TagSelector;
use model::{Command, ResourceId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

structure! {
    /// A tag to remove.
    pub(super) struct TagToDelete("EC2 API reference, DeleteTags") {
        /// Its key.
        key: String = "Key",
        /// Only if it has this value; an empty one is a value.
        value: Option<OrEmpty<String>> = "Value",
    }
}

impl TagToDelete {
    fn selector(&self) -> TagSelector {
        let value = self.value.as_ref().map(|value| match value {
            OrEmpty::Empty => String::new(),
            OrEmpty::Value(text) => text.clone(),
        });
        TagSelector { key: self.key.clone(), value }
    }
}

request! {
    /// Removes tags from resources, all or none.
    pub(super) struct DeleteTags(Ec2, "EC2 API reference, DeleteTags") {
        /// From which resources.
        resource_ids: Vec<ResourceId> = "ResourceId" [Bounds::items(1, 1000)],
        /// Which tags; all if none is given.
        tags: Vec<TagToDelete> = "Tag",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteTags {
    const PERMISSION: Permission = Permission::on(&["ResourceId"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        let keys: Vec<String> = self.tags.iter().map(|tag| tag.key.clone()).collect();
        demand.set("aws:TagKeys", keys);
    }
}

impl Write for DeleteTags {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let tags = self.tags.iter().map(TagToDelete::selector).collect();
        Ok(command::DeleteTags { resources: self.resource_ids.clone(), tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
