//! Section 9, "RST": what becomes of a refused packet.

use std::net::Ipv4Addr;

use crate::DropReason;
use crate::abi::{FLOW_TO_FABRIC, Flow, Mac, mac};
use crate::packet::{
    ETHERTYPE_IPV4, EthernetHeader, Ipv4Header, PacketBuilder, TcpFlags, TcpHeader,
};

use super::deliver::v4_octets;
use super::parse::{IPV4_AT, Ipv4Packet, Segment};
use super::{Cut, Verdict};

/// Refuses a frame of the workload behind `iface`. `cut_flow`: the entry of its flow as it was, if
/// the flow was cut.
pub(super) fn refuse(
    iface: u32,
    frame: &[u8],
    reason: DropReason,
    cut_flow: Option<&Flow>,
) -> Verdict {
    let Some((packet, tcp)) = tcp_without_rst(frame) else {
        return Verdict::Drop(reason);
    };
    Verdict::Reply {
        iface,
        bytes: to_sender(iface, &packet, &tcp),
        reason: Some(reason),
        cut: cut_flow.and_then(|flow| to_receiver(flow, &tcp)),
    }
}

fn tcp_without_rst(frame: &[u8]) -> Option<(Ipv4Packet, TcpHeader)> {
    let ethernet = EthernetHeader::of(frame)?;
    if ethernet.ethertype.get() != ETHERTYPE_IPV4 {
        return None;
    }
    let packet = Ipv4Packet::parse(frame.get(IPV4_AT..)?).ok()?;
    let Segment::Tcp(tcp) = packet.segment else {
        return None;
    };
    (!tcp.flags.has(TcpFlags::RST)).then_some((packet, tcp))
}

/// A RST to the workload behind `iface`, without flags and numbers.
fn rst(iface: u32, src: (Ipv4Addr, u16), dst: (Ipv4Addr, u16)) -> PacketBuilder {
    PacketBuilder::default()
        .ethernet(Mac::ROUTER, mac(iface))
        .ipv4(src.0, dst.0)
        .tcp(src.1, dst.1)
        .window(0)
}

/// The answer. Sequence numbers by RFC 9293, 3.10.7.1.
fn to_sender(iface: u32, packet: &Ipv4Packet, tcp: &TcpHeader) -> Vec<u8> {
    let own = (packet.src, tcp.sport.get());
    let answer = rst(iface, (packet.dst, tcp.dport.get()), own);
    let answer = if tcp.flags.has(TcpFlags::ACK) {
        answer.flags(TcpFlags::RST).seq(tcp.ack.get())
    } else {
        let acknowledged = tcp.seq.get().wrapping_add(sequence_len(packet, tcp));
        answer
            .flags(TcpFlags::RST | TcpFlags::ACK)
            .ack(acknowledged)
    };
    answer.build()
}

/// In the place of the packet, as it would have been rewritten.
fn to_receiver(flow: &Flow, tcp: &TcpHeader) -> Option<Cut> {
    if flow.flags & FLOW_TO_FABRIC != 0 {
        return None;
    }
    let src = (v4_octets(flow.saddr).into(), flow.sport.get());
    let dst = (v4_octets(flow.daddr).into(), flow.dport.get());
    let cut = rst(flow.out_iface, src, dst).seq(tcp.seq.get());
    let cut = if tcp.flags.has(TcpFlags::ACK) {
        cut.flags(TcpFlags::RST | TcpFlags::ACK).ack(tcp.ack.get())
    } else {
        cut.flags(TcpFlags::RST)
    };
    Some(Cut {
        iface: flow.out_iface,
        bytes: cut.build(),
    })
}

/// How many sequence numbers the segment takes: its data, SYN and FIN.
fn sequence_len(packet: &Ipv4Packet, tcp: &TcpHeader) -> u32 {
    let headers = Ipv4Header::LEN + tcp.header_len();
    let payload = usize::from(packet.total_len).saturating_sub(headers);
    let marks = [TcpFlags::SYN, TcpFlags::FIN].map(|flag| u32::from(tcp.flags.has(flag)));
    u32::try_from(payload).unwrap_or(0) + marks.iter().sum::<u32>()
}
