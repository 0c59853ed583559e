//! Endpoints, as their consumers handle them.

use std::time::Duration;

use model::command::*;
use model::rejection::{Conflict, Invalid, Limit, NotFound};
use model::vpc_endpoint::{EndpointPolicy, VpcEndpointEvent};
use model::*;

use crate::world::*;

#[test]
fn an_endpoint_has_one_subnet_per_zone_in_the_service_s_zones() {
    let mut link = Link::new(true);
    let again = link.world.subnet(link.consumer, link.vpc, 3); // the first zone again
    let (first, unserved) = (link.subnets[0], link.subnets[2]);
    for (subnets, expected) in [
        (
            vec![at(first), at(again)],
            Invalid::DuplicateSubnetsInSameZone(again),
        ),
        (
            vec![at(unserved)],
            Invalid::ServiceZone {
                service: link.service_name(),
                subnet: unserved,
            },
        ),
    ] {
        let request = CreateVpcEndpoint {
            subnets,
            ..link.request()
        };
        assert_eq!(link.world.run(link.consumer, request), Err(expected.into()));
    }
    let endpoint = link.connect();
    let command = ModifyVpcEndpoint {
        add_subnets: vec![at(again)],
        ..modify(endpoint)
    };
    let expected = Invalid::DuplicateSubnetsInSameZone(again);
    assert_eq!(link.world.run(link.consumer, command), Err(expected.into()));
}

fn modify(endpoint: VpcEndpointId) -> ModifyVpcEndpoint {
    ModifyVpcEndpoint {
        endpoint,
        add_subnets: vec![],
        remove_subnets: vec![],
        add_groups: vec![],
        remove_groups: vec![],
        policy: PolicyChange::Keep,
        private_dns_enabled: None,
    }
}

#[test]
fn modifying_passes_through_pending_and_adding_a_subnet_again_gives_a_new_interface() {
    let mut link = Link::new(false);
    let endpoint = link.connect();
    link.applied(endpoint);
    let subnet = link.subnets[0];
    let before = link.world.endpoint(endpoint).interfaces[&subnet].clone();

    let remove = ModifyVpcEndpoint {
        remove_subnets: vec![subnet],
        ..modify(endpoint)
    };
    link.world.run(link.consumer, remove).unwrap();
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);
    assert!(
        link.world
            .state
            .tables()
            .network_interfaces
            .get(&before.network_interface)
            .is_none()
    );
    link.applied(endpoint);

    let add = ModifyVpcEndpoint {
        add_subnets: vec![at(subnet)],
        ..modify(endpoint)
    };
    link.world.run(link.consumer, add).unwrap();
    let after = &link.world.endpoint(endpoint).interfaces[&subnet];
    assert_ne!(after.network_interface, before.network_interface);
    assert_eq!(link.world.endpoint(endpoint).generation, 3);
}

#[test]
fn a_modification_that_changes_nothing_is_none() {
    let mut link = Link::new(false);
    let endpoint = link.connect();
    link.applied(endpoint);
    let before = link.world.endpoint(endpoint).clone();
    let command = ModifyVpcEndpoint {
        private_dns_enabled: Some(false),
        ..modify(endpoint)
    };
    link.world.run(link.consumer, command).unwrap();
    assert_eq!(*link.world.endpoint(endpoint), before);
}

#[test]
fn a_policy_is_kept_as_given_and_can_be_reset() {
    let mut link = Link::new(false);
    let endpoint = link.connect();
    assert_eq!(
        link.world.endpoint(endpoint).policy,
        EndpointPolicy::FULL_ACCESS
    );
    let policy = "{ \"Statement\" : [] }".to_owned();
    let command = ModifyVpcEndpoint {
        policy: PolicyChange::Set(policy.clone()),
        ..modify(endpoint)
    };
    link.world.run(link.consumer, command).unwrap();
    assert_eq!(link.world.endpoint(endpoint).policy.as_str(), policy);
    let command = ModifyVpcEndpoint {
        policy: PolicyChange::Reset,
        ..modify(endpoint)
    };
    link.world.run(link.consumer, command).unwrap();
    assert_eq!(
        link.world.endpoint(endpoint).policy,
        EndpointPolicy::FULL_ACCESS
    );
    let too_long = PolicyChange::Set("x".repeat(20_481));
    let command = ModifyVpcEndpoint {
        policy: too_long,
        ..modify(endpoint)
    };
    assert_eq!(
        link.world.run(link.consumer, command),
        Err(Invalid::PolicyLength.into())
    );
}

