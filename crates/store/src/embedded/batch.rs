//! One write transaction of redb: several requests, each with its own revision, one flush.
//!
//! A request is refused before it changes anything or not at all. A [`Fault`] in the middle gives up
//! the whole batch, so there is never half a request in the file.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use bytes::Bytes;
use redb::{ReadableTable, Table, WriteTransaction};

use super::Fault;
use super::backlog::{Effect, Record};
use super::record::{Version, stored_bytes};
use super::tables::{
    HEAD, Head, LEASE_KEYS, LEASES, LOG, LogKey, VERSIONS, VersionKey, visible, visible_range,
};
use crate::entry::{Entry, LeaseId, Revision};
use crate::error::StoreError;
use crate::key::KeyRange;
use crate::limits::Limits;
use crate::txn::{Op, OpResult, RangeResult, Txn, TxnOutcome};

/// Records that one commit forgets beside as many as it makes: few enough not to be felt when a file is opened that was
/// written with a longer history.
const BACKLOG_RECORDS_MAX: usize = 4;

/// Leases as the writer knows them: the file has their times, memory their deadlines.
#[derive(Debug, Default)]
pub(super) struct Leases(BTreeMap<LeaseId, Lease>);

#[derive(Clone, Copy, Debug)]
struct Lease {
    ttl: Duration,
    deadline: Duration,
}

impl Leases {
    /// All leases of the file, with their full time from `now`.
    pub(super) fn load(table: &impl ReadableTable<u64, u64>, now: Duration) -> Result<Self, Fault> {
        let mut leases = BTreeMap::new();
        for item in table.range::<u64>(..)? {
            let (id, secs) = item?;
            let ttl = Duration::from_secs(secs.value());
            let deadline = now.saturating_add(ttl);
            leases.insert(LeaseId(id.value()), Lease { ttl, deadline });
        }
        Ok(Self(leases))
    }

    /// When the next one expires.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.0.values().map(|lease| lease.deadline).min()
    }

    fn expired(&self, now: Duration) -> Vec<LeaseId> {
        let gone = self.0.iter().filter(|(_, lease)| lease.deadline <= now);
        gone.map(|(id, _)| *id).collect()
    }
}

/// The tables, opened for writing, and the counters as they will be.
pub(super) struct Batch<'t> {
    versions: Table<'t, VersionKey, &'static [u8]>,
    log: Table<'t, LogKey, ()>,
    leases: Table<'t, u64, u64>,
    lease_keys: Table<'t, LogKey, ()>,
    head_table: Table<'t, &'static str, u64>,
    head_before: Head,
    head: Head,
    limits: &'t Limits,
    now: Duration,
    lease_clock: &'t mut Leases,
    /// Whether a lease was granted or ended.
    leases_changed: bool,
    /// Records made so far.
    recorded: usize,
}

impl<'t> Batch<'t> {
    pub(super) fn open(
        txn: &'t WriteTransaction,
        limits: &'t Limits,
        now: Duration,
        lease_clock: &'t mut Leases,
    ) -> Result<Self, Fault> {
        let head_table = txn.open_table(HEAD)?;
        let head = Head::read(&head_table)?;
        Ok(Self {
            versions: txn.open_table(VERSIONS)?,
            log: txn.open_table(LOG)?,
            leases: txn.open_table(LEASES)?,
            lease_keys: txn.open_table(LEASE_KEYS)?,
            head_table,
            head_before: head,
            head,
            limits,
            now,
            lease_clock,
            leases_changed: false,
            recorded: 0,
        })
    }

    /// Writes the counters, and forgets history beyond its limit. The counters, and whether there is something to
    /// commit.
    pub(super) fn finish(mut self) -> Result<(Head, bool), Fault> {
        let history = self.limits.history_revisions_max;
        let oldest = Revision(self.head.revision.0.saturating_sub(history));
        if oldest > self.head.compacted {
            self.forget(self.affordable(oldest)?)?;
        }
        while self.head.stored_bytes > self.limits.history_bytes_max
            && self.head.compacted < self.head.revision
        {
            let kept = (self.head.revision.0 - self.head.compacted.0) / 2;
            self.forget(Revision(self.head.revision.0 - kept))?;
        }
        if self.head == self.head_before && !self.leases_changed {
            return Ok((self.head, false));
        }
        self.head.write(&mut self.head_table)?;
        Ok((self.head, true))
    }

