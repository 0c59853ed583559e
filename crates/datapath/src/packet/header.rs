//! Header layouts.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::BitOr;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::abi::{Be16, Be32, Mac};

/// EtherType of IPv4.
pub const ETHERTYPE_IPV4: u16 = 0x0800;
/// EtherType of ARP.
pub const ETHERTYPE_ARP: u16 = 0x0806;
/// EtherType of IPv6.
pub const ETHERTYPE_IPV6: u16 = 0x86dd;
/// [`ArpPacket::operation`]: who has that address?
pub const ARP_REQUEST: u16 = 1;
/// [`ArpPacket::operation`]: an answer.
pub const ARP_REPLY: u16 = 2;
/// ICMP type: echo reply.
pub const ICMP_ECHO_REPLY: u8 = 0;
/// ICMP type: destination unreachable (an error).
pub const ICMP_DEST_UNREACH: u8 = 3;
/// ICMP type: echo request.
pub const ICMP_ECHO_REQUEST: u8 = 8;
/// ICMP type: time exceeded (an error).
pub const ICMP_TIME_EXCEEDED: u8 = 11;
/// ICMP type: parameter problem (an error).
pub const ICMP_PARAM_PROBLEM: u8 = 12;

/// A header type that can be viewed in a frame.
macro_rules! header {
    ($(#[$doc:meta])* pub struct $name:ident ($size:literal) { $($body:tt)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Default, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable,
            KnownLayout, Unaligned,
        )]
        #[repr(C)]
        pub struct $name { $($body)* }

        const _: () = assert!(size_of::<$name>() == $size);

        impl $name {
            /// Bytes of the header, without options.
            pub const LEN: usize = $size;

            /// The header at the beginning of `bytes`.
            pub fn of(bytes: &[u8]) -> Option<&Self> {
                Self::ref_from_prefix(bytes).ok().map(|(header, _)| header)
            }

            /// The header at the beginning of `bytes`, to be changed.
            pub fn of_mut(bytes: &mut [u8]) -> Option<&mut Self> {
                Self::mut_from_prefix(bytes).ok().map(|(header, _)| header)
            }
        }
    };
}

header! {
    /// Ethernet II, without VLAN tags.
    pub struct EthernetHeader (14) {
        /// Destination.
        pub dst: Mac,
        /// Source.
        pub src: Mac,
        /// What follows.
        pub ethertype: Be16,
    }
}

header! {
    /// ARP for IPv4 over Ethernet.
    pub struct ArpPacket (28) {
        /// 1: Ethernet.
        pub hardware_type: Be16,
        /// EtherType of the addresses asked for.
        pub protocol_type: Be16,
        /// 6.
        pub hardware_len: u8,
        /// 4.
        pub protocol_len: u8,
        /// [`ARP_REQUEST`] or [`ARP_REPLY`].
        pub operation: Be16,
        /// Who speaks.
        pub sender_mac: Mac,
        /// Who speaks.
        pub sender_addr: [u8; 4],
        /// Who is spoken to; zero in requests.
        pub target_mac: Mac,
        /// Who is spoken to, or asked for.
        pub target_addr: [u8; 4],
    }
}

impl ArpPacket {
    /// Whether it speaks of IPv4 over Ethernet.
    pub fn is_ipv4_over_ethernet(&self) -> bool {
        self.hardware_type.get() == 1
            && self.protocol_type.get() == ETHERTYPE_IPV4
            && self.hardware_len == 6
            && self.protocol_len == 4
    }
}

header! {
    /// IPv4 without options.
    pub struct Ipv4Header (20) {
        /// Version (4 bits) and header length in 32-bit words (4 bits).
        pub version_ihl: u8,
        /// Type of service.
        pub tos: u8,
        /// Bytes of header and payload.
        pub total_len: Be16,
        /// Names the datagram among its fragments.
        pub id: Be16,
        /// Flags (3 bits) and offset in 8 bytes (13 bits).
        pub fragment: Be16,
        /// Hops left.
        pub ttl: u8,
        /// What follows.
        pub protocol: u8,
        /// Of the header.
        pub checksum: Be16,
        /// Source address.
        pub src: [u8; 4],
        /// Destination address.
        pub dst: [u8; 4],
    }
}

impl Ipv4Header {
    /// [`Self::fragment`]: don't fragment.
    pub const DONT_FRAGMENT: u16 = 0x4000;
    const MORE_FRAGMENTS: u16 = 0x2000;
    const OFFSET_MASK: u16 = 0x1fff;

    /// IP version.
    pub const fn version(&self) -> u8 {
        self.version_ihl >> 4
    }

