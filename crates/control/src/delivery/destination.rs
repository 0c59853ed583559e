//! Which addresses endpoints may have.
//!
//! The URL of an endpoint is a tenant's choice, and the request is made by the host. So a tenant must not reach through
//! it what only the host reaches: its own loopback services, and what hosts are told by link-local addresses, above all
//! their cloud's instance metadata. Invariant: the address that was judged is the one that is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// Where AWS serves instance metadata by IPv6, outside of link-local addresses.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

/// Which addresses endpoints may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destinations {
    /// Every one that belongs to one other host; those of this host's loopback only if `loopback` says so.
    Usual {
        /// Whether loopback addresses are among them.
        loopback: bool,
    },
    /// Those in one of these networks.
    Within(Vec<IpNet>),
}

impl Destinations {
    /// The usual ones of an API that listens on an address. Whoever reaches an API on a loopback address is on this host,
    /// and reaches its other loopback services as well.
    pub fn of_api(listen: SocketAddr) -> Self {
        let loopback = listen.ip().is_loopback();
        Self::Usual { loopback }
    }

    /// Whether an endpoint may have this address.
    pub(super) fn permit(&self, address: IpAddr) -> bool {
        let address = embedded(address);
        match self {
            Self::Usual { loopback } => {
                is_of_another_host(address) || (*loopback && address.is_loopback())
            }
            Self::Within(networks) => networks.iter().any(|network| network.contains(&address)),
        }
    }
}

/// The IPv4 address that an IPv6 address stands for, if it is one of those.
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return IpAddr::V4(v4);
    }
    // NAT64 (RFC 6052).
    let bits = v6.to_bits();
    if bits >> 32 == 0x0064_ff9b << 64 {
        let [.., a, b, c, d] = v6.octets();
        return IpAddr::V4(Ipv4Addr::new(a, b, c, d));
    }
    address
}

fn is_of_another_host(address: IpAddr) -> bool {
    let local = match address {
        IpAddr::V4(v4) => {
            v4.is_link_local() || v4.is_broadcast() || v4.octets().first() == Some(&0)
        }
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6 == METADATA_V6,
    };
    !(local || address.is_loopback() || address.is_unspecified() || address.is_multicast())
}
