//! Which resolvers are asked about names that are not ours.

use std::fs;
use std::net::{IpAddr, SocketAddr};

/// The port of every resolver.
pub const DNS_PORT: u16 = 53;
/// Where the host's own resolvers are listed.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Where the resolvers to ask are known from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Upstreams {
    /// The host's: those that its `/etc/resolv.conf` lists, loopback ones too. They change when the host moves between
    /// networks.
    #[default]
    Host,
    /// These, in the order of preference.
    Fixed(Vec<SocketAddr>),
}

impl Upstreams {
    /// These if there are any, else the host's.
    pub fn fixed_or_host(fixed: Vec<SocketAddr>) -> Self {
        if fixed.is_empty() {
            Self::Host
        } else {
            Self::Fixed(fixed)
        }
    }

    /// The resolvers as of now; none if the host lists none.
    pub fn current(&self) -> Vec<SocketAddr> {
        match self {
            Self::Host => fs::read_to_string(RESOLV_CONF)
                .map(|text| listed(&text))
                .unwrap_or_default(),
            Self::Fixed(fixed) => fixed.clone(),
        }
    }
}

fn listed(resolv_conf: &str) -> Vec<SocketAddr> {
    let servers = resolv_conf
        .lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"));
    let servers = servers.filter_map(|rest| rest.split_whitespace().next()?.parse::<IpAddr>().ok());
    servers.map(|ip| SocketAddr::new(ip, DNS_PORT)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_resolvers_are_those_it_lists() {
        let text = "# nameserver 192.0.2.9\nsearch example\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # second\nnameserver x\n";
        let found: Vec<String> = listed(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[2001:db8::1]:53"]);
    }

    #[test]
    fn resolvers_that_are_named_are_asked_instead_of_the_hosts() {
        let named: SocketAddr = "192.0.2.7:5353".parse().unwrap();
        assert_eq!(Upstreams::fixed_or_host(vec![named]).current(), [named]);
        assert_eq!(Upstreams::fixed_or_host(vec![]), Upstreams::Host);
    }
}
