//! Interface endpoints: creation, change, deletion. The provider's side is in `connection.rs`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use litemap::LiteMap;

use super::lookup::within_quota;
use super::network_interface::NewInterface;
use super::token::{Repeatable, order_set};
use super::{Execute, Transaction};
use crate::client_token::{TokenAction, TokenResult};
use crate::command::{
    CreateVpcEndpoint, DeleteVpcEndpoints, EndpointSubnet, ModifyVpcEndpoint, PolicyChange,
};
use crate::connection_notification::ConnectionEventKind;
use crate::endpoint_service::EndpointService;
use crate::id::{VpcEndpointConnectionId, VpcEndpointId};
use crate::limits::POLICY_CHARS_MAX;
use crate::network_interface::NetworkInterfaceKind;
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, NotFound, Rejection, Unsuccessful};
use crate::resource::Key;
use crate::tag::Tags;
use crate::vpc_endpoint::{
    DnsToken, EndpointInterface, EndpointPolicy, VpcEndpoint, VpcEndpointEvent, VpcEndpointState,
};

impl Execute for CreateVpcEndpoint {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let token = self.client_token.as_deref();
        let create = |tx: &mut Transaction<'_, '_>| self.create(tx).map(TokenResult::VpcEndpoint);
        tx.once(TokenAction::CreateVpcEndpoint, token, &self, create)
            .map(Reply::from)
    }
}

impl Repeatable for CreateVpcEndpoint {
    fn order_sets(&mut self) {
        order_set(&mut self.subnets);
        order_set(&mut self.groups);
    }
}

impl CreateVpcEndpoint {
    fn create(&self, tx: &mut Transaction<'_, '_>) -> Result<VpcEndpointId, Rejection> {
        let vpc = tx.vpc(self.vpc)?;
        let service = tx.visible_service(&self.service_name)?;
        let present = tx.state().live_endpoints(vpc.id);
        let quota = tx.settings().quotas.interface_endpoints_per_vpc;
        within_quota(present, quota, Limit::VpcEndpoints)?;

        let acceptance = Duration::from_secs(tx.settings().acceptance_secs);
        let id = tx.fresh_id(|state, id| state.tables().vpc_endpoints.contains(&id))?;
        let mut endpoint = VpcEndpoint {
            id,
            owner: vpc.owner,
            vpc: vpc.id,
            service: service.id,
            service_owner: service.owner,
            connection: tx.fresh_id(|state, id: VpcEndpointConnectionId| {
                state.indexes().endpoint_of_connection.count(&id) > 0
            })?,
            dns_token: DnsToken::from_bits(tx.bits()),
            interfaces: LiteMap::with_capacity(self.subnets.len()),
            groups: tx.named_groups_or_default(vpc.id, &self.groups)?,
            private_dns: None,
            state: VpcEndpointState::initial(service.acceptance_required),
            acceptance_until: tx.now().plus(acceptance),
            generation: 1,
            policy: self
                .policy
                .as_deref()
                .map_or(Ok(EndpointPolicy::FULL_ACCESS), checked_policy)?,
            last_error: None,
            created: tx.now(),
            tags: self.tags.clone(),
            connection_tags: Tags::new(),
        };
        if self.private_dns_enabled {
            tx.enable_private_dns(&mut endpoint, &service)?;
        }
        for wish in &self.subnets {
            tx.add_endpoint_interface(&mut endpoint, &service, wish)?;
        }
        tx.put(endpoint.clone());
        tx.announce(&endpoint, ConnectionEventKind::Connect);
        Ok(id)
    }
}

fn checked_policy(policy: &str) -> Result<EndpointPolicy, Rejection> {
    if (1..=POLICY_CHARS_MAX).contains(&policy.chars().count()) {
        return Ok(policy.into());
    }
    Err(Invalid::PolicyLength.into())
}

