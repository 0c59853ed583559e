//! Transactions that are durable, or are being made so, in the journal, and that redb does not have yet.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::record::stored_bytes;
use crate::entry::Revision;

/// What a transaction did to one key.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Put { key: Bytes, value: Bytes },
    Delete { key: Bytes },
}

/// Values stay out of logs: they may be secrets.
impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Put { key, value } => write!(f, "Put({key:?}, {} bytes)", value.len()),
            Self::Delete { key } => write!(f, "Delete({key:?})"),
        }
    }
}

impl Effect {
    /// What it adds at most to what the store holds.
    pub(super) fn stored_bytes(&self) -> u64 {
        match self {
            Self::Put { key, value } => stored_bytes(key.len(), value.len()),
            Self::Delete { key } => stored_bytes(key.len(), 0),
        }
    }
}

/// A transaction that has changed something, each key once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) revision: Revision,
    pub(super) effects: Arc<[Effect]>,
}

/// What a key was made by the newest transaction on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Newest {
    pub(super) revision: Revision,
    /// None: it is deleted.
    pub(super) value: Option<Bytes>,
}

/// Such transactions, oldest first, and what they come to.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    records: VecDeque<Record>,
    keys: HashMap<Bytes, Newest>,
    bytes: u64,
    /// How many of them are durable.
    durable: usize,
}

impl Backlog {
    /// Whether some are durable, so that redb may have them.
    pub(super) const fn has_durable(&self) -> bool {
        self.durable > 0
    }

    /// What they add at most to what the store holds.
    pub(super) const fn stored_bytes(&self) -> u64 {
        self.bytes
    }

    /// What they make of a key; none if they do not touch it.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Newest> {
        self.keys.get(key)
    }

    /// Adds the next one, which is not durable yet.
    pub(super) fn push(&mut self, record: Record) {
        let revision = record.revision;
        for effect in &*record.effects {
            let (key, value) = match effect {
                Effect::Put { key, value } => (key, Some(value.clone())),
                Effect::Delete { key } => (key, None),
            };
            self.bytes += effect.stored_bytes();
            self.keys.insert(key.clone(), Newest { revision, value });
        }
        self.records.push_back(record);
    }

    /// All that were added are durable.
    pub(super) fn set_durable(&mut self) {
        self.durable = self.records.len();
    }

    /// The oldest durable ones.
    pub(super) fn oldest(&self, max: usize) -> Vec<Record> {
        let durable = self.records.iter().take(self.durable.min(max));
        durable.cloned().collect()
    }

    /// Drops those that redb has.
    pub(super) fn forget(&mut self, through: Revision) {
        while let Some(record) = self
            .records
            .pop_front_if(|record| record.revision <= through)
        {
            self.durable = self.durable.saturating_sub(1);
            for effect in &*record.effects {
                let (Effect::Put { key, .. } | Effect::Delete { key }) = effect;
                self.bytes -= effect.stored_bytes();
                if self
                    .keys
                    .get(key)
                    .is_some_and(|newest| newest.revision <= through)
                {
                    self.keys.remove(key);
                }
            }
        }
        if self.records.is_empty() {
            // With the room that a burst took.
            *self = Self::default();
        }
    }
}
