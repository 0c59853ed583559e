//! Section 10: what Adit's own sockets send into virtual networks.

use crate::DropReason;
use crate::abi::{Addr, Address, AddressKey, AddressKind, FabricAddr, FabricKind};
use crate::packet::{ETHERTYPE_IPV6, EthernetHeader, Ipv6Header};

use super::parse::Segment;
use super::{Arrival, Datapath, Flows, Halt, Origin, Verdict, deliver, find_way};

/// Where the IPv6 header stands in a frame.
const IPV6_AT: usize = EthernetHeader::LEN;
/// What an IPv4 packet can carry, bytes.
const PAYLOAD_MAX: usize = 65_515;
const DNS_PORT: u16 = 53;

/// Decides about a frame that the fabric's inner device received.
pub(super) fn from_fabric(
    datapath: &Datapath<'_>,
    flows: &mut Flows,
    frame: &[u8],
    now: u32,
) -> Result<Verdict, Halt> {
    let ethernet = EthernetHeader::of(frame).ok_or(DropReason::Malformed)?;
    if ethernet.ethertype.get() != ETHERTYPE_IPV6 {
        return Err(DropReason::Ethertype.into());
    }
    let packet = frame.get(IPV6_AT..).unwrap_or_default();
    let ipv6 = Ipv6Header::of(packet).ok_or(DropReason::Malformed)?;
    let payload_len = usize::from(ipv6.payload_len.get());
    let padded_payload = packet.get(Ipv6Header::LEN..).unwrap_or_default();
    let payload = padded_payload
        .get(..payload_len)
        .ok_or(DropReason::Malformed)?;
    if ipv6.version() != 6 || payload_len > PAYLOAD_MAX {
        return Err(DropReason::Malformed.into());
    }
    let segment = Segment::parse(ipv6.next_header, payload)?;

    let (source, destination) = ends(datapath, ipv6)?;
    let mut ipv4 = deliver::from_fabric(ipv6, padded_payload, source.addr, destination.addr);
    let key = segment.flow_key(source.iface, source.addr, destination.addr);
    if source.iface == 0 {
        let address = address(datapath, source);
        let is_resolver = address.and_then(Address::kind) == Some(AddressKind::Resolver);
        if !is_resolver || key.sport.get() != DNS_PORT {
            return Err(DropReason::FabricSource.into());
        }
        return Ok(deliver::to_workload(
            datapath.config,
            &mut ipv4,
            destination.iface,
        ));
    }
    let node = datapath.tables.interfaces.get(&source.iface);
    if !node.is_some_and(|node| node.vni == source.vni && node.addr == source.addr.into()) {
        return Err(DropReason::FabricSource.into());
    }
    let arrival = Arrival {
        key,
        segment,
        origin: Origin::Fabric,
        now,
    };
    let way = find_way(datapath, flows, &arrival)?;
    Ok(deliver::deliver(datapath, &mut ipv4, &key, &way)?)
}

/// Who sends, and the workload that is sent to.
fn ends(
    datapath: &Datapath<'_>,
    ipv6: &Ipv6Header,
) -> Result<(FabricAddr, FabricAddr), DropReason> {
    let prefix = datapath.config.fabric_prefix;
    let source = FabricAddr::from_ipv6(prefix, ipv6.src_addr())
        .filter(|source| source.kind == FabricKind::Local)
        .ok_or(DropReason::FabricSource)?;
    let destination = FabricAddr::from_ipv6(prefix, ipv6.dst_addr())
        .filter(|to| to.kind == FabricKind::Remote && to.vni == source.vni)
        .ok_or(DropReason::FabricDestination)?;
    let workload = Address::new(AddressKind::Workload, destination.iface);
    if address(datapath, destination) != Some(&workload) {
        return Err(DropReason::FabricDestination);
    }
    Ok((source, destination))
}

fn address<'a>(datapath: &Datapath<'a>, fabric: FabricAddr) -> Option<&'a Address> {
    let addr = Addr::from(fabric.addr);
    datapath.tables.addresses.get(&AddressKey {
        vni: fabric.vni,
        addr,
    })
}
