//! Signals as something to wait for among others, instead of something that interrupts.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Signals that are blocked for the calling thread, and arrive here.
#[derive(Debug)]
pub(super) struct Signals {
    blocked: SigSet,
    arrived: SignalFd,
}

impl Signals {
    /// Blocks `signals`.
    pub(super) fn block(signals: &[Signal]) -> io::Result<Self> {
        let blocked: SigSet = signals.iter().copied().collect();
        blocked.thread_block()?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let arrived = SignalFd::with_flags(&blocked, flags)?;
        Ok(Self { blocked, arrived })
    }

    /// Runs `work` with none of them blocked: programs inherit what is blocked for who starts them.
    /// What arrives meanwhile takes its usual effect and is not seen here.
    pub(super) fn unblocked<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        self.blocked.thread_unblock()?;
        let result = work();
        self.blocked.thread_block()?;
        Ok(result)
    }

    /// The next one that has arrived, if any.
    pub(super) fn next(&self) -> io::Result<Option<Signal>> {
        let Some(arrived) = self.arrived.read_signal()? else {
            return Ok(None);
        };
        let number = i32::try_from(arrived.ssi_signo).map_err(io::Error::other)?;
        Ok(Some(Signal::try_from(number)?))
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.arrived.as_fd()
    }
}
