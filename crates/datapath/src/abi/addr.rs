//! Addresses as the data plane's tables hold them: 128-bit IP addresses and link-layer addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{MAC_PREFIX, ROUTER_IFACE};

/// An IP address; an IPv4 address stands here as `::ffff:a.b.c.d`.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
    Unaligned,
)]
#[repr(C)]
pub struct Addr {
    /// The address in wire order.
    pub bytes: [u8; 16],
}

impl Addr {
    /// Bits of an address.
    pub const BITS: u8 = 128;
    /// Prefix bits that every IPv4 address shares: `/n` of IPv4 is `/(96 + n)` here.
    pub const V4_PREFIX_LEN: u8 = 96;

    /// The address in the form users know: IPv4 when it is a mapped one.
    pub fn to_ip(self) -> IpAddr {
        Ipv6Addr::from(self.bytes).to_canonical()
    }

    /// The IPv4 address, if it is one.
    pub fn to_ipv4(self) -> Option<Ipv4Addr> {
        Ipv6Addr::from(self.bytes).to_ipv4_mapped()
    }

    /// The first address of the `prefix_len`-bit network that holds this one.
    /// `prefix_len` above 128 counts as 128.
    pub fn network(self, prefix_len: u8) -> Self {
        let host_bits = Self::BITS.saturating_sub(prefix_len);
        let mask = u128::MAX.checked_shl(u32::from(host_bits)).unwrap_or(0);
        Self {
            bytes: (u128::from_be_bytes(self.bytes) & mask).to_be_bytes(),
        }
    }

    /// Whether `self` lies in the network of `prefix` and `prefix_len` bits (above 128: never).
    pub fn is_in(self, prefix: Self, prefix_len: u8) -> bool {
        prefix_len <= Self::BITS && self.network(prefix_len) == prefix.network(prefix_len)
    }
}

impl From<Ipv4Addr> for Addr {
    fn from(addr: Ipv4Addr) -> Self {
        Self {
            bytes: addr.to_ipv6_mapped().octets(),
        }
    }
}

impl From<Ipv6Addr> for Addr {
    fn from(addr: Ipv6Addr) -> Self {
        Self {
            bytes: addr.octets(),
        }
    }
}

impl From<IpAddr> for Addr {
    fn from(addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(addr) => addr.into(),
            IpAddr::V6(addr) => addr.into(),
        }
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_ip().fmt(f)
    }
}

/// A link-layer (Ethernet) address.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
    Unaligned,
)]
#[repr(C)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// `ff:ff:ff:ff:ff:ff`.
    pub const BROADCAST: Self = Self([0xff; 6]);
    /// The router's, which is every workload's next hop.
    pub const ROUTER: Self = mac(ROUTER_IFACE);
}

/// The link-layer address that the interface with index `iface` has on the workload's side.
pub const fn mac(iface: u32) -> Mac {
    let [a, b, c, d] = iface.to_be_bytes();
    Mac([MAC_PREFIX[0], MAC_PREFIX[1], a, b, c, d])
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_way_through_the_table_form() {
        for text in [
            "10.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "2001:db8::1",
            "::",
        ] {
            let ip: IpAddr = text.parse().unwrap();
            assert_eq!(Addr::from(ip).to_ip(), ip);
        }
        let mapped: Addr = Ipv4Addr::new(192, 0, 2, 1).into();
        assert_eq!(mapped.bytes[10..], [0xff, 0xff, 192, 0, 2, 1]);
    }

    #[test]
    fn a_prefix_holds_exactly_its_addresses() {
        let network: Addr = Ipv4Addr::new(10, 0, 0, 0).into();
        let inside: Addr = Ipv4Addr::new(10, 0, 255, 1).into();
        let outside: Addr = Ipv4Addr::new(10, 1, 0, 1).into();
        assert!(inside.is_in(network, 96 + 16));
        assert!(!outside.is_in(network, 96 + 16));
        assert!(outside.is_in(network, 96));
        assert!(outside.is_in(Addr::default(), 0));
        assert!(!inside.is_in(network, 128));
        assert!(inside.is_in(inside, 128));
        assert!(!inside.is_in(inside, 129));
    }

    #[test]
    fn link_layer_addresses_name_their_interface() {
        assert_eq!(mac(0x0102_0304).to_string(), "02:ad:01:02:03:04");
        assert_eq!(Mac::ROUTER.to_string(), "02:ad:00:00:00:01");
    }
}
