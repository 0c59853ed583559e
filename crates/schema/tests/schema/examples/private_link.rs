//! Endpoint services and endpoints.

use std::collections::BTreeSet;

use model::endpoint_service::ServicePermission;
use model::private_dns::{
    DomainRecord, DomainToken, DomainVerification, EndpointPrivateDns, HostedZoneId, Proof,
    ServicePrivateDns,
};
use model::vpc_endpoint::{DnsToken, EndpointInterface};
use model::*;

use super::Source;

impl Source {
    pub(super) fn endpoint_service(&mut self) -> EndpointService {
        let permission = |from: &mut Self| {
            let account = from.account();
            let principals = [
                "*".to_owned(),
                format!("arn:aws:iam::{account}:root"),
                format!("arn:aws:iam::{account}:user/team/alice"),
                format!("arn:aws-cn:iam::{account}:role/deploy"),
                "monitoring.amazonaws.com".to_owned(),
            ];
            let principal = from.one(&principals).parse().unwrap();
            ServicePermission {
                principal,
                tags: from.tags(),
            }
        };
        let mut service = EndpointService {
            id: self.id(),
            owner: self.account(),
            load_balancers: self.many(|from| (from.id(), Timestamp::default())),
            zones: self.many(Self::zone),
            acceptance_required: self.flag(),
            permissions: self.many(|from| (from.id(), permission(from))),
            created: self.time(),
            tags: self.tags(),
            private_dns: self.option(Self::service_private_dns),
        };
        for attached in service.load_balancers.values_mut() {
            *attached = self.option(Self::time).unwrap_or(service.created);
        }
        service
    }

    fn private_name(&mut self) -> PrivateDnsName {
        let names = ["api.example.com", "*.example.com"];
        self.one(&names).parse().unwrap()
    }

    fn service_private_dns(&mut self) -> ServicePrivateDns {
        let until = self.option(Self::time);
        ServicePrivateDns {
            name: self.private_name(),
            record: DomainRecord {
                label: DomainToken::new("abcdefghij0123456789").unwrap(),
                secret: DomainToken::new("ABCDEFGHIJ0123456789").unwrap(),
            },
            verification: self.one(&[
                DomainVerification::Pending { until },
                DomainVerification::Verified(Proof::Record),
                DomainVerification::Verified(Proof::OtherName),
                DomainVerification::Failed,
            ]),
        }
    }

    fn endpoint_private_dns(&mut self) -> EndpointPrivateDns {
        EndpointPrivateDns {
            name: self.private_name(),
            hosted_zone: HostedZoneId::new("Z0123456789ABCDEFGHIJ").unwrap(),
        }
    }

    fn endpoint_state(&mut self) -> VpcEndpointState {
        let gone = VpcEndpointState::Deleted { at: self.time() };
        self.one(&[
            VpcEndpointState::PendingAcceptance,
            VpcEndpointState::Pending,
            VpcEndpointState::Available,
            VpcEndpointState::Rejected,
            VpcEndpointState::Expired,
            gone,
            VpcEndpointState::Failed,
            VpcEndpointState::Deleting,
        ])
    }

    pub(super) fn vpc_endpoint(&mut self) -> VpcEndpoint {
        let interface = |from: &mut Self| EndpointInterface {
            zone: from.zone(),
            network_interface: from.id(),
            address: from.address(),
        };
        VpcEndpoint {
            id: self.id(),
            owner: self.account(),
            vpc: self.id(),
            service: self.id(),
            service_owner: self.account(),
            connection: self.id(),
            dns_token: DnsToken::new("abcd2345").unwrap(),
            interfaces: self.many(|from| (from.id(), interface(from))),
            groups: self.many::<_, BTreeSet<_>>(Self::id).into_iter().collect(),
            state: self.endpoint_state(),
            generation: self.next(),
            policy: self.text().as_str().into(),
            last_error: self.option(Self::text).map(Into::into),
            created: self.time(),
            tags: self.tags(),
            connection_tags: self.tags(),
            private_dns: self.option(Self::endpoint_private_dns).map(Box::new),
            acceptance_until: self.time(),
        }
    }
}
