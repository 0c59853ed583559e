//! `IpPermissions`: rules of security groups as requests describe them.
//!
//! One permission names traffic and any number of peers, each of which is a rule. The older form, with a single range
//! in parameters of its own, is read as one permission.

use aws_wire::query::Bounds;
use aws_wire::{ApiError, structure};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::command::RuleSpec;
use model::security_group::{Peer, Traffic};
use model::{AccountId, SecurityGroupId, VpcId};

use crate::api::call::Call;

structure! {
    /// Traffic and peers.
    pub(super) struct IpPermission("EC2 API reference, IpPermission") {
        /// A protocol by name or number, or -1.
        ip_protocol: String = "IpProtocol",
        /// First port, or ICMP type; -1 for all types.
        from_port: Option<i32> = "FromPort" [Bounds::range(-1, 65_535)],
        /// Last port, or ICMP code; -1 for all codes.
        to_port: Option<i32> = "ToPort" [Bounds::range(-1, 65_535)],
        /// Peers by group.
        groups: Vec<GroupPair> = "Groups",
        /// Peers by IPv4 address.
        ip_ranges: Vec<IpRange> = "IpRanges",
        /// Peers by IPv6 address.
        ipv6_ranges: Vec<Ipv6Range> = "Ipv6Ranges",
    }
    refused {
        /// There are no prefix lists.
        "PrefixListIds": Option<String>,
    }
}

structure! {
    /// A group as peer.
    pub(super) struct GroupPair("EC2 API reference, UserIdGroupPair") {
        /// The group.
        group_id: SecurityGroupId = "GroupId",
        /// Its account.
        user_id: Option<AccountId> = "UserId",
        /// Description of the rule.
        description: Option<String> = "Description",
    }
    accepted {
        /// The group tells its VPC.
        "VpcId": Option<VpcId>,
    }
    refused {
        /// Names are those of a default VPC, and there is none.
        "GroupName": Option<String>,
        /// VPCs are not peered.
        "PeeringStatus": Option<String>,
        /// VPCs are not peered.
        "VpcPeeringConnectionId": Option<String>,
    }
}

structure! {
    /// IPv4 addresses as peer.
    pub(super) struct IpRange("EC2 API reference, IpRange") {
        /// The addresses.
        cidr_ip: String = "CidrIp",
        /// Description of the rule.
        description: Option<String> = "Description",
    }
}

structure! {
    /// IPv6 addresses as peer.
    pub(super) struct Ipv6Range("EC2 API reference, Ipv6Range") {
        /// The addresses.
        cidr_ipv6: String = "CidrIpv6",
        /// Description of the rule.
        description: Option<String> = "Description",
    }
}

structure! {
    /// The parameters of Authorize and Revoke that describe rules.
    pub(super) struct RuleParams("EC2 API reference, AuthorizeSecurityGroupIngress") {
        /// Rules.
        ip_permissions: Vec<IpPermission> = "IpPermissions",
        /// Protocol of the older form.
        ip_protocol: Option<String> = "IpProtocol",
        /// First port of the older form.
        from_port: Option<i32> = "FromPort" [Bounds::range(-1, 65_535)],
        /// Last port of the older form.
        to_port: Option<i32> = "ToPort" [Bounds::range(-1, 65_535)],
        /// IPv4 addresses of the older form.
        cidr_ip: Option<String> = "CidrIp",
    }
    refused {
        /// Names are those of a default VPC, and there is none.
        "SourceSecurityGroupName": Option<String>,
        /// Names are those of a default VPC, and there is none.
        "SourceSecurityGroupOwnerId": Option<String>,
    }
}

impl RuleParams {
    /// The rules that are described, in order.
    ///
    /// # Errors
    /// AWS's error for traffic or a peer that makes no sense.
    pub(super) fn rules(&self, call: &Call<'_>) -> Result<Vec<RuleSpec>, ApiError> {
        let mut rules = Vec::new();
        for permission in self.older_form().iter().chain(&self.ip_permissions) {
            permission.add_rules(call, &mut rules)?;
        }
        Ok(rules)
    }

    fn older_form(&self) -> Option<IpPermission> {
        let range = |cidr_ip: &String| IpRange {
            cidr_ip: cidr_ip.clone(),
            description: None,
        };
        let used = self.ip_protocol.is_some()
            || self.cidr_ip.is_some()
            || self.from_port.is_some()
            || self.to_port.is_some();
        used.then(|| IpPermission {
            ip_protocol: self.ip_protocol.clone().unwrap_or_default(),
            from_port: self.from_port,
            to_port: self.to_port,
            groups: Vec::new(),
            ip_ranges: self.cidr_ip.iter().map(range).collect(),
            ipv6_ranges: Vec::new(),
        })
    }
}

impl IpPermission {
    /// Adds the rules that it describes, one for each peer.
    ///
    /// # Errors
    /// AWS's error for traffic or a peer that makes no sense.
    pub(super) fn add_rules(
        &self,
        call: &Call<'_>,
        rules: &mut Vec<RuleSpec>,
    ) -> Result<(), ApiError> {
        let traffic = self.traffic()?;
        let before = rules.len();
        for pair in &self.groups {
            // Groups of other accounts cannot be named, so they are as good as absent.
            if pair.user_id.is_some_and(|account| account != call.caller) {
                let missing = model::rejection::NotFound::SecurityGroup(pair.group_id);
                return Err(call.not_found(missing));
            }
            let (peer, description) = (Peer::Group(pair.group_id), pair.description.clone());
            rules.push(RuleSpec {
                traffic,
                peer,
                description,
            });
        }
        for range in &self.ip_ranges {
            let net: Ipv4Net = range
                .cidr_ip
                .parse()
                .map_err(|_| malformed(&range.cidr_ip))?;
            let (peer, description) = (Peer::Cidr(IpNet::V4(net)), range.description.clone());
            rules.push(RuleSpec {
                traffic,
                peer,
                description,
            });
        }
        for range in &self.ipv6_ranges {
            let net: Ipv6Net = range
                .cidr_ipv6
                .parse()
                .map_err(|_| malformed(&range.cidr_ipv6))?;
            let (peer, description) = (Peer::Cidr(IpNet::V6(net)), range.description.clone());
            rules.push(RuleSpec {
                traffic,
                peer,
                description,
            });
        }
        if rules.len() == before {
            let message = "The request must contain a source or destination for each permission";
            return Err(ApiError::client("MissingParameter", message));
        }
        Ok(())
    }

    fn traffic(&self) -> Result<Traffic, ApiError> {
        Traffic::from_aws(&self.ip_protocol, self.from_port, self.to_port).ok_or_else(|| {
            let text = |port: Option<i32>| port.map_or_else(|| "none".to_owned(), |p| p.to_string());
            let message = format!(
                "Invalid value for portRange or ipProtocol: protocol '{}', from port {}, to port {}. \
                 Must specify both from and to ports with TCP/UDP, in ascending order.",
                self.ip_protocol,
                text(self.from_port),
                text(self.to_port)
            );
            ApiError::client("InvalidParameterValue", message)
        })
    }
}

fn malformed(cidr: &str) -> ApiError {
    ApiError::client(
        "InvalidParameterValue",
        format!("CIDR block {cidr} is malformed"),
    )
}