impl Transaction<'_, '_> {
    /// The service of a name, if the caller may use it. Otherwise it is as if there were none.
    fn visible_service(&self, name: &str) -> Result<EndpointService, Rejection> {
        let service = self.state().service_of_name(name);
        let visible = service.filter(|service| self.state().admits(service, self.principal()));
        let found = visible.map(|service| EndpointService::clone(service));
        found.ok_or_else(|| NotFound::ServiceName(name.to_owned()).into())
    }

    fn add_endpoint_interface(
        &mut self,
        endpoint: &mut VpcEndpoint,
        service: &EndpointService,
        wish: &EndpointSubnet,
    ) -> Result<(), Rejection> {
        let subnet = self.subnet(wish.subnet)?;
        if subnet.vpc != endpoint.vpc {
            let (what, id) = ("Subnet", subnet.id.to_string());
            return Err(Invalid::OtherVpc {
                what,
                id,
                vpc: endpoint.vpc,
            }
            .into());
        }
        if endpoint
            .interfaces
            .values()
            .any(|interface| interface.zone == subnet.zone)
        {
            return Err(Invalid::DuplicateSubnetsInSameZone(subnet.id).into());
        }
        if !service.zones.contains(&subnet.zone) {
            let service = service.name(self.settings());
            return Err(Invalid::ServiceZone {
                service,
                subnet: subnet.id,
            }
            .into());
        }
        let attachment = self.fresh_id(|_, _| false)?;
        let interface = self.create_interface(NewInterface {
            subnet: &subnet,
            address: wish.address,
            groups: endpoint.groups.clone(),
            kind: NetworkInterfaceKind::VpcEndpoint {
                endpoint: endpoint.id,
                attachment,
            },
            description: String::new(),
            tags: Tags::new(),
        })?;
        let zone = subnet.zone.clone();
        let (network_interface, address) = (interface.id, interface.address);
        endpoint.interfaces.insert(
            subnet.id,
            EndpointInterface {
                zone,
                network_interface,
                address,
            },
        );
        Ok(())
    }
}

impl Execute for ModifyVpcEndpoint {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let before = tx.vpc_endpoint(self.endpoint)?;
        let mut endpoint = VpcEndpoint::clone(&before);
        let state = before
            .state
            .on(VpcEndpointEvent::Modify)
            .map_err(Conflict::EndpointState)?;
        if !before.state.is_connected() {
            tx.recheck_private_dns(&mut endpoint);
        }
        self.change_private_dns(tx, &mut endpoint)?;
        self.change_policy(&mut endpoint)?;
        self.change_groups(tx, &mut endpoint)?;
        self.change_subnets(tx, &mut endpoint)?;
        if endpoint == *before {
            return Ok(Reply::Done);
        }
        if endpoint.groups != before.groups {
            for interface in endpoint.interfaces.values() {
                tx.regroup_interface(interface.network_interface, &endpoint.groups)?;
            }
        }
        if state.blocks_service_deletion() {
            tx.check_served(&endpoint)?;
        }
        endpoint.state = state;
        endpoint.generation += 1;
        endpoint.last_error = None;
        tx.put(endpoint);
        Ok(Reply::Done)
    }
}

impl ModifyVpcEndpoint {
    fn change_private_dns(
        &self,
        tx: &mut Transaction<'_, '_>,
        endpoint: &mut VpcEndpoint,
    ) -> Result<(), Rejection> {
        match self.private_dns_enabled {
            Some(true) if endpoint.private_dns.is_none() => {
                let service = tx.service_of(endpoint)?;
                tx.enable_private_dns(endpoint, &service)
            }
            Some(false) => {
                endpoint.private_dns = None;
                Ok(())
            }
            Some(true) | None => Ok(()),
        }
    }

    fn change_policy(&self, endpoint: &mut VpcEndpoint) -> Result<(), Rejection> {
        match &self.policy {
            PolicyChange::Keep => {}
            PolicyChange::Set(policy) => endpoint.policy = checked_policy(policy)?,
            PolicyChange::Reset => endpoint.policy = EndpointPolicy::FULL_ACCESS,
        }
        Ok(())
    }

