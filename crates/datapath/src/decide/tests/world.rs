//! Two virtual networks that use the same addresses, and a frontend that leads from one to the
//! other.
//!
//! ```text
//! consumer, vni 10, 10.0.0.0/16            provider, vni 30, 10.0.0.0/16
//!   CLIENT    iface 11  10.0.0.11            TWIN     iface 33  10.0.0.11
//!   NEIGHBOUR iface 12  10.0.0.12            BACKEND  iface 31  10.0.0.31 :8080
//!   FRONTEND  iface 20  10.0.0.20   ---->    NODE     iface 40  10.0.0.40 :80 (TCP, UDP)
//!   router 10.0.0.1, resolver 10.0.0.2       router 10.0.0.1
//! ```
//! Each interface is alone in the group of its index.

use std::net::Ipv4Addr;

use crate::abi::*;
use crate::packet::{
    Body, Dissected, Ip, Packet, PacketBuilder, TcpFlags, TcpHeader, Transport, dissect,
};
use crate::{
    Datapath, DropReason, Epochs, Exit, Flows, Hook, RuleList, Tables, Verdict, decide, diff,
};

pub(super) const CONSUMER: u32 = 10;
pub(super) const PROVIDER: u32 = 30;
pub(super) const CLIENT: Place = Place {
    iface: 11,
    addr: Ipv4Addr::new(10, 0, 0, 11),
};
pub(super) const NEIGHBOUR: Place = Place {
    iface: 12,
    addr: Ipv4Addr::new(10, 0, 0, 12),
};
pub(super) const FRONTEND: Place = Place {
    iface: 20,
    addr: Ipv4Addr::new(10, 0, 0, 20),
};
pub(super) const BACKEND: Place = Place {
    iface: 31,
    addr: Ipv4Addr::new(10, 0, 0, 31),
};
pub(super) const SECOND_BACKEND: Place = Place {
    iface: 32,
    addr: Ipv4Addr::new(10, 0, 0, 32),
};
pub(super) const TWIN: Place = Place {
    iface: 33,
    addr: Ipv4Addr::new(10, 0, 0, 11),
};
pub(super) const NODE: Place = Place {
    iface: 40,
    addr: Ipv4Addr::new(10, 0, 0, 40),
};
pub(super) const ROUTER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
pub(super) const RESOLVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
pub(super) const NOBODY: Ipv4Addr = Ipv4Addr::new(10, 0, 9, 9);
pub(super) const BACKEND_ID: u32 = 7;
pub(super) const SECOND_BACKEND_ID: u32 = 8;
pub(super) const BACKEND_PORT: u16 = 8080;
pub(super) const SERVICE_PORT: u16 = 80;
pub(super) const LISTENER_IDLE_SECS: u16 = 350;

pub(super) const SYN: TcpFlags = TcpFlags::SYN;
pub(super) const SYN_ACK: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0);
pub(super) const ACK: TcpFlags = TcpFlags::ACK;
pub(super) const FIN_ACK: TcpFlags = TcpFlags(TcpFlags::FIN.0 | TcpFlags::ACK.0);
pub(super) const RST: TcpFlags = TcpFlags::RST;

/// An interface and its address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) iface: u32,
    pub(super) addr: Ipv4Addr,
}

pub(super) struct World {
    pub(super) config: Config,
    pub(super) tables: Tables,
    pub(super) epochs: Epochs,
    pub(super) flows: Flows,
    pub(super) now: u32,
}

impl World {
    pub(super) fn new() -> Self {
        let config = Config {
            fabric_iface: 2,
            hash_seed: 0x5eed,
            mtu: 8500,
            nat_port_min: 1024,
            nat_port_max: 65535,
            fabric_prefix: [0xfd, 0xad, 0, 1],
            fabric_mac: Mac([2, 0, 0, 0, 0, 9]),
            ..Config::default()
        };
        let flows = Flows::with_capacity(1000);
        Self {
            config,
            tables: tables(),
            epochs: Epochs::default(),
            flows,
            now: 10_000,
        }
    }

