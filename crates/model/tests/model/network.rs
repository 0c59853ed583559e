//! VPCs, subnets, route tables, interfaces.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use model::command::*;
use model::rejection::{Conflict, Invalid, Limit, NotFound};
use model::route_table::RouteTableUser;
use model::security_group::{Direction, Peer};
use model::*;

use crate::world::*;

const OWNER: u64 = CONSUMER;

#[test]
fn a_vpc_comes_with_route_table_network_acl_and_security_group() {
    let mut world = World::new();
    let id = world.vpc(account(OWNER));
    let tables = world.state.tables();
    let vpc = tables.vpcs.get(&id).unwrap();
    assert!(vpc.enable_dns_support && !vpc.enable_dns_hostnames);
    assert_eq!(vpc.vni, 1);
    assert!(
        tables
            .route_tables
            .get(&vpc.main_route_table)
            .unwrap()
            .is_main()
    );
    assert_eq!(
        tables
            .network_acls
            .get(&vpc.default_network_acl)
            .unwrap()
            .entries
            .len(),
        4
    );
    let group = tables
        .security_groups
        .get(&vpc.default_security_group)
        .unwrap();
    assert_eq!((group.name.as_str(), group.rules.len()), ("default", 2));
    let ingress: Vec<_> = group
        .rules_of(Direction::Ingress)
        .map(|(_, rule)| rule.peer)
        .collect();
    assert_eq!(ingress, [Peer::Group(group.id)]);

    world.run(account(OWNER), DeleteVpc { vpc: id }).unwrap();
    let left: Vec<_> = world.state.tables().resources().collect();
    assert!(
        left.iter()
            .all(|r| matches!(r, Resource::Settings(_) | Resource::Counter(_)))
    );
}

#[test]
fn a_vni_is_never_given_again() {
    let mut world = World::new();
    let first = world.vpc(account(OWNER));
    world.run(account(OWNER), DeleteVpc { vpc: first }).unwrap();
    let second = world.vpc(account(OWNER));
    assert_eq!(world.state.tables().vpcs.get(&second).unwrap().vni, 2);
}

#[test]
fn cidrs_that_aws_refuses_are_refused() {
    let mut world = World::new();
    for cidr in [
        "10.0.0.0/15",
        "10.0.0.0/29",
        "127.0.0.0/16",
        "169.254.0.0/20",
        "224.0.0.0/24",
    ] {
        let cidr = net(cidr);
        let result = world.run(
            account(OWNER),
            CreateVpc {
                cidr,
                tags: Tags::new(),
            },
        );
        assert_eq!(result, Err(Invalid::VpcRange(cidr).into()), "{cidr}");
    }
    let vpc = world.vpc_of(account(OWNER), "10.0.9.1/16");
    assert_eq!(
        world.state.tables().vpcs.get(&vpc).unwrap().cidr,
        net("10.0.0.0/16")
    );
    let subnet = |cidr| CreateSubnet {
        vpc,
        cidr,
        zone: ZoneChoice::Any,
        tags: Tags::new(),
    };
    for cidr in ["10.1.0.0/24", "10.0.0.0/15", "10.0.0.0/29"] {
        let cidr = net(cidr);
        let result = world.run(account(OWNER), subnet(cidr));
        assert_eq!(result, Err(Invalid::SubnetRange(cidr).into()), "{cidr}");
    }
    world
        .run(account(OWNER), subnet(net("10.0.4.0/23")))
        .unwrap();
    for cidr in ["10.0.5.0/24", "10.0.4.0/22", "10.0.4.0/23"] {
        let cidr = net(cidr);
        let result = world.run(account(OWNER), subnet(cidr));
        assert_eq!(result, Err(Conflict::SubnetCidr(cidr).into()), "{cidr}");
    }
}

#[test]
fn an_unknown_zone_is_refused_with_the_known_ones() {
    let mut world = World::new();
    let vpc = world.vpc(account(OWNER));
    let zone = ZoneChoice::Name("us-east-1z".to_owned());
    let command = CreateSubnet {
        vpc,
        cidr: net("10.0.0.0/24"),
        zone,
        tags: Tags::new(),
    };
    let text = world.run(account(OWNER), command).unwrap_err().to_string();
    assert!(text.contains("us-east-1z") && text.contains("us-east-1a, us-east-1b, us-east-1c"));
}

