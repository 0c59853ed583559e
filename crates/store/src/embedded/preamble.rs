//! The first page of the store's file: what it is, and which journal belongs to it.
//!
//! All that is said stands in one sector of the disk, so that it changes as a whole or not at all.

use std::io;
use std::path::Path;

use super::file::OpenError;
use super::medium::{Medium, PREAMBLE_BYTES};

/// The form of everything in both files. It grows with every change that an older program would misread.
///
/// Version 1 had no journal, and its checksum at the end of the page.
pub(super) const SCHEMA_VERSION: u32 = 2;
const BARE_VERSION: u32 = 1;

/// In the manner of PNG: a byte that is not text, a name, both kinds of line end.
const MAGIC: [u8; 16] = *b"\x89ADIT STORE\r\n\x1a\n\0";
const SECTOR_BYTES: usize = 512;
pub(super) type Sector = [u8; SECTOR_BYTES];
const CHECKSUM_BYTES: usize = 8;

/// What the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preamble {
    /// There is no journal.
    Bare,
    /// The journal with this id belongs to the file.
    Journaled(u64),
}

/// What is wrong with the page of a store's file.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("its first page is cut off")]
    Short,
    #[error("the checksum of its first page is wrong")]
    Checksum,
}

/// What a file begins with whose journal has this id.
pub(super) fn encode(journal: u64) -> Sector {
    encode_as(SCHEMA_VERSION, journal)
}

fn encode_as(version: u32, journal: u64) -> Sector {
    let mut sector = [0; SECTOR_BYTES];
    let fields = MAGIC
        .into_iter()
        .chain(version.to_le_bytes())
        .chain(journal.to_le_bytes());
    sector
        .iter_mut()
        .zip(fields)
        .for_each(|(to, from)| *to = from);
    let (said, sum) = sector.split_at_mut(SECTOR_BYTES - CHECKSUM_BYTES);
    sum.copy_from_slice(&checksum(said).to_le_bytes());
    sector
}

/// Reads and checks the page.
///
/// # Errors
/// The file is no store's, a newer program's, or damaged.
pub(super) fn read(medium: &dyn Medium, path: &Path) -> Result<Preamble, OpenError> {
    let failed = |source: io::Error| OpenError::Io {
        path: path.to_owned(),
        action: "read",
        source,
    };
    let damaged = |damage: Damage| OpenError::Corrupt {
        path: path.to_owned(),
        source: damage.into(),
    };
    let len = medium.len().map_err(failed)?;
    let there = usize::try_from(len).map_or(PREAMBLE_BYTES, |len| len.min(PREAMBLE_BYTES));
    let mut page = [0; PREAMBLE_BYTES];
    let (head, _) = page.split_at_mut(there);
    medium.read(0, head).map_err(failed)?;
    let magic = there.min(MAGIC.len());
    if head.iter().take(magic).ne(MAGIC.iter().take(magic)) {
        return Err(OpenError::NotAStore {
            path: path.to_owned(),
        });
    }
    if there < PREAMBLE_BYTES {
        return Err(damaged(Damage::Short));
    }
    let found = number::<4>(&page, MAGIC.len());
    let summed = if found == u64::from(BARE_VERSION) {
        PREAMBLE_BYTES
    } else {
        SECTOR_BYTES
    };
    let (said, sum) = page.split_at(summed).0.split_at(summed - CHECKSUM_BYTES);
    if sum != checksum(said).to_le_bytes() {
        return Err(damaged(Damage::Checksum));
    }
    if found == u64::from(BARE_VERSION) {
        return Ok(Preamble::Bare);
    }
    if found != u64::from(SCHEMA_VERSION) {
        return Err(OpenError::NewerVersion {
            path: path.to_owned(),
            found: u32::try_from(found).unwrap_or(u32::MAX),
            supported: SCHEMA_VERSION,
        });
    }
    Ok(Preamble::Journaled(number::<8>(&page, MAGIC.len() + 4)))
}

/// A little-endian number of so many bytes.
fn number<const BYTES: usize>(page: &[u8], at: usize) -> u64 {
    let bytes = page.iter().skip(at).take(BYTES);
    bytes
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// FNV-1a (64 bits): against decay, not against malice.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The page of a file that a newer program has written.
    pub(crate) fn newer() -> Sector {
        encode_as(SCHEMA_VERSION + 1, 0)
    }

    /// The page of a file of version 1.
    pub(crate) fn bare() -> [u8; PREAMBLE_BYTES] {
        let mut page = [0; PREAMBLE_BYTES];
        let fields = MAGIC.into_iter().chain(BARE_VERSION.to_le_bytes());
        page.iter_mut()
            .zip(fields)
            .for_each(|(to, from)| *to = from);
        let (said, sum) = page.split_at_mut(PREAMBLE_BYTES - CHECKSUM_BYTES);
        sum.copy_from_slice(&checksum(said).to_le_bytes());
        page
    }
}
