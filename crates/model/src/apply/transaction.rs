//! A private copy of the state that a command works on.

use std::collections::BTreeSet;

use super::Context;
use crate::caller::Caller;
use crate::counter::{Counter, CounterKind};
use crate::id::{AccountId, Id, IdKind};
use crate::outcome::{Outcome, Reply};
use crate::rejection::{Limit, Rejection};
use crate::resource::{Key, Resource};
use crate::settings::Settings;
use crate::state::{Change, State};
use crate::time::Timestamp;

/// How often an identifier is drawn anew before giving up. With random ids the first is free.
const DRAWS_MAX: usize = 8;

/// A state in change, with the context of the command that changes it.
pub(crate) struct Transaction<'a, 'c> {
    base: &'a State,
    state: State,
    touched: BTreeSet<Key>,
    context: &'a mut Context<'c>,
}

impl<'a, 'c> Transaction<'a, 'c> {
    pub(crate) fn new(base: &'a State, context: &'a mut Context<'c>) -> Self {
        Self {
            base,
            state: base.clone(),
            touched: BTreeSet::new(),
            context,
        }
    }

    /// The state with the changes so far.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn settings(&self) -> &Settings {
        self.state.settings()
    }

    /// The account that calls.
    pub(crate) fn caller(&self) -> AccountId {
        self.context.caller.account
    }

    /// Who calls.
    pub(crate) fn principal(&self) -> Caller {
        self.context.caller
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.context.now
    }

    /// Random bits.
    pub(crate) fn bits(&mut self) -> u128 {
        self.context.ids.bits()
    }

    /// Where random bits come from.
    pub(crate) fn ids(&mut self) -> &mut dyn crate::id::IdSource {
        self.context.ids
    }

    /// Creates or replaces a resource.
    pub(crate) fn put(&mut self, resource: impl Into<Resource>) {
        self.record(&Change::Put(resource.into()));
    }

    /// Deletes a resource.
    pub(crate) fn delete(&mut self, key: Key) {
        self.record(&Change::Delete(key));
    }

    fn record(&mut self, change: &Change) {
        self.state.apply_change(change);
        self.touched.insert(change.key());
    }

    /// An identifier that nothing has yet.
    pub(crate) fn fresh_id<K: IdKind>(
        &mut self,
        taken: impl Fn(&State, Id<K>) -> bool,
    ) -> Result<Id<K>, Rejection> {
        self.fresh_uuid(Id::from_bits, |state, id| taken(state, *id))
    }

    /// An identifier of another form that nothing has yet.
    pub(crate) fn fresh_uuid<T>(
        &mut self,
        from_bits: impl Fn(u128) -> T,
        taken: impl Fn(&State, &T) -> bool,
    ) -> Result<T, Rejection> {
        for _ in 0..DRAWS_MAX {
            let id = from_bits(self.bits());
            if !taken(&self.state, &id) {
                return Ok(id);
            }
        }
        Err(Limit::Identifiers.into())
    }

    /// A number that was never given before.
    pub(crate) fn fresh_number(&mut self, kind: CounterKind) -> Result<u32, Rejection> {
        let counter = self.state.tables().counters.get(&kind);
        let number = counter.map_or(kind.min(), |counter| counter.next);
        if number > kind.max() {
            return Err(Limit::Numbers(kind).into());
        }
        self.put(Counter {
            kind,
            next: number + 1,
        });
        Ok(number)
    }

    /// What has changed, one change per key, in the order of the keys.
    pub(crate) fn into_outcome(self, reply: Reply) -> Outcome {
        let mut changes = Vec::new();
        for key in self.touched {
            let before = self.base.tables().resource(&key);
            let after = self.state.tables().resource(&key);
            if before == after {
                continue;
            }
            changes.push(after.map_or(Change::Delete(key), Change::Put));
        }
        Outcome {
            changes,
            reply,
            state: self.state,
        }
    }
}
