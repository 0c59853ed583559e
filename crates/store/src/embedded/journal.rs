//! The journal: a file of fixed length beside the store's, in which transactions are durable before redb has them.
//!
//! A block at its head says whose it is. Behind it is a ring of *groups*: what was committed at once, in one piece, so that
//! one write and one flush make it durable. A group may be overwritten when redb has its transactions on the disk; there is
//! no mark for that, because redb's own revision says how far it has come.
//!
//! Numbers are little-endian. Changing this means a new [`super::preamble::SCHEMA_VERSION`].

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::backlog::{Effect, Record};
use super::medium::Medium;
use crate::entry::Revision;

/// What groups begin and end at.
pub(super) const BLOCK: u64 = 4096;
const BLOCK_BYTES: usize = 4096;
/// Where the ring begins.
const RING_AT: u64 = BLOCK;

const HEAD_MAGIC: [u8; 16] = *b"\x89ADIT JOURNAL\r\n\0";
const GROUP_MAGIC: [u8; 16] = *b"\x89ADIT GROUP\r\n\0\0\0";
/// Magic, journal, first revision, transactions, bytes and checksum of what follows, checksum of all this.
const GROUP_HEAD_BYTES: usize = 16 + 2 * 8 + 4 * 4;

const PUT: u8 = 1;
const DELETE: u8 = 2;

/// Why a journal cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damage {
    #[error("the first page of its journal cannot be read")]
    Head,
    #[error("its journal is of another file")]
    Other,
    #[error("revision {0} in its journal cannot be read")]
    Group(Revision),
}

/// Why a journal was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScanError {
    #[error(transparent)]
    Damage(#[from] Damage),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What a journal holds beyond some revision.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Each with the revision after the one before.
    pub(super) records: Vec<Record>,
    /// Where a group begins that the power, or a failure, cut off before it was durable.
    torn: Option<u64>,
}

/// A journal file that belongs to the store's file that names the same id.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    pub(super) medium: Arc<dyn Medium>,
    pub(super) id: u64,
}

impl Journal {
    /// Makes the file: an empty ring of `capacity` bytes, a multiple of [`BLOCK`]. It is written whole, so that later writes
    /// find their place on the disk.
    pub(super) fn create(&self, capacity: u64) -> io::Result<()> {
        const PIECE: usize = 1024 * 1024;
        let zeros = vec![0; PIECE];
        let end = RING_AT + capacity;
        let mut at = RING_AT;
        while at < end {
            let piece = usize::try_from(end - at).map_or(PIECE, |left| left.min(PIECE));
            let zeros = zeros.get(..piece).unwrap_or_default();
            self.medium.write(at, zeros)?;
            at += piece as u64;
        }
        let mut head = Fields::new(HEAD_MAGIC);
        head.u64(self.id);
        head.u64(capacity);
        self.medium.write(0, &head.block())?;
        self.medium.sync()
    }

    /// Bytes of the ring.
    pub(super) fn capacity(&self) -> Result<u64, ScanError> {
        let mut head = [0; BLOCK_BYTES];
        match self.medium.read(0, &mut head) {
            Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(Damage::Head.into());
            }
            read => read?,
        }
        let mut fields = Reader::checked(&head, HEAD_MAGIC).ok_or(Damage::Head)?;
        if fields.u64() != Some(self.id) {
            return Err(Damage::Other.into());
        }
        let capacity = fields.u64().ok_or(Damage::Head)?;
        if self.medium.len()? < RING_AT + capacity {
            return Err(Damage::Head.into());
        }
        Ok(capacity)
    }

    /// Makes a group durable at a place of the ring.
    pub(super) fn append(&self, at: u64, group: &[u8]) -> io::Result<()> {
        self.medium.write(RING_AT + at, group)?;
        self.medium.sync()
    }

    /// Makes sure that what was cut off is never taken for a part of what comes later.
    pub(super) fn erase_torn(&self, scan: &Scan) -> io::Result<()> {
        match scan.torn {
            Some(at) => self.append(at, &[0; BLOCK_BYTES]),
            None => Ok(()),
        }
    }

    /// Reads the transactions after a revision.
    ///
    /// The newest group may be cut off: nobody was told that it is durable. Whether a durable one was damaged afterwards
    /// cannot be told from that; of any other than the newest it can.
    pub(super) fn scan(&self, after: Revision) -> Result<Scan, ScanError> {
        let mut scan = Scan::default();
        let mut next = after.next();
        let mut found = self.find(next)?.into_iter().peekable();
        while let Some((first, Found { at, records })) = found.next() {
            match records {
                Some(records) if first <= next => {
                    let new = records.into_iter().filter(|record| record.revision >= next);
                    scan.records.extend(new);
                    next = scan
                        .records
                        .last()
                        .map_or(next, |last| last.revision.next());
                }
                None if found.peek().is_none() => scan.torn = Some(at),
                _ => return Err(Damage::Group(next).into()),
            }
        }
        Ok(scan)
    }

    /// The groups that reach `from`, by their first revision.
    fn find(&self, from: Revision) -> Result<BTreeMap<Revision, Found>, ScanError> {
        let capacity = self.capacity()?;
        let len = usize::try_from(capacity).map_err(io::Error::other)?;
        let mut ring = vec![0; len];
        self.medium.read(RING_AT, &mut ring)?;
        let mut found = BTreeMap::new();
        for at in (0..len).step_by(BLOCK_BYTES) {
            let bytes = ring.get(at..).unwrap_or_default();
            let Some(head) = GroupHead::read(bytes, self.id) else {
                continue;
            };
            if head.first.0 + u64::from(head.count) > from.0 {
                let records = head.records(bytes.get(GROUP_HEAD_BYTES..).unwrap_or_default());
                let at = at as u64;
                found.insert(head.first, Found { at, records });
            }
        }
        Ok(found)
    }
}

