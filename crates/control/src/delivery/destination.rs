//! Which addresses endpoints may have.
//!
//! The URL of an endpoint is a tenant's choice, and the request is made by the host. So a tenant must not reach through
//! it what only the host reaches: its own services, on whichever of its addresses, and what a cloud tells its hosts, above
//! all their instance metadata. Invariant: the address that was judged is the one that is connected to.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use ipnet::IpNet;

/// Where clouds serve instance metadata outside of link-local addresses.
const METADATA: [IpAddr; 5] = [
    // AWS.
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
    // Google Cloud.
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254)),
    // Azure.
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    // Alibaba Cloud.
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    // Oracle Cloud.
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];

/// A port to ask for the way to an address with (RFC 863); any would do.
const DISCARD_PORT: u16 = 9;

/// Which addresses endpoints may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destinations {
    /// Every one that belongs to one other host; this host's own, loopback and all others, only if `this_host` says so.
    Usual {
        /// Whether this host's addresses are among them.
        this_host: bool,
    },
    /// Those in one of these networks.
    Within(Vec<IpNet>),
}

impl Destinations {
    /// The usual ones of an API that listens on an address. Whoever reaches an API on a loopback address is on this host,
    /// and reaches its other services as well.
    pub fn of_api(listen: SocketAddr) -> Self {
        let this_host = listen.ip().is_loopback();
        Self::Usual { this_host }
    }

    /// Whether an endpoint may have this address. One that cannot be judged now, it may not.
    pub(crate) fn permit(&self, address: IpAddr) -> bool {
        self.judge(address).unwrap_or(false)
    }

    /// Whether an endpoint may have this address.
    ///
    /// # Errors
    /// The kernel does not say now whose it is.
    pub(super) fn judge(&self, address: IpAddr) -> io::Result<bool> {
        let address = embedded(address);
        match self {
            Self::Usual { .. } if !is_of_one_host(address) => Ok(false),
            Self::Usual { this_host: true } => Ok(true),
            Self::Usual { this_host: false } => Ok(!is_of_this_host(address)?),
            Self::Within(networks) => Ok(networks.iter().any(|network| network.contains(&address))),
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

/// Whether it is an address of one host, and none by which a cloud tells its hosts about themselves.
fn is_of_one_host(address: IpAddr) -> bool {
    let told = match address {
        IpAddr::V4(v4) => {
            v4.is_link_local() || v4.is_broadcast() || v4.octets().first() == Some(&0)
        }
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(told || METADATA.contains(&address) || address.is_unspecified() || address.is_multicast())
}

/// Whether the kernel would deliver to this host itself, now. Nothing is sent.
///
/// Limit: where the kernel lets any address be bound (`net.ipv4.ip_nonlocal_bind`), all count as this host's.
///
/// # Errors
/// The kernel does not say, for want of a file or a port.
fn is_of_this_host(address: IpAddr) -> io::Result<bool> {
    Ok(address.is_loopback() || is_bindable(address)? || is_its_own_source(address)?)
}

/// Whether this host has the address. Of several in one network the kernel takes the first as the source to all, so the
/// way there does not tell.
fn is_bindable(address: IpAddr) -> io::Result<bool> {
    match UdpSocket::bind((address, 0)) {
        Ok(_) => Ok(true),
        // Only this says that it is another's.
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the kernel takes the address itself as the source to it, or one of the loopback, as it does for what a route
/// makes this host's.
fn is_its_own_source(address: IpAddr) -> io::Result<bool> {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    if let Err(error) = socket.connect((address, DISCARD_PORT)) {
        // What cannot be routed cannot be reached either.
        let no_route = [ErrorKind::NetworkUnreachable, ErrorKind::HostUnreachable];
        return if no_route.contains(&error.kind()) {
            Ok(false)
        } else {
            Err(error)
        };
    }
    let source = socket.local_addr()?.ip();
    Ok(source == address || source.is_loopback())
}
