//! Sections 2 and 8: both entries of a new flow, and the source port of one through a frontend.

use zerocopy::IntoBytes;

use crate::DropReason;
use crate::abi::{FLOW_REPLY, FLOW_TO_FABRIC, Flow, FlowKey, PORT_PROBES_MAX};

use super::admit::{Admission, Target};
use super::flow::is_closing;
use super::{Arrival, Datapath, FlowTable, Flows, Halt, Origin, Way, peer_key};

/// Opens the flow that the packet asks for, if it may.
pub(super) fn open(
    datapath: &Datapath<'_>,
    flows: &mut Flows,
    arrival: &Arrival,
) -> Result<Way, Halt> {
    let key = &arrival.key;
    let flow = match datapath.admit_packet(key, arrival.may_open())? {
        Admission::Resolver { vni } => return Ok(Way::Resolver { vni }),
        Admission::Workload {
            iface,
            scopes,
            idle_secs,
        } => {
            let forward = Flow {
                saddr: key.saddr,
                daddr: key.daddr,
                sport: key.sport,
                dport: key.dport,
                out_iface: iface,
                last_seen: arrival.now,
                epoch: datapath.epochs.sum(scopes),
                scopes,
                idle_secs,
                ..Flow::default()
            };
            open_plain(flows, arrival, forward)?
        }
        Admission::Frontend {
            frontend,
            node_addr,
            target,
            scopes,
            idle_secs,
        } => {
            let Target {
                backend,
                iface,
                addr,
                port,
            } = target;
            let forward = Flow {
                saddr: node_addr,
                daddr: addr,
                dport: port.into(),
                out_iface: iface,
                last_seen: arrival.now,
                epoch: datapath.epochs.sum(scopes),
                frontend,
                backend,
                scopes,
                idle_secs,
                ..Flow::default()
            };
            open_through_frontend(datapath, flows, arrival, forward)?
        }
    };
    flows.half_open.insert(*key, flow);
    Ok(Way::Flow(flow))
}

/// A flow that is not rewritten: its reply's key follows from its own.
fn open_plain(flows: &mut Flows, arrival: &Arrival, forward: Flow) -> Result<Flow, DropReason> {
    let key = &arrival.key;
    let reply_key = peer_key(key, &forward);
    match arrival.origin {
        Origin::Workload => {
            if let Some(stale) = flows.flows.get(&reply_key).copied() {
                flows.remove_both(FlowTable::Established, &reply_key, &stale);
            }
            flows
                .half_open
                .insert(reply_key, reply(key, &forward, FLOW_REPLY));
        }
        Origin::Fabric => {
            let entry = reply(key, &forward, FLOW_REPLY | FLOW_TO_FABRIC);
            if !claim(flows, &reply_key, entry, arrival.now) {
                return Err(DropReason::NoPort);
            }
        }
    }
    Ok(forward)
}

/// Section 8.
fn open_through_frontend(
    datapath: &Datapath<'_>,
    flows: &mut Flows,
    arrival: &Arrival,
    forward: Flow,
) -> Result<Flow, DropReason> {
    let key = &arrival.key;
    source_ports(datapath, key)
        .map(|port| Flow {
            sport: port.into(),
            ..forward
        })
        .find(|forward| {
            let entry = reply(key, forward, FLOW_REPLY);
            claim(flows, &peer_key(key, forward), entry, arrival.now)
        })
        .ok_or(DropReason::NoPort)
}

/// The source ports to be tried, in order: the client's own is the first if it is in the range.
fn source_ports(datapath: &Datapath<'_>, key: &FlowKey) -> impl Iterator<Item = u16> + use<> {
    let (min, max) = (datapath.config.nat_port_min, datapath.config.nat_port_max);
    let range = u32::from(max.saturating_sub(min)) + 1;
    let start = mix(flow_hash(datapath.config.hash_seed, key) ^ 0x5bd1_e995) % range;
    let own = Some(u16::from(key.sport)).filter(|own| (min..=max).contains(own));
    (0..PORT_PROBES_MAX).filter_map(move |probe| {
        let offset = u16::try_from((start + probe) % range).ok()?;
        let hashed = min.checked_add(offset);
        if probe == 0 { own.or(hashed) } else { hashed }
    })
}

/// The reply direction of a forward entry.
fn reply(key: &FlowKey, forward: &Flow, flags: u8) -> Flow {
    Flow {
        saddr: key.daddr,
        daddr: key.saddr,
        sport: key.dport,
        dport: key.sport,
        out_iface: key.iface,
        flags,
        ..*forward
    }
}

/// Puts the reply's entry into `half_open` if its key is free in both tables. An entry in the way
/// that is over gives way, once.
fn claim(flows: &mut Flows, key: &FlowKey, entry: Flow, now: u32) -> bool {
    let Err(table) = claim_free(flows, key, entry) else {
        return true;
    };
    let Some(in_the_way) = flows.table(table).get(key).copied() else {
        return false;
    };
    if !is_closing(&in_the_way) && !flows.is_idle(table, key, &in_the_way, now) {
        return false;
    }
    flows.remove_both(table, key, &in_the_way);
    claim_free(flows, key, entry).is_ok()
}

/// As [`claim`]; an error is the table that has an entry in the way.
fn claim_free(flows: &mut Flows, key: &FlowKey, entry: Flow) -> Result<(), FlowTable> {
    for table in [FlowTable::HalfOpen, FlowTable::Established] {
        if flows.table(table).contains_key(key) {
            return Err(table);
        }
    }
    flows.half_open.insert(*key, entry);
    Ok(())
}

/// The hash of a flow by its forward key: chooses backend and first source port.
pub fn flow_hash(seed: u32, key: &FlowKey) -> u32 {
    let mut hash = seed;
    for word in key.as_bytes().chunks_exact(4) {
        if let [a, b, c, d] = word {
            hash ^= u32::from_le_bytes([*a, *b, *c, *d]);
            hash = hash.wrapping_mul(0x9e37_79b1).rotate_left(15);
        }
    }
    mix(hash)
}

/// The finalizer of MurmurHash3: each bit of the answer depends on every one given.
pub const fn mix(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
