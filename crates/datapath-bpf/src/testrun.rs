//! Running the programs on packets that never were on a wire.
//!
//! For tests and benchmarks: a [`TestBed`] has maps of its own, pins and attaches nothing, and lets
//! the program's constants be changed while it is loaded, the clock among them.
//!
//! The kernel looks devices up in the *current* network namespace of the calling thread.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::time::Duration;

use datapath::abi::{Config, Flow, FlowCounters, FlowKey, ResolverWindow};
use datapath::{DropReason, Epochs, MapOp, ResolverWindows, Tables};
use libbpf_rs::query::ProgInfoIter;
use libbpf_rs::{MapCore, MapFlags, MapHandle, MapType, Program, ProgramInput};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

use crate::counters::counted;
use crate::maps::MapSizes;
use crate::object::Loaded;
use crate::{Error, Hook, Reaped, flows};

/// The programs with private maps.
#[derive(Debug)]
pub struct TestBed {
    loaded: Loaded,
    rodata: MapHandle,
    sizes: MapSizes,
}

/// A packet as it comes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival<'packet> {
    /// Which program runs.
    pub hook: Hook,
    /// Index of the device that it comes in by; it must exist.
    pub ifindex: u32,
    /// The frame, at least 14 bytes.
    pub packet: &'packet [u8],
    /// Payload of each packet that a GSO packet stands for; 0: not a GSO packet.
    pub gso_size: u32,
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Departure {
    /// `TC_ACT_*`, what the program returned.
    pub action: u32,
    /// The interface that it left by, 0 if it did not (`skb->cb[0]`).
    pub iface: u32,
    /// Why the packet itself was not passed on (`skb->cb[1]`).
    pub reason: Option<DropReason>,
    /// The frame afterwards.
    pub packet: Vec<u8>,
}

/// `TC_ACT_SHOT` of `linux/pkt_cls.h`: the packet is dropped.
pub const ACTION_DROP: u32 = 2;
/// `TC_ACT_REDIRECT` of `linux/pkt_cls.h`: the packet goes where the program said.
pub const ACTION_REDIRECT: u32 = 7;

/// Bytes that a packet may grow by: from IPv4 to IPv6.
const GROWTH_MAX: usize = 20;

impl TestBed {
    /// Loads the programs with empty maps.
    ///
    /// # Errors
    /// No privilege, or a program that the kernel refuses.
    pub fn load(sizes: &MapSizes, config: &Config) -> Result<Self, Error> {
        let rodata = create_rodata()?;
        let bed = Self {
            loaded: Loaded::private(sizes, &rodata)?,
            rodata,
            sizes: *sizes,
        };
        bed.set_config(config)?;
        Ok(bed)
    }

    /// Changes the program's constants.
    ///
    /// # Errors
    /// The kernel refuses the write.
    pub fn set_config(&self, config: &Config) -> Result<(), Error> {
        let config = self.sizes.constants(config);
        self.rodata
            .update(&0u32.to_ne_bytes(), config.as_bytes(), MapFlags::ANY)
            .map_err(|source| Error::MapWrite {
                map: RODATA,
                source,
            })
    }

    /// See [`crate::Datapath::apply`].
    ///
    /// # Errors
    /// The kernel refuses a write, or a rule list is too long.
    pub fn apply(&self, ops: &[MapOp]) -> Result<(), Error> {
        self.loaded.maps.apply(ops)
    }

    /// See [`crate::Datapath::read_tables`].
    ///
    /// # Errors
    /// The kernel refuses to show a map.
    pub fn read_tables(&self) -> Result<Tables, Error> {
        self.loaded.maps.read_tables()
    }

    /// See [`crate::Datapath::read_epochs`].
    ///
    /// # Errors
    /// The kernel refuses to show the map.
    pub fn read_epochs(&self) -> Result<Epochs, Error> {
        self.loaded.maps.read_epochs()
    }

    /// See [`crate::Datapath::drops`].
    ///
    /// # Errors
    /// The kernel refuses to show the map.
    pub fn drops(&self) -> Result<BTreeMap<DropReason, u64>, Error> {
        self.loaded.maps.read_drops()
    }