    /// Runs a checked transaction.
    pub(super) fn txn(&mut self, txn: &Txn) -> Result<Result<TxnOutcome, StoreError>, Fault> {
        let mut succeeded = true;
        for compare in &txn.compares {
            let found = visible(&self.versions, compare.key(), self.head.revision)?;
            let found = found.as_ref();
            if !compare.holds(found.map(|entry| (entry.mod_revision, &*entry.value))) {
                succeeded = false;
                break;
            }
        }
        let ops = if succeeded { &txn.then } else { &txn.otherwise };
        if let Err(refusal) = self.admit(ops, txn.reserved)? {
            return Ok(Err(refusal));
        }
        let revision = self.head.revision.next();
        let mut changed = false;
        let mut results = Vec::with_capacity(ops.len());
        for op in ops {
            results.push(match op {
                Op::Put { key, value, lease } => {
                    changed = true;
                    self.put(revision, key, value, *lease)?;
                    OpResult::Put
                }
                Op::Delete(range) => {
                    let deleted = self.delete(revision, range)?;
                    changed |= deleted > 0;
                    OpResult::Delete { deleted }
                }
                Op::Range(request) => {
                    let mut found = visible_range(
                        &self.versions,
                        &request.range,
                        revision,
                        request.limit,
                        self.limits,
                    )?;
                    found.revision = if changed {
                        revision
                    } else {
                        self.head.revision
                    };
                    OpResult::Range(found)
                }
            });
        }
        if changed {
            self.head.revision = revision;
        }
        Ok(Ok(TxnOutcome {
            succeeded,
            revision: self.head.revision,
            results,
        }))
    }

    /// Does again what was done when a transaction was taken into the journal.
    pub(super) fn replay(&mut self, record: &Record) -> Result<(), Fault> {
        if record.revision != self.head.revision.next() {
            return Err(Fault::Malformed("the journal"));
        }
        for effect in &*record.effects {
            match effect {
                Effect::Put { key, value } => self.put(record.revision, key, value, None)?,
                Effect::Delete { key } => {
                    self.delete(record.revision, &KeyRange::key(key.clone()))?;
                }
            }
        }
        self.head.revision = record.revision;
        Ok(())
    }

    /// What could refuse the operations is decided before the first of them.
    fn admit(&mut self, ops: &[Op], reserved: bool) -> Result<Result<(), StoreError>, Fault> {
        let mut bytes = 0;
        for op in ops {
            if let Op::Put { key, value, lease } = op {
                bytes += stored_bytes(key.len(), value.len());
                if let Some(lease) = lease
                    && !self.lease_clock.0.contains_key(lease)
                {
                    return Ok(Err(StoreError::LeaseNotFound(*lease)));
                }
            }
        }
        let mut max = self.limits.stored_bytes_max;
        if !reserved {
            max = max.saturating_sub(self.limits.reserved_bytes);
        }
        if bytes == 0 || self.head.stored_bytes.saturating_add(bytes) <= max {
            return Ok(Ok(()));
        }
        if self.head.compacted < self.head.revision {
            self.forget(self.head.revision)?;
        }
        let freed = self.freed_bytes(ops)?;
        let after = self.head.stored_bytes.saturating_add(bytes);
        if bytes > freed && after.saturating_sub(freed) > max {
            return Ok(Err(StoreError::Full { max }));
        }
        Ok(Ok(()))
    }

