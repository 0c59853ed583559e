//! Requests and replies, and the checks that every backend makes before it takes a transaction.

use bytes::Bytes;

use crate::entry::{Entry, LeaseId, Revision};
use crate::error::StoreError;
use crate::key::KeyRange;
use crate::limits::Limits;

/// A read of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeRequest {
    /// Which keys.
    pub range: KeyRange,
    /// Entries wanted at most.
    pub limit: usize,
    /// As of which revision; `None` is now. Within a transaction it is always now, and sees what
    /// the operations before it did.
    pub at: Option<Revision>,
}

impl RangeRequest {
    /// All of `range`, now.
    #[must_use]
    pub const fn new(range: KeyRange) -> Self {
        Self {
            range,
            limit: usize::MAX,
            at: None,
        }
    }

    /// As of an earlier revision.
    #[must_use]
    pub const fn at(mut self, revision: Revision) -> Self {
        self.at = Some(revision);
        self
    }

    /// No more than `limit` entries.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// What a read found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeResult {
    /// In the order of keys.
    pub entries: Vec<Entry>,
    /// Whether there are more in the range than were returned.
    pub more: bool,
    /// The revision it was read at.
    pub revision: Revision,
}

/// A condition on one key.
#[derive(Clone, PartialEq, Eq)]
pub enum Compare {
    /// There is no such key.
    Absent {
        /// The key.
        key: Bytes,
    },
    /// The key was last put at that revision, and exists.
    ModRevision {
        /// The key.
        key: Bytes,
        /// [`Entry::mod_revision`].
        revision: Revision,
    },
    /// The key exists with that value.
    Value {
        /// The key.
        key: Bytes,
        /// [`Entry::value`].
        value: Bytes,
    },
}

impl Compare {
    /// See [`Compare::Absent`].
    #[must_use]
    pub fn absent(key: impl Into<Bytes>) -> Self {
        Self::Absent { key: key.into() }
    }

    /// See [`Compare::ModRevision`].
    #[must_use]
    pub fn mod_revision(key: impl Into<Bytes>, revision: Revision) -> Self {
        Self::ModRevision {
            key: key.into(),
            revision,
        }
    }

    /// See [`Compare::Value`].
    #[must_use]
    pub fn value(key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        Self::Value {
            key: key.into(),
            value: value.into(),
        }
    }

    /// Whose state it is about.
    #[must_use]
    pub const fn key(&self) -> &Bytes {
        match self {
            Self::Absent { key } | Self::ModRevision { key, .. } | Self::Value { key, .. } => key,
        }
    }

    /// Whether it holds for the key's [`Entry::mod_revision`] and value (`None`: absent).
    #[must_use]
    pub fn holds(&self, found: Option<(Revision, &[u8])>) -> bool {
        match self {
            Self::Absent { .. } => found.is_none(),
            Self::ModRevision { revision, .. } => found.is_some_and(|(at, _)| at == *revision),
            Self::Value { value, .. } => found.is_some_and(|(_, found)| found == value),
        }
    }
}

/// Values stay out of logs: they may be secrets.
impl std::fmt::Debug for Compare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absent { key } => write!(f, "Absent({key:?})"),
            Self::ModRevision { key, revision } => write!(f, "ModRevision({key:?}, {revision})"),
            Self::Value { key, value } => write!(f, "Value({key:?}, {} bytes)", value.len()),
        }
    }
}

/// One step of a transaction.
#[derive(Clone, PartialEq, Eq)]
pub enum Op {
    /// Deletes all keys of a range.
    Delete(KeyRange),
    /// Sets a key. Without a lease it loses the one it had.
    Put {
        /// The key.
        key: Bytes,
        /// Its new value.
        value: Bytes,
        /// The lease to hang it on.
        lease: Option<LeaseId>,
    },
    /// Reads.
    Range(RangeRequest),
}

impl Op {
    /// Sets a key, without a lease.
    #[must_use]
    pub fn put(key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        Self::Put {
            key: key.into(),
            value: value.into(),
            lease: None,
        }
    }

    /// Sets a key that goes when its lease goes.
    #[must_use]
    pub fn put_leased(key: impl Into<Bytes>, value: impl Into<Bytes>, lease: LeaseId) -> Self {
        Self::Put {
            key: key.into(),
            value: value.into(),
            lease: Some(lease),
        }
    }

