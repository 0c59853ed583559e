//! Attaching programs to devices, in a way that outlives this process.
//!
//! A TCX link is pinned as `<program>-<ifindex>`; the next process opens the pin and replaces the
//! link's program. A clsact filter lives with its device, is replaced in one netlink message, and
//! is remembered by a pin of its program, `<program>-<ifindex>-clsact`.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libbpf_rs::query::LinkTypeInfo;
use libbpf_rs::{ErrorKind, Link, Program, TC_INGRESS, TcHook};
use nix::net::if_::if_nameindex;

use crate::bpffs::{Dir, bpffs_error, unpin};
use crate::object::Loaded;
use crate::{Error, NetNs, sys};

/// Where a program is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Hook {
    /// tc ingress of the fabric's inner device.
    FromFabric,
    /// tc ingress of the host side of a workload's veth.
    FromWorkload,
}

impl Hook {
    /// Name of its program in the object.
    pub const fn program(self) -> &'static str {
        match self {
            Self::FromFabric => "from_fabric",
            Self::FromWorkload => "from_workload",
        }
    }
}

/// How a program is attached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Mechanism {
    /// A filter of the clsact qdisc; every supported kernel has it.
    Clsact,
    /// A TCX link; since Linux 6.6. Where it is missing, clsact is used instead.
    #[default]
    Tcx,
}

/// A program that is attached to a device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Attachment {
    /// Which program.
    pub hook: Hook,
    /// Index of the device.
    pub ifindex: u32,
    /// How.
    pub mechanism: Mechanism,
}

impl Attachment {
    const CLSACT_SUFFIX: &str = "-clsact";

    fn pin_name(&self) -> String {
        let suffix = match self.mechanism {
            Mechanism::Clsact => Self::CLSACT_SUFFIX,
            Mechanism::Tcx => "",
        };
        format!("{}-{}{suffix}", self.hook.program(), self.ifindex)
    }

    fn from_pin_name(name: &str) -> Option<Self> {
        let (name, mechanism) = match name.strip_suffix(Self::CLSACT_SUFFIX) {
            Some(name) => (name, Mechanism::Clsact),
            None => (name, Mechanism::Tcx),
        };
        let (program, ifindex) = name.rsplit_once('-')?;
        Some(Self {
            hook: [Hook::FromFabric, Hook::FromWorkload]
                .into_iter()
                .find(|hook| hook.program() == program)?,
            ifindex: ifindex.parse().ok()?,
            mechanism,
        })
    }
}

/// The pinned links of one data plane.
#[derive(Debug)]
pub(crate) struct Links {
    dir: Dir,
    mechanism: Mechanism,
}

impl Links {
    /// Removes the pins of links whose device is gone.
    pub(crate) fn adopt(dir: Dir, mechanism: Mechanism) -> Result<Self, Error> {
        let links = Self { dir, mechanism };
        for attachment in links.list()? {
            let pin = links.dir.link(&attachment.pin_name());
            if attachment.mechanism == Mechanism::Tcx && open_live(&pin)?.is_none() {
                unpin(&pin)?;
            }
        }
        Ok(links)
    }

    pub(crate) fn list(&self) -> Result<Vec<Attachment>, Error> {
        let names = self.dir.link_names()?;
        let mut attachments: Vec<_> = names
            .iter()
            .filter_map(|name| Attachment::from_pin_name(name))
            .collect();
        attachments.sort();
        Ok(attachments)
    }

    pub(crate) fn attach(
        &self,
        loaded: &Loaded,
        netns: NetNs<'_>,
        ifindex: u32,
        hook: Hook,
    ) -> Result<Attachment, Error> {
        let tcx = Attachment {
            hook,
            ifindex,
            mechanism: Mechanism::Tcx,
        };
        let clsact = Attachment {
            mechanism: Mechanism::Clsact,
            ..tcx
        };
        netns.run(|| {
            let program = loaded.program(hook.program())?;
            if self.mechanism == Mechanism::Tcx && self.attach_tcx(&program, tcx)? {
                self.detach_clsact(clsact)?;
                return Ok(tcx);
            }
            self.attach_clsact(&program, clsact)?;
            self.detach_tcx(tcx)?;
            Ok(clsact)
        })
    }

    pub(crate) fn detach(&self, netns: NetNs<'_>, ifindex: u32, hook: Hook) -> Result<(), Error> {
        netns.run(|| {
            let tcx = Attachment {
                hook,
                ifindex,
                mechanism: Mechanism::Tcx,
            };
            self.detach_tcx(tcx)?;
            self.detach_clsact(Attachment {
                mechanism: Mechanism::Clsact,
                ..tcx
            })
        })
    }

