//! `CreateRole`.

use aws_wire::query::{Bounds, FullTag};
use aws_wire::{ApiError, request};
use iam::PolicyKind;
use model::iam::{Path, RoleName};
use model::{Command, Reply, command};

use super::document::checked;
use super::tags;
use super::view::role::{OneRole, RoleItem};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a role, which may do nothing yet.
    pub(super) struct CreateRole(Iam, "IAM API reference, CreateRole") {
        /// Where it stands; `/` unless given.
        path: Option<Path> = "Path",
        /// Name.
        role_name: RoleName = "RoleName",
        /// Who may assume it.
        trust: String = "AssumeRolePolicyDocument" [Bounds::length(1, 131_072)],
        /// Description.
        description: Option<String> = "Description" [Bounds::length(0, 1000)],
        /// The longest session, in seconds; an hour unless given.
        max_session_secs: Option<u32> = "MaxSessionDuration" [Bounds::range(3600, 43_200)],
        /// Tags.
        tags: Vec<FullTag> = "Tags",
    }
    refused {
        /// There are no permissions boundaries.
        "PermissionsBoundary": Option<String>,
    }
}

impl Permitted for CreateRole {
    const PERMISSION: Permission = Permission::creating(&["role"], &[]);

    fn created(&self) -> String {
        let path = self.path.clone().unwrap_or_default();
        format!("{}{}", path.relative(), self.role_name)
    }
}

impl Write for CreateRole {
    type Response = OneRole;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::CreateRole {
            path: self.path.clone().unwrap_or_default(),
            name: self.role_name.clone(),
            description: self.description.clone().unwrap_or_default(),
            trust_policy: checked(&self.trust, PolicyKind::Trust)?,
            max_session_secs: self.max_session_secs.unwrap_or(3600),
            tags: tags::collect(&self.tags)?,
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<OneRole, ApiError> {
        let Reply::Role(id) = done.reply else { return Err(done.foreign_reply()) };
        let state = done.call.state;
        let role = state.tables().roles.get(id).ok_or_else(|| done.foreign_reply())?;
        Ok(OneRole { role: RoleItem::whole(state.settings(), role) })
    }
}