    /// Deletes one key.
    #[must_use]
    pub fn delete(key: impl Into<Bytes>) -> Self {
        Self::Delete(KeyRange::key(key))
    }
}

/// Values stay out of logs: they may be secrets.
impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Delete(range) => write!(f, "Delete({range:?})"),
            Self::Put { key, value, lease } => {
                write!(f, "Put({key:?}, {} bytes, lease {lease:?})", value.len())
            }
            Self::Range(request) => write!(f, "{request:?}"),
        }
    }
}

/// What one [`Op`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpResult {
    /// How many keys were deleted.
    Delete {
        /// That number.
        deleted: u64,
    },
    /// The key is set.
    Put,
    /// What was read.
    Range(RangeResult),
}

/// A transaction: if all compares hold, the one list of operations, otherwise the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Txn {
    /// All must hold; none always does.
    pub compares: Vec<Compare>,
    /// What to do then.
    pub then: Vec<Op>,
    /// What to do otherwise.
    pub otherwise: Vec<Op>,
    /// Whether it may use [`Limits::reserved_bytes`].
    pub reserved: bool,
}

/// What a transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxnOutcome {
    /// Whether the compares held.
    pub succeeded: bool,
    /// The store's revision after it: its own if it changed something, otherwise the newest.
    pub revision: Revision,
    /// One for each operation of the list that ran.
    pub results: Vec<OpResult>,
}

impl Txn {
    /// An empty transaction.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a compare.
    #[must_use]
    pub fn when(mut self, compare: Compare) -> Self {
        self.compares.push(compare);
        self
    }

    /// Adds an operation for when the compares hold.
    #[must_use]
    pub fn then(mut self, op: Op) -> Self {
        self.then.push(op);
        self
    }

    /// Adds an operation for when they do not.
    #[must_use]
    pub fn otherwise(mut self, op: Op) -> Self {
        self.otherwise.push(op);
        self
    }

    /// Lets it use [`Limits::reserved_bytes`]: for what makes room in a full store, even if it puts a little
    /// at first, and for what must go on while room is made.
    #[must_use]
    pub const fn reserved(mut self) -> Self {
        self.reserved = true;
        self
    }

    /// Checks what can be checked without the store's content.
    ///
    /// # Errors
    /// [`StoreError::TooManyOps`], [`StoreError::KeyLength`], [`StoreError::ValueTooLarge`],
    /// [`StoreError::TxnTooLarge`], [`StoreError::DuplicateKey`].
    pub fn check(&self, limits: &Limits) -> Result<(), StoreError> {
        let count = self
            .compares
            .len()
            .max(self.then.len())
            .max(self.otherwise.len());
        if count > limits.txn_ops_max {
            return Err(StoreError::TooManyOps {
                count,
                max: limits.txn_ops_max,
            });
        }
        let mut bytes = 0;
        for compare in &self.compares {
            bytes += check_key(compare.key(), limits)?;
            if let Compare::Value { value, .. } = compare {
                bytes += check_value(value, limits)?;
            }
        }
        for op in self.then.iter().chain(&self.otherwise) {
            bytes += match op {
                Op::Put { key, value, .. } => check_key(key, limits)? + check_value(value, limits)?,
                Op::Delete(range) => check_range(range, limits)?,
                Op::Range(request) => check_range(&request.range, limits)?,
            };
        }
        if bytes > limits.txn_bytes_max {
            return Err(StoreError::TxnTooLarge {
                bytes,
                max: limits.txn_bytes_max,
            });
        }
        check_touched_once(&self.then)?;
        check_touched_once(&self.otherwise)
    }
}

fn check_key(key: &Bytes, limits: &Limits) -> Result<usize, StoreError> {
    let len = key.len();
    if len == 0 || len > limits.key_bytes_max {
        return Err(StoreError::KeyLength {
            len,
            max: limits.key_bytes_max,
        });
    }
    Ok(len)
}

/// A range's ends may be one byte longer than a key: the end of a single key's range is.
pub(crate) fn check_range(range: &KeyRange, limits: &Limits) -> Result<usize, StoreError> {
    let start = range.start().len();
    let end = range.end().map_or(0, Bytes::len);
    let max = limits.key_bytes_max + 1;
    if start.max(end) > max {
        return Err(StoreError::KeyLength {
            len: start.max(end),
            max,
        });
    }
    Ok(start + end)
}

