//! Attempts of a courier, on a real store and a real endpoint.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::command::{CreateTopic, Subscribe};
use model::subscription::Protocol;
use model::{Reply, Tags};
use store::{EmbeddedStore, Limits, Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::control::{Control, DEFAULT_ACCOUNT, OpenOptions};
use crate::delivery::dead_letter::DeadLetters;
use crate::delivery::{Courier, DeliveryOptions, attempt, http};

const DEADLINE: Duration = Duration::from_secs(10);

/// An endpoint that takes everything; how much, and where it is.
async fn endpoint() -> (Arc<AtomicUsize>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 16 * 1024];
            let _ = stream.read(&mut request).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    });
    (taken, url)
}

/// The store of the state in a folder.
pub(super) async fn store(data: &Path, limits: Limits) -> EmbeddedStore {
    let options = Options {
        limits,
        ..Options::default()
    };
    // The file is free once the one who had it before has let go.
    let opening = async {
        loop {
            match EmbeddedStore::open(data.join("state"), options.clone()).await {
                Ok(store) => return store,
                Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    };
    tokio::time::timeout(DEADLINE, opening).await.unwrap()
}

/// A courier of the state in a folder, on a store of these limits.
pub(super) async fn courier(data: &Path, limits: Limits) -> Arc<Courier> {
    let store = store(data, limits).await;
    let options = OpenOptions {
        delivers_messages: true,
        ..OpenOptions::default()
    };
    let control = Control::open(Arc::new(store), options).await.unwrap();
    let letters = data.join("dead-letters");
    let this_host = Destinations::Usual { this_host: true };
    let options = DeliveryOptions::new("http://127.0.0.1/".to_owned(), letters, this_host);
    Arc::new(Courier {
        signer: control.signer().unwrap(),
        client: http::Client::new(options.destinations.clone(), options.attempt_timeout),
        dead_letters: DeadLetters::new(&options.dead_letters, options.dead_letter_limits),
        control,
        options,
    })
}

#[tokio::test]
async fn what_has_arrived_and_cannot_be_recorded_is_recorded_later_and_not_sent_again() {
    let data = tempfile::tempdir().unwrap();
    let (taken, url) = endpoint().await;
    let able = courier(data.path(), Limits::default()).await;
    let caller = able.control.credentials(DEFAULT_ACCOUNT).unwrap().id;
    let create = CreateTopic {
        name: "topic".parse().unwrap(),
        display_name: None,
        policy: None,
        tags: Tags::new(),
    };
    let made = able.control.submit(caller, create).await.unwrap();
    let Reply::Topic(topic) = made.reply else {
        panic!("{:?}", made.reply)
    };
    let subscribe = Subscribe {
        topic,
        protocol: Protocol::Http,
        endpoint: url,
        raw_message_delivery: false,
    };
    let made = able.control.submit(caller, subscribe).await.unwrap();
    let question = made.after.tables().deliveries.iter().next().unwrap().key;
    able.control.close().await;

    let unable = Limits {
        txn_ops_max: 2,
        ..Limits::default()
    };
    let unable = courier(data.path(), unable).await;
    let mut queue = Queue::new(LIMITS);
    queue.add(question, caller, Instant::now());
    let first = queue.take_due(Instant::now()).unwrap();
    let ended = attempt::make(Arc::clone(&unable), first).await;
    assert!(ended.again.is_some(), "the end is to be recorded");
    let ended = attempt::make(Arc::clone(&unable), ended.attempt).await;
    assert!(ended.again.is_some());
    unable.control.close().await;

    let able = courier(data.path(), Limits::default()).await;
    let ended = attempt::make(Arc::clone(&able), ended.attempt).await;
    assert_eq!(ended.again, None);
    assert!(able.control.snapshot().state.tables().deliveries.is_empty());
    assert_eq!(taken.load(Ordering::SeqCst), 1, "it was sent once");
    able.control.close().await;
}
