//! Questions to the state whose answers need more than one table.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::State;
use crate::account::{AccessKeyId, Account};
use crate::endpoint_service::{EndpointService, EndpointServiceState};
use crate::id::{EndpointServiceId, LoadBalancerId, SubnetId, VpcId};
use crate::instance::InstanceState;
use crate::load_balancer::{LoadBalancer, LoadBalancerState};
use crate::route_table::RouteTable;
use crate::subnet::Subnet;
use crate::target::{
    InitialReason, ObservedHealth, Registration, Target, TargetHealth, TargetId, TargetZone,
    UnusedReason,
};
use crate::target_group::TargetGroup;
use crate::time::Timestamp;
use crate::topic::{Topic, TopicAddress};

impl State {
    /// The account that an access key belongs to.
    pub fn account_of_access_key(&self, key: &AccessKeyId) -> Option<&Arc<Account>> {
        self.tables
            .accounts
            .get(self.indexes.account_of_access_key.first(key)?)
    }

    /// The route table in force for a subnet: its own, else its VPC's main one.
    pub fn route_table_of_subnet(&self, subnet: &Subnet) -> Option<&Arc<RouteTable>> {
        let id = match self.indexes.route_table_of_subnet.first(&subnet.id) {
            Some(id) => *id,
            None => self.tables.vpcs.get(&subnet.vpc)?.main_route_table,
        };
        self.tables.route_tables.get(&id)
    }

    /// The subnet of a VPC that an address lies in.
    pub fn subnet_of_address(&self, vpc: VpcId, address: Ipv4Addr) -> Option<&Arc<Subnet>> {
        let (_, subnet) = self
            .indexes
            .subnet_of_first_address
            .last_up_to(&(vpc, address))?;
        self.tables
            .subnets
            .get(subnet)
            .filter(|subnet| subnet.vpc == vpc && subnet.cidr.contains(&address))
    }

    /// How many more interfaces a subnet has addresses for.
    pub fn free_addresses(&self, subnet: &Subnet) -> u32 {
        subnet
            .capacity()
            .saturating_sub(self.used_addresses(subnet.id))
    }

    fn used_addresses(&self, subnet: SubnetId) -> u32 {
        u32::try_from(self.indexes.interfaces_by_subnet.count(&subnet)).unwrap_or(u32::MAX)
    }

    /// How many endpoints of a VPC are not deleted.
    pub fn live_endpoints(&self, vpc: VpcId) -> usize {
        let indexes = &self.indexes;
        indexes.endpoints_by_vpc.count(&vpc) - indexes.deleted_endpoints_by_vpc.count(&vpc)
    }

    /// Whether endpoints keep a service from being deleted.
    pub fn has_connections(&self, service: EndpointServiceId) -> bool {
        let all = self.indexes.endpoints_by_service.count(&service);
        all > self.indexes.past_endpoints_by_service.count(&service)
    }

    /// The state of an endpoint service, from its load balancers'.
    pub fn service_state(&self, service: &EndpointService) -> EndpointServiceState {
        let mut all_failed = true;
        for id in service.load_balancers.keys() {
            match self
                .tables
                .load_balancers
                .get(id)
                .map(|balancer| &balancer.state)
            {
                Some(LoadBalancerState::Active) => return EndpointServiceState::Available,
                Some(LoadBalancerState::Provisioning) => all_failed = false,
                Some(LoadBalancerState::Failed { .. }) | None => {}
            }
        }
        if all_failed {
            EndpointServiceState::Failed
        } else {
            EndpointServiceState::Pending
        }
    }

    /// The load balancer whose listeners forward to a target group. There is at most one.
    pub fn load_balancer_of_target_group(&self, group: &TargetGroup) -> Option<&Arc<LoadBalancer>> {
        let listener = self.indexes.listeners_by_target_group.first(&group.id)?;
        let id: LoadBalancerId = self.tables.listeners.get(listener)?.load_balancer;
        self.tables.load_balancers.get(&id)
    }

    /// Whether a load balancer's nodes use a group's targets of every zone.
    pub fn cross_zone(&self, balancer: &LoadBalancer, group: &TargetGroup) -> bool {
        group.cross_zone().unwrap_or_else(|| balancer.cross_zone())
    }

    /// The health of a target as its users see it.
    pub fn target_health(&self, target: &Target) -> TargetHealth {
        match target.registration {
            Registration::Draining { .. } => return TargetHealth::Draining,
            Registration::Severed { .. } => {
                return TargetHealth::Unused(UnusedReason::NotRegistered);
            }
            Registration::Registered { .. } => {}
        }
        if let Some(reason) = self.unused_reason(target) {
            return TargetHealth::Unused(reason);
        }
        match target.observed {
            ObservedHealth::Registering => {
                TargetHealth::Initial(InitialReason::RegistrationInProgress)
            }
            ObservedHealth::Checking => TargetHealth::Initial(InitialReason::InitialHealthChecking),
            ObservedHealth::Healthy => TargetHealth::Healthy,
            ObservedHealth::Unhealthy(reason) => TargetHealth::Unhealthy(reason),
        }
    }

    fn unused_reason(&self, target: &Target) -> Option<UnusedReason> {
        let group = self.tables.target_groups.get(&target.key.group)?;
        let Some(balancer) = self.load_balancer_of_target_group(group) else {
            return Some(UnusedReason::NotInUse);
        };
        let in_reach = match &target.zone {
            TargetZone::All => true,
            TargetZone::Zone(zone) => {
                self.cross_zone(balancer, group)
                    || balancer.zones().any(|node_zone| node_zone == zone)
            }
        };
        if !in_reach {
            return Some(UnusedReason::NotInUse);
        }
        match target.key.id {
            TargetId::Ip(_) => None,
            TargetId::Instance(instance) => {
                let state = self
                    .tables
                    .instances
                    .get(&instance)
                    .map(|instance| instance.state);
                let usable = matches!(state, Some(InstanceState::Pending | InstanceState::Running));
                (!usable).then_some(UnusedReason::InvalidState)
            }
        }
    }

    /// The endpoint service of a name, whoever may see it.
    pub fn service_of_name(&self, name: &str) -> Option<&Arc<EndpointService>> {
        let id: EndpointServiceId =
            crate::endpoint_service::parse_service_name(&self.settings, name)?;
        self.tables.endpoint_services.get(&id)
    }

    /// The topic of an address.
    pub fn topic_at(&self, address: &TopicAddress) -> Option<&Arc<Topic>> {
        let id = self.indexes.topic_at.first(address)?;
        self.tables.topics.get(id)
    }

    /// When housekeeping has something to do next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.indexes.due.first_key().copied()
    }
}
