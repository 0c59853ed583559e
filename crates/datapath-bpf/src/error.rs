//! What can go wrong, by operation.

use std::path::PathBuf;
use std::{io, iter};

use datapath::TooManyRules;
use datapath::abi::ABI_VERSION;

use crate::Hook;

/// A failed operation on the kernel's data plane.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The maps of an earlier process cannot be used by this one.
    #[error(
        "the map {map}, pinned as {} by an earlier process, has {field} {found}, but this version needs {wanted}",
        path.display()
    )]
    AdoptMismatch {
        /// Name of the map.
        map: &'static str,
        /// Where it is pinned.
        path: PathBuf,
        /// What differs.
        field: &'static str,
        /// What the map has.
        found: u32,
        /// What it should have.
        wanted: u32,
    },
    /// A pinned map is gone that others of an earlier process count on.
    #[error("the pinned map {} is gone, on which others beside it count", path.display())]
    AdoptMissing {
        /// Where it was pinned.
        path: PathBuf,
    },
    /// A program could not be attached.
    #[error("cannot attach {} to device {ifindex}", hook.program())]
    Attach {
        /// Which program.
        hook: Hook,
        /// To which device.
        ifindex: u32,
        /// What the kernel said.
        source: libbpf_rs::Error,
    },
    /// A directory or pin in bpffs could not be made, read or removed.
    #[error("cannot use {}", path.display())]
    Bpffs {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program could not be detached.
    #[error("cannot detach {} from device {ifindex}", hook.program())]
    Detach {
        /// Which program.
        hook: Hook,
        /// From which device.
        ifindex: u32,
        /// What the kernel said.
        source: libbpf_rs::Error,
    },
    /// The object lacks a part that this crate expects; the two were not built together.
    #[error("the kernel program has no {0}")]
    Incomplete(&'static str),
    /// A pinned link could not be opened.
    #[error("cannot use the link {}", path.display())]
    Link {
        /// Where it is pinned.
        path: PathBuf,
        /// What the kernel said.
        source: libbpf_rs::Error,
    },
    /// The kernel refused the maps or the programs.
    #[error("cannot load the kernel program")]
    Load(#[source] libbpf_rs::Error),
    /// A map could not be read.
    #[error("cannot read the map {map}")]
    MapRead {
        /// Name of the map.
        map: &'static str,
        /// What the kernel said.
        source: libbpf_rs::Error,
    },
    /// A map could not be written.
    #[error("cannot write the map {map}")]
    MapWrite {
        /// Name of the map.
        map: &'static str,
        /// What the kernel said.
        source: libbpf_rs::Error,
    },
    /// bpffs could not be mounted.
    #[error("cannot mount bpffs at {}", path.display())]
    Mount {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A network namespace could not be entered.
    #[error("cannot enter the network namespace")]
    NetNs(#[source] io::Error),
    /// The flow table of an earlier process is for more or fewer flows.
    #[error(
        "the flow table in the kernel has room for {found} flows, not for {wanted}, and cannot change"
    )]
    OtherFlows {
        /// Most established flows, as the table was made.
        found: u32,
        /// Most established flows, as they are wanted now.
        wanted: u32,
    },
    /// The directory for pins is on another filesystem.
    #[error("{} is not in a bpffs", path.display())]
    NotBpffs {
        /// Which directory.
        path: PathBuf,
    },
    /// The maps and links of an earlier process are of another version of the ABI.
    #[error("what is pinned as {} is of another version of the data plane than {ABI_VERSION}", path.display())]
    OtherVersion {
        /// What is there.
        path: PathBuf,
    },
    /// A program could not be run.
    #[error("cannot run the program {program}")]
    Run {
        /// Its name.
        program: &'static str,
        /// What the kernel said.
        source: libbpf_rs::Error,
    },
    /// A group has more rules than fit.
    #[error(transparent)]
    TooManyRules(#[from] TooManyRules),
}

impl Error {
    /// Whether what an earlier process has left is in the way, and nothing else: it has to be removed by
    /// [`remove`](crate::remove) first.
    pub fn is_of_earlier_process(&self) -> bool {
        matches!(
            self,
            Self::AdoptMismatch { .. }
                | Self::AdoptMissing { .. }
                | Self::OtherFlows { .. }
                | Self::OtherVersion { .. }
        )
    }

    /// Whether the kernel asks to try again (`EAGAIN`).
    pub(crate) fn is_transient(&self) -> bool {
        let causes = iter::successors(std::error::Error::source(self), |cause| cause.source());
        causes.into_iter().any(|cause| {
            let of_libbpf = cause
                .downcast_ref::<libbpf_rs::Error>()
                .is_some_and(|error| error.kind() == libbpf_rs::ErrorKind::WouldBlock);
            let of_system = cause
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::WouldBlock);
            of_libbpf || of_system
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let again = || io::Error::from_raw_os_error(nix::libc::EAGAIN);
        assert!(Error::Load(again().into()).is_transient());
        let refused = io::Error::from_raw_os_error(nix::libc::EPERM);
        assert!(!Error::Load(refused.into()).is_transient());
        assert!(!Error::Incomplete("map").is_transient());
    }
}
