//! The data plane's desired contents: one ordered map per BPF map, and the way from one state to
//! the next.
//!
//! Names are those of `bpf/lib/abi.h`. A `Tables` is a value without policy: who may talk to whom
//! was decided by whoever filled it. The same type serves as a *fragment*, the entries that one
//! unit of the desired state gives rise to; fragments are disjoint, and their union is the whole.
//!
//! Invariant: `apply(diff(a, b), a) == b`.

mod capacity;
mod diff;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::abi::{
    Address, AddressKey, Backend, Frontend, Interface, Listener, ListenerKey, RULES_MAX, Route,
    RouteKey, Rule, Ruleset, RulesetKey, epoch_slot,
};

pub use self::capacity::{Capacity, CapacityError};
pub use self::diff::{Delta, MapOp, apply, diff};

/// What the BPF maps that user space writes shall hold.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Tables {
    /// Interface index to interface.
    pub interfaces: BTreeMap<u32, Interface>,
    /// Who owns an address.
    pub addresses: BTreeMap<AddressKey, Address>,
    /// Longest prefix in a route table.
    pub routes: BTreeMap<RouteKey, Route>,
    /// Rules of one group in one direction.
    pub rulesets: BTreeMap<RulesetKey, RuleList>,
    /// Interface index to where the frontend leads.
    pub frontends: BTreeMap<u32, Frontend>,
    /// Port of a load balancer node to a backend set.
    pub listeners: BTreeMap<ListenerKey, Listener>,
    /// Id to a backend's id per slot (Maglev).
    pub backend_sets: BTreeMap<u32, Arc<[u32]>>,
    /// Id to backend.
    pub backends: BTreeMap<u32, Backend>,
}

/// The rules of one group in one direction; see [`Ruleset`] for the form that the kernel holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleList {
    /// The virtual network whose epoch it belongs to.
    pub vni: u32,
    /// Rules, at most [`RULES_MAX`].
    pub rules: Arc<[Rule]>,
}

/// A rule list is longer than a [`Ruleset`] can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{count} rules of one group in one direction, at most {RULES_MAX}")]
pub struct TooManyRules {
    /// How many there are.
    pub count: usize,
}

impl RuleList {
    /// These rules of a group of the virtual network `vni`.
    pub fn new(vni: u32, rules: impl Into<Arc<[Rule]>>) -> Self {
        Self {
            vni,
            rules: rules.into(),
        }
    }

    /// The form that the kernel holds.
    ///
    /// # Errors
    /// More than [`RULES_MAX`] rules.
    pub fn to_abi(&self) -> Result<Ruleset, TooManyRules> {
        let too_many = TooManyRules {
            count: self.rules.len(),
        };
        let mut ruleset = Ruleset {
            vni: self.vni,
            ..Ruleset::default()
        };
        ruleset
            .rules
            .get_mut(..self.rules.len())
            .ok_or(too_many)?
            .copy_from_slice(&self.rules);
        ruleset.count = u32::try_from(self.rules.len()).map_err(|_| too_many)?;
        Ok(ruleset)
    }

    /// The rules that the kernel holds; a count above [`RULES_MAX`] counts as that.
    pub fn from_abi(ruleset: &Ruleset) -> Self {
        let count = usize::try_from(ruleset.count).unwrap_or(RULES_MAX);
        let rules = ruleset.rules.get(..count).unwrap_or(&ruleset.rules);
        Self::new(ruleset.vni, rules)
    }
}

/// One entry of one table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TableEntry {
    /// Of `interfaces`.
    Interface(u32, Interface),
    /// Of `addresses`.
    Address(AddressKey, Address),
    /// Of `routes`.
    Route(RouteKey, Route),
    /// Of `rulesets`.
    Ruleset(RulesetKey, RuleList),
    /// Of `frontends`.
    Frontend(u32, Frontend),
    /// Of `listeners`.
    Listener(ListenerKey, Listener),
    /// Of `backend_sets`.
    BackendSet(u32, Arc<[u32]>),
    /// Of `backends`.
    Backend(u32, Backend),
}

/// The place of one entry in one table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TableKey {
    /// Of `interfaces`.
    Interface(u32),
    /// Of `addresses`.
    Address(AddressKey),
    /// Of `routes`.
    Route(RouteKey),
    /// Of `rulesets`.
    Ruleset(RulesetKey),
    /// Of `frontends`.
    Frontend(u32),
    /// Of `listeners`.
    Listener(ListenerKey),
    /// Of `backend_sets`.
    BackendSet(u32),
    /// Of `backends`.
    Backend(u32),
}

/// Two fragments hold an entry under the same key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("two entries under one key: {0:?}")]
pub struct MergeConflict(pub TableKey);

impl Tables {
    /// No entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entries in all tables.
    pub fn len(&self) -> usize {
        self.interfaces.len()
            + self.addresses.len()
            + self.routes.len()
            + self.rulesets.len()
            + self.frontends.len()
            + self.listeners.len()
            + self.backend_sets.len()
            + self.backends.len()
    }

