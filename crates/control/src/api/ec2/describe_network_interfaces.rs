//! `DescribeNetworkInterfaces`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{NetworkInterface, NetworkInterfaceId};

use super::view::network_interface::NetworkInterfaceItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists network interfaces, those that services manage included.
    pub(super) struct DescribeNetworkInterfaces(Ec2, "EC2 API reference, DescribeNetworkInterfaces") {
        /// Which; all if none is given.
        network_interface_ids: Vec<NetworkInterfaceId> = "NetworkInterfaceId",
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// How many, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    accepted {
        /// All interfaces of the account are shown.
        "IncludeManagedResources": Option<bool>,
    }
}

response! {
    /// Network interfaces.
    pub(super) struct Response {
        /// Network interfaces.
        network_interfaces: Vec<NetworkInterfaceItem> = "networkInterfaceSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeNetworkInterfaces {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeNetworkInterfaces {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, NetworkInterface>>(call, &self.network_interface_ids, &self.filters.0, cut)?;
        Ok(Response { network_interfaces: found.into_iter().map(Into::into).collect(), next_token })
    }
}
