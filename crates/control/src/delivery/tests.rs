//! The parts that need no endpoint: when, where to, and what.

mod courier;
mod dead_letters;
mod events;

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::connection_notification::{ConnectionEventKind, NotificationSubject};
use model::topic::TopicAddress;
use model::{
    AccountId, Change, ConnectionEvent, ConnectionEventId, ConnectionNotificationId, DeliveryKey,
    EndpointServiceId, MessageId, Settings, State, SubscriptionId, Timestamp, VpcEndpointId,
    VpcEndpointState,
};
use nix::sched::{CloneFlags, unshare};
use proptest::prelude::*;
use tokio::time::Instant;

use super::attempt::{Attempt, Attempted};
use super::event::{Tried, next_turns};
use super::queue::Queue;
use super::{AttemptLimits, Destinations, RetryPolicy};
use crate::signing::{Signer, new_key};

const LIMITS: AttemptLimits = AttemptLimits {
    total: 3,
    per_account: 2,
    per_subscription: 1,
};

fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

fn key(subscription: u128, message: u128) -> DeliveryKey {
    DeliveryKey {
        subscription: SubscriptionId::from_bits(subscription),
        message: MessageId::from_bits(message),
    }
}

#[test]
fn pauses_grow_until_patience_ends() {
    let policy = RetryPolicy::default();
    let mut elapsed = Duration::ZERO;
    let mut pauses = Vec::new();
    for failed in 1.. {
        let Some(pause) = policy.pause(failed, elapsed) else {
            break;
        };
        elapsed += pause;
        pauses.push(pause.as_secs());
    }
    assert_eq!(pauses, [0, 0, 1, 2, 4, 8, 16, 20]);
    assert!(elapsed <= policy.patience);
    assert_eq!(
        policy.pause(u32::MAX, Duration::ZERO),
        Some(policy.pause_max)
    );
    let none = RetryPolicy {
        patience: Duration::ZERO,
        ..policy
    };
    assert_eq!(none.pause(3, Duration::ZERO), None);
}

#[test]
fn subscriptions_take_turns_within_the_limits() {
    let now = Instant::now();
    let mut queue = Queue::new(LIMITS);
    // Three subscriptions of one account, one of another, three messages each.
    for message in 0..3 {
        for (subscription, owner) in [(1, 1), (2, 1), (3, 1), (4, 2)] {
            queue.add(key(subscription, message), account(owner), now);
        }
    }
    let mut out = Vec::new();
    while let Some(attempt) = queue.take_due(now) {
        out.push(attempt);
    }
    let taken: Vec<DeliveryKey> = out.iter().map(|attempt| attempt.key).collect();
    assert_eq!(taken, [key(1, 0), key(2, 0), key(4, 0)]);
    assert_eq!(queue.next_due(), None, "only an end makes room");
    let first = out.remove(0);
    queue.ended(&Attempted {
        attempt: first,
        again: None,
    });
    let next = queue.take_due(now).unwrap();
    assert_eq!(
        next.key,
        key(1, 1),
        "the first after the one that was served last"
    );
}

#[test]
fn what_is_to_be_tried_later_holds_back_only_itself() {
    let now = Instant::now();
    let later = now + Duration::from_secs(5);
    let mut queue = Queue::new(LIMITS);
    queue.add(key(1, 0), account(1), now);
    queue.add(key(1, 1), account(1), now);
    let failing = queue.take_due(now).unwrap();
    queue.ended(&Attempted {
        attempt: failing,
        again: Some(later),
    });
    let other = queue.take_due(now).unwrap();
    assert_eq!(other.key, key(1, 1));
    queue.ended(&Attempted {
        attempt: other,
        again: None,
    });
    assert_eq!(queue.take_due(now), None);
    assert_eq!(queue.next_due(), Some(later));
    let again = queue.take_due(later).unwrap();
    assert_eq!((again.key, again.failed, again.since), (key(1, 0), 1, now));
}

#[test]
fn the_end_of_an_attempt_does_not_touch_what_came_anew_under_its_key() {
    let now = Instant::now();
    let mut queue = Queue::new(LIMITS);
    queue.add(key(1, 0), account(1), now);
    let attempt = queue.take_due(now).unwrap();
    queue.remove(key(1, 0));
    queue.add(key(1, 0), account(1), now);
    queue.ended(&Attempted {
        attempt,
        again: None,
    });
    let anew = queue.take_due(now).unwrap();
    assert_eq!((anew.key, anew.failed), (key(1, 0), 0));
}

