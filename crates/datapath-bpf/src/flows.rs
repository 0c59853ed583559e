//! Removing flows that are idle.
//!
//! User space looks for candidates, because a walk through the whole table takes too long for one
//! run of a kernel program; the program `reap` looks again, because a packet may have come in the
//! meantime, and removes both directions.

use datapath::abi::{Flow, FlowKey, REAP_BATCH_MAX, Reap};
use datapath::{FlowTable, is_idle};
use libbpf_rs::ProgramInput;
use zerocopy::{FromZeros, IntoBytes};

use crate::Error;
use crate::batch::Position;
use crate::object::Loaded;

/// Name of the kernel program.
pub(crate) const PROGRAM: &str = "reap";

/// Entries that one call looks at.
const SLICE: usize = 8192;

/// Where the next call goes on.
#[derive(Debug, Default)]
pub(crate) struct Cursor(Position);

/// What one call of [`crate::Datapath::reap`] did.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Reaped {
    /// Entries looked at.
    pub scanned: usize,
    /// Entries removed, of both directions.
    pub removed: usize,
    /// The end of the table was reached; the next call begins anew.
    pub is_done: bool,
}

pub(crate) fn reap(loaded: &Loaded, cursor: &mut Cursor, now_secs: u32) -> Result<Reaped, Error> {
    let batch = loaded.maps.flows.read_batch(&mut cursor.0, SLICE)?;
    let candidates: Vec<FlowKey> = batch
        .keys
        .iter()
        .zip(&batch.values)
        .filter(|(key, flow)| is_candidate(key, flow, now_secs))
        .map(|(key, _)| *key)
        .collect();
    let mut reaped = Reaped {
        scanned: batch.keys.len(),
        ..Reaped::default()
    };
    for keys in candidates.chunks(REAP_BATCH_MAX) {
        reaped.removed += remove_idle(loaded, keys, now_secs)?;
    }
    if matches!(cursor.0, Position::End) {
        *cursor = Cursor::default();
        reaped.is_done = true;
    }
    Ok(reaped)
}

fn is_candidate(key: &FlowKey, flow: &Flow, now_secs: u32) -> bool {
    is_idle(FlowTable::Established, key, flow, now_secs)
}

/// Returns the number of removed entries.
fn remove_idle(loaded: &Loaded, keys: &[FlowKey], now_secs: u32) -> Result<usize, Error> {
    let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    let indexes: Vec<u32> = (0..count).collect();
    loaded.maps.reap_keys.put_all(&indexes, keys)?;
    let mut context = Reap {
        now: now_secs,
        count,
        ..Reap::new_zeroed()
    };
    loaded
        .runnable(PROGRAM)?
        .test_run(ProgramInput {
            context_in: Some(context.as_mut_bytes()),
            ..ProgramInput::default()
        })
        .map_err(|source| Error::Run {
            program: PROGRAM,
            source,
        })?;
    Ok(context.removed as usize)
}
