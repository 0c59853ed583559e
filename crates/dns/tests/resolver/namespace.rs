//! The resolver where it belongs: in a network namespace in which a whole prefix is local, asked at many
//! addresses. Needs root; the namespace belongs to a thread and goes with it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::process::Command;
use std::sync::Arc;

use arc_swap::ArcSwap;
use dns::{
    Answerer, ClientScope, Forwarder, HostSockets, Limits, Lookup, Question, RecordData, Rtype,
    Server, Sockets, listen,
};
use nix::sched::{CloneFlags, unshare};
use socket2::{Domain, Socket, Type};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, UdpSocket};

use crate::stage::{Answer, Ask, PATIENCE, framed, read_framed};

/// Answers everybody with the address that they have in their network.
struct Mirror;

impl Answerer for Mirror {
    fn client(&self, peer: Ipv6Addr) -> Option<ClientScope> {
        let [_, _, kind_vni, vni, iface_hi, iface, a, b] = peer.segments();
        Some(ClientScope {
            vni: u32::from(kind_vni & 0xff) << 16 | u32::from(vni),
            iface: u32::from(iface_hi) << 16 | u32::from(iface),
            addr: Ipv4Addr::from_bits(u32::from(a) << 16 | u32::from(b)),
        })
    }

    fn lookup(&self, client: &ClientScope, _: &Question<'_>) -> Lookup {
        Lookup::Records {
            ttl_secs: client.vni,
            data: vec![RecordData::Address(client.addr)],
        }
    }
}

/// A socket on an address that no device has.
fn socket(kind: Type, addr: SocketAddrV6) -> Socket {
    let socket = Socket::new(Domain::IPV6, kind.nonblocking(), None).unwrap();
    socket.set_freebind_v6(true).unwrap();
    socket.bind(&SocketAddr::V6(addr).into()).unwrap();
    socket
}

/// A client and its resolver: networks have the same addresses, each with its own resolver address.
fn ends(vni: u16) -> (SocketAddrV6, SocketAddr) {
    let peer = Ipv6Addr::new(0xfdad, 0, 0x0100, vni, 0, 7, 0x0a00, 5);
    let resolver = Ipv6Addr::new(0xfdad, 0, 0x0200, vni, 0, 0, 0x0a00, 2);
    (SocketAddrV6::new(peer, 0, 0, 0), (resolver, 53).into())
}

fn bind() -> Sockets {
    let everywhere = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 53, 0, 0);
    listen(everywhere, 2).unwrap()
}

fn serve(sockets: Sockets) -> Server {
    let forwarder = Forwarder::new(vec![], HostSockets, Limits::default());
    let answerer = Arc::new(ArcSwap::from_pointee(Mirror));
    Server::start(sockets, answerer, forwarder).unwrap()
}

async fn ask_everywhere() {
    let server = serve(bind());
    for vni in 1..=20_u16 {
        let (peer, resolver) = ends(vni);
        let expected = format!("NOERROR aa ra | www.example {vni} A 10.0.0.5, |");
        let ask = Ask::new("www.example", Rtype::A);

        let udp = UdpSocket::from_std(socket(Type::DGRAM, peer).into()).unwrap();
        udp.send_to(&ask.packet(), resolver).await.unwrap();
        let mut buffer = [0; 512];
        let received = tokio::time::timeout(PATIENCE, udp.recv_from(&mut buffer)).await;
        let (len, from) = received.unwrap().unwrap();
        assert_eq!(from, resolver, "from the address that was asked");
        assert_eq!(Answer(buffer[..len].to_vec()).words(), expected);

        let tcp = TcpSocket::from_std_stream(socket(Type::STREAM, peer).into());
        let mut tcp = tcp.connect(resolver).await.unwrap();
        tcp.write_all(&framed(&ask.packet())).await.unwrap();
        assert_eq!(
            Answer(read_framed(&mut tcp).await.unwrap()).words(),
            expected
        );
    }
    server.stop().await;
}

/// Queries of many networks that are all there before the first is read.
async fn ask_in_one_burst() {
    let sockets = bind();
    let clients: Vec<_> = (1..=20_u16)
        .map(|vni| {
            let (peer, resolver) = ends(vni);
            (vni, socket(Type::DGRAM, peer), resolver)
        })
        .collect();
    for id in 0..10 {
        for (_, client, resolver) in &clients {
            let ask = Ask::new("www.example", Rtype::A).id(id);
            client.send_to(&ask.packet(), &(*resolver).into()).unwrap();
        }
    }
    let server = serve(sockets);
    for (vni, client, resolver) in clients {
        let client = UdpSocket::from_std(client.into()).unwrap();
        for id in 0..10_u16 {
            let mut buffer = [0; 512];
            let received = tokio::time::timeout(PATIENCE, client.recv_from(&mut buffer)).await;
            let (len, from) = received.unwrap().unwrap();
            assert_eq!(from, resolver, "from the address that was asked");
            let answer = Answer(buffer[..len].to_vec());
            assert_eq!(answer.message().header().id(), id, "in their order");
            let expected = format!("NOERROR aa ra | www.example {vni} A 10.0.0.5, |");
            assert_eq!(answer.words(), expected);
        }
    }
    server.stop().await;
}

#[test]
fn every_address_of_a_local_prefix_answers_for_itself_as_root() {
    inside(ask_everywhere);
}

#[test]
fn each_reply_of_a_burst_goes_out_from_the_address_that_was_asked_as_root() {
    inside(ask_in_one_burst);
}

/// Runs a test in a namespace of its own.
fn inside<F: Future<Output = ()> + 'static>(test: fn() -> F) {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("SKIPPED: needs root for a network namespace");
        return;
    }
    let inside = std::thread::spawn(move || {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        for command in ["link set lo up", "-6 route add local fdad::/32 dev lo"] {
            let status = Command::new("ip").args(command.split(' ')).status();
            assert!(status.unwrap().success(), "ip {command}");
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(test());
    });
    inside.join().unwrap();
}
