//! The data plane's contract with the kernel program: every key, value and constant that crosses
//! the border.
//!
//! The twin of `bpf/lib/abi.h`; change both together and bump [`ABI_VERSION`]. Field and constant
//! names are the same, in Rust's letter case. Fields of type [`Be16`] and [`Be32`] are in wire
//! order; all other integers are in host order. Padding is explicit and zero, so that a value is
//! its bytes.
//!
//! Words: an *interface* is a point where packets enter or leave, named by the interface index
//! that its host side has in the fabric namespace. A *vni* names a virtual network; addresses mean
//! nothing without one. A *frontend* is an address of one virtual network that leads into another
//! one, by way of a *node* (a load balancer's address over there) to a *backend*.

mod addr;
mod fabric;

use std::net::Ipv4Addr;

use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

pub use self::addr::{Addr, Mac, mac};
pub use self::fabric::{FabricAddr, FabricKind};
pub use self::flow::{
    Config, FLOW_ANSWERED, FLOW_FIN_PEER, FLOW_FIN_SELF, FLOW_REPLY, FLOW_RST, FLOW_TO_FABRIC,
    Flow, FlowCounters, FlowKey, ICMP_IDLE_SECS, REAP_BATCH_MAX, Reap, ResolverWindow,
    TCP_CLOSING_SECS, TCP_HALF_OPEN_SECS, TCP_IDLE_SECS, UDP_IDLE_SECS,
};

/// A 16-bit integer in wire order.
pub type Be16 = zerocopy::big_endian::U16;
/// A 32-bit integer in wire order.
pub type Be32 = zerocopy::big_endian::U32;

/// Bumped with every change of this file.
pub const ABI_VERSION: u32 = 3;

/// Security groups of one interface.
pub const GROUPS_MAX: usize = 16;
/// Rules of one group in one direction.
pub const RULES_MAX: usize = 120;
/// Epochs, indexed by the low 16 bits of a vni.
pub const EPOCH_SLOTS: usize = 65536;
/// Source ports tried for one new flow.
pub const PORT_PROBES_MAX: u32 = 32;
/// Slots of one backend set.
pub const BACKEND_SLOTS_MAX: usize = 131_072;
/// Interfaces whose packets to the resolver are counted.
pub const RESOLVER_WINDOWS_MAX: usize = 16_384;
/// The highest vni: 24 bits, as in VXLAN and in the fabric's address plan.
pub const VNI_MAX: u32 = 0x00ff_ffff;

/// [`Rule::proto`]: every protocol.
pub const PROTO_ANY: u8 = 255;
/// IP protocol number of ICMP.
pub const PROTO_ICMP: u8 = 1;
/// IP protocol number of TCP.
pub const PROTO_TCP: u8 = 6;
/// IP protocol number of UDP.
pub const PROTO_UDP: u8 = 17;
/// `port_lo` or `port_hi` of an ICMP [`Rule`]: every type, every code.
pub const ICMP_ANY: u16 = 0xffff;

/// First two bytes of every interface's link-layer address.
pub const MAC_PREFIX: [u8; 2] = [0x02, 0xad];
/// The index that stands in the router's link-layer address.
pub const ROUTER_IFACE: u32 = 1;

/// A `#[repr(C)]` type of the ABI, with its size asserted.
macro_rules! abi_type {
    ($(#[$doc:meta])* pub struct $name:ident ($size:literal) { $($body:tt)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, FromBytes,
            IntoBytes, Immutable, KnownLayout,
        )]
        #[repr(C)]
        pub struct $name { $($body)* }

        const _: () = assert!(size_of::<$name>() == $size);
    };
}

