//! The cache against its limits, with a clock of numbers.

use std::str::FromStr;

use domain::base::Serial;
use domain::base::iana::{Class, OptRcode, Rtype};
use domain::rdata::{A, Soa};

use super::*;
use crate::record::{Data, Name, Record};

fn key(number: usize) -> Key {
    let name = Name::from_str(&format!("n{number}.example")).unwrap();
    Key::new(&name, Rtype::A, false, false)
}

fn record(ttl: u32, data: impl Into<Data>) -> Record {
    let owner = Name::from_str("example").unwrap();
    Record::new(owner, Class::IN, Ttl::from_secs(ttl), data.into())
}

fn positive(ttl: u32, size_bytes: usize) -> Arc<Response> {
    Arc::new(Response {
        rcode: OptRcode::NOERROR,
        authentic: false,
        answers: vec![record(ttl, A::from_octets(192, 0, 2, 1))],
        authority: vec![],
        size_bytes,
        negative: false,
    })
}

fn negative(ttl: u32) -> Arc<Response> {
    let name = Name::from_str("example").unwrap();
    let secs = Ttl::from_secs;
    let soa = Soa::new(
        name.clone(),
        name,
        Serial(1),
        secs(1),
        secs(1),
        secs(1),
        secs(ttl),
    );
    Arc::new(Response {
        rcode: OptRcode::NXDOMAIN,
        authentic: false,
        answers: vec![],
        authority: vec![record(ttl, soa)],
        size_bytes: 100,
        negative: true,
    })
}

#[test]
fn answers_are_kept_for_their_time_and_no_longer() {
    let limits = Limits::default();
    let start = Instant::now();
    let at = |secs: u64| start + Duration::from_secs(secs);
    let max = limits.cache_ttl_max.as_secs();
    let negative_max = limits.cache_negative_ttl_max.as_secs();
    // what is kept, for how many seconds
    let cases = [
        (Some(positive(30, 100)), 30),
        (Some(positive(0, 100)), 0),
        (Some(positive(1_000_000, 100)), max),
        (Some(negative(20)), 20),
        (Some(negative(1_000_000)), negative_max),
        (None, limits.cache_failure_ttl.as_secs()),
    ];
    for (response, secs) in cases {
        let mut cache = Cache::new(&limits);
        cache.keep(&key(1), response.as_ref(), start);
        assert_eq!(cache.get(&key(2), start), None);
        if secs > 0 {
            let kept = cache.get(&key(1), at(secs - 1)).unwrap();
            match (kept, response) {
                (Ok(kept), Some(response)) => {
                    let age = Ttl::from_secs(u32::try_from(secs - 1).unwrap());
                    let left = response.aged(age).ttl();
                    assert_eq!(kept.ttl(), left, "TTLs go down");
                }
                (Err(Unanswered), None) => {}
                (kept, _) => panic!("{kept:?}"),
            }
        }
        assert_eq!(cache.get(&key(1), at(secs)), None, "after {secs} s");
        assert_eq!(
            (cache.kept.len(), cache.by_expiry.len(), cache.bytes),
            (0, 0, 0)
        );
    }
}

#[test]
fn a_full_cache_lets_go_of_what_would_expire_first() {
    let limits = Limits {
        cache_entries_max: 10,
        ..Limits::default()
    };
    let mut cache = Cache::new(&limits);
    let now = Instant::now();
    for number in 0..15 {
        let ttl = 1000 - u32::try_from(number).unwrap();
        cache.keep(&key(number), Some(&positive(ttl, 100)), now);
        assert!(cache.kept.len() <= 10);
    }
    let kept: Vec<usize> = (0..15)
        .filter(|n| cache.get(&key(*n), now).is_some())
        .collect();
    assert_eq!(kept, [0, 1, 2, 3, 4, 5, 6, 7, 8, 14]);
    // The same question again takes no second place.
    cache.keep(&key(0), Some(&positive(5, 100)), now);
    assert_eq!((cache.kept.len(), cache.by_expiry.len()), (10, 10));
}

#[test]
fn large_answers_do_not_take_more_than_their_bytes() {
    let limits = Limits {
        cache_bytes_max: 10_000,
        ..Limits::default()
    };
    let mut cache = Cache::new(&limits);
    let now = Instant::now();
    for number in 0..100 {
        cache.keep(&key(number), Some(&positive(60, 1000)), now);
        assert!(cache.bytes <= 10_000);
    }
    assert_eq!(cache.kept.len(), 10_000 / (1000 + OVERHEAD_BYTES));
    cache.keep(&key(100), Some(&positive(60, 60_000)), now);
    assert_eq!(cache.get(&key(100), now), None, "too large to be kept");
    assert!(!cache.kept.is_empty(), "and it drives nothing out");
    let none = Limits {
        cache_entries_max: 0,
        ..Limits::default()
    };
    let mut cache = Cache::new(&none);
    cache.keep(&key(0), Some(&positive(60, 100)), now);
    assert_eq!(cache.get(&key(0), now), None);
}
