//! `DescribeInstances`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{Instance, InstanceId};

use super::view::instance::{ReservationItem, check_page};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists instances by the launch that they come from; terminated ones for an hour.
    pub(super) struct DescribeInstances(Ec2, "EC2 API reference, DescribeInstances") {
        /// Which; all if none is given.
        instance_ids: Vec<InstanceId> = "InstanceId",
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// How many instances, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    accepted {
        /// All instances of the account are shown.
        "IncludeManagedResources": Option<bool>,
    }
}

response! {
    /// Instances.
    pub(super) struct Response {
        /// Launches with their instances.
        reservations: Vec<ReservationItem> = "reservationSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeInstances {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeInstances {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        check_page(&self.instance_ids, &self.page)?;
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, Instance>>(call, &self.instance_ids, &self.filters.0, cut)?;
        Ok(Response { reservations: ReservationItem::group(found), next_token })
    }
}
