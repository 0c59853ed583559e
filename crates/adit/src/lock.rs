//! Which processes run an installation: those that hold the locks on files in its runtime folder, one for each role.
//!
//! A lock ends with its process, however that ends. Who removes everything removes the locks last, while holding them
//! ([`remove`]); so who has a lock only has it if its file is still in its place. Invariant: the kernel alone tells who
//! holds one; no process id is written down that could be out of date.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
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
/// How often a lock is tried whose file goes just as it is opened.
const GOING_MAX: usize = 100;

/// A lock, held until it is dropped.
pub(crate) type Held = Flock<File>;

/// What a process does for an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is the control plane; or it removes the installation.
    Up,
    /// It keeps the host as the state says.
    Agent,
}

fn path(names: &Names, role: Role) -> PathBuf {
    match role {
        Role::Up => names.lock(),
        Role::Agent => names.agent_lock(),
    }
}

/// Makes this process the one with the control plane.
///
/// # Errors
/// Another process is.
pub(crate) fn take(names: &Names) -> anyhow::Result<Held> {
    let Some(held) = take_within(names, Role::Up, DYING)? else {
        bail!(
            "an installation named '{names}' is running already; give another --name, or stop it with: adit down --name {names}"
        );
    };
    Ok(held)
}

/// Waits until no other process has the role; none if one still has after `patience`.
///
/// # Errors
/// The lock's file can't be made.
pub(crate) fn take_within(
    names: &Names,
    role: Role,
    patience: Duration,
) -> anyhow::Result<Option<Held>> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(held) = try_take(names, role)? {
            return Ok(Some(held));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

fn try_take(names: &Names, role: Role) -> anyhow::Result<Option<Held>> {
    let (folder, path) = (names.runtime_dir(), path(names, role));
    for _ in 0..GOING_MAX {
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        match file {
            // An `adit down` at work has just removed the folder.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            file => match lock(
                file.with_context(|| format!("opening {}", path.display()))?,
                &path,
            )? {
                Tried::Held(held) => return Ok(Some(held)),
                Tried::Taken => return Ok(None),
                Tried::Gone => {}
            },
        }
    }
    bail!("{} goes again and again", path.display())
}

/// Takes a lock whose file somebody has made; none if there is none, or another process holds it.
///
/// # Errors
/// The kernel refuses.
pub(crate) fn take_existing(names: &Names, role: Role) -> anyhow::Result<Option<Held>> {
    let path = path(names, role);
    let file = match OpenOptions::new().write(true).open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(|| format!("opening {}", path.display()))?,
    };
    Ok(match lock(file, &path)? {
        Tried::Held(held) => Some(held),
        Tried::Taken | Tried::Gone => None,
    })
}

/// What became of a try.
enum Tried {
    Held(Held),
    /// Another process holds it.
    Taken,
    /// The file is not in its place any more.
    Gone,
}

fn lock(file: File, path: &Path) -> anyhow::Result<Tried> {
    let held = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(held) => held,
        Err((_, Errno::EWOULDBLOCK)) => return Ok(Tried::Taken),
        Err((_, errno)) => {
            return Err(errno).with_context(|| format!("locking {}", path.display()));
        }
    };
    let own = held.metadata()?;
    let is_in_place =
        fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino()));
    Ok(if is_in_place {
        Tried::Held(held)
    } else {
        Tried::Gone
    })
}

/// Removes a lock's file, lets go of it, and removes the runtime folder if nothing else is in it.
///
/// # Errors
/// The kernel refuses.
pub(crate) fn remove(held: Held, names: &Names, role: Role) -> anyhow::Result<()> {
    let path = path(names, role);
    fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
    let folder = names.runtime_dir();
    let removed = match fs::remove_dir(&folder) {
        // Something else is left, or somebody has taken the place.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound
            ) =>
        {
            Ok(())
        }
        removed => removed.with_context(|| format!("removing {}", folder.display())),
    };
    drop(held);
    removed
}

/// The process that has the role; none too if it can't be seen from here.
pub(crate) fn holder(names: &Names, role: Role) -> Option<Pid> {
    let file = fs::metadata(path(names, role)).ok()?;
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

    fn names(of: &str) -> Names {
        format!("tl{}-{of}", std::process::id()).parse().unwrap()
    }

    #[test]
    fn who_waits_for_a_lock_that_is_removed_gets_a_new_one_in_its_place() {
        let names = &names("wait");
        for _ in 0..50 {
            let first = take(names).unwrap();
            std::thread::scope(|scope| {
                let waits =
                    scope.spawn(|| take_within(names, Role::Up, Duration::from_secs(20)).unwrap());
                remove(first, names, Role::Up).unwrap();
                let second = waits.join().unwrap().unwrap();
                assert!(names.lock().exists());
                assert_eq!(holder(names, Role::Up), Some(Pid::this()));
                assert!(
                    take_within(names, Role::Up, Duration::ZERO)
                        .unwrap()
                        .is_none()
                );
                remove(second, names, Role::Up).unwrap();
            });
            assert!(!names.runtime_dir().exists());
        }
    }

    #[test]
    fn a_lock_goes_with_the_folder_unless_something_is_in_it() {
        let names = &names("rest");
        let (up, agent) = (take(names).unwrap(), Role::Agent);
        assert!(
            take_existing(names, agent).unwrap().is_none(),
            "nobody made it"
        );
        let held = take_within(names, agent, Duration::ZERO).unwrap().unwrap();
        assert!(
            take_existing(names, agent).unwrap().is_none(),
            "it is taken"
        );
        drop(held);
        let held = take_existing(names, agent).unwrap().unwrap();
        remove(held, names, agent).unwrap();
        assert!(!names.agent_lock().exists() && names.lock().exists());
        remove(up, names, Role::Up).unwrap();
        assert!(!names.runtime_dir().exists());
    }

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
