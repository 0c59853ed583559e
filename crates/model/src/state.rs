//! The state: every resource and the indexes over them, as one persistent value.
//!
//! A clone is a snapshot and costs the same whatever the state holds. It changes in one place,
//! [`State::apply_change`]; a replica that applies the same changes is equal. Invariant: every index entry follows
//! from one resource alone, so that the order of changes within one outcome does not matter.

mod check;
mod entries;
mod iam;
mod index;
mod query;

use std::sync::Arc;

pub use self::check::Violation;
pub use self::index::{Audience, Index, Indexes, SecurityGroupUser};
use crate::resource::{Key, Resource, SettingsKey, Tables};
use crate::settings::Settings;

/// A fact to record: what `apply` decides and replicas follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The resource is now this; it may be new.
    Put(Resource),
    /// There is no such resource any more.
    Delete(Key),
}

impl Change {
    /// The key of what changes.
    pub fn key(&self) -> Key {
        match self {
            Self::Put(resource) => resource.key(),
            Self::Delete(key) => key.clone(),
        }
    }
}

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    settings: Arc<Settings>,
    tables: Tables,
    indexes: Indexes,
}

impl State {
    /// Nothing but settings.
    pub fn new(settings: Settings) -> Self {
        let mut state = Self {
            settings: Arc::default(),
            tables: Tables::new(),
            indexes: Indexes::new(),
        };
        state.apply_change(&Change::Put(settings.into()));
        state
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Every resource.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// What leads from one resource to others.
    pub fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    /// Records one change. Applying it twice is the same as once.
    pub fn apply_change(&mut self, change: &Change) {
        let old = self.tables.resource(&change.key());
        match (old, change) {
            (Some(old), Change::Put(new)) => {
                self.indexes.replace(&Indexes::of(&old), &Indexes::of(new));
                self.tables.put(new);
            }
            (None, Change::Put(new)) => {
                self.indexes.insert(new);
                self.tables.put(new);
            }
            (Some(old), Change::Delete(key)) => {
                self.indexes.remove(&old);
                self.tables.delete(key);
            }
            (None, Change::Delete(_)) => {}
        }
        if change.key() == Key::Settings(SettingsKey) {
            self.settings = self
                .tables
                .settings
                .get(&SettingsKey)
                .cloned()
                .unwrap_or_default();
        }
    }
}
