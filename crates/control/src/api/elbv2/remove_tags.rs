//! `RemoveTags`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::arn::ElbArn;
use model::command::TagSelector;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::arn::resource;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Removes tags from resources, all or none.
    pub(super) struct RemoveTags(ElasticLoadBalancing, "ELBv2 API reference, RemoveTags") {
        /// From which resources.
        resource_arns: Vec<ElbArn> = "ResourceArns" [Bounds::items(1, 20)],
        /// The tags' keys.
        tag_keys: Vec<String> = "TagKeys" [Bounds::NONE.with_items(1, 1000)],
    }
}

impl Permitted for RemoveTags {
    const PERMISSION: Permission = Permission::on(&["ResourceArns"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("aws:TagKeys", self.tag_keys.clone());
    }
}

impl Write for RemoveTags {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let resources = self.resource_arns.iter().map(|arn| resource(call, arn).map(|(id, _)| id));
        let resources = resources.collect::<Result<_, _>>()?;
        let selector = |key: &String| TagSelector { key: key.clone(), value: None };
        let tags = self.tag_keys.iter().map(selector).collect();
        Ok(command::DeleteTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
