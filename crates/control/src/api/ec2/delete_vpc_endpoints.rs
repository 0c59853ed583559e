//! `DeleteVpcEndpoints`.

use aws_wire::query::{Bounds, DryRun};
use aws_wire::{ApiError, request};
use model::{Command, VpcEndpointId, command};

use super::unsuccessful;
use crate::api::action::{Answered, Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes endpoints, each for itself.
    pub(super) struct DeleteVpcEndpoints(Ec2, "EC2 API reference, DeleteVpcEndpoints") {
        /// Which.
        vpc_endpoint_ids: Vec<VpcEndpointId> = "VpcEndpointId" [Bounds::items(1, 1000)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteVpcEndpoints {
    const PERMISSION: Permission = Permission::on(&["VpcEndpointId"]);
}

impl Write for DeleteVpcEndpoints {
    type Response = unsuccessful::Response;

    /// An endpoint is shown as deleting until the data plane holds nothing of it.
    const ANSWERED: Answered = Answered::AppliedOrPending;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteVpcEndpoints { endpoints: self.vpc_endpoint_ids.clone() }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<unsuccessful::Response, ApiError> {
        unsuccessful::Response::of(done)
    }
}
