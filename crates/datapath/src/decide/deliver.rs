//! Sections 7, 9 and 10: rewrite a packet and let it go.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zerocopy::IntoBytes;

use crate::DropReason;
use crate::abi::{
    Addr, Config, FLOW_TO_FABRIC, FabricAddr, FabricKind, Flow, FlowKey, Mac, PROTO_TCP, PROTO_UDP,
    mac,
};
use crate::packet::checksum::{Change, checksum};
use crate::packet::{
    ETHERTYPE_IPV4, ETHERTYPE_IPV6, EthernetHeader, Ipv4Header, Ipv6Header, TcpFlags, TcpHeader,
    UdpHeader, clamp_mss,
};

use super::parse::{IPV4_AT, TRANSPORT_AT};
use super::{Datapath, Exit, Verdict, Way};

/// IPv4 and TCP headers: what an MTU leaves for a segment's data is less by this.
const HEADERS_LEN: u32 = 40;

/// Lets an IPv4 frame leave. It was parsed, so its headers are there.
pub(super) fn deliver(
    datapath: &Datapath<'_>,
    frame: &mut Vec<u8>,
    key: &FlowKey,
    way: &Way,
) -> Result<Verdict, DropReason> {
    match way {
        Way::Resolver { vni } => to_fabric(datapath.config, frame, key, 0, || Ok(*vni)),
        Way::Flow(flow) if flow.flags & FLOW_TO_FABRIC != 0 => {
            to_fabric(datapath.config, frame, key, flow.out_iface, || {
                let interface = datapath.tables.interfaces.get(&key.iface);
                interface
                    .map(|interface| interface.vni)
                    .ok_or(DropReason::NoInterface)
            })
        }
        Way::Flow(flow) => {
            if is_rewritten(key, flow) {
                rewrite(frame, flow);
            }
            Ok(to_workload(datapath.config, frame, flow.out_iface))
        }
    }
}

/// Hands an IPv4 frame to the workload behind `iface`.
pub(super) fn to_workload(config: &Config, frame: &mut Vec<u8>, iface: u32) -> Verdict {
    let mss_max = u16::try_from(config.mtu.saturating_sub(HEADERS_LEN)).unwrap_or(u16::MAX);
    let is_tcp = Ipv4Header::of(frame.get(IPV4_AT..).unwrap_or_default())
        .is_some_and(|ip| ip.protocol == PROTO_TCP);
    if let Some(segment) = frame.get_mut(TRANSPORT_AT..)
        && is_tcp
        && TcpHeader::of(segment).is_some_and(|tcp| tcp.flags.has(TcpFlags::SYN))
    {
        clamp_mss(segment, mss_max);
    }
    if let Some(ethernet) = EthernetHeader::of_mut(frame) {
        (ethernet.dst, ethernet.src) = (mac(iface), Mac::ROUTER);
    }
    Verdict::Redirect {
        iface,
        to: Exit::Peer,
        bytes: std::mem::take(frame),
    }
}

/// Whether packets under `key` are changed on their way.
pub(super) fn is_rewritten(key: &FlowKey, flow: &Flow) -> bool {
    flow.frontend != 0 || flow.saddr != key.saddr || flow.daddr != key.daddr
}

/// The last four bytes, which are the address if it is an IPv4 one.
pub(super) fn v4_octets(addr: Addr) -> [u8; 4] {
    let [.., a, b, c, d] = addr.bytes;
    [a, b, c, d]
}

fn rewrite(frame: &mut [u8], flow: &Flow) {
    let Some(ip) = Ipv4Header::of_mut(frame.get_mut(IPV4_AT..).unwrap_or_default()) else {
        return;
    };
    let mut change = Change::default();
    let (src, dst) = (v4_octets(flow.saddr), v4_octets(flow.daddr));
    change.replace_bytes(&ip.src, &src);
    change.replace_bytes(&ip.dst, &dst);
    (ip.src, ip.dst) = (src, dst);
    ip.checksum = change.apply(ip.checksum.get()).into();

    let protocol = ip.protocol;
    let segment = frame.get_mut(TRANSPORT_AT..).unwrap_or_default();
    match protocol {
        PROTO_TCP => {
            let Some(tcp) = TcpHeader::of_mut(segment) else {
                return;
            };
            change.replace(tcp.sport.get(), flow.sport.get());
            change.replace(tcp.dport.get(), flow.dport.get());
            (tcp.sport, tcp.dport) = (flow.sport, flow.dport);
            tcp.checksum = change.apply(tcp.checksum.get()).into();
        }
        PROTO_UDP => {
            let Some(udp) = UdpHeader::of_mut(segment) else {
                return;
            };
            change.replace(udp.sport.get(), flow.sport.get());
            change.replace(udp.dport.get(), flow.dport.get());
            (udp.sport, udp.dport) = (flow.sport, flow.dport);
            udp.checksum = change.apply_udp(udp.checksum.get()).into();
        }
        _ => {}
    }
}

