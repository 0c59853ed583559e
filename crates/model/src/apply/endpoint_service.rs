//! Endpoint services: their load balancers, zones and permissions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::lookup::within_quota;
use super::token::{Repeatable, order_set};
use super::{Execute, Transaction};
use crate::client_token::{TokenAction, TokenResult};
use crate::command::{
    CreateVpcEndpointServiceConfiguration, DeleteVpcEndpointServiceConfigurations,
    ModifyVpcEndpointServiceConfiguration, ModifyVpcEndpointServicePermissions,
};
use crate::connection_notification::NotificationSubject;
use crate::endpoint_service::{EndpointService, ServicePermission};
use crate::id::{EndpointServiceId, LoadBalancerId, ServicePermissionId};
use crate::outcome::Reply;
use crate::principal::Principal;
use crate::rejection::{Conflict, Invalid, Limit, NotFound, Rejection, Unsuccessful};
use crate::resource::Key;
use crate::settings::ZoneId;
use crate::tag::Tags;
use crate::time::Timestamp;

impl Execute for CreateVpcEndpointServiceConfiguration {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let token = self.client_token.as_deref();
        let create = |tx: &mut Transaction<'_, '_>| {
            let owner = tx.caller();
            let load_balancers: BTreeMap<_, _> = self
                .load_balancers
                .iter()
                .map(|id| (*id, tx.now()))
                .collect();
            let zones = tx.zones_of(&load_balancers)?;
            let present = tx.state().indexes().services_by_account.count(&owner);
            let quota = tx.settings().quotas.endpoint_services;
            within_quota(present, quota, Limit::EndpointServices)?;
            let id = tx.fresh_id(|state, id| state.tables().endpoint_services.contains(&id))?;
            let private_dns = self.private_dns_name.clone();
            let service = EndpointService {
                id,
                owner,
                load_balancers,
                zones,
                acceptance_required: self.acceptance_required,
                private_dns: private_dns.map(|name| tx.new_private_dns(name)),
                permissions: BTreeMap::new(),
                created: tx.now(),
                tags: self.tags.clone(),
            };
            tx.put(service);
            Ok(TokenResult::EndpointService(id))
        };
        tx.once(TokenAction::CreateEndpointService, token, &self, create)
            .map(Reply::from)
    }
}

impl Repeatable for CreateVpcEndpointServiceConfiguration {
    fn order_sets(&mut self) {
        order_set(&mut self.load_balancers);
    }
}

impl Execute for ModifyVpcEndpointServiceConfiguration {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut service = EndpointService::clone(&*tx.endpoint_service(self.service)?);
        for id in &self.remove_load_balancers {
            if service.load_balancers.remove(id).is_none() {
                return Err(Invalid::LoadBalancerNotAssociated(*id).into());
            }
        }
        if !self.remove_load_balancers.is_empty() && tx.state().has_connections(service.id) {
            return Err(Conflict::ExistingVpcEndpointConnections(service.id).into());
        }
        if !self.add_load_balancers.is_empty() {
            let attached = tx.time_of_attachment(&service);
            for id in self.add_load_balancers {
                service.load_balancers.entry(id).or_insert(attached);
            }
        }
        service.zones = tx.zones_of(&service.load_balancers)?;
        if let Some(acceptance_required) = self.acceptance_required {
            service.acceptance_required = acceptance_required;
        }
        tx.change_private_dns(&mut service, self.private_dns_name)?;
        tx.put(service);
        Ok(Reply::Done)
    }
}

impl Transaction<'_, '_> {
    /// The zones that the caller's load balancers have nodes in.
    fn zones_of(
        &self,
        load_balancers: &BTreeMap<LoadBalancerId, Timestamp>,
    ) -> Result<BTreeSet<ZoneId>, Rejection> {
        if load_balancers.is_empty() {
            return Err(Invalid::NoLoadBalancer.into());
        }
        let mut zones = BTreeSet::new();
        for id in load_balancers.keys() {
            zones.extend(self.load_balancer(*id)?.zones().cloned());
        }
        Ok(zones)
    }

