//! `StartVpcEndpointServicePrivateDnsVerification`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{Command, EndpointServiceId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Begins to look for the record that proves whose the domain of a service's private name is.
    pub(super) struct StartVpcEndpointServicePrivateDnsVerification(
        Ec2,
        "EC2 API reference, StartVpcEndpointServicePrivateDnsVerification"
    ) {
        /// Of which service.
        service_id: EndpointServiceId = "ServiceId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for StartVpcEndpointServicePrivateDnsVerification {
    const PERMISSION: Permission = Permission::on(&["ServiceId"]);
}

impl Write for StartVpcEndpointServicePrivateDnsVerification {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let service = self.service_id;
        Ok(command::StartVpcEndpointServicePrivateDnsVerification { service }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
