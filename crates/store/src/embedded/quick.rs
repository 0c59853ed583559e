//! Transactions that need nothing of redb but a look at some keys: they are decided, and made durable in the journal.

use bytes::Bytes;
use redb::{Database, ReadOnlyTable, ReadableDatabase};

use super::Fault;
use super::backlog::{Effect, Record};
use super::engine::{Desk, Engine};
use super::journal::encode_group;
use super::tables::{VERSIONS, VersionKey, visible};
use super::writer::Job;
use crate::entry::Revision;
use crate::limits::Limits;
use crate::txn::{Op, OpResult, Txn, TxnOutcome};

/// Transactions that were decided on what was there in some generation of the desk.
pub(super) struct Decided {
    records: Vec<Record>,
    generation: u64,
}

impl Engine {
    /// Does as many of the requests as can be done without redb, from the first on: how many, and whether they were. Of
    /// those that were not, none is.
    pub(super) fn commit_quickly(&self, jobs: &mut [Job]) -> (usize, Result<(), Fault>) {
        let mut done = 0;
        let decided = self.decide(jobs, &mut done);
        let committed = decided.and_then(|decided| self.write_down(&decided));
        (done, committed)
    }

    /// Decides requests one after another, each on what those before it left.
    pub(super) fn decide(&self, jobs: &mut [Job], done: &mut usize) -> Result<Decided, Fault> {
        let slot = self.shared.database();
        let database = slot.as_ref().ok_or(Fault::NotOpen)?;
        let mut desk = self.desk();
        if !desk.writable {
            return Err(Fault::NotOpen);
        }
        let mut records = Vec::new();
        let mut bytes = 0;
        let mut present = Present {
            database,
            table: None,
        };
        for job in jobs {
            if !job.is_quick() {
                break;
            }
            let Job::Txn(job) = job else { break };
            let Some((outcome, effects)) = present.decide(&job.txn, &desk)? else {
                break;
            };
            let stored: u64 = effects.iter().map(Effect::stored_bytes).sum();
            bytes += stored;
            let too_much = bytes > desk.ring.capacity / 4;
            if too_much || !has_room(&desk, &self.shared.limits, stored, job.txn.reserved) {
                break;
            }
            if !effects.is_empty() {
                let record = Record {
                    revision: outcome.revision,
                    effects: effects.into(),
                };
                desk.newest = record.revision;
                desk.backlog.push(record.clone());
                records.push(record);
            }
            job.result = Ok(outcome);
            *done += 1;
        }
        Ok(Decided {
            records,
            generation: desk.generation,
        })
    }

    /// Makes transactions durable that are the newest of the backlog, unless all was found anew meanwhile, and not them.
    pub(super) fn write_down(&self, decided: &Decided) -> Result<(), Fault> {
        let records = &decided.records;
        let Some(last) = records.last() else {
            return Ok(());
        };
        let group = encode_group(self.journal.id, records).ok_or(Fault::Malformed("a group"))?;
        let len = group.len() as u64;
        let mut desk = self.desk();
        let start = loop {
            if desk.generation != decided.generation {
                return Err(Fault::NotOpen);
            }
            if let Some(start) = desk.ring.place(len) {
                break start;
            }
            drop(desk);
            let mut leases = self.leases();
            self.drain(&mut leases)?;
            desk = self.desk();
        };
        self.journal.append(start, &group)?;
        desk.ring.take(start, len, last.revision);
        self.shared.set_newest(last.revision);
        let was_empty = !desk.backlog.has_durable();
        desk.backlog.set_durable();
        self.wake(&desk, was_empty);
        Ok(())
    }
}

impl Job {
    /// Whether single keys decide it, and it says all that it does.
    pub(super) fn is_quick(&self) -> bool {
        let Self::Txn(job) = self else { return false };
        job.txn
            .then
            .iter()
            .chain(&job.txn.otherwise)
            .all(|op| match op {
                Op::Put { lease, .. } => lease.is_none(),
                Op::Delete(range) => range.only_key().is_some(),
                Op::Range(_) => false,
            })
    }
}

/// Whether it fits even if nothing is freed. If not, redb decides, which knows better.
fn has_room(desk: &Desk, limits: &Limits, bytes: u64, reserved: bool) -> bool {
    let mut max = limits.stored_bytes_max;
    if !reserved {
        max = max.saturating_sub(limits.reserved_bytes);
    }
    let stored = desk.stored_bytes + desk.backlog.stored_bytes();
    bytes == 0 || stored.saturating_add(bytes) <= max
}

/// The newest of every key: of the backlog, and of redb for what that does not touch.
struct Present<'d> {
    database: &'d Database,
    table: Option<ReadOnlyTable<VersionKey, &'static [u8]>>,
}

impl Present<'_> {
    fn get(&mut self, key: &[u8], desk: &Desk) -> Result<Option<(Revision, Bytes)>, Fault> {
        if let Some(newest) = desk.backlog.get(key) {
            return Ok(newest.value.clone().map(|value| (newest.revision, value)));
        }
        let table = match self.table.take() {
            Some(table) => table,
            None => self.database.begin_read()?.open_table(VERSIONS)?,
        };
        let found = visible(&table, key, Revision(u64::MAX))?;
        self.table = Some(table);
        Ok(found.map(|entry| (entry.mod_revision, entry.value)))
    }

    /// What comes of a transaction, and what it does; none when only redb can tell.
    fn decide(
        &mut self,
        txn: &Txn,
        desk: &Desk,
    ) -> Result<Option<(TxnOutcome, Vec<Effect>)>, Fault> {
        let mut succeeded = true;
        for compare in &txn.compares {
            let found = self.get(compare.key(), desk)?;
            let found = found
                .as_ref()
                .map(|(revision, value)| (*revision, &**value));
            if !compare.holds(found) {
                succeeded = false;
                break;
            }
        }
        let ops = if succeeded { &txn.then } else { &txn.otherwise };
        let mut effects = Vec::new();
        let mut results = Vec::new();
        for op in ops {
            match op {
                Op::Put { key, value, .. } => {
                    let (key, value) = (key.clone(), value.clone());
                    effects.push(Effect::Put { key, value });
                    results.push(OpResult::Put);
                }
                Op::Delete(range) => {
                    let Some(key) = range.only_key() else {
                        return Ok(None);
                    };
                    let gone = |effect: &Effect| matches!(effect, Effect::Delete { key: gone } if gone == key);
                    let there = !effects.iter().any(gone) && self.get(key, desk)?.is_some();
                    if there {
                        effects.push(Effect::Delete { key: key.clone() });
                    }
                    let deleted = u64::from(there);
                    results.push(OpResult::Delete { deleted });
                }
                Op::Range(_) => return Ok(None),
            }
        }
        let revision = if effects.is_empty() {
            desk.newest
        } else {
            desk.newest.next()
        };
        let outcome = TxnOutcome {
            succeeded,
            revision,
            results,
        };
        Ok(Some((outcome, effects)))
    }
}
