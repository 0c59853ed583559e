//! `CreateUser`.

use aws_wire::query::FullTag;
use aws_wire::{ApiError, request};
use model::iam::{Path, UserName};
use model::{Command, Reply, command};

use super::tags;
use super::view::user::{OneUser, UserItem};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a user, who may do nothing yet.
    pub(super) struct CreateUser(Iam, "IAM API reference, CreateUser") {
        /// Where it stands; `/` unless given.
        path: Option<Path> = "Path",
        /// Name.
        user_name: UserName = "UserName",
        /// Tags.
        tags: Vec<FullTag> = "Tags",
    }
    refused {
        /// There are no permissions boundaries.
        "PermissionsBoundary": Option<String>,
    }
}

impl Permitted for CreateUser {
    const PERMISSION: Permission = Permission::creating(&["user"], &[]);

    fn created(&self) -> String {
        let path = self.path.clone().unwrap_or_default();
        format!("{}{}", path.relative(), self.user_name)
    }
}

impl Write for CreateUser {
    type Response = OneUser;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::CreateUser {
            path: self.path.clone().unwrap_or_default(),
            name: self.user_name.clone(),
            tags: tags::collect(&self.tags)?,
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<OneUser, ApiError> {
        let Reply::User(id) = done.reply else { return Err(done.foreign_reply()) };
        let state = done.call.state;
        let user = state.tables().users.get(id).ok_or_else(|| done.foreign_reply())?;
        Ok(OneUser { user: UserItem::whole(state.settings(), user) })
    }
}