#[test]
fn what_is_over_is_not_begun_again() {
    let now = Instant::now();
    let mut queue = Queue::new(LIMITS);
    queue.add(key(1, 0), account(1), now);
    let attempt = queue.take_due(now).unwrap();
    assert!(!attempt.is_over);
    queue.ended(&Attempted {
        attempt: Attempt {
            is_over: true,
            ..attempt
        },
        again: Some(now),
    });
    assert!(queue.take_due(now).unwrap().is_over);
}

/// An event of an account, about a topic that does not exist.
fn event(number: u128, owner: u64) -> ConnectionEvent {
    ConnectionEvent {
        id: ConnectionEventId::from_bits(number),
        notification: ConnectionNotificationId::from_bits(owner.into()),
        owner: account(owner),
        subject: NotificationSubject::Endpoint(VpcEndpointId::from_bits(1)),
        topic: TopicAddress {
            owner: account(owner),
            name: "topic".parse().unwrap(),
        },
        kind: ConnectionEventKind::Connect,
        endpoint: VpcEndpointId::from_bits(1),
        endpoint_owner: account(owner),
        service: EndpointServiceId::from_bits(1),
        state: VpcEndpointState::Available,
        at: Timestamp::from_millis(u64::try_from(number).unwrap()),
    }
}

#[test]
fn a_burst_of_events_of_one_account_leaves_others_their_turns() {
    let mut state = State::new(Settings::default());
    let mut happen = |number: u128, owner: u64| {
        let event = event(number, owner);
        let id = event.id;
        state.apply_change(&Change::Put(event.into()));
        id
    };
    let burst: Vec<_> = (0..100).map(|number| happen(number, 1)).collect();
    let late = [happen(100, 2), happen(101, 2)];
    let now = Instant::now();
    let mut tried = Tried::default();
    let turns = next_turns(&state, &tried, now);
    let ids = |owner| -> Vec<_> {
        turns[&account(owner)]
            .iter()
            .map(|event| event.id)
            .collect()
    };
    assert_eq!(ids(2), late);
    assert!(burst.starts_with(&ids(1)) && ids(1).len() < 20, "{turns:?}");
    let mut settled = Vec::new();
    loop {
        let turns = next_turns(&state, &tried, now);
        let Some(turn) = turns.get(&account(1)) else {
            break;
        };
        settled.extend(turn.iter().map(|event| event.id));
        for event in turns.values().flatten() {
            tried.ended(event.id, Ok(()), now);
        }
    }
    assert_eq!(settled, burst, "all, in their order");
}

proptest! {
    #[test]
    fn limits_hold_and_everything_is_tried(steps in prop::collection::vec((0u128..4, 0u128..5, 0u8..5), 0..200)) {
        let now = Instant::now();
        let mut queue = Queue::new(LIMITS);
        let mut out = Vec::new();
        for (subscription, message, step) in steps {
            let owner = account(u64::try_from(subscription % 2).unwrap());
            match step {
                0 | 1 => queue.add(key(subscription, message), owner, now),
                2 => queue.remove(key(subscription, message)),
                3 => out.extend(queue.take_due(now)),
                _ => if let Some(attempt) = out.pop() {
                    let again = (message % 2 == 0).then_some(now);
                    queue.ended(&Attempted { attempt, again });
                },
            }
            prop_assert!(out.len() <= LIMITS.total);
            let mut by_subscription: BTreeMap<_, usize> = BTreeMap::new();
            let mut by_account: BTreeMap<_, usize> = BTreeMap::new();
            for attempt in &out {
                *by_subscription.entry(attempt.key.subscription).or_default() += 1;
                *by_account.entry(attempt.account).or_default() += 1;
            }
            prop_assert!(by_subscription.values().all(|out| *out <= LIMITS.per_subscription));
            prop_assert!(by_account.values().all(|out| *out <= LIMITS.per_account));
        }
        loop {
            out.extend(queue.take_due(now));
            let Some(attempt) = out.pop() else { break };
            queue.ended(&Attempted { attempt, again: None });
        }
        prop_assert_eq!(queue.next_due(), None, "nothing is left behind");
    }
}

