//! A redb that is behind the journal, however far, when the power goes.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::sync::oneshot;

use super::super::engine::Engine;
use super::super::tables::{VERSIONS, visible_range};
use super::super::writer::{Job, TxnJob};
use super::disk::{Disk, Xorshift};
use super::*;
use crate::Entry;

/// An engine that nobody follows.
fn start(disk: &Arc<Disk>) -> Engine {
    let limits = Limits {
        history_revisions_max: 0,
        ..Limits::default()
    };
    start_engine(disk.open(), limits, Options::default().clock)
        .unwrap()
        .0
}

fn job(key: &str, value: Vec<u8>) -> Job {
    let (reply, _) = oneshot::channel();
    Job::Txn(TxnJob::new(put(key.to_owned(), value), reply))
}

/// What redb has, as numbers of the rounds that wrote it.
fn found(engine: &Engine) -> BTreeMap<String, u64> {
    let slot = engine.shared.database();
    let snapshot = slot.as_ref().unwrap().begin_read().unwrap();
    let versions = snapshot.open_table(VERSIONS).unwrap();
    let limits = Limits::default();
    let newest = Revision(u64::MAX);
    let all = visible_range(&versions, &KeyRange::all(), newest, usize::MAX, &limits).unwrap();
    let number = |entry: &Entry| u64::from_be_bytes(*entry.value.first_chunk().unwrap());
    let named = |entry: &Entry| String::from_utf8(entry.key.to_vec()).unwrap();
    all.entries
        .iter()
        .map(|entry| (named(entry), number(entry)))
        .collect()
}

/// Writes, and lets redb have some of it, until the power goes.
fn live(engine: &Engine, random: &mut Xorshift, round: &mut u64, kept: &mut BTreeMap<String, u64>) {
    loop {
        *round += 1;
        // Several at once, so that they are one group.
        let keys: Vec<String> = (0..=random.next(4))
            .map(|writer| format!("{writer}/{}", random.next(5)))
            .collect();
        let mut jobs: Vec<Job> = keys
            .iter()
            .map(|key| {
                let more = vec![b'v'; usize::try_from(random.next(9000)).unwrap()];
                job(key, [&round.to_be_bytes(), more.as_slice()].concat())
            })
            .collect();
        let (done, committed) = engine.commit_quickly(&mut jobs);
        if committed.is_err() {
            return;
        }
        assert!(done > 0);
        kept.extend(keys.into_iter().take(done).map(|key| (key, *round)));
        let some = usize::try_from(random.next(4)).unwrap();
        if some > 0 && engine.apply(&mut engine.leases(), some).is_err() {
            return;
        }
    }
}

#[test]
fn nothing_is_lost_of_what_redb_does_not_have_yet() {
    for seed in 1..=40 {
        let mut random = Xorshift(seed << 32 | 0x9e37_79b9);
        let mut disk = Arc::new(Disk::default());
        let mut kept = BTreeMap::new();
        let mut round = 0;
        // On the same disk again and again, so that there are remains of all kinds.
        for life in 0..6 {
            let engine = start(&disk);
            let there = found(&engine);
            for (key, round) in &kept {
                let value = there.get(key);
                assert!(value >= Some(round), "seed {seed}, life {life}: {key}");
            }
            kept = there;
            disk.set_power(u32::try_from(random.next(200)).unwrap());
            live(&engine, &mut random, &mut round, &mut kept);
            disk = disk.after_power_loss(|| random.next(2) == 0);
        }
    }
}

/// While the writer has decided a transaction, the follower may fail and find everything anew, without it: before the writer
/// goes on, or while it does.
#[test]
fn what_was_decided_before_everything_was_found_anew_is_not_written() {
    let disk = Arc::new(Disk::default());
    let engine = Arc::new(start(&disk));
    let one = |key: &str| [job(key, 1_u64.to_be_bytes().to_vec())];
    let (done, committed) = engine.commit_quickly(&mut one("kept"));
    assert!(done == 1 && committed.is_ok());
    let decided = engine.decide(&mut one("lost"), &mut 0).unwrap();
    let written = Arc::new(Mutex::new(None));
    disk.when_the_journal_is_read({
        let (engine, written) = (engine.clone(), written.clone());
        move || *written.lock().unwrap() = Some((engine.write_down(&decided).is_ok(), decided))
    });
    engine.reopen(&mut engine.leases());
    let (while_found, decided) = written.lock().unwrap().take().unwrap();
    assert!(!while_found && engine.write_down(&decided).is_err());
    let (done, committed) = engine.commit_quickly(&mut one("after"));
    assert!(done == 1 && committed.is_ok());
    let engine = start(&disk.after_power_loss(|| true));
    assert!(found(&engine).into_keys().eq(["after", "kept"]));
}
