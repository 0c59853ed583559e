//! `DeleteRoute`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{RouteTable, RouteTableId};

use super::route::{Destination, Relation};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a route, which the local one cannot be, and there are no others.
    pub(super) struct DeleteRoute(Ec2, "EC2 API reference, DeleteRoute") {
        /// From which table.
        route_table_id: RouteTableId = "RouteTableId",
    }
    groups {
        /// Whereto it leads.
        destination: Destination,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteRoute {
    const PERMISSION: Permission = Permission::on(&["RouteTableId"]);
}

impl Read for DeleteRoute {
    type Response = Return;

    fn answer(&self, call: &Call<'_>) -> Result<Return, ApiError> {
        self.destination.check()?;
        let table = call.own::<RouteTable>(self.route_table_id)?;
        let (id, (name, destination)) = (table.id, self.destination.named());
        match self.destination.relation(&table) {
            Relation::Local => {
                let message = format!("cannot remove local route {destination} in route table {id}");
                Err(ApiError::client("InvalidParameterValue", message))
            }
            Relation::Inside | Relation::Elsewhere => {
                let message = format!("no route with {name} {destination} in route table {id}");
                Err(ApiError::client("InvalidRoute.NotFound", message))
            }
        }
    }
}