    /// Adds the entries of `fragment`.
    ///
    /// # Errors
    /// The fragment has an entry under a key that is taken already, even by an equal value (when
    /// one of the two went, the other would go with it). `self` then holds a part of the fragment.
    pub fn merge(&mut self, fragment: &Self) -> Result<(), MergeConflict> {
        merge_rows(&mut self.interfaces, &fragment.interfaces)?;
        merge_rows(&mut self.addresses, &fragment.addresses)?;
        merge_rows(&mut self.routes, &fragment.routes)?;
        merge_rows(&mut self.rulesets, &fragment.rulesets)?;
        merge_rows(&mut self.frontends, &fragment.frontends)?;
        merge_rows(&mut self.listeners, &fragment.listeners)?;
        merge_rows(&mut self.backend_sets, &fragment.backend_sets)?;
        merge_rows(&mut self.backends, &fragment.backends)
    }

    /// Adds or replaces one entry.
    pub fn put(&mut self, entry: TableEntry) {
        match entry {
            TableEntry::Interface(key, value) => drop(self.interfaces.insert(key, value)),
            TableEntry::Address(key, value) => drop(self.addresses.insert(key, value)),
            TableEntry::Route(key, value) => drop(self.routes.insert(key, value)),
            TableEntry::Ruleset(key, value) => drop(self.rulesets.insert(key, value)),
            TableEntry::Frontend(key, value) => drop(self.frontends.insert(key, value)),
            TableEntry::Listener(key, value) => drop(self.listeners.insert(key, value)),
            TableEntry::BackendSet(key, value) => drop(self.backend_sets.insert(key, value)),
            TableEntry::Backend(key, value) => drop(self.backends.insert(key, value)),
        }
    }

    /// Removes one entry, if it is there.
    pub fn delete(&mut self, key: &TableKey) {
        match key {
            TableKey::Interface(key) => drop(self.interfaces.remove(key)),
            TableKey::Address(key) => drop(self.addresses.remove(key)),
            TableKey::Route(key) => drop(self.routes.remove(key)),
            TableKey::Ruleset(key) => drop(self.rulesets.remove(key)),
            TableKey::Frontend(key) => drop(self.frontends.remove(key)),
            TableKey::Listener(key) => drop(self.listeners.remove(key)),
            TableKey::BackendSet(key) => drop(self.backend_sets.remove(key)),
            TableKey::Backend(key) => drop(self.backends.remove(key)),
        }
    }
}

fn merge_rows<V: Row>(
    rows: &mut BTreeMap<V::Key, V>,
    fragment: &BTreeMap<V::Key, V>,
) -> Result<(), MergeConflict> {
    for (key, value) in fragment {
        if rows.insert(*key, value.clone()).is_some() {
            return Err(MergeConflict(V::table_key(*key)));
        }
    }
    Ok(())
}

/// The value of a table, with what the generic code has to know about the table.
trait Row: Clone + PartialEq {
    /// The table's key.
    type Key: Copy + Ord;

    /// Whether a *new* entry can take something away from a live flow. A narrower route can hide a
    /// wider one, and a backend can come back marked for termination.
    const ADDITION_NARROWS: bool = false;

    fn table_key(key: Self::Key) -> TableKey;
    fn entry(key: Self::Key, value: Self) -> TableEntry;
    /// Epoch slots of the virtual networks that the entry belongs to.
    fn epoch_slots(&self, key: &Self::Key) -> impl Iterator<Item = u16> + 'static;
}

/// `value: key => variant, |value, key| vnis`, and `narrows` for [`Row::ADDITION_NARROWS`].
macro_rules! row {
    ($value:ty: $key:ty => $variant:ident, |$v:pat_param, $k:pat_param| $vnis:expr $(, $narrows:ident)?) => {
        impl Row for $value {
            type Key = $key;

            const ADDITION_NARROWS: bool = false $(|| row!($narrows))?;

            fn table_key(key: $key) -> TableKey {
                TableKey::$variant(key)
            }

            fn entry(key: $key, value: Self) -> TableEntry {
                TableEntry::$variant(key, value)
            }

            fn epoch_slots(&self, key: &$key) -> impl Iterator<Item = u16> + 'static {
                let ($v, $k) = (self, key);
                $vnis.map(epoch_slot).into_iter()
            }
        }
    };
    (narrows) => { true };
}

row!(Interface: u32 => Interface, |value, _| [value.vni]);
row!(Address: AddressKey => Address, |_, key| [key.vni]);
row!(Route: RouteKey => Route, |value, _| [value.vni], narrows);
row!(RuleList: RulesetKey => Ruleset, |value, _| [value.vni]);
row!(Frontend: u32 => Frontend, |value, _| [value.vni, value.backend_vni]);
row!(Listener: ListenerKey => Listener, |value, _| [value.vni]);
row!(Arc<[u32]>: u32 => BackendSet, |_, _| []);
row!(Backend: u32 => Backend, |value, _| [value.vni], narrows);