    /// The entries of established flows.
    ///
    /// # Errors
    /// The kernel refuses to show the map.
    pub fn flows(&self) -> Result<BTreeMap<FlowKey, Flow>, Error> {
        Ok(self.loaded.maps.flows.entries()?.into_iter().collect())
    }

    /// The entries of half-open flows.
    ///
    /// # Errors
    /// The kernel refuses to show the map.
    pub fn half_open(&self) -> Result<BTreeMap<FlowKey, Flow>, Error> {
        Ok(self.loaded.maps.half_open.entries()?.into_iter().collect())
    }

    /// What interfaces have sent to the resolver.
    ///
    /// # Errors
    /// The kernel refuses to show the map.
    pub fn resolver_windows(&self) -> Result<ResolverWindows, Error> {
        let entries = self.loaded.maps.resolver_windows.entries()?;
        Ok(entries.into_iter().collect())
    }

    /// Enters windows as if packets had made them.
    ///
    /// # Errors
    /// The kernel refuses the write.
    pub fn put_resolver_windows(&self, entries: &[(u32, ResolverWindow)]) -> Result<(), Error> {
        let (keys, values): (Vec<_>, Vec<_>) = entries.iter().copied().unzip();
        self.loaded.maps.resolver_windows.put_all(&keys, &values)
    }

    /// Enters flows as if packets had made them.
    ///
    /// # Errors
    /// The kernel refuses the write.
    pub fn put_flows(&self, entries: &[(FlowKey, Flow)]) -> Result<(), Error> {
        let (keys, values): (Vec<_>, Vec<_>) = entries.iter().copied().unzip();
        self.loaded.maps.flows.put_all(&keys, &values)?;
        let (blocks, counters): (Vec<_>, Vec<_>) = self.counted()?.into_iter().unzip();
        self.loaded.maps.flow_blocks.put_all(&blocks, &counters)
    }

    /// The blocks of counters that hold anything else than what is in `flows`.
    ///
    /// # Errors
    /// The kernel refuses to show a map.
    pub fn miscounted(&self) -> Result<Vec<u32>, Error> {
        let wanted = self.counted()?;
        let differs = |(block, counters): &(u32, FlowCounters)| {
            *counters != wanted.get(block).copied().unwrap_or_default()
        };
        let found = self.loaded.maps.flow_blocks.entries()?;
        let wrong = found.into_iter().filter(differs);
        Ok(wrong.map(|(block, _)| block).collect())
    }

    /// What the counters should be.
    fn counted(&self) -> Result<BTreeMap<u32, FlowCounters>, Error> {
        let read_error = |source| Error::MapRead {
            map: RODATA,
            source,
        };
        let mut config = Config::default();
        self.rodata
            .lookup_into(&0u32.to_ne_bytes(), config.as_mut_bytes(), MapFlags::ANY)
            .map_err(read_error)?;
        let entries = self.loaded.maps.flows.entries()?;
        Ok(counted(&config, entries.iter().map(|(key, _)| key)))
    }

    /// Removes one entry from `half_open`, as the kernel does when it needs the room.
    ///
    /// # Errors
    /// The kernel refuses the write.
    pub fn evict(&self, key: &FlowKey) -> Result<(), Error> {
        self.loaded.maps.half_open.delete(key)
    }

    /// Removes all flows, established and half-open, and all that was counted.
    ///
    /// # Errors
    /// The kernel refuses to read or write a map.
    pub fn clear_flows(&self) -> Result<(), Error> {
        let maps = &self.loaded.maps;
        let blocks: Vec<u32> = self.counted()?.into_keys().collect();
        let none = vec![FlowCounters::default(); blocks.len()];
        maps.flow_blocks.put_all(&blocks, &none)?;
        for table in [&maps.flows, &maps.half_open] {
            let keys: Vec<FlowKey> = table.entries()?.iter().map(|(key, _)| *key).collect();
            table.delete_all(&keys)?;
        }
        maps.resolver_windows
            .delete_all(&maps.resolver_windows.keys())
    }

    /// See [`crate::Datapath::reap`]; goes through the whole table.
    ///
    /// # Errors
    /// The kernel refuses to show the map or to run the program.
    pub fn reap(&self, now_secs: u32) -> Result<Reaped, Error> {
        let mut cursor = flows::Cursor::default();
        let mut total = Reaped::default();
        while !total.is_done {
            let slice = flows::reap(&self.loaded, &mut cursor, now_secs)?;
            total.scanned += slice.scanned;
            total.removed += slice.removed;
            total.is_done = slice.is_done;
        }
        Ok(total)
    }

