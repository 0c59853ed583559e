//! Milliseconds that one durable change takes, as JSON on standard output: by a bare commit of redb, and by the embedded
//! store, which every change of Adit's state has to wait for.
//!
//! `commit_cost DIR [COMMITS [RECORDS [BYTES]]]`: in new files in that folder, so many commits one after another, each
//! of so many new records of so many bytes.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use redb::{Database, TableDefinition};
use store::{EmbeddedStore, Op, Options, Store, Txn};

const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");
const COMMITS: u64 = 200;
/// About what creating an endpoint changes: itself, its interface, counters, the head.
const RECORDS: u64 = 5;
const BYTES: u64 = 500;

/// What is written in each commit.
struct Load {
    commits: u64,
    records: u64,
    value: Vec<u8>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let mut number = |default| {
        arguments
            .next()
            .map_or(Ok(default), |text| text.parse::<u64>())
    };
    let (commits, records, bytes) = (number(COMMITS)?, number(RECORDS)?, number(BYTES)?);
    let load = Load {
        commits,
        records,
        value: vec![b'x'; usize::try_from(bytes)?],
    };
    let path = folder.join(format!("commit-cost-{}.redb", std::process::id()));
    let bare = load.bare(&path);
    std::fs::remove_file(&path)?;
    let stored = load.stored(&path).await;
    for file in EmbeddedStore::files(&path) {
        std::fs::remove_file(file)?;
    }
    let [p50, p99] = percentiles(bare?);
    let [store_p50, store_p99] = percentiles(stored?);
    println!(
        r#"{{"commits": {commits}, "p50_ms": {p50:.4}, "p99_ms": {p99:.4}, "store_p50_ms": {store_p50:.4}, "store_p99_ms": {store_p99:.4}}}"#
    );
    Ok(())
}

fn percentiles(mut took: Vec<Duration>) -> [f64; 2] {
    took.sort_unstable();
    [50, 99].map(|share| {
        took.get(took.len() * share / 100)
            .map_or(0.0, |took| took.as_secs_f64() * 1e3)
    })
}

impl Load {
    /// Keys of one commit, scattered as ids are.
    fn keys(&self, commit: u64) -> impl Iterator<Item = u64> {
        let first = commit * self.records;
        (first..first + self.records).map(|key| key.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn bare(&self, path: &Path) -> Result<Vec<Duration>, redb::Error> {
        let database = Database::create(path)?;
        let mut took = Vec::new();
        for commit in 0..self.commits {
            let began = Instant::now();
            let transaction = database.begin_write()?;
            {
                let mut table = transaction.open_table(TABLE)?;
                for key in self.keys(commit) {
                    table.insert(key, self.value.as_slice())?;
                }
            }
            transaction.commit()?;
            took.push(began.elapsed());
        }
        Ok(took)
    }

    async fn stored(&self, path: &Path) -> Result<Vec<Duration>, Box<dyn Error>> {
        let store = EmbeddedStore::open(path, Options::default()).await?;
        let mut took = Vec::new();
        for commit in 0..self.commits {
            let began = Instant::now();
            let put = |key: u64| Op::put(key.to_string(), self.value.clone());
            let then = self.keys(commit).map(put).collect();
            store.txn(Txn { then, ..Txn::new() }).await?;
            took.push(began.elapsed());
        }
        store.close().await;
        Ok(took)
    }
}
