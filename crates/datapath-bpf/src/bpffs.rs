//! The directory in bpffs: where it is, what is in it, and how it goes.
//!
//! `DIR/v<ABI_VERSION>/maps/<map>` and `DIR/v<ABI_VERSION>/links/<link>`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use datapath::abi::ABI_VERSION;
use nix::mount::{MsFlags, mount};
use nix::sys::statfs::{BPF_FS_MAGIC, statfs};

use crate::Error;

/// Where every distribution mounts it.
const BPFFS_ROOT: &str = "/sys/fs/bpf";

/// The directory of one data plane, for this version of the ABI.
#[derive(Debug)]
pub(crate) struct Dir {
    maps: PathBuf,
    links: PathBuf,
}

impl Dir {
    pub(crate) fn create(bpffs_dir: &Path) -> Result<Self, Error> {
        if bpffs_dir.starts_with(BPFFS_ROOT) && !is_bpffs(Path::new(BPFFS_ROOT))? {
            mount_bpffs(Path::new(BPFFS_ROOT))?;
        }
        let version = bpffs_dir.join(format!("v{ABI_VERSION}"));
        let dir = Self {
            maps: version.join("maps"),
            links: version.join("links"),
        };
        let parent = nearest_existing(bpffs_dir);
        if !is_bpffs(parent)? {
            return Err(Error::NotBpffs {
                path: bpffs_dir.to_owned(),
            });
        }
        refuse_others(bpffs_dir, &version)?;
        for path in [&dir.maps, &dir.links] {
            fs::create_dir_all(path).map_err(bpffs_error(path))?;
        }
        Ok(dir)
    }

    pub(crate) fn map(&self, name: &str) -> PathBuf {
        self.maps.join(name)
    }

    pub(crate) fn link(&self, name: &str) -> PathBuf {
        self.links.join(name)
    }

    /// Names of the pins among the links, in order.
    pub(crate) fn link_names(&self) -> Result<Vec<String>, Error> {
        let mut names = fs::read_dir(&self.links)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(bpffs_error(&self.links))?
            .into_iter()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect::<Vec<_>>();
        names.sort();
        Ok(names)
    }
}

/// For `map_err`.
pub(crate) fn bpffs_error(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    |source| Error::Bpffs {
        path: path.to_owned(),
        source,
    }
}

/// Removes a pin, if it is there.
pub(crate) fn unpin(path: &Path) -> Result<(), Error> {
    absent_is_fine(fs::remove_file(path)).map_err(bpffs_error(path))
}

/// What another version has attached would decide before us, by tables that nobody writes.
fn refuse_others(bpffs_dir: &Path, own: &Path) -> Result<(), Error> {
    if !bpffs_dir.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(bpffs_dir).map_err(bpffs_error(bpffs_dir))? {
        let path = entry.map_err(bpffs_error(bpffs_dir))?.path();
        if path != own {
            return Err(Error::OtherVersion { path });
        }
    }
    Ok(())
}

/// Removes the directory and everything in it, if it is there.
pub(crate) fn remove(bpffs_dir: &Path) -> Result<(), Error> {
    absent_is_fine(fs::remove_dir_all(bpffs_dir)).map_err(bpffs_error(bpffs_dir))
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn nearest_existing(path: &Path) -> &Path {
    path.ancestors()
        .find(|ancestor| ancestor.exists())
        .unwrap_or(path)
}

fn is_bpffs(path: &Path) -> Result<bool, Error> {
    match statfs(path) {
        Ok(stat) => Ok(stat.filesystem_type() == BPF_FS_MAGIC),
        Err(errno) => Err(bpffs_error(path)(errno.into())),
    }
}

fn mount_bpffs(path: &Path) -> Result<(), Error> {
    mount(
        Some("bpf"),
        path,
        Some("bpf"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC,
        Some("mode=0700"),
    )
    .map_err(|errno| Error::Mount {
        path: path.to_owned(),
        source: errno.into(),
    })
}