#[test]
fn tenants_do_not_reach_what_only_the_host_reaches() {
    let permits = |destinations: &Destinations, address: &str| {
        destinations.permit(address.parse::<IpAddr>().unwrap())
    };
    let public = Destinations::of_api("0.0.0.0:4566".parse().unwrap());
    let local = Destinations::of_api("127.0.0.1:4566".parse().unwrap());
    for address in ["192.0.2.1", "10.0.0.1", "2001:db8::1", "fd00::1"] {
        assert!(permits(&public, address), "{address}");
        assert!(permits(&local, address), "{address}");
    }
    for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        assert!(!permits(&public, address), "{address}");
        assert!(permits(&local, address), "{address}");
    }
    for address in [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "168.63.129.16",
        "64:ff9b::a83f:8110",
        "100.100.100.200",
        "192.0.0.192",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
    ] {
        assert!(!permits(&public, address), "{address}");
        assert!(!permits(&local, address), "{address}");
    }
    let within = Destinations::Within(vec!["192.0.2.0/24".parse().unwrap()]);
    assert!(permits(&within, "192.0.2.9") && permits(&within, "::ffff:192.0.2.9"));
    assert!(!permits(&within, "198.51.100.1") && !permits(&within, "127.0.0.1"));
}

/// Runs something in a network namespace of its own, where a device has addresses and a network is the host's as a whole.
fn in_cloud(check: impl FnOnce() + Send + 'static) {
    let inside = std::thread::spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        for command in [
            "link set lo up",
            "link add cloud type veth peer name far",
            "link set cloud up",
            "link set far up",
            "addr add 192.0.2.7/24 dev cloud",
            "addr add 192.0.2.9/24 dev cloud",
            "addr add 2001:db8::7/64 dev cloud nodad",
            "addr add 2001:db8::9/64 dev cloud nodad",
            "route add local 198.51.100.0/24 dev lo",
        ] {
            let status = Command::new("ip").args(command.split(' ')).status();
            assert!(status.unwrap().success(), "ip {command}");
        }
        check();
    });
    inside.join().unwrap();
}

#[test]
fn tenants_do_not_reach_the_host_by_any_of_its_addresses() {
    in_cloud(|| {
        let public = Destinations::Usual { this_host: false };
        let local = Destinations::Usual { this_host: true };
        for address in [
            "192.0.2.7",
            "192.0.2.9",
            "::ffff:192.0.2.9",
            "2001:db8::7",
            "2001:db8::9",
            "198.51.100.9",
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert!(!public.permit(address), "{address}");
            assert!(local.permit(address), "{address}");
        }
        let others = ["192.0.2.8", "2001:db8::8", "203.0.113.1"];
        for address in others {
            assert!(public.permit(address.parse().unwrap()), "{address}");
        }
        // Where any address may be bound, none can be told from the host's own.
        for family in ["ipv4", "ipv6"] {
            fs::write(format!("/proc/sys/net/{family}/ip_nonlocal_bind"), "1").unwrap();
        }
        for address in others {
            assert!(!public.permit(address.parse().unwrap()), "{address}");
        }
    });
}

#[test]
fn an_address_that_cannot_be_judged_is_refused_for_as_long() {
    in_cloud(|| {
        // There is one port to ask with, and it is taken.
        fs::write("/proc/sys/net/ipv4/ip_local_port_range", "40000 40000").unwrap();
        let taken = UdpSocket::bind("[::]:40000").unwrap();
        let public = Destinations::Usual { this_host: false };
        let others = ["192.0.2.8", "2001:db8::8", "203.0.113.1"];
        let others = others.map(|address| address.parse::<IpAddr>().unwrap());
        for address in others {
            assert!(!public.permit(address), "{address}");
            assert!(public.judge(address).is_err(), "{address}");
        }
        drop(taken);
        for address in others {
            assert!(public.permit(address), "{address}");
        }
    });
}

#[test]
fn a_key_signs_for_its_certificate_after_a_restart_too() {
    let pkcs8 = new_key().unwrap();
    let (one, other) = (
        Signer::new(&pkcs8, "sns.example").unwrap(),
        Signer::new(&pkcs8, "sns.example").unwrap(),
    );
    assert_eq!(one.certificate(), other.certificate());
    assert_eq!(one.certificate_path(), other.certificate_path());
    let signature = STANDARD.decode(one.sign("text").unwrap()).unwrap();
    assert_eq!(one.sign("text").unwrap(), other.sign("text").unwrap());
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, one.public_key());
    assert!(public.verify(b"text", &signature).is_ok());
    assert!(public.verify(b"other", &signature).is_err());
    assert!(Signer::new(b"no key", "sns.example").is_err());
}
