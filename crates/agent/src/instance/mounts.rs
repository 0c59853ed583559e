//! An instance's own view of the file system: the host's, with these places of its own.
//!
//! - `/proc` and `/sys` show its own processes and devices.
//! - `/etc` is the host's with a layer in memory on top: its own names and resolver. A layer, not files
//!   bound over the host's: the kernel drops such a mount when the host replaces the file below, as DHCP
//!   clients do to `resolv.conf` at every change of network.
//! - `/run`, `/tmp` and `/dev/shm` are empty and in memory, because an instance plays a machine: two that
//!   run the same program must not meet in each other's PID files, sockets and scratch files, nothing of
//!   theirs may stay on the host, and the host's daemons and Adit's own state are none of theirs.
//!
//! Everything else is the host's, so its programs can be run. This keeps instances apart; it does
//! not confine them: their processes are root's. Source: mount_namespaces(7), overlayfs in the kernel's documentation.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::mount::{MsFlags, mount};

use super::etc::EtcFile;

/// Neither devices nor set-user-ID programs are honoured on what is mounted here.
const PLAIN: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV);

/// What could not be mounted, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot mount {what}")]
pub(super) struct MountError {
    what: String,
    source: io::Error,
}

impl MountError {
    fn new(what: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let what = what.as_ref().display().to_string();
        move |source| Self { what, source }
    }
}

/// Lays out the calling process's mount namespace, which must be its own.
pub(super) fn lay_out(etc: &[EtcFile]) -> Result<(), MountError> {
    // Unmounts on the host reach in here, so that nothing is kept alive; nothing reaches out.
    let flags = MsFlags::MS_SLAVE | MsFlags::MS_REC;
    mount(None::<&str>, "/", None::<&str>, flags, None::<&str>)
        .map_err(|e| MountError::new("/ as a slave")(e.into()))?;
    filesystem("proc", "/proc", PLAIN | MsFlags::MS_NOEXEC, "")?;
    filesystem("sysfs", "/sys", PLAIN | MsFlags::MS_NOEXEC, "")?;
    // The upper layer of /etc lies below the /run that the instance sees.
    filesystem("tmpfs", "/run", PLAIN, "mode=0755")?;
    layer_etc(etc).map_err(MountError::new("/etc"))?;
    filesystem("tmpfs", "/run", PLAIN, "mode=0755")?;
    fs::create_dir("/run/lock")
        .and_then(|()| fs::set_permissions("/run/lock", Permissions::from_mode(0o1777)))
        .map_err(MountError::new("/run/lock"))?;
    for shared in ["/tmp", "/dev/shm"] {
        if Path::new(shared).is_dir() {
            filesystem("tmpfs", shared, PLAIN, "mode=1777")?;
        }
    }
    Ok(())
}

fn layer_etc(etc: &[EtcFile]) -> io::Result<()> {
    let [upper, work] = ["/run/upper", "/run/work"];
    fs::create_dir(upper)?;
    fs::create_dir(work)?;
    // The merged folder has the upper one's permissions.
    fs::set_permissions(upper, fs::metadata("/etc")?.permissions())?;
    for (name, text) in etc {
        let path = Path::new(upper).join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, Permissions::from_mode(0o644))?;
    }
    let options = format!("lowerdir=/etc,upperdir={upper},workdir={work}");
    mount(
        Some("adit"),
        "/etc",
        Some("overlay"),
        MsFlags::empty(),
        Some(options.as_str()),
    )?;
    Ok(())
}

fn filesystem(kind: &str, target: &str, flags: MsFlags, options: &str) -> Result<(), MountError> {
    mount(Some("adit"), target, Some(kind), flags, Some(options))
        .map_err(|e| MountError::new(format!("{kind} at {target}"))(e.into()))
}
