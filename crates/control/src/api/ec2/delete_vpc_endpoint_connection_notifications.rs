//! `DeleteVpcEndpointConnectionNotifications`.

use aws_wire::query::{Bounds, DryRun};
use aws_wire::{ApiError, request};
use model::{Command, ConnectionNotificationId, command};

use super::unsuccessful;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes notifications of connections, each for itself.
    pub(super) struct DeleteVpcEndpointConnectionNotifications(
        Ec2,
        "EC2 API reference, DeleteVpcEndpointConnectionNotifications"
    ) {
        /// Which.
        ids: Vec<ConnectionNotificationId> = "ConnectionNotificationId" [Bounds::items(1, 1000)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteVpcEndpointConnectionNotifications {
    const PERMISSION: Permission = Permission::Any;
}

impl Write for DeleteVpcEndpointConnectionNotifications {
    type Response = unsuccessful::Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let notifications = self.ids.clone();
        Ok(command::DeleteVpcEndpointConnectionNotifications { notifications }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<unsuccessful::Response, ApiError> {
        unsuccessful::Response::of(done)
    }
}
