//! What can go wrong with a store that is open.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::entry::{LeaseId, Revision};

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The backend failed: disk, network or file content. A write may or may not have taken effect.
    #[error("the store's backend failed")]
    Backend(#[source] Arc<dyn Error + Send + Sync>),
    /// The store was closed, before or during the request.
    #[error("the store is closed")]
    Closed,
    /// History no longer reaches back to that revision.
    #[error("revision {requested} is no longer known: history is compacted up to {compacted}")]
    Compacted {
        /// The revision asked for.
        requested: Revision,
        /// The oldest that can be read; watches start behind it.
        compacted: Revision,
    },
    /// A transaction puts a key twice, or puts and deletes it.
    #[error("key {key:?} is touched twice in one transaction")]
    DuplicateKey {
        /// That key.
        key: Bytes,
    },
    /// The store has as many bytes as it may ([`crate::Limits::stored_bytes_max`]), history not counted.
    #[error("the store is full: {max} bytes")]
    Full {
        /// The limit for this transaction, in bytes: less [`crate::Limits::reserved_bytes`] for most.
        max: u64,
    },
    /// That revision has not happened yet.
    #[error("revision {requested} is in the future: the store is at {current}")]
    FutureRevision {
        /// The revision asked for.
        requested: Revision,
        /// The newest one.
        current: Revision,
    },
    /// A key is empty or longer than [`crate::Limits::key_bytes_max`].
    #[error("a key has {len} bytes instead of 1 to {max}")]
    KeyLength {
        /// Its length, in bytes.
        len: usize,
        /// The limit, in bytes.
        max: usize,
    },
    /// The lease never was, has expired or was revoked.
    #[error("lease {0} does not exist")]
    LeaseNotFound(LeaseId),
    /// A lease's time is outside [`crate::Limits::lease_ttl`].
    #[error("a lease of {ttl:?} is outside {min:?} to {max:?}")]
    LeaseTtl {
        /// The time asked for.
        ttl: Duration,
        /// The shortest.
        min: Duration,
        /// The longest.
        max: Duration,
    },
    /// There are [`crate::Limits::leases_max`] leases.
    #[error("there are {max} leases already")]
    TooManyLeases {
        /// The limit.
        max: usize,
    },
    /// One of a transaction's lists is longer than [`crate::Limits::txn_ops_max`].
    #[error("a transaction has {count} compares or operations, at most {max} are allowed")]
    TooManyOps {
        /// The length of the longest list.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// There are [`crate::Limits::watches_max`] watches.
    #[error("there are {max} watches already")]
    TooManyWatches {
        /// The limit.
        max: usize,
    },
    /// A transaction's keys and values are larger than [`crate::Limits::txn_bytes_max`].
    #[error("a transaction has {bytes} bytes, at most {max} are allowed")]
    TxnTooLarge {
        /// Its size, in bytes.
        bytes: usize,
        /// The limit, in bytes.
        max: usize,
    },
    /// A value is larger than [`crate::Limits::value_bytes_max`].
    #[error("a value has {len} bytes, at most {max} are allowed")]
    ValueTooLarge {
        /// Its length, in bytes.
        len: usize,
        /// The limit, in bytes.
        max: usize,
    },
}
