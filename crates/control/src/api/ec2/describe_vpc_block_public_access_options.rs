//! `DescribeVpcBlockPublicAccessOptions`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, request, response};
use model::AccountId;

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows whether access by internet gateways is blocked: there are none, so nothing is.
    pub(super) struct DescribeVpcBlockPublicAccessOptions(
        Ec2,
        "EC2 API reference, DescribeVpcBlockPublicAccessOptions"
    ) {}
    groups {
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

response! {
    /// The options.
    pub(super) struct Response {
        /// The options.
        options: OptionsItem = "vpcBlockPublicAccessOptions",
    }
}

response! {
    /// Options of an account that has never changed them.
    pub(super) struct OptionsItem {
        /// Account.
        aws_account_id: AccountId = "awsAccountId",
        /// Region.
        aws_region: String = "awsRegion",
        /// Whether they are as they were at first.
        state: &'static str = "state",
        /// What is blocked.
        internet_gateway_block_mode: &'static str = "internetGatewayBlockMode",
        /// Who sets them.
        managed_by: &'static str = "managedBy",
        /// Whether there may be exclusions.
        exclusions_allowed: &'static str = "exclusionsAllowed",
    }
}

impl Permitted for DescribeVpcBlockPublicAccessOptions {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeVpcBlockPublicAccessOptions {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let options = OptionsItem {
            aws_account_id: call.caller,
            aws_region: call.state.settings().region.clone(),
            state: "default-state",
            internet_gateway_block_mode: "off",
            managed_by: "account",
            exclusions_allowed: "allowed",
        };
        Ok(Response { options })
    }
}
