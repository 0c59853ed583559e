//! A process that is killed while it writes loses nothing that it was told is written.
//!
//! The writer is this test program again, started by the test with a path in its environment.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use store::{EmbeddedStore, KeyRange, Op, OpenError, Options, Revision, Store, Txn, snapshot};

const PATH_VARIABLE: &str = "STORE_CRASH_TEST_PATH";
const WRITERS: u64 = 4;

/// Kills the child whatever becomes of the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Does nothing unless it is the child: then writes until it is killed, and says what was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn writing_child() {
    let Ok(path) = std::env::var(PATH_VARIABLE) else {
        return;
    };
    let store = EmbeddedStore::open(path, Options::default()).await.unwrap();
    let write = async |writer: u64| {
        let mut value = 0_u64;
        loop {
            value += 1;
            let txn = Txn::new()
                .then(Op::put(format!("{writer}/value"), value.to_string()))
                .then(Op::put(format!("{writer}/copy"), value.to_string()))
                .then(Op::put(format!("{writer}/log/{value}"), vec![b'x'; 500]));
            let revision = store.txn(txn).await.unwrap().revision;
            let mut out = std::io::stdout().lock();
            writeln!(out, "acknowledged {writer} {value} {revision}").unwrap();
            out.flush().unwrap();
        }
    };
    tokio::join!(write(0), write(1), write(2), write(3));
}

/// Runs the child until it has had `count` writes acknowledged, kills it, and returns the last of each writer
/// that it managed to tell, with the newest revision.
fn write_and_be_killed(path: &Path, count: usize) -> (BTreeMap<u64, u64>, Revision) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writing_child", "--nocapture"])
        .env(PATH_VARIABLE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Killed(child);
    let mut acknowledged = BTreeMap::new();
    let mut newest = Revision(0);
    let mut seen = 0;
    for line in BufReader::new(child.0.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The test harness writes its own words into the first line.
        let Some((_, numbers)) = line.split_once("acknowledged ") else {
            continue;
        };
        let numbers: Vec<u64> = numbers.split(' ').map(|n| n.parse().unwrap()).collect();
        let [writer, value, revision] = numbers[..] else {
            continue;
        };
        acknowledged.insert(writer, value);
        newest = newest.max(Revision(revision));
        seen += 1;
        if seen == count {
            child.0.kill().unwrap();
        }
    }
    (acknowledged, newest)
}

#[tokio::test]
async fn a_killed_writer_has_lost_nothing_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let mut least = Revision(0);
    for count in [1, 10, 200, 37, 500] {
        let (acknowledged, newest) = write_and_be_killed(&path, count);
        assert!(newest > least, "it goes on where it was");
        least = newest;
        let store = EmbeddedStore::open(&path, Options::default())
            .await
            .unwrap();
        let (entries, revision) = snapshot(&store, KeyRange::all()).await.unwrap();
        assert!(revision >= newest, "{revision} < {newest}");
        let found: BTreeMap<_, _> = entries
            .iter()
            .map(|entry| (String::from_utf8(entry.key.to_vec()).unwrap(), &entry.value))
            .collect();
        for writer in 0..WRITERS {
            let value = found.get(&format!("{writer}/value"));
            let copy = found.get(&format!("{writer}/copy"));
            assert_eq!(value, copy, "all of a transaction or nothing");
            let number = value.map_or(0, |v| std::str::from_utf8(v).unwrap().parse().unwrap());
            assert!(number >= acknowledged.get(&writer).copied().unwrap_or(0));
            for value in 1..=acknowledged.get(&writer).copied().unwrap_or(0) {
                assert!(found.contains_key(&format!("{writer}/log/{value}")));
            }
        }
        store.close().await;
    }
}

#[tokio::test]
async fn a_file_in_use_by_another_process_is_locked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writing_child", "--nocapture"])
        .env(PATH_VARIABLE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Killed(child);
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("acknowledged") {}
    let second = EmbeddedStore::open(&path, Options::default()).await;
    assert!(
        matches!(second, Err(OpenError::Locked { .. })),
        "{second:?}"
    );
    drop(child);
    let after = EmbeddedStore::open(&path, Options::default())
        .await
        .unwrap();
    after.close().await;
}
