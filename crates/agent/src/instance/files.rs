//! An instance's folder: what the agent and the instance's first process tell each other.
//!
//! `spec.json` and `user-data` are written by the agent before the start; `lock`, `status.json` and
//! `console` by the first process, which keeps the folder open and so needs no path. The lock is held
//! for as long as that process lives; nobody else takes it, others only look whether it is held.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, openat, renameat};
use nix::libc;
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use super::process::Process;
use super::{Spec, UserData};

const SPEC: &str = "spec.json";
const USER_DATA: &str = "user-data";
const STATUS: &str = "status.json";
const CONSOLE: &str = "console";
const LOCK: &str = "lock";

/// What the first process is told, beside the user data.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Boot {
    /// The network namespace to stand in.
    pub(super) netns: PathBuf,
    /// Name without domain.
    pub(super) hostname: String,
    /// Domain of its name, also searched by its resolver.
    pub(super) domain: String,
    /// Its own address.
    pub(super) address: Ipv4Addr,
    /// Where it sends its DNS queries.
    pub(super) nameserver: Ipv4Addr,
}

/// What the first process tells.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Status {
    /// Itself.
    pub(super) process: Process,
    /// What became of the user data.
    pub(super) user_data: UserData,
}

/// Makes the folder ready for a start and returns the path of the spec.
pub(super) fn prepare(dir: &Path, netns: PathBuf, spec: &Spec) -> io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    match fs::remove_file(dir.join(STATUS)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let boot = Boot {
        netns,
        hostname: spec.hostname.clone(),
        domain: spec.domain.clone(),
        address: spec.address,
        nameserver: spec.nameserver,
    };
    write_private(&dir.join(USER_DATA), &spec.user_data)?;
    let path = dir.join(SPEC);
    write_private(&path, &serde_json::to_vec_pretty(&boot)?)?;
    Ok(path)
}

/// Reads what [`prepare`] wrote.
pub(super) fn read_boot(spec: &Path) -> io::Result<Boot> {
    Ok(serde_json::from_slice(&fs::read(spec)?)?)
}

/// The status, if the first process wrote one since the last start. One that cannot be read is none:
/// it was cut short by the host's end.
pub(super) fn read_status(dir: &Path) -> io::Result<Option<Status>> {
    let Some(bytes) = found(fs::read(dir.join(STATUS)))? else {
        return Ok(None);
    };
    Ok(serde_json::from_slice(&bytes).ok())
}

/// Whether the first process wrote a status since the last start, be it cut short.
pub(super) fn has_status(dir: &Path) -> io::Result<bool> {
    dir.join(STATUS).try_exists()
}

/// The console's file.
pub(super) fn open_console(dir: &Path) -> io::Result<Option<File>> {
    found(File::open(dir.join(CONSOLE)))
}

/// Whether a first process holds the folder.
pub(super) fn is_held(dir: &Path) -> io::Result<bool> {
    let Some(file) = found(File::open(dir.join(LOCK)))? else {
        return Ok(false);
    };
    let mut lock = whole_file_lock();
    fcntl(&file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    Ok(libc::c_int::from(lock.l_type) != libc::F_UNLCK)
}

/// The folder, held by the first process.
#[derive(Debug)]
pub(super) struct HeldFolder {
    dir: File,
    _lock: File,
}

impl HeldFolder {
    /// Takes the folder; an error of kind `WouldBlock` says that another one holds it.
    pub(super) fn hold(dir: &Path) -> io::Result<Self> {
        let dir = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_DIRECTORY)
            .open(dir)?;
        let lock = open_in(&dir, LOCK, OFlag::O_RDWR | OFlag::O_CREAT)?;
        match fcntl(&lock, FcntlArg::F_OFD_SETLK(&whole_file_lock())) {
            Ok(_) => Ok(Self { dir, _lock: lock }),
            Err(Errno::EAGAIN | Errno::EACCES) => Err(io::ErrorKind::WouldBlock.into()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// The user data as it was given.
    pub(super) fn user_data(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::Read::read_to_end(
            &mut open_in(&self.dir, USER_DATA, OFlag::O_RDONLY)?,
            &mut bytes,
        )?;
        Ok(bytes)
    }

    /// An empty file for the console.
    pub(super) fn create_console(&self) -> io::Result<File> {
        open_in(
            &self.dir,
            CONSOLE,
            OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_TRUNC,
        )
    }

    /// Replaces the status as a whole.
    pub(super) fn write_status(&self, status: &Status) -> io::Result<()> {
        let new = "status.json.new";
        let mut file = open_in(
            &self.dir,
            new,
            OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_TRUNC,
        )?;
        file.write_all(&serde_json::to_vec(status)?)?;
        renameat(&self.dir, new, &self.dir, STATUS)?;
        Ok(())
    }
}

fn open_in(dir: &File, name: &str, flags: OFlag) -> io::Result<File> {
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    Ok(File::from(openat(
        dir,
        name,
        flags | OFlag::O_CLOEXEC,
        mode,
    )?))
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?
        .write_all(bytes)
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn whole_file_lock() -> libc::flock {
    let small = |number: libc::c_int| libc::c_short::try_from(number).unwrap_or_default();
    libc::flock {
        l_type: small(libc::F_WRLCK),
        l_whence: small(libc::SEEK_SET),
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once_and_until_its_holder_ends() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_held(dir.path()).unwrap());
        let held = HeldFolder::hold(dir.path()).unwrap();
        assert!(is_held(dir.path()).unwrap());
        let second = HeldFolder::hold(dir.path()).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::WouldBlock);
        assert!(is_held(dir.path()).unwrap());
        drop(held);
        assert!(!is_held(dir.path()).unwrap());
    }

    #[test]
    fn what_the_agent_writes_the_first_process_reads() {
        let dir = tempfile::tempdir().unwrap();
        let spec = Spec {
            id: "i-0123456789abcdef0".parse().unwrap(),
            hostname: "ip-10-0-1-5".to_owned(),
            domain: "example.internal".to_owned(),
            address: Ipv4Addr::new(10, 0, 1, 5),
            nameserver: Ipv4Addr::new(10, 0, 0, 2),
            user_data: b"#!/bin/sh\n\xff".to_vec(),
        };
        let path = prepare(dir.path(), "/run/netns/x".into(), &spec).unwrap();
        let boot = read_boot(&path).unwrap();
        assert_eq!((boot.hostname, boot.address), (spec.hostname, spec.address));
        let held = HeldFolder::hold(dir.path()).unwrap();
        assert_eq!(held.user_data().unwrap(), spec.user_data);
        assert!(read_status(dir.path()).unwrap().is_none());
        let status = Status {
            process: Process::current().unwrap(),
            user_data: UserData::Exited { code: 3 },
        };
        held.write_status(&status).unwrap();
        assert_eq!(read_status(dir.path()).unwrap(), Some(status));
    }

    #[test]
    fn a_status_cut_short_is_none() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(STATUS), b"{\"process\"").unwrap();
        assert_eq!(read_status(dir.path()).unwrap(), None);
    }
}
