//! What the store holds and what happens to it.

use std::fmt;

use bytes::Bytes;

/// The store's counter: every transaction that changes something takes the next one.
///
/// An empty store is at [`Revision::FIRST`]; 0 is no revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of a store in which nothing has happened yet (etcd's value).
    pub const FIRST: Self = Self(1);

    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A lease's number, never 0 and never used twice in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub u64);

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A key with its value and what is known of its past.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, never empty.
    pub key: Bytes,
    /// The value.
    pub value: Bytes,
    /// When the key came into being, counted anew after a delete.
    pub create_revision: Revision,
    /// When it was last put.
    pub mod_revision: Revision,
    /// How many times it was put since it came into being: 1 for a new key.
    pub version: u64,
    /// The lease that it hangs on.
    pub lease: Option<LeaseId>,
}

/// The value stays out of logs: it may be a secret.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("value_bytes", &self.value.len())
            .field("create_revision", &self.create_revision)
            .field("mod_revision", &self.mod_revision)
            .field("version", &self.version)
            .field("lease", &self.lease)
            .finish()
    }
}

/// One change of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The key was put and is now this.
    Put(Entry),
    /// The key is gone.
    Delete {
        /// Which one.
        key: Bytes,
    },
}

impl Event {
    /// The key that changed.
    #[must_use]
    pub const fn key(&self) -> &Bytes {
        match self {
            Self::Put(entry) => &entry.key,
            Self::Delete { key } => key,
        }
    }
}

/// All changes of one revision within a watched range. Never empty, in the order of keys (a
/// transaction touches a key once), never split over two items of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionEvents {
    /// The revision that brought them.
    pub revision: Revision,
    /// The changes.
    pub events: Vec<Event>,
}
