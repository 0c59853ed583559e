//! `ModifySecurityGroupRules`.

use aws_wire::query::{Bounds, DryRun};
use aws_wire::xml::Return;
use aws_wire::{ApiError, Dialect, request, structure};
use model::command::{RuleModification, RuleSpec};
use model::{Command, SecurityGroup, SecurityGroupId, SecurityGroupRuleId, command};

use super::permissions::{GroupPair, IpPermission, IpRange, Ipv6Range};
use crate::api::action::{Answered, Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

structure! {
    /// What a rule shall say.
    pub(super) struct RuleRequest("EC2 API reference, SecurityGroupRuleRequest") {
        /// A protocol by name or number, or -1.
        ip_protocol: String = "IpProtocol",
        /// First port, or ICMP type; -1 for all types.
        from_port: Option<i32> = "FromPort" [Bounds::range(-1, 65_535)],
        /// Last port, or ICMP code; -1 for all codes.
        to_port: Option<i32> = "ToPort" [Bounds::range(-1, 65_535)],
        /// The peer by IPv4 address.
        cidr_ipv4: Option<String> = "CidrIpv4",
        /// The peer by IPv6 address.
        cidr_ipv6: Option<String> = "CidrIpv6",
        /// The peer by group.
        referenced_group_id: Option<SecurityGroupId> = "ReferencedGroupId",
        /// Description.
        description: Option<String> = "Description",
    }
    refused {
        /// There are no prefix lists.
        "PrefixListId": Option<String>,
    }
}

structure! {
    /// A rule and what it shall say.
    pub(super) struct RuleUpdate("EC2 API reference, SecurityGroupRuleUpdate") {
        /// Which rule.
        rule_id: SecurityGroupRuleId = "SecurityGroupRuleId",
        /// All that it shall say.
        rule: RuleRequest = "SecurityGroupRule",
    }
}

request! {
    /// Replaces what rules of a security group say.
    pub(super) struct ModifySecurityGroupRules(Ec2, "EC2 API reference, ModifySecurityGroupRules") {
        /// Which group.
        group_id: SecurityGroupId = "GroupId",
        /// Its rules.
        updates: Vec<RuleUpdate> = "SecurityGroupRule" [Bounds::items(1, 1000)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl RuleRequest {
    fn spec(&self, call: &Call<'_>) -> Result<RuleSpec, ApiError> {
        let description = || self.description.clone();
        let ipv4 = self.cidr_ipv4.clone().map(|cidr_ip| IpRange { cidr_ip, description: description() });
        let ipv6 = self.cidr_ipv6.clone().map(|cidr_ipv6| Ipv6Range { cidr_ipv6, description: description() });
        let group = self.referenced_group_id.map(|group_id| GroupPair {
            group_id,
            user_id: None,
            description: description(),
        });
        let permission = IpPermission {
            ip_protocol: self.ip_protocol.clone(),
            from_port: self.from_port,
            to_port: self.to_port,
            groups: group.into_iter().collect(),
            ip_ranges: ipv4.into_iter().collect(),
            ipv6_ranges: ipv6.into_iter().collect(),
        };
        let mut specs = Vec::new();
        permission.add_rules(call, &mut specs)?;
        match (specs.pop(), specs.is_empty()) {
            (Some(spec), true) => Ok(spec),
            (Some(_), false) | (None, _) => {
                let message = "Only one of cidrIpv4, cidrIpv6, prefixListId, or referencedGroupId can be specified";
                Err(ApiError::invalid_combination(Dialect::Ec2, message))
            }
        }
    }
}

impl Permitted for ModifySecurityGroupRules {
    const PERMISSION: Permission = Permission::on(&["GroupId", "SecurityGroupRule"]);
}

impl Write for ModifySecurityGroupRules {
    type Response = Return;

    const ANSWERED: Answered = Answered::Applied;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        call.own::<SecurityGroup>(self.group_id)?;
        let change = |update: &RuleUpdate| {
            Ok(RuleModification { id: update.rule_id, spec: update.rule.spec(call)? })
        };
        let rules = self.updates.iter().map(change).collect::<Result<_, ApiError>>()?;
        Ok(command::ModifySecurityGroupRules { group: self.group_id, rules }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