/// A group in the ring.
struct Found {
    at: u64,
    /// None: not all of it is there.
    records: Option<Vec<Record>>,
}

/// Transactions with consecutive revisions as they stand in the ring; none when there are too many bytes for a group.
pub(super) fn encode_group(id: u64, records: &[Record]) -> Option<Vec<u8>> {
    let first = records.first()?.revision;
    let mut bytes = vec![0; GROUP_HEAD_BYTES];
    for record in records {
        bytes.extend(u32::try_from(record.effects.len()).ok()?.to_le_bytes());
        for effect in &*record.effects {
            let (kind, key, value) = match effect {
                Effect::Put { key, value } => (PUT, key, Some(value)),
                Effect::Delete { key } => (DELETE, key, None),
            };
            bytes.push(kind);
            for part in [Some(key), value].into_iter().flatten() {
                bytes.extend(u32::try_from(part.len()).ok()?.to_le_bytes());
                bytes.extend_from_slice(part);
            }
        }
    }
    let (head, body) = bytes.split_at_mut_checked(GROUP_HEAD_BYTES)?;
    let mut fields = Fields::new(GROUP_MAGIC);
    fields.u64(id);
    fields.u64(first.0);
    fields.u32(u32::try_from(records.len()).ok()?);
    fields.u32(u32::try_from(body.len()).ok()?);
    fields.u32(crc32fast::hash(body));
    head.copy_from_slice(&fields.sealed());
    bytes.resize(bytes.len().next_multiple_of(BLOCK_BYTES), 0);
    Some(bytes)
}

/// The head of a group.
struct GroupHead {
    first: Revision,
    count: u32,
    bytes: u32,
    checksum: u32,
}

impl GroupHead {
    fn read(bytes: &[u8], journal: u64) -> Option<Self> {
        let mut fields = Reader::checked(bytes.get(..GROUP_HEAD_BYTES)?, GROUP_MAGIC)?;
        (fields.u64()? == journal).then_some(())?;
        Some(Self {
            first: Revision(fields.u64()?),
            count: fields.u32()?,
            bytes: fields.u32()?,
            checksum: fields.u32()?,
        })
    }

    /// The transactions, if `body` begins with what it had when it was written.
    fn records(&self, body: &[u8]) -> Option<Vec<Record>> {
        let body = body.get(..usize::try_from(self.bytes).ok()?)?;
        (crc32fast::hash(body) == self.checksum).then_some(())?;
        let mut fields = Reader(body);
        let mut records = Vec::new();
        for index in 0..u64::from(self.count) {
            let count = fields.u32()?;
            let effects = (0..count).map(|_| fields.effect()).collect::<Option<_>>()?;
            records.push(Record {
                revision: Revision(self.first.0 + index),
                effects,
            });
        }
        Some(records)
    }
}

/// Fields that end in their checksum.
struct Fields(Vec<u8>);

impl Fields {
    fn new(magic: [u8; 16]) -> Self {
        Self(magic.to_vec())
    }

    fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    fn sealed(mut self) -> Vec<u8> {
        let checksum = crc32fast::hash(&self.0);
        self.u32(checksum);
        self.0
    }

    fn block(mut self) -> Vec<u8> {
        self.0.resize(BLOCK_BYTES - 4, 0);
        self.sealed()
    }
}

/// Fields as they are read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    /// What is between a magic and the checksum of all.
    fn checked(bytes: &'b [u8], magic: [u8; 16]) -> Option<Self> {
        let fields = bytes.strip_prefix(&magic)?;
        let (sealed, checksum) = bytes.split_last_chunk::<4>()?;
        (u32::from_le_bytes(*checksum) == crc32fast::hash(sealed)).then_some(())?;
        Some(Self(fields))
    }

    fn take<const BYTES: usize>(&mut self) -> Option<[u8; BYTES]> {
        let (value, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*value)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn bytes(&mut self) -> Option<Bytes> {
        let len = usize::try_from(self.u32()?).ok()?;
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(Bytes::copy_from_slice(taken))
    }

    fn effect(&mut self) -> Option<Effect> {
        let [kind] = self.take()?;
        let key = self.bytes()?;
        match kind {
            PUT => Some(Effect::Put {
                key,
                value: self.bytes()?,
            }),
            DELETE => Some(Effect::Delete { key }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
