//! The BPF programs of one installation, as the agent uses them: opened once, shared by its tasks.
//!
//! The programs, their maps and their links outlive the process. What live flows depend on (the hash's seed, the
//! fabric's numbers) is therefore kept in the runtime folder, which lives exactly as long.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datapath::abi::{Config, mac};
use datapath::{DropReason, MapOp, Tables};
use datapath_bpf::{Datapath, Hook, MapSizes, Mechanism, NetNs, OpenOptions, Reaped};
use nix::time::{ClockId, clock_gettime};

use crate::link::{Counters, Counts};
use crate::names::Names;
use crate::net::{FABRIC_IFACE, FABRIC_INNER_IFACE, FABRIC_PREFIX, Fabric, WORKLOAD_MTU};

/// Source ports given to flows through a frontend. Health checks use the ports below.
const NAT_PORTS: (u16, u16) = (10_000, 65_535);
/// File of the hash's seed below the runtime folder.
const SEED_FILE: &str = "hash-seed";

/// How programs are loaded and attached.
#[derive(Clone, Copy, Debug)]
pub struct ProgramsOptions {
    /// Most established flows at a time.
    pub flows_max: u32,
    /// Most packets of a network interface to its resolver in one second; 0: no limit.
    pub resolver_packets_max: u32,
    /// Attach by clsact even where the kernel has TCX.
    pub force_clsact: bool,
}

/// What keeps programs from being loaded or attached.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The kernel.
    #[error(transparent)]
    Datapath(#[from] datapath_bpf::Error),
    /// What an earlier agent has left in the kernel is in the way, and stays until a teardown.
    #[error("{reason}; run adit down --name {installation} first")]
    Leftovers {
        /// Name of the installation.
        installation: String,
        /// What is the matter with it.
        reason: datapath_bpf::Error,
    },
    /// The hash's seed.
    #[error("cannot keep the hash's seed in {path}")]
    Seed {
        /// The file.
        path: String,
        /// What the kernel said.
        source: io::Error,
    },
}

/// The programs, their maps and where they are attached.
#[derive(Debug)]
pub struct Programs {
    datapath: Mutex<Datapath>,
    fabric: Arc<Fabric>,
    flows_max: u32,
}

impl Programs {
    /// Loads the programs and adopts the maps that are pinned.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub(crate) fn open(
        names: &Names,
        options: ProgramsOptions,
        fabric: Arc<Fabric>,
    ) -> Result<Self, AttachError> {
        let datapath = Datapath::open(&open_options(names, &options)?);
        let datapath = datapath.map_err(|error| advised(error, names))?;
        Ok(Self {
            datapath: Mutex::new(datapath),
            fabric,
            flows_max: options.flows_max,
        })
    }

    /// Whether the programs could be loaded with what an installation has in the kernel. Nothing is attached or kept.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub fn check(names: &Names, options: &ProgramsOptions) -> Result<(), AttachError> {
        let checked = Datapath::check(&open_options(names, options)?);
        checked.map_err(|error| advised(error, names))
    }

    pub(crate) fn attach_fabric(&self) -> Result<(), AttachError> {
        self.attach(FABRIC_INNER_IFACE, Hook::FromFabric)
    }

    pub(crate) fn attach_workload(&self, iface: u32) -> Result<(), AttachError> {
        self.attach(iface, Hook::FromWorkload)
    }

    /// Lets go of what was attached to a link that is gone.
    pub(crate) fn forget_workload(&self, iface: u32) -> Result<(), AttachError> {
        let netns = NetNs::Fd(self.fabric.netns().file().as_fd());
        Ok(self.datapath().detach(netns, iface, Hook::FromWorkload)?)
    }

    fn attach(&self, iface: u32, hook: Hook) -> Result<(), AttachError> {
        let netns = NetNs::Fd(self.fabric.netns().file().as_fd());
        self.datapath().attach(netns, iface, hook)?;
        Ok(())
    }

    pub(crate) fn apply(&self, ops: &[MapOp]) -> Result<(), AttachError> {
        Ok(self.datapath().apply(ops)?)
    }

    pub(crate) fn read_tables(&self) -> Result<Tables, AttachError> {
        Ok(self.datapath().read_tables()?)
    }

    /// Removes idle flows, once through the table, slice by slice.
    pub(crate) fn reap(&self) -> Result<Reaped, AttachError> {
        let mut reaped = Reaped::default();
        while !reaped.is_done {
            let slice = self.datapath().reap(now_secs())?;
            reaped.scanned += slice.scanned;
            reaped.removed += slice.removed;
            reaped.is_done = slice.is_done;
        }
        Ok(reaped)
    }

    /// Whether so many entries leave less than half of the flow table.
    pub(crate) fn is_crowded(&self, entries: usize) -> bool {
        u64::try_from(entries).is_ok_and(|entries| entries > self.flows_max())
    }

    /// Packets dropped or refused since the maps were made, by reason.
    fn drops(&self) -> Result<BTreeMap<DropReason, u64>, AttachError> {
        Ok(self.datapath().drops()?)
    }

    /// Established flows.
    fn flow_count(&self) -> Result<u64, AttachError> {
        let entries = self.datapath().flows()?.len();
        Ok(u64::try_from(entries / 2).unwrap_or(u64::MAX))
    }

    /// Most established flows at a time.
    fn flows_max(&self) -> u64 {
        self.flows_max.into()
    }

    fn datapath(&self) -> MutexGuard<'_, Datapath> {
        // What it guards is in the kernel: a panic elsewhere has not left it half changed.
        self.datapath.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counters for Programs {
    fn counts(&self) -> Result<Counts, String> {
        let counted = || {
            let drops = self.drops()?.into_iter().filter(|(_, count)| *count > 0);
            Ok::<_, AttachError>(Counts {
                flows: self.flow_count()?,
                flows_max: self.flows_max(),
                drops: drops
                    .map(|(reason, count)| (reason.name().to_owned(), count))
                    .collect(),
            })
        };
        counted().map_err(|error| error.to_string())
    }
}

