//! VPCs, subnets, route tables, network ACLs, security groups.

use std::collections::BTreeMap;

use model::network_acl::RuleAction as ModelRuleAction;
use model::route_table::RouteTableUser as ModelRouteTableUser;
use model::security_group::{
    Direction as ModelDirection, IcmpMatch as ModelIcmpMatch, Peer as ModelPeer, PortRange,
    SecurityGroupRule as ModelRule, Traffic as ModelTraffic,
};
use serde::{Deserialize, Serialize};

use super::{TagMap, read_tags, tag_map};
use crate::error::{FieldError, parse, valid};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vpc {
    id: String,
    owner: String,
    vni: u32,
    cidr: String,
    main_route_table: String,
    default_network_acl: String,
    default_security_group: String,
    enable_dns_support: bool,
    enable_dns_hostnames: bool,
    enable_network_address_usage_metrics: bool,
    tags: TagMap,
}

impl From<&model::Vpc> for Vpc {
    fn from(vpc: &model::Vpc) -> Self {
        Self {
            id: vpc.id.to_string(),
            owner: vpc.owner.to_string(),
            vni: vpc.vni,
            cidr: vpc.cidr.to_string(),
            main_route_table: vpc.main_route_table.to_string(),
            default_network_acl: vpc.default_network_acl.to_string(),
            default_security_group: vpc.default_security_group.to_string(),
            enable_dns_support: vpc.enable_dns_support,
            enable_dns_hostnames: vpc.enable_dns_hostnames,
            enable_network_address_usage_metrics: vpc.enable_network_address_usage_metrics,
            tags: tag_map(&vpc.tags),
        }
    }
}

impl TryFrom<Vpc> for model::Vpc {
    type Error = FieldError;

    fn try_from(record: Vpc) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            vni: record.vni,
            cidr: parse("cidr", &record.cidr)?,
            main_route_table: parse("main_route_table", &record.main_route_table)?,
            default_network_acl: parse("default_network_acl", &record.default_network_acl)?,
            default_security_group: parse(
                "default_security_group",
                &record.default_security_group,
            )?,
            enable_dns_support: record.enable_dns_support,
            enable_dns_hostnames: record.enable_dns_hostnames,
            enable_network_address_usage_metrics: record.enable_network_address_usage_metrics,
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subnet {
    id: String,
    owner: String,
    vpc: String,
    zone: String,
    cidr: String,
    map_public_ip_on_launch: bool,
    network_acl: String,
    network_acl_association: String,
    tags: TagMap,
}

impl From<&model::Subnet> for Subnet {
    fn from(subnet: &model::Subnet) -> Self {
        Self {
            id: subnet.id.to_string(),
            owner: subnet.owner.to_string(),
            vpc: subnet.vpc.to_string(),
            zone: subnet.zone.to_string(),
            cidr: subnet.cidr.to_string(),
            map_public_ip_on_launch: subnet.map_public_ip_on_launch,
            network_acl: subnet.network_acl.to_string(),
            network_acl_association: subnet.network_acl_association.to_string(),
            tags: tag_map(&subnet.tags),
        }
    }
}

impl TryFrom<Subnet> for model::Subnet {
    type Error = FieldError;