#[test]
fn groups_follow_to_every_interface_and_one_must_stay() {
    let mut link = Link::new(false);
    let endpoint = link.connect();
    let default = *link.world.endpoint(endpoint).groups.first().unwrap();
    let group = link.world.group(link.consumer, link.vpc, "web");
    let command = ModifyVpcEndpoint {
        add_groups: vec![group],
        remove_groups: vec![default],
        ..modify(endpoint)
    };
    link.world.run(link.consumer, command).unwrap();
    for interface in link.world.endpoint(endpoint).interfaces.values() {
        let id = interface.network_interface;
        let interface = link
            .world
            .state
            .tables()
            .network_interfaces
            .get(&id)
            .unwrap();
        assert_eq!(interface.groups.iter().collect::<Vec<_>>(), [&group]);
    }
    let command = ModifyVpcEndpoint {
        remove_groups: vec![group],
        ..modify(endpoint)
    };
    assert_eq!(
        link.world.run(link.consumer, command),
        Err(Invalid::NoGroups.into())
    );
}

#[test]
fn a_deleted_endpoint_lets_go_of_its_interfaces_once_the_data_plane_has_followed() {
    let mut link = Link::new(false);
    let endpoint = link.connect();
    let interface = link.world.endpoint(endpoint).interfaces[&link.subnets[0]].network_interface;
    link.world.report(EndpointRemoved { endpoint });
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);

    let command = DeleteVpcEndpoints {
        endpoints: vec![endpoint],
    };
    link.world.run(link.consumer, command.clone()).unwrap();
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Deleting);
    assert_eq!(
        link.world.run(link.consumer, command.clone()),
        Ok(Reply::UnsuccessfulEndpoints(vec![]))
    );
    link.world.report(EndpointRemoved { endpoint });
    let at = link.world.now;
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Deleted { at });
    let tables = link.world.state.tables();
    assert!(!tables.network_interfaces.contains(&interface));

    let rejection = NotFound::VpcEndpoint(endpoint).into();
    let expected = vec![Unsuccessful {
        id: endpoint,
        rejection,
    }];
    assert_eq!(
        link.world.run(link.consumer, command),
        Ok(Reply::UnsuccessfulEndpoints(expected))
    );
}

#[test]
fn subnets_and_groups_of_an_endpoint_cannot_be_deleted() {
    let mut link = Link::new(false);
    let group = link.world.group(link.consumer, link.vpc, "web");
    let request = CreateVpcEndpoint {
        groups: vec![group],
        ..link.request()
    };
    link.world.run(link.consumer, request).unwrap();
    let subnet = link.subnets[0];
    assert_eq!(
        link.world.run(link.consumer, DeleteSubnet { subnet }),
        Err(Conflict::SubnetInUse(subnet).into())
    );
    assert_eq!(
        link.world.run(link.consumer, DeleteSecurityGroup { group }),
        Err(Conflict::SecurityGroupInUse(group).into())
    );
}

#[test]
fn endpoint_interfaces_belong_to_the_service_that_manages_them() {
    let mut link = Link::new(false);
    let endpoint = link.connect();
    let id = link.world.endpoint(endpoint).interfaces[&link.subnets[0]].network_interface;
    let interface = link
        .world
        .state
        .tables()
        .network_interfaces
        .get(&id)
        .unwrap();
    assert_eq!(interface.kind.interface_type(), "vpc_endpoint");
    assert_eq!(
        interface.description(),
        format!("VPC Endpoint Interface {endpoint}")
    );
    assert!(interface.kind.is_requester_managed());
    assert_eq!(
        link.world.run(
            link.consumer,
            DeleteNetworkInterface {
                network_interface: id
            }
        ),
        Err(Invalid::RequesterManaged(id).into())
    );
}

