//! Private DNS names: of services, their verification, and which endpoints get them.

use super::{Execute, Transaction};
use crate::command::{
    PrivateDnsNameChange, PrivateDnsNameVerified, StartVpcEndpointServicePrivateDnsVerification,
};
use crate::endpoint_service::EndpointService;
use crate::id::{EndpointServiceId, VpcEndpointId};
use crate::outcome::Reply;
use crate::private_dns::{
    DomainRecord, DomainVerification, EndpointPrivateDns, HostedZoneId, PrivateDnsName, Proof,
    ServicePrivateDns,
};
use crate::rejection::{Conflict, Invalid, Rejection};
use crate::vpc_endpoint::{VpcEndpoint, VpcEndpointState};

impl Execute for StartVpcEndpointServicePrivateDnsVerification {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let service = tx.endpoint_service(self.service)?;
        let Some(own) = &service.private_dns else {
            return Err(Invalid::NothingToVerify(service.id).into());
        };
        let verification = if tx.has_verified_above(&service, &own.name) {
            DomainVerification::Verified(Proof::OtherName)
        } else {
            let wait = std::time::Duration::from_secs(tx.settings().verification_secs);
            DomainVerification::Pending {
                until: Some(tx.now().plus(wait)),
            }
        };
        tx.verify(&service, verification);
        Ok(Reply::Done)
    }
}

impl Execute for PrivateDnsNameVerified {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let service = tx.state().tables().endpoint_services.get(&self.service);
        let Some(service) = service.cloned() else {
            return Ok(Reply::Done);
        };
        let is_sought = |own: &ServicePrivateDns| {
            own.record == self.record && own.verification.is_sought_until().is_some()
        };
        if !service.private_dns.as_ref().is_some_and(is_sought) {
            return Ok(Reply::Done);
        }
        tx.verify(&service, DomainVerification::Verified(Proof::Record));
        tx.verify_below(&service);
        Ok(Reply::Done)
    }
}

impl Transaction<'_, '_> {
    /// A name that is to be verified.
    pub(super) fn new_private_dns(&mut self, name: PrivateDnsName) -> ServicePrivateDns {
        let (label, secret) = (self.bits(), self.bits());
        ServicePrivateDns {
            name,
            record: DomainRecord::from_bits(label, secret),
            verification: DomainVerification::Pending { until: None },
        }
    }

    /// Changes a service's private name. One that endpoints may have stays as long as there are connections.
    pub(super) fn change_private_dns(
        &mut self,
        service: &mut EndpointService,
        change: PrivateDnsNameChange,
    ) -> Result<(), Rejection> {
        let name = match change {
            PrivateDnsNameChange::Keep => return Ok(()),
            PrivateDnsNameChange::Set(name) => Some(name),
            PrivateDnsNameChange::Remove => None,
        };
        let known = service.private_dns.as_ref().map(|own| &own.name);
        if known == name.as_ref() {
            return Ok(());
        }
        if known.is_some() && self.state().has_connections(service.id) {
            return Err(Conflict::ExistingVpcEndpointConnections(service.id).into());
        }
        service.private_dns = name.map(|name| self.new_private_dns(name));
        Ok(())
    }

    fn verify(&mut self, service: &EndpointService, verification: DomainVerification) {
        let private_dns = service.private_dns.clone().map(|own| ServicePrivateDns {
            verification,
            ..own
        });
        self.put(EndpointService {
            private_dns,
            ..service.clone()
        });
    }

    /// Gives up a search that has taken its time.
    pub(super) fn end_verification(&mut self, service: EndpointServiceId) {
        let service = self.state().tables().endpoint_services.get(&service);
        if let Some(service) = service.cloned() {
            self.verify(&service, DomainVerification::Failed);
        }
    }

    /// Other services of the same account with a private name.
    fn siblings(&self, service: &EndpointService) -> Vec<EndpointService> {
        let ids = self
            .state()
            .indexes()
            .services_by_account
            .of(&service.owner);
        ids.filter(|id| **id != service.id)
            .filter_map(|id| self.state().tables().endpoint_services.get(id))
            .filter(|sibling| sibling.private_dns.is_some())
            .map(|sibling| EndpointService::clone(sibling))
            .collect()
    }

    /// Whether the account has proved the domain of a name, or one above it, by the record of another of its services.
    fn has_verified_above(&self, service: &EndpointService, name: &PrivateDnsName) -> bool {
        let siblings = self.siblings(service);
        let proved = DomainVerification::Verified(Proof::Record);
        siblings
            .iter()
            .filter_map(|sibling| sibling.private_dns.as_ref())
            .any(|own| own.verification == proved && name.is_within(&own.name))
    }

    /// Verifies the account's other names whose record is looked for and whose domain is that of a verified one or
    /// below it.
    fn verify_below(&mut self, verified: &EndpointService) {
        let Some(above) = verified.private_dns.as_ref().map(|own| &own.name) else {
            return;
        };
        for sibling in self.siblings(verified) {
            let is_proven = sibling.private_dns.as_ref().is_some_and(|own| {
                own.verification.is_sought_until().is_some() && own.name.is_within(above)
            });
            if is_proven {
                self.verify(&sibling, DomainVerification::Verified(Proof::OtherName));
            }
        }
    }

    /// Lets the service's private name lead to an endpoint inside its VPC.
    ///
    /// The order of the checks is that of what a user has to do: the provider's part, the VPC, acceptance, and then
    /// what is in the way.
    pub(super) fn enable_private_dns(
        &mut self,
        endpoint: &mut VpcEndpoint,
        service: &EndpointService,
    ) -> Result<(), Rejection> {
        let service_name = service.name(self.settings());
        if service.private_dns.is_none() {
            return Err(Invalid::NoPrivateDnsName(service_name).into());
        }
        let Some(name) = service.verified_name() else {
            return Err(Invalid::UnverifiedPrivateDnsName(service_name).into());
        };
        let vpc = self.vpc(endpoint.vpc)?;
        if !vpc.has_private_dns() {
            return Err(Invalid::PrivateDnsAttributes(vpc.id).into());
        }
        if endpoint.state == VpcEndpointState::PendingAcceptance {
            return Err(Invalid::PrivateDnsBeforeAcceptance(service_name).into());
        }
        if self.answers_for(endpoint, name).is_some() {
            let domain = name.domain().to_owned();
            let vpc = endpoint.vpc;
            return Err(Conflict::PrivateDnsDomain { domain, vpc }.into());
        }
        endpoint.private_dns = Some(Box::new(EndpointPrivateDns {
            name: name.clone(),
            hosted_zone: HostedZoneId::from_bits(self.bits()),
        }));
        Ok(())
    }

    /// The other endpoint of the VPC that answers for a name's domain.
    fn answers_for(&self, endpoint: &VpcEndpoint, name: &PrivateDnsName) -> Option<VpcEndpointId> {
        let key = (endpoint.vpc, name.domain().to_owned());
        let index = &self.state().indexes().endpoint_of_private_domain;
        let mut known = index.of(&key).copied();
        known.find(|other| *other != endpoint.id)
    }

    /// Takes a private name from an endpoint that comes back from a state without connection, unless its service
    /// still has that name, verified: what was changed meanwhile was changed for it too.
    pub(super) fn recheck_private_dns(&self, endpoint: &mut VpcEndpoint) {
        let tables = self.state().tables();
        let service = tables.endpoint_services.get(&endpoint.service);
        let name = service.and_then(|service| service.verified_name());
        endpoint.private_dns.take_if(|own| Some(&own.name) != name);
    }
}
