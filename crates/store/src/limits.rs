//! Every bound of a store by name. Each is filled by a test.

use std::time::Duration;

/// The bounds of one store.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a key. Keys of 1 KiB keep several on one page of the file.
    pub key_bytes_max: usize,
    /// Bytes of a value. Below etcd's default for a whole request (1.5 MiB).
    pub value_bytes_max: usize,
    /// Entries in each of a transaction's three lists. etcd's default is 128 (`--max-txn-ops`): a
    /// cluster has to be started with this value.
    pub txn_ops_max: usize,
    /// Bytes of all keys and values in a transaction (etcd's `--max-request-bytes`).
    pub txn_bytes_max: usize,
    /// Entries in one reply to a range request.
    pub range_entries_max: usize,
    /// Bytes of keys and values in one reply to a range request; one entry is always delivered.
    pub range_bytes_max: usize,
    /// Watches open at a time.
    pub watches_max: usize,
    /// Revisions that are ready for a slow watch; more stay in the history until it has taken these.
    pub watch_buffer: usize,
    /// Revisions of history. Older ones are compacted as new ones come; those beyond a limit that was lowered, little by
    /// little. With none, only the newest revision can be read and there is nothing to watch, but an overwritten value goes
    /// in the commit, and from the page of the file, that overwrites it.
    pub history_revisions_max: u64,
    /// Bytes of all keys and values, history included, up to which there is history: beyond them its older half is
    /// compacted, again and again until they are not exceeded or there is none. So a store whose present alone is
    /// larger has no history.
    pub history_bytes_max: u64,
    /// Leases at a time.
    pub leases_max: usize,
    /// The shortest and longest time of a lease.
    pub lease_ttl: (Duration, Duration),
    /// Writes waiting for their turn; another waits until there is room.
    pub queue_max: usize,
    /// Writes that share one flush to disk.
    pub batch_max: usize,
    /// Reads at a time, each on a thread of its own.
    pub reads_max: usize,
    /// Bytes of the journal of a new store, at least four times a transaction: as much can be written at the pace of one
    /// file that is written from end to end, before anything has to wait for the pages of the other.
    pub journal_bytes: u64,
    /// Bytes of all keys and values (etcd's `--quota-backend-bytes`). When they are reached history goes
    /// first. Then a transaction is refused that would leave more bytes than there were; one that
    /// leaves as many or fewer never is, so that a full store can always be emptied.
    pub stored_bytes_max: u64,
    /// The last of these bytes, which only transactions get that say so ([`crate::Txn::reserved`]).
    pub reserved_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            key_bytes_max: 1024,
            value_bytes_max: 1024 * 1024,
            txn_ops_max: 1024,
            txn_bytes_max: 1536 * 1024,
            range_entries_max: 10_000,
            range_bytes_max: 16 * 1024 * 1024,
            watches_max: 4096,
            watch_buffer: 64,
            history_revisions_max: 4096,
            history_bytes_max: 512 * 1024 * 1024,
            leases_max: 16_384,
            lease_ttl: (Duration::from_secs(1), Duration::from_secs(24 * 3600)),
            queue_max: 1024,
            batch_max: 256,
            reads_max: 16,
            journal_bytes: 8 * 1024 * 1024,
            stored_bytes_max: 8 * 1024 * 1024 * 1024,
            reserved_bytes: 256 * 1024 * 1024,
        }
    }
}
