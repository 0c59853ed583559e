//! redb, the journal, and what is on its way from one to the other.
//!
//! A commit of redb is some twenty pages from all over its file, and flushing those takes many times a flush of one stretch of
//! as many bytes. So a transaction is durable when it is in the journal, and redb gets it later: with many others, while
//! nobody waits. What needs redb itself (reads, leases, compaction, ranges in a transaction) waits until it has all.
//!
//! Invariants:
//! - redb's transactions are durable ones, in the order of revisions; so redb and the groups of the journal that lie beyond
//!   its revision are the newest durable state.
//! - Whoever writes to redb holds the leases, and has seen to it that the backlog is empty unless that is what it writes.
//! - Locks are taken in this order: leases, database, desk.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redb::{Database, ReadableDatabase};
use tokio::sync::watch;

use super::backlog::Backlog;
use super::batch::{Batch, Leases};
use super::journal::{Journal, Scan};
use super::medium::{Medium, Pace};
use super::ring::Ring;
use super::tables::{HEAD, Head, LEASES};
use super::writer::Job;
use super::{Fault, Shared, file};
use crate::clock::Clock;
use crate::entry::Revision;
use crate::limits::Limits;

/// After this long without a transaction redb gets what is in the backlog.
const IDLE: Duration = Duration::from_millis(200);
/// Transactions that redb gets at once while nobody waits.
const APPLIED_AT_ONCE: usize = 256;

/// All that the threads of a store have in common.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) shared: Arc<Shared>,
    file: Arc<dyn Medium>,
    pub(super) journal: Journal,
    pace: Pace,
    clock: Arc<dyn Clock>,
    leases: Mutex<Leases>,
    desk: Mutex<Desk>,
    /// There may be something to do for [`Self::follow`].
    changed: Condvar,
    /// What redb has.
    revision: watch::Sender<Revision>,
    deadline: watch::Sender<Option<Duration>>,
}

/// What has been taken in and not yet handed on.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) backlog: Backlog,
    pub(super) ring: Ring,
    /// The newest revision, of which redb may not know yet.
    pub(super) newest: Revision,
    /// Bytes that redb holds.
    pub(super) stored_bytes: u64,
    /// False after a failure, while only an overlay of the file is open.
    pub(super) writable: bool,
    /// How often all this was found anew.
    pub(super) generation: u64,
    closing: bool,
}

/// What the threads tell others by.
pub(super) struct Told {
    pub(super) revision: watch::Sender<Revision>,
    pub(super) deadline: watch::Sender<Option<Duration>>,
}

impl Engine {
    /// An engine on files that [`file::open`] found sound; the database is in `shared`.
    pub(super) fn new(
        shared: Arc<Shared>,
        opened: (Arc<dyn Medium>, Journal, Pace),
        clock: Arc<dyn Clock>,
        told: Told,
    ) -> Result<Self, Fault> {
        let (file, journal, pace) = opened;
        let engine = Self {
            shared,
            file,
            journal,
            pace,
            clock,
            leases: Mutex::default(),
            desk: Mutex::default(),
            changed: Condvar::new(),
            revision: told.revision,
            deadline: told.deadline,
        };
        {
            let mut leases = engine.leases();
            let slot = engine.shared.database();
            let database = slot.as_ref().ok_or(Fault::NotOpen)?;
            engine.take_over_journal(database)?;
            engine.load(database, &mut leases, true)?;
        }
        Ok(engine)
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        lock(&self.desk)
    }

