//! Section 5: the router answers for every address but the asker's own.

use crate::DropReason;
use crate::abi::{Mac, mac};
use crate::packet::{ARP_REPLY, ARP_REQUEST, ArpPacket, EthernetHeader};

use super::deliver::v4_octets;
use super::{Datapath, Verdict};

const NO_ADDR: [u8; 4] = [0; 4];

/// The answer to an ARP frame that came in by `iface`.
pub(super) fn answer(
    datapath: &Datapath<'_>,
    iface: u32,
    frame: &[u8],
) -> Result<Verdict, DropReason> {
    let payload = frame.get(EthernetHeader::LEN..).unwrap_or_default();
    let request = *ArpPacket::of(payload).ok_or(DropReason::Malformed)?;
    if !request.is_ipv4_over_ethernet() {
        return Err(DropReason::Arp);
    }
    let interface = datapath
        .tables
        .interfaces
        .get(&iface)
        .ok_or(DropReason::NoInterface)?;
    let own_addr = v4_octets(interface.addr);
    let is_own_addr = [own_addr, NO_ADDR].contains(&request.sender_addr);
    if request.sender_mac != mac(iface) || !is_own_addr {
        return Err(DropReason::SpoofedArp);
    }
    // An answer to a probe for the own address would say that somebody else has it.
    if request.operation.get() != ARP_REQUEST || request.target_addr == own_addr {
        return Err(DropReason::Arp);
    }

    let mut bytes = frame.to_vec();
    if let Some(ethernet) = EthernetHeader::of_mut(&mut bytes) {
        (ethernet.dst, ethernet.src) = (mac(iface), Mac::ROUTER);
    }
    if let Some(arp) = ArpPacket::of_mut(bytes.get_mut(EthernetHeader::LEN..).unwrap_or_default()) {
        arp.operation = ARP_REPLY.into();
        (arp.sender_mac, arp.sender_addr) = (Mac::ROUTER, request.target_addr);
        (arp.target_mac, arp.target_addr) = (mac(iface), request.sender_addr);
    }
    Ok(Verdict::Reply {
        iface,
        bytes,
        reason: None,
        cut: None,
    })
}
