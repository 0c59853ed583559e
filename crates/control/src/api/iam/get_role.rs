//! `GetRole`.

use aws_wire::{ApiError, request};
use model::iam::RoleName;

use super::view::role::{OneRole, RoleItem};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows a role.
    pub(super) struct GetRole(Iam, "IAM API reference, GetRole") {
        /// Which role.
        role_name: RoleName = "RoleName",
    }
}

impl Permitted for GetRole {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Read for GetRole {
    type Response = OneRole;

    fn answer(&self, call: &Call<'_>) -> Result<OneRole, ApiError> {
        let role = call.role(&self.role_name)?;
        Ok(OneRole { role: RoleItem::whole(call.state.settings(), role) })
    }
}
