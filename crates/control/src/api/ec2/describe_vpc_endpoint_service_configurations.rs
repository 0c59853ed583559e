//! `DescribeVpcEndpointServiceConfigurations`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{EndpointService, EndpointServiceId};

use super::view::vpc_endpoint_service::ServiceConfigurationItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists the caller's endpoint services.
    pub(super) struct DescribeVpcEndpointServiceConfigurations(Ec2, "EC2 API reference, DescribeVpcEndpointServiceConfigurations") {
        /// Which; all if none is given.
        service_ids: Vec<EndpointServiceId> = "ServiceId",
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
        /// Endpoint services.
        services: Vec<ServiceConfigurationItem> = "serviceConfigurationSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeVpcEndpointServiceConfigurations {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeVpcEndpointServiceConfigurations {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, EndpointService>>(call, &self.service_ids, &self.filters.0, cut)?;
        Ok(Response { services: found.into_iter().map(Into::into).collect(), next_token })
    }
}
