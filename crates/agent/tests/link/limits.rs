//! Nobody is held up, and nothing grows without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agent::link::{
    Counters, Counts, FRAME_BYTES_MAX, LINE_BYTES_MAX, LINES_KEPT_MAX, LogRing, Reader, ToAgent,
    ToControl, send,
};
use model::Command;
use model::command::EndpointRemoved;
use model::target::{ObservedHealth, UnhealthyReason};
use model::{Change, VpcEndpointId};
use tokio::io::AsyncWriteExt;

use crate::world::{Host, Peer, World, in_time};

#[tokio::test]
async fn a_control_plane_that_reads_nothing_holds_nobody_up() {
    let (mut host, world) = (Host::start(), World::new());
    let mut peer = host.peer().await;
    peer.caught_up().await;
    peer.snapshot(&world.state, 1).await;
    host.next().await;
    // More than the stream and every queue on the way hold.
    for number in 0..20_000_u32 {
        let endpoint = VpcEndpointId::from_bits(number.into());
        in_time(host.report(EndpointRemoved { endpoint })).await;
    }
    let resource = world.state.tables().resources().next().unwrap();
    peer.commit(vec![Change::Put(resource)], 2).await;
    assert_eq!(host.next().await.version.revision, 2);
    for number in 0..20_000_u32 {
        let (_, report) = peer.report().await;
        let endpoint = VpcEndpointId::from_bits(number.into());
        assert_eq!(report, Command::from(EndpointRemoved { endpoint }));
    }
}

#[tokio::test]
async fn a_main_loop_that_takes_nothing_gets_the_newest_state() {
    let (mut host, mut world) = (Host::start(), World::new());
    let mut peer = host.peer().await;
    peer.caught_up().await;
    peer.snapshot(&world.state, 1).await;
    let health = |code| ObservedHealth::Unhealthy(UnhealthyReason::ResponseCodeMismatch(code));
    for code in 2..300 {
        let report = world.health(health(code));
        world.run(report);
        let target = world.state.tables().targets.get(&world.target).unwrap();
        let change = Change::Put(model::Target::clone(target).into());
        in_time(peer.commit(vec![change], code.into())).await;
    }
    // The answer comes when all that was said has been heard.
    peer.say(&ToAgent::Count { question: 1 }).await;
    peer.hear().await;
    let newest = host.next().await;
    assert_eq!((newest.version.revision, newest.changed), (299, None));
    let target = newest.state.tables().targets.get(&world.target).cloned();
    assert_eq!(target.unwrap().observed, health(299));
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection() {
    let host = Host::start();
    for bytes in [
        b"{}\n".to_vec(),
        b"{\"follow\":1}\n".to_vec(),
        b"{\"changes\":[{\"key\":\"/adit/v1/vpc/x\",\"value\":null}]}\n".to_vec(),
        b"\xff\n".to_vec(),
    ] {
        let mut peer = host.peer().await;
        peer.caught_up().await;
        peer.writer.write_all(&bytes).await.unwrap();
        assert!(
            peer.hear().await.is_none(),
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[tokio::test]
async fn a_message_has_a_longest_length() {
    let longest = |bytes: usize| {
        let mut line = vec![b' '; bytes - 2];
        line.extend(b"7\n");
        line
    };
    let line = longest(FRAME_BYTES_MAX);
    let read: Option<u8> = Reader::new(&*line).next().await.unwrap();
    assert_eq!(read, Some(7));
    let line = longest(FRAME_BYTES_MAX + 1);
    let error = Reader::new(&*line).next::<u8>().await.unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
    let error = Reader::new(&b"7"[..]).next::<u8>().await.unwrap_err();
    assert_eq!(error.to_string(), "the connection broke", "it ends within");
}

#[tokio::test]
async fn of_too_many_connections_some_are_refused() {
    let host = Host::start();
    let mut greeted = Vec::new();
    for _ in 0..16 {
        greeted.push(host.stranger().await);
    }
    let (own, other) = tokio::io::duplex(1024);
    let (read, write) = tokio::io::split(other);
    in_time(host.connector.serve(read, write)).await;
    assert!(Reader::new(own).next::<u8>().await.unwrap().is_none());
    drop(greeted);
}

#[tokio::test(start_paused = true)]
async fn who_connects_and_says_nothing_is_let_go() {
    let host = Host::start();
    let mut stranger = host.stranger().await;
    assert!(stranger.hear().await.is_none());
}

/// Counts as soon as it may, and how often it was asked to.
#[derive(Default)]
struct Gate {
    asked: AtomicUsize,
    closed: tokio::sync::Mutex<()>,
}

impl Counters for Gate {
    fn counts(&self) -> Result<Counts, String> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let _open = self.closed.blocking_lock();
        Err("not known".to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_too_many_questions_some_get_no_answer() {
    let gate = Arc::new(Gate::default());
    let host = Host::with(gate.clone());
    let closed = gate.closed.lock().await;
    let mut peer = host.peer().await;
    peer.caught_up().await;
    for question in 0..20 {
        peer.say(&ToAgent::Count { question }).await;
    }
    // All that was said before has been heard when the changes of no state are refused.
    peer.say(&ToAgent::Commit { revision: 1 }).await;
    assert!(peer.hear().await.is_none());
    let asked = || gate.asked.load(Ordering::SeqCst);
    in_time(async {
        while asked() < 16 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(asked(), 16);
    drop(closed);
    let mut peer = host.peer().await;
    peer.caught_up().await;
    let Peer { reader, writer } = &mut peer;
    let answer = reader.next();
    tokio::pin!(answer);
    let answer: Option<ToControl> = loop {
        in_time(send(writer, &ToAgent::Count { question: 100 }))
            .await
            .unwrap();
        if let Ok(answer) = tokio::time::timeout(Duration::from_millis(20), &mut answer).await {
            break answer.unwrap();
        }
    };
    let Some(ToControl::Counts { counts, .. }) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(counts, Err("not known".to_owned()));
}

#[test]
fn a_log_keeps_its_newest_lines_and_the_beginning_of_long_ones() {
    use std::io::Write;
    let mut log = LogRing::default();
    let long = vec![b'x'; LINE_BYTES_MAX + 10];
    assert_eq!(log.write(&long).unwrap(), long.len());
    let (lost, lines) = log.take(usize::MAX);
    assert_eq!((lost, lines.len()), (0, 1));
    assert_eq!(lines[0].len(), LINE_BYTES_MAX + 1);
    assert!(lines[0].ends_with("x\n"));
    for number in 0..LINES_KEPT_MAX + 2 {
        log.write_all(format!("{number}\n").as_bytes()).unwrap();
    }
    let (lost, lines) = log.take(2);
    assert_eq!((lost, lines), (2, vec!["2\n".to_owned(), "3\n".to_owned()]));
    assert_eq!(log.take(usize::MAX).1.len(), LINES_KEPT_MAX - 2);
    assert!(log.is_empty());
}
