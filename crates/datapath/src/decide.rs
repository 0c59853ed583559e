//! What becomes of a packet: the reference implementation of `docs/datapath.md`.
//!
//! Written for clarity, one module per section, and compared packet by packet with the kernel
//! program in `bpf/`. Processors, eviction from `half_open` and failures of kernel helpers are not
//! modelled: here packets come one after the other.
//!
//! Invariant: any bytes give a verdict.

mod admit;
mod arp;
mod deliver;
mod established;
mod fabric;
mod flow;
mod icmp_error;
mod open;
mod parse;
mod reset;
mod resolver;
mod rules;
#[cfg(test)]
mod tests;

use crate::abi::{Config, Flow, FlowKey, mac};
use crate::packet::{ETHERTYPE_ARP, ETHERTYPE_IPV4, EthernetHeader, Packet};
use crate::{DropReason, Epochs, Tables};

pub use self::admit::{Admission, Judgement, Step, Target};
pub use self::flow::{FlowTable, Flows, is_idle, peer_key};
pub use self::open::{flow_hash, mix};
pub use self::resolver::ResolverWindows;
pub use self::rules::{AllowedBy, Judged};

use self::parse::{IPV4_AT, Ipv4Packet, Segment};

/// What user space has told the data plane.
#[derive(Clone, Copy, Debug)]
pub struct Datapath<'a> {
    /// Constants of the program.
    pub config: &'a Config,
    /// Tables.
    pub tables: &'a Tables,
    /// Counters of change.
    pub epochs: &'a Epochs,
}

/// Where a packet came in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Hook {
    /// Program `from_workload` at the host side of a workload's veth.
    FromWorkload {
        /// Index of that device.
        iface: u32,
    },
    /// Program `from_fabric`: a packet of Adit's own sockets.
    FromFabric,
}

/// What becomes of a packet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It ends here.
    Drop(DropReason),
    /// It goes on.
    Redirect {
        /// The interface that it leaves by.
        iface: u32,
        /// Who stands behind that interface.
        to: Exit,
        /// The frame as it leaves.
        bytes: Vec<u8>,
    },
    /// Its sender gets an answer instead.
    Reply {
        /// The interface that the packet came in by and the answer leaves by.
        iface: u32,
        /// The answer.
        bytes: Vec<u8>,
        /// Why the packet itself was not passed on; `None` for an answer to ARP.
        reason: Option<DropReason>,
        /// What its receiver gets, if a flow was cut.
        cut: Option<Cut>,
    },
}

/// The RST in the place of a packet whose flow is no longer allowed: a packet of its own to a
/// workload, sent before the answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The interface that it leaves by. If there is no such device, it is lost.
    pub iface: u32,
    /// The frame as it leaves.
    pub bytes: Vec<u8>,
}

impl Verdict {
    /// Why the packet was not passed on, if it was not.
    pub const fn reason(&self) -> Option<DropReason> {
        match self {
            Self::Drop(reason) => Some(*reason),
            Self::Redirect { .. } => None,
            Self::Reply { reason, .. } => *reason,
        }
    }
}

/// Who stands behind the interface that a packet leaves by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Exit {
    /// A workload: the other side of the veth.
    Peer,
    /// Adit's own sockets.
    Fabric,
}

/// Decides about one packet and keeps `flows` up to date. `now_secs` is the monotonic clock's.
pub fn decide(
    datapath: &Datapath<'_>,
    flows: &mut Flows,
    hook: Hook,
    packet: Packet,
    now_secs: u32,
) -> Verdict {
    let Packet {
        mut bytes,
        gso_size,
    } = packet;
    let outcome = match hook {
        Hook::FromWorkload { iface } => {
            from_workload(datapath, flows, iface, &mut bytes, gso_size, now_secs)
        }
        Hook::FromFabric => fabric::from_fabric(datapath, flows, &bytes, now_secs),
    };
    let halt = match outcome {
        Ok(verdict) => return verdict,
        Err(halt) => halt,
    };
    match (hook, &halt) {
        (Hook::FromFabric, _) | (_, Halt::Drop(_)) => Verdict::Drop(halt.reason()),
        (Hook::FromWorkload { iface }, Halt::Refuse(reason)) => {
            reset::refuse(iface, &bytes, *reason, None)
        }
        (Hook::FromWorkload { iface }, Halt::Cut(flow)) => {
            reset::refuse(iface, &bytes, halt.reason(), Some(flow))
        }
    }
}

