//! VPCs: creation with what belongs to them, deletion of empty ones, attributes.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::lookup::within_quota;
use super::security_group::egress_to_everywhere;
use super::{Execute, Transaction};
use crate::command::{CreateVpc, DeleteVpc, ModifyVpcAttribute, VpcAttribute};
use crate::counter::CounterKind;
use crate::id::{NetworkAclId, RouteTableId, SecurityGroupId, VpcId};
use crate::limits::CIDR_PREFIX_LENGTHS;
use crate::network_acl::NetworkAcl;
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, Rejection};
use crate::resource::Key;
use crate::route_table::{RouteTable, RouteTableUser};
use crate::security_group::{
    DEFAULT_GROUP_NAME, Direction, Peer, SecurityGroup, SecurityGroupRule, Traffic,
};
use crate::tag::Tags;
use crate::vpc::Vpc;

impl Execute for CreateVpc {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let cidr = self.cidr.trunc();
        if !CIDR_PREFIX_LENGTHS.contains(&cidr.prefix_len()) || !is_assignable(cidr) {
            return Err(Invalid::VpcRange(self.cidr).into());
        }
        let owner = tx.caller();
        let present = tx.state().indexes().vpcs_by_account.count(&owner);
        within_quota(present, tx.settings().quotas.vpcs, Limit::Vpcs)?;

        let id = tx.fresh_id(|state, id| state.tables().vpcs.contains(&id))?;
        let vpc = Vpc {
            id,
            owner,
            vni: tx.fresh_number(CounterKind::Vni)?,
            cidr,
            main_route_table: tx.create_main_route_table(id)?,
            default_network_acl: tx.create_default_network_acl(id)?,
            default_security_group: tx.create_default_security_group(id)?,
            enable_dns_support: true,
            enable_dns_hostnames: false,
            enable_network_address_usage_metrics: false,
            tags: self.tags,
        };
        tx.put(vpc);
        Ok(Reply::Vpc(id))
    }
}

/// Whether hosts can have such addresses at all: not "this network", loopback, link-local or multicast.
fn is_assignable(cidr: Ipv4Net) -> bool {
    let reserved = [
        (Ipv4Addr::new(0, 0, 0, 0), 8),
        (Ipv4Addr::new(127, 0, 0, 0), 8),
        (Ipv4Addr::new(169, 254, 0, 0), 16),
        (Ipv4Addr::new(224, 0, 0, 0), 3),
    ];
    !reserved.into_iter().any(|(address, prefix_len)| {
        Ipv4Net::new(address, prefix_len).is_ok_and(|net| net.contains(&cidr))
    })
}

impl Transaction<'_, '_> {
    fn create_main_route_table(&mut self, vpc: VpcId) -> Result<RouteTableId, Rejection> {
        let id = self.fresh_id(|state, id| state.tables().route_tables.contains(&id))?;
        let association = self.fresh_association_id()?;
        let table = RouteTable {
            id,
            number: self.fresh_number(CounterKind::RouteTable)?,
            owner: self.caller(),
            vpc,
            associations: BTreeMap::from([(association, RouteTableUser::Main)]),
            tags: Tags::new(),
        };
        self.put(table);
        Ok(id)
    }

    fn create_default_network_acl(&mut self, vpc: VpcId) -> Result<NetworkAclId, Rejection> {
        let id = self.fresh_id(|state, id| state.tables().network_acls.contains(&id))?;
        let entries = NetworkAcl::default_entries();
        let owner = self.caller();
        self.put(NetworkAcl {
            id,
            owner,
            vpc,
            is_default: true,
            entries,
            tags: Tags::new(),
        });
        Ok(id)
    }

    fn create_default_security_group(&mut self, vpc: VpcId) -> Result<SecurityGroupId, Rejection> {
        let id = self.fresh_id(|state, id| state.tables().security_groups.contains(&id))?;
        let from_itself = SecurityGroupRule {
            direction: Direction::Ingress,
            traffic: Traffic::All,
            peer: Peer::Group(id),
            description: None,
            tags: Tags::new(),
        };
        let mut rules = BTreeMap::new();
        for rule in [from_itself, egress_to_everywhere()] {
            rules.insert(self.fresh_rule_id()?, rule);
        }
        let group = SecurityGroup {
            id,
            number: self.fresh_number(CounterKind::SecurityGroup)?,
            owner: self.caller(),
            vpc,
            name: DEFAULT_GROUP_NAME.to_owned(),
            description: "default VPC security group".to_owned(),
            rules,
            tags: Tags::new(),
        };
        self.put(group);
        Ok(id)
    }
}

impl Execute for DeleteVpc {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let vpc = tx.vpc(self.vpc)?;
        let indexes = tx.state().indexes();
        let in_use = indexes.subnets_by_vpc.count(&vpc.id) > 0
            || indexes.route_tables_by_vpc.count(&vpc.id) > 1
            || indexes.network_acls_by_vpc.count(&vpc.id) > 1
            || indexes.security_groups_by_vpc.count(&vpc.id) > 1
            || tx.state().live_endpoints(vpc.id) > 0
            || indexes.target_groups_by_vpc.count(&vpc.id) > 0;
        if in_use {
            return Err(Conflict::VpcInUse(vpc.id).into());
        }
        tx.delete(Key::RouteTable(vpc.main_route_table));
        tx.delete(Key::NetworkAcl(vpc.default_network_acl));
        tx.delete(Key::SecurityGroup(vpc.default_security_group));
        tx.delete(Key::Vpc(vpc.id));
        Ok(Reply::Done)
    }
}

impl Execute for ModifyVpcAttribute {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut vpc = Vpc::clone(&*tx.vpc(self.vpc)?);
        match self.attribute {
            VpcAttribute::EnableDnsSupport(value) => vpc.enable_dns_support = value,
            VpcAttribute::EnableDnsHostnames(value) => vpc.enable_dns_hostnames = value,
            VpcAttribute::EnableNetworkAddressUsageMetrics(value) => {
                vpc.enable_network_address_usage_metrics = value;
            }
        }
        tx.put(vpc);
        Ok(Reply::Done)
    }
}
