//! `DeleteVpcEndpointServiceConfigurations`.

use aws_wire::query::{Bounds, DryRun};
use aws_wire::{ApiError, request};
use model::{Command, EndpointServiceId, command};

use super::unsuccessful;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes endpoint services that no endpoint is connected to, each for itself.
    pub(super) struct DeleteVpcEndpointServiceConfigurations(
        Ec2,
        "EC2 API reference, DeleteVpcEndpointServiceConfigurations"
    ) {
        /// Which.
        service_ids: Vec<EndpointServiceId> = "ServiceId" [Bounds::items(1, 1000)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteVpcEndpointServiceConfigurations {
    const PERMISSION: Permission = Permission::on(&["ServiceId"]);
}

impl Write for DeleteVpcEndpointServiceConfigurations {
    type Response = unsuccessful::Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let services = self.service_ids.clone();
        Ok(command::DeleteVpcEndpointServiceConfigurations { services }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<unsuccessful::Response, ApiError> {
        unsuccessful::Response::of(done)
    }
}
