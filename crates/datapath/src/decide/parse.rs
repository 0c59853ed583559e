//! Section 1, steps 2 to 4: what a packet must be before anything else is asked.

use std::net::Ipv4Addr;

use crate::DropReason;
use crate::abi::{FlowKey, PROTO_ICMP, PROTO_TCP, PROTO_UDP};
use crate::packet::{
    EthernetHeader, ICMP_ECHO_REQUEST, IcmpHeader, Ipv4Header, TcpFlags, TcpHeader, UdpHeader,
};

/// Where the IP header stands in a frame.
pub(super) const IPV4_AT: usize = EthernetHeader::LEN;
/// Where the transport header stands in a frame: there are no IP options.
pub(super) const TRANSPORT_AT: usize = IPV4_AT + Ipv4Header::LEN;

/// An IPv4 packet that is not malformed.
pub(super) struct Ipv4Packet {
    pub(super) src: Ipv4Addr,
    pub(super) dst: Ipv4Addr,
    /// Bytes of header and payload; what follows in the frame is padding.
    pub(super) total_len: u16,
    pub(super) segment: Segment,
}

/// Its transport header, without options.
#[derive(Clone, Copy, Debug)]
pub(super) enum Segment {
    Tcp(TcpHeader),
    Udp(UdpHeader),
    Icmp(IcmpHeader),
}

impl Ipv4Packet {
    /// `bytes` begins with the IP header.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, DropReason> {
        let header = Ipv4Header::of(bytes).ok_or(DropReason::Malformed)?;
        let total_len = header.total_len.get();
        if header.version() != 4 || usize::from(total_len) < Ipv4Header::LEN {
            return Err(DropReason::Malformed);
        }
        let payload = bytes
            .get(Ipv4Header::LEN..usize::from(total_len))
            .ok_or(DropReason::Malformed)?;
        if header.header_len() != Ipv4Header::LEN {
            return Err(DropReason::IpOptions);
        }
        if header.is_fragment() {
            return Err(DropReason::Fragment);
        }
        let segment = match header.protocol {
            PROTO_ICMP => Segment::Icmp(*IcmpHeader::of(payload).ok_or(DropReason::Malformed)?),
            protocol => Segment::parse(protocol, payload)?,
        };
        Ok(Self {
            src: header.src_addr(),
            dst: header.dst_addr(),
            total_len,
            segment,
        })
    }

    /// The size of the largest IP packet that this one becomes on a wire, bytes.
    pub(super) fn wire_len(&self, gso_size: u32) -> u64 {
        match gso_size {
            0 => u64::from(self.total_len),
            gso_size => {
                let headers = Ipv4Header::LEN + self.segment.header_len();
                headers as u64 + u64::from(gso_size)
            }
        }
    }

    /// How many IP packets it becomes on a wire.
    pub(super) fn wire_count(&self, gso_size: u32) -> u32 {
        let headers = Ipv4Header::LEN + self.segment.header_len();
        let payload = usize::from(self.total_len).saturating_sub(headers);
        let payload = u32::try_from(payload).unwrap_or(u32::MAX);
        match gso_size {
            0 => 1,
            gso_size => payload.div_ceil(gso_size).max(1),
        }
    }

    /// The key of the flow that it belongs to.
    pub(super) fn flow_key(&self, iface: u32) -> FlowKey {
        self.segment.flow_key(iface, self.src, self.dst)
    }
}

impl Segment {
    /// TCP or UDP. `payload` is all that the IP packet carries.
    pub(super) fn parse(protocol: u8, payload: &[u8]) -> Result<Self, DropReason> {
        match protocol {
            PROTO_TCP => {
                let tcp = *TcpHeader::of(payload).ok_or(DropReason::Malformed)?;
                if !(TcpHeader::LEN..=payload.len()).contains(&tcp.header_len()) {
                    return Err(DropReason::Malformed);
                }
                let opens_and_ends = tcp.flags.has(TcpFlags::SYN)
                    && tcp.flags.has_any(TcpFlags::FIN | TcpFlags::RST);
                let any = TcpFlags::SYN | TcpFlags::ACK | TcpFlags::RST | TcpFlags::FIN;
                if opens_and_ends || !tcp.flags.has_any(any) {
                    return Err(DropReason::TcpFlags);
                }
                Ok(Self::Tcp(tcp))
            }
            PROTO_UDP => {
                let udp = *UdpHeader::of(payload).ok_or(DropReason::Malformed)?;
                if !(UdpHeader::LEN..=payload.len()).contains(&usize::from(udp.len.get())) {
                    return Err(DropReason::Malformed);
                }
                Ok(Self::Udp(udp))
            }
            _ => Err(DropReason::Protocol),
        }
    }

    fn header_len(&self) -> usize {
        match self {
            Self::Tcp(tcp) => tcp.header_len(),
            Self::Udp(_) => UdpHeader::LEN,
            Self::Icmp(_) => IcmpHeader::LEN,
        }
    }

    /// The key of the flow that a packet of these addresses belongs to.
    pub(super) fn flow_key(&self, iface: u32, src: Ipv4Addr, dst: Ipv4Addr) -> FlowKey {
        let (proto, sport, dport) = match self {
            Self::Tcp(tcp) => (PROTO_TCP, tcp.sport, tcp.dport),
            Self::Udp(udp) => (PROTO_UDP, udp.sport, udp.dport),
            Self::Icmp(icmp) => (PROTO_ICMP, icmp.id, icmp.id),
        };
        FlowKey {
            iface,
            sport,
            dport,
            saddr: src.into(),
            daddr: dst.into(),
            proto,
            pad: [0; 3],
        }
    }

    /// The flags of a TCP segment; none for others.
    pub(super) fn tcp_flags(&self) -> TcpFlags {
        match self {
            Self::Tcp(tcp) => tcp.flags,
            Self::Udp(_) | Self::Icmp(_) => TcpFlags::default(),
        }
    }

    /// Whether it is TCP's first: SYN without ACK.
    pub(super) fn is_syn(&self) -> bool {
        self.tcp_flags().has(TcpFlags::SYN) && !self.tcp_flags().has(TcpFlags::ACK)
    }

    /// Whether it may open a flow: TCP SYN, UDP, echo request.
    pub(super) fn may_open(&self) -> bool {
        match self {
            Self::Tcp(_) => self.is_syn(),
            Self::Udp(_) => true,
            Self::Icmp(icmp) => icmp.icmp_type == ICMP_ECHO_REQUEST,
        }
    }
}
