//! Section 6: an ICMP error goes back the way of the packet that it quotes.

use zerocopy::IntoBytes;

use crate::DropReason;
use crate::abi::{Be16, FLOW_TO_FABRIC, Flow, FlowKey, PROTO_ICMP, PROTO_TCP, PROTO_UDP};
use crate::packet::checksum::Change;
use crate::packet::{IcmpHeader, Ipv4Header, UdpHeader};

use super::deliver::{is_rewritten, to_workload, v4_octets};
use super::parse::{IPV4_AT, Ipv4Packet, TRANSPORT_AT};
use super::{Datapath, FlowTable, Flows, Verdict};

/// Bytes that a quote has of its transport header at least.
const QUOTED_LEN_MIN: usize = 8;
/// Where TCP's checksum stands.
const TCP_CHECKSUM_AT: usize = 16;
/// Where UDP's checksum stands.
const UDP_CHECKSUM_AT: usize = 6;

/// Forwards an ICMP error that came in by `iface`. It changes no flow.
pub(super) fn forward(
    datapath: &Datapath<'_>,
    flows: &Flows,
    iface: u32,
    packet: &Ipv4Packet,
    frame: &mut Vec<u8>,
    now: u32,
) -> Result<Verdict, DropReason> {
    let end = IPV4_AT + usize::from(packet.total_len);
    let message = frame.get(TRANSPORT_AT..end).unwrap_or_default();
    let quote = message.get(IcmpHeader::LEN..).unwrap_or_default();
    let key = quoted_key(iface, quote).ok_or(DropReason::Malformed)?;
    let interface = datapath
        .tables
        .interfaces
        .get(&iface)
        .ok_or(DropReason::NoInterface)?;
    if interface.addr != packet.src.into() {
        return Err(DropReason::SpoofedSource);
    }

    let (table, flow) = [FlowTable::Established, FlowTable::HalfOpen]
        .into_iter()
        .find_map(|table| Some((table, flows.table(table).get(&key)?)))
        .ok_or(DropReason::IcmpNoFlow)?;
    if flows.is_idle(table, &key, flow, now) || flow.flags & FLOW_TO_FABRIC != 0 {
        return Err(DropReason::IcmpNoFlow);
    }
    if flow.epoch != datapath.epochs.sum(flow.scopes) {
        return Err(DropReason::FlowRevoked);
    }
    if is_rewritten(&key, flow) {
        rewrite_outer(frame.get_mut(IPV4_AT..).unwrap_or_default(), flow);
        rewrite_message(frame.get_mut(TRANSPORT_AT..end).unwrap_or_default(), flow);
    }
    Ok(to_workload(datapath.config, frame, flow.out_iface))
}

/// The key of the direction that answers the quoted packet; `None` if the quote is malformed.
fn quoted_key(iface: u32, quote: &[u8]) -> Option<FlowKey> {
    let ip = Ipv4Header::of(quote)?;
    let transport = quote.get(Ipv4Header::LEN..)?;
    let is_plain = ip.version() == 4 && ip.header_len() == Ipv4Header::LEN && !ip.is_fragment();
    if !is_plain || transport.len() < QUOTED_LEN_MIN {
        return None;
    }
    let (sport, dport) = match ip.protocol {
        // TCP's ports stand where UDP's do.
        PROTO_TCP | PROTO_UDP => UdpHeader::of(transport).map(|udp| (udp.sport, udp.dport))?,
        PROTO_ICMP => {
            let icmp = IcmpHeader::of(transport).filter(|icmp| icmp.is_echo())?;
            (icmp.id, icmp.id)
        }
        _ => return None,
    };
    Some(FlowKey {
        iface,
        sport: dport,
        dport: sport,
        saddr: ip.dst_addr().into(),
        daddr: ip.src_addr().into(),
        proto: ip.protocol,
        pad: [0; 3],
    })
}

fn rewrite_outer(packet: &mut [u8], flow: &Flow) {
    let Some(ip) = Ipv4Header::of_mut(packet) else {
        return;
    };
    replace_addresses(ip, v4_octets(flow.saddr), v4_octets(flow.daddr));
}

/// Replaces both addresses, and returns what that is to a checksum which covers them.
fn replace_addresses(ip: &mut Ipv4Header, src: [u8; 4], dst: [u8; 4]) -> Change {
    let mut change = Change::default();
    change.replace_bytes(&ip.src, &src);
    change.replace_bytes(&ip.dst, &dst);
    (ip.src, ip.dst) = (src, dst);
    ip.checksum = change.apply(ip.checksum.get()).into();
    change
}

/// `message` is the ICMP message, with a quote that has been parsed.
fn rewrite_message(message: &mut [u8], flow: &Flow) {
    let Some((header, quote)) = message.split_at_mut_checked(IcmpHeader::LEN) else {
        return;
    };
    let Some((ip, transport)) = quote.split_at_mut_checked(Ipv4Header::LEN) else {
        return;
    };
    let (Some(icmp), Some(ip)) = (IcmpHeader::of_mut(header), Ipv4Header::of_mut(ip)) else {
        return;
    };
    let mut whole = Change::default();
    whole.remove_bytes(ip.as_bytes());
    // The quoted packet went the other way.
    let mut covered = replace_addresses(ip, v4_octets(flow.daddr), v4_octets(flow.saddr));
    whole.insert_bytes(ip.as_bytes());

    if ip.protocol != PROTO_ICMP
        && let Some(ports) = UdpHeader::of_mut(transport)
    {
        let new = [flow.dport, flow.sport];
        covered.replace_bytes([ports.sport, ports.dport].as_bytes(), new.as_bytes());
        whole.replace_bytes([ports.sport, ports.dport].as_bytes(), new.as_bytes());
        [ports.sport, ports.dport] = new;
    }
    let is_udp = ip.protocol == PROTO_UDP;
    let checksum_at = match ip.protocol {
        PROTO_TCP => Some(TCP_CHECKSUM_AT),
        PROTO_UDP => Some(UDP_CHECKSUM_AT),
        _ => None,
    };
    if let Some(at) = checksum_at
        && let Some(bytes) = transport
            .get_mut(at..)
            .and_then(|rest| rest.first_chunk_mut())
    {
        let old = Be16::from_bytes(*bytes).get();
        let new = if is_udp {
            covered.apply_udp(old)
        } else {
            covered.apply(old)
        };
        whole.replace(old, new);
        *bytes = new.to_be_bytes();
    }
    icmp.checksum = whole.apply(icmp.checksum.get()).into();
}
