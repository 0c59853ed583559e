//! Looking up texts for ourselves.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dns::{Forwarder, HostSockets, Limits, LookupError};
use domain::base::iana::Rcode;

use crate::stage::Upstream;

fn forwarder(upstreams: &[SocketAddr]) -> Arc<Forwarder> {
    let limits = Limits {
        upstream_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    Forwarder::new(upstreams.to_vec(), HostSockets, limits)
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn texts_are_looked_up_each_time_anew() {
    let upstream =
        Upstream::new(|seen| vec![seen.reply_with_texts(&[&["vpce:", "abc"], &["v=spf1 -all"]])]);
    let forwarder = forwarder(&[upstream.addr]);
    for _ in 0..2 {
        let found = forwarder.texts("_x.example.com").await;
        assert_eq!(found, Ok(set(&["vpce:abc", "v=spf1 -all"])));
    }
    assert_eq!(upstream.seen().len(), 2);
}

#[tokio::test]
async fn a_long_answer_comes_over_tcp() {
    let long = "x".repeat(200);
    let upstream = Upstream::new(move |seen| {
        let strings: Vec<&str> = std::iter::repeat_n(long.as_str(), 20).collect();
        let mut reply = seen.reply_with_texts(&[&strings]);
        if !seen.over_tcp {
            // The flag for a reply that was cut.
            reply[2] |= 2;
            reply.truncate(12 + seen.name.len() + 2 + 4);
            reply[7] = 0;
        }
        vec![reply]
    });
    let found = forwarder(&[upstream.addr]).texts("example.com").await;
    assert_eq!(found.unwrap().first().unwrap().len(), 4000);
    assert!(upstream.seen()[1].over_tcp);
}

#[tokio::test]
async fn a_name_that_does_not_exist_has_no_texts() {
    let upstream = Upstream::new(|seen| vec![seen.reply(Rcode::NXDOMAIN, &[], Some(3600))]);
    let found = forwarder(&[upstream.addr]).texts("_x.example.com").await;
    assert_eq!(found, Ok(BTreeSet::new()));
}

#[tokio::test]
async fn the_next_resolver_is_asked_when_one_is_silent_and_in_the_end_nobody_answered() {
    let (silent, good) = (
        Upstream::silent(),
        Upstream::new(|seen| vec![seen.reply_with_texts(&[&["found"]])]),
    );
    let found = forwarder(&[silent.addr, good.addr])
        .texts("example.com")
        .await;
    assert_eq!(found, Ok(set(&["found"])));
    for none in [&[silent.addr][..], &[]] {
        let found = forwarder(none).texts("example.com").await;
        assert_eq!(found, Err(LookupError::Unanswered));
    }
    let found = forwarder(&[good.addr]).texts("a..b").await;
    assert_eq!(found, Err(LookupError::Name));
}