    fn change_groups(
        &self,
        tx: &Transaction<'_, '_>,
        endpoint: &mut VpcEndpoint,
    ) -> Result<(), Rejection> {
        if self.add_groups.is_empty() && self.remove_groups.is_empty() {
            return Ok(());
        }
        let mut groups: BTreeSet<_> = endpoint.groups.iter().copied().collect();
        for id in &self.remove_groups {
            if !groups.remove(id) {
                return Err(Invalid::EndpointNotInGroup(*id).into());
            }
        }
        groups.extend(&self.add_groups);
        if groups.is_empty() {
            return Err(Invalid::NoGroups.into());
        }
        let groups: Vec<_> = groups.into_iter().collect();
        endpoint.groups = tx.named_groups(endpoint.vpc, &groups)?;
        Ok(())
    }

    fn change_subnets(
        &self,
        tx: &mut Transaction<'_, '_>,
        endpoint: &mut VpcEndpoint,
    ) -> Result<(), Rejection> {
        for id in &self.remove_subnets {
            let Some(interface) = endpoint.interfaces.remove(id) else {
                return Err(Invalid::EndpointNotInSubnet(*id).into());
            };
            tx.delete(Key::NetworkInterface(interface.network_interface));
        }
        if self.add_subnets.is_empty() {
            return Ok(());
        }
        let service = tx.service_of(endpoint)?;
        for wish in &self.add_subnets {
            tx.add_endpoint_interface(endpoint, &service, wish)?;
        }
        Ok(())
    }
}

impl Execute for DeleteVpcEndpoints {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut unsuccessful = Vec::new();
        for id in self.endpoints {
            let Ok(endpoint) = tx.vpc_endpoint(id) else {
                unsuccessful.push(Unsuccessful {
                    id,
                    rejection: NotFound::VpcEndpoint(id).into(),
                });
                continue;
            };
            if let Err(rejection) = tx.transition(&endpoint, VpcEndpointEvent::Delete) {
                unsuccessful.push(Unsuccessful { id, rejection });
            }
        }
        Ok(Reply::UnsuccessfulEndpoints(unsuccessful))
    }
}

impl Transaction<'_, '_> {
    /// Whether the service is still there and in all the endpoint's zones: what an endpoint needs that comes back
    /// from a state in which it did not hold its service.
    pub(super) fn check_served(&self, endpoint: &VpcEndpoint) -> Result<(), Rejection> {
        let service = self.service_of(endpoint)?;
        let mut interfaces = endpoint.interfaces.iter();
        match interfaces.find(|(_, interface)| !service.zones.contains(&interface.zone)) {
            Some((subnet, _)) => Err(Invalid::ServiceZone {
                service: service.name(self.settings()),
                subnet: *subnet,
            }
            .into()),
            None => Ok(()),
        }
    }

    /// The service that an endpoint leads to, unless it is gone.
    fn service_of(&self, endpoint: &VpcEndpoint) -> Result<Arc<EndpointService>, Rejection> {
        let services = &self.state().tables().endpoint_services;
        let name = endpoint.service_name(self.settings());
        let found = services.get(&endpoint.service).cloned();
        found.ok_or_else(|| NotFound::ServiceName(name).into())
    }

    /// Lets an event happen to an endpoint. A state that changes by someone's will is a new generation, which the
    /// data plane is to follow, and told to whoever wants to know; one that stays as it was is none.
    pub(super) fn transition(
        &mut self,
        endpoint: &VpcEndpoint,
        event: VpcEndpointEvent,
    ) -> Result<(), Rejection> {
        let state = endpoint.state.on(event).map_err(Conflict::EndpointState)?;
        if state != endpoint.state {
            let changed = VpcEndpoint {
                state,
                generation: endpoint.generation + 1,
                last_error: None,
                ..endpoint.clone()
            };
            self.put(changed.clone());
            if let Some(kind) = event.told_as() {
                self.announce(&changed, kind);
            }
        }
        Ok(())
    }
}
