//! The fabric's address plan: a virtual network's IPv4 address as one IPv6 address.
//!
//! Inside the fabric namespace overlapping networks never collide, because every address carries
//! its network and its interface. Source: the comment above `FABRIC_KIND_REMOTE` in `abi.h`.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::VNI_MAX;

/// Whose address it is, as the fabric's sockets see it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum FabricKind {
    /// A workload's.
    Remote = 1,
    /// One that the fabric's sockets own.
    Local = 2,
}

impl FabricKind {
    /// The kind with this number.
    pub const fn from_u8(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Remote),
            2 => Some(Self::Local),
            _ => None,
        }
    }
}

/// prefix (32 bits, not held here), kind (8), vni (24), iface (32), IPv4 (32).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FabricAddr {
    /// Whose address it is.
    pub kind: FabricKind,
    /// Virtual network, at most [`VNI_MAX`]; higher bits are cut off.
    pub vni: u32,
    /// Interface index of the workload or node; 0 for the resolver's own address.
    pub iface: u32,
    /// The address inside the virtual network.
    pub addr: Ipv4Addr,
}

impl FabricAddr {
    /// The IPv6 address under `prefix` (`Config::fabric_prefix`).
    pub fn to_ipv6(self, prefix: [u8; 4]) -> Ipv6Addr {
        let [_, vni @ ..] = (self.vni & VNI_MAX).to_be_bytes();
        let kind_and_vni = [self.kind as u8, vni[0], vni[1], vni[2]];
        let words = [
            u32::from_be_bytes(prefix),
            u32::from_be_bytes(kind_and_vni),
            self.iface,
            self.addr.to_bits(),
        ];
        let bits = words
            .iter()
            .fold(0u128, |bits, word| (bits << 32) | u128::from(*word));
        Ipv6Addr::from_bits(bits)
    }

    /// The inverse of [`Self::to_ipv6`]; `None` for an address that is not of this plan.
    pub fn from_ipv6(prefix: [u8; 4], addr: Ipv6Addr) -> Option<Self> {
        let [p0, p1, p2, p3, kind, v0, v1, v2, i0, i1, i2, i3, a, b, c, d] = addr.octets();
        if [p0, p1, p2, p3] != prefix {
            return None;
        }
        Some(Self {
            kind: FabricKind::from_u8(kind)?,
            vni: u32::from_be_bytes([0, v0, v1, v2]),
            iface: u32::from_be_bytes([i0, i1, i2, i3]),
            addr: Ipv4Addr::new(a, b, c, d),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: [u8; 4] = [0xfd, 0xad, 0x17, 0x00];

    #[test]
    fn the_plan_is_readable_in_the_address() {
        let addr = FabricAddr {
            kind: FabricKind::Local,
            vni: 0x0a0b0c,
            iface: 7,
            addr: Ipv4Addr::new(10, 0, 0, 2),
        };
        let text = "fdad:1700:20a:b0c:0:7:a00:2";
        assert_eq!(addr.to_ipv6(PREFIX).to_string(), text);
        assert_eq!(
            FabricAddr::from_ipv6(PREFIX, addr.to_ipv6(PREFIX)),
            Some(addr)
        );
    }

    #[test]
    fn foreign_addresses_are_none() {
        for text in [
            "2001:db8::1",
            "fdad:1700::1",
            "fdad:1701:100::1",
            "fdad:1700:300::1",
        ] {
            assert_eq!(
                FabricAddr::from_ipv6(PREFIX, text.parse().unwrap()),
                None,
                "{text}"
            );
        }
    }
}
