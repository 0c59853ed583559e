//! Loads the kernel program, attaches it, and feeds its maps.
//!
//! The only crate with `unsafe` code, and the only one that needs root. It knows the tables as
//! [`datapath`] defines them and nothing of their meaning. Not here: devices, addresses and
//! namespaces, which the agent makes; and the compiler clang, which only the build needs.
//!
//! Invariant: what forwards packets (maps, links) is pinned in bpffs. It survives this process, and
//! the next one [adopts](Datapath::open) it without losing a packet.
//!
//! Source: `docs/datapath.md`; `Documentation/bpf` of the kernel.

mod attach;
mod batch;
mod bpffs;
mod counters;
mod error;
mod flows;
mod maps;
mod netns;
mod object;
mod sys;
mod tables;
pub mod testrun;
mod typed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use datapath::abi::{Config, Flow, FlowKey};
use datapath::{DropReason, Epochs, MapOp, Tables};

pub use self::attach::{Attachment, Hook, Mechanism};
pub use self::error::Error;
pub use self::flows::Reaped;
pub use self::maps::MapSizes;
pub use self::netns::NetNs;

use self::attach::Links;
use self::bpffs::Dir;
use self::flows::Cursor;
use self::object::Loaded;

/// How [`Datapath::open`] sets things up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenOptions {
    /// A directory in bpffs of this data plane's own, such as `/sys/fs/bpf/adit-NAME`.
    pub bpffs_dir: PathBuf,
    /// How much the maps can hold. Adopted maps must have been created with the same.
    pub sizes: MapSizes,
    /// Constants of the program. What flows depend on (`hash_seed`, the fabric's numbers) must be
    /// the same after a restart.
    pub config: Config,
    /// How to attach.
    pub mechanism: Mechanism,
}

/// The data plane in the kernel.
///
/// Dropping it stops nothing: the pinned maps and links go on forwarding. See [`remove`].
#[derive(Debug)]
pub struct Datapath {
    loaded: Loaded,
    links: Links,
    reap_cursor: Cursor,
}

/// How often a data plane is opened when the kernel asks to try again: the verifier does, when something wants its
/// thread's attention, and libbpf gives up after five times in a row.
const OPEN_TRIES_MAX: u32 = 10;
/// How long it is left alone in between.
const OPEN_REST: Duration = Duration::from_millis(50);

impl Datapath {
    /// Mounts bpffs at `/sys/fs/bpf` if it is not there, creates or adopts the pinned maps, loads
    /// the programs, and removes the pins of links whose device is gone.
    ///
    /// The links of a process before this one still run its programs (on the same maps), until
    /// [`Self::attach`] is called for them.
    ///
    /// # Errors
    /// No privilege, no bpffs, a program that the kernel refuses, or an adopted map that differs
    /// from what this version and these options need.
    pub fn open(options: &OpenOptions) -> Result<Self, Error> {
        patiently(|| Self::open_once(options))
    }

    /// Whether [`Self::open`] would work with what is pinned. Of that, nothing changes.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn check(options: &OpenOptions) -> Result<(), Error> {
        if !options.bpffs_dir.exists() {
            return Ok(());
        }
        let dir = Dir::create(&options.bpffs_dir)?;
        patiently(|| Loaded::check(&dir, &options.sizes, &options.config).map(drop))
    }

    fn open_once(options: &OpenOptions) -> Result<Self, Error> {
        let dir = Dir::create(&options.bpffs_dir)?;
        let loaded = Loaded::pinned(&dir, &options.sizes, &options.config)?;
        let links = Links::adopt(dir, options.mechanism)?;
        Ok(Self {
            loaded,
            links,
            reap_cursor: Cursor::default(),
        })
    }

    /// Attaches the program of `hook` to a device, or replaces the one that is attached there, in
    /// one step in which no packet passes by.
    ///
    /// # Errors
    /// No such device or namespace, or the kernel refuses.
    pub fn attach(&self, netns: NetNs<'_>, ifindex: u32, hook: Hook) -> Result<Attachment, Error> {
        self.links.attach(&self.loaded, netns, ifindex, hook)
    }

    /// Detaches the program of `hook` from a device. Nothing attached, or no such device: success.
    ///
    /// # Errors
    /// No such namespace, or the kernel refuses.
    pub fn detach(&self, netns: NetNs<'_>, ifindex: u32, hook: Hook) -> Result<(), Error> {
        self.links.detach(netns, ifindex, hook)
    }

    /// What is attached, by this process or one before it, in order.
    ///
    /// # Errors
    /// The pins cannot be read.
    pub fn attachments(&self) -> Result<Vec<Attachment>, Error> {
        self.links.list()
    }

    /// Carries out writes in their order. When one fails, those before it are done.
    ///
    /// # Errors
    /// The kernel refuses a write (mostly: the map is full), or a rule list is too long.
    pub fn apply(&self, ops: &[MapOp]) -> Result<(), Error> {
        self.loaded.maps.apply(ops)
    }

    /// What the tables hold now, to compare with what they should hold.
    ///
    /// # Errors
    /// The kernel refuses to show a map.
    pub fn read_tables(&self) -> Result<Tables, Error> {
        self.loaded.maps.read_tables()
    }

    /// The epochs that are not zero.
    ///
    /// # Errors
    /// The kernel refuses to show the map.
    pub fn read_epochs(&self) -> Result<Epochs, Error> {
        self.loaded.maps.read_epochs()
    }

    /// The entries of established flows, two of each flow, in no order. What comes and goes while
    /// they are read may be missing or be there twice.
    ///
    /// # Errors
    /// The kernel refuses to show the map.
    pub fn flows(&self) -> Result<Vec<(FlowKey, Flow)>, Error> {
        self.loaded.maps.flows.entries()
    }

    /// Looks at the next slice of the established flows and removes those that are idle; called
    /// again and again it goes through all of them. `now_secs` is the monotonic clock's.
    ///
    /// # Errors
    /// The kernel refuses to show the map or to run the program.
    pub fn reap(&mut self, now_secs: u32) -> Result<Reaped, Error> {
        flows::reap(&self.loaded, &mut self.reap_cursor, now_secs)
    }

    /// Packets dropped or refused since the maps were created, by reason. Reasons that never
    /// occurred are not there.
    ///
    /// # Errors
    /// The kernel refuses to show the map.
    pub fn drops(&self) -> Result<BTreeMap<DropReason, u64>, Error> {
        self.loaded.maps.read_drops()
    }
}

/// Opens again as long as the kernel asks for it.
fn patiently<T>(mut open: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let mut tries = 1;
    loop {
        match open() {
            Err(error) if error.is_transient() && tries < OPEN_TRIES_MAX => {
                tracing::debug!(error = &error as &dyn std::error::Error, "opening again");
                tries += 1;
                std::thread::sleep(OPEN_REST);
            }
            opened => return opened,
        }
    }
}

/// Unpins everything under `bpffs_dir`: links (which detaches them) and maps. Success when there is
/// nothing. Filters that were attached by [`Mechanism::Clsact`] stay until their device goes.
///
/// # Errors
/// The directory cannot be removed.
pub fn remove(bpffs_dir: &Path) -> Result<(), Error> {
    bpffs::remove(bpffs_dir)
}
