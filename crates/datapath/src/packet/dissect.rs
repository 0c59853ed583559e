//! A frame as values: for tests, traces and explanations, not for decisions.

use std::net::IpAddr;

use crate::abi::{Mac, PROTO_ICMP, PROTO_TCP, PROTO_UDP};

use super::checksum::Sum;
use super::{
    ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, EthernetHeader, IcmpHeader,
    Ipv4Header, Ipv6Header, TcpHeader, UdpHeader,
};

/// A frame's contents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dissected {
    /// Destination.
    pub dst: Mac,
    /// Source.
    pub src: Mac,
    /// What it carries.
    pub body: Body,
}

/// What a frame carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// ARP.
    Arp(ArpPacket),
    /// IPv4 or IPv6.
    Ip(Ip),
    /// Something of this EtherType.
    Other(u16),
}

/// An IP packet's contents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ip {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Type of service or traffic class.
    pub tos: u8,
    /// Hops left.
    pub ttl: u8,
    /// What it carries.
    pub transport: Transport,
    /// The first wrong checksum, by its header's name.
    pub checksum_fault: Option<&'static str>,
}

/// What an IP packet carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Transport {
    /// A TCP segment.
    Tcp {
        /// Header without options.
        header: TcpHeader,
        /// The MSS that it announces, bytes.
        mss: Option<u16>,
        /// Data.
        payload: Vec<u8>,
    },
    /// A UDP datagram.
    Udp {
        /// Header.
        header: UdpHeader,
        /// Data.
        payload: Vec<u8>,
    },
    /// An ICMP message.
    Icmp {
        /// Header.
        header: IcmpHeader,
        /// What follows the first 8 bytes: data, or the quoted packet.
        body: Vec<u8>,
    },
    /// Another protocol, or a header that is not complete.
    Other(u8),
}

impl Dissected {
    /// The first wrong checksum of an IP packet, by its header's name.
    pub fn checksum_fault(&self) -> Option<&'static str> {
        self.ip()?.checksum_fault
    }

    /// The IP packet, if it is one.
    pub fn ip(&self) -> Option<&Ip> {
        match &self.body {
            Body::Ip(ip) => Some(ip),
            Body::Arp(_) | Body::Other(_) => None,
        }
    }
}

/// Takes a frame apart. `None` if a header up to IP is cut short.
pub fn dissect(frame: &[u8]) -> Option<Dissected> {
    let ethernet = EthernetHeader::of(frame)?;
    let payload = frame.get(EthernetHeader::LEN..)?;
    let body = match ethernet.ethertype.get() {
        ETHERTYPE_ARP => Body::Arp(*ArpPacket::of(payload)?),
        ETHERTYPE_IPV4 | ETHERTYPE_IPV6 => Body::Ip(Ip::dissect(payload)?),
        other => Body::Other(other),
    };
    Some(Dissected {
        dst: ethernet.dst,
        src: ethernet.src,
        body,
    })
}

impl Ip {
    /// Takes an IP packet apart. `None` if it is shorter than it says.
    pub fn dissect(packet: &[u8]) -> Option<Self> {
        match packet.first()? >> 4 {
            4 => {
                let header = Ipv4Header::of(packet)?;
                let (src, dst) = (header.src_addr().into(), header.dst_addr().into());
                let total_len = usize::from(header.total_len.get());
                let payload = packet.get(header.header_len()..total_len)?;
                let mut sum = Sum::default();
                sum.add_bytes(packet.get(..header.header_len())?);
                let fault = (sum.checksum() != 0).then_some("ipv4");
                let mut ip = Self::of_payload(src, dst, header.protocol, payload);
                (ip.tos, ip.ttl) = (header.tos, header.ttl);
                ip.checksum_fault = fault.or(ip.checksum_fault);
                Some(ip)
            }
            6 => {
                let header = Ipv6Header::of(packet)?;
                let (src, dst) = (header.src_addr().into(), header.dst_addr().into());
                let end = Ipv6Header::LEN + usize::from(header.payload_len.get());
                let payload = packet.get(Ipv6Header::LEN..end)?;
                let mut ip = Self::of_payload(src, dst, header.next_header, payload);
                (ip.tos, ip.ttl) = (header.traffic_class(), header.hop_limit);
                Some(ip)
            }
            _ => None,
        }
    }

    fn of_payload(src: IpAddr, dst: IpAddr, protocol: u8, payload: &[u8]) -> Self {
        let mut sum = Sum::default();
        let (transport, checksum_fault) = match protocol {
            PROTO_TCP => {
                sum.add_pseudo_header(src, dst, protocol, payload.len());
                sum.add_bytes(payload);
                (tcp(payload), (sum.checksum() != 0).then_some("tcp"))
            }
            PROTO_UDP => {
                let covered = UdpHeader::of(payload)
                    .filter(|udp| udp.checksum.get() != 0)
                    .and_then(|udp| payload.get(..usize::from(udp.len.get())));
                let is_wrong = covered.is_some_and(|covered| {
                    sum.add_pseudo_header(src, dst, protocol, covered.len());
                    sum.add_bytes(covered);
                    sum.checksum() != 0
                });
                (udp(payload), is_wrong.then_some("udp"))
            }
            PROTO_ICMP => {
                sum.add_bytes(payload);
                (icmp(payload), (sum.checksum() != 0).then_some("icmp"))
            }
            _ => (None, None),
        };
        let transport = transport.unwrap_or(Transport::Other(protocol));
        Self {
            src,
            dst,
            tos: 0,
            ttl: 0,
            transport,
            checksum_fault,
        }
    }
}

fn tcp(segment: &[u8]) -> Option<Transport> {
    let header = *TcpHeader::of(segment)?;
    let payload = segment.get(header.header_len()..)?.to_vec();
    Some(Transport::Tcp {
        header,
        mss: super::mss(segment),
        payload,
    })
}

fn udp(datagram: &[u8]) -> Option<Transport> {
    let header = *UdpHeader::of(datagram)?;
    let payload = datagram
        .get(UdpHeader::LEN..usize::from(header.len.get()))?
        .to_vec();
    Some(Transport::Udp { header, payload })
}

fn icmp(message: &[u8]) -> Option<Transport> {
    let body = message.get(IcmpHeader::LEN..)?.to_vec();
    Some(Transport::Icmp {
        header: *IcmpHeader::of(message)?,
        body,
    })
}
