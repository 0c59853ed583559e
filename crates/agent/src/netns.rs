//! Persistent network namespaces under `/run/netns`, and running code inside of one.
//!
//! The same files as iproute2's, so that `ip netns` lists and enters them. No `ip` is needed.
//! Invariant: no thread but one that was started for it ever stands in another namespace; a thread
//! of an async runtime would go back to its pool in the wrong place.
//! Source: ip-netns(8), `ip/ipnetns.c` of iproute2 6.1 (`netns_add`), mount_namespaces(7).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::statfs::{NSFS_MAGIC, fstatfs};

use crate::names::Names;

/// Where named namespaces are mounted.
const NETNS_DIR: &str = "/run/netns";

/// How many mounts on top of each other are removed from one name.
const STACKED_MOUNTS_MAX: usize = 16;

/// What can go wrong with a network namespace.
#[derive(Debug, thiserror::Error)]
pub enum NetnsError {
    /// The folder of names could not be made ready.
    #[error("cannot prepare {NETNS_DIR}")]
    Prepare(#[source] io::Error),
    /// A namespace could not be made.
    #[error("cannot create network namespace {name}")]
    Create {
        /// The namespace.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// A namespace could not be opened.
    #[error("cannot open network namespace {name}")]
    Open {
        /// The namespace.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// No thread could be brought into a namespace.
    #[error("cannot enter network namespace {name}")]
    Enter {
        /// The namespace.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// A namespace could not be removed.
    #[error("cannot delete network namespace {name}")]
    Delete {
        /// The namespace.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The folder of names could not be read.
    #[error("cannot list {NETNS_DIR}")]
    List(#[source] io::Error),
}

/// An open network namespace. It lives on while any clone does, even if its name is removed.
#[derive(Clone, Debug)]
pub struct Netns {
    name: String,
    file: Arc<File>,
}

impl Netns {
    /// Opens the namespace of this name, or makes it. A name without a namespace behind it is healed.
    ///
    /// # Errors
    /// The caller is not root, or its mount namespace forbids mounts.
    pub fn ensure(name: &str) -> Result<Self, NetnsError> {
        Self::ensure_by(name, create_at)
    }

    /// Opens the namespace of this name, or gives the name to `existing`, a namespace that has lost it.
    ///
    /// # Errors
    /// The caller is not root, or its mount namespace forbids mounts.
    pub(crate) fn ensure_of(name: &str, existing: &File) -> Result<Self, NetnsError> {
        let source = format!("/proc/self/fd/{}", existing.as_raw_fd());
        Self::ensure_by(name, |target| mount_at(target, &source))
    }

    fn ensure_by(
        name: &str,
        make_at: impl FnOnce(&Path) -> io::Result<()> + Send,
    ) -> Result<Self, NetnsError> {
        if let Some(existing) = Self::open(name)? {
            return Ok(existing);
        }
        let _lock = prepare_dir().map_err(NetnsError::Prepare)?;
        if let Some(existing) = Self::open(name)? {
            return Ok(existing);
        }
        let failed = |source| NetnsError::Create {
            name: name.to_owned(),
            source,
        };
        let target = path(name);
        // The thread is the only one to stand in a new namespace; the mount then keeps it alive.
        let made = thread::scope(|scope| scope.spawn(|| make_at(&target)).join());
        made.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .map_err(failed)?;
        Self::open(name)?.ok_or_else(|| failed(io::Error::from(io::ErrorKind::NotFound)))
    }

    /// Opens the namespace of this name; `None` when there is none, or its name has nothing behind it.
    ///
    /// # Errors
    /// The name is there and cannot be opened.
    pub fn open(name: &str) -> Result<Option<Self>, NetnsError> {
        let failed = |source| NetnsError::Open {
            name: name.to_owned(),
            source,
        };
        // Non-blocking, in case that somebody put a FIFO there.
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(nix::libc::O_NONBLOCK)
            .open(path(name));
        let file = match file {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let is_namespace = fstatfs(&file)
            .map_err(|e| failed(e.into()))?
            .filesystem_type()
            == NSFS_MAGIC;
        Ok(is_namespace.then(|| Self {
            name: name.to_owned(),
            file: Arc::new(file),
        }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace as a file, to hand to the kernel.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Runs `work` inside the namespace, on a thread of its own, and waits for it.
    ///
    /// Meant for short work: opening sockets, writing settings. A panic in `work` goes on here.
    ///
    /// # Errors
    /// No thread could be started, or it was not let in.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, NetnsError> {
        let failed = |source| NetnsError::Enter {
            name: self.name.clone(),
            source,
        };
        let outcome = thread::scope(|scope| {
            let inside = || setns(&*self.file, CloneFlags::CLONE_NEWNET).map(|()| work());
            let thread = thread::Builder::new()
                .name("netns".to_owned())
                .spawn_scoped(scope, inside)?;
            Ok::<_, io::Error>(thread.join())
        });
        match outcome.map_err(failed)? {
            Ok(result) => result.map_err(|e| failed(e.into())),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Starts a thread of this name that stands in the namespace for all of its life.
    ///
    /// # Errors
    /// No thread could be started, or it was not let in.
    pub fn spawn(
        &self,
        thread: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<thread::JoinHandle<()>, NetnsError> {
        let failed = |source| NetnsError::Enter {
            name: self.name.clone(),
            source,
        };
        let (entered, outcome) = std::sync::mpsc::sync_channel(1);
        let file = Arc::clone(&self.file);
        let inside = move || {
            let result = setns(&*file, CloneFlags::CLONE_NEWNET);
            let is_inside = result.is_ok();
            // The receiver waits until it has this.
            let _ = entered.send(result);
            if is_inside {
                work();
            }
        };
        let handle = thread::Builder::new()
            .name(thread.to_owned())
            .spawn(inside)
            .map_err(failed)?;
        let result = outcome.recv().unwrap_or(Err(Errno::ESRCH));
        result.map_err(|e| failed(e.into()))?;
        Ok(handle)
    }
}

/// Removes the namespace's name. What still runs or is open inside keeps it alive, nameless.
///
/// # Errors
/// The mount or the file could not be removed; that there is none is fine.
pub fn delete(name: &str) -> Result<(), NetnsError> {
    let failed = |source| NetnsError::Delete {
        name: name.to_owned(),
        source,
    };
    let path = path(name);
    for _ in 0..STACKED_MOUNTS_MAX {
        match umount2(&path, MntFlags::MNT_DETACH) {
            Ok(()) => {}
            // Not a mount (any more), or no such file.
            Err(Errno::EINVAL | Errno::ENOENT) => break,
            Err(errno) => return Err(failed(errno.into())),
        }
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
        _ => Ok(()),
    }
}

/// Names of all namespaces of an installation, sorted; also of those with nothing behind the name.
///
/// # Errors
/// The folder is there and cannot be read.
pub fn list(names: &Names) -> Result<Vec<String>, NetnsError> {
    let entries = match fs::read_dir(NETNS_DIR) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(NetnsError::List(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(NetnsError::List)?.file_name();
        found.extend(
            name.into_string()
                .ok()
                .filter(|name| names.owns_netns(name)),
        );
    }
    found.sort();
    Ok(found)
}

/// Where the namespace of this name is mounted.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(NETNS_DIR).join(name)
}

/// Makes the folder, as a mount whose changes reach other mount namespaces: so a namespace that is
/// deleted here is not kept alive by a mount copied elsewhere. Returns the lock on it, held against
/// other processes (iproute2 takes the same one).
fn prepare_dir() -> io::Result<Flock<File>> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(NETNS_DIR)?;
    let lock = Flock::lock(File::open(NETNS_DIR)?, FlockArg::LockExclusive).map_err(|(_, e)| e)?;
    let share = || {
        mount(
            None::<&str>,
            NETNS_DIR,
            None::<&str>,
            MsFlags::MS_SHARED | MsFlags::MS_REC,
            None::<&str>,
        )
    };
    match share() {
        Ok(()) => {}
        // It is no mount yet.
        Err(Errno::EINVAL) => {
            let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
            mount(
                Some(NETNS_DIR),
                NETNS_DIR,
                None::<&str>,
                flags,
                None::<&str>,
            )?;
            share()?;
        }
        Err(errno) => return Err(errno.into()),
    }
    Ok(lock)
}

/// Makes a namespace for this thread and mounts it.
fn create_at(target: &Path) -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    mount_at(target, "/proc/thread-self/ns/net")
}

/// Mounts the namespace at `source`.
fn mount_at(target: &Path, source: &str) -> io::Result<()> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o444)
        .open(target)?;
    mount(
        Some(source),
        target,
        None::<&str>,
        MsFlags::MS_BIND,
        None::<&str>,
    )?;
    Ok(())
}
