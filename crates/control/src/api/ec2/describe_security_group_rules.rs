//! `DescribeSecurityGroupRules`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::SecurityGroupRuleId;

use super::view::security_group_rule::{RuleItem, RuleView};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists rules of security groups, each by itself.
    pub(super) struct DescribeSecurityGroupRules(Ec2, "EC2 API reference, DescribeSecurityGroupRules") {
        /// Which; all if none is given.
        rule_ids: Vec<SecurityGroupRuleId> = "SecurityGroupRuleId",
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
    /// Rules.
    pub(super) struct Response {
        /// The rules.
        rules: Vec<RuleItem> = "securityGroupRuleSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeSecurityGroupRules {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeSecurityGroupRules {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<RuleView<'_>>(call, &self.rule_ids, &self.filters.0, cut)?;
        Ok(Response { rules: found.into_iter().map(Into::into).collect(), next_token })
    }
}
