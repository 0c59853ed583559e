//! Sockets that talk through the real program, in namespaces of their own.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may panic, and a guard says what it could not remove"
)]

#[path = "support/net.rs"]
mod net;
mod support;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use datapath::DropReason;
use datapath::abi::*;
use datapath_bpf::{Datapath, Hook, Mechanism};

use self::net::*;
use self::support::{ip, run};

const PATIENCE: Duration = Duration::from_secs(20);
const BULK: usize = 24 << 20;

/// The same bytes for both sides, without keeping them.
struct Pattern(u64);

impl Pattern {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            chunk.copy_from_slice(&self.0.to_be_bytes()[..chunk.len()]);
        }
    }
}

fn send_pattern(stream: &mut TcpStream, seed: u64, len: usize) {
    let mut pattern = Pattern(seed);
    let mut buffer = vec![0; 64 << 10];
    for _ in 0..len / buffer.len() {
        pattern.fill(&mut buffer);
        stream.write_all(&buffer).unwrap();
    }
}

fn expect_pattern(stream: &mut TcpStream, seed: u64, len: usize) {
    let mut pattern = Pattern(seed);
    let (mut buffer, mut wanted) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    for _ in 0..len / buffer.len() {
        stream.read_exact(&mut buffer).unwrap();
        pattern.fill(&mut wanted);
        assert!(buffer == wanted, "the bytes are not those that were sent");
    }
}

/// One way, then the other.
fn both_ways(a: &mut TcpStream, b: &mut TcpStream, len: usize) {
    thread::scope(|scope| {
        scope.spawn(|| {
            expect_pattern(b, 1, len);
            send_pattern(b, 2, len);
        });
        send_pattern(a, 1, len);
        expect_pattern(a, 2, len);
    });
}

fn listen(workload: &Workload, port: u16) -> TcpListener {
    workload
        .inside
        .run(|| TcpListener::bind((ADDR, port)).unwrap())
}