    /// Runs a program on one packet.
    ///
    /// # Errors
    /// No such device here, a frame under 14 bytes or over the kernel's limit.
    pub fn run(&self, arrival: &Arrival<'_>) -> Result<Departure, Error> {
        let mut context = Context::of(arrival);
        let mut after = Context::new_zeroed();
        let mut packet = vec![0; arrival.packet.len() + GROWTH_MAX];
        let output = self
            .loaded
            .runnable(arrival.hook.program())?
            .test_run(ProgramInput {
                context_in: Some(context.as_mut_bytes()),
                context_out: Some(after.as_mut_bytes()),
                data_in: Some(arrival.packet),
                data_out: Some(&mut packet),
                ..ProgramInput::default()
            })
            .map_err(|source| run_error(arrival.hook, source))?;
        let (action, len) = (
            output.return_value,
            output.data.map_or(0, |data| data.len()),
        );
        packet.truncate(len);
        let [iface, reason, ..] = after.cb;
        Ok(Departure {
            action,
            iface,
            reason: DropReason::from_number(reason),
            packet,
        })
    }

    /// Runs a program again and again on what it has made of the packet, and says how long one
    /// run takes.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn time(&self, arrival: &Arrival<'_>, repeat: u32) -> Result<Duration, Error> {
        let mut context = Context::of(arrival);
        let mut packet = vec![0; arrival.packet.len() + GROWTH_MAX];
        let output = self
            .loaded
            .runnable(arrival.hook.program())?
            .test_run(ProgramInput {
                context_in: Some(context.as_mut_bytes()),
                data_in: Some(arrival.packet),
                data_out: Some(&mut packet),
                repeat,
                ..ProgramInput::default()
            })
            .map_err(|source| run_error(arrival.hook, source))?;
        Ok(output.duration)
    }

    /// Instructions that the kernel's verifier went through to accept each program.
    ///
    /// # Errors
    /// A program is missing.
    pub fn verified_instructions(&self) -> Result<BTreeMap<&'static str, u32>, Error> {
        let names = [
            Hook::FromFabric.program(),
            Hook::FromWorkload.program(),
            flows::PROGRAM,
        ];
        let mut counts = BTreeMap::new();
        for name in names {
            let program = self.loaded.program(name)?;
            let id = Program::id_from_fd(program.as_fd()).map_err(Error::Load)?;
            let info = ProgInfoIter::default().find(|info| info.id == id);
            counts.insert(name, info.ok_or(Error::Incomplete(name))?.verified_insns);
        }
        Ok(counts)
    }
}

fn run_error(hook: Hook, source: libbpf_rs::Error) -> Error {
    Error::Run {
        program: hook.program(),
        source,
    }
}

const RODATA: &str = ".rodata";

const CONFIG_SIZE: u32 = 40;

const _: () = assert!(size_of::<Config>() == CONFIG_SIZE as usize);

fn create_rodata() -> Result<MapHandle, Error> {
    let options = libbpf_sys::bpf_map_create_opts {
        sz: size_of::<libbpf_sys::bpf_map_create_opts>() as libbpf_sys::size_t,
        map_flags: libbpf_sys::BPF_F_RDONLY_PROG | libbpf_sys::BPF_F_MMAPABLE,
        ..Default::default()
    };
    MapHandle::create(MapType::Array, Some("rodata"), 4, CONFIG_SIZE, 1, &options)
        .map_err(Error::Load)
}

/// `struct __sk_buff` of `linux/bpf.h`; the kernel wants zero in what has no name here.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Context {
    before_ifindex: [u32; 10],
    ifindex: u32,
    tc_index: u32,
    cb: [u32; 5],
    before_gso_size: [u32; 27],
    gso_size: u32,
    rest: [u32; 3],
}

const _: () = assert!(size_of::<Context>() == 192);

impl Context {
    fn of(arrival: &Arrival<'_>) -> Self {
        Self {
            ifindex: arrival.ifindex,
            gso_size: arrival.gso_size,
            ..Self::new_zeroed()
        }
    }
}
