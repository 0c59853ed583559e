//! What is written is read back as it was.

use model::command::Housekeep;
use model::{Change, EndpointService, Key, Listener, LoadBalancer, Resource, ShutdownBehavior};
use proptest::prelude::*;
use schema::{
    decode, decode_change, decode_key, decode_report, encode, encode_change, encode_key,
    encode_report,
};

use crate::examples::{KINDS, REPORTS, Source};

proptest! {
    #[test]
    fn every_resource_comes_back(seed: u64) {
        for kind in 0..KINDS {
            let resource = Source(seed).resource(kind);
            let key = encode_key(&resource.key());
            prop_assert_eq!(decode_key(&key).unwrap(), resource.key());
            prop_assert_eq!(decode(&key, &encode(&resource)).unwrap(), resource);
        }
    }

    #[test]
    fn every_change_comes_back(seed: u64) {
        for kind in 0..KINDS {
            let resource = Source(seed).resource(kind);
            for change in [Change::Delete(resource.key()), Change::Put(resource)] {
                let (key, value) = encode_change(&change);
                prop_assert_eq!(decode_change(&key, value.as_deref()).unwrap(), change);
            }
        }
    }

    #[test]
    fn every_report_comes_back(seed: u64) {
        for kind in 0..REPORTS {
            let report = Source(seed).report(kind);
            prop_assert_eq!(decode_report(&encode_report(&report).unwrap()).unwrap(), report);
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(key in "(/adit/v1/[a-z-]*/)?\\PC*", value in "\\PC*") {
        let _ = decode(key.as_bytes(), value.as_bytes());
        let _ = decode_report(value.as_bytes());
    }

    #[test]
    fn keys_of_one_kind_are_ordered_like_ids(one: u128, other: u128) {
        let (one, other) = (model::VpcEndpointId::from_bits(one), model::VpcEndpointId::from_bits(other));
        let keys = (encode_key(&Key::VpcEndpoint(one)), encode_key(&Key::VpcEndpoint(other)));
        prop_assert_eq!(keys.0.cmp(&keys.1), one.cmp(&other));
    }
}

#[test]
fn examples_are_of_every_kind() {
    let keys = (0..KINDS).map(|kind| Source(1).resource(kind).key());
    let mut paths: Vec<String> = keys
        .map(|key| String::from_utf8(encode_key(&key)).unwrap())
        .collect();
    for path in &mut paths {
        *path = path.split('/').nth(3).unwrap().to_owned();
    }
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), KINDS);
}

#[test]
fn settings_without_the_quotas_of_later_releases_are_read() {
    let settings = model::Settings::default();
    let resource = Resource::from(settings.clone());
    let text = String::from_utf8(encode(&resource)).unwrap();
    let (older, _) = text.split_once(r#","topics":"#).unwrap();
    let older = format!("{older}}}}}");
    let read = decode(&encode_key(&resource.key()), older.as_bytes()).unwrap();
    assert_eq!(read, settings.into());
}

#[test]
fn a_record_without_the_fields_of_later_releases_is_read() {
    let mut seen = 0;
    for seed in 0..16 {
        for kind in 0..KINDS {
            let Resource::LoadBalancer(balancer) = Source(seed).resource(kind) else {
                continue;
            };
            let mut expected = LoadBalancer::clone(&balancer);
            for node in expected.nodes.values_mut() {
                seen += usize::from(node.address_chosen);
                node.address_chosen = false;
            }
            let balancer = Resource::LoadBalancer(balancer);
            let text = String::from_utf8(encode(&balancer)).unwrap();
            let text = text.replace(r#","address_chosen":true"#, "");
            let older = text.replace(r#","address_chosen":false"#, "");
            assert!(!older.contains("address_chosen"));
            let read = decode(&encode_key(&balancer.key()), older.as_bytes()).unwrap();
            assert_eq!(read, expected.into());
        }
    }
    assert!(seen > 0, "some had been chosen");
}

/// What an earlier release, which did not know some fields, wrote of a resource, as it is read.
fn older(resource: &Resource, fields: &[&str]) -> Resource {
    let without = |text: &str, field: &str| {
        let (before, rest) = text.split_once(&format!(r#""{field}":"#)).unwrap();
        let end = rest.find([',', '}']).unwrap();
        let before = before.strip_suffix(',').unwrap_or(before);
        format!("{before}{}", &rest[end..])
    };
    let text = String::from_utf8(encode(resource)).unwrap();
    let text = fields
        .iter()
        .fold(text, |text, field| without(&text, field));
    decode(&encode_key(&resource.key()), text.as_bytes()).unwrap()
}

#[test]
fn listeners_from_before_weights_were_kept_are_read() {
    let Resource::Listener(listener) = Source(0).resource(11) else {
        panic!("no listener")
    };
    let mut expected = Listener::clone(&listener);
    assert!(expected.forward.weight.is_some());
    let read = older(&expected.clone().into(), &["weight", "stickiness_secs"]);
    expected.forward = expected.forward.target_group.into();
    assert_eq!(read, expected.into());
}

#[test]
fn records_from_before_there_were_private_names_and_waiting_times_are_read() {
    let fields = [
        "acceptance_secs",
        "verification_secs",
        "security_groups_per_interface",
    ];
    let Resource::Settings(settings) = older(&Source(5).resource(0), &fields) else {
        panic!("no settings")
    };
    assert_eq!(settings.acceptance_secs, 168 * 3600);
    assert_eq!(settings.verification_secs, 72 * 3600);
    assert_eq!(settings.quotas.security_groups_per_interface, 5);
    let mut instances = (0..16).map(|seed| Source(seed).resource(9));
    let terminating = instances.find(|one| {
        matches!(one, Resource::Instance(one) if one.shutdown_behavior == ShutdownBehavior::Terminate)
    });
    let Resource::Instance(instance) = older(&terminating.unwrap(), &["shutdown_behavior"]) else {
        panic!("no instance")
    };
    assert_eq!(instance.shutdown_behavior, ShutdownBehavior::Stop);
    let Resource::VpcEndpoint(endpoint) = older(&Source(5).resource(15), &["acceptance_until"])
    else {
        panic!("no endpoint")
    };
    let week = std::time::Duration::from_secs(168 * 3600);
    assert_eq!(endpoint.acceptance_until, endpoint.created.plus(week));
}

#[test]
fn load_balancers_without_a_time_were_attached_when_their_service_was_made() {
    let mut seen = 0;
    for seed in 0..16 {
        for kind in 0..KINDS {
            let Resource::EndpointService(service) = Source(seed).resource(kind) else {
                continue;
            };
            let mut expected = EndpointService::clone(&service);
            for attached in expected.load_balancers.values_mut() {
                seen += usize::from(*attached != service.created);
                *attached = service.created;
            }
            let service = Resource::EndpointService(service);
            let mut text = String::from_utf8(encode(&service)).unwrap();
            if let Some((before, rest)) = text.split_once(r#","attached":{"#) {
                let (_, after) = rest.split_once('}').unwrap();
                text = format!("{before}{after}");
            }
            let read = decode(&encode_key(&service.key()), text.as_bytes()).unwrap();
            assert_eq!(read, expected.clone().into());
            assert_eq!(
                encode(&expected.into()),
                text.as_bytes(),
                "nothing is added"
            );
        }
    }
    assert!(seen > 0, "some had been attached later");
}

#[test]
fn what_agents_do_not_say_is_no_report() {
    assert_eq!(encode_report(&Housekeep::default().into()), None);
}
