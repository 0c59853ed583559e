//! A process that is known again later, and never taken for another one.
//!
//! A number alone may be reused; with the moment of the start it may not, within one boot of the host.
//! Signals go through a pidfd that was opened before the identity was checked.
//! Source: proc_pid_stat(5) field 22, pidfd_open(2).

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;
use std::{fs, io};

use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

/// Which process it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Process {
    /// Its number, in the host's process namespace.
    pub(super) pid: i32,
    /// When it started, clock ticks since boot.
    start_ticks: u64,
    /// During which boot.
    boot_id: String,
}

impl Process {
    /// The calling process. `/proc` must be the host's.
    pub(super) fn current() -> io::Result<Self> {
        let pid = fs::read_link("/proc/self")?;
        let pid = pid
            .to_str()
            .and_then(|pid| pid.parse().ok())
            .ok_or(io::ErrorKind::InvalidData)?;
        let stat = Stat::read(pid)?;
        Ok(Self {
            pid,
            start_ticks: stat.start_ticks,
            boot_id: boot_id()?,
        })
    }

    /// A hold on the process; `None` when it has ended.
    pub(super) fn open(&self) -> io::Result<Option<Handle>> {
        let Some(pid) = Pid::from_raw(self.pid) else {
            return Ok(None);
        };
        let pidfd = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => pidfd,
            Err(rustix::io::Errno::SRCH | rustix::io::Errno::INVAL) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        let stat = match Stat::read(self.pid) {
            Ok(stat) => stat,
            Err(error) if has_ended(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_same = stat.start_ticks == self.start_ticks && boot_id()? == self.boot_id;
        Ok((is_same && !stat.has_ended).then_some(Handle { pid, pidfd }))
    }

    /// The network namespace in which the process stands; `None` when it has ended.
    pub(super) fn netns(&self) -> io::Result<Option<File>> {
        match File::open(format!("/proc/{}/ns/net", self.pid)) {
            // Only if it is there afterwards, the number was its own.
            Ok(file) => Ok(self.open()?.map(|_| file)),
            Err(error) if has_ended(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Every process whose first thread stands in the network namespace `netns`, but the calling one.
pub(super) fn in_netns(netns: &File) -> io::Result<Vec<Handle>> {
    let wanted = netns.metadata()?;
    let mut found = Vec::new();
    for pid in all()?.into_iter().filter(|pid| *pid != getpid()) {
        // A process that ends meanwhile is none of those that are looked for. The hold comes before the
        // look, so that what is held is never a later process of the same number.
        let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else {
            continue;
        };
        let Ok(stands_in) = fs::metadata(format!("/proc/{}/ns/net", pid.as_raw_nonzero())) else {
            continue;
        };
        if (stands_in.dev(), stands_in.ino()) == (wanted.dev(), wanted.ino()) {
            found.push(Handle { pid, pidfd });
        }
    }
    Ok(found)
}

/// Every process of the name `comm` that has a child in the process namespace of `inside`, itself standing elsewhere.
/// Such a child is not gone, and neither is its namespace, before its parent has waited for it.
pub(super) fn parents_from_outside(inside: &Handle, comm: &CStr) -> io::Result<Vec<Handle>> {
    let namespace = |pid: Pid| {
        let found = fs::metadata(format!("/proc/{}/ns/pid", pid.as_raw_nonzero()));
        found.map(|found| (found.dev(), found.ino()))
    };
    let wanted = match namespace(inside.pid) {
        Err(error) if has_ended(&error) => return Ok(Vec::new()),
        wanted => wanted?,
    };
    let mut parents = BTreeSet::new();
    for pid in all()? {
        // What has ended meanwhile is waited for.
        if namespace(pid).is_ok_and(|own| own == wanted)
            && let Ok(stat) = Stat::read(pid.as_raw_pid())
        {
            parents.insert(stat.parent);
        }
    }
    let mut found = Vec::new();
    for pid in parents.into_iter().filter_map(Pid::from_raw) {
        let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else {
            continue;
        };
        let name = fs::read(format!("/proc/{}/comm", pid.as_raw_nonzero()));
        let is_outside = namespace(pid).is_ok_and(|own| own != wanted);
        if is_outside && name.is_ok_and(|name| name.trim_ascii_end() == comm.to_bytes()) {
            found.push(Handle { pid, pidfd });
        }
    }
    Ok(found)
}

/// The numbers of all processes.
fn all() -> io::Result<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.parse().ok());
        found.extend(number.and_then(Pid::from_raw));
    }
    Ok(found)
}

/// A hold on one process: it names that process even after its end.
#[derive(Debug)]
pub(super) struct Handle {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Handle {
    /// The pidfd.
    pub(super) fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
    }

    /// Sends a signal. That the process has ended is fine.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.pidfd, signal) {
            Err(rustix::io::Errno::SRCH) => Ok(()),
            result => Ok(result?),
        }
    }

    /// Waits until the process has ended.
    pub(super) async fn ended(&self) -> io::Result<()> {
        #[expect(
            deprecated,
            reason = "sound for an OwnedFd; what replaces it is an unsafe function"
        )]
        let pidfd = AsyncFd::with_interest(self.pidfd.try_clone()?, Interest::READABLE)?;
        pidfd.readable().await.map(drop)
    }

    /// Waits until the process has ended, and says whether it did so within `limit`.
    pub(super) async fn ended_within(&self, limit: Duration) -> io::Result<bool> {
        match timeout(limit, self.ended()).await {
            Ok(ended) => ended.map(|()| true),
            Err(_) => Ok(false),
        }
    }
}