/// Section 10, IPv4 to IPv6. `frame` is TCP or UDP over IPv4, of the virtual network `vni`, for
/// the fabric's address on `local_iface`.
fn to_fabric(
    config: &Config,
    frame: &[u8],
    key: &FlowKey,
    local_iface: u32,
    vni: impl FnOnce() -> Result<u32, DropReason>,
) -> Result<Verdict, DropReason> {
    let ip =
        Ipv4Header::of(frame.get(IPV4_AT..).unwrap_or_default()).ok_or(DropReason::Malformed)?;
    let payload = frame.get(TRANSPORT_AT..).unwrap_or_default();
    let carries_no_checksum = ip.protocol == PROTO_UDP
        && UdpHeader::of(payload).is_some_and(|udp| udp.checksum.get() == 0);
    if carries_no_checksum {
        return Err(DropReason::UdpNoChecksum);
    }
    let vni = vni()?;
    let [src, dst] = [
        (FabricKind::Remote, key.iface, key.saddr),
        (FabricKind::Local, local_iface, key.daddr),
    ]
    .map(|(kind, iface, addr)| {
        let addr = v4_octets(addr).into();
        FabricAddr {
            kind,
            vni,
            iface,
            addr,
        }
        .to_ipv6(config.fabric_prefix)
    });
    let ipv6 = Ipv6Header {
        version_class_label: ((6 << 28) | (u32::from(ip.tos) << 20)).into(),
        payload_len: ip.total_len.get().saturating_sub(20).into(),
        next_header: ip.protocol,
        hop_limit: ip.ttl,
        src: src.octets(),
        dst: dst.octets(),
    };
    let ethernet = EthernetHeader {
        dst: config.fabric_mac,
        src: Mac::ROUTER,
        ethertype: ETHERTYPE_IPV6.into(),
    };
    let old = [ip.src_addr().into(), ip.dst_addr().into()];
    let payload = with_pseudo_header(payload, ip.protocol, old, [src.into(), dst.into()]);
    let bytes = [ethernet.as_bytes(), ipv6.as_bytes(), &payload].concat();
    Ok(Verdict::Redirect {
        iface: config.fabric_iface,
        to: Exit::Fabric,
        bytes,
    })
}

/// Section 10, IPv6 to IPv4. `payload` is TCP or UDP and what follows it in the frame; the frame
/// that is returned has Ethernet addresses still to be set.
pub(super) fn from_fabric(
    ipv6: &Ipv6Header,
    payload: &[u8],
    src: Ipv4Addr,
    dst: Ipv4Addr,
) -> Vec<u8> {
    let mut ip = Ipv4Header {
        version_ihl: 0x45,
        tos: ipv6.traffic_class(),
        total_len: ipv6.payload_len.get().saturating_add(20).into(),
        fragment: Ipv4Header::DONT_FRAGMENT.into(),
        ttl: ipv6.hop_limit,
        protocol: ipv6.next_header,
        src: src.octets(),
        dst: dst.octets(),
        ..Ipv4Header::default()
    };
    ip.checksum = checksum(ip.as_bytes()).into();
    let ethernet = EthernetHeader {
        ethertype: ETHERTYPE_IPV4.into(),
        ..EthernetHeader::default()
    };
    let old: [Ipv6Addr; 2] = [ipv6.src_addr(), ipv6.dst_addr()];
    let payload = with_pseudo_header(
        payload,
        ip.protocol,
        old.map(IpAddr::from),
        [src.into(), dst.into()],
    );
    [ethernet.as_bytes(), ip.as_bytes(), &payload].concat()
}

/// TCP or UDP with its checksum updated for other addresses. Length and protocol count the same
/// in both versions' pseudo-headers.
fn with_pseudo_header(payload: &[u8], protocol: u8, old: [IpAddr; 2], new: [IpAddr; 2]) -> Vec<u8> {
    let mut change = Change::default();
    for addr in old {
        match addr {
            IpAddr::V4(addr) => change.remove_bytes(&addr.octets()),
            IpAddr::V6(addr) => change.remove_bytes(&addr.octets()),
        }
    }
    for addr in new {
        match addr {
            IpAddr::V4(addr) => change.insert_bytes(&addr.octets()),
            IpAddr::V6(addr) => change.insert_bytes(&addr.octets()),
        }
    }
    let mut payload = payload.to_vec();
    if protocol == PROTO_TCP {
        if let Some(tcp) = TcpHeader::of_mut(&mut payload) {
            tcp.checksum = change.apply(tcp.checksum.get()).into();
        }
    } else if let Some(udp) = UdpHeader::of_mut(&mut payload) {
        udp.checksum = change.apply_udp(udp.checksum.get()).into();
    }
    payload
}
