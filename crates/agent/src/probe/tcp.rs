//! Connections of checks. When dropped they are cut off by a RST, so that neither side keeps anything of them.

use std::io;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};

use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::{TcpSocket, TcpStream};

use super::health::Failure;

/// Connects from `source` to `target`. Sockets are made in the calling thread's network namespace.
///
/// # Errors
/// The outer error says that nothing was learned of the target: the host's own fault.
pub(super) async fn connect(
    source: Ipv6Addr,
    target: SocketAddrV6,
) -> io::Result<Result<TcpStream, Failure>> {
    let socket = TcpSocket::new_v6()?;
    // The port is chosen when the target is known, so that one port can serve for several targets.
    setsockopt(&socket, sockopt::IpBindAddressNoPort, &true)?;
    socket.set_zero_linger()?;
    socket.bind(SocketAddr::from((source, 0)))?;
    match socket.connect(target.into()).await {
        Ok(stream) => Ok(Ok(stream)),
        Err(error) => failure(error.kind()).map(Err).ok_or(error),
    }
}

/// What an error of a connection says of the target; `None` when it is the host's own fault.
pub(super) fn failure(kind: io::ErrorKind) -> Option<Failure> {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, TimedOut,
    };
    let cut = [
        BrokenPipe,
        ConnectionAborted,
        ConnectionRefused,
        ConnectionReset,
    ];
    if kind == TimedOut {
        Some(Failure::Timeout)
    } else {
        cut.contains(&kind).then_some(Failure::FailedHealthChecks)
    }
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;

    use super::*;

    #[test]
    fn the_hosts_own_faults_are_not_the_targets() {
        let told = |errno: Errno| failure(io::Error::from(errno).kind());
        assert_eq!(told(Errno::ETIMEDOUT), Some(Failure::Timeout));
        assert_eq!(told(Errno::ECONNREFUSED), Some(Failure::FailedHealthChecks));
        assert_eq!(told(Errno::ECONNRESET), Some(Failure::FailedHealthChecks));
        assert_eq!(told(Errno::EPIPE), Some(Failure::FailedHealthChecks));
        for errno in [
            Errno::EADDRNOTAVAIL,
            Errno::ENETUNREACH,
            Errno::EMFILE,
            Errno::ENOBUFS,
        ] {
            assert_eq!(told(errno), None, "{errno}");
        }
    }
}
