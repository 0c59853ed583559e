//! Tags.

use model::command::*;
use model::rejection::{Invalid, NotFound};
use model::tag::TagError;
use model::*;

use crate::world::*;

fn tags(pairs: &[(&str, &str)]) -> Tags {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Tags::from_pairs(pairs).unwrap()
}

#[test]
fn tags_keep_their_limits() {
    let pair = |key: &str, value: &str| Tags::from_pairs([(key.to_owned(), value.to_owned())]);
    for key in ["", "aws:x", "AWS:x", &"k".repeat(129)] {
        assert_eq!(pair(key, "v"), Err(TagError::Key(key.to_owned())));
    }
    assert_eq!(
        pair("k", &"v".repeat(257)),
        Err(TagError::Value("k".to_owned()))
    );
    assert!(pair(&"k".repeat(128), &"v".repeat(256)).is_ok());
    let many = |count: u32| Tags::from_pairs((0..count).map(|n| (n.to_string(), String::new())));
    assert!(many(50).is_ok());
    assert_eq!(many(51), Err(TagError::TooMany));
    let twice = [
        ("k".to_owned(), String::new()),
        ("k".to_owned(), String::new()),
    ];
    assert_eq!(
        Tags::from_pairs(twice),
        Err(TagError::Duplicate("k".to_owned()))
    );
}

#[test]
fn everything_with_an_id_takes_tags() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    let group = link.world.group(link.consumer, link.vpc, "web");
    let tables = link.world.state.tables();
    let rule = *tables
        .security_groups
        .get(&group)
        .unwrap()
        .rules
        .keys()
        .next()
        .unwrap();
    let vpc = tables.vpcs.get(&link.vpc).unwrap().clone();
    let connection = link.world.endpoint(endpoint).connection;
    let service = tables.endpoint_services.get(&link.service).unwrap();
    let permission = *service.permissions.keys().next().unwrap();
    let consumer_s: Vec<ResourceId> = vec![
        link.vpc.into(),
        link.subnets[0].into(),
        vpc.main_route_table.into(),
        vpc.default_network_acl.into(),
        group.into(),
        rule.into(),
        endpoint.into(),
    ];
    let provider_s: Vec<ResourceId> = vec![
        link.load_balancer.into(),
        link.service.into(),
        permission.into(),
        connection.into(),
    ];
    for (caller, other, resources) in [
        (link.consumer, link.provider, consumer_s),
        (link.provider, link.consumer, provider_s),
    ] {
        let create = |resources| CreateTags {
            resources,
            tags: tags(&[("k", "v")]),
        };
        for id in &resources {
            let result = link.world.run(other, create(vec![*id]));
            assert!(
                matches!(result, Err(Rejection::NotFound(_))),
                "{id}: {result:?}"
            );
        }
        link.world.run(caller, create(resources)).unwrap();
    }
    assert_eq!(link.world.endpoint(endpoint).tags.get("k"), Some("v"));
    assert_eq!(
        link.world.endpoint(endpoint).connection_tags.get("k"),
        Some("v")
    );
    assert_eq!(link.state_of(endpoint), VpcEndpointState::PendingAcceptance);
    assert_eq!(link.world.endpoint(endpoint).generation, 1);
}

#[test]
fn tags_are_taken_away_by_key_and_value() {
    let mut link = Link::new(true);
    let resources = vec![ResourceId::from(link.vpc)];
    let create = CreateTags {
        resources: resources.clone(),
        tags: tags(&[("a", "1"), ("b", "2"), ("c", "3")]),
    };
    link.world.run(link.consumer, create).unwrap();
    let select = |key: &str, value: Option<&str>| TagSelector {
        key: key.to_owned(),
        value: value.map(str::to_owned),
    };
    let delete = DeleteTags {
        resources: resources.clone(),
        tags: vec![
            select("a", None),
            select("b", Some("other")),
            select("c", Some("3")),
        ],
    };
    link.world.run(link.consumer, delete).unwrap();
    let left = |link: &Link| {
        link.world
            .state
            .tables()
            .vpcs
            .get(&link.vpc)
            .unwrap()
            .tags
            .clone()
    };
    assert_eq!(left(&link), tags(&[("b", "2")]));
    link.world
        .run(
            link.consumer,
            DeleteTags {
                resources,
                tags: vec![],
            },
        )
        .unwrap();
    assert!(left(&link).is_empty());
}

#[test]
fn tagging_is_all_or_nothing() {
    let mut link = Link::new(true);
    let unknown = SubnetId::from_bits(1 << 67);
    let resources = vec![link.vpc.into(), unknown.into()];
    let create = CreateTags {
        resources,
        tags: tags(&[("k", "v")]),
    };
    let before = link.world.state.clone();
    let expected = NotFound::Subnet(unknown);
    assert_eq!(link.world.run(link.consumer, create), Err(expected.into()));
    assert_eq!(link.world.state, before);
}

#[test]
fn a_resource_takes_fifty_tags() {
    let mut link = Link::new(true);
    let resources = vec![ResourceId::from(link.vpc)];
    let fifty = Tags::from_pairs((0..50).map(|n| (n.to_string(), String::new()))).unwrap();
    let create = |tags| CreateTags {
        resources: resources.clone(),
        tags,
    };
    link.world.run(link.consumer, create(fifty)).unwrap();
    link.world
        .run(link.consumer, create(tags(&[("7", "changed")])))
        .unwrap();
    let one_more = create(tags(&[("k", "v")]));
    let expected = Invalid::Tag(TagError::TooMany);
    assert_eq!(
        link.world.run(link.consumer, one_more),
        Err(expected.into())
    );
}