#[test]
fn another_account_s_resources_do_not_exist() {
    let mut world = World::new();
    let vpc = world.vpc(account(OWNER));
    let stranger = account(PROVIDER);
    let missing: Rejection = NotFound::Vpc(vpc).into();
    assert_eq!(
        missing.to_string(),
        format!("The vpc ID '{vpc}' does not exist")
    );
    assert_eq!(world.run(stranger, DeleteVpc { vpc }), Err(missing.clone()));
    let zone = ZoneChoice::Any;
    let command = CreateSubnet {
        vpc,
        cidr: net("10.0.0.0/24"),
        zone,
        tags: Tags::new(),
    };
    assert_eq!(world.run(stranger, command), Err(missing));
}

pub(crate) fn interface(subnet: SubnetId) -> CreateNetworkInterface {
    CreateNetworkInterface {
        subnet,
        address: None,
        groups: vec![],
        description: String::new(),
        tags: Tags::new(),
        client_token: None,
    }
}

#[test]
fn a_subnet_gives_every_address_but_five() {
    let mut world = World::new();
    let vpc = world.vpc(account(OWNER));
    let cidr = net("10.0.0.16/28");
    let command = CreateSubnet {
        vpc,
        cidr,
        zone: ZoneChoice::Any,
        tags: Tags::new(),
    };
    let Ok(Reply::Subnet(subnet)) = world.run(account(OWNER), command) else {
        panic!()
    };
    for last in [15, 16, 17, 18, 19, 31, 32] {
        let address = Ipv4Addr::new(10, 0, 0, last);
        let command = CreateNetworkInterface {
            address: Some(address),
            ..interface(subnet)
        };
        let expected = if cidr.contains(&address) {
            Invalid::ReservedAddress(address)
        } else {
            Invalid::Address(address)
        };
        assert_eq!(world.run(account(OWNER), command), Err(expected.into()));
    }
}

#[test]
fn a_subnet_is_filled_wherever_the_search_for_addresses_begins() {
    for start in 0..11 {
        let mut world = World::new();
        let vpc = world.vpc(account(OWNER));
        let (cidr, zone) = (net("10.0.0.16/28"), ZoneChoice::Any);
        let tags = Tags::new();
        let create = CreateSubnet {
            vpc,
            cidr,
            zone,
            tags,
        };
        let Ok(Reply::Subnet(subnet)) = world.run(account(OWNER), create) else {
            panic!()
        };
        for left in (0..11).rev() {
            for _ in 0..start * left {
                world.ids.bits();
            }
            world.run(account(OWNER), interface(subnet)).unwrap();
            let subnet = world.state.tables().subnets.get(&subnet).unwrap();
            assert_eq!(world.state.free_addresses(subnet), left);
        }
        let interfaces = world.state.tables().network_interfaces.iter();
        let given: BTreeSet<_> = interfaces.map(|one| one.address.octets()[3]).collect();
        assert_eq!(given, (20..=30).collect());
        let full = Limit::FreeAddresses(subnet);
        let result = world.run(account(OWNER), interface(subnet));
        assert_eq!(result, Err(full.into()));
    }
}

#[test]
fn an_address_in_use_is_refused() {
    let mut world = World::new();
    let vpc = world.vpc(account(OWNER));
    let subnet = world.subnet(account(OWNER), vpc, 0);
    let address = Ipv4Addr::new(10, 0, 0, 77);
    let command = CreateNetworkInterface {
        address: Some(address),
        ..interface(subnet)
    };
    world.run(account(OWNER), command.clone()).unwrap();
    let expected = Conflict::AddressInUse(address);
    assert_eq!(world.run(account(OWNER), command), Err(expected.into()));
}

#[test]
fn an_interface_s_mac_spells_its_number() {
    let mut world = World::new();
    let vpc = world.vpc(account(OWNER));
    let subnet = world.subnet(account(OWNER), vpc, 0);
    world.run(account(OWNER), interface(subnet)).unwrap();
    let interface = world
        .state
        .tables()
        .network_interfaces
        .iter()
        .next()
        .unwrap();
    assert_eq!(interface.number, 1000);
    assert_eq!(interface.mac(), [0x02, 0xad, 0, 0, 0x03, 0xe8]);
}

