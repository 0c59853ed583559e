//! `AddTags`.

use aws_wire::query::{Bounds, Tag};
use aws_wire::xml::Empty;
use aws_wire::{ApiError, Dialect, request};
use model::arn::ElbArn;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::arn::resource;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Adds or replaces tags of resources, all or none.
    pub(super) struct AddTags(ElasticLoadBalancing, "ELBv2 API reference, AddTags") {
        /// Of which resources.
        resource_arns: Vec<ElbArn> = "ResourceArns" [Bounds::items(1, 20)],
        /// The tags.
        tags: Vec<Tag> = "Tags" [Bounds::items(1, 1000)],
    }
}

impl Permitted for AddTags {
    const PERMISSION: Permission = Permission::on(&["ResourceArns"]);
}

impl Write for AddTags {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let tags = Tag::collect(Dialect::Query, &self.tags)?;
        let resources = self.resource_arns.iter().map(|arn| resource(call, arn).map(|(id, _)| id));
        let resources = resources.collect::<Result<_, _>>()?;
        Ok(command::CreateTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
