//! What is asked of upstream resolvers, and what is believed of them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dns::{Counter, Limits, Rtype};
use domain::base::iana::Rcode;
use futures_util::future::join_all;

use crate::stage::{Ask, Names, PATIENCE, Stage, Upstream, receive};

fn limits() -> Limits {
    Limits {
        upstream_timeout: Duration::from_secs(1),
        ..Limits::default()
    }
}

fn www() -> Ask {
    Ask::new("www.elsewhere.example", Rtype::A)
}

fn numbered(number: usize) -> Ask {
    Ask::new(&format!("n{number}.elsewhere.example"), Rtype::A)
}

const ANSWER: &str = "NOERROR ra | www.elsewhere.example 300 A 192.0.2.1, |";

#[tokio::test]
async fn foreign_names_are_asked_upstream_once_while_the_answer_may_be_kept() {
    let upstream = Upstream::simple("192.0.2.1", 300);
    let stage = Stage::new(Names::default(), vec![upstream.addr], limits());
    assert_eq!(stage.ask(&www()).await.words(), ANSWER);
    assert_eq!(stage.ask_tcp(&www()).await.words(), ANSWER);
    let shouted = Ask::new("WWW.ELSEWHERE.EXAMPLE", Rtype::A);
    let answer = stage.ask(&shouted).await;
    assert_eq!(
        answer.0[12..30],
        shouted.packet()[12..30],
        "in the asker's letter case"
    );
    assert_eq!(upstream.seen().len(), 1);
    assert_eq!(stage.count(Counter::CacheHits), 2);
    // Other questions are other questions.
    stage
        .ask(&Ask::new("www.elsewhere.example", Rtype::AAAA))
        .await;
    stage.ask(&www().edns(1232, true)).await;
    let mut unchecked = www();
    unchecked.checking_disabled = true;
    stage.ask(&unchecked).await;
    let seen = upstream.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen[2].message().opt().unwrap().dnssec_ok());
    assert!(seen[3].message().header().cd());
}

#[tokio::test]
async fn questions_upstream_differ_in_port_id_and_letter_case() {
    let upstream = Upstream::simple("192.0.2.1", 0);
    let stage = Stage::new(Names::default(), vec![upstream.addr], limits());
    for _ in 0..40 {
        assert!(stage.ask(&www()).await.words().starts_with("NOERROR"));
    }
    let seen = upstream.seen();
    assert_eq!(seen.len(), 40, "a TTL of zero is not kept");
    let ports: BTreeSet<u16> = seen.iter().map(|seen| seen.port).collect();
    let ids: BTreeSet<u16> = seen
        .iter()
        .map(|seen| seen.message().header().id())
        .collect();
    let names: BTreeSet<&str> = seen.iter().map(|seen| seen.name.as_str()).collect();
    assert!(
        ports.len() > 30 && ids.len() > 30 && names.len() > 30,
        "{ports:?} {ids:?} {names:?}"
    );
    // 40 coins of 16 bits each do not fall in order.
    assert!(
        seen.windows(2).any(|pair| pair[1].port < pair[0].port),
        "{ports:?}"
    );
}

#[tokio::test]
async fn absence_is_kept_as_long_as_its_zone_says() {
    let upstream = Upstream::new(|seen| {
        let soa = seen
            .name
            .to_ascii_lowercase()
            .starts_with("kept")
            .then_some(60);
        let rcode = match seen.rtype {
            Rtype::A => Rcode::NXDOMAIN,
            _ => Rcode::NOERROR,
        };
        vec![seen.reply(rcode, &[], soa)]
    });
    let stage = Stage::new(Names::default(), vec![upstream.addr], limits());
    let soa = "elsewhere.example 3600 SOA ns.elsewhere.example. ns.elsewhere.example. 1 1 1 1 60,";
    // name, type, reply, questions upstream for two
    let cases = [
        (
            "kept.elsewhere.example",
            Rtype::A,
            format!("NXDOMAIN ra | | {soa}"),
            1,
        ),
        (
            "kept.elsewhere.example",
            Rtype::MX,
            format!("NOERROR ra | | {soa}"),
            1,
        ),
        (
            "not.elsewhere.example",
            Rtype::A,
            "NXDOMAIN ra | |".to_owned(),
            2,
        ),
        (
            "not.elsewhere.example",
            Rtype::MX,
            "NOERROR ra | |".to_owned(),
            2,
        ),
    ];
    for (name, rtype, words, questions) in cases {
        let before = upstream.seen().len();
        for _ in 0..2 {
            assert_eq!(stage.ask(&Ask::new(name, rtype)).await.words(), words);
        }
        assert_eq!(upstream.seen().len() - before, questions, "{name} {rtype}");
    }
}

