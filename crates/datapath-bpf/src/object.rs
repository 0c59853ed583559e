//! The compiled kernel program: opened, given its maps and constants, loaded.

use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::sync::Once;

use datapath::abi::Config;
use libbpf_rs::{
    MapCore, MapHandle, Object, ObjectBuilder, OpenMapMut, OpenObject, PrintLevel, Program,
    ProgramMut,
};
use zerocopy::IntoBytes;

use crate::Error;
use crate::bpffs::Dir;
use crate::maps::{ENTRIES_PER_FLOW, MapSizes, Maps, PINNED};

/// What clang made of `bpf/adit.bpf.c`.
pub(crate) static OBJECT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/adit.bpf.o"));

/// The map of the program's constants; libbpf puts the object's name before it.
const RODATA: &str = ".rodata";
/// What the number of a map's entries is called.
const SIZE: &str = "size";

/// The object in the kernel.
#[derive(Debug)]
pub(crate) struct Loaded {
    object: Object,
    pub(crate) maps: Maps,
}

impl Loaded {
    /// With maps that are pinned in `dir`: adopted where they are there, else created.
    pub(crate) fn pinned(dir: &Dir, sizes: &MapSizes, config: &Config) -> Result<Self, Error> {
        let (loaded, adopted) = Self::adopting(dir, sizes, config)?;
        for name in PINNED {
            if !adopted.contains(&name) {
                loaded.map(name)?.pin(dir.map(name)).map_err(Error::Load)?;
            }
        }
        Ok(loaded)
    }

    /// As [`Self::pinned`], but what is not there is not pinned either: it goes with the result.
    pub(crate) fn check(dir: &Dir, sizes: &MapSizes, config: &Config) -> Result<Self, Error> {
        Self::adopting(dir, sizes, config).map(|(loaded, _)| loaded)
    }

    /// With the maps that are pinned, whose names are given too, and otherwise new ones.
    fn adopting(
        dir: &Dir,
        sizes: &MapSizes,
        config: &Config,
    ) -> Result<(Self, Vec<&'static str>), Error> {
        let mut open = open(sizes)?;
        let mut adopted = Vec::new();
        for map in open.maps_mut() {
            let Some(name) = pinned_name(map.name()) else {
                continue;
            };
            if dir.map(name).exists() {
                adopt(dir, name, map)?;
                adopted.push(name);
            }
        }
        // Counters that begin at zero would deny flows that are there.
        if adopted.contains(&"flows") && !adopted.contains(&"flow_blocks") {
            let path = dir.map("flow_blocks");
            return Err(Error::AdoptMissing { path });
        }
        set_constants(&mut open, &sizes.constants(config))?;
        Ok((Self::load(open)?, adopted))
    }

    /// With maps of its own, and with constants that can be changed while it is loaded: the map
    /// that holds them is given to `libbpf` ready-made, so that it is not frozen.
    pub(crate) fn private(sizes: &MapSizes, rodata: &MapHandle) -> Result<Self, Error> {
        let mut open = open(sizes)?;
        for mut map in open.maps_mut() {
            if is_rodata(map.name()) {
                map.reuse_fd(rodata.as_fd()).map_err(Error::Load)?;
            }
        }
        Self::load(open)
    }

    fn load(open: OpenObject) -> Result<Self, Error> {
        let object = open.load().map_err(Error::Load)?;
        let maps = Maps::new(|name| find_map(&object, name))?;
        Ok(Self { object, maps })
    }

    /// The form of a program that libbpf-rs runs.
    pub(crate) fn runnable(&self, name: &'static str) -> Result<ProgramMut<'_>, Error> {
        self.object
            .progs_mut()
            .find(|program| program.name() == name)
            .ok_or(Error::Incomplete(name))
    }

    pub(crate) fn program(&self, name: &'static str) -> Result<Program<'_>, Error> {
        self.object
            .progs()
            .find(|program| program.name() == name)
            .ok_or(Error::Incomplete(name))
    }

    fn map(&self, name: &'static str) -> Result<MapHandle, Error> {
        find_map(&self.object, name)
    }
}

fn find_map(object: &Object, name: &'static str) -> Result<MapHandle, Error> {
    let map = object
        .maps()
        .find(|map| map.name() == name)
        .ok_or(Error::Incomplete(name))?;
    MapHandle::try_from(&map).map_err(Error::Load)
}

/// The parsed object, with these sizes.
fn open(sizes: &MapSizes) -> Result<OpenObject, Error> {
    log_through_tracing();
    let mut open = ObjectBuilder::default()
        .name("adit")
        .and_then(|builder| builder.open_memory(OBJECT))
        .map_err(Error::Load)?;
    for mut map in open.maps_mut() {
        let entries = map.name().to_str().and_then(|name| sizes.max_entries(name));
        if let Some(entries) = entries {
            map.set_max_entries(entries).map_err(Error::Load)?;
        }
    }
    Ok(open)
}

fn pinned_name(name: &OsStr) -> Option<&'static str> {
    PINNED.into_iter().find(|pinned| name == *pinned)
}

fn is_rodata(name: &OsStr) -> bool {
    name.as_encoded_bytes().ends_with(RODATA.as_bytes())
}

fn set_constants(open: &mut OpenObject, config: &Config) -> Result<(), Error> {
    open.maps_mut()
        .find(|map| is_rodata(map.name()))
        .ok_or(Error::Incomplete(RODATA))?
        .set_initial_value(config.as_bytes())
        .map_err(Error::Load)
}

/// Uses the pinned map, if it is what this object needs.
fn adopt(dir: &Dir, name: &'static str, mut map: OpenMapMut<'_>) -> Result<(), Error> {
    let path = dir.map(name);
    let read_error = |source| Error::MapRead { map: name, source };
    let pinned = MapHandle::from_pinned_path(&path).map_err(read_error)?;
    let info = pinned.info().map_err(read_error)?.info;
    let fields = [
        ("type", info.type_, map.map_type().into()),
        ("key size", info.key_size, map.key_size()),
        ("value size", info.value_size, map.value_size()),
        (SIZE, info.max_entries, map.max_entries()),
        ("flags", info.map_flags, map.map_flags()),
    ];
    for (field, found, wanted) in fields {
        if found == wanted {
            continue;
        }
        // The one size that a process is told, in flows.
        if (name, field) == ("flows", SIZE) {
            return Err(Error::OtherFlows {
                found: found / ENTRIES_PER_FLOW,
                wanted: wanted / ENTRIES_PER_FLOW,
            });
        }
        return Err(Error::AdoptMismatch {
            map: name,
            path,
            field,
            found,
            wanted,
        });
    }
    map.reuse_fd(pinned.as_fd()).map_err(Error::Load)
}

/// libbpf explains to a callback what it cannot put into an error number.
fn log_through_tracing() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        libbpf_rs::set_print(Some((PrintLevel::Debug, log)));
    });
}

fn log(level: PrintLevel, message: String) {
    let message = message.trim_end();
    match level {
        // Creating a qdisc that is there already, which is what we ask libbpf for.
        PrintLevel::Warn if message.contains("Exclusivity flag on") => {
            tracing::debug!(target: "libbpf", "{message}");
        }
        PrintLevel::Warn => tracing::warn!(target: "libbpf", "{message}"),
        PrintLevel::Info => tracing::debug!(target: "libbpf", "{message}"),
        PrintLevel::Debug => tracing::trace!(target: "libbpf", "{message}"),
    }
}

#[cfg(test)]
mod tests;
