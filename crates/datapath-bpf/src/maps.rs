//! The maps, with their types and their sizes.

use std::collections::BTreeMap;

use datapath::abi::{
    Address, AddressKey, Backend, Config, Flow, FlowCounters, FlowKey, Frontend, Interface,
    Listener, ListenerKey, ResolverWindow, Route, RouteKey, Ruleset, RulesetKey,
};
use datapath::{Capacity, DropReason};
use libbpf_rs::{MapCore, MapFlags, MapHandle};

use crate::Error;
use crate::typed::TypedMap;

/// How much the maps can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MapSizes {
    /// Entries of the tables. Their memory is used as they fill.
    pub tables: Capacity,
    /// Established flows; one takes two entries and counters, 360 bytes together, from the start.
    pub flows: u32,
    /// Half-open flows; one takes two entries, from the start.
    pub half_open: u32,
}

impl Default for MapSizes {
    /// 131,072 established flows (45 MiB) and 32,768 half-open ones (11 MiB).
    fn default() -> Self {
        Self {
            tables: Capacity::default(),
            flows: 131_072,
            half_open: 32_768,
        }
    }
}

/// Entries of `flows` and of `half_open` that one flow takes: one for each of its directions.
pub(crate) const ENTRIES_PER_FLOW: u32 = 2;

/// The maps that are pinned, in the order in which they are. `flow_blocks` before `flows`: whoever finds flows finds
/// their counters too, wherever an earlier process has ended.
pub(crate) const PINNED: [&str; 15] = [
    "interfaces",
    "addresses",
    "routes",
    "rulesets",
    "frontends",
    "listeners",
    "backend_sets",
    "backends",
    "epochs",
    "flow_blocks",
    "flows",
    "half_open",
    "resolver_windows",
    "drops",
    "reap_keys",
];

impl MapSizes {
    /// Blocks of counters: one for each sixteen entries of `flows`, which are eight flows.
    pub(crate) fn flow_blocks(&self) -> u32 {
        const LARGEST: u32 = 1 << 28;
        (self.flows / 8).clamp(1, LARGEST).next_power_of_two()
    }

    /// The constants, with what the program must know of the sizes.
    pub(crate) fn constants(&self, config: &Config) -> Config {
        Config {
            flow_blocks: self.flow_blocks(),
            ..*config
        }
    }

    /// Entries of the map; `None` where the object itself says it.
    pub(crate) fn max_entries(&self, map: &str) -> Option<u32> {
        let entries = match map {
            "interfaces" => self.tables.interfaces,
            "addresses" => self.tables.addresses,
            "routes" => self.tables.routes,
            "rulesets" => self.tables.rulesets,
            "frontends" => self.tables.frontends,
            "listeners" => self.tables.listeners,
            "backend_sets" => self.tables.backend_sets,
            "backends" => self.tables.backends,
            "flows" => return Some(self.flows.saturating_mul(ENTRIES_PER_FLOW)),
            "flow_blocks" => return Some(self.flow_blocks()),
            "half_open" => return Some(self.half_open.saturating_mul(ENTRIES_PER_FLOW)),
            _ => return None,
        };
        Some(u32::try_from(entries).unwrap_or(u32::MAX))
    }
}

/// The maps of one loaded object.
#[derive(Debug)]
pub(crate) struct Maps {
    pub(crate) interfaces: TypedMap<u32, Interface>,
    pub(crate) addresses: TypedMap<AddressKey, Address>,
    pub(crate) routes: TypedMap<RouteKey, Route>,
    pub(crate) rulesets: TypedMap<RulesetKey, Ruleset>,
    pub(crate) frontends: TypedMap<u32, Frontend>,
    pub(crate) listeners: TypedMap<ListenerKey, Listener>,
    /// Written as a descriptor of an inner map, read as its id.
    pub(crate) backend_sets: TypedMap<u32, u32>,
    pub(crate) backends: TypedMap<u32, Backend>,
    pub(crate) epochs: TypedMap<u32, u32>,
    pub(crate) flows: TypedMap<FlowKey, Flow>,
    pub(crate) flow_blocks: TypedMap<u32, FlowCounters>,
    pub(crate) half_open: TypedMap<FlowKey, Flow>,
    pub(crate) resolver_windows: TypedMap<u32, ResolverWindow>,
    pub(crate) reap_keys: TypedMap<u32, FlowKey>,
    drops: MapHandle,
}

impl Maps {
    /// `take` gives out each map by its name.
    pub(crate) fn new(
        mut take: impl FnMut(&'static str) -> Result<MapHandle, Error>,
    ) -> Result<Self, Error> {
        Ok(Self {
            interfaces: TypedMap::new("interfaces", take("interfaces")?)?,
            addresses: TypedMap::new("addresses", take("addresses")?)?,
            routes: TypedMap::new("routes", take("routes")?)?,
            rulesets: TypedMap::new("rulesets", take("rulesets")?)?,
            frontends: TypedMap::new("frontends", take("frontends")?)?,
            listeners: TypedMap::new("listeners", take("listeners")?)?,
            backend_sets: TypedMap::new("backend_sets", take("backend_sets")?)?,
            backends: TypedMap::new("backends", take("backends")?)?,
            epochs: TypedMap::new("epochs", take("epochs")?)?,
            flows: TypedMap::new("flows", take("flows")?)?,
            flow_blocks: TypedMap::new("flow_blocks", take("flow_blocks")?)?,
            half_open: TypedMap::new("half_open", take("half_open")?)?,
            resolver_windows: TypedMap::new("resolver_windows", take("resolver_windows")?)?,
            reap_keys: TypedMap::new("reap_keys", take("reap_keys")?)?,
            drops: take("drops")?,
        })
    }

    pub(crate) fn read_drops(&self) -> Result<BTreeMap<DropReason, u64>, Error> {
        let mut drops = BTreeMap::new();
        for reason in DropReason::ALL {
            let count = self
                .read_drop_count(*reason)
                .map_err(|source| Error::MapRead {
                    map: "drops",
                    source,
                })?;
            if count > 0 {
                drops.insert(*reason, count);
            }
        }
        Ok(drops)
    }

    /// Summed over the processors.
    fn read_drop_count(&self, reason: DropReason) -> libbpf_rs::Result<u64> {
        let per_cpu = self
            .drops
            .lookup_percpu(&reason.number().to_ne_bytes(), MapFlags::ANY)?
            .unwrap_or_default();
        let counts = per_cpu
            .iter()
            .filter_map(|count| count.as_slice().try_into().ok())
            .map(u64::from_ne_bytes);
        Ok(counts.fold(0, u64::wrapping_add))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `kernel/bpf/hashtab.c` reckons: an element is a header of 48 bytes, then key and value in
    /// multiples of eight; a bucket has 16 bytes, and there are as many as entries, rounded up to a
    /// power of two.
    #[test]
    fn a_flow_takes_no_more_memory_than_promised() {
        const HEADER: usize = 48;
        const BUCKET: usize = 16;
        let entry = HEADER
            + size_of::<FlowKey>().next_multiple_of(8)
            + size_of::<Flow>().next_multiple_of(8)
            + BUCKET;
        assert!(MapSizes::default().flows.is_power_of_two());
        let sizes = MapSizes::default();
        let counters = sizes.flow_blocks() as usize * size_of::<FlowCounters>();
        assert_eq!(2 * entry + counters / sizes.flows as usize, 360);
    }
}