#[tokio::test]
async fn equal_questions_at_one_time_are_one_upstream() {
    // The first packet gets no answer, so that everybody has asked before the second is sent.
    let count = AtomicUsize::new(0);
    let upstream = Upstream::new(move |seen| {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            return vec![];
        }
        vec![seen.reply(Rcode::NOERROR, &[(&seen.name, 300, "192.0.2.1")], None)]
    });
    let stage = Stage::new(Names::default(), vec![upstream.addr], limits());
    let ask = www();
    let answers = join_all((0..50).map(|_| stage.ask(&ask))).await;
    for answer in answers {
        assert_eq!(answer.words(), ANSWER);
    }
    assert_eq!(upstream.seen().len(), 2);
    assert_eq!(stage.count(Counter::Forwards), 1);
    assert_eq!(
        stage.count(Counter::Joined) + stage.count(Counter::CacheHits),
        49
    );
}

#[tokio::test]
async fn the_next_upstream_is_asked_when_one_fails_and_preferred_from_then_on() {
    let closed = {
        // A port that nobody listens on.
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.local_addr().unwrap()
    };
    let silent = Upstream::silent();
    let failing = Upstream::new(|seen| vec![seen.reply(Rcode::SERVFAIL, &[], None)]);
    let refusing = Upstream::new(|seen| vec![seen.reply(Rcode::REFUSED, &[], None)]);
    for bad in [closed, silent.addr, failing.addr, refusing.addr] {
        let good = Upstream::simple("192.0.2.1", 300);
        let stage = Stage::new(Names::default(), vec![bad, good.addr], limits());
        assert_eq!(stage.ask(&www()).await.words(), ANSWER);
        let (timeouts, failures) = (
            stage.count(Counter::UpstreamTimeouts),
            stage.count(Counter::UpstreamFailures),
        );
        assert_eq!(timeouts + failures, 1);
        stage.ask(&numbered(1)).await;
        let now = stage.count(Counter::UpstreamTimeouts) + stage.count(Counter::UpstreamFailures);
        assert_eq!(now, 1, "the good one is asked first");
    }
}

#[tokio::test]
async fn when_nobody_answers_it_is_said_and_remembered_for_a_moment() {
    let failing = Upstream::new(|seen| vec![seen.reply(Rcode::SERVFAIL, &[], None)]);
    let limits = Limits {
        cache_failure_ttl: Duration::from_secs(60),
        ..limits()
    };
    let stage = Stage::new(Names::default(), vec![failing.addr], limits);
    for _ in 0..3 {
        assert_eq!(stage.ask(&www()).await.words(), "SERVFAIL ra | |");
    }
    assert_eq!(failing.seen().len(), Limits::default().upstream_rounds);
    assert_eq!(stage.count(Counter::ServerFailures), 3);
    // Another list of upstreams is for the next questions.
    let good = Upstream::simple("192.0.2.1", 300);
    stage.forwarder.set_upstreams(vec![good.addr]);
    assert!(stage.ask(&numbered(1)).await.words().starts_with("NOERROR"));
    let many = vec![failing.addr; Limits::default().upstreams_max];
    stage
        .forwarder
        .set_upstreams([many, vec![good.addr]].concat());
    assert!(
        stage
            .ask(&numbered(2))
            .await
            .words()
            .starts_with("SERVFAIL"),
        "too late in the list"
    );
}