    /// Changes the tables as user space does.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Tables)) {
        let mut new = self.tables.clone();
        change(&mut new);
        self.epochs.apply(&diff(&self.tables, &new));
        self.tables = new;
    }

    pub(super) fn decide(&mut self, hook: Hook, packet: impl Into<Packet>) -> Verdict {
        let datapath = Datapath {
            config: &self.config,
            tables: &self.tables,
            epochs: &self.epochs,
        };
        decide(&datapath, &mut self.flows, hook, packet.into(), self.now)
    }

    /// Sends from a workload.
    pub(super) fn send(&mut self, from: Place, packet: PacketBuilder) -> Verdict {
        let frame = packet.ethernet(mac(from.iface), Mac::ROUTER).build();
        self.decide(Hook::FromWorkload { iface: from.iface }, frame)
    }

    /// Sends TCP from a workload.
    pub(super) fn tcp(
        &mut self,
        from: Place,
        to: (Ipv4Addr, u16),
        sport: u16,
        flags: TcpFlags,
    ) -> Verdict {
        self.send(from, tcp(from, to, sport).flags(flags))
    }

    /// Opens a TCP connection from the client to the service, and returns the port that the
    /// backend sees.
    pub(super) fn connect(&mut self, sport: u16) -> u16 {
        let seen = delivered(self.tcp(CLIENT, SERVICE, sport, SYN), BACKEND);
        let port = tcp_header(&seen).sport.get();
        delivered(
            self.tcp(BACKEND, (NODE.addr, port), BACKEND_PORT, SYN_ACK),
            CLIENT,
        );
        delivered(self.tcp(CLIENT, SERVICE, sport, ACK), BACKEND);
        port
    }

    /// Opens a TCP connection from the client to its neighbour's port 80.
    pub(super) fn connect_to_neighbour(&mut self, sport: u16) {
        delivered(
            self.tcp(CLIENT, (NEIGHBOUR.addr, 80), sport, SYN),
            NEIGHBOUR,
        );
        delivered(
            self.tcp(NEIGHBOUR, (CLIENT.addr, sport), 80, SYN_ACK),
            CLIENT,
        );
        delivered(
            self.tcp(CLIENT, (NEIGHBOUR.addr, 80), sport, ACK),
            NEIGHBOUR,
        );
    }

    /// Entries in `flows` and in `half_open`.
    pub(super) fn flow_counts(&self) -> (usize, usize) {
        (self.flows.flows.len(), self.flows.half_open.len())
    }
}

/// Where the client finds the service.
pub(super) const SERVICE: (Ipv4Addr, u16) = (FRONTEND.addr, SERVICE_PORT);

pub(super) fn tcp(from: Place, to: (Ipv4Addr, u16), sport: u16) -> PacketBuilder {
    PacketBuilder::default()
        .ipv4(from.addr, to.0)
        .tcp(sport, to.1)
}

pub(super) fn udp(from: Place, to: (Ipv4Addr, u16), sport: u16) -> PacketBuilder {
    PacketBuilder::default()
        .ipv4(from.addr, to.0)
        .udp(sport, to.1)
        .payload(b"datagram")
}

/// What the workload at `place` receives, after checking all that is the same for every packet.
#[track_caller]
pub(super) fn delivered(verdict: Verdict, place: Place) -> Ip {
    let Verdict::Redirect {
        iface,
        to: Exit::Peer,
        bytes,
    } = verdict
    else {
        panic!("not delivered to {place:?}: {verdict:?}");
    };
    assert_eq!(iface, place.iface);
    let seen = check(&bytes, mac(iface), Mac::ROUTER);
    assert_eq!(seen.dst, place.addr);
    seen
}

/// What the fabric's sockets receive.
#[track_caller]
pub(super) fn delivered_to_fabric(verdict: Verdict, world: &World) -> Ip {
    let Verdict::Redirect {
        iface,
        to: Exit::Fabric,
        bytes,
    } = verdict
    else {
        panic!("not delivered to the fabric: {verdict:?}");
    };
    assert_eq!(iface, world.config.fabric_iface);
    check(&bytes, world.config.fabric_mac, Mac::ROUTER)
}

/// The RST by which the sender at `place` is refused.
#[track_caller]
pub(super) fn refused(verdict: Verdict, place: Place, reason: DropReason) -> TcpHeader {
    let Verdict::Reply {
        iface,
        bytes,
        reason: Some(found),
        cut,
    } = verdict
    else {
        panic!("not refused: {verdict:?}");
    };
    assert_eq!((iface, found), (place.iface, reason));
    assert!(cut.is_none() || reason == DropReason::FlowRevoked);
    tcp_header(&reset(&bytes, place))
}

/// The RST that the workload at `place` receives, because a flow to it was cut.
#[track_caller]
pub(super) fn cut(verdict: Verdict, place: Place) -> Ip {
    let Verdict::Reply {
        reason: Some(DropReason::FlowRevoked),
        cut: Some(cut),
        ..
    } = verdict
    else {
        panic!("no flow to {place:?} was cut: {verdict:?}");
    };
    assert_eq!(cut.iface, place.iface);
    reset(&cut.bytes, place)
}

#[track_caller]
fn reset(bytes: &[u8], place: Place) -> Ip {
    assert_eq!(bytes.len(), 54);
    let seen = check(bytes, mac(place.iface), Mac::ROUTER);
    assert_eq!(seen.dst, place.addr);
    assert!(tcp_header(&seen).flags.has(RST));
    seen
}

