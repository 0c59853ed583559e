//! Devices, addresses and routes: the fabric's own, and the links of workloads.
//!
//! The fabric is a network namespace that no packet leaves except by the data plane's programs. A
//! veth pair in it, [`FABRIC_IFACE`] and [`FABRIC_INNER_IFACE`], stands between Adit's own sockets
//! and those programs: a socket's packet leaves by the former and enters the program `from_fabric`
//! at the latter. Every address of a virtual network is one IPv6 address there.
//!
//! Not here: attaching programs. Invariant: nothing outside of an installation's namespaces is
//! changed, and neither end of a link sends a packet of its own accord.
//! Source: `docs/datapath.md` section 10, `FabricAddr` of the data plane's contract; AnyIP: ip-route(8), type `local`.

mod netlink;
mod sysctl;
mod workload;

use std::io;
use std::net::Ipv6Addr;

use datapath::abi::{FabricKind, mac};
use ipnet::Ipv6Net;

use self::netlink::{Link, LinkSettings, Neighbours, Netlink, VethEnd};
pub use self::workload::WorkloadLink;
use crate::names::Names;
use crate::netns::{Netns, NetnsError};

/// First 32 bits of every fabric address: a unique local prefix (RFC 4193).
pub const FABRIC_PREFIX: [u8; 4] = [0xfd, 0xad, 0x17, 0x00];

/// Interface index of the device that receives for Adit's sockets. Far above those that the kernel
/// gives to the tunnel devices which it adds to every namespace on some hosts.
pub const FABRIC_IFACE: u32 = 900;

/// Interface index of the device at whose tc ingress the sockets' packets arrive.
pub const FABRIC_INNER_IFACE: u32 = 901;

/// Lowest interface number of a workload.
pub const WORKLOAD_IFACE_MIN: u32 = 1000;

/// Highest interface number of a workload: the kernel's indexes are positive 32-bit integers.
pub const WORKLOAD_IFACE_MAX: u32 = i32::MAX as u32;

/// Largest IP packet of a workload, bytes. Source: AWS, "Considerations" of interface endpoints.
pub const WORKLOAD_MTU: u32 = 8500;

/// Largest packet of the fabric, bytes: an IPv6 header is 20 bytes longer than an IPv4 header.
pub const FABRIC_MTU: u32 = WORKLOAD_MTU + 20;

/// Ports that sockets in the fabric may be given: below those that the data plane gives to flows.
const FABRIC_PORTS: &str = "1024 9999";

/// Bits of [`FABRIC_PREFIX`] and the kind that follows it.
const KIND_PREFIX_LEN: u8 = 40;

const FABRIC_NAME: &str = "fab0";
const FABRIC_INNER_NAME: &str = "fab1";
const LOOPBACK_IFACE: u32 = 1;

/// Settings of the fabric's namespace. Devices are born without IPv6, so that links of workloads
/// say nothing; addresses that no device has can be bound, so that sockets can be any node.
const FABRIC_SYSCTLS: &[(&str, &str)] = &[
    ("ipv4/ip_forward", "0"),
    ("ipv6/conf/all/forwarding", "0"),
    ("ipv6/conf/all/disable_ipv6", "0"),
    ("ipv6/conf/default/disable_ipv6", "1"),
    ("ipv6/conf/default/addr_gen_mode", "1"),
    ("ipv6/conf/default/accept_ra", "0"),
    ("ipv6/conf/default/autoconf", "0"),
    ("ipv6/conf/default/accept_dad", "0"),
    ("ipv6/conf/default/dad_transmits", "0"),
    ("ipv6/conf/default/router_solicitations", "0"),
    ("ipv6/conf/lo/disable_ipv6", "0"),
    ("ipv6/ip_nonlocal_bind", "1"),
    ("ipv4/ip_local_port_range", FABRIC_PORTS),
];

/// Settings that the sockets' device does not take from the defaults.
const FABRIC_IFACE_SYSCTLS: &[(&str, &str)] = &[
    ("ipv6/conf/fab0/addr_gen_mode", "1"),
    ("ipv6/conf/fab0/accept_ra", "0"),
    ("ipv6/conf/fab0/accept_dad", "0"),
    ("ipv6/conf/fab0/router_solicitations", "0"),
    ("ipv6/conf/fab0/disable_ipv6", "0"),
];

/// What can go wrong with devices, addresses and routes.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// A namespace failed.
    #[error(transparent)]
    Netns(#[from] NetnsError),
    /// A request to the kernel failed.
    #[error("cannot {what} in network namespace {netns}")]
    Netlink {
        /// The namespace.
        netns: String,
        /// What was asked for.
        what: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// A setting could not be read or written.
    #[error("cannot set net/{name}{}", hint(name))]
    Sysctl {
        /// Its name below `/proc/sys/net`.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// Another device has an index that is needed.
    #[error("interface index {index} in network namespace {netns} is taken by {name}")]
    IndexTaken {
        /// The namespace.
        netns: String,
        /// The index.
        index: u32,
        /// The device that has it.
        name: String,
    },
    /// A number that no workload's interface can have.
    #[error("{0} is no interface number of a workload")]
    InvalidIface(u32),
}

fn hint(sysctl: &str) -> &'static str {
    if sysctl.starts_with("ipv6/") {
        " (is IPv6 switched off in this kernel?)"
    } else {
        ""
    }
}

/// What bringing something to its wanted state took.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ensured {
    /// It was as wanted.
    Unchanged,
    /// It was there, and something about it was changed; programs attached to it still are.
    Repaired,
    /// It was made, or made anew; nothing is attached to it.
    Created,
}

/// An installation's fabric: its namespace with everything in it.
#[derive(Debug)]
pub struct Fabric {
    netns: Netns,
    netlink: Netlink,
}

