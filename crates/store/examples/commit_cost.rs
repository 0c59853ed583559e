//! Milliseconds that one durable change takes, as JSON on standard output: by a bare commit of redb, and by the embedded
//! store, which every change of Adit's state has to wait for; each alone, and beside as many records as there are.
//!
//! `commit_cost DIR [COMMITS [RECORDS [BYTES [PRESENT]]]]`: in new files in that folder, so many commits one after another,
//! each of so many new records of so many bytes; then again beside so many records that are there.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::env;
use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use redb::{Database, TableDefinition};
use store::{EmbeddedStore, Op, Options, Store, Txn};

const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");
const COMMITS: u64 = 200;
/// About what creating an endpoint changes: itself, its interface, counters, the head.
const RECORDS: u64 = 5;
const BYTES: u64 = 500;
/// Records that one commit makes of those that are there before it is measured.
const FILL: u64 = 1000;

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
    let present = number(0)?;
    let load = Load {
        commits,
        records,
        value: vec![b'x'; usize::try_from(bytes)?],
    };
    let path = folder.join(format!("commit-cost-{}.redb", std::process::id()));
    let mut fields = vec![format!(r#""commits": {commits}"#)];
    for (kind, present) in [("", 0), ("full_", present)] {
        let bare = load.bare(&path, present);
        std::fs::remove_file(&path)?;
        let stored = load.stored(&path, present).await;
        for file in EmbeddedStore::files(&path) {
            std::fs::remove_file(file)?;
        }
        for (who, took) in [("", bare?), ("store_", stored?)] {
            let [p50, p99] = percentiles(took);
            fields.push(format!(
                r#""{who}{kind}p50_ms": {p50:.4}, "{who}{kind}p99_ms": {p99:.4}"#
            ));
        }
    }
    println!("{{{}}}", fields.join(", "));
    Ok(())
}

fn percentiles(mut took: Vec<Duration>) -> [f64; 2] {
    took.sort_unstable();
    [50, 99].map(|share| {
        took.get(took.len() * share / 100)
            .map_or(0.0, |took| took.as_secs_f64() * 1e3)
    })
}

/// Keys are scattered, as ids are.
const fn key(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Load {
    /// The commits, as ranges of numbers: those that fill, with false, and those that are measured.
    fn commits(&self, present: u64) -> impl Iterator<Item = (bool, Range<u64>)> {
        let fill = (0..present / FILL).map(|fill| (false, fill * FILL..(fill + 1) * FILL));
        let measured = (0..self.commits).map(move |commit| {
            let first = present + commit * self.records;
            (true, first..first + self.records)
        });
        fill.chain(measured)
    }

    fn bare(&self, path: &Path, present: u64) -> Result<Vec<Duration>, redb::Error> {
        let database = Database::create(path)?;
        let mut took = Vec::new();
        for (measured, numbers) in self.commits(present) {
            let began = Instant::now();
            let transaction = database.begin_write()?;
            {
                let mut table = transaction.open_table(TABLE)?;
                for number in numbers {
                    table.insert(key(number), self.value.as_slice())?;
                }
            }
            transaction.commit()?;
            if measured {
                took.push(began.elapsed());
            }
        }
        Ok(took)
    }

    async fn stored(&self, path: &Path, present: u64) -> Result<Vec<Duration>, Box<dyn Error>> {
        let store = EmbeddedStore::open(path, Options::default()).await?;
        let mut took = Vec::new();
        for (measured, numbers) in self.commits(present) {
            let began = Instant::now();
            let put = |number: u64| Op::put(key(number).to_string(), self.value.clone());
            let then = numbers.map(put).collect();
            store.txn(Txn { then, ..Txn::new() }).await?;
            if measured {
                took.push(began.elapsed());
            }
        }
        store.close().await;
        Ok(took)
    }
}