#[tokio::test]
async fn forged_replies_are_not_believed() {
    let upstream = Upstream::new(|seen| {
        let truth = seen.reply(Rcode::NOERROR, &[(&seen.name, 300, "192.0.2.1")], None);
        if seen.over_tcp {
            return vec![truth];
        }
        let lie = seen.reply(Rcode::NOERROR, &[(&seen.name, 300, "192.0.2.66")], None);
        let forge = |at: usize, bits: u8| {
            let mut forged = lie.clone();
            forged[at] ^= bits;
            forged
        };
        let type_at = 12 + seen.name.len() + 2 + 1;
        let few = vec![
            forge(0, 1),
            forge(1, 0x80),
            forge(2, 0x80),
            forge(14, 1),
            forge(type_at, 1),
        ];
        if seen.name.to_ascii_lowercase().starts_with("many") {
            return [vec![forge(0, 1); 20], vec![lie]].concat();
        }
        [few, vec![lie[..8].to_vec(), vec![], truth]].concat()
    });
    let stage = Stage::new(Names::default(), vec![upstream.addr], limits());
    assert_eq!(stage.ask(&www()).await.words(), ANSWER);
    assert_eq!(stage.count(Counter::UpstreamMismatches), 7);
    // Somebody is guessing: over TCP there is nothing to guess.
    let many = Ask::new("many.elsewhere.example", Rtype::A);
    assert!(stage.ask(&many).await.words().ends_with("A 192.0.2.1, |"));
    assert!(upstream.seen().last().unwrap().over_tcp);
}

#[tokio::test]
async fn where_udp_does_not_do_tcp_is_used() {
    let upstream = Upstream::new(|seen| {
        let name = seen.name.to_ascii_lowercase();
        let count = if name.starts_with("large") { 90 } else { 1 };
        let mut reply = seen.reply(
            Rcode::NOERROR,
            &vec![(seen.name.as_str(), 300, "192.0.2.1"); count],
            None,
        );
        if !seen.over_tcp && name.starts_with("large") {
            reply = seen.reply(Rcode::NOERROR, &[], None);
            reply[2] |= 0x02;
        }
        if name.starts_with("lower") {
            let end = 12 + name.len();
            reply[12..end].make_ascii_lowercase();
        }
        vec![reply]
    });
    let stage = Stage::new(Names::default(), vec![upstream.addr], limits());
    let large = Ask::new("large.elsewhere.example", Rtype::A);
    assert!(
        stage.ask(&large).await.message().header().tc(),
        "and so does our asker"
    );
    let whole = stage.ask_tcp(&large).await;
    assert_eq!(whole.message().header_counts().ancount(), 90);
    assert_eq!(upstream.seen().len(), 2);
    // One that does not keep the letter case.
    let lower = Ask::new("lower-case-is-all-i-can.elsewhere.example", Rtype::A);
    assert!(stage.ask(&lower).await.words().starts_with("NOERROR"));
    let over_tcp: Vec<bool> = upstream.seen().iter().map(|seen| seen.over_tcp).collect();
    assert_eq!(over_tcp, [false, true, false, true]);
}

#[tokio::test]
async fn an_upstream_without_edns_is_asked_without() {
    let upstream = Upstream::new(|seen| match seen.message().opt() {
        Some(_) => vec![seen.reply(Rcode::FORMERR, &[], None)],
        None => vec![seen.reply(Rcode::NOERROR, &[(&seen.name, 300, "192.0.2.1")], None)],
    });
    let stage = Stage::new(Names::default(), vec![upstream.addr], limits());
    assert_eq!(stage.ask(&www()).await.words(), ANSWER);
}

#[tokio::test]
async fn upstreams_word_for_verified_data_reaches_who_understands_it() {
    let upstream = Upstream::new(|seen| {
        let mut reply = seen.reply(Rcode::NOERROR, &[(&seen.name, 300, "192.0.2.1")], None);
        reply[3] |= 0x20;
        vec![reply]
    });
    let stage = Stage::new(Names::default(), vec![upstream.addr], limits());
    let plain = stage.ask(&www()).await;
    assert!(!plain.message().header().ad());
    let checking = stage.ask(&www().edns(1232, true)).await;
    assert!(checking.message().header().ad());
}

#[tokio::test]
async fn our_zones_are_never_asked_elsewhere() {
    let upstream = Upstream::simple("192.0.2.66", 300);
    let names = Names::default().address("www.own.example", &[Ipv4Addr::new(10, 0, 0, 1)]);
    let stage = Stage::new(names, vec![upstream.addr], limits());
    for name in [
        "www.own.example",
        "nope.own.example",
        "OWN.example",
        "a.b.c.Own.Example",
    ] {
        for rtype in [
            Rtype::A,
            Rtype::AAAA,
            Rtype::ANY,
            Rtype::NS,
            Rtype::DS,
            Rtype::TXT,
        ] {
            stage.ask(&Ask::new(name, rtype)).await;
        }
    }
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
}

