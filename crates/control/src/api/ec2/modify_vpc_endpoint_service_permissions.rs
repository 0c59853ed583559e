//! `ModifyVpcEndpointServicePermissions`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, request, response};
use model::principal::Principal;
use model::{Command, EndpointService, EndpointServiceId, Reply, command};

use super::view::service_permission::{AddedPrincipalItem, PermissionView};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Allows and disallows principals. Connections that were accepted stay.
    pub(super) struct ModifyVpcEndpointServicePermissions(
        Ec2,
        "EC2 API reference, ModifyVpcEndpointServicePermissions"
    ) {
        /// Of which service.
        service_id: EndpointServiceId = "ServiceId",
        /// Principals to allow.
        add: Vec<Principal> = "AddAllowedPrincipals",
        /// Principals to disallow.
        remove: Vec<Principal> = "RemoveAllowedPrincipals",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There are no transit gateways.
        "PermissionType" except ["vpc-endpoint"]: Option<String>,
    }
}

response! {
    /// The permissions of the principals to allow.
    pub(super) struct Response {
        /// The permissions.
        added: Vec<AddedPrincipalItem> = "addedPrincipalSet",
        /// Always true.
        succeeded: bool = "return",
    }
}

impl Permitted for ModifyVpcEndpointServicePermissions {
    const PERMISSION: Permission = Permission::on(&["ServiceId"]);
}

impl Write for ModifyVpcEndpointServicePermissions {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        if self.add.is_empty() && self.remove.is_empty() {
            let message = "The request must contain principals to add or to remove";
            return Err(ApiError::client("MissingParameter", message));
        }
        let (add, remove) = (self.add.clone(), self.remove.clone());
        let service = self.service_id;
        Ok(command::ModifyVpcEndpointServicePermissions { service, add, remove }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::ServicePermissions(ids) = done.reply else { return Err(done.foreign_reply()) };
        let service = done.call.present::<EndpointService>(self.service_id)?;
        let added = PermissionView::some_of(service, ids).map(Into::into).collect();
        Ok(Response { added, succeeded: true })
    }
}
