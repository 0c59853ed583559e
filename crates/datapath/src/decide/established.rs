//! Sections 3 and 4: a packet of a flow that is known.

use crate::DropReason;
use crate::abi::{FLOW_ANSWERED, FLOW_FIN_PEER, FLOW_FIN_SELF, FLOW_REPLY, FLOW_RST, Flow};
use crate::packet::TcpFlags;

use super::flow::{NotInserted, is_closing};
use super::parse::Segment;
use super::{Arrival, Datapath, FlowTable, Flows, Halt, peer_key};

/// The entry by which the packet leaves, or `None` if the flow is over and the packet may open a
/// new one.
pub(super) fn pass(
    datapath: &Datapath<'_>,
    flows: &mut Flows,
    arrival: &Arrival,
    table: FlowTable,
    mut flow: Flow,
) -> Result<Option<Flow>, Halt> {
    let key = &arrival.key;
    if let Some(reason) = end(flows, arrival, table, &flow) {
        flows.remove_both(table, key, &flow);
        return if arrival.may_open() {
            Ok(None)
        } else {
            Err(Halt::Refuse(reason))
        };
    }
    let epoch = datapath.epochs.sum(flow.scopes);
    if flow.epoch != epoch {
        if !datapath.still_admits(key, &flow) {
            flows.remove_both(table, key, &flow);
            return Err(Halt::Cut(flow));
        }
        flow.epoch = epoch;
    }
    flow.last_seen = arrival.now;
    match table {
        FlowTable::Established => Ok(Some(pass_established(flows, arrival, flow))),
        FlowTable::HalfOpen => pass_half_open(flows, arrival, flow).map(Some),
    }
}

/// Whether the flow is over by itself: a packet that opens no other flow is refused for this.
fn end(flows: &Flows, arrival: &Arrival, table: FlowTable, flow: &Flow) -> Option<DropReason> {
    let key = &arrival.key;
    if table == FlowTable::HalfOpen && flows.peer(table, key, flow).is_none() {
        return Some(DropReason::NoFlow);
    }
    let is_reopened = table == FlowTable::Established
        && flow.flags & FLOW_REPLY == 0
        && is_closing(flow)
        && arrival.segment.is_syn();
    let is_over = flows.is_idle(table, key, flow, arrival.now) || is_reopened;
    is_over.then_some(DropReason::FlowExpired)
}

fn pass_established(flows: &mut Flows, arrival: &Arrival, mut flow: Flow) -> Flow {
    track_close(flows, arrival, &mut flow);
    flows.flows.insert(arrival.key, flow);
    flow
}

/// Section 3.4.
fn track_close(flows: &mut Flows, arrival: &Arrival, flow: &mut Flow) {
    let Segment::Tcp(tcp) = &arrival.segment else {
        return;
    };
    let (mut set, mut set_peer, mut clear) = (0, 0, 0);
    if tcp.flags.has(TcpFlags::FIN) {
        (set, set_peer) = (FLOW_FIN_SELF, FLOW_FIN_PEER);
    }
    if tcp.flags.has(TcpFlags::RST) {
        set |= FLOW_RST;
        set_peer |= FLOW_RST;
    } else if flow.state & FLOW_RST != 0 {
        clear = FLOW_RST;
    }
    flow.state = (flow.state & !clear) | set;
    if let Some(peer) = flows.peer_mut(FlowTable::Established, &arrival.key, flow) {
        peer.state = (peer.state & !clear) | set_peer;
    }
}

fn pass_half_open(flows: &mut Flows, arrival: &Arrival, mut flow: Flow) -> Result<Flow, Halt> {
    let key = &arrival.key;
    let is_reply = flow.flags & FLOW_REPLY != 0;
    let flags = arrival.segment.tcp_flags();
    let is_answered = flow.state & FLOW_ANSWERED != 0;
    if flags.has(TcpFlags::RST) {
        flows.remove_both(FlowTable::HalfOpen, key, &flow);
        return Ok(flow);
    }
    let completes = match arrival.segment {
        Segment::Tcp(_) => {
            let is_ack = flags.has(TcpFlags::ACK) && !flags.has(TcpFlags::SYN);
            !is_reply && is_ack && is_answered
        }
        Segment::Udp(_) | Segment::Icmp(_) => is_reply,
    };
    if completes {
        return promote(flows, arrival, flow);
    }
    if is_reply && flags.has(TcpFlags::SYN | TcpFlags::ACK) {
        flow.state |= FLOW_ANSWERED;
        if let Some(peer) = flows.peer_mut(FlowTable::HalfOpen, key, &flow) {
            peer.state |= FLOW_ANSWERED;
        }
    }
    flows.half_open.insert(*key, flow);
    Ok(flow)
}

/// Moves both entries to `flows`, the reply's first.
fn promote(flows: &mut Flows, arrival: &Arrival, mut flow: Flow) -> Result<Flow, Halt> {
    let key = arrival.key;
    let Some(mut peer) = flows.peer(FlowTable::HalfOpen, &key, &flow).copied() else {
        return Err(Halt::Refuse(DropReason::NoFlow));
    };
    let half_open = flow;
    for entry in [&mut flow, &mut peer] {
        entry.state &= !FLOW_ANSWERED;
        entry.last_seen = arrival.now;
    }
    let (this, other) = ((key, flow), (peer_key(&key, &flow), peer));
    let (reply, forward) = if flow.flags & FLOW_REPLY != 0 {
        (this, other)
    } else {
        (other, this)
    };

    match flows.insert_pair(reply, forward) {
        Ok(()) => {
            flows.remove_both(FlowTable::HalfOpen, &key, &half_open);
            Ok(pass_established(flows, arrival, flow))
        }
        // In the kernel: another processor is promoting it.
        Err(NotInserted::Exists) => {
            flows.half_open.insert(key, half_open);
            Ok(half_open)
        }
        Err(NotInserted::Full) => {
            flows.remove_both(FlowTable::HalfOpen, &key, &half_open);
            Err(Halt::Refuse(DropReason::FlowTableFull))
        }
    }
}
