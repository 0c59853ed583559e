//! From one state of the tables to the next, in an order in which no packet sees something that
//! neither state allows.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::{MergeConflict, Row, TableEntry, TableKey, Tables};

/// One write to the kernel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MapOp {
    /// Add or replace an entry.
    Put(TableEntry),
    /// Remove an entry.
    Delete(TableKey),
    /// Add one to an epoch: flows of the virtual networks under this slot are checked again.
    BumpEpoch(u16),
}

/// The writes that lead from `old` to `new`. Both may be fragments: the cost is that of walking
/// through them.
///
/// Order: addresses and frontends that vanish, because they are where packets come in; everything
/// that is new or changed, from what is referred to up to what refers to it; everything else that
/// vanishes, in the reverse order; then the epochs of the networks where something was changed or
/// taken away. An entry that is new bumps an epoch only if it can narrow what was allowed (a route,
/// a backend). `backend_sets` bump none: they are read for new flows only.
pub fn diff(old: &Tables, new: &Tables) -> Vec<MapOp> {
    let mut epochs = BTreeSet::new();
    let rulesets = compare(&old.rulesets, &new.rulesets, &mut epochs);
    let interfaces = compare(&old.interfaces, &new.interfaces, &mut epochs);
    let backends = compare(&old.backends, &new.backends, &mut epochs);
    let backend_sets = compare(&old.backend_sets, &new.backend_sets, &mut epochs);
    let listeners = compare(&old.listeners, &new.listeners, &mut epochs);
    let routes = compare(&old.routes, &new.routes, &mut epochs);
    let frontends = compare(&old.frontends, &new.frontends, &mut epochs);
    let addresses = compare(&old.addresses, &new.addresses, &mut epochs);
    [
        addresses.deletes,
        frontends.deletes,
        rulesets.puts,
        interfaces.puts,
        backends.puts,
        backend_sets.puts,
        listeners.puts,
        routes.puts,
        frontends.puts,
        addresses.puts,
        routes.deletes,
        listeners.deletes,
        backend_sets.deletes,
        backends.deletes,
        interfaces.deletes,
        rulesets.deletes,
        epochs.into_iter().map(MapOp::BumpEpoch).collect(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Does to `tables` what the kernel does to its maps. Epochs are not part of `Tables`.
pub fn apply(tables: &mut Tables, ops: &[MapOp]) {
    for op in ops {
        match op {
            MapOp::Put(entry) => tables.put(entry.clone()),
            MapOp::Delete(key) => tables.delete(key),
            MapOp::BumpEpoch(_) => {}
        }
    }
}

/// A change of some fragments of a larger whole. Entries that move from one fragment to another,
/// in whichever order they are reported, cost nothing.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Delta {
    old: Tables,
    new: Tables,
}

impl Delta {
    /// Records that a fragment was `old` and shall be `new`. Call it once per fragment; a fragment
    /// that comes or goes has an empty counterpart.
    ///
    /// # Errors
    /// Two fragments hold an entry under the same key, before or after the change. The delta is
    /// of no use then.
    pub fn replace(&mut self, old: &Tables, new: &Tables) -> Result<(), MergeConflict> {
        self.old.merge(old)?;
        self.new.merge(new)
    }

    /// The writes, in the order of [`diff`].
    pub fn ops(&self) -> Vec<MapOp> {
        diff(&self.old, &self.new)
    }
}

/// One table's writes.
#[derive(Default)]
struct TableDiff {
    puts: Vec<MapOp>,
    deletes: Vec<MapOp>,
}

/// Walks through both maps in key order.
fn compare<V: Row>(
    old: &BTreeMap<V::Key, V>,
    new: &BTreeMap<V::Key, V>,
    epochs: &mut BTreeSet<u16>,
) -> TableDiff {
    let mut out = TableDiff::default();
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return out,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old_key, _)), Some((new_key, _))) => old_key.cmp(new_key),
        };
        let before = if order.is_le() { old.next() } else { None };
        let after = if order.is_ge() { new.next() } else { None };
        match (before, after) {
            (Some((_, before)), Some((_, after))) if before == after => continue,
            (_, Some((key, after))) => {
                out.puts.push(MapOp::Put(V::entry(*key, after.clone())));
            }
            (Some((key, _)), None) => out.deletes.push(MapOp::Delete(V::table_key(*key))),
            (None, None) => {}
        }
        if before.is_some() || V::ADDITION_NARROWS {
            for (key, value) in before.into_iter().chain(after) {
                epochs.extend(value.epoch_slots(key));
            }
        }
    }
}