/// A `u8` enum of the ABI with a total conversion from its number.
macro_rules! abi_enum {
    (
        $(#[$doc:meta])* pub enum $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $number:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$variant_doc])* $variant = $number,)+ }

        impl $name {
            /// Every value, in order of its number.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The value with this number.
            pub const fn from_u8(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

// After the macros, which it uses.
mod flow;

/// Rules apply to the interface; without it all is allowed.
pub const INTERFACE_FILTERED: u32 = 1 << 0;
/// A workload's veth stands behind the interface.
pub const INTERFACE_WORKLOAD: u32 = 1 << 1;

abi_type! {
    /// Value of `interfaces`; the key is the interface index.
    pub struct Interface (96) {
        /// Its virtual network.
        pub vni: u32,
        /// The table in `routes` that its packets are routed by.
        pub route_table: u32,
        /// [`INTERFACE_FILTERED`], [`INTERFACE_WORKLOAD`].
        pub flags: u32,
        /// How many of `groups` are in use, at most [`GROUPS_MAX`].
        pub group_count: u32,
        /// The only source address it may use.
        pub addr: Addr,
        /// Security groups.
        pub groups: [u32; GROUPS_MAX],
    }
}

impl Interface {
    /// The security groups in use.
    pub fn groups(&self) -> &[u32] {
        let count = usize::try_from(self.group_count).unwrap_or(GROUPS_MAX);
        self.groups.get(..count).unwrap_or(&self.groups)
    }

    /// The same interface with these security groups.
    ///
    /// # Errors
    /// More than [`GROUPS_MAX`] groups.
    pub fn with_groups(mut self, groups: &[u32]) -> Result<Self, TooManyGroups> {
        let too_many = TooManyGroups {
            count: groups.len(),
        };
        let (used, rest) = self
            .groups
            .split_at_mut_checked(groups.len())
            .ok_or(too_many)?;
        used.copy_from_slice(groups);
        rest.fill(0);
        self.group_count = u32::try_from(groups.len()).map_err(|_| too_many)?;
        Ok(self)
    }

    /// Whether all bits of `flags` are set.
    pub const fn has(&self, flags: u32) -> bool {
        self.flags & flags == flags
    }
}

/// An interface was given more security groups than its value can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{count} security groups on one interface, at most {GROUPS_MAX}")]
pub struct TooManyGroups {
    /// How many were given.
    pub count: usize,
}

abi_type! {
    /// Key of `addresses`.
    pub struct AddressKey (20) {
        /// Virtual network.
        pub vni: u32,
        /// Address in that network.
        pub addr: Addr,
    }
}

abi_enum! {
    /// Who owns an address.
    pub enum AddressKind {
        /// Delivered to the interface's veth.
        Workload = 1,
        /// Leads into another virtual network.
        Frontend = 2,
        /// A load balancer's: replies only.
        Node = 3,
        /// Answered by sockets in the fabric.
        Resolver = 4,
        /// The subnet's first hop: answers ARP only.
        Router = 5,
    }
}

abi_type! {
    /// Value of `addresses`.
    pub struct Address (8) {
        /// The owner's interface; 0 for resolver and router.
        pub iface: u32,
        /// An [`AddressKind`].
        pub kind: u8,
        /// Zero.
        pub pad: [u8; 3],
    }
}

impl Address {
    /// An address of this kind, owned by `iface` (0 for resolver and router).
    pub const fn new(kind: AddressKind, iface: u32) -> Self {
        Self {
            iface,
            kind: kind as u8,
            pad: [0; 3],
        }
    }

    /// Who owns it; `None` for a number that no kind has.
    pub const fn kind(&self) -> Option<AddressKind> {
        AddressKind::from_u8(self.kind)
    }
}

abi_type! {
    /// Key of `routes`, a longest-prefix-match table.
    pub struct RouteKey (24) {
        /// 32 (the route table's bits) plus the prefix of the 128-bit address.
        pub prefix_len: u32,
        /// Which route table.
        pub route_table: Be32,
        /// The prefix; bits past it are zero.
        pub addr: Addr,
    }
}

impl RouteKey {
    /// Bits of `prefix_len` that the route table takes.
    pub const TABLE_BITS: u32 = 32;

    /// The network of `addr` with `prefix_len` bits of the 128-bit address (above 128: 128).
    pub fn new(route_table: u32, addr: Addr, prefix_len: u8) -> Self {
        let prefix_len = prefix_len.min(Addr::BITS);
        Self {
            prefix_len: Self::TABLE_BITS + u32::from(prefix_len),
            route_table: route_table.into(),
            addr: addr.network(prefix_len),
        }
    }

    /// The network of an IPv4 prefix, `prefix_len` in 0..=32 (above 32: 32).
    pub fn v4(route_table: u32, addr: Ipv4Addr, prefix_len: u8) -> Self {
        Self::new(
            route_table,
            addr.into(),
            Addr::V4_PREFIX_LEN + prefix_len.min(32),
        )
    }
}

abi_enum! {
    /// What becomes of packets that a route matches.
    pub enum RouteKind {
        /// Delivered inside the virtual network.
        Local = 1,
        /// Dropped.
        Blackhole = 2,
    }
}

abi_type! {
    /// Value of `routes`.
    pub struct Route (8) {
        /// The virtual network whose epoch it belongs to.
        pub vni: u32,
        /// A [`RouteKind`].
        pub kind: u8,
        /// Zero.
        pub pad: [u8; 3],
    }
}

impl Route {
    /// A route of the virtual network `vni`.
    pub const fn new(vni: u32, kind: RouteKind) -> Self {
        Self {
            vni,
            kind: kind as u8,
            pad: [0; 3],
        }
    }

    /// What becomes of the packets; `None` for a number that no kind has.
    pub const fn kind(&self) -> Option<RouteKind> {
        RouteKind::from_u8(self.kind)
    }
}

abi_enum! {
    /// Which way a rule looks, seen from the interface.
    pub enum Direction {
        /// Towards the interface.
        Ingress = 1,
        /// Away from it.
        Egress = 2,
    }
}

abi_type! {
    /// Key of `rulesets`.
    pub struct RulesetKey (8) {
        /// Security group.
        pub group: u32,
        /// A [`Direction`].
        pub direction: u8,
        /// Zero.
        pub pad: [u8; 3],
    }
}

impl RulesetKey {
    /// The rules of `group` in one direction.
    pub const fn new(group: u32, direction: Direction) -> Self {
        Self {
            group,
            direction: direction as u8,
            pad: [0; 3],
        }
    }
}

abi_type! {
    /// One thing that a group allows.
    pub struct Rule (28) {
        /// The peer's address, unless `peer_group` is set.
        pub prefix: Addr,
        /// 0, or the group that the peer must be in.
        pub peer_group: u32,
        /// Lowest destination port; ICMP: type or [`ICMP_ANY`].
        pub port_lo: u16,
        /// Highest destination port; ICMP: code or [`ICMP_ANY`].
        pub port_hi: u16,
        /// 0..=128, of the 128-bit address.
        pub prefix_len: u8,
        /// IP protocol or [`PROTO_ANY`].
        pub proto: u8,
        /// Zero.
        pub pad: [u8; 2],
    }
}

/// Value of `rulesets` as the kernel holds it; [`crate::RuleList`] is the form that tables use.
#[derive(Clone, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Ruleset {
    /// The virtual network whose epoch it belongs to.
    pub vni: u32,
    /// How many of `rules` are in use, at most [`RULES_MAX`].
    pub count: u32,
    /// Rules.
    pub rules: [Rule; RULES_MAX],
}

const _: () = assert!(size_of::<Ruleset>() == 3368);

impl Default for Ruleset {
    fn default() -> Self {
        Self::new_zeroed()
    }
}

/// The node's ingress rules apply to flows through the frontend.
pub const FRONTEND_NODE_RULES: u32 = 1 << 0;

abi_type! {
    /// Value of `frontends`; the key is the frontend's interface index.
    pub struct Frontend (32) {
        /// Where the frontend's own address lives.
        pub vni: u32,
        /// Where it leads.
        pub backend_vni: u32,
        /// Interface of the load balancer node.
        pub node: u32,
        /// [`FRONTEND_NODE_RULES`].
        pub flags: u32,
        /// What the backend sees as source.
        pub node_addr: Addr,
    }
}

abi_type! {
    /// Key of `listeners`.
    pub struct ListenerKey (8) {
        /// Interface of the load balancer node.
        pub node: u32,
        /// Destination port.
        pub port: Be16,
        /// [`PROTO_TCP`] or [`PROTO_UDP`].
        pub proto: u8,
        /// Zero.
        pub pad: u8,
    }
}

impl ListenerKey {
    /// The listener of `node` on `port`.
    pub fn new(node: u32, port: u16, proto: u8) -> Self {
        Self {
            node,
            port: port.into(),
            proto,
            pad: 0,
        }
    }
}

abi_type! {
    /// Value of `listeners`.
    pub struct Listener (12) {
        /// The virtual network whose epoch it belongs to.
        pub vni: u32,
        /// Key of `backend_sets`.
        pub backend_set: u32,
        /// A flow's life without packets, seconds.
        pub idle_secs: u16,
        /// Zero.
        pub pad: [u8; 2],
    }
}

/// Cut the backend's flows at their next packet.
pub const BACKEND_TERMINATE: u32 = 1 << 0;

abi_type! {
    /// Value of `backends`; the key is the backend's id.
    pub struct Backend (32) {
        /// Its virtual network.
        pub vni: u32,
        /// Its interface.
        pub iface: u32,
        /// Its address.
        pub addr: Addr,
        /// Its port.
        pub port: Be16,
        /// Zero.
        pub pad: [u8; 2],
        /// [`BACKEND_TERMINATE`].
        pub flags: u32,
    }
}

/// The epoch slot of a virtual network.
pub const fn epoch_slot(vni: u32) -> u16 {
    let [_, _, high, low] = vni.to_be_bytes();
    u16::from_be_bytes([high, low])
}