    /// Header length in bytes.
    pub fn header_len(&self) -> usize {
        usize::from(self.version_ihl & 0x0f) * 4
    }

    /// Whether it is a part of a datagram.
    pub fn is_fragment(&self) -> bool {
        self.fragment.get() & (Self::MORE_FRAGMENTS | Self::OFFSET_MASK) != 0
    }

    /// Source address.
    pub fn src_addr(&self) -> Ipv4Addr {
        self.src.into()
    }

    /// Destination address.
    pub fn dst_addr(&self) -> Ipv4Addr {
        self.dst.into()
    }
}

header! {
    /// IPv6 without extension headers.
    pub struct Ipv6Header (40) {
        /// Version (4 bits), traffic class (8), flow label (20).
        pub version_class_label: Be32,
        /// Bytes after this header.
        pub payload_len: Be16,
        /// What follows.
        pub next_header: u8,
        /// Hops left.
        pub hop_limit: u8,
        /// Source address.
        pub src: [u8; 16],
        /// Destination address.
        pub dst: [u8; 16],
    }
}

impl Ipv6Header {
    /// IP version.
    pub fn version(&self) -> u32 {
        self.version_class_label.get() >> 28
    }

    /// Traffic class, the equivalent of IPv4's TOS.
    pub fn traffic_class(&self) -> u8 {
        let [a, b, ..] = self.version_class_label.to_bytes();
        (a << 4) | (b >> 4)
    }

    /// Source address.
    pub fn src_addr(&self) -> Ipv6Addr {
        self.src.into()
    }

    /// Destination address.
    pub fn dst_addr(&self) -> Ipv6Addr {
        self.dst.into()
    }
}

header! {
    /// TCP without options.
    pub struct TcpHeader (20) {
        /// Source port.
        pub sport: Be16,
        /// Destination port.
        pub dport: Be16,
        /// Sequence number of the first byte.
        pub seq: Be32,
        /// The byte expected next.
        pub ack: Be32,
        /// Header length in 32-bit words (4 bits), reserved (4 bits).
        pub data_offset: u8,
        /// What kind of segment it is.
        pub flags: TcpFlags,
        /// Receive window.
        pub window: Be16,
        /// Of pseudo-header, header and payload.
        pub checksum: Be16,
        /// Urgent pointer.
        pub urgent: Be16,
    }
}

impl TcpHeader {
    /// Header length in bytes, with options.
    pub fn header_len(&self) -> usize {
        usize::from(self.data_offset >> 4) * 4
    }
}

header! {
    /// UDP.
    pub struct UdpHeader (8) {
        /// Source port.
        pub sport: Be16,
        /// Destination port.
        pub dport: Be16,
        /// Bytes of header and payload.
        pub len: Be16,
        /// Of pseudo-header, header and payload; 0: none.
        pub checksum: Be16,
    }
}

header! {
    /// ICMP.
    pub struct IcmpHeader (8) {
        /// What kind of message it is.
        pub icmp_type: u8,
        /// Refines the type.
        pub code: u8,
        /// Of the whole message.
        pub checksum: Be16,
        /// Echo: identifier.
        pub id: Be16,
        /// Echo: sequence number.
        pub seq: Be16,
    }
}

impl IcmpHeader {
    /// Whether it is an echo request or reply.
    pub const fn is_echo(&self) -> bool {
        matches!(self.icmp_type, ICMP_ECHO_REQUEST | ICMP_ECHO_REPLY)
    }

    /// Whether it quotes a packet that could not be delivered.
    pub const fn is_error(&self) -> bool {
        matches!(
            self.icmp_type,
            ICMP_DEST_UNREACH | ICMP_TIME_EXCEEDED | ICMP_PARAM_PROBLEM
        )
    }
}

/// TCP's flags.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned,
)]
#[repr(C)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: Self = Self(1 << 0);
    /// Opens a connection.
    pub const SYN: Self = Self(1 << 1);
    /// Ends a connection at once.
    pub const RST: Self = Self(1 << 2);
    /// Deliver without delay.
    pub const PSH: Self = Self(1 << 3);
    /// The acknowledgement number counts.
    pub const ACK: Self = Self(1 << 4);
    /// The urgent pointer counts.
    pub const URG: Self = Self(1 << 5);

    /// Whether all of `flags` are set.
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether any of `flags` is set.
    pub const fn has_any(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }
}

impl BitOr for TcpFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
        let set = NAMES
            .iter()
            .enumerate()
            .filter(|(bit, _)| self.0 & (1 << bit) != 0);
        let names: Vec<&str> = set.map(|(_, name)| *name).collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join("|"))
    }
}
