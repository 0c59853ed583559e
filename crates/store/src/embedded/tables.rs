//! The tables of the file, and what is read from them.
//!
//! Every version of a key is kept under (key, revision) until it is compacted, so the present and the
//! past are read by the same code. `LOG` names the keys that each revision touched, for watches and
//! compaction; the changes themselves stand in `VERSIONS` only.

use std::ops::Bound;

use redb::{AccessGuard, ReadTransaction, ReadableTable, TableDefinition};

use super::Fault;
use super::record::Version;
use crate::entry::{Entry, Event, Revision, RevisionEvents};
use crate::error::StoreError;
use crate::key::KeyRange;
use crate::limits::Limits;
use crate::txn::{RangeRequest, RangeResult};

pub(super) type VersionKey = (&'static [u8], u64);
pub(super) type LogKey = (u64, &'static [u8]);

/// (key, revision) -> what the key became then ([`Version`]).
pub(super) const VERSIONS: TableDefinition<'_, VersionKey, &[u8]> =
    TableDefinition::new("versions");
/// (revision, key): the key changed then. Reaches back to the compacted revision, exclusively.
pub(super) const LOG: TableDefinition<'_, LogKey, ()> = TableDefinition::new("log");
/// Lease -> its time, in seconds.
pub(super) const LEASES: TableDefinition<'_, u64, u64> = TableDefinition::new("leases");
/// (lease, key): the key hangs on it.
pub(super) const LEASE_KEYS: TableDefinition<'_, LogKey, ()> = TableDefinition::new("lease_keys");
/// The fields of [`Head`] by name.
pub(super) const HEAD: TableDefinition<'_, &str, u64> = TableDefinition::new("head");

/// The store's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The newest revision.
    pub(super) revision: Revision,
    /// The oldest that can be read; 0: history is complete.
    pub(super) compacted: Revision,
    /// The sum of [`Version::stored_bytes`] over all versions.
    pub(super) stored_bytes: u64,
    /// The lease granted last.
    pub(super) last_lease: u64,
}

impl Head {
    pub(super) const EMPTY: Self = Self {
        revision: Revision::FIRST,
        compacted: Revision(0),
        stored_bytes: 0,
        last_lease: 0,
    };

    pub(super) fn read(table: &impl ReadableTable<&'static str, u64>) -> Result<Self, Fault> {
        let field = |name| -> Result<u64, Fault> {
            let value = table.get(name)?.ok_or(Fault::Malformed("the counters"))?;
            Ok(value.value())
        };
        let head = Self {
            revision: Revision(field("revision")?),
            compacted: Revision(field("compacted")?),
            stored_bytes: field("stored_bytes")?,
            last_lease: field("last_lease")?,
        };
        if head.revision < Revision::FIRST || head.compacted > head.revision {
            return Err(Fault::Malformed("the counters"));
        }
        Ok(head)
    }

    pub(super) fn write(
        &self,
        table: &mut redb::Table<'_, &'static str, u64>,
    ) -> Result<(), Fault> {
        table.insert("revision", self.revision.0)?;
        table.insert("compacted", self.compacted.0)?;
        table.insert("stored_bytes", self.stored_bytes)?;
        table.insert("last_lease", self.last_lease)?;
        Ok(())
    }

    /// Whether a range can be read at `revision`.
    pub(super) fn check_readable(&self, revision: Revision) -> Result<(), StoreError> {
        if revision > self.revision {
            return Err(StoreError::FutureRevision {
                requested: revision,
                current: self.revision,
            });
        }
        if revision < self.compacted {
            return Err(StoreError::Compacted {
                requested: revision,
                compacted: self.compacted,
            });
        }
        Ok(())
    }
}

/// What `key` is at a revision.
pub(super) fn visible(
    versions: &impl ReadableTable<VersionKey, &'static [u8]>,
    key: &[u8],
    at: Revision,
) -> Result<Option<Entry>, Fault> {
    let newest = versions.range((key, 0)..=(key, at.0))?.next_back();
    let Some((found, bytes)) = newest.transpose()? else {
        return Ok(None);
    };
    let (_, revision) = found.value();
    Ok(Version::decode(bytes.value())?.entry(key, Revision(revision)))
}

/// The keys of a range at a revision, cut at `limit`, at the limits of a reply and never before one entry.
pub(super) fn visible_range(
    versions: &impl ReadableTable<VersionKey, &'static [u8]>,
    range: &KeyRange,
    at: Revision,
    limit: usize,
    limits: &Limits,
) -> Result<RangeResult, Fault> {
    let result = RangeResult {
        revision: at,
        ..RangeResult::default()
    };
    if range.is_empty() {
        return Ok(result);
    }
    let mut page = Page {
        result,
        entries_max: limit.min(limits.range_entries_max),
        bytes_max: limits.range_bytes_max,
        bytes: 0,
    };
    // The newest version so far, of the key at hand.
    let mut newest: Option<Found<'_>> = None;
    for item in versions.range::<(&[u8], u64)>(version_bounds(range))? {
        let found = item?;
        let (key, revision) = found.0.value();
        if revision > at.0 {
            continue;
        }
        let of_next_key = newest.take_if(|newest| newest.0.value().0 != key);
        if let Some(done) = of_next_key
            && !page.take(&done)?
        {
            return Ok(page.result);
        }
        newest = Some(found);
    }
    if let Some(done) = newest {
        page.take(&done)?;
    }
    Ok(page.result)
}

/// A row of [`VERSIONS`].
type Found<'t> = (AccessGuard<'t, VersionKey>, AccessGuard<'t, &'static [u8]>);

