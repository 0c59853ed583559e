//! `DescribeSecurityGroups`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{SecurityGroup, SecurityGroupId};

use super::view::security_group::SecurityGroupItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists security groups.
    pub(super) struct DescribeSecurityGroups(Ec2, "EC2 API reference, DescribeSecurityGroups") {
        /// Which; all if none is given.
        group_ids: Vec<SecurityGroupId> = "GroupId",
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// How many, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    refused {
        /// Names are those of a default VPC, and there is none; use the filter `group-name`.
        "GroupName": Vec<String>,
    }
}

response! {
    /// Security groups.
    pub(super) struct Response {
        /// Security groups.
        groups: Vec<SecurityGroupItem> = "securityGroupInfo",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeSecurityGroups {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeSecurityGroups {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, SecurityGroup>>(call, &self.group_ids, &self.filters.0, cut)?;
        Ok(Response { groups: found.into_iter().map(Into::into).collect(), next_token })
    }
}