    /// Bytes of what operations replace or delete.
    fn freed_bytes(&self, ops: &[Op]) -> Result<u64, Fault> {
        let mut freed = 0;
        let mut deleted: Vec<&KeyRange> = Vec::new();
        for op in ops {
            match op {
                Op::Put { key, .. } => {
                    let replaced = visible(&self.versions, key, self.head.revision)?;
                    freed += replaced.map_or(0, |entry| entry_bytes(&entry));
                }
                Op::Delete(range) => {
                    let mut rest = Some(range.clone());
                    while let Some(range) = rest {
                        let page = self.page(&range, self.head.revision)?;
                        // Ranges may overlap, and a key goes once.
                        let once = |entry: &&Entry| {
                            !deleted.iter().any(|range| range.contains(&entry.key))
                        };
                        let entries = page.entries.iter().filter(once);
                        freed += entries.map(entry_bytes).sum::<u64>();
                        rest = rest_behind(&range, &page);
                    }
                    deleted.push(range);
                }
                Op::Range(_) => {}
            }
        }
        Ok(freed)
    }

    fn put(
        &mut self,
        revision: Revision,
        key: &[u8],
        value: &[u8],
        lease: Option<LeaseId>,
    ) -> Result<(), Fault> {
        let before = visible(&self.versions, key, revision)?;
        let (create_revision, version) = match &before {
            Some(entry) => (entry.create_revision, entry.version.saturating_add(1)),
            None => (revision, 1),
        };
        let lease_before = before.and_then(|entry| entry.lease);
        if lease_before != lease {
            self.unlink(lease_before, key)?;
            if let Some(lease) = lease {
                self.lease_keys.insert((lease.0, key), ())?;
            }
        }
        let put = Version::Put {
            create_revision,
            version,
            lease,
            value,
        };
        self.record(revision, key, &put)
    }

    /// Page by page, so that the values of a large range are not in memory at once.
    fn delete(&mut self, revision: Revision, range: &KeyRange) -> Result<u64, Fault> {
        let mut rest = Some(range.clone());
        let mut deleted = 0;
        while let Some(range) = rest {
            let page = self.page(&range, revision)?;
            for entry in &page.entries {
                self.unlink(entry.lease, &entry.key)?;
                self.record(revision, &entry.key, &Version::Delete)?;
                deleted += 1;
            }
            rest = rest_behind(&range, &page);
        }
        Ok(deleted)
    }

    fn page(&self, range: &KeyRange, at: Revision) -> Result<RangeResult, Fault> {
        visible_range(&self.versions, range, at, usize::MAX, self.limits)
    }

    fn record(
        &mut self,
        revision: Revision,
        key: &[u8],
        version: &Version<'_>,
    ) -> Result<(), Fault> {
        let bytes = version.encode();
        self.versions.insert((key, revision.0), bytes.as_slice())?;
        self.log.insert((revision.0, key), ())?;
        self.head.stored_bytes += version.stored_bytes(key);
        self.recorded += 1;
        Ok(())
    }

    fn unlink(&mut self, lease: Option<LeaseId>, key: &[u8]) -> Result<(), Fault> {
        if let Some(lease) = lease {
            self.lease_keys.remove((lease.0, key))?;
        }
        Ok(())
    }

    /// See [`crate::Store::compact`].
    pub(super) fn compact(&mut self, to: Revision) -> Result<Result<(), StoreError>, Fault> {
        if to > self.head.revision {
            return Ok(Err(StoreError::FutureRevision {
                requested: to,
                current: self.head.revision,
            }));
        }
        if to <= self.head.compacted {
            return Ok(Err(StoreError::Compacted {
                requested: to,
                compacted: self.head.compacted,
            }));
        }
        self.forget(to)?;
        Ok(Ok(()))
    }

    /// How far towards `to` this commit forgets: as many records as it has made and a few of those that a larger limit has
    /// left, but one revision at least.
    fn affordable(&self, to: Revision) -> Result<Revision, Fault> {
        let mut reached = Revision(0);
        for (seen, item) in self.log.iter()?.enumerate() {
            let revision = Revision(item?.0.value().0);
            if revision > to {
                break;
            }
            if revision != reached && seen > self.recorded + BACKLOG_RECORDS_MAX && reached.0 > 0 {
                return Ok(reached);
            }
            reached = revision;
        }
        Ok(to)
    }