fn connect(workload: &Workload, to: impl Into<IpAddr>, port: u16) -> io::Result<TcpStream> {
    let to = SocketAddr::new(to.into(), port);
    let stream = workload
        .inside
        .run(|| TcpStream::connect_timeout(&to, PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    Ok(stream)
}

fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let (stream, peer) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    (stream, peer)
}

/// A connection from the client through the frontend to the server.
fn connection(world: &World) -> (TcpStream, TcpStream) {
    let listener = listen(&world.server, BACKEND_PORT);
    let client = connect(&world.client, SERVICE_ADDR, SERVICE_PORT).unwrap();
    let (server, peer) = accept(&listener);
    assert_eq!(peer.ip(), IpAddr::from(NODE_ADDR), "the node's address");
    (client, server)
}

fn bulk_both_ways(world: &World) {
    let (mut client, mut server) = connection(world);
    both_ways(&mut client, &mut server, BULK);
    assert_eq!(world.datapath.drops().unwrap(), BTreeMap::new());
}

#[test]
fn tcp_arrives_intact_through_tcx_with_offloads() {
    bulk_both_ways(&World::new(Mechanism::Tcx, Offload::On));
}

#[test]
fn tcp_arrives_intact_through_tcx_without_offloads() {
    bulk_both_ways(&World::new(Mechanism::Tcx, Offload::Off));
}

#[test]
fn tcp_arrives_intact_through_tcx_when_checksums_are_completed_behind_it() {
    bulk_both_ways(&World::new(Mechanism::Tcx, Offload::Late));
}

#[test]
fn tcp_arrives_intact_through_clsact() {
    bulk_both_ways(&World::new(Mechanism::Clsact, Offload::On));
}

fn udp(workload: &Workload, port: u16) -> UdpSocket {
    let socket = workload
        .inside
        .run(|| UdpSocket::bind(("0.0.0.0", port)).unwrap());
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

#[test]
fn udp_crosses_and_a_closed_port_is_reported_to_the_client() {
    for offload in [Offload::On, Offload::Off, Offload::Late] {
        let world = World::new(Mechanism::Tcx, offload);
        let client = udp(&world.client, 0);
        client.connect((SERVICE_ADDR, SERVICE_PORT)).unwrap();
        let server = udp(&world.server, BACKEND_PORT);
        let mut buffer = [0; 9000];
        for len in [0, 1, 1000, 8000] {
            client.send(&vec![7; len]).unwrap();
            let (received, peer) = server.recv_from(&mut buffer).unwrap();
            assert_eq!((received, peer.ip()), (len, IpAddr::from(NODE_ADDR)));
            server.send_to(&buffer[..received], peer).unwrap();
            assert_eq!(client.recv(&mut buffer).unwrap(), len);
        }

        drop(server);
        client.send(b"anyone?").unwrap();
        let error = client.recv(&mut buffer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{offload:?}");
    }
}

#[test]
fn instances_of_one_network_reach_each_other_and_no_other_network() {
    let mut world = World::new(Mechanism::Tcx, Offload::On);
    let neighbour = world
        .neighbour
        .inside
        .run(|| TcpListener::bind((NEIGHBOUR_ADDR, 9000)).unwrap());
    let _client = connect(&world.client, NEIGHBOUR_ADDR, 9000).unwrap();
    let (_, peer) = accept(&neighbour);
    assert_eq!(peer.ip(), IpAddr::from(ADDR));

    // The server has the client's own address; nothing but the frontend leads there.
    let server = udp(&world.server, 9000);
    server
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let client = udp(&world.client, 0);
    for last in 1..=50 {
        let to = std::net::Ipv4Addr::new(10, 0, 0, last);
        client.send_to(b"leak", (to, 9000)).unwrap();
    }
    assert!(server.recv(&mut [0; 10]).is_err());

    world.change(|tables| {
        let rules = RulesetKey::new(NEIGHBOUR, Direction::Ingress);
        tables.rulesets.remove(&rules);
    });
    let before = dropped(&world.datapath, DropReason::RulesIngress);
    world.client.inside.run(|| {
        let to = SocketAddr::from((NEIGHBOUR_ADDR, 9000));
        TcpStream::connect_timeout(&to, Duration::from_millis(300)).unwrap_err();
    });
    assert!(dropped(&world.datapath, DropReason::RulesIngress) > before);
}

fn dropped(datapath: &Datapath, reason: DropReason) -> u64 {
    let drops = datapath.drops().unwrap();
    drops.get(&reason).copied().unwrap_or(0)
}

#[test]
fn a_live_connection_that_is_no_longer_allowed_is_reset() {
    // Late: the RST's checksum must be right whatever the packet's was.
    for offload in [Offload::On, Offload::Off, Offload::Late] {
        let mut world = World::new(Mechanism::Tcx, offload);
        let (mut client, mut server) = connection(&world);
        send_pattern(&mut client, 1, 256 << 10);
        expect_pattern(&mut server, 1, 256 << 10);

        world.change(|tables| tables.frontends.clear());
        assert_eq!(reset_kind(&mut client), ErrorKind::ConnectionReset);
        assert!(dropped(&world.datapath, DropReason::FlowRevoked) > 0);
        assert_eq!(reset_kind(&mut server), ErrorKind::ConnectionReset);
        assert!(world.datapath.flows().unwrap().is_empty());
    }
}

/// Writes until the other side has answered with a RST.
fn reset_kind(stream: &mut TcpStream) -> ErrorKind {
    if let Err(error) = stream.write_all(&[0; 60_000]) {
        return error.kind();
    }
    stream.read(&mut [0]).unwrap_err().kind()
}

#[test]
fn a_restart_loses_nothing() {
    for mechanism in [Mechanism::Tcx, Mechanism::Clsact] {
        let mut world = World::new(mechanism, Offload::On);
        let (mut client, mut server) = connection(&world);
        let (done, sent) = (AtomicBool::new(false), AtomicU64::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut pattern, mut buffer) = (Pattern(9), vec![0; 16 << 10]);
                while !done.load(Ordering::Relaxed) {
                    pattern.fill(&mut buffer);
                    client.write_all(&buffer).unwrap();
                    sent.fetch_add(buffer.len() as u64, Ordering::Relaxed);
                }
                client.shutdown(Shutdown::Write).unwrap();
            });
            scope.spawn(|| {
                let (mut pattern, mut wanted) = (Pattern(9), vec![0; 16 << 10]);
                let mut buffer = wanted.clone();
                while server.read_exact(&mut buffer).is_ok() {
                    pattern.fill(&mut wanted);
                    assert!(buffer == wanted, "the bytes are not those that were sent");
                }
            });
            // Also when an assertion fails, or the scope would wait for the sender for ever.
            let _ending = SetOnDrop(&done);
            for _ in 0..5 {
                wait_for_more(&sent);
                restart(&mut world, mechanism);
                wait_for_more(&sent);
                connection(&world);
            }
        });
        // A packet that found no program would have met no route, no neighbour and no answer; one
        // that found an empty flow table would have been reset.
        let drops = world.datapath.drops().unwrap();
        assert!(!drops.contains_key(&DropReason::NoFlow), "{drops:?}");
    }
}

/// Sets a flag when it goes.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn wait_for_more(sent: &AtomicU64) {
    let (before, deadline) = (sent.load(Ordering::Relaxed), Instant::now() + PATIENCE);
    while sent.load(Ordering::Relaxed) < before + (1 << 20) {
        assert!(Instant::now() < deadline, "the transfer stands still");
        thread::yield_now();
    }
}