/// What of `/proc/PID/stat` is of use here.
struct Stat {
    has_ended: bool,
    parent: i32,
    start_ticks: u64,
}

impl Stat {
    fn read(pid: i32) -> io::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::parse(&text).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// The name of the program stands in parentheses and may hold anything, parentheses too.
    fn parse(text: &str) -> Option<Self> {
        let (_, fields) = text.rsplit_once(')')?;
        let mut fields = fields.split_ascii_whitespace();
        let state = fields.next()?;
        // The state is field 3, the parent is field 4, the start is field 22.
        let parent = fields.next()?.parse().ok()?;
        let start_ticks = fields.nth(17)?.parse().ok()?;
        Some(Self {
            has_ended: matches!(state, "Z" | "X" | "x"),
            parent,
            start_ticks,
        })
    }
}

/// Whether the failed look at a process says that it is gone, and not that something else is amiss.
fn has_ended(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?
        .trim()
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_does_not_confuse_the_fields() {
        let tail = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21\n";
        for name in ["sh", "a b", "a) Z 1 (b", ")"] {
            let stat = Stat::parse(&format!("7 ({name}) {tail}")).unwrap();
            assert_eq!(
                (stat.has_ended, stat.parent, stat.start_ticks),
                (false, 1, 4242),
                "{name}"
            );
        }
        for text in [
            "",
            "7 (sh",
            "7 (sh) S",
            "7 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x",
        ] {
            assert!(Stat::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_reused_number_is_another_process() {
        let current = Process::current().unwrap();
        assert!(current.open().unwrap().is_some());
        let earlier = Process {
            start_ticks: current.start_ticks - 1,
            ..current.clone()
        };
        assert!(earlier.open().unwrap().is_none());
        let last_boot = Process {
            boot_id: "another".to_owned(),
            ..current
        };
        assert!(last_boot.open().unwrap().is_none());
    }

    #[test]
    fn a_child_that_nobody_waited_for_has_ended() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let process = Process {
            pid,
            start_ticks: Stat::read(pid).unwrap().start_ticks,
            boot_id: boot_id().unwrap(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        if let Some(handle) = process.open().unwrap() {
            assert!(
                runtime
                    .block_on(handle.ended_within(Duration::from_secs(10)))
                    .unwrap()
            );
        }
        assert!(process.open().unwrap().is_none());
        child.wait().unwrap();
    }
}