    /// The right to write to redb. Who has it now hurries.
    pub(super) fn leases(&self) -> MutexGuard<'_, Leases> {
        let _waiting = self.pace.wait();
        lock(&self.leases)
    }

    /// Runs requests on redb as one of its transactions.
    pub(super) fn write(&self, leases: &mut Leases, jobs: &mut [Job]) -> Result<(), Fault> {
        self.drain(leases)?;
        let written = self.in_batch(leases, |batch| {
            jobs.iter_mut().try_for_each(|job| job.run(batch))
        });
        self.publish(written?, leases);
        Ok(())
    }

    /// Gives redb all that is durable.
    pub(super) fn drain(&self, leases: &mut Leases) -> Result<(), Fault> {
        while self.apply(leases, usize::MAX)? {}
        Ok(())
    }

    /// Gives redb the oldest transactions of the backlog. False: there was none.
    pub(super) fn apply(&self, leases: &mut Leases, max: usize) -> Result<bool, Fault> {
        let records = self.desk().backlog.oldest(max);
        if records.is_empty() {
            return Ok(false);
        }
        let head = self.in_batch(leases, |batch| {
            records.iter().try_for_each(|record| batch.replay(record))
        })?;
        self.publish(head, leases);
        Ok(true)
    }

    /// One transaction of redb.
    fn in_batch(
        &self,
        leases: &mut Leases,
        run: impl FnOnce(&mut Batch<'_>) -> Result<(), Fault>,
    ) -> Result<Head, Fault> {
        let slot = self.shared.database();
        let writable = self.desk().writable;
        let database = slot.as_ref().filter(|_| writable).ok_or(Fault::NotOpen)?;
        write_batch(database, &self.shared.limits, self.clock.now(), leases, run)
    }

    /// Takes note of what redb has, and tells watches and the lease task.
    fn publish(&self, head: Head, leases: &Leases) {
        {
            let mut desk = self.desk();
            desk.backlog.forget(head.revision);
            desk.ring.free(head.revision);
            desk.stored_bytes = head.stored_bytes;
            desk.newest = desk.newest.max(head.revision);
            self.shared.set_newest(desk.newest);
        }
        self.revision.send_if_modified(|revision| {
            let newer = head.revision != *revision;
            *revision = head.revision;
            newer
        });
        let next = leases.next_deadline();
        self.deadline.send_if_modified(|deadline| {
            let other = next != *deadline;
            *deadline = next;
            other
        });
    }

    /// Goes back to what is on disk after a failure. What failed may be there nevertheless; then watches see it.
    pub(super) fn reopen(&self, leases: &mut Leases) {
        let mut slot = self.shared.database_slot();
        // The old one first: two on one file would not know of each other's pages.
        *slot = None;
        {
            // Before the journal is read: what is decided and not yet in it must not follow what is found there.
            let mut desk = self.desk();
            desk.writable = false;
            desk.generation += 1;
        }
        let mut writable = true;
        let opened = self.open_for_writing().or_else(|err| {
            tracing::error!(error = %err, "the store's file cannot be opened for writing");
            writable = false;
            file::read_only_database(&self.file, &self.journal, &self.shared.limits)
        });
        let loaded = opened.and_then(|database| {
            self.load(&database, leases, writable)?;
            Ok(database)
        });
        match loaded {
            Ok(database) => *slot = Some(database),
            Err(fault) => tracing::error!(error = %fault, "the store's file cannot be read"),
        }
    }

    fn open_for_writing(&self) -> Result<Database, Fault> {
        let database = file::database(&self.file, &self.pace)?;
        self.take_over_journal(&database)?;
        Ok(database)
    }

    /// Gives redb what the journal has.
    fn take_over_journal(&self, database: &Database) -> Result<(), Fault> {
        let scan = take_over(database, &self.journal, &self.shared.limits)?;
        Ok(self.journal.erase_torn(&scan)?)
    }

    fn load(&self, database: &Database, leases: &mut Leases, writable: bool) -> Result<(), Fault> {
        let snapshot = database.begin_read()?;
        *leases = Leases::load(&snapshot.open_table(LEASES)?, self.clock.now())?;
        let head = Head::read(&snapshot.open_table(HEAD)?)?;
        let capacity = self.journal.capacity()?;
        {
            let mut desk = self.desk();
            desk.backlog = Backlog::default();
            desk.ring = Ring::new(capacity);
            desk.newest = head.revision;
            desk.writable = writable;
        }
        self.publish(head, leases);
        Ok(())
    }

    /// Gives redb the backlog by and by, until the store closes.
    pub(super) fn follow(&self) {
        while self.wait_until_due() {
            let mut leases = lock(&self.leases);
            let _slow = self.pace.slow();
            if let Err(fault) = self.apply(&mut leases, APPLIED_AT_ONCE) {
                tracing::error!(error = %fault, "the store's file cannot be written");
                self.reopen(&mut leases);
            }
        }
    }

    /// Until redb should get something; false when the store closes.
    fn wait_until_due(&self) -> bool {
        let mut desk = self.desk();
        loop {
            if desk.closing {
                return false;
            }
            if !desk.writable || !desk.backlog.has_durable() {
                desk = self
                    .changed
                    .wait(desk)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            if desk.ring.is_half_full() || self.shared.is_watched() {
                return true;
            }
            let before = desk.newest;
            let (since, waited) = self
                .changed
                .wait_timeout(desk, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            desk = since;
            if waited.timed_out() && desk.newest == before {
                return true;
            }
        }
    }

    /// Tells [`Self::follow`] of a transaction in the backlog.
    pub(super) fn wake(&self, desk: &Desk, was_empty: bool) {
        if was_empty || desk.ring.is_half_full() || self.shared.is_watched() {
            self.changed.notify_all();
        }
    }

    /// Ends [`Self::follow`].
    pub(super) fn close(&self) {
        self.desk().closing = true;
        self.changed.notify_all();
    }

    /// Closes the file.
    pub(super) fn shut(&self) {
        *self.shared.database_slot() = None;
    }
}

/// Gives a database what a journal has beyond its revision.
pub(super) fn take_over(
    database: &Database,
    journal: &Journal,
    limits: &Limits,
) -> Result<Scan, Fault> {
    let head = Head::read(&database.begin_read()?.open_table(HEAD)?)?;
    let scan = journal.scan(head.revision)?;
    if !scan.records.is_empty() {
        let mut leases = Leases::default();
        write_batch(database, limits, Duration::ZERO, &mut leases, |batch| {
            scan.records
                .iter()
                .try_for_each(|record| batch.replay(record))
        })?;
    }
    Ok(scan)
}

fn write_batch(
    database: &Database,
    limits: &Limits,
    now: Duration,
    leases: &mut Leases,
    run: impl FnOnce(&mut Batch<'_>) -> Result<(), Fault>,
) -> Result<Head, Fault> {
    let mut txn = database.begin_write()?;
    txn.set_two_phase_commit(true);
    let mut batch = Batch::open(&txn, limits, now, leases)?;
    run(&mut batch)?;
    let (head, changed) = batch.finish()?;
    if changed {
        txn.commit()?;
    } else {
        txn.abort()?;
    }
    Ok(head)
}

/// Nothing is left half done under these locks, so a panic elsewhere does no harm.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<io::Error> for Fault {
    fn from(err: io::Error) -> Self {
        Self::Io(err)
    }
}