    /// When a load balancer that is attached to a service now was attached. The clock says, unless it stands still or was
    /// set back: what is attached comes after the service's present load balancers and its endpoints' interfaces.
    fn time_of_attachment(&self, service: &EndpointService) -> Timestamp {
        let (tables, indexes) = (self.state().tables(), self.state().indexes());
        let attached = service.load_balancers.values();
        let attached = attached.map(|time| time.plus(Duration::from_millis(1)));
        let endpoints = indexes.endpoints_by_service.of(&service.id);
        let interfaces = endpoints
            .filter_map(|id| tables.vpc_endpoints.get(id))
            .flat_map(|endpoint| endpoint.interfaces.values())
            .filter_map(|own| tables.network_interfaces.get(&own.network_interface))
            .map(|interface| interface.created.plus(Duration::from_millis(1)));
        let earliest = self.now().max(service.created);
        attached.chain(interfaces).fold(earliest, Timestamp::max)
    }

    /// Takes from the services of a load balancer the zones that none of their load balancers has any more. (New
    /// zones are served only once the service is modified, as in AWS.)
    pub(super) fn forget_lost_zones(&mut self, balancer: LoadBalancerId) -> Result<(), Rejection> {
        let services = self
            .state()
            .indexes()
            .services_by_load_balancer
            .of(&balancer);
        for id in services.copied().collect::<Vec<_>>() {
            let mut service = EndpointService::clone(&*self.endpoint_service(id)?);
            let present = self.zones_of(&service.load_balancers)?;
            service.zones.retain(|zone| present.contains(zone));
            self.put(service);
        }
        Ok(())
    }

    fn delete_service(&mut self, id: EndpointServiceId) -> Result<(), Rejection> {
        let service = self
            .endpoint_service(id)
            .map_err(|_| NotFound::VpcEndpointService(id))?;
        if self.state().has_connections(service.id) {
            return Err(Conflict::ExistingVpcEndpointConnections(id).into());
        }
        self.delete_notifications_of(NotificationSubject::Service(id));
        self.delete(Key::EndpointService(id));
        Ok(())
    }
}

impl Execute for DeleteVpcEndpointServiceConfigurations {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut unsuccessful = Vec::new();
        for id in self.services {
            if let Err(rejection) = tx.delete_service(id) {
                unsuccessful.push(Unsuccessful { id, rejection });
            }
        }
        Ok(Reply::UnsuccessfulServices(unsuccessful))
    }
}

impl Execute for ModifyVpcEndpointServicePermissions {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut service = EndpointService::clone(&*tx.endpoint_service(self.service)?);
        service
            .permissions
            .retain(|_, permission| !self.remove.contains(&permission.principal));
        // One that was given before the rule can still be taken away.
        let grantable = |principal: &&Principal| !principal.is_grantable(tx.settings());
        if let Some(refused) = self.add.iter().find(grantable) {
            return Err(Invalid::Principal(refused.to_string()).into());
        }
        let mut added = Vec::with_capacity(self.add.len());
        for principal in self.add {
            let permission = match permission_of(&service, &principal) {
                Some(id) => id,
                None => {
                    let id = tx.fresh_id(|state, id: ServicePermissionId| {
                        state.indexes().service_of_permission.count(&id) > 0
                    })?;
                    service.permissions.insert(
                        id,
                        ServicePermission {
                            principal,
                            tags: Tags::new(),
                        },
                    );
                    id
                }
            };
            added.push(permission);
        }
        let quota = tx.settings().quotas.principals_per_service;
        if service.permissions.len() > usize::try_from(quota).unwrap_or(usize::MAX) {
            return Err(Limit::Principals.into());
        }
        tx.put(service);
        Ok(Reply::ServicePermissions(added))
    }
}

fn permission_of(service: &EndpointService, principal: &Principal) -> Option<ServicePermissionId> {
    let mut permissions = service.permissions.iter();
    permissions
        .find(|(_, permission)| permission.principal == *principal)
        .map(|(id, _)| *id)
}
