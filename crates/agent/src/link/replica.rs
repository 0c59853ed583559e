//! The agent's copy of the state.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{AccountId, Change, Command, Context, CountingIds, Key, Settings, State, Timestamp};

use crate::reconcile::{Desired, Version, give_way};

/// The state as a control plane has given it, with what has been found since on it.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    state: Arc<State>,
    version: Version,
}

impl Replica {
    /// The copy of a whole state.
    pub(super) fn new(changes: &[Change], version: Version) -> Self {
        let mut state = State::new(Settings::default());
        for change in changes {
            state.apply_change(change);
        }
        Self {
            state: Arc::new(state),
            version,
        }
    }

    /// The same change; a resource that is alike here is the one here, so that nothing is held twice while a whole state
    /// comes in.
    pub(super) fn shared(&self, change: Change) -> Change {
        let Change::Put(resource) = &change else {
            return change;
        };
        let own = self.state.tables().resource(&resource.key());
        match own.filter(|own| own == resource) {
            Some(own) => Change::Put(own),
            None => change,
        }
    }

    /// Follows to a whole state; gives the keys of what differs. All else stays, with the memory that it is in.
    pub(super) fn replace(&mut self, changes: &[Change], version: Version) -> Vec<Key> {
        let tables = self.state.tables();
        let all: BTreeSet<Key> = changes.iter().map(Change::key).collect();
        let gone = tables
            .resources()
            .map(|resource| resource.key())
            .filter(|key| !all.contains(key))
            .map(Change::Delete);
        let differs = |change: &&Change| match change {
            Change::Put(resource) => tables.resource(&resource.key()).as_ref() != Some(resource),
            Change::Delete(_) => false,
        };
        let others = changes.iter().filter(differs).cloned();
        let differing: Vec<Change> = gone.chain(others).collect();
        self.commit(&differing, version)
    }

    /// Follows to a later version.
    pub(super) fn commit(&mut self, changes: &[Change], version: Version) -> Vec<Key> {
        let mut state = State::clone(&self.state);
        for change in changes {
            state.apply_change(change);
            give_way();
        }
        self.state = Arc::new(state);
        self.version = version;
        changes.iter().map(Change::key).collect()
    }

    /// Lets a report take effect here; the keys of what it changes. What is found of instances has none before it is on
    /// record: an instance that has died is cleared away for good, and a record that still wants it would start it anew.
    pub(super) fn record(&mut self, report: &Command, now: Timestamp) -> Vec<Key> {
        if matches!(report, Command::InstanceObserved(_)) {
            return Vec::new();
        }
        let mut context = Context {
            caller: AccountId::from_bits(0).into(),
            now,
            // Reports make nothing that needs an id.
            ids: &mut CountingIds::default(),
        };
        match model::apply(&self.state, report.clone(), &mut context) {
            Ok(outcome) => self.commit(&outcome.changes, self.version),
            Err(rejection) => {
                tracing::debug!(%rejection, "a report has no effect");
                Vec::new()
            }
        }
    }

    /// What the host shall be; see [`Desired::changed`].
    pub(super) fn desired(&self, changed: Option<Vec<Key>>) -> Desired {
        Desired {
            state: Arc::clone(&self.state),
            version: self.version,
            changed,
        }
    }
}
