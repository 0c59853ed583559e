//! Instances.

use std::net::Ipv4Addr;
use std::time::Duration;

use model::command::*;
use model::rejection::{Conflict, Invalid, Limit, NotFound};
use model::target_group::TargetType;
use model::*;

use crate::world::*;

fn setup() -> (World, AccountId, VpcId, SubnetId) {
    let mut world = World::new();
    let owner = account(CONSUMER);
    let vpc = world.vpc(owner);
    let subnet = world.subnet(owner, vpc, 0);
    (world, owner, vpc, subnet)
}

fn state_of(world: &World, id: InstanceId) -> InstanceState {
    world.state.tables().instances.get(&id).unwrap().state
}

#[test]
fn an_instance_lives_from_pending_to_forgotten() {
    let (mut world, owner, _, subnet) = setup();
    world.run(owner, launch(subnet)).unwrap();
    let instance = world.state.tables().instances.iter().next().unwrap().id;
    assert_eq!(state_of(&world, instance), InstanceState::Pending);
    let observe = |observation| InstanceObserved {
        instance,
        observation,
    };
    world.report(observe(InstanceObservation::Running));
    assert_eq!(state_of(&world, instance), InstanceState::Running);

    let terminate = TerminateInstances {
        instances: vec![instance],
    };
    let (previous, current) = (InstanceState::Running, InstanceState::ShuttingDown);
    let expected = InstanceStateChange {
        instance,
        previous,
        current,
    };
    assert_eq!(
        world.run(owner, terminate),
        Ok(Reply::InstanceStateChanges(vec![expected]))
    );
    assert_eq!(world.state.tables().network_interfaces.len(), 1);
    world.report(observe(InstanceObservation::Running));
    assert_eq!(state_of(&world, instance), InstanceState::ShuttingDown);
    world.report(observe(InstanceObservation::Terminated));
    assert_eq!(
        state_of(&world, instance),
        InstanceState::Terminated { at: world.now }
    );
    assert!(world.state.tables().network_interfaces.is_empty());

    world.run(owner, DeleteSubnet { subnet }).unwrap();
    assert!(world.state.next_due().is_some());
    world.pass(Duration::from_secs(3599));
    assert!(world.state.tables().instances.contains(&instance));
    world.pass(Duration::from_secs(1));
    assert!(!world.state.tables().instances.contains(&instance));
    assert_eq!(world.state.next_due(), None);
}

#[test]
fn a_failed_instance_says_why_and_shuts_down() {
    let (mut world, owner, _, subnet) = setup();
    let instance = world.instance(owner, subnet);
    let observation = InstanceObservation::Failed("no memory".to_owned());
    world.report(InstanceObserved {
        instance,
        observation,
    });
    assert_eq!(state_of(&world, instance), InstanceState::ShuttingDown);
    let failure = &world
        .state
        .tables()
        .instances
        .get(&instance)
        .unwrap()
        .failure;
    assert_eq!(failure.as_deref(), Some("no memory"));
}

#[test]
fn terminating_is_all_or_nothing() {
    let (mut world, owner, _, subnet) = setup();
    let instance = world.instance(owner, subnet);
    let unknown = InstanceId::from_bits(u128::MAX);
    let command = TerminateInstances {
        instances: vec![instance, unknown],
    };
    assert_eq!(
        world.run(owner, command),
        Err(NotFound::Instance(unknown).into())
    );
    assert_eq!(state_of(&world, instance), InstanceState::Running);
}

#[test]
fn as_many_instances_are_launched_as_fit() {
    let (mut world, owner, vpc, _) = setup();
    let cidr = net("10.0.200.0/28");
    let small = CreateSubnet {
        vpc,
        cidr,
        zone: ZoneChoice::Any,
        tags: Tags::new(),
    };
    let Ok(Reply::Subnet(small)) = world.run(owner, small) else {
        panic!()
    };
    let many = |min_count, max_count| RunInstances {
        min_count,
        max_count,
        ..launch(small)
    };
    let full = Limit::FreeAddresses(small);
    assert_eq!(world.run(owner, many(12, 12)), Err(full.into()));
    let Ok(Reply::Reservation(reservation)) = world.run(owner, many(2, 50)) else {
        panic!()
    };
    let launched = world
        .state
        .indexes()
        .instances_by_reservation
        .of(&reservation);
    let mut places: Vec<u32> = launched
        .map(|id| world.state.tables().instances.get(id).unwrap().launch_index)
        .collect();
    places.sort_unstable();
    assert_eq!(places, (0..11).collect::<Vec<_>>());
    for (min, max) in [(0, 1), (2, 1)] {
        let expected = Invalid::InstanceCounts { min, max };
        assert_eq!(world.run(owner, many(min, max)), Err(expected.into()));
    }
}

#[test]
fn an_instance_can_use_an_interface_that_outlives_it() {
    let (mut world, owner, _, subnet) = setup();
    let address = Some(Ipv4Addr::new(10, 0, 0, 50));
    let create = CreateNetworkInterface {
        subnet,
        address,
        groups: vec![],
        description: "kept".to_owned(),
        tags: Tags::new(),
        client_token: None,
    };
    let Ok(Reply::NetworkInterface(id)) = world.run(owner, create) else {
        panic!()
    };
    let network = LaunchNetwork::Interface(id);
    let run = RunInstances {
        network,
        ..launch(subnet)
    };
    world.run(owner, run.clone()).unwrap();
    let in_use = Conflict::NetworkInterfaceInUse(id);
    assert_eq!(world.run(owner, run), Err(in_use.clone().into()));
    let delete = DeleteNetworkInterface {
        network_interface: id,
    };
    assert_eq!(world.run(owner, delete.clone()), Err(in_use.into()));

    let instance = world.state.tables().instances.iter().next().unwrap().id;
    let observation = InstanceObservation::Terminated;
    world.report(InstanceObserved {
        instance,
        observation,
    });
    let interface = world.state.tables().network_interfaces.get(&id).unwrap();
    assert_eq!(interface.kind, NetworkInterfaceKind::Detached);
    world.run(owner, delete).unwrap();
}

#[test]
fn a_terminated_instance_is_no_target_any_more() {
    let (mut world, owner, vpc, subnet) = setup();
    let instance = world.instance(owner, subnet);
    let group = world.target_group(owner, vpc, "web", TargetType::Instance);
    let targets = vec![target(instance)];
    world
        .run(
            owner,
            RegisterTargets {
                target_group: group,
                targets,
            },
        )
        .unwrap();
    let observation = InstanceObservation::Terminated;
    world.report(InstanceObserved {
        instance,
        observation,
    });
    assert!(world.state.tables().targets.is_empty());
}

#[test]
fn without_a_subnet_there_is_no_default_to_fall_back_to() {
    let (mut world, owner, _, subnet) = setup();
    let network = LaunchNetwork::Subnet {
        subnet: None,
        address: None,
        groups: vec![],
        delete_on_termination: true,
    };
    let run = RunInstances {
        network,
        ..launch(subnet)
    };
    assert_eq!(world.run(owner, run), Err(Invalid::NoDefaultVpc.into()));
}
