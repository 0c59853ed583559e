//! Identifiers, ARNs, principals, accounts and settings.

use model::arn::{ElbArn, ElbResource};
use model::command::*;
use model::principal::Principal;
use model::rejection::{Conflict, Invalid};
use model::*;
use proptest::prelude::*;

use crate::world::*;

#[test]
fn ids_have_a_prefix_and_17_digits() {
    let id: VpcEndpointId = "vpce-0123456789abcdef0".parse().unwrap();
    assert_eq!(id.to_string(), "vpce-0123456789abcdef0");
    for text in [
        "",
        "vpce-",
        "vpce-0123456789abcdef",
        "vpce-0123456789abcdef00",
        "vpce-0123456789ABCDEF0",
        "vpce-+123456789abcdef0",
        "vpc-0123456789abcdef0",
        "vpce-svc-0123456789abcdef0",
    ] {
        let error = text.parse::<VpcEndpointId>().unwrap_err();
        assert_eq!((error.text.as_str(), error.prefix), (text, "vpce-"));
    }
    assert_eq!(ListenerId::from_bits(10).to_string(), "000000000000000a");
}

proptest! {
    #[test]
    fn ids_read_what_they_write(bits: u128) {
        let id = EndpointServiceId::from_bits(bits);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        let id = LoadBalancerId::from_bits(bits);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        let account = AccountId::from_bits(bits);
        prop_assert_eq!(account.to_string().parse(), Ok(account));
    }

    #[test]
    fn parsing_never_panics(text in "\\PC*") {
        let _ = text.parse::<ResourceId>();
        let _ = text.parse::<ElbArn>();
        let _ = text.parse::<Principal>();
        let _ = text.parse::<AccountId>();
    }
}

#[test]
fn a_resource_id_s_prefix_tells_its_kind() {
    for (text, resource_type) in [
        ("vpc-0123456789abcdef0", "vpc"),
        ("vpce-0123456789abcdef0", "vpc-endpoint"),
        ("vpce-svc-0123456789abcdef0", "vpc-endpoint-service"),
        (
            "vpce-svc-perm-0123456789abcdef0",
            "vpc-endpoint-service-permission",
        ),
        ("vpce-con-0123456789abcdef0", "vpc-endpoint-connection"),
        ("sgr-0123456789abcdef0", "security-group-rule"),
        ("eni-0123456789abcdef0", "network-interface"),
    ] {
        let id: ResourceId = text.parse().unwrap();
        assert_eq!(
            (id.resource_type(), id.to_string().as_str()),
            (resource_type, text)
        );
    }
    assert!("xyz-0123456789abcdef0".parse::<ResourceId>().is_err());
}

#[test]
fn accounts_have_12_digits() {
    assert_eq!(account(7).to_string(), "000000000007");
    assert!(AccountId::new(1_000_000_000_000).is_none());
    for text in [
        "12345678901",
        "1234567890123",
        "12345678901x",
        "+12345678901",
    ] {
        assert!(text.parse::<AccountId>().is_err(), "{text}");
    }
}

#[test]
fn arns_of_load_balancing_are_read_strictly() {
    let prefix = "arn:aws:elasticloadbalancing:us-east-1:111111111111:";
    let arn: ElbArn = format!("{prefix}listener/net/front/0123456789abcdef/fedcba9876543210")
        .parse()
        .unwrap();
    assert_eq!(
        (arn.region.as_str(), arn.account),
        ("us-east-1", account(PROVIDER))
    );
    assert!(matches!(arn.resource, ElbResource::Listener(name, ..) if name.as_str() == "front"));
    for resource in [
        "loadbalancer/app/front/0123456789abcdef",
        "loadbalancer/net/front/0123456789abcde",
        "loadbalancer/net/front/0123456789abcdef/",
        "targetgroup/-front/0123456789abcdef",
        "targetgroup/front",
        "",
    ] {
        assert!(
            format!("{prefix}{resource}").parse::<ElbArn>().is_err(),
            "{resource}"
        );
    }
}