impl Fabric {
    /// Brings the fabric's namespace, devices, routes and settings to their wanted state.
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The caller is not root, the kernel has no IPv6, or a needed interface index is taken.
    pub async fn ensure(names: &Names) -> Result<(Self, Ensured), NetError> {
        let netns = Netns::ensure(names.fabric())?;
        let netlink = Netlink::open(&netns, || sysctl::apply(FABRIC_SYSCTLS))?;
        let fabric = Self { netns, netlink };
        fabric.netlink.set_link_up(LOOPBACK_IFACE).await?;
        let ensured = fabric.ensure_pair().await?;
        fabric
            .netns
            .enter(|| sysctl::apply(FABRIC_IFACE_SYSCTLS))??;
        let local = kind_prefix(FabricKind::Local);
        let remote = kind_prefix(FabricKind::Remote);
        fabric
            .netlink
            .add_local_prefix(local, LOOPBACK_IFACE)
            .await?;
        fabric
            .netlink
            .add_device_route(remote, FABRIC_IFACE)
            .await?;
        Ok((fabric, ensured))
    }

    /// Opens a fabric that is there, in whatever state; `None` when there is no such namespace.
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The namespace cannot be opened or entered.
    pub fn open(names: &Names) -> Result<Option<Self>, NetError> {
        let Some(netns) = Netns::open(names.fabric())? else {
            return Ok(None);
        };
        let netlink = Netlink::open(&netns, || Ok(()))?;
        Ok(Some(Self { netns, netlink }))
    }

    /// The fabric's namespace: where Adit's own sockets are made.
    pub fn netns(&self) -> &Netns {
        &self.netns
    }

    /// Removes all devices of the installation from the fabric, and so the links of all workloads.
    ///
    /// # Errors
    /// The kernel refuses.
    pub async fn clear(&self) -> Result<(), NetError> {
        for link in self.netlink.links().await? {
            if link.is_veth {
                self.netlink.delete_link(link.index).await?;
            }
        }
        Ok(())
    }

    async fn ensure_pair(&self) -> Result<Ensured, NetError> {
        let links = self.netlink.links().await?;
        let ends = [
            (FABRIC_IFACE, FABRIC_NAME),
            (FABRIC_INNER_IFACE, FABRIC_INNER_NAME),
        ];
        let peers = [FABRIC_INNER_IFACE, FABRIC_IFACE];
        let is_pair = ends.iter().zip(peers).all(|((index, name), peer)| {
            links.iter().any(|link| {
                link.is_veth
                    && link.index == *index
                    && link.name == *name
                    && link.peer_index == Some(peer)
            })
        });
        if !is_pair {
            self.remove_in_the_way(&links).await?;
            let [end, peer] = ends.map(|(index, name)| VethEnd {
                name,
                index: Some(index),
                netns: None,
                settings: settings_of(index),
            });
            self.netlink.add_veth(&end, &peer).await?;
            self.netlink.set_link_up(FABRIC_INNER_IFACE).await?;
            return Ok(Ensured::Created);
        }
        let mut ensured = Ensured::Unchanged;
        for link in links
            .iter()
            .filter(|link| ends.iter().any(|(index, _)| *index == link.index))
        {
            let wanted = settings_of(link.index);
            if link.settings != wanted {
                self.netlink.set_link(link.index, wanted).await?;
                ensured = Ensured::Repaired;
            }
        }
        Ok(ensured)
    }

    /// Removes what is left of a pair. Another device in its place is an error.
    async fn remove_in_the_way(&self, links: &[Link]) -> Result<(), NetError> {
        for link in links {
            let has_index = [FABRIC_IFACE, FABRIC_INNER_IFACE].contains(&link.index);
            let has_name = [FABRIC_NAME, FABRIC_INNER_NAME].contains(&link.name.as_str());
            if has_index && !link.is_veth {
                return Err(NetError::IndexTaken {
                    netns: self.netns.name().to_owned(),
                    index: link.index,
                    name: link.name.clone(),
                });
            }
            if has_index || has_name {
                self.netlink.delete_link(link.index).await?;
            }
        }
        Ok(())
    }
}

/// Every address of one kind.
fn kind_prefix(kind: FabricKind) -> Ipv6Net {
    let [p0, p1, p2, p3] = FABRIC_PREFIX;
    let mut octets = [0; 16];
    octets[..5].copy_from_slice(&[p0, p1, p2, p3, kind as u8]);
    Ipv6Net::new_assert(Ipv6Addr::from(octets), KIND_PREFIX_LEN)
}

/// Settings of the fabric's own devices. Neighbours are not asked for: whatever a socket sends goes
/// to the program at the other end, which knows the way.
fn settings_of(index: u32) -> LinkSettings {
    LinkSettings {
        mac: mac(index),
        mtu: FABRIC_MTU,
        neighbours: Neighbours::Unasked,
        is_up: true,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use datapath::abi::FabricAddr;

    use super::*;

    #[test]
    fn a_kinds_prefix_holds_its_addresses_and_no_others() {
        assert_eq!(
            kind_prefix(FabricKind::Local).to_string(),
            "fdad:1700:200::/40"
        );
        assert_eq!(
            kind_prefix(FabricKind::Remote).to_string(),
            "fdad:1700:100::/40"
        );
        for kind in [FabricKind::Local, FabricKind::Remote] {
            let addr = FabricAddr {
                kind,
                vni: 0xff_ffff,
                iface: u32::MAX,
                addr: Ipv4Addr::BROADCAST,
            };
            for other in [FabricKind::Local, FabricKind::Remote] {
                let holds = kind_prefix(other).contains(&addr.to_ipv6(FABRIC_PREFIX));
                assert_eq!(holds, kind == other);
            }
        }
    }
}
