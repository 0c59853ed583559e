//! Milliseconds that one durable commit of redb takes, bare, as JSON on standard output: what every change of Adit's
//! state has to wait for at least.
//!
//! `commit_cost DIR [COMMITS [RECORDS [BYTES]]]`: in a new file in that folder, so many commits one after another, each
//! of so many new records of so many bytes.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use redb::{Database, TableDefinition};

const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");
const COMMITS: u64 = 200;
/// About what creating an endpoint changes: itself, its interface, counters, the head.
const RECORDS: u64 = 5;
const BYTES: u64 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let mut number = |default| {
        arguments
            .next()
            .map_or(Ok(default), |text| text.parse::<u64>())
    };
    let (commits, records, bytes) = (number(COMMITS)?, number(RECORDS)?, number(BYTES)?);
    let path = folder.join(format!("commit-cost-{}.redb", std::process::id()));
    let measured = measure(
        &Database::create(&path)?,
        commits,
        records,
        usize::try_from(bytes)?,
    );
    std::fs::remove_file(&path)?;
    let mut took = measured?;
    took.sort_unstable();
    let at = |share: usize| {
        took.get(took.len() * share / 100)
            .map_or(0.0, |took| took.as_secs_f64() * 1e3)
    };
    println!(
        r#"{{"commits": {commits}, "p50_ms": {:.4}, "p99_ms": {:.4}}}"#,
        at(50),
        at(99)
    );
    Ok(())
}

fn measure(
    database: &Database,
    commits: u64,
    records: u64,
    bytes: usize,
) -> Result<Vec<Duration>, redb::Error> {
    let value = vec![b'x'; bytes];
    let mut took = Vec::new();
    for commit in 0..commits {
        let began = Instant::now();
        let transaction = database.begin_write()?;
        {
            let mut table = transaction.open_table(TABLE)?;
            for record in 0..records {
                // Scattered, as ids are.
                let key = (commit * records + record).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                table.insert(key, value.as_slice())?;
            }
        }
        transaction.commit()?;
        took.push(began.elapsed());
    }
    Ok(took)
}