/// Why the way of a packet ends. The frame is then as it came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Halt {
    /// Pass nothing on.
    Drop(DropReason),
    /// Pass nothing on, and answer TCP by RST.
    Refuse(DropReason),
    /// Refuse `FLOW_REVOKED`, and tell the receiver too. The packet's entry as it was.
    Cut(Flow),
}

impl Halt {
    const fn reason(self) -> DropReason {
        match self {
            Self::Drop(reason) | Self::Refuse(reason) => reason,
            Self::Cut(_) => DropReason::FlowRevoked,
        }
    }
}

impl From<DropReason> for Halt {
    fn from(reason: DropReason) -> Self {
        Self::Drop(reason)
    }
}

/// Section 1.
fn from_workload(
    datapath: &Datapath<'_>,
    flows: &mut Flows,
    iface: u32,
    frame: &mut Vec<u8>,
    gso_size: u32,
    now: u32,
) -> Result<Verdict, Halt> {
    let ethernet = EthernetHeader::of(frame).ok_or(DropReason::Malformed)?;
    if ethernet.src != mac(iface) {
        return Err(DropReason::SpoofedMac.into());
    }
    match ethernet.ethertype.get() {
        ETHERTYPE_ARP => return Ok(arp::answer(datapath, iface, frame)?),
        ETHERTYPE_IPV4 => {}
        _ => return Err(DropReason::Ethertype.into()),
    }
    let packet = Ipv4Packet::parse(frame.get(IPV4_AT..).unwrap_or_default())?;
    if packet.wire_len(gso_size) > u64::from(datapath.config.mtu) {
        return Err(DropReason::TooBig.into());
    }
    if let Segment::Icmp(icmp) = &packet.segment {
        if icmp.is_error() {
            return Ok(icmp_error::forward(
                datapath, flows, iface, &packet, frame, now,
            )?);
        }
        if !icmp.is_echo() {
            return Err(DropReason::IcmpType.into());
        }
    }
    let (key, packets) = (packet.flow_key(iface), packet.wire_count(gso_size));
    let arrival = Arrival {
        key,
        segment: packet.segment,
        origin: Origin::Workload,
        now,
    };
    let way = find_way(datapath, flows, &arrival)?;
    if let Way::Resolver { .. } = way {
        let windows = &mut flows.resolver_windows;
        resolver::count(datapath.config, windows, iface, packets, now)?;
    }
    Ok(deliver::deliver(datapath, frame, &key, &way)?)
}

/// A packet that belongs to a flow or wants to open one.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    key: FlowKey,
    segment: Segment,
    origin: Origin,
    /// Monotonic clock, seconds.
    now: u32,
}

/// Who sent a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Origin {
    Workload,
    Fabric,
}

impl Arrival {
    /// Whether it may open a flow: TCP SYN, UDP, echo request.
    fn may_open(&self) -> bool {
        self.segment.may_open()
    }
}

/// How a packet leaves.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// As its flow says.
    Flow(Flow),
    /// To the resolver of this virtual network.
    Resolver { vni: u32 },
}

/// Section 1.5: the flow that the packet belongs to, or a new one.
fn find_way(datapath: &Datapath<'_>, flows: &mut Flows, arrival: &Arrival) -> Result<Way, Halt> {
    let found = [FlowTable::Established, FlowTable::HalfOpen]
        .into_iter()
        .find_map(|table| Some((table, *flows.table(table).get(&arrival.key)?)));
    if let Some((table, flow)) = found
        && let Some(flow) = established::pass(datapath, flows, arrival, table, flow)?
    {
        return Ok(Way::Flow(flow));
    }
    open::open(datapath, flows, arrival)
}
