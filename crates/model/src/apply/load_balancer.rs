//! Load balancers: one node per subnet, and what keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lookup::within_quota;
use super::network_interface::NewInterface;
use super::token::order_set;
use super::{Execute, Transaction};
use crate::attribute::Attributes;
use crate::command::{
    CreateLoadBalancer, DeleteLoadBalancer, ModifyLoadBalancerAttributes, SetSecurityGroups,
    SetSubnets, SubnetMapping,
};
use crate::id::SubnetId;
use crate::limits::LOAD_BALANCER_FREE_ADDRESSES_MIN;
use crate::load_balancer::{
    DELETION_PROTECTION, LOAD_BALANCER_ATTRIBUTES, LoadBalancer, LoadBalancerNode,
    LoadBalancerState, Scheme,
};
use crate::network_interface::NetworkInterfaceKind;
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, Rejection};
use crate::resource::Key;
use crate::subnet::Subnet;
use crate::tag::Tags;

impl Execute for CreateLoadBalancer {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let owner = tx.caller();
        let same_name = tx
            .state()
            .indexes()
            .load_balancer_of_name
            .first(&(owner, self.name.clone()));
        if let Some(id) = same_name.copied() {
            return if self.describes(&*tx.load_balancer(id)?) {
                Ok(Reply::LoadBalancer(id))
            } else {
                Err(Conflict::LoadBalancerName(self.name).into())
            };
        }
        if self.name.as_str().starts_with("internal-") {
            return Err(Invalid::LoadBalancerName(self.name).into());
        }
        let subnets = tx.load_balancer_subnets(&self.subnets)?;
        let vpc = subnets
            .first()
            .ok_or(Invalid::LoadBalancerWithoutSubnets)?
            .0
            .vpc;
        if self.scheme == Scheme::InternetFacing {
            return Err(Invalid::NoInternetGateway(vpc).into());
        }
        let security_groups = tx.named_groups(vpc, &self.security_groups)?;
        let present = tx.state().indexes().load_balancers_by_account.count(&owner);
        within_quota(
            present,
            tx.settings().quotas.load_balancers,
            Limit::LoadBalancers,
        )?;

        let id = tx.fresh_id(|state, id| state.tables().load_balancers.contains(&id))?;
        let mut balancer = LoadBalancer {
            id,
            name: self.name,
            owner,
            vpc,
            scheme: self.scheme,
            nodes: BTreeMap::new(),
            security_groups,
            enforce_inbound_rules_on_private_link: true,
            attributes: Attributes::defaults(LOAD_BALANCER_ATTRIBUTES),
            state: LoadBalancerState::Provisioning,
            created: tx.now(),
            tags: self.tags,
        };
        for (subnet, mapping) in &subnets {
            tx.add_node(&mut balancer, subnet, mapping)?;
        }
        tx.put(balancer);
        Ok(Reply::LoadBalancer(id))
    }
}

impl CreateLoadBalancer {
    /// Whether a load balancer has all the settings of this request, which then may be a repetition.
    fn describes(&self, balancer: &LoadBalancer) -> bool {
        let mut groups = self.security_groups.clone();
        order_set(&mut groups);
        let subnets: BTreeSet<SubnetId> =
            self.subnets.iter().map(|mapping| mapping.subnet).collect();
        let tags = self.tags.is_empty() || self.tags == balancer.tags;
        self.scheme == balancer.scheme
            && tags
            && *groups == *balancer.security_groups
            && balancer.nodes.keys().eq(subnets.iter())
            && self
                .subnets
                .iter()
                .all(|mapping| keeps_address(balancer, mapping))
    }
}

/// Whether a subnet's node has the address that is wished for it, if any.
fn keeps_address(balancer: &LoadBalancer, mapping: &SubnetMapping) -> bool {
    let node = balancer.nodes.get(&mapping.subnet);
    mapping.address.is_none() || mapping.address == node.map(|node| node.address)
}

