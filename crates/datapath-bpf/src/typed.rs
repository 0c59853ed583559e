//! A map with the types of its keys and values.

use std::marker::PhantomData;

use libbpf_rs::{ErrorKind, MapCore, MapFlags, MapHandle};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::Error;
use crate::batch::{self, Batch, Position};

/// Memory for the entries that are read or written by one system call.
const BATCH_BYTES: usize = 128 << 10;

/// A key or value: plain bytes without padding.
pub(crate) trait Plain: FromBytes + IntoBytes + Immutable + Clone {}

impl<T: FromBytes + IntoBytes + Immutable + Clone> Plain for T {}

/// A map that holds `K` and `V`.
pub(crate) struct TypedMap<K, V> {
    name: &'static str,
    handle: MapHandle,
    types: PhantomData<fn(K) -> V>,
}

impl<K, V> std::fmt::Debug for TypedMap<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.handle.fmt(f)
    }
}

impl<K: Plain, V: Plain> TypedMap<K, V> {
    /// Entries that are read or written by one system call.
    const BATCH: usize = BATCH_BYTES.div_ceil(size_of::<K>() + size_of::<V>());

    /// # Errors
    /// The map's keys or values have other sizes.
    pub(crate) fn new(name: &'static str, handle: MapHandle) -> Result<Self, Error> {
        let sizes = (handle.key_size() as usize, handle.value_size() as usize);
        if sizes != (size_of::<K>(), size_of::<V>()) {
            return Err(Error::Incomplete(name));
        }
        Ok(Self {
            name,
            handle,
            types: PhantomData,
        })
    }

    pub(crate) fn into_handle(self) -> MapHandle {
        self.handle
    }

    pub(crate) fn get(&self, key: &K) -> Result<Option<V>, Error> {
        let mut value = V::new_zeroed();
        let found = self
            .handle
            .lookup_into(key.as_bytes(), value.as_mut_bytes(), MapFlags::ANY)
            .map_err(|error| self.read_error(error))?;
        Ok(found.then_some(value))
    }

    pub(crate) fn put(&self, key: &K, value: &V) -> Result<(), Error> {
        self.handle
            .update(key.as_bytes(), value.as_bytes(), MapFlags::ANY)
            .map_err(|error| self.write_error(error))
    }

    /// Puts `keys[i]`, `values[i]` in their order.
    pub(crate) fn put_all(&self, keys: &[K], values: &[V]) -> Result<(), Error> {
        let batches = keys.chunks(Self::BATCH).zip(values.chunks(Self::BATCH));
        for (keys, values) in batches {
            let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
            self.handle
                .update_batch(
                    keys.as_bytes(),
                    values.as_bytes(),
                    count,
                    MapFlags::ANY,
                    MapFlags::ANY,
                )
                .map_err(|error| self.write_error(error))?;
        }
        Ok(())
    }

    /// Entries that are not there are no error.
    pub(crate) fn delete_all(&self, keys: &[K]) -> Result<(), Error> {
        for keys in keys.chunks(Self::BATCH) {
            let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
            let deleted =
                self.handle
                    .delete_batch(keys.as_bytes(), count, MapFlags::ANY, MapFlags::ANY);
            match deleted {
                // It stops at the first one that is not there.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    keys.iter().try_for_each(|key| self.delete(key))?;
                }
                other => other.map_err(|error| self.write_error(error))?,
            }
        }
        Ok(())
    }

    /// An entry that is not there is no error.
    pub(crate) fn delete(&self, key: &K) -> Result<(), Error> {
        match self.handle.delete(key.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.write_error(error)),
            _ => Ok(()),
        }
    }

    /// All keys, also of a map whose values cannot be read as they were written.
    pub(crate) fn keys(&self) -> Vec<K> {
        self.handle
            .keys()
            .filter_map(|key| K::read_from_bytes(&key).ok())
            .collect()
    }

    /// All entries, in no order. What comes and goes meanwhile may be missing or be there twice.
    pub(crate) fn entries(&self) -> Result<Vec<(K, V)>, Error> {
        let mut position = Position::Start;
        let mut entries = Vec::new();
        while !matches!(position, Position::End) {
            let batch = self.read_batch(&mut position, Self::BATCH)?;
            entries.extend(batch.keys.into_iter().zip(batch.values));
        }
        Ok(entries)
    }

    pub(crate) fn read_batch(
        &self,
        position: &mut Position,
        count: usize,
    ) -> Result<Batch<K, V>, Error> {
        batch::read(&self.handle, position, count).map_err(|error| self.read_error(error.into()))
    }

    fn read_error(&self, source: libbpf_rs::Error) -> Error {
        Error::MapRead {
            map: self.name,
            source,
        }
    }

    fn write_error(&self, source: libbpf_rs::Error) -> Error {
        Error::MapWrite {
            map: self.name,
            source,
        }
    }
}