/// A reply to a range request as it fills.
struct Page {
    result: RangeResult,
    entries_max: usize,
    bytes_max: usize,
    bytes: usize,
}

impl Page {
    /// Takes what a key is; false when it no longer fits.
    fn take(&mut self, found: &Found<'_>) -> Result<bool, Fault> {
        let (key, revision) = found.0.value();
        let Some(entry) = Version::decode(found.1.value())?.entry(key, Revision(revision)) else {
            return Ok(true);
        };
        self.bytes += entry.key.len() + entry.value.len();
        let entries = self.result.entries.len();
        if entries >= self.entries_max || (self.bytes > self.bytes_max && entries > 0) {
            self.result.more = true;
            return Ok(false);
        }
        self.result.entries.push(entry);
        Ok(true)
    }
}

/// An end of a range of [`VERSIONS`].
type VersionBound<'k> = Bound<(&'k [u8], u64)>;

fn version_bounds(range: &KeyRange) -> (VersionBound<'_>, VersionBound<'_>) {
    let start = Bound::Included((range.start().as_ref(), 0));
    let end = range
        .end()
        .map_or(Bound::Unbounded, |end| Bound::Excluded((end.as_ref(), 0)));
    (start, end)
}

/// A range request against a snapshot.
pub(super) fn read_range(
    snapshot: &ReadTransaction,
    request: &RangeRequest,
    limits: &Limits,
) -> Result<Result<RangeResult, StoreError>, Fault> {
    let head = Head::read(&snapshot.open_table(HEAD)?)?;
    let at = request.at.unwrap_or(head.revision);
    if let Err(refusal) = head.check_readable(at) {
        return Ok(Err(refusal));
    }
    let versions = snapshot.open_table(VERSIONS)?;
    let mut result = visible_range(&versions, &request.range, at, request.limit, limits)?;
    result.revision = at;
    Ok(Ok(result))
}

/// A piece of history for a watch.
#[derive(Debug)]
pub(super) struct History {
    pub(super) revisions: Vec<RevisionEvents>,
    /// Where to go on.
    pub(super) next: Revision,
}

/// The changes in `range` from `from` on, at least up to the end of a revision, and until about `events_max`
/// log entries were looked at.
pub(super) fn read_history(
    snapshot: &ReadTransaction,
    range: &KeyRange,
    from: Revision,
    events_max: usize,
) -> Result<Result<History, StoreError>, Fault> {
    let head = Head::read(&snapshot.open_table(HEAD)?)?;
    if from <= head.compacted {
        return Ok(Err(StoreError::Compacted {
            requested: from,
            compacted: head.compacted,
        }));
    }
    let log = snapshot.open_table(LOG)?;
    let versions = snapshot.open_table(VERSIONS)?;
    let mut history = History {
        revisions: Vec::new(),
        next: head.revision.next(),
    };
    let start: Bound<(u64, &[u8])> = Bound::Included((from.0, &[]));
    let mut at_hand = from;
    for (seen, item) in log
        .range::<(u64, &[u8])>((start, Bound::Unbounded))?
        .enumerate()
    {
        let (found, _) = item?;
        let (revision, key) = found.value();
        let revision = Revision(revision);
        if revision != at_hand && seen >= events_max {
            history.next = revision;
            break;
        }
        at_hand = revision;
        if !range.contains(key) {
            continue;
        }
        let record = versions.get((key, revision.0))?;
        let record = record.ok_or(Fault::Malformed("the log"))?;
        let event = match Version::decode(record.value())?.entry(key, revision) {
            Some(entry) => Event::Put(entry),
            None => Event::Delete {
                key: bytes::Bytes::copy_from_slice(key),
            },
        };
        match history.revisions.last_mut() {
            Some(last) if last.revision == revision => last.events.push(event),
            _ => history.revisions.push(RevisionEvents {
                revision,
                events: vec![event],
            }),
        }
    }
    Ok(Ok(history))
}