/// Another process would do the same: open, adopt, attach again.
fn restart(world: &mut World, mechanism: Mechanism) {
    let attached = world.datapath.attachments().unwrap();
    let options = options(&world.pins, mechanism);
    // The first one goes when the second is there: the kernel must not mind either order.
    world.datapath = Datapath::open(&options).unwrap();
    assert_eq!(world.datapath.read_tables().unwrap(), world.tables);
    assert_eq!(world.datapath.attachments().unwrap(), attached);
    assert_eq!(attached.len(), 3);
    let expected = support::available(mechanism);
    assert!(attached.iter().all(|it| it.mechanism == expected));
    world.attach();
    assert_eq!(world.datapath.attachments().unwrap(), attached);
}

/// Devices, addresses and routes by which sockets in the fabric see the virtual networks.
fn connect_fabric(world: &World) {
    let prefix = |kind: FabricKind| {
        let network = FabricAddr {
            kind,
            vni: 0,
            iface: 0,
            addr: std::net::Ipv4Addr::UNSPECIFIED,
        };
        format!("{}/40", network.to_ipv6(FABRIC_PREFIX))
    };
    world.fabric.run(|| {
        run("sysctl", "-qw net.ipv6.ip_nonlocal_bind=1");
        run("sysctl", "-qw net.ipv6.conf.default.disable_ipv6=0");
        ip(&format!(
            "link add fabric index {FABRIC_IFACE} mtu 9000 address {} type veth \
             peer name inner index {FABRIC_INNER} mtu 9000",
            mac(FABRIC_IFACE)
        ));
        ip("link set fabric up");
        ip("link set inner up");
        let router = Mac::ROUTER;
        ip(&format!(
            "-6 neigh add fe80::1 lladdr {router} dev fabric nud permanent"
        ));
        ip(&format!(
            "-6 route add {} via fe80::1 dev fabric onlink",
            prefix(FabricKind::Remote)
        ));
        ip(&format!(
            "-6 route add local {} dev lo",
            prefix(FabricKind::Local)
        ));
    });
    world
        .datapath
        .attach(world.fabric.net_ns(), FABRIC_INNER, Hook::FromFabric)
        .unwrap();
}

fn fabric_addr(kind: FabricKind, vni: u32, iface: u32, addr: std::net::Ipv4Addr) -> Ipv6Addr {
    FabricAddr {
        kind,
        vni,
        iface,
        addr,
    }
    .to_ipv6(FABRIC_PREFIX)
}

#[test]
fn sockets_of_the_fabric_answer_for_the_resolver() {
    for offload in [Offload::On, Offload::Off, Offload::Late] {
        let world = World::new(Mechanism::Tcx, offload);
        connect_fabric(&world);
        let resolver = fabric_addr(FabricKind::Local, CONSUMER, 0, RESOLVER_ADDR);
        let seen = fabric_addr(FabricKind::Remote, CONSUMER, CLIENT, ADDR);

        let server = world
            .fabric
            .run(|| UdpSocket::bind((resolver, 53)).unwrap());
        server.set_read_timeout(Some(PATIENCE)).unwrap();
        let client = udp(&world.client, 0);
        client.connect((RESOLVER_ADDR, 53)).unwrap();
        client.send(b"who?").unwrap();
        let mut buffer = [0; 100];
        let (len, peer) = server.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..len], peer.ip()), (&b"who?"[..], seen.into()));
        server.send_to(b"nobody", peer).unwrap();
        assert_eq!(client.recv(&mut buffer).unwrap(), 6);

        let listener = world
            .fabric
            .run(|| TcpListener::bind((resolver, 53)).unwrap());
        let mut client = connect(&world.client, RESOLVER_ADDR, 53).unwrap();
        let (mut server, peer) = accept(&listener);
        assert_eq!(peer.ip(), IpAddr::from(seen));
        both_ways(&mut client, &mut server, 4 << 20);
    }
}

#[test]
fn a_health_check_reaches_a_target_as_its_node() {
    for offload in [Offload::On, Offload::Off, Offload::Late] {
        let world = World::new(Mechanism::Tcx, offload);
        connect_fabric(&world);
        let listener = listen(&world.server, BACKEND_PORT);
        let node = fabric_addr(FabricKind::Local, PROVIDER, NODE, NODE_ADDR);
        let target = fabric_addr(FabricKind::Remote, PROVIDER, SERVER, ADDR);
        let mut check = connect_from(&world, node, target, BACKEND_PORT).unwrap();
        let (mut server, peer) = accept(&listener);
        assert_eq!(peer.ip(), IpAddr::from(NODE_ADDR));
        both_ways(&mut check, &mut server, 4 << 20);

        // A closed port answers with the target's own RST, through the program.
        let error = connect_from(&world, node, target, 9).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}

/// From a socket in the fabric with this source address.
fn connect_from(world: &World, from: Ipv6Addr, to: Ipv6Addr, port: u16) -> io::Result<TcpStream> {
    let stream = world.fabric.run(|| {
        let socket = socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((from, 0)).into())?;
        socket.connect_timeout(&SocketAddr::from((to, port)).into(), PATIENCE)?;
        Ok::<_, io::Error>(TcpStream::from(socket))
    })?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    Ok(stream)
}
