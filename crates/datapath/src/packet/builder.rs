//! Frames for tests and synthetic packets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zerocopy::IntoBytes;

use crate::abi::{Mac, PROTO_ICMP, PROTO_TCP, PROTO_UDP, mac};

use super::checksum::{Sum, checksum};
use super::{
    ARP_REQUEST, ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, EthernetHeader,
    ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST, IcmpHeader, Ipv4Header, Ipv6Header, TcpFlags, TcpHeader,
    UdpHeader,
};

/// Builds a frame whose lengths and checksums are right.
///
/// ```
/// use datapath::packet::{PacketBuilder, TcpFlags, dissect};
///
/// let frame = PacketBuilder::from_workload(7)
///     .ipv4([10, 0, 0, 1].into(), [10, 0, 0, 2].into())
///     .tcp(40000, 80)
///     .flags(TcpFlags::SYN)
///     .mss(1460)
///     .build();
/// assert_eq!(frame.len(), 14 + 20 + 24);
/// assert_eq!(dissect(&frame).unwrap().checksum_fault(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct PacketBuilder {
    src_mac: Mac,
    dst_mac: Mac,
    network: Network,
    ttl: u8,
    tos: u8,
    transport: Transport,
    tcp_options: Vec<u8>,
    payload: Vec<u8>,
    padding: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Network {
    Arp(ArpPacket),
    Ip(IpAddr, IpAddr),
    Other(u16),
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Transport {
    Tcp(TcpHeader),
    Udp(UdpHeader),
    UdpWithoutChecksum(UdpHeader),
    Icmp(IcmpHeader),
    Other(u8),
}

impl Default for PacketBuilder {
    fn default() -> Self {
        Self {
            src_mac: Mac::default(),
            dst_mac: Mac::default(),
            network: Network::Other(ETHERTYPE_IPV4),
            ttl: 64,
            tos: 0,
            transport: Transport::Other(PROTO_UDP),
            tcp_options: vec![],
            payload: vec![],
            padding: 0,
        }
    }
}

impl PacketBuilder {
    /// A frame from the workload behind `iface` to its router.
    pub fn from_workload(iface: u32) -> Self {
        Self::default().ethernet(mac(iface), Mac::ROUTER)
    }

    /// Link-layer source and destination.
    pub fn ethernet(mut self, src: Mac, dst: Mac) -> Self {
        (self.src_mac, self.dst_mac) = (src, dst);
        self
    }

    /// Neither ARP nor IP; the payload follows the Ethernet header.
    pub fn ethertype(mut self, ethertype: u16) -> Self {
        self.network = Network::Other(ethertype);
        self
    }

    /// An ARP request of the frame's source.
    pub fn arp_request(mut self, sender: Ipv4Addr, target: Ipv4Addr) -> Self {
        self.network = Network::Arp(ArpPacket {
            hardware_type: 1.into(),
            protocol_type: ETHERTYPE_IPV4.into(),
            hardware_len: 6,
            protocol_len: 4,
            operation: ARP_REQUEST.into(),
            sender_mac: self.src_mac,
            sender_addr: sender.octets(),
            target_mac: Mac::default(),
            target_addr: target.octets(),
        });
        self
    }

    /// An ARP packet as it is given.
    pub fn arp(mut self, packet: ArpPacket) -> Self {
        self.network = Network::Arp(packet);
        self
    }

    /// IPv4.
    pub fn ipv4(mut self, src: Ipv4Addr, dst: Ipv4Addr) -> Self {
        self.network = Network::Ip(src.into(), dst.into());
        self
    }

    /// IPv6.
    pub fn ipv6(mut self, src: Ipv6Addr, dst: Ipv6Addr) -> Self {
        self.network = Network::Ip(src.into(), dst.into());
        self
    }

    /// Hops left, otherwise 64.
    pub fn ttl(mut self, ttl: u8) -> Self {
        self.ttl = ttl;
        self
    }

    /// Type of service or traffic class, otherwise 0.
    pub fn tos(mut self, tos: u8) -> Self {
        self.tos = tos;
        self
    }

    /// TCP, an ACK unless [`Self::flags`] says otherwise.
    pub fn tcp(mut self, sport: u16, dport: u16) -> Self {
        self.transport = Transport::Tcp(TcpHeader {
            sport: sport.into(),
            dport: dport.into(),
            flags: TcpFlags::ACK,
            window: 0xffff.into(),
            ..TcpHeader::default()
        });
        self
    }

    /// TCP flags.
    pub fn flags(self, flags: TcpFlags) -> Self {
        self.edit_tcp(|tcp| tcp.flags = flags)
    }

    /// TCP sequence number.
    pub fn seq(self, seq: u32) -> Self {
        self.edit_tcp(|tcp| tcp.seq = seq.into())
    }

    /// TCP acknowledgement number.
    pub fn ack(self, ack: u32) -> Self {
        self.edit_tcp(|tcp| tcp.ack = ack.into())
    }

    /// TCP receive window, otherwise the largest.
    pub fn window(self, window: u16) -> Self {
        self.edit_tcp(|tcp| tcp.window = window.into())
    }

    fn edit_tcp(mut self, edit: impl FnOnce(&mut TcpHeader)) -> Self {
        if let Transport::Tcp(tcp) = &mut self.transport {
            edit(tcp);
        }
        self
    }

    /// TCP option: maximum segment size, bytes.
    pub fn mss(self, mss: u16) -> Self {
        let [high, low] = mss.to_be_bytes();
        self.tcp_options(&[2, 4, high, low])
    }

    /// TCP options, at most 40 bytes (the rest is cut off); padded to a multiple of four.
    pub fn tcp_options(mut self, options: &[u8]) -> Self {
        self.tcp_options = options.iter().copied().take(40).collect();
        self.tcp_options
            .resize(self.tcp_options.len().next_multiple_of(4), 0);
        self
    }

    /// UDP.
    pub fn udp(mut self, sport: u16, dport: u16) -> Self {
        self.transport = Transport::Udp(udp_header(sport, dport));
        self
    }

    /// UDP with a checksum of zero: "none".
    pub fn udp_without_checksum(mut self, sport: u16, dport: u16) -> Self {
        self.transport = Transport::UdpWithoutChecksum(udp_header(sport, dport));
        self
    }

    /// ICMP echo request.
    pub fn echo_request(self, id: u16, seq: u16) -> Self {
        self.icmp(IcmpHeader {
            icmp_type: ICMP_ECHO_REQUEST,
            id: id.into(),
            seq: seq.into(),
            ..IcmpHeader::default()
        })
    }

    /// ICMP echo reply.
    pub fn echo_reply(self, id: u16, seq: u16) -> Self {
        self.icmp(IcmpHeader {
            icmp_type: ICMP_ECHO_REPLY,
            id: id.into(),
            seq: seq.into(),
            ..IcmpHeader::default()
        })
    }

    /// ICMP error that quotes an IP packet (a frame without its Ethernet header).
    pub fn icmp_error(self, icmp_type: u8, code: u8, quoted: &[u8]) -> Self {
        self.icmp(IcmpHeader {
            icmp_type,
            code,
            ..IcmpHeader::default()
        })
        .payload(quoted)
    }

    /// ICMP with this header; its checksum is computed.
    pub fn icmp(mut self, header: IcmpHeader) -> Self {
        self.transport = Transport::Icmp(header);
        self
    }

    /// Another IP protocol; the payload follows the IP header.
    pub fn protocol(mut self, protocol: u8) -> Self {
        self.transport = Transport::Other(protocol);
        self
    }

    /// What the innermost header carries.
    pub fn payload(mut self, payload: &[u8]) -> Self {
        self.payload = payload.to_vec();
        self
    }

    /// Zero bytes behind the packet, as Ethernet adds to short frames.
    pub fn padding(mut self, bytes: usize) -> Self {
        self.padding = bytes;
        self
    }

    /// The frame. Lengths that do not fit their field are cut to its largest value.
    pub fn build(self) -> Vec<u8> {
        let (ethertype, body) = match &self.network {
            Network::Arp(arp) => (ETHERTYPE_ARP, arp.as_bytes().to_vec()),
            Network::Ip(IpAddr::V4(src), IpAddr::V4(dst)) => (ETHERTYPE_IPV4, self.v4(*src, *dst)),
            Network::Ip(src, dst) => (ETHERTYPE_IPV6, self.v6(*src, *dst)),
            Network::Other(ethertype) => (*ethertype, self.payload.clone()),
        };
        let ethernet = EthernetHeader {
            dst: self.dst_mac,
            src: self.src_mac,
            ethertype: ethertype.into(),
        };
        let mut frame = ethernet.as_bytes().to_vec();
        frame.extend(body);
        frame.resize(frame.len() + self.padding, 0);
        frame
    }

    fn v4(&self, src: Ipv4Addr, dst: Ipv4Addr) -> Vec<u8> {
        let (protocol, payload) = self.transport(src.into(), dst.into());
        let mut header = Ipv4Header {
            version_ihl: 0x45,
            tos: self.tos,
            total_len: saturate(Ipv4Header::LEN + payload.len()).into(),
            fragment: Ipv4Header::DONT_FRAGMENT.into(),
            ttl: self.ttl,
            protocol,
            src: src.octets(),
            dst: dst.octets(),
            ..Ipv4Header::default()
        };
        header.checksum = checksum(header.as_bytes()).into();
        [header.as_bytes(), &payload].concat()
    }

    fn v6(&self, src: IpAddr, dst: IpAddr) -> Vec<u8> {
        let (protocol, payload) = self.transport(src, dst);
        let octets = |addr| match addr {
            IpAddr::V4(addr) => addr.to_ipv6_mapped().octets(),
            IpAddr::V6(addr) => addr.octets(),
        };
        let header = Ipv6Header {
            version_class_label: ((6 << 28) | (u32::from(self.tos) << 20)).into(),
            payload_len: saturate(payload.len()).into(),
            next_header: protocol,
            hop_limit: self.ttl,
            src: octets(src),
            dst: octets(dst),
        };
        [header.as_bytes(), &payload].concat()
    }

    /// IP protocol, and the bytes after the IP header.
    fn transport(&self, src: IpAddr, dst: IpAddr) -> (u8, Vec<u8>) {
        let with_pseudo_header = |protocol, bytes: &[u8]| {
            let mut sum = Sum::default();
            sum.add_pseudo_header(src, dst, protocol, bytes.len());
            sum.add_bytes(bytes);
            sum.checksum()
        };
        match &self.transport {
            Transport::Tcp(tcp) => {
                let words = (TcpHeader::LEN + self.tcp_options.len()) / 4;
                let mut tcp = *tcp;
                tcp.data_offset = u8::try_from(words << 4).unwrap_or(0xf0);
                let bytes = [tcp.as_bytes(), &self.tcp_options, &self.payload].concat();
                tcp.checksum = with_pseudo_header(PROTO_TCP, &bytes).into();
                (
                    PROTO_TCP,
                    [tcp.as_bytes(), &self.tcp_options, &self.payload].concat(),
                )
            }
            Transport::Udp(udp) => {
                let mut udp = UdpHeader {
                    len: self.udp_len(),
                    ..*udp
                };
                let bytes = [udp.as_bytes(), &self.payload].concat();
                udp.checksum = match with_pseudo_header(PROTO_UDP, &bytes) {
                    0 => 0xffff,
                    checksum => checksum,
                }
                .into();
                (PROTO_UDP, [udp.as_bytes(), &self.payload].concat())
            }
            Transport::UdpWithoutChecksum(udp) => {
                let udp = UdpHeader {
                    len: self.udp_len(),
                    ..*udp
                };
                (PROTO_UDP, [udp.as_bytes(), &self.payload].concat())
            }
            Transport::Icmp(icmp) => {
                let mut icmp = IcmpHeader {
                    checksum: 0.into(),
                    ..*icmp
                };
                icmp.checksum = checksum(&[icmp.as_bytes(), &self.payload].concat()).into();
                (PROTO_ICMP, [icmp.as_bytes(), &self.payload].concat())
            }
            Transport::Other(protocol) => (*protocol, self.payload.clone()),
        }
    }

    fn udp_len(&self) -> crate::abi::Be16 {
        saturate(UdpHeader::LEN + self.payload.len()).into()
    }
}

impl From<PacketBuilder> for Vec<u8> {
    fn from(builder: PacketBuilder) -> Self {
        builder.build()
    }
}

fn udp_header(sport: u16, dport: u16) -> UdpHeader {
    UdpHeader {
        sport: sport.into(),
        dport: dport.into(),
        ..UdpHeader::default()
    }
}

fn saturate(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}
