//! `GetConsoleOutput`.

use aws_wire::query::{Blob, DryRun};
use aws_wire::{ApiError, request, response};
use model::{Instance, InstanceId, Timestamp};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows what an instance has written to its console.
    pub(super) struct GetConsoleOutput(Ec2, "EC2 API reference, GetConsoleOutput") {
        /// Which instance.
        instance_id: InstanceId = "InstanceId",
    }
    groups {
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    accepted {
        /// The output is always the latest.
        "Latest": Option<bool>,
    }
}

response! {
    /// The output.
    pub(super) struct Response {
        /// Instance.
        instance_id: InstanceId = "instanceId",
        /// When it was last written to.
        timestamp: Timestamp = "timestamp",
        /// The output in base64; none as long as there is none.
        output: Option<Blob> = "output",
    }
}

impl Permitted for GetConsoleOutput {
    const PERMISSION: Permission = Permission::on(&["InstanceId"]);
}

impl Read for GetConsoleOutput {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let instance = call.own::<Instance>(self.instance_id)?;
        let output = call.console_output(instance.id);
        Ok(Response {
            instance_id: instance.id,
            timestamp: output.as_ref().map_or(instance.launched, |output| output.at),
            output: output.map(|output| Blob(output.bytes)),
        })
    }
}
