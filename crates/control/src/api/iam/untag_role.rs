//! `UntagRole`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::command::TagSelector;
use model::iam::RoleName;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Removes tags of a role.
    pub(super) struct UntagRole(Iam, "IAM API reference, UntagRole") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// Their keys.
        tag_keys: Vec<String> = "TagKeys" [Bounds::items(1, 1000)],
    }
}

impl Permitted for UntagRole {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("aws:TagKeys", self.tag_keys.clone());
    }
}

impl Write for UntagRole {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let resources = vec![call.role(&self.role_name)?.id.into()];
        let selector = |key: &String| TagSelector { key: key.clone(), value: None };
        let tags: Vec<TagSelector> = self.tag_keys.iter().map(selector).collect();
        Ok(command::DeleteTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
