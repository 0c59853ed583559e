//! A route-netlink socket inside one namespace, and the few requests that the agent makes.
//!
//! All that the crate knows of rtnetlink stands here; the rest of `net` speaks of [`Link`]s.
//! Source: rtnetlink(7), `Documentation/netlink/specs/rt-link.yaml` of Linux 6.18.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;

use datapath::abi::Mac;
use futures_util::{StreamExt, TryStreamExt};
use ipnet::{Ipv4Net, Ipv6Net};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteScope, RouteType,
};
use nix::errno::Errno;
use rtnetlink::{
    AddressMessageBuilder, Handle, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder,
};
use tokio::task::JoinHandle;

use super::NetError;
use crate::netns::Netns;

/// Routing table of addresses that are the host's own (`RT_TABLE_LOCAL`).
const TABLE_LOCAL: u32 = 255;

/// A network device, as the kernel describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Link {
    /// Interface index.
    pub(super) index: u32,
    /// Its name.
    pub(super) name: String,
    /// Whether it is one end of a veth pair.
    pub(super) is_veth: bool,
    /// Index of the pair's other end, in the namespace of that end.
    pub(super) peer_index: Option<u32>,
    /// What can be changed while it lives.
    pub(super) settings: LinkSettings,
}

/// What can be changed of a device while it lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LinkSettings {
    /// Link-layer address.
    pub(super) mac: Mac,
    /// Largest packet, bytes.
    pub(super) mtu: u32,
    /// Whether it asks for its neighbours' link-layer addresses.
    pub(super) neighbours: Neighbours,
    /// Administratively up.
    pub(super) is_up: bool,
}

/// How a device finds the link-layer addresses of its neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Neighbours {
    /// By ARP or neighbour discovery.
    Asked,
    /// Not at all (`NOARP`).
    Unasked,
}

/// One end of a veth pair that is to be made.
pub(super) struct VethEnd<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its index; the kernel chooses when there is none.
    pub(super) index: Option<u32>,
    /// The namespace to make it in, when it is not the socket's.
    pub(super) netns: Option<&'a Netns>,
    /// All else.
    pub(super) settings: LinkSettings,
}

/// A route-netlink socket inside one namespace.
#[derive(Debug)]
pub(super) struct Netlink {
    netns: String,
    handle: Handle,
    connection: JoinHandle<()>,
}

impl Drop for Netlink {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Netlink {
    /// Opens a socket inside `netns`; `prepare` runs there first, in the same visit.
    pub(super) fn open(
        netns: &Netns,
        prepare: impl FnOnce() -> Result<(), NetError> + Send,
    ) -> Result<Self, NetError> {
        let failed = |source| NetError::Netlink {
            netns: netns.name().to_owned(),
            what: "open a socket".to_owned(),
            source,
        };
        let runtime =
            tokio::runtime::Handle::try_current().map_err(|e| failed(io::Error::other(e)))?;
        let (connection, handle, _unsolicited) = netns.enter(|| {
            prepare()?;
            let _runtime = runtime.enter();
            rtnetlink::new_connection().map_err(failed)
        })??;
        Ok(Self {
            netns: netns.name().to_owned(),
            handle,
            connection: runtime.spawn(connection),
        })
    }

    /// All devices.
    pub(super) async fn links(&self) -> Result<Vec<Link>, NetError> {
        let messages: Result<Vec<_>, _> = self.handle.link().get().execute().try_collect().await;
        let messages = messages.map_err(|e| self.failed("list links", e))?;
        Ok(messages.iter().map(Link::from).collect())
    }

    /// The device with this index.
    pub(super) async fn link_by_index(&self, index: u32) -> Result<Option<Link>, NetError> {
        let mut answers = self
            .handle
            .link()
            .get()
            .match_index(index)
            .execute()
            .boxed();
        self.only(&format!("look up link {index}"), answers.try_next().await)
    }

    /// The device of this name.
    pub(super) async fn link_by_name(&self, name: &str) -> Result<Option<Link>, NetError> {
        let mut answers = self.handle.link().get().match_name(name).execute().boxed();
        self.only(&format!("look up link {name}"), answers.try_next().await)
    }

    fn only(
        &self,
        what: &str,
        answer: Result<Option<LinkMessage>, rtnetlink::Error>,
    ) -> Result<Option<Link>, NetError> {
        match answer {
            Ok(message) => Ok(message.as_ref().map(Link::from)),
            Err(error) if errno(&error) == Some(Errno::ENODEV) => Ok(None),
            Err(error) => Err(self.failed(what, error)),
        }
    }

