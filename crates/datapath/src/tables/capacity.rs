//! How much each table can hold.

use crate::abi::RULES_MAX;
use crate::maglev::SLOTS_MAX;

use super::Tables;

/// Entries that each BPF map is created for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capacity {
    /// Of `interfaces`.
    pub interfaces: usize,
    /// Of `addresses`.
    pub addresses: usize,
    /// Of `routes`.
    pub routes: usize,
    /// Of `rulesets`.
    pub rulesets: usize,
    /// Of `frontends`.
    pub frontends: usize,
    /// Of `listeners`.
    pub listeners: usize,
    /// Of `backend_sets`.
    pub backend_sets: usize,
    /// Of `backends`.
    pub backends: usize,
}

impl Default for Capacity {
    /// One host's share: a few thousand workloads in networks of up to some hundred thousand
    /// addresses.
    fn default() -> Self {
        Self {
            interfaces: 1 << 17,
            addresses: 1 << 18,
            routes: 1 << 16,
            rulesets: 1 << 14,
            frontends: 1 << 17,
            listeners: 1 << 16,
            backend_sets: 1 << 15,
            backends: 1 << 17,
        }
    }
}

/// A table has no room for what it should hold.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CapacityError {
    /// A backend set has more slots than one BPF array may have.
    #[error("backend set {backend_set} has {slots} slots, at most {SLOTS_MAX}")]
    BackendSlots {
        /// Key in `backend_sets`.
        backend_set: u32,
        /// Its slots.
        slots: usize,
    },
    /// A group has more rules in one direction than one value can hold.
    #[error("group {group} has {rules} rules in one direction, at most {RULES_MAX}")]
    Rules {
        /// Security group.
        group: u32,
        /// Its rules.
        rules: usize,
    },
    /// A table has more entries than its map was created for.
    #[error("table {table} needs {entries} entries, at most {limit}")]
    Table {
        /// The table's name in `abi.h`.
        table: &'static str,
        /// Its entries.
        entries: usize,
        /// Its limit.
        limit: usize,
    },
}

impl Tables {
    /// Whether everything fits.
    ///
    /// # Errors
    /// The first table, rule list or backend set that is too large.
    pub fn check(&self, capacity: &Capacity) -> Result<(), CapacityError> {
        let sizes = [
            ("interfaces", self.interfaces.len(), capacity.interfaces),
            ("addresses", self.addresses.len(), capacity.addresses),
            ("routes", self.routes.len(), capacity.routes),
            ("rulesets", self.rulesets.len(), capacity.rulesets),
            ("frontends", self.frontends.len(), capacity.frontends),
            ("listeners", self.listeners.len(), capacity.listeners),
            (
                "backend_sets",
                self.backend_sets.len(),
                capacity.backend_sets,
            ),
            ("backends", self.backends.len(), capacity.backends),
        ];
        if let Some((table, entries, limit)) = sizes
            .into_iter()
            .find(|(_, entries, limit)| entries > limit)
        {
            return Err(CapacityError::Table {
                table,
                entries,
                limit,
            });
        }
        if let Some((key, list)) = self
            .rulesets
            .iter()
            .find(|(_, list)| list.rules.len() > RULES_MAX)
        {
            return Err(CapacityError::Rules {
                group: key.group,
                rules: list.rules.len(),
            });
        }
        match self
            .backend_sets
            .iter()
            .find(|(_, slots)| slots.len() > SLOTS_MAX)
        {
            Some((backend_set, slots)) => Err(CapacityError::BackendSlots {
                backend_set: *backend_set,
                slots: slots.len(),
            }),
            None => Ok(()),
        }
    }
}