    /// `false`: this kernel has no TCX.
    fn attach_tcx(&self, program: &Program<'_>, attachment: Attachment) -> Result<bool, Error> {
        let pin = self.dir.link(&attachment.pin_name());
        if let Some(mut link) = open_live(&pin)? {
            link.update_prog(program)
                .map_err(|source| attach_error(attachment, source))?;
            return Ok(true);
        }
        unpin(&pin)?;
        let link = match sys::create_tcx_link(program.as_fd(), attachment.ifindex) {
            Err(error) if error.raw_os_error() == Some(nix::libc::EINVAL) => return Ok(false),
            other => other.map_err(|source| attach_error(attachment, source.into()))?,
        };
        pin_fd(link.as_fd(), &pin)?;
        Ok(true)
    }

    fn detach_tcx(&self, attachment: Attachment) -> Result<(), Error> {
        let pin = self.dir.link(&attachment.pin_name());
        if let Some(link) = open_live(&pin)? {
            link.detach()
                .map_err(|source| detach_error(attachment, source))?;
        }
        unpin(&pin)
    }

    fn attach_clsact(&self, program: &Program<'_>, attachment: Attachment) -> Result<(), Error> {
        let mut filter = clsact_filter(program.as_fd(), attachment.ifindex);
        filter
            .create()
            .and_then(|mut filter| filter.attach())
            .map_err(|source| attach_error(attachment, source))?;
        let pin = self.dir.link(&attachment.pin_name());
        unpin(&pin)?;
        pin_fd(program.as_fd(), &pin)
    }

    /// The qdisc stays; it does nothing without filters.
    fn detach_clsact(&self, attachment: Attachment) -> Result<(), Error> {
        let pin = self.dir.link(&attachment.pin_name());
        if !pin.exists() {
            return Ok(());
        }
        let program = Program::fd_from_pinned_path(&pin)
            .map_err(|source| detach_error(attachment, source))?;
        match clsact_filter(program.as_fd(), attachment.ifindex).detach() {
            Err(source) if !is_gone(&source, attachment.ifindex) => {
                Err(detach_error(attachment, source))
            }
            _ => unpin(&pin),
        }
    }
}

/// No such device, qdisc or filter.
fn is_gone(error: &libbpf_rs::Error, ifindex: u32) -> bool {
    let gone = [ErrorKind::InvalidInput, ErrorKind::NotFound];
    let is_there = || {
        if_nameindex().is_ok_and(|devices| devices.iter().any(|device| device.index() == ifindex))
    };
    gone.contains(&error.kind()) || !is_there()
}

fn attach_error(attachment: Attachment, source: libbpf_rs::Error) -> Error {
    Error::Attach {
        hook: attachment.hook,
        ifindex: attachment.ifindex,
        source,
    }
}

fn detach_error(attachment: Attachment, source: libbpf_rs::Error) -> Error {
    Error::Detach {
        hook: attachment.hook,
        ifindex: attachment.ifindex,
        source,
    }
}

/// The pinned link, if it is there and its device still is.
fn open_live(pin: &Path) -> Result<Option<Link>, Error> {
    if !pin.exists() {
        return Ok(None);
    }
    let load = |source| Error::Link {
        path: pin.to_owned(),
        source,
    };
    let link = Link::open(pin).map_err(load)?;
    let info = link.info().map_err(load)?.info;
    let is_dead = matches!(info, LinkTypeInfo::Tcx(tcx) if tcx.ifindex == 0);
    Ok((!is_dead).then_some(link))
}

/// The same place for all our programs, so that attaching replaces.
fn clsact_filter(program: BorrowedFd<'_>, ifindex: u32) -> TcHook {
    let mut hook = TcHook::new(program);
    hook.ifindex(ifindex.cast_signed())
        .attach_point(TC_INGRESS)
        .handle(1)
        .priority(1)
        .replace(true);
    hook
}

fn pin_fd(fd: BorrowedFd<'_>, path: &Path) -> Result<(), Error> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(io::Error::from)
        .and_then(|path| sys::pin(fd, &path))
        .map_err(bpffs_error(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pin_names_lead_back_to_the_attachment() {
        for hook in [Hook::FromFabric, Hook::FromWorkload] {
            for mechanism in [Mechanism::Clsact, Mechanism::Tcx] {
                let attachment = Attachment {
                    hook,
                    ifindex: 4_000_000_001,
                    mechanism,
                };
                let name = attachment.pin_name();
                assert!(!name.contains('.'), "bpffs refuses dots: {name}");
                assert_eq!(Attachment::from_pin_name(&name), Some(attachment));
            }
        }
        for foreign in ["", "x", "from_workload", "from_workload-", "other-1"] {
            assert_eq!(Attachment::from_pin_name(foreign), None);
        }
    }
}
