//! The link of one workload: a veth pair between the fabric and the workload's own namespace.
//!
//! The end in the fabric has the interface's number as its index, so that the data plane's tables
//! need no translation; a packet that comes in there can only be that workload's.

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv4Addr;

use datapath::abi::{ROUTER_IFACE, mac};
use ipnet::Ipv4Net;

use super::netlink::{Link, LinkSettings, Neighbours, Netlink, VethEnd};
use super::{
    Ensured, Fabric, LOOPBACK_IFACE, NetError, WORKLOAD_IFACE_MAX, WORKLOAD_IFACE_MIN,
    WORKLOAD_MTU, sysctl,
};
use crate::netns::Netns;

/// What a workload's own end is called.
const WORKLOAD_NAME: &str = "eth0";

/// Settings of a workload's namespace: it sends no packet of its own accord.
const WORKLOAD_SYSCTLS: &[(&str, &str)] = &[
    ("ipv6/conf/all/disable_ipv6", "1"),
    ("ipv6/conf/default/disable_ipv6", "1"),
];

/// How a workload is connected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WorkloadLink {
    /// Interface number, between [`WORKLOAD_IFACE_MIN`] and [`WORKLOAD_IFACE_MAX`].
    pub iface: u32,
    /// Its address, with the length of its subnet's prefix.
    pub address: Ipv4Net,
    /// The subnet's router: where everything else is sent.
    pub router: Ipv4Addr,
}

impl Fabric {
    /// Connects the workload whose namespace is `netns` as wanted.
    ///
    /// # Errors
    /// The number is out of range or taken by another device, or the kernel refuses.
    pub async fn ensure_workload(
        &self,
        link: &WorkloadLink,
        netns: &Netns,
    ) -> Result<Ensured, NetError> {
        if !(WORKLOAD_IFACE_MIN..=WORKLOAD_IFACE_MAX).contains(&link.iface) {
            return Err(NetError::InvalidIface(link.iface));
        }
        // IPv6 goes before the link comes, so that nothing is ever sent.
        let inside = Netlink::open(netns, || sysctl::apply(WORKLOAD_SYSCTLS))?;
        let (end, index) = self.ensure_ends(link, netns, &inside).await?;
        inside.set_link_up(LOOPBACK_IFACE).await?;
        let addressed = ensure_address(link, &inside, index).await?;
        Ok(end.max(addressed))
    }

    /// Interface numbers of all workloads that are connected.
    ///
    /// # Errors
    /// The kernel refuses.
    pub async fn workloads(&self) -> Result<BTreeSet<u32>, NetError> {
        let links = self.netlink.links().await?;
        let is_workload = |link: &&Link| link.is_veth && link.name == name_of(link.index);
        Ok(links
            .iter()
            .filter(is_workload)
            .map(|link| link.index)
            .collect())
    }

    /// Disconnects a workload. That it is not connected is fine.
    ///
    /// # Errors
    /// The kernel refuses.
    pub async fn delete_workload(&self, iface: u32) -> Result<(), NetError> {
        match self.netlink.link_by_index(iface).await? {
            Some(link) if link.is_veth && link.name == name_of(iface) => {
                self.netlink.delete_link(iface).await
            }
            _ => Ok(()),
        }
    }

    /// Both ends of the pair; the index is the workload's own end's.
    async fn ensure_ends(
        &self,
        link: &WorkloadLink,
        netns: &Netns,
        inside: &Netlink,
    ) -> Result<(Ensured, u32), NetError> {
        let ours = self.netlink.link_by_index(link.iface).await?;
        let theirs = inside.link_by_name(WORKLOAD_NAME).await?;
        if let (Some(ours), Some(theirs)) = (&ours, &theirs)
            && is_pair(ours, theirs)
        {
            let mut ensured = Ensured::Unchanged;
            let ends = [
                (&self.netlink, ours, host_settings()),
                (inside, theirs, own_settings(link)),
            ];
            for (netlink, end, wanted) in ends {
                if end.settings != wanted {
                    netlink.set_link(end.index, wanted).await?;
                    ensured = Ensured::Repaired;
                }
            }
            return Ok((ensured, theirs.index));
        }
        if let Some(ours) = ours {
            if !ours.is_veth || ours.name != name_of(ours.index) {
                let netns = self.netns.name().to_owned();
                return Err(NetError::IndexTaken {
                    netns,
                    index: ours.index,
                    name: ours.name,
                });
            }
            self.netlink.delete_link(ours.index).await?;
        }
        if let Some(theirs) = theirs {
            inside.delete_link(theirs.index).await?;
        }
        self.create_ends(link, netns).await?;
        let made = inside.link_by_name(WORKLOAD_NAME).await?;
        let made = made.ok_or_else(|| NetError::Netlink {
            netns: netns.name().to_owned(),
            what: format!("find link {WORKLOAD_NAME} that was just made"),
            source: io::ErrorKind::NotFound.into(),
        })?;
        inside.set_link_up(made.index).await?;
        Ok((Ensured::Created, made.index))
    }

    async fn create_ends(&self, link: &WorkloadLink, netns: &Netns) -> Result<(), NetError> {
        let ours = VethEnd {
            name: &name_of(link.iface),
            index: Some(link.iface),
            netns: None,
            settings: host_settings(),
        };
        let theirs = VethEnd {
            name: WORKLOAD_NAME,
            index: None,
            netns: Some(netns),
            settings: own_settings(link),
        };
        self.netlink.add_veth(&ours, &theirs).await
    }
}

/// The address and the default route. Other addresses are left alone unless the wanted one is missing:
/// the workload may add its own (the data plane lets none of them pass).
async fn ensure_address(
    link: &WorkloadLink,
    inside: &Netlink,
    index: u32,
) -> Result<Ensured, NetError> {
    let mut ensured = Ensured::Unchanged;
    let addresses = inside.addresses(index).await?;
    if !addresses.contains(&link.address) {
        for stale in addresses {
            inside.delete_address(index, stale).await?;
        }
        inside.add_address(index, link.address).await?;
        ensured = Ensured::Repaired;
    }
    let routes = inside.default_routes().await?;
    if !routes.contains(&(link.router, index)) {
        inside.set_default_route(link.router, index).await?;
        ensured = Ensured::Repaired;
    }
    Ok(ensured)
}

fn is_pair(ours: &Link, theirs: &Link) -> bool {
    let are_ends = ours.is_veth && theirs.is_veth && ours.name == name_of(ours.index);
    are_ends && ours.peer_index == Some(theirs.index) && theirs.peer_index == Some(ours.index)
}

fn name_of(iface: u32) -> String {
    format!("w{iface}")
}

/// Towards the workload the fabric's end is its router.
fn host_settings() -> LinkSettings {
    LinkSettings {
        mac: mac(ROUTER_IFACE),
        mtu: WORKLOAD_MTU,
        neighbours: Neighbours::Asked,
        is_up: true,
    }
}

fn own_settings(link: &WorkloadLink) -> LinkSettings {
    LinkSettings {
        mac: mac(link.iface),
        mtu: WORKLOAD_MTU,
        neighbours: Neighbours::Asked,
        is_up: true,
    }
}