impl Transaction<'_, '_> {
    /// The subnets that a request names: all of one VPC, each in a zone of its own.
    fn load_balancer_subnets<'m>(
        &self,
        mappings: &'m [SubnetMapping],
    ) -> Result<Vec<(Arc<Subnet>, &'m SubnetMapping)>, Rejection> {
        let mut subnets: Vec<(Arc<Subnet>, &SubnetMapping)> = Vec::with_capacity(mappings.len());
        for mapping in mappings {
            let subnet = self.subnet(mapping.subnet)?;
            for (other, _) in &subnets {
                if other.vpc != subnet.vpc {
                    return Err(Invalid::LoadBalancerSubnetsInDifferentVpcs.into());
                }
                if other.zone == subnet.zone {
                    return Err(Invalid::LoadBalancerSubnetsInSameZone.into());
                }
            }
            subnets.push((subnet, mapping));
        }
        Ok(subnets)
    }

    fn add_node(
        &mut self,
        balancer: &mut LoadBalancer,
        subnet: &Subnet,
        mapping: &SubnetMapping,
    ) -> Result<(), Rejection> {
        let free = usize::try_from(self.state().free_addresses(subnet)).unwrap_or(usize::MAX);
        if mapping.address.is_none() && free < LOAD_BALANCER_FREE_ADDRESSES_MIN {
            return Err(Invalid::LoadBalancerSubnetFull(subnet.id).into());
        }
        let attachment = self.fresh_id(|_, _| false)?;
        let interface = self.create_interface(NewInterface {
            subnet,
            address: mapping.address,
            groups: balancer.security_groups.clone(),
            kind: NetworkInterfaceKind::LoadBalancer {
                load_balancer: balancer.id,
                attachment,
            },
            description: format!("ELB net/{}/{}", balancer.name, balancer.id),
            tags: Tags::new(),
        })?;
        let node = LoadBalancerNode {
            zone: subnet.zone.clone(),
            network_interface: interface.id,
            address: interface.address,
            address_chosen: mapping.address.is_some(),
        };
        balancer.nodes.insert(subnet.id, node);
        Ok(())
    }

    fn has_endpoints(&self, balancer: &LoadBalancer) -> bool {
        let services = &self.state().indexes().services_by_load_balancer;
        let mut services = services.of(&balancer.id);
        services.any(|service| self.state().has_connections(*service))
    }
}

impl Execute for SetSubnets {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut balancer = LoadBalancer::clone(&*tx.load_balancer(self.load_balancer)?);
        let subnets = tx.load_balancer_subnets(&self.subnets)?;
        let vpc = subnets
            .first()
            .ok_or(Invalid::LoadBalancerWithoutSubnets)?
            .0
            .vpc;
        if vpc != balancer.vpc {
            return Err(Invalid::LoadBalancerSubnetsInDifferentVpcs.into());
        }
        let kept = |id: &SubnetId| subnets.iter().any(|(subnet, _)| subnet.id == *id);
        let removed: Vec<SubnetId> = balancer
            .nodes
            .keys()
            .filter(|id| !kept(id))
            .copied()
            .collect();
        if let Some(id) = removed.first().filter(|_| tx.has_endpoints(&balancer)) {
            return Err(Conflict::LoadBalancerSubnetInUse(*id).into());
        }
        for (subnet, mapping) in &subnets {
            if balancer.nodes.contains_key(&subnet.id) {
                if !keeps_address(&balancer, mapping) {
                    return Err(Invalid::LoadBalancerAddressChanged(subnet.id).into());
                }
            } else if balancer.zones().any(|zone| *zone == subnet.zone) {
                return Err(Invalid::LoadBalancerSubnetReplaced.into());
            } else {
                tx.add_node(&mut balancer, subnet, mapping)?;
            }
        }
        for id in removed {
            if let Some(node) = balancer.nodes.remove(&id) {
                tx.delete(Key::NetworkInterface(node.network_interface));
            }
        }
        let id = balancer.id;
        tx.put(balancer);
        tx.forget_lost_zones(id)?;
        Ok(Reply::Done)
    }
}

impl Execute for SetSecurityGroups {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut balancer = LoadBalancer::clone(&*tx.load_balancer(self.load_balancer)?);
        let groups = tx.named_groups(balancer.vpc, &self.security_groups)?;
        if groups.is_empty() != balancer.security_groups.is_empty() {
            return Err(Invalid::LoadBalancerGroups.into());
        }
        for node in balancer.nodes.values() {
            tx.regroup_interface(node.network_interface, &groups)?;
        }
        balancer.security_groups = groups;
        if let Some(enforce) = self.enforce_inbound_rules_on_private_link {
            balancer.enforce_inbound_rules_on_private_link = enforce;
        }
        tx.put(balancer);
        Ok(Reply::Done)
    }
}

impl Execute for ModifyLoadBalancerAttributes {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut balancer = LoadBalancer::clone(&*tx.load_balancer(self.load_balancer)?);
        for (key, value) in &self.attributes {
            let set = balancer
                .attributes
                .set(LOAD_BALANCER_ATTRIBUTES, key, value);
            set.map_err(Invalid::Attribute)?;
        }
        tx.put(balancer);
        Ok(Reply::Done)
    }
}

impl Execute for DeleteLoadBalancer {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let Ok(balancer) = tx.load_balancer(self.load_balancer) else {
            return Ok(Reply::Done);
        };
        let arn = balancer.arn(tx.settings()).to_string();
        if balancer.attributes.is_true(DELETION_PROTECTION) {
            return Err(Conflict::DeletionProtection(arn).into());
        }
        let indexes = tx.state().indexes();
        if indexes.services_by_load_balancer.count(&balancer.id) > 0 {
            return Err(Conflict::LoadBalancerInUse(arn).into());
        }
        let listeners: Vec<_> = indexes
            .listeners_by_load_balancer
            .of(&balancer.id)
            .copied()
            .collect();
        for listener in listeners {
            tx.delete(Key::Listener(listener));
        }
        for node in balancer.nodes.values() {
            tx.delete(Key::NetworkInterface(node.network_interface));
        }
        tx.delete(Key::LoadBalancer(balancer.id));
        Ok(Reply::Done)
    }
}