    /// Makes a veth pair in one request, both ends with all their settings, but the peer is down: the kernel
    /// makes it first, and brings up no end without another one.
    pub(super) async fn add_veth(
        &self,
        end: &VethEnd<'_>,
        peer: &VethEnd<'_>,
    ) -> Result<(), NetError> {
        let peer_message = veth_end(LinkMessageBuilder::<LinkUnspec>::new(), peer)
            .down()
            .build();
        let builder = LinkMessageBuilder::<LinkVeth>::new_with_info_kind(InfoKind::Veth);
        let message = veth_end(builder, end)
            .set_info_data(InfoData::Veth(InfoVeth::Peer(peer_message)))
            .build();
        let result = self.handle.link().add(message).execute().await;
        result.map_err(|e| self.failed(&format!("create link {}", end.name), e))
    }

    /// Changes a device's settings to these.
    pub(super) async fn set_link(
        &self,
        index: u32,
        settings: LinkSettings,
    ) -> Result<(), NetError> {
        let message = with_settings(LinkUnspec::new_with_index(index), settings).build();
        let result = self.handle.link().set(message).execute().await;
        result.map_err(|e| self.failed(&format!("change link {index}"), e))
    }

    /// Brings a device up and changes nothing else.
    pub(super) async fn set_link_up(&self, index: u32) -> Result<(), NetError> {
        let message = LinkUnspec::new_with_index(index).up().build();
        let result = self.handle.link().set(message).execute().await;
        result.map_err(|e| self.failed(&format!("bring up link {index}"), e))
    }

    /// Removes a device, and with it the other end of its pair. That there is none is fine.
    pub(super) async fn delete_link(&self, index: u32) -> Result<(), NetError> {
        match self.handle.link().del(index).execute().await {
            Err(error) if errno(&error) == Some(Errno::ENODEV) => Ok(()),
            result => result.map_err(|e| self.failed(&format!("delete link {index}"), e)),
        }
    }

    /// IPv4 addresses of a device.
    pub(super) async fn addresses(&self, index: u32) -> Result<BTreeSet<Ipv4Net>, NetError> {
        let request = self.handle.address().get().set_link_index_filter(index);
        let messages: Result<Vec<_>, _> = request.execute().try_collect().await;
        let messages =
            messages.map_err(|e| self.failed(&format!("list addresses of link {index}"), e))?;
        let of_link = messages
            .iter()
            .filter(|message| message.header.index == index);
        Ok(of_link.filter_map(ipv4_address).collect())
    }

    /// Gives a device an IPv4 address. That it has it already is fine.
    pub(super) async fn add_address(&self, index: u32, address: Ipv4Net) -> Result<(), NetError> {
        let request = self
            .handle
            .address()
            .add(index, address.addr().into(), address.prefix_len());
        done_or(Errno::EEXIST, request.execute().await)
            .map_err(|e| self.failed(&format!("add address {address}"), e))
    }

    /// Takes an IPv4 address from a device. That it has it not is fine.
    pub(super) async fn delete_address(
        &self,
        index: u32,
        address: Ipv4Net,
    ) -> Result<(), NetError> {
        let message = AddressMessageBuilder::<Ipv4Addr>::new()
            .index(index)
            .address(address.addr(), address.prefix_len())
            .build();
        let result = self.handle.address().del(message).execute().await;
        done_or(Errno::EADDRNOTAVAIL, result)
            .map_err(|e| self.failed(&format!("delete address {address}"), e))
    }

    /// Gateways and devices of the IPv4 default routes in the main table.
    pub(super) async fn default_routes(&self) -> Result<BTreeSet<(Ipv4Addr, u32)>, NetError> {
        let request = self
            .handle
            .route()
            .get(RouteMessageBuilder::<Ipv4Addr>::new().build());
        let messages: Result<Vec<_>, _> = request.execute().try_collect().await;
        let messages = messages.map_err(|e| self.failed("list routes", e))?;
        Ok(messages.iter().filter_map(default_route).collect())
    }

    /// Sets the IPv4 default route.
    pub(super) async fn set_default_route(
        &self,
        gateway: Ipv4Addr,
        index: u32,
    ) -> Result<(), NetError> {
        let route = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(Ipv4Addr::UNSPECIFIED, 0)
            .gateway(gateway)
            .output_interface(index)
            .build();
        let result = self.handle.route().add(route).replace().execute().await;
        result.map_err(|e| self.failed(&format!("set the default route to {gateway}"), e))
    }

    /// Makes every address of `prefix` one of the namespace's own, received on any device.
    pub(super) async fn add_local_prefix(&self, prefix: Ipv6Net, lo: u32) -> Result<(), NetError> {
        let route = route_to(prefix, lo)
            .table_id(TABLE_LOCAL)
            .kind(RouteType::Local)
            .build();
        self.add_route(prefix, route).await
    }