#[tokio::test]
async fn aliases_lead_over_the_border_in_both_directions() {
    let upstream = Upstream::new(|seen| {
        let name = seen.name.to_ascii_lowercase();
        let answers: &[(&str, u32, &str)] = match name.as_str() {
            "in.elsewhere.example" => &[("in.elsewhere.example", 30, "www.own.example")],
            "far.elsewhere.example" => &[
                ("far.elsewhere.example", 30, "in.elsewhere.example"),
                ("in.elsewhere.example", 30, "alias.own.example"),
                ("alias.own.example", 30, "192.0.2.66"),
            ],
            "gone.elsewhere.example" => &[("gone.elsewhere.example", 30, "gone.own.example")],
            "loop.elsewhere.example" => &[("loop.elsewhere.example", 30, "loop.own.example")],
            "self.elsewhere.example" => &[("self.elsewhere.example", 30, "self.elsewhere.example")],
            _ => &[("www.elsewhere.example", 30, "192.0.2.1")],
        };
        vec![seen.reply(Rcode::NOERROR, answers, None)]
    });
    let names = Names::default()
        .address("www.own.example", &[Ipv4Addr::new(10, 0, 0, 1)])
        .alias("alias.own.example", "www.own.example")
        .alias("out.own.example", "www.elsewhere.example")
        .alias("loop.own.example", "loop.elsewhere.example");
    let stage = Stage::new(names, vec![upstream.addr], limits());
    let www = "www.own.example 60 A 10.0.0.1,";
    let soa = "own.example 5 SOA own.example. hostmaster.own.example. 1 7200 900 1209600 5,";
    let cases = [
        (
            "out.own.example",
            "NOERROR aa ra | out.own.example 60 CNAME www.elsewhere.example., \
             www.elsewhere.example 30 A 192.0.2.1, |"
                .to_owned(),
        ),
        (
            "in.elsewhere.example",
            format!("NOERROR ra | in.elsewhere.example 30 CNAME www.own.example., {www} |"),
        ),
        (
            "far.elsewhere.example",
            format!(
                "NOERROR ra | far.elsewhere.example 30 CNAME in.elsewhere.example., \
                 in.elsewhere.example 30 CNAME alias.own.example., \
                 alias.own.example 60 CNAME www.own.example., {www} |"
            ),
        ),
        (
            "gone.elsewhere.example",
            format!("NXDOMAIN ra | gone.elsewhere.example 30 CNAME gone.own.example., | {soa}"),
        ),
        ("loop.elsewhere.example", "SERVFAIL ra | |".to_owned()),
        ("loop.own.example", "SERVFAIL ra | |".to_owned()),
        (
            "self.elsewhere.example",
            "NOERROR ra | self.elsewhere.example 30 CNAME self.elsewhere.example., |".to_owned(),
        ),
    ];
    for (name, expected) in cases {
        assert_eq!(
            stage.ask(&Ask::new(name, Rtype::A)).await.words(),
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn too_many_waiting_queries_are_refused_at_once() {
    let upstream = Upstream::silent();
    let patient = Limits {
        upstream_timeout: PATIENCE,
        forward_deadline: PATIENCE,
        ..Limits::default()
    };
    let cases = [
        Limits {
            waiting_max: 5,
            ..patient.clone()
        },
        Limits {
            waiting_per_client_max: 5,
            ..patient.clone()
        },
        Limits {
            forwards_max: 5,
            ..patient
        },
    ];
    for limits in cases {
        let names = Names::default().address("www.own.example", &[Ipv4Addr::new(10, 0, 0, 1)]);
        let stage = Stage::new(names, vec![upstream.addr], limits);
        let socket = stage.udp().await;
        for number in 0..5 {
            socket.send(&numbered(number).packet()).await.unwrap();
        }
        let full = async {
            while stage.count(Counter::Forwards) < 5 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, full).await.unwrap();
        socket.send(&numbered(6).id(6).packet()).await.unwrap();
        assert_eq!(receive(&socket).await[..4], [0, 6, 0x81, 0x82], "SERVFAIL");
        assert_eq!(stage.count(Counter::Overloads), 1);
        // Our own names wait for nobody.
        let own = stage.ask(&Ask::new("www.own.example", Rtype::A)).await;
        assert!(own.words().starts_with("NOERROR"));
        assert_eq!(stage.count(Counter::Forwards), 5);
    }
}