/// With what to do about it.
fn advised(error: datapath_bpf::Error, names: &Names) -> AttachError {
    if !error.is_of_earlier_process() {
        return error.into();
    }
    AttachError::Leftovers {
        installation: names.name().to_owned(),
        reason: error,
    }
}

/// What the data plane is opened with.
fn open_options(names: &Names, options: &ProgramsOptions) -> Result<OpenOptions, AttachError> {
    let hash_seed = kept_seed(names).map_err(|source| AttachError::Seed {
        path: names.runtime_dir().join(SEED_FILE).display().to_string(),
        source,
    })?;
    let (nat_port_min, nat_port_max) = NAT_PORTS;
    Ok(OpenOptions {
        bpffs_dir: names.bpffs_dir(),
        sizes: MapSizes {
            flows: options.flows_max,
            ..MapSizes::default()
        },
        config: Config {
            fabric_iface: FABRIC_IFACE,
            hash_seed,
            mtu: WORKLOAD_MTU,
            resolver_packets_max: options.resolver_packets_max,
            nat_port_min,
            nat_port_max,
            fabric_prefix: FABRIC_PREFIX,
            fabric_mac: mac(FABRIC_IFACE),
            ..Config::default()
        },
        mechanism: if options.force_clsact {
            Mechanism::Clsact
        } else {
            Mechanism::Tcx
        },
    })
}

/// Seconds of the clock that the programs read.
fn now_secs() -> u32 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |now| now.tv_sec());
    u32::try_from(now).unwrap_or(u32::MAX)
}

/// The seed that was used before; a new one only where nothing is pinned yet, since flows are counted by it.
fn kept_seed(names: &Names) -> io::Result<u32> {
    let runtime_dir = names.runtime_dir();
    let path = runtime_dir.join(SEED_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => {
            if let Ok(seed) = text.trim().parse() {
                return Ok(seed);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if names.bpffs_dir().exists() {
        return Err(io::Error::other(format!(
            "it is gone, and flows in the kernel are counted by it; run adit down --name {names} first"
        )));
    }
    let mut random = [0; 4];
    io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut random)?;
    let seed = u32::from_ne_bytes(random);
    fs::create_dir_all(&runtime_dir)?;
    fs::write(&path, seed.to_string())?;
    Ok(seed)
}
