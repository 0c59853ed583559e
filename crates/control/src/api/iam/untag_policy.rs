//! `UntagPolicy`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::command::TagSelector;
use model::iam::PolicyArn;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Removes tags of a policy.
    pub(super) struct UntagPolicy(Iam, "IAM API reference, UntagPolicy") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
        /// Their keys.
        tag_keys: Vec<String> = "TagKeys" [Bounds::items(1, 1000)],
    }
}

impl Permitted for UntagPolicy {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("aws:TagKeys", self.tag_keys.clone());
    }
}

impl Write for UntagPolicy {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let resources = vec![call.own_managed_policy(&self.policy_arn)?.id.into()];
        let selector = |key: &String| TagSelector { key: key.clone(), value: None };
        let tags: Vec<TagSelector> = self.tag_keys.iter().map(selector).collect();
        Ok(command::DeleteTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