    fn try_from(record: Subnet) -> Result<Self, FieldError> {
        let association = &record.network_acl_association;
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            vpc: parse("vpc", &record.vpc)?,
            zone: parse("zone", &record.zone)?,
            cidr: parse("cidr", &record.cidr)?,
            map_public_ip_on_launch: record.map_public_ip_on_launch,
            network_acl: parse("network_acl", &record.network_acl)?,
            network_acl_association: parse("network_acl_association", association)?,
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteTable {
    id: String,
    number: u32,
    owner: String,
    vpc: String,
    associations: BTreeMap<String, RouteTableUser>,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RouteTableUser {
    Main,
    Subnet(String),
}

impl From<&model::RouteTable> for RouteTable {
    fn from(table: &model::RouteTable) -> Self {
        let user = |user: &ModelRouteTableUser| match user {
            ModelRouteTableUser::Main => RouteTableUser::Main,
            ModelRouteTableUser::Subnet(id) => RouteTableUser::Subnet(id.to_string()),
        };
        Self {
            id: table.id.to_string(),
            number: table.number,
            owner: table.owner.to_string(),
            vpc: table.vpc.to_string(),
            associations: table
                .associations
                .iter()
                .map(|(id, of)| (id.to_string(), user(of)))
                .collect(),
            tags: tag_map(&table.tags),
        }
    }
}

impl TryFrom<RouteTable> for model::RouteTable {
    type Error = FieldError;

    fn try_from(record: RouteTable) -> Result<Self, FieldError> {
        let field = "associations";
        let association = |(id, user): (&String, &RouteTableUser)| {
            let user = match user {
                RouteTableUser::Main => ModelRouteTableUser::Main,
                RouteTableUser::Subnet(id) => ModelRouteTableUser::Subnet(parse(field, id)?),
            };
            Ok((parse(field, id)?, user))
        };
        Ok(Self {
            id: parse("id", &record.id)?,
            number: record.number,
            owner: parse("owner", &record.owner)?,
            vpc: parse("vpc", &record.vpc)?,
            associations: record
                .associations
                .iter()
                .map(association)
                .collect::<Result<_, _>>()?,
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkAcl {
    id: String,
    owner: String,
    vpc: String,
    is_default: bool,
    entries: Vec<NetworkAclEntry>,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkAclEntry {
    #[serde(with = "Direction")]
    direction: ModelDirection,
    rule_number: u16,
    #[serde(with = "RuleAction")]
    action: ModelRuleAction,
    cidr: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelDirection", rename_all = "kebab-case")]
enum Direction {
    Ingress,
    Egress,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelRuleAction", rename_all = "kebab-case")]
enum RuleAction {
    Allow,
    Deny,
}

impl From<&model::NetworkAcl> for NetworkAcl {
    fn from(acl: &model::NetworkAcl) -> Self {
        let entry = |entry: &model::network_acl::NetworkAclEntry| NetworkAclEntry {
            direction: entry.direction,
            rule_number: entry.rule_number,
            action: entry.action,
            cidr: entry.cidr.to_string(),
        };
        Self {
            id: acl.id.to_string(),
            owner: acl.owner.to_string(),
            vpc: acl.vpc.to_string(),
            is_default: acl.is_default,
            entries: acl.entries.iter().map(entry).collect(),
            tags: tag_map(&acl.tags),
        }
    }
}

impl TryFrom<NetworkAcl> for model::NetworkAcl {
    type Error = FieldError;

    fn try_from(record: NetworkAcl) -> Result<Self, FieldError> {
        let entry = |entry: &NetworkAclEntry| {
            Ok(model::network_acl::NetworkAclEntry {
                direction: entry.direction,
                rule_number: entry.rule_number,
                action: entry.action,
                cidr: parse("entries.cidr", &entry.cidr)?,
            })
        };
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            vpc: parse("vpc", &record.vpc)?,
            is_default: record.is_default,
            entries: record.entries.iter().map(entry).collect::<Result<_, _>>()?,
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecurityGroup {
    id: String,
    number: u32,
    owner: String,
    vpc: String,
    name: String,
    description: String,
    rules: BTreeMap<String, SecurityGroupRule>,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecurityGroupRule {
    #[serde(with = "Direction")]
    direction: ModelDirection,
    traffic: Traffic,
    peer: Peer,
    description: Option<String>,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Traffic {
    All,
    /// First and last port.
    Tcp(u16, u16),
    Udp(u16, u16),
    Icmp(IcmpMatch),
    Icmpv6(IcmpMatch),
    Protocol(u8),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum IcmpMatch {
    All,
    Type(u8),
    TypeCode(u8, u8),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Peer {
    Cidr(String),
    Group(String),
}

impl From<ModelIcmpMatch> for IcmpMatch {
    fn from(icmp: ModelIcmpMatch) -> Self {
        match icmp {
            ModelIcmpMatch::All => Self::All,
            ModelIcmpMatch::Type(icmp_type) => Self::Type(icmp_type),
            ModelIcmpMatch::TypeCode(icmp_type, code) => Self::TypeCode(icmp_type, code),
        }
    }
}

impl From<IcmpMatch> for ModelIcmpMatch {
    fn from(icmp: IcmpMatch) -> Self {
        match icmp {
            IcmpMatch::All => Self::All,
            IcmpMatch::Type(icmp_type) => Self::Type(icmp_type),
            IcmpMatch::TypeCode(icmp_type, code) => Self::TypeCode(icmp_type, code),
        }
    }
}

impl From<ModelTraffic> for Traffic {
    fn from(traffic: ModelTraffic) -> Self {
        match traffic {
            ModelTraffic::All => Self::All,
            ModelTraffic::Tcp(ports) => Self::Tcp(ports.first(), ports.last()),
            ModelTraffic::Udp(ports) => Self::Udp(ports.first(), ports.last()),
            ModelTraffic::Icmp(icmp) => Self::Icmp(icmp.into()),
            ModelTraffic::Icmpv6(icmp) => Self::Icmpv6(icmp.into()),
            ModelTraffic::Protocol(number) => Self::Protocol(number),
        }
    }
}

impl TryFrom<Traffic> for ModelTraffic {
    type Error = FieldError;

    fn try_from(traffic: Traffic) -> Result<Self, FieldError> {
        let ports = |first, last| valid("rules.traffic", PortRange::new(first, last));
        Ok(match traffic {
            Traffic::All => Self::All,
            Traffic::Tcp(first, last) => Self::Tcp(ports(first, last)?),
            Traffic::Udp(first, last) => Self::Udp(ports(first, last)?),
            Traffic::Icmp(icmp) => Self::Icmp(icmp.into()),
            Traffic::Icmpv6(icmp) => Self::Icmpv6(icmp.into()),
            Traffic::Protocol(number) => Self::Protocol(number),
        })
    }
}

impl From<&ModelRule> for SecurityGroupRule {
    fn from(rule: &ModelRule) -> Self {
        Self {
            direction: rule.direction,
            traffic: rule.traffic.into(),
            peer: match rule.peer {
                ModelPeer::Cidr(net) => Peer::Cidr(net.to_string()),
                ModelPeer::Group(id) => Peer::Group(id.to_string()),
            },
            description: rule.description.clone(),
            tags: tag_map(&rule.tags),
        }
    }
}

impl TryFrom<SecurityGroupRule> for ModelRule {
    type Error = FieldError;

    fn try_from(record: SecurityGroupRule) -> Result<Self, FieldError> {
        Ok(Self {
            direction: record.direction,
            traffic: record.traffic.try_into()?,
            peer: match &record.peer {
                Peer::Cidr(net) => ModelPeer::Cidr(parse("rules.peer", net)?),
                Peer::Group(id) => ModelPeer::Group(parse("rules.peer", id)?),
            },
            description: record.description,
            tags: read_tags("rules.tags", record.tags)?,
        })
    }
}

impl From<&model::SecurityGroup> for SecurityGroup {
    fn from(group: &model::SecurityGroup) -> Self {
        Self {
            id: group.id.to_string(),
            number: group.number,
            owner: group.owner.to_string(),
            vpc: group.vpc.to_string(),
            name: group.name.clone(),
            description: group.description.clone(),
            rules: group
                .rules
                .iter()
                .map(|(id, rule)| (id.to_string(), rule.into()))
                .collect(),
            tags: tag_map(&group.tags),
        }
    }
}

impl TryFrom<SecurityGroup> for model::SecurityGroup {
    type Error = FieldError;

    fn try_from(record: SecurityGroup) -> Result<Self, FieldError> {
        let rule =
            |(id, rule): (String, SecurityGroupRule)| Ok((parse("rules", &id)?, rule.try_into()?));
        Ok(Self {
            id: parse("id", &record.id)?,
            number: record.number,
            owner: parse("owner", &record.owner)?,
            vpc: parse("vpc", &record.vpc)?,
            name: record.name,
            description: record.description,
            rules: record
                .rules
                .into_iter()
                .map(rule)
                .collect::<Result<_, _>>()?,
            tags: read_tags("tags", record.tags)?,
        })
    }
}
