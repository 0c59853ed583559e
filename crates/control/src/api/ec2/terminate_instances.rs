//! `TerminateInstances`.

use aws_wire::query::{Bounds, DryRun};
use aws_wire::{ApiError, request, response};
use model::{Command, InstanceId, Reply, command};

use super::view::instance::StateItem;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Terminates instances, all or none.
    pub(super) struct TerminateInstances(Ec2, "EC2 API reference, TerminateInstances") {
        /// Which.
        instance_ids: Vec<InstanceId> = "InstanceId" [Bounds::items(1, 1000)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    accepted {
        /// Instances are always ended by force.
        "Force": Option<bool>,
        /// Instances are always ended by force.
        "SkipOsShutdown": Option<bool>,
    }
}

response! {
    /// What becomes of the instances.
    pub(super) struct Response {
        /// One of each instance.
        changes: Vec<StateChange> = "instancesSet",
    }
}

response! {
    /// What becomes of an instance.
    pub(super) struct StateChange {
        /// Instance.
        instance_id: InstanceId = "instanceId",
        /// State from now on.
        current_state: StateItem = "currentState",
        /// State before.
        previous_state: StateItem = "previousState",
    }
}

impl Permitted for TerminateInstances {
    const PERMISSION: Permission = Permission::on(&["InstanceId"]);
}

impl Write for TerminateInstances {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::TerminateInstances { instances: self.instance_ids.clone() }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::InstanceStateChanges(changes) = done.reply else {
            return Err(done.foreign_reply());
        };
        let changes = changes.iter().map(|change| StateChange {
            instance_id: change.instance,
            current_state: change.current.into(),
            previous_state: change.previous.into(),
        });
        Ok(Response { changes: changes.collect() })
    }
}
