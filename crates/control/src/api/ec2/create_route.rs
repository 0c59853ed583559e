//! `CreateRoute`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{RouteTable, RouteTableId};

use super::route::{Destination, Relation, Through};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Adds a route, which there is nothing to lead through for yet: it says what is missing.
    pub(super) struct CreateRoute(Ec2, "EC2 API reference, CreateRoute") {
        /// To which table.
        route_table_id: RouteTableId = "RouteTableId",
    }
    groups {
        /// Whereto.
        destination: Destination,
        /// Through what.
        through: Through,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

impl Permitted for CreateRoute {
    const PERMISSION: Permission = Permission::on(&["RouteTableId"]);
}

impl Read for CreateRoute {
    type Response = Return;

    fn answer(&self, call: &Call<'_>) -> Result<Return, ApiError> {
        self.destination.check()?;
        self.through.check()?;
        let table = call.own::<RouteTable>(self.route_table_id)?;
        self.destination.check_offered()?;
        let (_, destination) = self.destination.named();
        match self.destination.relation(&table) {
            Relation::Local => {
                let message = format!("The route identified by {destination} already exists.");
                Err(ApiError::client("RouteAlreadyExists", message))
            }
            Relation::Inside if !self.through.is_inside() => {
                let message = format!(
                    "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance."
                );
                Err(ApiError::client("InvalidParameterValue", message))
            }
            Relation::Inside | Relation::Elsewhere => Err(self.through.refusal(call)),
        }
    }
}
