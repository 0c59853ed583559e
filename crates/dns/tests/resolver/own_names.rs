//! What is answered from our own names, over real sockets.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::stage::{self, Ask, Names, Stage};
use dns::{Counter, Limits, Rtype};

const ONE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const TWO: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

fn names() -> Names {
    let many: Vec<Ipv4Addr> = (0..100).map(|last| Ipv4Addr::new(10, 0, 1, last)).collect();
    let some = &many[..30];
    Names::default()
        .address("www.own.example", &[ONE, TWO])
        .address("many.own.example", &many)
        .address("some.own.example", some)
        .alias("alias.own.example", "www.own.example")
        .alias("twice.own.example", "alias.own.example")
        .alias("dangling.own.example", "gone.own.example")
        .alias("empty.own.example", "own.example")
        .alias("out.own.example", "www.elsewhere.example")
}

fn stage() -> Stage {
    Stage::new(names(), vec![], Limits::default())
}

const SOA: &str = "own.example 5 SOA own.example. hostmaster.own.example. 1 7200 900 1209600 5";

const WWW: &str = "www.own.example 60 A 10.0.0.1, www.own.example 60 A 10.0.0.2,";
const ALIAS: &str = "alias.own.example 60 CNAME www.own.example.,";

/// Asks over UDP and TCP and compares the reply.
async fn check(cases: &[(Ask, String)]) {
    let stage = stage();
    for (ask, expected) in cases {
        let over_udp = stage.ask(ask).await;
        assert_eq!(over_udp.words(), *expected, "{} {}", ask.name, ask.rtype);
        assert_eq!(
            stage.ask_tcp(ask).await.words(),
            *expected,
            "{} {}",
            ask.name,
            ask.rtype
        );
        let plain = over_udp.message();
        assert_eq!(plain.header().id(), ask.id);
        assert_eq!(plain.header().rd(), ask.recursion);
        assert!(plain.opt().is_none(), "no EDNS to who does not speak it");
    }
}

