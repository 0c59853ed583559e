//! What goes out by devices while a program runs.
//!
//! In a test run the kernel says what became of the packet and lets it go nowhere. A packet that
//! the program sends besides is really sent, and seen here, on its way out of whatever device.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use datapath::Cut;
use nix::errno::Errno;
use nix::libc::PACKET_OUTGOING;
use nix::sys::socket::{
    AddressFamily, LinkAddr, SockFlag, SockProtocol, SockType, recvfrom, socket,
};

use crate::support::{ip, make_devices, run};

/// Longer than any frame that a device here takes.
const FRAME_MAX: usize = 4096;

/// Devices of the current network namespace, and an eye on all of them.
pub(crate) struct Wire(OwnedFd);

impl Wire {
    /// Makes devices with these indexes.
    pub(crate) fn new(indexes: &[u32]) -> Self {
        // With it devices say things about themselves that nobody has asked for.
        run("sysctl", "-qw net.ipv6.conf.default.disable_ipv6=1");
        make_devices(indexes);
        for index in indexes {
            ip(&format!("link set v{index} up"));
        }
        let eye = socket(
            AddressFamily::Packet,
            SockType::Raw,
            SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC,
            SockProtocol::EthAll,
        );
        Self(eye.expect("a packet socket"))
    }

    /// What has gone out since the last call. The kernel shows a frame before the call that sent
    /// it returns, so nothing is missed.
    pub(crate) fn sent(&self) -> Vec<Cut> {
        let mut frames = vec![];
        let mut buffer = [0; FRAME_MAX];
        loop {
            match recvfrom::<LinkAddr>(self.0.as_raw_fd(), &mut buffer) {
                // It is seen once more when the device's other end receives it.
                Ok((len, Some(from))) if from.pkttype() == PACKET_OUTGOING => frames.push(Cut {
                    iface: from.ifindex() as u32,
                    bytes: buffer[..len].to_vec(),
                }),
                Ok(_) => {}
                Err(Errno::EAGAIN) => return frames,
                Err(error) => panic!("packet socket: {}", io::Error::from(error)),
            }
        }
    }
}
