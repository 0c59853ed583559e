//! Requests about VPCs and what lies in them.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::id::{
    AttachmentId, NetworkInterfaceId, RouteTableAssociationId, RouteTableId, SecurityGroupId,
    SecurityGroupRuleId, SubnetId, VpcId,
};
use crate::security_group::{Direction, Peer, Traffic};
use crate::settings::ZoneId;
use crate::tag::Tags;

/// See [`super::Command::CreateVpc`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateVpc {
    /// Its addresses; host bits are dropped.
    pub cidr: Ipv4Net,
    /// Tags.
    pub tags: Tags,
}

/// See [`super::Command::DeleteVpc`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteVpc {
    /// Which.
    pub vpc: VpcId,
}

/// See [`super::Command::ModifyVpcAttribute`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyVpcAttribute {
    /// Which.
    pub vpc: VpcId,
    /// The attribute with its new value.
    pub attribute: VpcAttribute,
}

/// One attribute of a VPC with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VpcAttribute {
    /// `enableDnsSupport`.
    EnableDnsSupport(bool),
    /// `enableDnsHostnames`.
    EnableDnsHostnames(bool),
    /// `enableNetworkAddressUsageMetrics`.
    EnableNetworkAddressUsageMetrics(bool),
}

/// See [`super::Command::CreateSubnet`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateSubnet {
    /// In which VPC.
    pub vpc: VpcId,
    /// Its addresses; host bits are dropped.
    pub cidr: Ipv4Net,
    /// In which zone.
    pub zone: ZoneChoice,
    /// Tags.
    pub tags: Tags,
}

/// How a zone is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ZoneChoice {
    /// Not at all: the first zone.
    Any,
    /// By name, `us-east-1a`.
    Name(String),
    /// By id, `use1-az1`.
    Id(ZoneId),
}

/// See [`super::Command::DeleteSubnet`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteSubnet {
    /// Which.
    pub subnet: SubnetId,
}

/// See [`super::Command::ModifySubnetAttribute`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifySubnetAttribute {
    /// Which.
    pub subnet: SubnetId,
    /// `mapPublicIpOnLaunch`.
    pub map_public_ip_on_launch: bool,
}

/// See [`super::Command::CreateRouteTable`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateRouteTable {
    /// In which VPC.
    pub vpc: VpcId,
    /// Tags.
    pub tags: Tags,
    /// Client token.
    pub client_token: Option<String>,
}

/// See [`super::Command::DeleteRouteTable`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteRouteTable {
    /// Which.
    pub route_table: RouteTableId,
}

/// See [`super::Command::AssociateRouteTable`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssociateRouteTable {
    /// Which table.
    pub route_table: RouteTableId,
    /// For which subnet.
    pub subnet: SubnetId,
}

/// See [`super::Command::DisassociateRouteTable`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DisassociateRouteTable {
    /// Which association.
    pub association: RouteTableAssociationId,
}

/// See [`super::Command::ReplaceRouteTableAssociation`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplaceRouteTableAssociation {
    /// Which association; a main one moves the main table.
    pub association: RouteTableAssociationId,
    /// The table to use from now on.
    pub route_table: RouteTableId,
}

/// See [`super::Command::CreateSecurityGroup`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateSecurityGroup {
    /// In which VPC; there is no default VPC to fall back to.
    pub vpc: Option<VpcId>,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Tags.
    pub tags: Tags,
}

/// See [`super::Command::DeleteSecurityGroup`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteSecurityGroup {
    /// Which.
    pub group: SecurityGroupId,
}

/// See [`super::Command::AuthorizeSecurityGroupRules`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AuthorizeSecurityGroupRules {
    /// Which group.
    pub group: SecurityGroupId,
    /// Ingress or egress.
    pub direction: Direction,
    /// The rules to add.
    pub rules: Vec<RuleSpec>,
    /// Tags of each rule.
    pub tags: Tags,
}

/// A rule as a request describes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RuleSpec {
    /// Which packets.
    pub traffic: Traffic,
    /// From or to whom; host bits of a CIDR are dropped.
    pub peer: Peer,
    /// Description; not compared when revoking.
    pub description: Option<String>,
}

/// See [`super::Command::RevokeSecurityGroupRules`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RevokeSecurityGroupRules {
    /// Which group.
    pub group: SecurityGroupId,
    /// Ingress or egress.
    pub direction: Direction,
    /// Which rules.
    pub rules: Revocation,
}

/// How the rules to revoke are named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Revocation {
    /// By id.
    ByIds(Vec<SecurityGroupRuleId>),
    /// By what they say.
    ByContent(Vec<RuleSpec>),
}

/// See [`super::Command::ModifySecurityGroupRules`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifySecurityGroupRules {
    /// Which group.
    pub group: SecurityGroupId,
    /// Its rules to change, each once.
    pub rules: Vec<RuleModification>,
}

/// What a rule shall say from now on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RuleModification {
    /// Which rule.
    pub id: SecurityGroupRuleId,
    /// All of it, the description too.
    pub spec: RuleSpec,
}

/// See [`super::Command::CreateNetworkInterface`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateNetworkInterface {
    /// In which subnet.
    pub subnet: SubnetId,
    /// Its address; any free one if not given.
    pub address: Option<Ipv4Addr>,
    /// Its groups; the VPC's default group if empty.
    pub groups: Vec<SecurityGroupId>,
    /// Description.
    pub description: String,
    /// Tags.
    pub tags: Tags,
    /// Client token.
    pub client_token: Option<String>,
}

/// See [`super::Command::DeleteNetworkInterface`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteNetworkInterface {
    /// Which.
    pub network_interface: NetworkInterfaceId,
}

/// See [`super::Command::ModifyNetworkInterfaceAttribute`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyNetworkInterfaceAttribute {
    /// Which.
    pub network_interface: NetworkInterfaceId,
    /// What changes: AWS takes one attribute at a time.
    pub change: InterfaceChange,
}

/// A change of a network interface.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InterfaceChange {
    /// Its groups, at least one.
    Groups(Vec<SecurityGroupId>),
    /// Its description.
    Description(String),
    /// Whether it goes with its instance.
    DeleteOnTermination(AttachmentId, bool),
}