#[test]
fn principals_read_what_they_write() {
    for (text, principal_type) in [
        ("*", "All"),
        ("arn:aws:iam::111111111111:root", "Account"),
        ("arn:aws:iam::111111111111:user/path/alice", "User"),
        ("arn:aws:iam::111111111111:role/deploy", "Role"),
        ("ec2.amazonaws.com", "Service"),
        ("vpc-lattice.us-east-1.amazonaws.com.cn", "Service"),
    ] {
        let principal: Principal = text.parse().unwrap();
        assert_eq!(principal.to_string(), text);
        assert_eq!(principal.principal_type(), principal_type);
    }
    for text in [
        "",
        "111111111111",
        "arn:aws:iam::1:root",
        "arn:aws:iam::111111111111:user/",
        "arn::iam::111111111111:root",
        "arn:aws:iam::111111111111:group/all",
        "arn:aws:organizations::111111111111:ou/o-1/ou-1",
        "ec2",
        "ec2.example.com",
        "EC2.amazonaws.com",
        ".amazonaws.com",
        "a..b.amazonaws.com",
        "a/b.amazonaws.com",
    ] {
        assert!(text.parse::<Principal>().is_err(), "{text}");
    }
}

#[test]
fn an_account_is_found_by_its_access_key() {
    let mut world = World::new();
    let create = CreateAccount {
        name: "acme".to_owned(),
        id: Some(account(PROVIDER)),
    };
    let reply = world.run(account(0), create.clone());
    assert_eq!(reply, Ok(Reply::Account(account(PROVIDER))));
    let acme = world
        .state
        .tables()
        .accounts
        .get(&account(PROVIDER))
        .unwrap()
        .clone();
    let key = &acme.root_key;
    assert!(key.id.0.starts_with("AKIA") && key.id.0.len() == 20 && key.secret.len() == 40);
    assert_eq!(world.state.account_of_access_key(&key.id), Some(&acme));
    assert!(!format!("{acme:?}").contains(&key.secret));

    let taken = Conflict::AccountName("acme".to_owned());
    assert_eq!(world.run(account(0), create), Err(taken.into()));
    for name in ["", "two words", "123456789012", "-", "--x"] {
        let create = CreateAccount {
            name: name.to_owned(),
            id: None,
        };
        let expected = Invalid::AccountName(name.to_owned());
        assert_eq!(world.run(account(0), create), Err(expected.into()));
    }
    let create = CreateAccount {
        name: "other".to_owned(),
        id: None,
    };
    assert!(world.run(account(0), create).is_ok());
}

#[test]
fn settings_change_only_while_nothing_depends_on_them() {
    let mut world = World::new();
    let mut settings = Settings {
        region: "eu-west-1".to_owned(),
        ..Settings::default()
    };
    world.report(Configure {
        settings: settings.clone(),
    });
    assert_eq!(world.state.settings().region, "eu-west-1");
    let create = CreateAccount {
        name: "acme".to_owned(),
        id: Some(account(PROVIDER)),
    };
    world.run(account(0), create).unwrap();
    let moved = Configure {
        settings: Settings::default(),
    };
    assert_eq!(
        world.run(account(0), moved),
        Err(Conflict::RegionFixed.into())
    );

    settings.dns_suffix = "cloud.example".to_owned();
    world.report(Configure {
        settings: settings.clone(),
    });
    let vpc = world.vpc(account(PROVIDER));
    world.subnet(account(PROVIDER), vpc, 2);
    let zone = settings.zones.pop().unwrap().id;
    let expected = Conflict::ZoneInUse(zone);
    let shrink = Configure {
        settings: settings.clone(),
    };
    assert_eq!(world.run(account(0), shrink), Err(expected.into()));
    settings.zones.clear();
    assert!(matches!(
        world.run(account(0), Configure { settings }),
        Err(Rejection::Invalid(Invalid::Settings(_)))
    ));
}
