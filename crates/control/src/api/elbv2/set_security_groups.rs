//! `SetSecurityGroups`.

use aws_wire::query::{Bounds, LoadBalancerArn};
use aws_wire::{ApiError, enumeration, request, response};
use model::{Command, LoadBalancer, SecurityGroupId, command};

use crate::api::action::{Answered, Done, Write};
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

enumeration! {
    /// A switch.
    pub(super) enum Switch {
        /// On.
        On = "on",
        /// Off.
        Off = "off",
    }
}

request! {
    /// Replaces the security groups of a load balancer that was made with some.
    pub(super) struct SetSecurityGroups(ElasticLoadBalancing, "ELBv2 API reference, SetSecurityGroups") {
        /// Which.
        arn: LoadBalancerArn = "LoadBalancerArn",
        /// All its groups from now on.
        security_groups: Vec<SecurityGroupId> = "SecurityGroups" [Bounds::items(1, 1000)],
        /// Whether their inbound rules apply to traffic through endpoints.
        enforce: Option<Switch> = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
    }
}

response! {
    /// What holds from now on.
    pub(super) struct Response {
        /// The groups.
        security_group_ids: Vec<SecurityGroupId> = "SecurityGroupIds",
        /// Whether their inbound rules apply to traffic through endpoints.
        enforce: Option<&'static str> = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
    }
}

impl Permitted for SetSecurityGroups {
    const PERMISSION: Permission = Permission::on(&["LoadBalancerArn"]);
}

impl Write for SetSecurityGroups {
    type Response = Response;

    /// Another group can forbid what was allowed.
    const ANSWERED: Answered = Answered::Applied;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::SetSecurityGroups {
            load_balancer: load_balancer(call, &self.arn)?.id,
            security_groups: self.security_groups.clone(),
            enforce_inbound_rules_on_private_link: self.enforce.map(|switch| switch == Switch::On),
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let balancer = done.call.present::<LoadBalancer>(self.arn.id)?;
        let security_group_ids = balancer.security_groups.iter().copied().collect();
        Ok(Response { security_group_ids, enforce: balancer.enforcement() })
    }
}