#[test]
fn a_subnet_s_own_route_table_comes_before_the_main_one() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let subnet = world.subnet(owner, vpc, 0);
    let in_force = |world: &World| {
        let subnet = world.state.tables().subnets.get(&subnet).unwrap();
        world.state.route_table_of_subnet(subnet).unwrap().id
    };
    let main = world
        .state
        .tables()
        .vpcs
        .get(&vpc)
        .unwrap()
        .main_route_table;
    assert_eq!(in_force(&world), main);
    let create = CreateRouteTable {
        vpc,
        tags: Tags::new(),
        client_token: None,
    };
    let Ok(Reply::RouteTable(own)) = world.run(owner, create) else {
        panic!()
    };
    let associate = AssociateRouteTable {
        route_table: own,
        subnet,
    };
    let Ok(Reply::RouteTableAssociation(association)) = world.run(owner, associate.clone()) else {
        panic!()
    };
    assert_eq!(
        world.run(owner, associate),
        Ok(Reply::RouteTableAssociation(association))
    );
    assert_eq!(in_force(&world), own);
    let other = AssociateRouteTable {
        route_table: main,
        subnet,
    };
    let expected = Conflict::AlreadyAssociated {
        route_table: main,
        subnet,
    };
    assert_eq!(world.run(owner, other), Err(expected.into()));
    assert_eq!(
        world.run(owner, DeleteRouteTable { route_table: own }),
        Err(Conflict::RouteTableInUse(own).into())
    );
    world
        .run(owner, DisassociateRouteTable { association })
        .unwrap();
    assert_eq!(in_force(&world), main);
    world
        .run(owner, DeleteRouteTable { route_table: own })
        .unwrap();
}

#[test]
fn replacing_the_main_association_moves_the_main_route_table() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let main = world
        .state
        .tables()
        .vpcs
        .get(&vpc)
        .unwrap()
        .main_route_table;
    let old = world.state.tables().route_tables.get(&main).unwrap();
    let association = *old.associations.keys().next().unwrap();
    assert_eq!(
        world.run(owner, DisassociateRouteTable { association }),
        Err(Invalid::MainAssociation(association).into())
    );
    let create = CreateRouteTable {
        vpc,
        tags: Tags::new(),
        client_token: None,
    };
    let Ok(Reply::RouteTable(new)) = world.run(owner, create) else {
        panic!()
    };
    let replace = ReplaceRouteTableAssociation {
        association,
        route_table: new,
    };
    world.run(owner, replace).unwrap();
    assert_eq!(
        world
            .state
            .tables()
            .vpcs
            .get(&vpc)
            .unwrap()
            .main_route_table,
        new
    );
    let table = world.state.tables().route_tables.get(&new).unwrap();
    assert_eq!(
        table.associations.values().collect::<Vec<_>>(),
        [&RouteTableUser::Main]
    );
    world
        .run(owner, DeleteRouteTable { route_table: main })
        .unwrap();
}

#[test]
fn a_deleted_subnet_leaves_its_route_table() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let subnet = world.subnet(owner, vpc, 0);
    let create = CreateRouteTable {
        vpc,
        tags: Tags::new(),
        client_token: None,
    };
    let Ok(Reply::RouteTable(route_table)) = world.run(owner, create) else {
        panic!()
    };
    world
        .run(
            owner,
            AssociateRouteTable {
                route_table,
                subnet,
            },
        )
        .unwrap();
    world.run(owner, DeleteSubnet { subnet }).unwrap();
    world.run(owner, DeleteRouteTable { route_table }).unwrap();
}

#[test]
fn a_vpc_with_anything_in_it_stays() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let in_use: Rejection = Conflict::VpcInUse(vpc).into();
    let group = world.group(owner, vpc, "web");
    assert_eq!(world.run(owner, DeleteVpc { vpc }), Err(in_use.clone()));
    world.run(owner, DeleteSecurityGroup { group }).unwrap();
    let subnet = world.subnet(owner, vpc, 0);
    assert_eq!(world.run(owner, DeleteVpc { vpc }), Err(in_use));
    world.run(owner, DeleteSubnet { subnet }).unwrap();
    world.run(owner, DeleteVpc { vpc }).unwrap();
}
