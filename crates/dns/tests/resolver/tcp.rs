//! Connections: frames, order, ends and limits.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use dns::{Counter, Limits, Rtype};
use domain::base::iana::Rcode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::stage::{Answer, Ask, Names, PATIENCE, Stage, Upstream, framed, read_framed};

fn names() -> Names {
    Names::default().address("www.own.example", &[Ipv4Addr::new(10, 0, 0, 1)])
}

fn www(id: u16) -> Vec<u8> {
    framed(&Ask::new("www.own.example", Rtype::A).id(id).packet())
}

#[tokio::test]
async fn frames_may_come_in_any_pieces() {
    let stage = Stage::new(names(), vec![], Limits::default());
    let mut stream = stage.tcp().await;
    stream.set_nodelay(true).unwrap();
    for byte in www(1) {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(read_framed(&mut stream).await.unwrap()[..2], [0, 1]);
    let both = [www(2), www(3)].concat();
    let (one, two) = both.split_at(both.len() - 5);
    stream.write_all(one).await.unwrap();
    assert_eq!(read_framed(&mut stream).await.unwrap()[..2], [0, 2]);
    stream.write_all(two).await.unwrap();
    assert_eq!(read_framed(&mut stream).await.unwrap()[..2], [0, 3]);
}

#[tokio::test]
async fn many_queries_are_answered_on_one_connection_also_after_its_end() {
    let stage = Stage::new(names(), vec![], Limits::default());
    let mut stream = stage.tcp().await;
    let queries: Vec<u8> = (0..500).flat_map(www).collect();
    let (mut reading, mut writing) = stream.split();
    let write = async {
        writing.write_all(&queries).await.unwrap();
        writing.shutdown().await.unwrap();
    };
    let read = async {
        let mut bytes = Vec::new();
        reading.read_to_end(&mut bytes).await.unwrap();
        bytes
    };
    let ((), bytes) = tokio::time::timeout(PATIENCE, async { tokio::join!(write, read) })
        .await
        .unwrap();
    let mut ids = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((len, more)) = rest.split_first_chunk::<2>() {
        let (packet, more) = more.split_at(u16::from_be_bytes(*len).into());
        ids.push(Answer(packet.to_vec()).message().header().id());
        rest = more;
    }
    assert!(ids.into_iter().eq(0..500));
}

#[tokio::test]
async fn a_slow_answer_does_not_hold_up_the_next() {
    let upstream = Upstream::silent();
    let stage = Stage::new(names(), vec![upstream.addr], Limits::default());
    let mut stream = stage.tcp().await;
    let slow = Ask::new("www.elsewhere.example", Rtype::A).id(1);
    stream.write_all(&framed(&slow.packet())).await.unwrap();
    stream.write_all(&www(2)).await.unwrap();
    assert_eq!(read_framed(&mut stream).await.unwrap()[..2], [0, 2]);
}

#[tokio::test]
async fn connections_without_queries_or_against_the_rules_are_closed() {
    let stage = Stage::new(
        names(),
        vec![],
        Limits {
            tcp_idle: Duration::from_millis(200),
            tcp_query_bytes_max: 100,
            ..Limits::default()
        },
    );
    let half = &www(1)[..10];
    let response = framed(&[0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // what is sent before it is closed
    let cases: [(&str, &[u8]); 6] = [
        ("nothing", &[]),
        ("half a length", &[0]),
        ("half a query", half),
        ("a length of zero", &[0, 0]),
        ("a length beyond the limit", &[0, 101]),
        ("a response", &response),
    ];
    for (case, bytes) in cases {
        let mut stream = stage.tcp().await;
        stream.write_all(bytes).await.unwrap();
        assert!(read_framed(&mut stream).await.is_none(), "{case}");
    }
}

#[tokio::test]
async fn a_connection_in_use_outlives_the_idle_time() {
    let idle = Duration::from_secs(1);
    let limits = Limits {
        tcp_idle: idle,
        ..Limits::default()
    };
    let stage = Stage::new(names(), vec![], limits);
    let mut stream = stage.tcp().await;
    let start = tokio::time::Instant::now();
    while start.elapsed() < idle * 3 / 2 {
        stream.write_all(&www(1)).await.unwrap();
        assert!(read_framed(&mut stream).await.is_some());
    }
}

#[tokio::test]
async fn a_connection_that_waits_for_upstream_is_not_idle() {
    let upstream = Upstream::silent();
    let limits = Limits {
        tcp_idle: Duration::from_millis(100),
        upstream_timeout: Duration::from_millis(300),
        ..Limits::default()
    };
    let stage = Stage::new(names(), vec![upstream.addr], limits);
    let mut stream = stage.tcp().await;
    let slow = Ask::new("www.elsewhere.example", Rtype::A).packet();
    stream.write_all(&framed(&slow)).await.unwrap();
    let reply = read_framed(&mut stream).await;
    assert_eq!(Answer(reply.unwrap()).words(), "SERVFAIL ra | |");
}

#[tokio::test]
async fn connections_end_at_their_limits() {
    let limits = Limits {
        tcp_connections_max: 3,
        tcp_connections_per_client_max: 2,
        ..Limits::default()
    };
    let stage = Stage::new(names(), vec![], limits);
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = stage.tcp().await;
        stream.write_all(&www(1)).await.unwrap();
        assert!(read_framed(&mut stream).await.is_some());
        kept.push(stream);
    }
    let mut third = stage.tcp().await;
    assert!(read_framed(&mut third).await.is_none(), "closed at once");
    assert_eq!(stage.count(Counter::DroppedConnections), 1);
    drop(kept);
    let again = async {
        loop {
            let mut stream = stage.tcp().await;
            // It may be closed before the query is written.
            let _ = stream.write_all(&www(1)).await;
            if read_framed(&mut stream).await.is_some() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, again).await.unwrap();
}

#[tokio::test]
async fn a_full_pipeline_is_not_read_on_until_there_is_room() {
    let open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let gate = open.clone();
    let upstream = Upstream::new(move |seen| {
        if !gate.load(std::sync::atomic::Ordering::SeqCst) {
            return vec![];
        }
        vec![seen.reply(Rcode::NOERROR, &[(&seen.name, 60, "192.0.2.1")], None)]
    });
    let limits = Limits {
        tcp_pipeline_max: 4,
        upstream_timeout: Duration::from_millis(200),
        upstream_rounds: 100,
        forward_deadline: Duration::from_secs(60),
        ..Limits::default()
    };
    let stage = Stage::new(names(), vec![upstream.addr], limits);
    let mut stream = stage.tcp().await;
    for id in 0..10 {
        let ask = Ask::new(&format!("n{id}.elsewhere.example"), Rtype::A).id(id);
        stream.write_all(&framed(&ask.packet())).await.unwrap();
    }
    let distinct = || -> BTreeSet<String> {
        upstream
            .seen()
            .iter()
            .map(|seen| seen.name.to_ascii_lowercase())
            .collect()
    };
    let full = async {
        while distinct().len() < 4 || upstream.seen().len() < 12 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, full).await.unwrap();
    assert_eq!(distinct().len(), 4, "the others wait in the connection");
    open.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut ids = BTreeSet::new();
    for _ in 0..10 {
        let reply = Answer(read_framed(&mut stream).await.unwrap());
        assert_eq!(reply.message().header().rcode(), Rcode::NOERROR);
        ids.insert(reply.message().header().id());
    }
    assert!(ids.into_iter().eq(0..10));
}