#[tokio::test]
async fn our_names_are_answered_with_authority() {
    let ask = Ask::new;
    check(&[
        (
            ask("www.own.example", Rtype::A),
            format!("NOERROR aa ra | {WWW} |"),
        ),
        (
            ask("www.own.example", Rtype::A).without_recursion(),
            format!("NOERROR aa ra | {WWW} |"),
        ),
        (
            ask("www.own.example", Rtype::AAAA),
            format!("NOERROR aa ra | | {SOA},"),
        ),
        (
            ask("nope.own.example", Rtype::A),
            format!("NXDOMAIN aa ra | | {SOA},"),
        ),
        (
            ask("a.b.nope.own.example", Rtype::MX),
            format!("NXDOMAIN aa ra | | {SOA},"),
        ),
        (
            ask("own.example", Rtype::SOA),
            format!("NOERROR aa ra | {SOA}, |"),
        ),
        (
            ask("own.example", Rtype::A),
            format!("NOERROR aa ra | | {SOA},"),
        ),
        (
            ask("www.own.example", Rtype::SOA),
            format!("NOERROR aa ra | | {SOA},"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn aliases_of_ours_are_followed() {
    let ask = Ask::new;
    let twice = "twice.own.example 60 CNAME alias.own.example.,";
    let dangling = "dangling.own.example 60 CNAME gone.own.example.,";
    let out = "out.own.example 60 CNAME www.elsewhere.example.,";
    check(&[
        (
            ask("alias.own.example", Rtype::A),
            format!("NOERROR aa ra | {ALIAS} {WWW} |"),
        ),
        (
            ask("alias.own.example", Rtype::CNAME),
            format!("NOERROR aa ra | {ALIAS} |"),
        ),
        (
            ask("twice.own.example", Rtype::A),
            format!("NOERROR aa ra | {twice} {ALIAS} {WWW} |"),
        ),
        (
            ask("alias.own.example", Rtype::AAAA),
            format!("NOERROR aa ra | {ALIAS} | {SOA},"),
        ),
        (
            ask("dangling.own.example", Rtype::A),
            format!("NXDOMAIN aa ra | {dangling} | {SOA},"),
        ),
        (
            ask("out.own.example", Rtype::A),
            "SERVFAIL ra | |".to_owned(),
        ),
        (
            ask("out.own.example", Rtype::A).without_recursion(),
            format!("NOERROR aa ra | {out} |"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_nobody_should_ask_is_refused_or_answered_in_brief() {
    let ask = Ask::new;
    let hinfo = "NOERROR aa ra | www.own.example 5 HINFO \"RFC8482\" \"\", |";
    let elsewhere = || ask("www.elsewhere.example", Rtype::A);
    check(&[
        (ask("www.own.example", Rtype::ANY), hinfo.to_owned()),
        (
            ask("alias.own.example", Rtype::ANY),
            format!("NOERROR aa ra | {ALIAS} |"),
        ),
        (
            ask("nope.own.example", Rtype::ANY),
            format!("NXDOMAIN aa ra | | {SOA},"),
        ),
        (
            ask("www.own.example", Rtype::AXFR),
            "REFUSED ra | |".to_owned(),
        ),
        // Not ours, and nobody to ask.
        (elsewhere().without_recursion(), "REFUSED ra | |".to_owned()),
        (elsewhere(), "SERVFAIL ra | |".to_owned()),
    ])
    .await;
}

#[tokio::test]
async fn the_question_and_the_answer_keep_the_askers_letter_case() {
    let stage = stage();
    let ask = Ask::new("wWw.OWN.exAMPle", Rtype::A);
    let answer = stage.ask(&ask).await;
    assert_eq!(answer.0[12..29], ask.packet()[12..29]);
    let words = answer.words();
    assert!(words.contains("wWw.OWN.exAMPle 60 A 10.0.0.1"), "{words}");
}

#[tokio::test]
async fn edns_is_spoken_to_who_speaks_it() {
    let stage = stage();
    let plain = Ask::new("www.own.example", Rtype::A);
    for dnssec_ok in [false, true] {
        let answer = stage.ask(&plain.clone().edns(4096, dnssec_ok)).await;
        let opt = answer.message().opt().unwrap();
        assert_eq!(opt.udp_payload_size(), 1232);
        assert_eq!((opt.version(), opt.dnssec_ok()), (0, dnssec_ok));
    }
    // A later version: BADVERS, in ours.
    let mut packet = plain.edns(1232, false).packet();
    let version = packet.len() - 5;
    packet[version] = 1;
    let replies = stage.send_raw(&packet).await;
    let [reply] = replies.as_slice() else {
        panic!("{replies:?}");
    };
    let answer = stage::Answer(reply.clone());
    assert_eq!(answer.words(), "BADVERS ra | |");
    assert_eq!(answer.message().opt().unwrap().version(), 0);
}

#[tokio::test]
async fn a_reply_over_udp_is_cut_where_the_asker_says_and_whole_over_tcp() {
    let stage = stage();
    let many = || Ask::new("many.own.example", Rtype::A);
    let some = || Ask::new("some.own.example", Rtype::A);
    // 12 + 22 + 16 * n bytes, and 11 with EDNS
    let cases = [
        (some(), true),
        (some().edns(512, false), true),
        (some().edns(0, false), true),
        (some().edns(524, false), true),
        (some().edns(525, false), false),
        (some().edns(4096, false), false),
        (many().edns(4096, false), true),
        (many().edns(65_535, false), true),
    ];
    for (ask, cut) in cases {
        let answer = stage.ask(&ask).await;
        let message = answer.message();
        assert_eq!(message.header().tc(), cut, "{} {:?}", ask.name, ask.edns);
        let (size, _) = ask.edns.unwrap_or((512, false));
        assert!(answer.0.len() <= usize::from(size.clamp(512, 1232)));
        assert_eq!(message.header_counts().ancount() == 0, cut);
        assert_eq!(message.opt().is_some(), ask.edns.is_some());
        let whole = stage.ask_tcp(&ask).await;
        assert!(!whole.message().header().tc());
        let count = if ask.name.starts_with("many") {
            100
        } else {
            30
        };
        assert_eq!(whole.message().header_counts().ancount(), count);
    }
    assert_eq!(stage.count(Counter::Truncated), 6);
}

#[tokio::test]
async fn what_is_no_good_query_gets_an_error_or_silence() {
    let stage = stage();
    let good = Ask::new("www.own.example", Rtype::A).packet();
    let with = |changes: &[(usize, u8)]| {
        let mut packet = good.clone();
        for (at, byte) in changes {
            packet[*at] = *byte;
        }
        packet
    };
    let class_ch = good.len() - 1;
    let two_opts = [
        &with(&[(11, 2)])[..],
        &[0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0].repeat(2),
    ]
    .concat();
    let named_opt = [
        &with(&[(11, 1)])[..],
        &[1, b'a', 0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    // packet, reply (none: silence)
    let cases: [(&str, Vec<u8>, Option<&str>); 15] = [
        ("nothing", vec![], None),
        ("too short for a header", good[..11].to_vec(), None),
        ("a response", with(&[(2, 0x80)]), None),
        (
            "a header alone",
            good[..12].to_vec(),
            Some("FORMERR ra | |"),
        ),
        ("no question", with(&[(5, 0)]), Some("FORMERR ra | |")),
        ("two questions", with(&[(5, 2)]), Some("FORMERR ra | |")),
        (
            "half a question",
            good[..20].to_vec(),
            Some("FORMERR ra | |"),
        ),
        (
            "a record that is not there",
            with(&[(11, 1)]),
            Some("FORMERR ra | |"),
        ),
        ("status", with(&[(2, 2 << 3)]), Some("NOTIMP ra | |")),
        ("notify", with(&[(2, 4 << 3)]), Some("NOTIMP ra | |")),
        ("update", with(&[(2, 5 << 3)]), Some("NOTIMP ra | |")),
        ("opcode 15", with(&[(2, 15 << 3)]), Some("NOTIMP ra | |")),
        ("class CH", with(&[(class_ch, 3)]), Some("REFUSED ra | |")),
        ("two OPTs", two_opts, Some("FORMERR ra | |")),
        ("an OPT with a name", named_opt, Some("FORMERR ra | |")),
    ];
    for (case, packet, expected) in cases {
        let replies = stage.send_raw(&packet).await;
        let words: Vec<String> = replies
            .iter()
            .map(|reply| stage::Answer(reply.clone()).words())
            .collect();
        assert!(words.iter().eq(expected.iter()), "{case}: {words:?}");
        for reply in replies {
            assert_eq!(reply[..2], packet[..2], "{case}: the id");
            assert_eq!(reply[2] & 0x78, packet[2] & 0x78, "{case}: the opcode");
        }
    }
    assert_eq!(stage.count(Counter::DroppedNoQuery), 3);
    assert_eq!(stage.count(Counter::FormatErrors), 7);
    assert_eq!(stage.count(Counter::Refusals), 5);
}

#[tokio::test]
async fn new_names_are_answered_from_the_next_query_on() {
    let stage = stage();
    let ask = Ask::new("new.own.example", Rtype::A);
    assert!(stage.ask(&ask).await.words().starts_with("NXDOMAIN"));
    stage
        .names
        .store(Arc::new(names().address("new.own.example", &[ONE])));
    let words = stage.ask(&ask).await.words();
    assert_eq!(words, "NOERROR aa ra | new.own.example 60 A 10.0.0.1, |");
}

#[tokio::test]
async fn nobodys_packets_are_dropped() {
    let stage = stage();
    let nobody = Names {
        nobody: true,
        ..Names::default()
    };
    stage.names.store(Arc::new(nobody));
    let socket = stage.udp().await;
    let ask = Ask::new("www.own.example", Rtype::A);
    socket.send(&ask.packet()).await.unwrap();
    let mut stream = stage.tcp().await;
    assert!(stage::read_framed(&mut stream).await.is_none(), "closed");
    stage.counted(Counter::DroppedUnknownClient, 2).await;
    stage.names.store(Arc::new(names()));
    socket.send(&ask.clone().id(2).packet()).await.unwrap();
    let first = stage::receive(&socket).await;
    assert_eq!(first[..2], [0, 2], "the first was dropped");
    assert_eq!(stage.count(Counter::DroppedUnknownClient), 2);
}

#[tokio::test]
async fn a_stopped_resolver_leaves_its_port() {
    let stage = stage();
    let socket = stage.udp().await;
    stage.server.stop().await;
    let ask = Ask::new("www.own.example", Rtype::A);
    socket.send(&ask.packet()).await.unwrap();
    let refused = tokio::time::timeout(stage::PATIENCE, socket.recv(&mut [0])).await;
    let error = refused.expect("the kernel says so").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