fn check_value(value: &Bytes, limits: &Limits) -> Result<usize, StoreError> {
    let len = value.len();
    if len > limits.value_bytes_max {
        return Err(StoreError::ValueTooLarge {
            len,
            max: limits.value_bytes_max,
        });
    }
    Ok(len)
}

/// A key that is put is neither put again nor deleted in the same list: a revision has one event per key.
fn check_touched_once(ops: &[Op]) -> Result<(), StoreError> {
    let mut puts: Vec<&Bytes> = ops
        .iter()
        .filter_map(|op| match op {
            Op::Put { key, .. } => Some(key),
            Op::Delete(_) | Op::Range(_) => None,
        })
        .collect();
    puts.sort_unstable();
    let twice = puts
        .iter()
        .zip(puts.iter().skip(1))
        .find(|(one, next)| one == next)
        .map(|(key, _)| *key);
    let deleted = || {
        ops.iter().find_map(|op| match op {
            Op::Delete(range) => {
                let first = puts.partition_point(|key| *key < range.start());
                puts.get(first).copied().filter(|key| range.contains(key))
            }
            Op::Put { .. } | Op::Range(_) => None,
        })
    };
    match twice.or_else(deleted) {
        Some(key) => Err(StoreError::DuplicateKey { key: key.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Limits {
        Limits {
            key_bytes_max: 4,
            value_bytes_max: 8,
            txn_ops_max: 3,
            txn_bytes_max: 20,
            ..Limits::default()
        }
    }

    #[test]
    fn a_transaction_is_checked_against_each_limit() {
        let put = |key: &'static str, value: &'static str| Op::put(key, value);
        let del = |from: &'static str, to: &'static str| Op::Delete(KeyRange::span(from, to));
        // transaction, words of the refusal (none: accepted)
        let cases: Vec<(Txn, Option<&str>)> = vec![
            (Txn::new(), None),
            (Txn::new().then(put("aaaa", "12345678")), None),
            (Txn::new().then(put("aaaaa", "")), Some("key has 5 bytes")),
            (Txn::new().otherwise(put("", "")), Some("key has 0 bytes")),
            (Txn::new().when(Compare::absent("")), Some("key has 0")),
            (Txn::new().then(put("a", "123456789")), Some("9 bytes")),
            (
                Txn::new().when(Compare::value("a", "123456789")),
                Some("value has 9 bytes"),
            ),
            (
                Txn::new()
                    .then(put("a", "12345678"))
                    .otherwise(put("b", "12345678"))
                    .when(Compare::value("c", "1")),
                None,
            ),
            (
                Txn::new()
                    .then(put("a", "12345678"))
                    .otherwise(put("b", "12345678"))
                    .when(Compare::value("c", "12")),
                Some("transaction has 21 bytes"),
            ),
            (
                Txn::new()
                    .then(put("a", ""))
                    .then(put("b", ""))
                    .then(put("c", ""))
                    .then(put("d", "")),
                Some("4 compares or operations"),
            ),
            (
                Txn::new().then(put("a", "1")).then(put("a", "2")),
                Some("touched twice"),
            ),
            (
                Txn::new().then(put("b", "1")).then(del("a", "c")),
                Some("touched twice"),
            ),
            (
                Txn::new().otherwise(del("a", "c")).otherwise(put("b", "1")),
                Some("touched twice"),
            ),
            (Txn::new().then(put("c", "1")).then(del("a", "c")), None),
            (
                Txn::new().then(put("b", "1")).otherwise(del("a", "c")),
                None,
            ),
            (Txn::new().then(del("a", "c")).then(del("b", "d")), None),
            (Txn::new().then(del("a", "bbbbbb")), Some("key has 6 bytes")),
        ];
        for (txn, refusal) in cases {
            match (txn.check(&small()), refusal) {
                (Ok(()), None) => {}
                (Err(err), Some(words)) if err.to_string().contains(words) => {}
                (got, _) => panic!("{txn:?}: {got:?}, expected {refusal:?}"),
            }
        }
    }
}
