//! Removes every trace of an installation from the host.
//!
//! Works with whatever is there, also what is half made or half removed, and may be called again. The
//! installation's own program must have ended before. Its data folder is not the host's state and is left.
//!
//! A teardown that is broken off leaves a mark: instances may have ended by it, which nobody wished for, so that it has to
//! be gone through with before anything else is made of what is left ([`has_begun`]).

use std::collections::BTreeSet;
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

/// In the runtime folder, from before the first instance is stopped until that folder goes.
const MARK: &str = "teardown";

/// Whether nothing of the installation is in the kernel: it never was, was removed, or the host has started anew.
pub fn is_complete(names: &Names) -> bool {
    !names.bpffs_dir().exists()
}

/// Whether a teardown was broken off.
pub fn has_begun(names: &Names) -> bool {
    names.runtime_dir().join(MARK).exists()
}

/// Kills the installation's instances and removes its links, namespaces, pinned objects and runtime folder.
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
        errors.extend(remove_folder(&names.runtime_dir()).err());
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

fn remove_folder(path: &std::path::Path) -> Result<(), TeardownError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(TeardownError::Folder {
            path: path.display().to_string(),
            source,
        }),
        _ => Ok(()),
    }
}