#[test]
fn dns_names_have_aws_s_shape() {
    let mut link = Link::new(false);
    let subnets = link.subnets[..2].iter().map(|subnet| at(*subnet)).collect();
    let request = CreateVpcEndpoint {
        subnets,
        ..link.request()
    };
    let Ok(Reply::VpcEndpoint(id)) = link.world.run(link.consumer, request) else {
        panic!()
    };
    let endpoint = link.world.endpoint(id);
    let token = endpoint.dns_token.as_str();
    assert_eq!(token.len(), 8);
    let names = endpoint.dns_names(link.world.state.settings());
    let names: Vec<&str> = names.iter().map(|entry| entry.name.as_str()).collect();
    let base = format!("{}.us-east-1.vpce.amazonaws.com", link.service);
    assert_eq!(
        names,
        [
            format!("{id}-{token}.{base}"),
            format!("{id}-{token}-us-east-1a.{base}"),
            format!("{id}-{token}-us-east-1b.{base}"),
        ]
    );
    assert_eq!(
        link.service_name(),
        format!("com.amazonaws.vpce.us-east-1.{}", link.service)
    );
}

#[test]
fn a_vpc_holds_no_more_endpoints_than_its_quota() {
    let mut link = Link::new(false);
    let mut settings = link.world.state.settings().clone();
    settings.quotas.interface_endpoints_per_vpc = 2;
    link.world.report(Configure { settings });
    link.connect();
    link.connect();
    let request = link.request();
    assert_eq!(
        link.world.run(link.consumer, request),
        Err(Limit::VpcEndpoints.into())
    );
}

#[test]
fn an_endpoint_has_no_more_groups_than_the_quota_and_never_more_than_the_data_plane_holds() {
    let mut link = Link::new(false);
    let groups: Vec<_> = (0..17)
        .map(|number| {
            link.world
                .group(link.consumer, link.vpc, &format!("g{number}"))
        })
        .collect();
    let with = |link: &mut Link, count: usize| {
        let request = CreateVpcEndpoint {
            groups: groups[..count].to_vec(),
            ..link.request()
        };
        link.world.run(link.consumer, request)
    };
    let full = Err(Limit::SecurityGroupsPerInterface.into());
    assert!(with(&mut link, 5).is_ok());
    assert_eq!(with(&mut link, 6), full);
    let mut settings = link.world.state.settings().clone();
    settings.quotas.security_groups_per_interface = 100;
    link.world.report(Configure { settings });
    assert!(with(&mut link, 16).is_ok());
    assert_eq!(with(&mut link, 17), full);
}

#[test]
fn a_quota_that_is_lowered_leaves_what_is_there_to_be_changed_otherwise() {
    let mut link = Link::new(false);
    let group = link.world.group(link.consumer, link.vpc, "web");
    let endpoint = link.connect();
    let add = ModifyVpcEndpoint {
        add_groups: vec![group],
        ..modify(endpoint)
    };
    link.world.run(link.consumer, add).unwrap();
    let mut settings = link.world.state.settings().clone();
    settings.quotas.security_groups_per_interface = 1;
    link.world.report(Configure { settings });
    let command = ModifyVpcEndpoint {
        policy: PolicyChange::Set("{}".to_owned()),
        ..modify(endpoint)
    };
    assert!(link.world.run(link.consumer, command).is_ok());
}

#[test]
fn nothing_passes_except_pending_and_available() {
    let at = Timestamp::from_millis(1);
    for (state, passes) in [
        (VpcEndpointState::PendingAcceptance, false),
        (VpcEndpointState::Pending, true),
        (VpcEndpointState::Available, true),
        (VpcEndpointState::Rejected, false),
        (VpcEndpointState::Expired, false),
        (VpcEndpointState::Failed, false),
        (VpcEndpointState::Deleting, false),
        (VpcEndpointState::Deleted { at }, false),
    ] {
        assert_eq!(state.is_connected(), passes);
        let deleted = state.on(VpcEndpointEvent::Delete);
        if state.is_deleted() {
            assert!(deleted.is_err());
        } else {
            assert_eq!(deleted, Ok(VpcEndpointState::Deleting));
        }
    }
}

/// An endpoint whose deletion the data plane has followed.
fn deleted(link: &mut Link) -> VpcEndpointId {
    let endpoint = link.connect();
    let endpoints = vec![endpoint];
    link.world
        .run(link.consumer, DeleteVpcEndpoints { endpoints })
        .unwrap();
    link.world.report(EndpointRemoved { endpoint });
    endpoint
}

