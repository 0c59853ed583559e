//! What the kernel program keeps by itself, flows and counts, and what it is told once, its
//! constants.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{Addr, Be16, Mac};

/// AWS: NLB TCP idle timeout, seconds.
pub const TCP_IDLE_SECS: u16 = 350;
/// AWS: NLB UDP idle timeout, seconds.
pub const UDP_IDLE_SECS: u16 = 120;
/// Idle timeout of ICMP echo, seconds.
pub const ICMP_IDLE_SECS: u16 = 30;
/// A TCP flow's life until its handshake is complete, seconds without packets.
pub const TCP_HALF_OPEN_SECS: u16 = 60;
/// A TCP flow's life after a RST or both FINs, seconds without packets.
pub const TCP_CLOSING_SECS: u16 = 10;

abi_type! {
    /// Key of `flows` and `half_open`: a packet as it entered.
    pub struct FlowKey (44) {
        /// Where the packet entered.
        pub iface: u32,
        /// Source port; ICMP echo: identifier.
        pub sport: Be16,
        /// Destination port; ICMP echo: identifier.
        pub dport: Be16,
        /// Source address.
        pub saddr: Addr,
        /// Destination address.
        pub daddr: Addr,
        /// IP protocol.
        pub proto: u8,
        /// Zero.
        pub pad: [u8; 3],
    }
}

/// [`Flow::flags`]: this entry is the reply direction.
pub const FLOW_REPLY: u8 = 1 << 0;
/// [`Flow::flags`]: deliver to the fabric's sockets.
pub const FLOW_TO_FABRIC: u8 = 1 << 1;

/// [`Flow::state`]: FIN seen in this direction.
pub const FLOW_FIN_SELF: u8 = 1 << 0;
/// [`Flow::state`]: FIN seen in the other direction.
pub const FLOW_FIN_PEER: u8 = 1 << 1;
/// [`Flow::state`]: RST seen in either direction.
pub const FLOW_RST: u8 = 1 << 2;
/// [`Flow::state`]: half-open, and the other side has answered.
pub const FLOW_ANSWERED: u8 = 1 << 3;

abi_type! {
    /// Value of `flows` and `half_open`: what to make of the packet.
    pub struct Flow (64) {
        /// Source address after the rewrite.
        pub saddr: Addr,
        /// Destination address after the rewrite.
        pub daddr: Addr,
        /// Source port after the rewrite.
        pub sport: Be16,
        /// Destination port after the rewrite.
        pub dport: Be16,
        /// Where the packet leaves.
        pub out_iface: u32,
        /// Seconds of the monotonic clock.
        pub last_seen: u32,
        /// Sum of both scopes' epochs when last allowed.
        pub epoch: u32,
        /// The frontend's interface, or 0: not through a frontend.
        pub frontend: u32,
        /// Backend id, or 0.
        pub backend: u32,
        /// Epoch slots: initiator's network, responder's network.
        pub scopes: [u16; 2],
        /// Life without packets, seconds.
        pub idle_secs: u16,
        /// [`FLOW_REPLY`], [`FLOW_TO_FABRIC`].
        pub flags: u8,
        /// [`FLOW_FIN_SELF`], [`FLOW_FIN_PEER`], [`FLOW_RST`], [`FLOW_ANSWERED`].
        pub state: u8,
    }
}

abi_type! {
    /// Value of `resolver_windows`: what the interface that is the key has sent to the resolver
    /// within one second.
    pub struct ResolverWindow (8) {
        /// Packets.
        pub count: u32,
        /// Of the monotonic clock.
        pub second: u32,
    }
}

abi_type! {
    /// Constants of one loaded program (its `.rodata`).
    pub struct Config (40) {
        /// The fabric's device that receives for its sockets.
        pub fabric_iface: u32,
        /// Seed of the flow hash.
        pub hash_seed: u32,
        /// Largest IP packet of a workload, bytes.
        pub mtu: u32,
        /// Most packets of an interface to the resolver in one second, below 2^31; 0: no limit.
        pub resolver_packets_max: u32,
        /// Lowest source port given to flows through a frontend.
        pub nat_port_min: u16,
        /// Highest source port given to flows through a frontend.
        pub nat_port_max: u16,
        /// Tests: the time, seconds; 0: the clock.
        pub fixed_now_secs: u32,
        /// First 32 bits of every fabric address.
        pub fabric_prefix: [u8; 4],
        /// Link-layer address of `fabric_iface`.
        pub fabric_mac: Mac,
        /// Zero.
        pub pad: [u8; 2],
        /// Entries of the map `flow_blocks`, a power of two; set by whoever creates the map.
        pub flow_blocks: u32,
    }
}

abi_type! {
    /// One block of the counters that tell what is not in `flows`: 128 of four bits, eight in each word.
    pub struct FlowCounters (64) {
        /// The counters.
        pub words: [u32; 16],
    }
}

/// Entries of `reap_keys`, which are the candidates of one run of the program `reap`.
pub const REAP_BATCH_MAX: usize = 1024;

abi_type! {
    /// Context of the program `reap`: the first `count` entries of `reap_keys` are looked at, and
    /// those that are idle in `flows` are removed together with their peers.
    pub struct Reap (12) {
        /// In: seconds of the monotonic clock.
        pub now: u32,
        /// In: at most [`REAP_BATCH_MAX`].
        pub count: u32,
        /// Out: entries removed, both directions.
        pub removed: u32,
    }
}
