//! What packets leave behind: flows, in two tables, their entries in pairs, with their age; and
//! counts of queries.

use std::collections::BTreeMap;

use crate::abi::{
    FLOW_FIN_PEER, FLOW_FIN_SELF, FLOW_RST, Flow, FlowKey, PROTO_TCP, TCP_CLOSING_SECS,
    TCP_HALF_OPEN_SECS,
};

use super::resolver::ResolverWindows;

/// One of the two tables that hold flows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FlowTable {
    /// `flows`: both sides have spoken. When it is full, new flows are refused.
    Established,
    /// `half_open`: only the initiator has spoken. When it is full, the kernel evicts the oldest;
    /// here it is never full.
    HalfOpen,
}

/// The flows that the data plane knows, and what it has counted of packets without one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flows {
    /// Both directions of each established flow.
    pub flows: BTreeMap<FlowKey, Flow>,
    /// Both directions of each half-open flow.
    pub half_open: BTreeMap<FlowKey, Flow>,
    /// What each interface has sent to the resolver.
    pub resolver_windows: ResolverWindows,
    entries_max: usize,
}

/// Why an entry was not inserted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NotInserted {
    Exists,
    Full,
}

impl Flows {
    /// No flows, and room for `entries_max` entries in `flows` (two per flow).
    pub const fn with_capacity(entries_max: usize) -> Self {
        Self {
            flows: BTreeMap::new(),
            half_open: BTreeMap::new(),
            resolver_windows: ResolverWindows::new(),
            entries_max,
        }
    }

    /// The entries of one table.
    pub const fn table(&self, table: FlowTable) -> &BTreeMap<FlowKey, Flow> {
        match table {
            FlowTable::Established => &self.flows,
            FlowTable::HalfOpen => &self.half_open,
        }
    }

    pub(super) const fn table_mut(&mut self, table: FlowTable) -> &mut BTreeMap<FlowKey, Flow> {
        match table {
            FlowTable::Established => &mut self.flows,
            FlowTable::HalfOpen => &mut self.half_open,
        }
    }

    /// The other direction of the flow under `key`, if it is there and belongs to it.
    pub fn peer(&self, table: FlowTable, key: &FlowKey, flow: &Flow) -> Option<&Flow> {
        let peer_key = peer_key(key, flow);
        let peer = self.table(table).get(&peer_key)?;
        (self::peer_key(&peer_key, peer) == *key).then_some(peer)
    }

    pub(super) fn peer_mut(
        &mut self,
        table: FlowTable,
        key: &FlowKey,
        flow: &Flow,
    ) -> Option<&mut Flow> {
        self.peer(table, key, flow)?;
        self.table_mut(table).get_mut(&peer_key(key, flow))
    }

    pub(super) fn remove_both(&mut self, table: FlowTable, key: &FlowKey, flow: &Flow) {
        if self.peer(table, key, flow).is_some() {
            self.table_mut(table).remove(&peer_key(key, flow));
        }
        self.table_mut(table).remove(key);
    }

    /// Whether both directions are idle; one that is missing is.
    pub(super) fn is_idle(&self, table: FlowTable, key: &FlowKey, flow: &Flow, now: u32) -> bool {
        let peer = self.peer(table, key, flow);
        is_idle(table, key, flow, now) && peer.is_none_or(|peer| is_idle(table, key, peer, now))
    }

    /// Inserts both entries of a flow into `flows`, or none. The reply's is the arbiter: it must
    /// not be there yet.
    pub(super) fn insert_pair(
        &mut self,
        reply: (FlowKey, Flow),
        forward: (FlowKey, Flow),
    ) -> Result<(), NotInserted> {
        if self.flows.contains_key(&reply.0) {
            return Err(NotInserted::Exists);
        }
        self.insert(reply)?;
        let inserted = self.insert(forward);
        if inserted.is_err() {
            self.flows.remove(&reply.0);
        }
        inserted
    }

    fn insert(&mut self, (key, flow): (FlowKey, Flow)) -> Result<(), NotInserted> {
        if self.flows.len() >= self.entries_max && !self.flows.contains_key(&key) {
            return Err(NotInserted::Full);
        }
        self.flows.insert(key, flow);
        Ok(())
    }

    /// What the program `reap` does: removes from `flows` those of `candidates` that are idle,
    /// with their peers. Returns how many entries went.
    pub fn reap(&mut self, candidates: &[FlowKey], now_secs: u32) -> usize {
        let before = self.flows.len();
        for key in candidates {
            if let Some(flow) = self.flows.get(key).copied()
                && self.is_idle(FlowTable::Established, key, &flow, now_secs)
            {
                self.remove_both(FlowTable::Established, key, &flow);
            }
        }
        before - self.flows.len()
    }
}

/// The key of the other direction's entry.
pub fn peer_key(key: &FlowKey, flow: &Flow) -> FlowKey {
    FlowKey {
        iface: flow.out_iface,
        sport: flow.dport,
        dport: flow.sport,
        saddr: flow.daddr,
        daddr: flow.saddr,
        proto: key.proto,
        pad: [0; 3],
    }
}

/// Whether an entry has seen no packet for longer than its flow may be silent. A flow is idle when
/// both its entries are.
pub fn is_idle(table: FlowTable, key: &FlowKey, flow: &Flow, now_secs: u32) -> bool {
    let limit_secs = match table {
        FlowTable::HalfOpen if key.proto == PROTO_TCP => TCP_HALF_OPEN_SECS,
        FlowTable::HalfOpen => flow.idle_secs,
        FlowTable::Established if is_closing(flow) => TCP_CLOSING_SECS,
        FlowTable::Established => flow.idle_secs,
    };
    // Signed: an entry that another processor has just written is not old.
    now_secs.wrapping_sub(flow.last_seen).cast_signed() > i32::from(limit_secs)
}

/// Whether a TCP flow has seen a RST or both FINs.
pub(super) const fn is_closing(flow: &Flow) -> bool {
    let both_fins = FLOW_FIN_SELF | FLOW_FIN_PEER;
    flow.state & FLOW_RST != 0 || flow.state & both_fins == both_fins
}
