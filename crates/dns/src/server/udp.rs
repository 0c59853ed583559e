//! Queries over UDP: each reply goes out from the address that its query came to.
//!
//! Each socket has a thread that waits in the kernel for packets and nothing else: a reactor between the two costs
//! a fifth of the answers per second, and wakes threads that then wait for each other.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Shutdown, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::cmsg_space;
use nix::libc::in6_pktinfo;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn6, recvmsg, sendmmsg,
};
use socket2::SockRef;
use tokio::runtime::Handle;

use super::{Core, Handled};
use crate::answerer::Answerer;
use crate::counters::Counter;
use crate::query::Asked;
use crate::reply::Reply;

/// Bytes read of a packet. A query is far below; a longer packet is cut and then malformed.
const PACKET_BYTES_MAX: usize = 4096;
/// After an error of the socket, so that a lasting one does not keep a CPU busy.
const ERROR_PAUSE: Duration = Duration::from_millis(50);
/// Packets read before their replies are sent.
const BATCH_MAX: usize = 32;
/// The threads' name, as `ps -L` and debuggers show it.
const THREAD_NAME: &str = "resolver";

/// A socket that is being served. Dropping it stops that and waits for the end, which comes at once.
#[derive(Debug)]
pub(super) struct Serving {
    /// The thread's: should it panic, the socket closes and the kernel gives its packets to the others.
    socket: Weak<UdpSocket>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    /// Serves a socket from now on. What has to be asked elsewhere is done on the tokio runtime of the caller.
    ///
    /// # Errors
    /// No thread can be had, or the socket cannot be made to wait.
    pub(super) fn start<A: Answerer>(core: Arc<Core<A>>, socket: UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(false)?;
        let socket = Arc::new(socket);
        let stopping = Arc::new(AtomicBool::new(false));
        let mut server = Server {
            core,
            socket: Arc::clone(&socket),
            stopping: Arc::clone(&stopping),
            runtime: Handle::current(),
            buffer: vec![0; PACKET_BYTES_MAX],
            control: cmsg_space!(in6_pktinfo),
            replies: Vec::with_capacity(BATCH_MAX),
        };
        let thread = thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .spawn(move || server.run())?;
        Ok(Self {
            socket: Arc::downgrade(&socket),
            stopping,
            thread: Some(thread),
        })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        if let Some(socket) = self.socket.upgrade() {
            // Wakes who reads it; that it is not connected is an error all the same (`inet_shutdown` in Linux).
            drop(SockRef::from(&*socket).shutdown(Shutdown::Read));
        }
        if let Some(Err(_panicked)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("a resolver's thread had broken down");
        }
    }
}

/// Where a packet came from and what it came to.
#[derive(Clone, Copy)]
struct Path {
    peer: SocketAddrV6,
    local: in6_pktinfo,
}

impl Path {
    fn same_local(&self, other: &Self) -> bool {
        let end = |path: &Self| (path.local.ipi6_addr.s6_addr, path.local.ipi6_ifindex);
        end(self) == end(other)
    }
}

/// A reply on its way.
struct Outgoing {
    /// Empty: nothing to send.
    message: Vec<u8>,
    path: Path,
}

impl Outgoing {
    fn new<A: Answerer>(core: &Core<A>, asked: &Asked, reply: &Reply, path: Path) -> Self {
        let message = core.encode(asked, reply, asked.udp_max().into());
        Self { message, path }
    }
}

/// What serves one socket, on a thread of its own.
struct Server<A> {
    core: Arc<Core<A>>,
    socket: Arc<UdpSocket>,
    stopping: Arc<AtomicBool>,
    runtime: Handle,
    buffer: Vec<u8>,
    control: Vec<u8>,
    replies: Vec<Outgoing>,
}

impl<A: Answerer> Server<A> {
    /// Until it is stopped.
    ///
    /// What has come in is answered first, up to a limit, and all of it sent then by one call: after each call the
    /// client may wake up, and take the processor from who answers it.
    fn run(&mut self) {
        loop {
            let received = self.read();
            if self.stopping.load(Ordering::Acquire) {
                return;
            }
            send(&self.socket, &self.replies);
            self.replies.clear();
            if let Err(error) = received {
                tracing::warn!(%error, "a resolver's socket cannot be read");
                thread::sleep(ERROR_PAUSE);
            }
        }
    }

