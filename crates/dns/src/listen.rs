//! The sockets that the resolver listens on.

use std::io;
use std::net::{SocketAddr, SocketAddrV6, TcpListener, UdpSocket};

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that wait to be accepted.
const TCP_BACKLOG: i32 = 256;
/// Bytes of queries that wait to be read, per socket; the kernel's `rmem_max` may allow less.
const UDP_BUFFER_BYTES: usize = 1024 * 1024;

/// Bound sockets, not yet served.
#[derive(Debug)]
pub struct Sockets {
    /// All on one address and port; the kernel spreads clients over them.
    pub udp: Vec<UdpSocket>,
    /// On the same port.
    pub tcp: TcpListener,
}

/// Binds `udp_count` UDP sockets and a TCP one in the network namespace of the calling thread. IPv6 only:
/// in the fabric every client has an IPv6 address. With port 0 all get the same free port.
///
/// The sockets may answer from any address, also from those that are local by a route of a whole prefix
/// and stand on no device (IPV6_FREEBIND; source: ip(7), `ip6_datagram_send_ctl` in Linux).
///
/// # Errors
/// The operating system's.
pub fn listen(addr: SocketAddrV6, udp_count: usize) -> io::Result<Sockets> {
    let mut addr = addr;
    let tcp = socket(Type::STREAM, Protocol::TCP)?;
    tcp.set_reuse_address(true)?;
    tcp.bind(&SocketAddr::V6(addr).into())?;
    tcp.listen(TCP_BACKLOG)?;
    let tcp = TcpListener::from(tcp);
    addr.set_port(tcp.local_addr()?.port());
    let mut udp = Vec::new();
    for _ in 0..udp_count.max(1) {
        let socket = socket(Type::DGRAM, Protocol::UDP)?;
        socket.set_reuse_port(true)?;
        socket.set_recv_buffer_size(UDP_BUFFER_BYTES)?;
        setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
        socket.bind(&SocketAddr::V6(addr).into())?;
        udp.push(UdpSocket::from(socket));
    }
    Ok(Sockets { udp, tcp })
}

fn socket(kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV6, kind.nonblocking(), Some(protocol))?;
    socket.set_only_v6(true)?;
    socket.set_freebind_v6(true)?;
    Ok(socket)
}
