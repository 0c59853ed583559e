//! Packets as bytes: headers, checksums, TCP options, a builder and a dissector.
//!
//! Headers are views into the frame (all of alignment 1, integers in wire order). Nothing here
//! decides anything, and nothing here trusts the bytes: a header that is not there is an `Option`.
//! Sources: RFC 791 (IPv4), 792 (ICMP), 826 (ARP), 768 (UDP), 8200 (IPv6), 9293 (TCP).

mod builder;
pub mod checksum;
mod dissect;
mod header;
mod mss;

pub use self::builder::PacketBuilder;
pub use self::dissect::{Body, Dissected, Ip, Transport, dissect};
pub use self::header::{
    ARP_REPLY, ARP_REQUEST, ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6,
    EthernetHeader, ICMP_DEST_UNREACH, ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST, ICMP_PARAM_PROBLEM,
    ICMP_TIME_EXCEEDED, IcmpHeader, Ipv4Header, Ipv6Header, TcpFlags, TcpHeader, UdpHeader,
};
pub use self::mss::{clamp_mss, mss};

/// A frame as a hook receives it.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Packet {
    /// From the Ethernet header on.
    pub bytes: Vec<u8>,
    /// Payload bytes of each segment that the kernel will cut it into; 0: it is not a GSO packet.
    pub gso_size: u32,
}

impl From<Vec<u8>> for Packet {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, gso_size: 0 }
    }
}