    /// Waits for a packet, and reads what else is there.
    fn read(&mut self) -> io::Result<()> {
        let mut flags = MsgFlags::empty();
        for _ in 0..BATCH_MAX {
            match receive(&self.socket, &mut self.buffer, &mut self.control, flags) {
                Ok(Some((len, path))) => self.answer(len, path),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            flags = MsgFlags::MSG_DONTWAIT;
        }
        Ok(())
    }

    /// Answers the packet of `len` bytes in the buffer, now or when somebody else has.
    fn answer(&mut self, len: usize, path: Path) {
        let core = &self.core;
        core.counters().add(Counter::UdpQueries);
        let Some(client) = core.client(*path.peer.ip()) else {
            return;
        };
        match core.handle(&client, self.buffer.get(..len).unwrap_or_default()) {
            Handled::Silence => {}
            Handled::Now(asked, reply) => {
                self.replies.push(Outgoing::new(core, &asked, &reply, path));
            }
            Handled::Later(later) => {
                let (core, socket) = (Arc::clone(core), Arc::downgrade(&self.socket));
                self.runtime.spawn(async move {
                    let (asked, reply) = core.finish(later).await;
                    if let Some(socket) = socket.upgrade() {
                        send(&socket, &[Outgoing::new(&core, &asked, &reply, path)]);
                    }
                });
            }
        }
    }
}

/// Reads one packet. None: not one that can be answered.
fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
    control: &mut [u8],
    flags: MsgFlags,
) -> io::Result<Option<(usize, Path)>> {
    let mut slices = [IoSliceMut::new(buffer)];
    let received = recvmsg::<SockaddrIn6>(socket.as_raw_fd(), &mut slices, Some(control), flags)?;
    let local = received.cmsgs()?.find_map(|message| {
        let ControlMessageOwned::Ipv6PacketInfo(info) = message else {
            return None;
        };
        Some(info)
    });
    let (Some(peer), Some(mut local)) = (received.address, local) else {
        return Ok(None);
    };
    // By whatever device its route says; only a link-local address means nothing without one.
    if !peer.ip().is_unicast_link_local() {
        local.ipi6_ifindex = 0;
    }
    let path = Path {
        peer: peer.into(),
        local,
    };
    Ok(Some((received.bytes, path)))
}

/// Sends replies. One that cannot be sent, or for which there is no room at once, is lost, as any packet may be.
fn send(socket: &UdpSocket, replies: &[Outgoing]) {
    let replies: Vec<&Outgoing> = replies
        .iter()
        .filter(|reply| !reply.message.is_empty())
        .collect();
    for replies in replies.chunk_by(|one, next| one.path.same_local(&next.path)) {
        let mut rest = replies;
        while !rest.is_empty() {
            let done = send_from_one(socket, rest).unwrap_or_else(|error| {
                tracing::debug!(%error, "a reply could not be sent");
                1
            });
            rest = rest.get(done.max(1)..).unwrap_or_default();
        }
    }
}

/// Sends replies that go out from the same address; says how many of them, from the first. An error is the first's.
fn send_from_one(socket: &UdpSocket, replies: &[&Outgoing]) -> io::Result<usize> {
    let Some(first) = replies.first() else {
        return Ok(0);
    };
    let control = [ControlMessage::Ipv6PacketInfo(&first.path.local)];
    let slices: Vec<_> = replies
        .iter()
        .map(|reply| [IoSlice::new(&reply.message)])
        .collect();
    let peers: Vec<_> = replies
        .iter()
        .map(|reply| Some(SockaddrIn6::from(reply.path.peer)))
        .collect();
    let mut headers = MultiHeaders::preallocate(replies.len(), Some(cmsg_space!(in6_pktinfo)));
    let flags = MsgFlags::MSG_DONTWAIT;
    let sent = sendmmsg(
        socket.as_raw_fd(),
        &mut headers,
        &slices,
        &peers,
        control,
        flags,
    )?;
    Ok(sent.count())
}
