//! `AcceptVpcEndpointConnections`.

use aws_wire::query::{Bounds, DryRun};
use aws_wire::{ApiError, request};
use model::{Command, EndpointServiceId, VpcEndpointId, command};

use super::unsuccessful;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Accepts endpoints, each for itself.
    pub(super) struct AcceptVpcEndpointConnections(
        Ec2,
        "EC2 API reference, AcceptVpcEndpointConnections"
    ) {
        /// Of which service.
        service_id: EndpointServiceId = "ServiceId",
        /// Which endpoints.
        vpc_endpoint_ids: Vec<VpcEndpointId> = "VpcEndpointId" [Bounds::items(1, 1000)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There are no transit gateways.
        "TransitGatewayAttachmentId": Option<String>,
    }
}

impl Permitted for AcceptVpcEndpointConnections {
    const PERMISSION: Permission = Permission::on(&["ServiceId"]);
}

impl Write for AcceptVpcEndpointConnections {
    type Response = unsuccessful::Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let (service, endpoints) = (self.service_id, self.vpc_endpoint_ids.clone());
        Ok(command::AcceptVpcEndpointConnections { service, endpoints }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<unsuccessful::Response, ApiError> {
        unsuccessful::Response::of(done)
    }
}
