//! Endpoint services and endpoints.

use std::collections::BTreeSet;

use model::endpoint_service::ServicePermission;
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
        EndpointService {
            id: self.id(),
            owner: self.account(),
            load_balancers: self.many(Self::id),
            zones: self.many(Self::zone),
            acceptance_required: self.flag(),
            permissions: self.many(|from| (from.id(), permission(from))),
            created: self.time(),
            tags: self.tags(),
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
            groups: self.many::<_, BTreeSet<_>>(Self::id),
            state: self.endpoint_state(),
            generation: self.next(),
            policy: self.text(),
            last_error: self.option(Self::text),
            created: self.time(),
            tags: self.tags(),
            connection_tags: self.tags(),
        }
    }
}
