//! Writing and reading the tables.

use std::mem::discriminant;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use datapath::abi::{BACKEND_SLOTS_MAX, EPOCH_SLOTS};
use datapath::{Epochs, MapOp, RuleList, TableEntry, TableKey, Tables};
use libbpf_rs::{MapHandle, MapType};

use crate::Error;
use crate::maps::Maps;
use crate::typed::TypedMap;

/// Inner maps that are open at once while backend sets are written. After each such write the
/// kernel waits until no program uses the sets that were replaced, for some milliseconds.
const OPEN_SETS_MAX: usize = 128;

impl Maps {
    /// In order; neighbours that go to the same map go by one system call.
    pub(crate) fn apply(&self, ops: &[MapOp]) -> Result<(), Error> {
        ops.chunk_by(go_to_one_map)
            .try_for_each(|run| match run.first() {
                Some(MapOp::Put(first)) => self.put_run(first, run),
                Some(MapOp::Delete(first)) => self.delete_run(first, run),
                Some(MapOp::BumpEpoch(slot)) => self.bump_epoch(*slot),
                None => Ok(()),
            })
    }

    /// `run` puts entries into the map that `first` goes to.
    fn put_run(&self, first: &TableEntry, run: &[MapOp]) -> Result<(), Error> {
        macro_rules! put_all {
            ($map:ident, $entry:ident, |$value:ident| $stored:expr) => {{
                let mut keys = Vec::with_capacity(run.len());
                let mut values = Vec::with_capacity(run.len());
                for op in run {
                    if let MapOp::Put(TableEntry::$entry(key, $value)) = op {
                        keys.push(*key);
                        values.push($stored);
                    }
                }
                self.$map.put_all(&keys, &values)
            }};
        }
        match first {
            TableEntry::Interface(..) => put_all!(interfaces, Interface, |value| *value),
            TableEntry::Address(..) => put_all!(addresses, Address, |value| *value),
            TableEntry::Route(..) => put_all!(routes, Route, |value| *value),
            TableEntry::Ruleset(..) => put_all!(rulesets, Ruleset, |list| list.to_abi()?),
            TableEntry::Frontend(..) => put_all!(frontends, Frontend, |value| *value),
            TableEntry::Listener(..) => put_all!(listeners, Listener, |value| *value),
            TableEntry::BackendSet(..) => run
                .chunks(OPEN_SETS_MAX)
                .try_for_each(|run| self.put_backend_sets(run)),
            TableEntry::Backend(..) => put_all!(backends, Backend, |value| *value),
        }
    }

    /// `run` deletes entries of the map that `first` is in.
    fn delete_run(&self, first: &TableKey, run: &[MapOp]) -> Result<(), Error> {
        macro_rules! delete_all {
            ($map:ident, $key:ident) => {{
                let keys: Vec<_> = run
                    .iter()
                    .filter_map(|op| match op {
                        MapOp::Delete(TableKey::$key(key)) => Some(*key),
                        MapOp::Delete(_) | MapOp::Put(_) | MapOp::BumpEpoch(_) => None,
                    })
                    .collect();
                self.$map.delete_all(&keys)
            }};
        }
        match first {
            TableKey::Interface(_) => delete_all!(interfaces, Interface),
            TableKey::Address(_) => delete_all!(addresses, Address),
            TableKey::Route(_) => delete_all!(routes, Route),
            TableKey::Ruleset(_) => delete_all!(rulesets, Ruleset),
            TableKey::Frontend(_) => delete_all!(frontends, Frontend),
            TableKey::Listener(_) => delete_all!(listeners, Listener),
            TableKey::BackendSet(_) => delete_all!(backend_sets, BackendSet),
            TableKey::Backend(_) => delete_all!(backends, Backend),
        }
    }

    /// Each is filled first, and then seen as a whole.
    fn put_backend_sets(&self, run: &[MapOp]) -> Result<(), Error> {
        let (mut keys, mut sets, mut fds) = (Vec::new(), Vec::new(), Vec::new());
        for op in run {
            if let MapOp::Put(TableEntry::BackendSet(key, slots)) = op {
                let set = create_backend_set(slots)?;
                keys.push(*key);
                fds.push(set.as_fd().as_raw_fd().cast_unsigned());
                sets.push(set);
            }
        }
        self.backend_sets.put_all(&keys, &fds)
    }

