//! Removes every trace of an installation from the host.
//!
//! Works with whatever is there, also what is half made or half removed, and may be called again. The
//! installation's own processes must have ended before. Its data folder is not the host's state and is left; so are the
//! locks, and with them the runtime folder, which are for the caller to remove last: who holds them keeps others away.
//!
//! A teardown that is broken off leaves a mark: instances may have ended by it, which nobody wished for, so that it has to
//! be gone through with before anything else is made of what is left ([`has_begun`]).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use crate::instance::{self, InstanceError, Instances};
use crate::names::Names;
use crate::net::{Fabric, NetError};
use crate::netns::{self, Netns, NetnsError};

/// What could not be removed.
#[derive(Debug, thiserror::Error)]
pub enum TeardownError {
    /// An instance.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// A device.
    #[error(transparent)]
    Net(#[from] NetError),
    /// A namespace.
    #[error(transparent)]
    Netns(#[from] NetnsError),
    /// A folder.
    #[error("cannot change {path}")]
    Folder {
        /// Its path.
        path: String,
        /// What the kernel said.
        source: io::Error,
    },
}

/// In the runtime folder, from before the first instance is stopped until everything else has gone.
const MARK: &str = "teardown";

/// Whether nothing of the installation is in the kernel: it never was, was removed, or the host has started anew.
pub fn is_complete(names: &Names) -> bool {
    !names.bpffs_dir().exists()
}

/// Whether a teardown was broken off.
pub fn has_begun(names: &Names) -> bool {
    names.runtime_dir().join(MARK).exists()
}

/// Kills the installation's instances and removes its links, namespaces, pinned objects and runtime folder, but for locks.
/// Must be called within a tokio runtime.
///
/// # Errors
/// The first thing that could not be removed; everything else is removed nevertheless. Of what may still live, the
/// namespace's name stays, and with it the runtime folder: another call finds it again.
pub async fn teardown(names: &Names) -> Result<(), TeardownError> {
    mark(names)?;
    let Living { netns, mut errors } = stop_instances(names).await;
    let is_stopped = errors.is_empty();
    // Devices go by name before the namespace does, which something else may keep alive.
    errors.extend(clear_fabric(names).await.err());
    errors.extend(delete_namespaces(names, &netns));
    errors.extend(remove_folder(&names.bpffs_dir()).err());
    if is_stopped {
        errors.extend(empty_runtime_folder(names).err());
    }
    let mut errors = errors.into_iter();
    let Some(first) = errors.next() else {
        return Ok(());
    };
    for error in errors {
        tracing::warn!(installation = %names, error = &error as &dyn std::error::Error, "teardown is incomplete");
    }
    Err(first)
}

fn mark(names: &Names) -> Result<(), TeardownError> {
    let folder = names.runtime_dir();
    match fs::write(folder.join(MARK), "") {
        // Without the folder there are no instances.
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(TeardownError::Folder {
            path: folder.display().to_string(),
            source,
        }),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What was not stopped.
#[derive(Default)]
struct Living {
    /// Network namespaces in which something may still stand.
    netns: BTreeSet<String>,
    /// Why; empty only if nothing of the installation runs.
    errors: Vec<TeardownError>,
}

impl Living {
    fn add(&mut self, netns: String, error: impl Into<TeardownError>) {
        self.netns.insert(netns);
        self.errors.push(error.into());
    }
}

/// Kills every instance and every other process in the instances' namespaces.
async fn stop_instances(names: &Names) -> Living {
    let instances = Instances::new(names.clone());
    let mut living = Living::default();
    let ids = instances.ids().unwrap_or_else(|error| {
        living.errors.push(error.into());
        Vec::new()
    });
    for id in ids {
        if let Err(error) = instances.stop(id, Duration::ZERO).await {
            living.add(names.instance_netns(id), error);
        }
    }
    let namespaces = netns::list(names).unwrap_or_else(|error| {
        living.errors.push(error.into());
        Vec::new()
    });
    for name in namespaces {
        if name == names.fabric() {
            continue;
        }
        match Netns::open(&name) {
            Ok(None) => {}
            Ok(Some(netns)) => {
                if let Err(error) = instance::kill_strays(&netns).await {
                    living.add(name, error);
                }
            }
            Err(error) => living.add(name, error),
        }
    }
    living
}

async fn clear_fabric(names: &Names) -> Result<(), TeardownError> {
    if let Some(fabric) = Fabric::open(names)? {
        fabric.clear().await?;
    }
    Ok(())
}

/// Removes all names of namespaces but those in `kept`; gives what could not be removed.
fn delete_namespaces(names: &Names, kept: &BTreeSet<String>) -> Vec<TeardownError> {
    let listed = match netns::list(names) {
        Ok(listed) => listed,
        Err(error) => return vec![error.into()],
    };
    let going = listed.iter().filter(|name| !kept.contains(*name));
    going
        .filter_map(|name| netns::delete(name).err())
        .map(TeardownError::from)
        .collect()
}

/// Removes what is in the runtime folder, the mark last; then the folder, unless a lock is in it.
fn empty_runtime_folder(names: &Names) -> Result<(), TeardownError> {
    let (folder, mark) = (names.runtime_dir(), names.runtime_dir().join(MARK));
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| TeardownError::Folder { path, source }
    };
    let kept = [names.lock(), names.agent_lock(), mark.clone()];
    for entry in absent_is(Vec::new(), entries(&folder)).map_err(failed(&folder))? {
        if kept.contains(&entry) {
            continue;
        }
        let removed = if entry.is_dir() && !entry.is_symlink() {
            fs::remove_dir_all(&entry)
        } else {
            fs::remove_file(&entry)
        };
        absent_is((), removed).map_err(failed(&entry))?;
    }
    absent_is((), fs::remove_file(&mark)).map_err(failed(&mark))?;
    match fs::remove_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        removed => absent_is((), removed).map_err(failed(&folder)),
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect()
}

fn remove_folder(path: &Path) -> Result<(), TeardownError> {
    absent_is((), fs::remove_dir_all(path)).map_err(|source| TeardownError::Folder {
        path: path.display().to_string(),
        source,
    })
}

/// What is not there is no error, but stands for `nothing`.
fn absent_is<T>(nothing: T, done: io::Result<T>) -> io::Result<T> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(nothing),
        done => done,
    }
}
