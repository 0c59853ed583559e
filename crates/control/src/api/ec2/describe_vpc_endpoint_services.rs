//! `DescribeVpcEndpointServices`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};

use super::view::offered_service::{OfferedService, ServiceDetailItem};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the endpoint services that the caller may use.
    pub(super) struct DescribeVpcEndpointServices(Ec2, "EC2 API reference, DescribeVpcEndpointServices") {
        /// Which, by name; all if none is given.
        service_names: Vec<String> = "ServiceName",
        /// Of which regions; there is one.
        service_regions: Vec<String> = "ServiceRegion",
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// How many, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

response! {
    /// Endpoint services.
    pub(super) struct Response {
        /// Their names.
        service_names: Vec<String> = "serviceNameSet",
        /// The same in full.
        service_details: Vec<ServiceDetailItem> = "serviceDetailSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeVpcEndpointServices {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeVpcEndpointServices {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let region = &call.state.settings().region;
        if self.service_regions.iter().any(|wanted| wanted != region) {
            return Err(ApiError::unsupported_value("ServiceRegion", "There is one region."));
        }
        let by_name = |name: &String| OfferedService::named(call, name).map(|it| it.service_id());
        let ids = self.service_names.iter().map(by_name).collect::<Result<Vec<_>, _>>()?;
        let cut = (&self.page).into();
        let (found, next_token) = list::<OfferedService<'_>>(call, &ids, &self.filters.0, cut)?;
        let service_details: Vec<ServiceDetailItem> = found.into_iter().map(Into::into).collect();
        let service_names = service_details.iter().map(|it| it.service_name.clone()).collect();
        Ok(Response { service_names, service_details, next_token })
    }
}
