//! Doing something in another network namespace.

use std::os::fd::BorrowedFd;
use std::thread;

use nix::sched::{CloneFlags, setns};

use crate::Error;

/// Which network namespace a device index belongs to.
#[derive(Clone, Copy, Debug)]
pub enum NetNs<'fd> {
    /// That of the calling thread.
    Current,
    /// The one that this descriptor refers to (`/run/netns/NAME`, `/proc/PID/ns/net`).
    Fd(BorrowedFd<'fd>),
}

impl NetNs<'_> {
    /// Runs `f` there. A thread of its own enters the namespace, so that the caller's (which may
    /// serve other tasks) never leaves its own.
    pub(crate) fn run<T: Send>(
        self,
        f: impl FnOnce() -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        let Self::Fd(netns) = self else {
            return f();
        };
        thread::scope(|scope| {
            let inside = scope.spawn(move || {
                setns(netns, CloneFlags::CLONE_NEWNET)
                    .map_err(|errno| Error::NetNs(errno.into()))?;
                f()
            });
            match inside.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}
