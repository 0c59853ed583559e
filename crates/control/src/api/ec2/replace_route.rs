//! `ReplaceRoute`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, Dialect, request};
use model::{RouteTable, RouteTableId};

use super::route::{Destination, Relation, Through};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lets a route lead through something else; the local route can only be set to what it is.
    pub(super) struct ReplaceRoute(Ec2, "EC2 API reference, ReplaceRoute") {
        /// In which table.
        route_table_id: RouteTableId = "RouteTableId",
        /// Whether the local route is to be as it was at first, which it always is.
        local_target: Option<bool> = "LocalTarget",
    }
    groups {
        /// Whereto it leads.
        destination: Destination,
        /// Through what from now on.
        through: Through,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

impl Permitted for ReplaceRoute {
    const PERMISSION: Permission = Permission::on(&["RouteTableId"]);
}

impl Read for ReplaceRoute {
    type Response = Return;

    fn answer(&self, call: &Call<'_>) -> Result<Return, ApiError> {
        self.destination.check()?;
        let to_local = self.local_target == Some(true);
        if !to_local {
            self.through.check()?;
        } else if self.through.count() > 0 {
            let message = "The parameter localTarget cannot be used with another target";
            return Err(ApiError::invalid_combination(Dialect::Ec2, message));
        }
        let table = call.own::<RouteTable>(self.route_table_id)?;
        match self.destination.relation(&table) {
            Relation::Local if to_local => Ok(Return::TRUE),
            Relation::Local => Err(self.through.refusal(call)),
            Relation::Inside | Relation::Elsewhere => {
                let (_, destination) = self.destination.named();
                let message = format!(
                    "There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
                );
                Err(ApiError::client("InvalidParameterValue", message))
            }
        }
    }
}
