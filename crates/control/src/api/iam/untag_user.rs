//! `UntagUser`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::command::TagSelector;
use model::iam::UserName;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Removes tags of a user.
    pub(super) struct UntagUser(Iam, "IAM API reference, UntagUser") {
        /// Which user.
        user_name: UserName = "UserName",
        /// Their keys.
        tag_keys: Vec<String> = "TagKeys" [Bounds::items(1, 1000)],
    }
}

impl Permitted for UntagUser {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("aws:TagKeys", self.tag_keys.clone());
    }
}

impl Write for UntagUser {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let resources = vec![call.user(&self.user_name)?.id.into()];
        let selector = |key: &String| TagSelector { key: key.clone(), value: None };
        let tags: Vec<TagSelector> = self.tag_keys.iter().map(selector).collect();
        Ok(command::DeleteTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
