//! The form of one version of a key in the file.
//!
//! A put: `01`, create revision, version, lease (0: none), each a little-endian u64, then the value. A
//! delete: `02`. Changing this means a new [`super::preamble::SCHEMA_VERSION`].

use bytes::Bytes;

use super::Fault;
use crate::entry::{Entry, LeaseId, Revision};

const PUT: u8 = 1;
pub(super) const DELETE: u8 = 2;
const PUT_HEAD_BYTES: usize = 1 + 3 * 8;

/// What is accounted for a version beside its key and value, in bytes: its record's head, both
/// tables' revisions and lengths.
const OVERHEAD_BYTES: u64 = 64;

/// One version of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version<'v> {
    Put {
        create_revision: Revision,
        version: u64,
        lease: Option<LeaseId>,
        value: &'v [u8],
    },
    Delete,
}

impl<'v> Version<'v> {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Put {
                create_revision,
                version,
                lease,
                value,
            } => {
                let mut bytes = Vec::with_capacity(PUT_HEAD_BYTES + value.len());
                bytes.push(PUT);
                bytes.extend(create_revision.0.to_le_bytes());
                bytes.extend(version.to_le_bytes());
                bytes.extend(lease.map_or(0, |lease| lease.0).to_le_bytes());
                bytes.extend(*value);
                bytes
            }
            Self::Delete => vec![DELETE],
        }
    }

    pub(super) fn decode(bytes: &'v [u8]) -> Result<Self, Fault> {
        let decoded = match bytes.split_first() {
            Some((&PUT, rest)) => Self::decode_put(rest),
            Some((&DELETE, [])) => Some(Self::Delete),
            _ => None,
        };
        decoded.ok_or(Fault::Malformed("a key's version"))
    }

    fn decode_put(bytes: &'v [u8]) -> Option<Self> {
        let (create_revision, rest) = split_u64(bytes)?;
        let (version, rest) = split_u64(rest)?;
        let (lease, value) = split_u64(rest)?;
        Some(Self::Put {
            create_revision: Revision(create_revision),
            version,
            lease: (lease != 0).then_some(LeaseId(lease)),
            value,
        })
    }

    /// The entry that this version makes of `key`; none for a delete.
    pub(super) fn entry(&self, key: &[u8], mod_revision: Revision) -> Option<Entry> {
        match *self {
            Self::Put {
                create_revision,
                version,
                lease,
                value,
            } => Some(Entry {
                key: Bytes::copy_from_slice(key),
                value: Bytes::copy_from_slice(value),
                create_revision,
                mod_revision,
                version,
                lease,
            }),
            Self::Delete => None,
        }
    }

    /// What it counts for against the limit of stored bytes.
    pub(super) fn stored_bytes(&self, key: &[u8]) -> u64 {
        let value = match self {
            Self::Put { value, .. } => value.len(),
            Self::Delete => 0,
        };
        stored_bytes(key.len(), value)
    }
}

/// What a version of a key and a value of so many bytes counts for.
pub(super) const fn stored_bytes(key: usize, value: usize) -> u64 {
    OVERHEAD_BYTES + key as u64 + value as u64
}

fn split_u64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*head), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_survive_encoding_and_anything_shorter_is_refused() {
        let put = Version::Put {
            create_revision: Revision(7),
            version: 3,
            lease: Some(LeaseId(9)),
            value: b"value",
        };
        let bytes = put.encode();
        assert_eq!(Version::decode(&bytes).unwrap(), put);
        for len in 0..PUT_HEAD_BYTES {
            assert!(Version::decode(&bytes[..len]).is_err(), "{len} bytes");
        }
        let delete = Version::Delete.encode();
        assert_eq!(Version::decode(&delete).unwrap(), Version::Delete);
        for bad in [&[][..], &[0], &[3], &[DELETE, 0]] {
            assert!(Version::decode(bad).is_err(), "{bad:?}");
        }
    }
}