#[track_caller]
fn check(bytes: &[u8], dst: Mac, src: Mac) -> Ip {
    let dissected = dissect(bytes).unwrap();
    assert_eq!(dissected.checksum_fault(), None, "{dissected:?}");
    assert_eq!((dissected.dst, dissected.src), (dst, src));
    let Dissected {
        body: Body::Ip(ip), ..
    } = dissected
    else {
        panic!("{dissected:?}")
    };
    ip
}

#[track_caller]
pub(super) fn tcp_header(ip: &Ip) -> TcpHeader {
    let Transport::Tcp { header, .. } = &ip.transport else {
        panic!("{ip:?}")
    };
    *header
}

/// Source and destination port of TCP or UDP.
#[track_caller]
pub(super) fn ports(ip: &Ip) -> (u16, u16) {
    match &ip.transport {
        Transport::Tcp { header, .. } => (header.sport.get(), header.dport.get()),
        Transport::Udp { header, .. } => (header.sport.get(), header.dport.get()),
        Transport::Icmp { .. } | Transport::Other(_) => panic!("{ip:?}"),
    }
}

pub(super) fn any_rule() -> Rule {
    Rule {
        proto: PROTO_ANY,
        ..Rule::default()
    }
}

/// Lets a group's interfaces talk to or be talked to by these rules.
pub(super) fn set_rules(
    tables: &mut Tables,
    vni: u32,
    group: u32,
    direction: Direction,
    rules: &[Rule],
) {
    tables
        .rulesets
        .insert(RulesetKey::new(group, direction), RuleList::new(vni, rules));
}

fn tables() -> Tables {
    let mut tables = Tables::default();
    let places = [
        (CONSUMER, CLIENT, AddressKind::Workload),
        (CONSUMER, NEIGHBOUR, AddressKind::Workload),
        (CONSUMER, FRONTEND, AddressKind::Frontend),
        (PROVIDER, BACKEND, AddressKind::Workload),
        (PROVIDER, SECOND_BACKEND, AddressKind::Workload),
        (PROVIDER, TWIN, AddressKind::Workload),
        (PROVIDER, NODE, AddressKind::Node),
    ];
    for (vni, place, kind) in places {
        let interface = Interface {
            vni,
            route_table: vni,
            flags: INTERFACE_FILTERED | INTERFACE_WORKLOAD,
            addr: place.addr.into(),
            ..Interface::default()
        };
        let interface = interface.with_groups(&[place.iface]).unwrap();
        tables.interfaces.insert(place.iface, interface);
        tables.addresses.insert(
            address_key(vni, place.addr),
            Address::new(kind, place.iface),
        );
        for direction in [Direction::Ingress, Direction::Egress] {
            set_rules(&mut tables, vni, place.iface, direction, &[any_rule()]);
        }
    }
    for vni in [CONSUMER, PROVIDER] {
        let router = Address::new(AddressKind::Router, 0);
        tables.addresses.insert(address_key(vni, ROUTER), router);
        let local = RouteKey::v4(vni, Ipv4Addr::new(10, 0, 0, 0), 16);
        tables
            .routes
            .insert(local, Route::new(vni, RouteKind::Local));
    }
    let resolver = Address::new(AddressKind::Resolver, 0);
    tables
        .addresses
        .insert(address_key(CONSUMER, RESOLVER), resolver);

    let frontend = Frontend {
        vni: CONSUMER,
        backend_vni: PROVIDER,
        node: NODE.iface,
        flags: FRONTEND_NODE_RULES,
        node_addr: NODE.addr.into(),
    };
    tables.frontends.insert(FRONTEND.iface, frontend);
    for proto in [PROTO_TCP, PROTO_UDP] {
        let listener = Listener {
            vni: PROVIDER,
            backend_set: 1,
            idle_secs: LISTENER_IDLE_SECS,
            ..Listener::default()
        };
        tables
            .listeners
            .insert(ListenerKey::new(NODE.iface, SERVICE_PORT, proto), listener);
    }
    tables.backend_sets.insert(1, [BACKEND_ID].into());
    for (id, place) in [(BACKEND_ID, BACKEND), (SECOND_BACKEND_ID, SECOND_BACKEND)] {
        tables.backends.insert(id, backend_at(place));
    }
    tables
}

pub(super) fn backend_at(place: Place) -> Backend {
    Backend {
        vni: PROVIDER,
        iface: place.iface,
        addr: place.addr.into(),
        port: BACKEND_PORT.into(),
        ..Backend::default()
    }
}

pub(super) fn address_key(vni: u32, addr: Ipv4Addr) -> AddressKey {
    AddressKey {
        vni,
        addr: addr.into(),
    }
}
