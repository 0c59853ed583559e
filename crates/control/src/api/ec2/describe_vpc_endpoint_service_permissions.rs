//! `DescribeVpcEndpointServicePermissions`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{EndpointService, EndpointServiceId};

use super::view::service_permission::{AllowedPrincipalItem, PermissionView};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list_within;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists who may use an endpoint service.
    pub(super) struct DescribeVpcEndpointServicePermissions(
        Ec2,
        "EC2 API reference, DescribeVpcEndpointServicePermissions"
    ) {
        /// Which service.
        service_id: EndpointServiceId = "ServiceId",
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
    /// Permissions.
    pub(super) struct Response {
        /// The permissions.
        allowed_principals: Vec<AllowedPrincipalItem> = "allowedPrincipals",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeVpcEndpointServicePermissions {
    const PERMISSION: Permission = Permission::on(&["ServiceId"]);
}

impl Read for DescribeVpcEndpointServicePermissions {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let scope = [self.service_id.to_string()];
        let cut = (&self.page).into();
        let (found, next_token) = list_within(call, &scope, &self.filters.0, cut, |_| {
            let service = call.own::<EndpointService>(self.service_id)?;
            Ok(Box::new(PermissionView::all_of(service)))
        })?;
        let allowed_principals = found.into_iter().map(AllowedPrincipalItem::from).collect();
        Ok(Response { allowed_principals, next_token })
    }
}