    /// This process is the only writer of epochs.
    fn bump_epoch(&self, slot: u16) -> Result<(), Error> {
        let slot = slot.into();
        let epoch = self.epochs.get(&slot)?.unwrap_or(0);
        self.epochs.put(&slot, &epoch.wrapping_add(1))
    }

    pub(crate) fn read_tables(&self) -> Result<Tables, Error> {
        Ok(Tables {
            interfaces: self.interfaces.entries()?.into_iter().collect(),
            addresses: self.addresses.entries()?.into_iter().collect(),
            routes: self.routes.entries()?.into_iter().collect(),
            rulesets: self
                .rulesets
                .entries()?
                .iter()
                .map(|(key, value)| (*key, RuleList::from_abi(value)))
                .collect(),
            frontends: self.frontends.entries()?.into_iter().collect(),
            listeners: self.listeners.entries()?.into_iter().collect(),
            backend_sets: self
                .backend_sets
                .keys()
                .into_iter()
                .filter_map(|key| Some((key, self.read_backend_set(key).transpose()?)))
                .map(|(key, slots)| Ok((key, slots?)))
                .collect::<Result<_, Error>>()?,
            backends: self.backends.entries()?.into_iter().collect(),
        })
    }

    pub(crate) fn read_epochs(&self) -> Result<Epochs, Error> {
        let mut epochs = Epochs::default();
        for (slot, epoch) in self.epochs.entries()? {
            if let Ok(slot) = u16::try_from(slot)
                && epoch != 0
            {
                epochs.set(slot, epoch);
            }
        }
        Ok(epochs)
    }

    fn read_backend_set(&self, key: u32) -> Result<Option<Arc<[u32]>>, Error> {
        let Some(id) = self.backend_sets.get(&key)? else {
            return Ok(None);
        };
        let handle = MapHandle::from_map_id(id).map_err(|source| Error::MapRead {
            map: BACKEND_SET,
            source,
        })?;
        let entries = TypedMap::<u32, u32>::new(BACKEND_SET, handle)?.entries()?;
        // The first says how many there are, which is the rest.
        Ok(Some(entries.iter().skip(1).map(|(_, id)| *id).collect()))
    }
}

const _: () = assert!(EPOCH_SLOTS == 1 << u16::BITS);

/// Name of the inner maps of `backend_sets`.
const BACKEND_SET: &str = "backend_set";

/// A new inner map: its length, then the slots.
fn create_backend_set(slots: &[u32]) -> Result<MapHandle, Error> {
    let write_error = |source| Error::MapWrite {
        map: BACKEND_SET,
        source,
    };
    let count = u32::try_from(slots.len())
        .ok()
        .filter(|_| slots.len() <= BACKEND_SLOTS_MAX)
        .ok_or_else(|| {
            write_error(std::io::Error::from(std::io::ErrorKind::InvalidInput).into())
        })?;
    let options = libbpf_sys::bpf_map_create_opts {
        sz: size_of::<libbpf_sys::bpf_map_create_opts>() as libbpf_sys::size_t,
        map_flags: libbpf_sys::BPF_F_INNER_MAP,
        ..Default::default()
    };
    let handle = MapHandle::create(MapType::Array, Some(BACKEND_SET), 4, 4, count + 1, &options)
        .map_err(write_error)?;
    let set = TypedMap::new(BACKEND_SET, handle)?;
    let keys: Vec<u32> = (0..=count).collect();
    let values: Vec<u32> = std::iter::once(count)
        .chain(slots.iter().copied())
        .collect();
    set.put_all(&keys, &values)?;
    Ok(set.into_handle())
}

/// Whether two writes can be one system call: of one kind, to one table.
fn go_to_one_map(a: &MapOp, b: &MapOp) -> bool {
    match (a, b) {
        (MapOp::Put(a), MapOp::Put(b)) => discriminant(a) == discriminant(b),
        (MapOp::Delete(a), MapOp::Delete(b)) => discriminant(a) == discriminant(b),
        _ => false,
    }
}