#[test]
fn a_deleted_endpoint_stays_to_be_seen_for_a_minute() {
    let mut link = Link::new(false);
    let endpoint = deleted(&mut link);
    link.world.pass(Duration::from_secs(59));
    link.world.report(EndpointRemoved { endpoint });
    assert!(link.state_of(endpoint).is_deleted());
    link.world.pass(Duration::from_secs(1));
    assert!(!link.world.state.tables().vpc_endpoints.contains(&endpoint));
    assert_eq!(link.world.state.next_due(), None);
}

#[test]
fn a_deleted_endpoint_holds_nothing() {
    let mut link = Link::new(false);
    let mut settings = link.world.state.settings().clone();
    settings.quotas.interface_endpoints_per_vpc = 1;
    link.world.report(Configure { settings });
    let group = link.world.group(link.consumer, link.vpc, "web");
    let request = CreateVpcEndpoint {
        subnets: vec![EndpointSubnet {
            address: Some("10.0.0.77".parse().unwrap()),
            ..at(link.subnets[0])
        }],
        groups: vec![group],
        client_token: Some("again".to_owned()),
        ..link.request()
    };
    let mut made = Vec::new();
    for _ in 0..2 {
        // The same address, the whole quota, and a token whose result is gone.
        let Ok(Reply::VpcEndpoint(endpoint)) = link.world.run(link.consumer, request.clone())
        else {
            panic!("no endpoint")
        };
        let endpoints = vec![endpoint];
        link.world
            .run(link.consumer, DeleteVpcEndpoints { endpoints })
            .unwrap();
        link.world.report(EndpointRemoved { endpoint });
        made.push(endpoint);
    }
    assert_ne!(made[0], made[1]);
    link.world
        .run(link.consumer, DeleteSecurityGroup { group })
        .unwrap();
    for subnet in link.subnets.clone() {
        link.world
            .run(link.consumer, DeleteSubnet { subnet })
            .unwrap();
    }
    let vpc = link.vpc;
    link.world.run(link.consumer, DeleteVpc { vpc }).unwrap();
    let services = vec![link.service];
    let delete = DeleteVpcEndpointServiceConfigurations { services };
    assert_eq!(
        link.world.run(link.provider, delete),
        Ok(Reply::UnsuccessfulServices(vec![]))
    );
    assert!(made.iter().all(|id| link.state_of(*id).is_deleted()));
}

#[test]
fn nobody_acts_on_a_deleted_endpoint() {
    let mut link = Link::new(true);
    let id = deleted(&mut link);
    let connection = link.world.endpoint(id).connection;
    let missing = NotFound::VpcEndpoint(id);
    let unsuccessful = vec![Unsuccessful {
        id,
        rejection: missing.into(),
    }];
    let reply = Reply::UnsuccessfulEndpoints(unsuccessful);
    assert_eq!(link.accept(id), reply);
    assert_eq!(link.reject(id), reply);
    let delete = DeleteVpcEndpoints {
        endpoints: vec![id],
    };
    assert_eq!(link.world.run(link.consumer, delete), Ok(reply));
    let change = ModifyVpcEndpoint {
        policy: PolicyChange::Reset,
        ..modify(id)
    };
    assert_eq!(
        link.world.run(link.consumer, change),
        Err(NotFound::VpcEndpointId(id).into())
    );
    let tag = |id: ResourceId| CreateTags {
        resources: vec![id],
        tags: Tags::from_pairs([("key".to_owned(), String::new())]).unwrap(),
    };
    assert_eq!(
        link.world.run(link.consumer, tag(id.into())),
        Err(NotFound::VpcEndpointId(id).into())
    );
    assert_eq!(
        link.world.run(link.provider, tag(connection.into())),
        Err(NotFound::VpcEndpointConnection(connection).into())
    );
}

#[test]
fn a_failed_endpoint_says_why_until_it_is_changed() {
    let mut link = Link::new(false);
    let endpoint = link.connect();
    let error = "no interface".to_owned();
    link.world.report(EndpointFailed {
        endpoint,
        generation: 1,
        error: error.clone(),
    });
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Failed);
    assert_eq!(link.world.endpoint(endpoint).last_error, Some(error.into()));
    let command = ModifyVpcEndpoint {
        policy: PolicyChange::Set("{}".to_owned()),
        ..modify(endpoint)
    };
    link.world.run(link.consumer, command).unwrap();
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);
    assert_eq!(link.world.endpoint(endpoint).last_error, None);
}
