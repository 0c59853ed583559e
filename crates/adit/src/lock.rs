//! Which process runs an installation: the one that holds the lock on a file in its runtime folder.
//!
//! The lock ends with its process, however that ends. Invariant: the kernel alone tells who holds it; no process
//! id is written down that could be out of date.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use agent::names::Names;
use anyhow::{Context, bail};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::stat::{major, minor};
use nix::unistd::Pid;

/// How long a process that was killed may hold the lock while it dies.
const DYING: Duration = Duration::from_secs(1);
/// How often the lock is tried meanwhile.
const POLL: Duration = Duration::from_millis(20);

/// The lock, held until it is dropped.
pub(crate) type Held = Flock<File>;

fn path(names: &Names) -> PathBuf {
    names.runtime_dir().join("lock")
}

/// Makes this process the one that runs the installation.
///
/// # Errors
/// Another process is.
pub(crate) fn take(names: &Names) -> anyhow::Result<Held> {
    let Some(held) = take_within(names, DYING)? else {
        bail!(
            "an installation named '{names}' is running already; give another --name, or stop it with: adit down --name {names}"
        );
    };
    Ok(held)
}

/// Waits until no other process runs the installation; none if one still does after `patience`.
///
/// # Errors
/// The lock's file can't be made.
pub(crate) fn take_within(names: &Names, patience: Duration) -> anyhow::Result<Option<Held>> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(held) = try_take(names)? {
            return Ok(Some(held));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

fn try_take(names: &Names) -> anyhow::Result<Option<Held>> {
    let folder = names.runtime_dir();
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let path = path(names);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = match file {
        // An `adit down` at work has just removed the folder.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(|| format!("opening {}", path.display()))?,
    };
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(held) => Ok(Some(held)),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(errno).with_context(|| format!("locking {}", path.display())),
    }
}

/// The process that runs the installation; none too if it can't be seen from here.
pub(crate) fn holder(names: &Names) -> Option<Pid> {
    let file = fs::metadata(path(names)).ok()?;
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let device = file.dev();
    holder_among(&locks, (major(device), minor(device), file.ino()))
}

/// Finds the holder of a file's lock in the text of `/proc/locks` (proc_locks(5)), whose lines are like
/// `3: FLOCK  ADVISORY  WRITE 713 00:1a:42 0 EOF`, and those of who waits `3: -> FLOCK ...`.
fn holder_among(locks: &str, (major, minor, inode): (u64, u64, u64)) -> Option<Pid> {
    let place = format!("{major:02x}:{minor:02x}:{inode}");
    locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let is_ours = words.next() == Some("FLOCK");
        let pid = words.nth(2)?.parse().ok().filter(|pid| *pid > 0)?;
        (is_ours && words.next() == Some(place.as_str())).then(|| Pid::from_raw(pid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_list_of_locks_tells_the_holder() {
        let locks = "\
1: POSIX  ADVISORY  WRITE 11 00:1a:42 0 EOF
2: FLOCK  ADVISORY  WRITE 12 00:1a:421 0 EOF
3: FLOCK  ADVISORY  WRITE 13 00:1a:42 0 EOF
3: -> FLOCK  ADVISORY  WRITE 14 00:1a:43 0 EOF
4: FLOCK  ADVISORY  WRITE -1 103:0a:7 0 EOF
5: FLOCK
";
        for (file, pid) in [
            ((0, 0x1a, 42), Some(13)),
            ((0, 0x1a, 421), Some(12)),
            ((0, 0x1a, 43), None),
            ((0x103, 0xa, 7), None),
            ((0, 0, 0), None),
        ] {
            assert_eq!(
                holder_among(locks, file),
                pid.map(Pid::from_raw),
                "{file:?}"
            );
        }
    }

    #[test]
    fn the_holder_is_found_in_this_kernels_list() {
        let file = tempfile::NamedTempFile::new_in("/dev/shm").unwrap();
        let held = Flock::lock(file.reopen().unwrap(), FlockArg::LockExclusive).unwrap();
        let of = file.path().metadata().unwrap();
        let of = (major(of.dev()), minor(of.dev()), of.ino());
        let locks = || fs::read_to_string("/proc/locks").unwrap();
        assert_eq!(holder_among(&locks(), of), Some(Pid::this()));
        drop(held);
        assert_eq!(holder_among(&locks(), of), None);
    }
}