    /// Sends what goes to `prefix` straight out of a device.
    pub(super) async fn add_device_route(
        &self,
        prefix: Ipv6Net,
        index: u32,
    ) -> Result<(), NetError> {
        self.add_route(prefix, route_to(prefix, index).build())
            .await
    }

    async fn add_route(&self, prefix: Ipv6Net, route: RouteMessage) -> Result<(), NetError> {
        done_or(
            Errno::EEXIST,
            self.handle.route().add(route).execute().await,
        )
        .map_err(|e| self.failed(&format!("add the route to {prefix}"), e))
    }

    fn failed(&self, what: &str, error: rtnetlink::Error) -> NetError {
        let source = match errno(&error) {
            Some(errno) => errno.into(),
            None => io::Error::other(error),
        };
        NetError::Netlink {
            netns: self.netns.clone(),
            what: what.to_owned(),
            source,
        }
    }
}

impl From<&LinkMessage> for Link {
    fn from(message: &LinkMessage) -> Self {
        let flags = message.header.flags;
        let mut link = Self {
            index: message.header.index,
            name: String::new(),
            is_veth: false,
            peer_index: None,
            settings: LinkSettings {
                mac: Mac::default(),
                mtu: 0,
                neighbours: match flags.contains(LinkFlags::Noarp) {
                    true => Neighbours::Unasked,
                    false => Neighbours::Asked,
                },
                is_up: flags.contains(LinkFlags::Up),
            },
        };
        for attribute in &message.attributes {
            if let LinkAttribute::IfName(name) = attribute {
                link.name.clone_from(name);
            } else if let LinkAttribute::Mtu(mtu) = attribute {
                link.settings.mtu = *mtu;
            } else if let LinkAttribute::Address(mac) = attribute {
                link.settings.mac = Mac(mac.as_slice().try_into().unwrap_or_default());
            } else if let LinkAttribute::Link(peer) = attribute {
                link.peer_index = Some(*peer);
            } else if let LinkAttribute::LinkInfo(info) = attribute {
                link.is_veth = info.contains(&LinkInfo::Kind(InfoKind::Veth));
            }
        }
        link
    }
}

fn veth_end<T>(builder: LinkMessageBuilder<T>, end: &VethEnd<'_>) -> LinkMessageBuilder<T>
where
    T: Default,
{
    let builder = with_settings(builder.name(end.name), end.settings);
    let builder = match end.index {
        Some(index) => builder.index(index),
        None => builder,
    };
    match end.netns {
        Some(netns) => builder.setns_by_fd(netns.file().as_raw_fd()),
        None => builder,
    }
}

fn with_settings<T: Default>(
    builder: LinkMessageBuilder<T>,
    settings: LinkSettings,
) -> LinkMessageBuilder<T> {
    let builder = builder
        .mtu(settings.mtu)
        .address(settings.mac.0.to_vec())
        .arp(settings.neighbours == Neighbours::Asked);
    if settings.is_up {
        builder.up()
    } else {
        builder.down()
    }
}

fn route_to(prefix: Ipv6Net, index: u32) -> RouteMessageBuilder<Ipv6Addr> {
    RouteMessageBuilder::<Ipv6Addr>::new()
        .destination_prefix(prefix.network(), prefix.prefix_len())
        .output_interface(index)
        .scope(RouteScope::Link)
}

fn ipv4_address(message: &AddressMessage) -> Option<Ipv4Net> {
    message.attributes.iter().find_map(|attribute| {
        let AddressAttribute::Local(IpAddr::V4(address)) = attribute else {
            return None;
        };
        Ipv4Net::new(*address, message.header.prefix_len).ok()
    })
}

fn default_route(message: &RouteMessage) -> Option<(Ipv4Addr, u32)> {
    let header = &message.header;
    if header.destination_prefix_length != 0
        || header.kind != RouteType::Unicast
        || header.table != RouteHeader::RT_TABLE_MAIN
    {
        return None;
    }
    let mut gateway = None;
    let mut index = None;
    for attribute in &message.attributes {
        if let RouteAttribute::Gateway(RouteAddress::Inet(address)) = attribute {
            gateway = Some(*address);
        } else if let RouteAttribute::Oif(oif) = attribute {
            index = Some(*oif);
        }
    }
    gateway.zip(index)
}

fn done_or(fine: Errno, result: Result<(), rtnetlink::Error>) -> Result<(), rtnetlink::Error> {
    match result {
        Err(error) if errno(&error) == Some(fine) => Ok(()),
        other => other,
    }
}

/// The kernel's error number, when it was the kernel that refused.
fn errno(error: &rtnetlink::Error) -> Option<Errno> {
    let rtnetlink::Error::NetlinkError(message) = error else {
        return None;
    };
    let code = message.code?.get();
    Some(Errno::from_raw(code.checked_neg()?))
}