    /// Removes what nobody can see at `to` or later. Led by the log, so its cost is that of the revisions
    /// forgotten, not that of the store.
    fn forget(&mut self, to: Revision) -> Result<(), Fault> {
        let end: (u64, &[u8]) = (to.next().0, &[]);
        let mut touched = Vec::new();
        for item in self
            .log
            .range::<(u64, &[u8])>((Bound::Unbounded, Bound::Excluded(end)))?
        {
            let (found, _) = item?;
            let (revision, key) = found.value();
            touched.push((revision, Bytes::copy_from_slice(key)));
        }
        self.log
            .retain_in::<(u64, &[u8]), _>(..end, |_, ()| false)?;
        for (revision, key) in touched {
            let key = key.as_ref();
            let mut freed = 0;
            // All versions before this one, and this one if it only says that the key is gone.
            let through = self
                .versions
                .extract_from_if((key, 0)..=(key, revision), |(_, found), record| {
                    found < revision || record == [super::record::DELETE]
                })?;
            for item in through {
                let (found, record) = item?;
                freed += Version::decode(record.value())?.stored_bytes(found.value().0);
            }
            self.head.stored_bytes = self.head.stored_bytes.saturating_sub(freed);
        }
        self.head.compacted = to;
        Ok(())
    }

    /// See [`crate::Store::lease_grant`].
    pub(super) fn lease_grant(
        &mut self,
        ttl: Duration,
    ) -> Result<Result<LeaseId, StoreError>, Fault> {
        let (min, max) = self.limits.lease_ttl;
        if ttl < min || ttl > max {
            return Ok(Err(StoreError::LeaseTtl { ttl, min, max }));
        }
        if self.lease_clock.0.len() >= self.limits.leases_max {
            let max = self.limits.leases_max;
            return Ok(Err(StoreError::TooManyLeases { max }));
        }
        let ttl = Duration::from_secs(ttl.as_secs());
        self.head.last_lease = self.head.last_lease.saturating_add(1);
        let id = LeaseId(self.head.last_lease);
        self.leases.insert(id.0, ttl.as_secs())?;
        let deadline = self.now.saturating_add(ttl);
        self.lease_clock.0.insert(id, Lease { ttl, deadline });
        self.leases_changed = true;
        Ok(Ok(id))
    }

    /// See [`crate::Store::lease_keep_alive`].
    pub(super) fn lease_keep_alive(&mut self, id: LeaseId) -> Result<Duration, StoreError> {
        let lease = self.lease_clock.0.get_mut(&id);
        let lease = lease.ok_or(StoreError::LeaseNotFound(id))?;
        lease.deadline = self.now.saturating_add(lease.ttl);
        Ok(lease.ttl)
    }

    /// See [`crate::Store::lease_revoke`].
    pub(super) fn lease_revoke(
        &mut self,
        id: LeaseId,
    ) -> Result<Result<Revision, StoreError>, Fault> {
        if self.lease_clock.0.remove(&id).is_none() {
            return Ok(Err(StoreError::LeaseNotFound(id)));
        }
        self.leases_changed = true;
        self.leases.remove(id.0)?;
        let mut keys = Vec::new();
        let hanging: (u64, &[u8]) = (id.0, &[]);
        let behind: (u64, &[u8]) = (id.0.saturating_add(1), &[]);
        for item in self.lease_keys.range(hanging..behind)? {
            keys.push(Bytes::copy_from_slice(item?.0.value().1));
        }
        let revision = self.head.revision.next();
        for key in keys {
            self.delete(revision, &KeyRange::key(key))?;
            self.head.revision = revision;
        }
        Ok(Ok(self.head.revision))
    }

    /// Revokes every lease whose time is up.
    pub(super) fn expire_leases(&mut self) -> Result<(), Fault> {
        for id in self.lease_clock.expired(self.now) {
            if let Err(refusal) = self.lease_revoke(id)? {
                tracing::debug!(lease = id.0, error = %refusal, "an expired lease is gone already");
            }
        }
        Ok(())
    }
}

/// What an entry counts for against the limit of stored bytes.
const fn entry_bytes(entry: &Entry) -> u64 {
    stored_bytes(entry.key.len(), entry.value.len())
}

/// The part of a range that a page did not reach.
fn rest_behind(range: &KeyRange, page: &RangeResult) -> Option<KeyRange> {
    let last = page.entries.last().filter(|_| page.more)?;
    Some(range.after(&last.key))
}
