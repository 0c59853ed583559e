//! The console: the last bytes that an instance printed, in a file that never grows.
//!
//! One process writes, any number read at any time, and none waits for another. The file is a header
//! and a ring. The header counts all bytes ever written: `begun` before a piece is put into the ring and
//! `ended` after it. A reader takes `ended`, then the ring, then `begun`: what was overwritten meanwhile
//! are the oldest bytes, those further than the ring's size behind `begun`, and it leaves them out.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes that are kept. Source: EC2 `GetConsoleOutput` returns the most recent 64 KiB.
pub const CONSOLE_BYTES_MAX: usize = 64 * 1024;

const CAPACITY: u64 = CONSOLE_BYTES_MAX as u64;
const BEGUN_AT: u64 = 0;
const ENDED_AT: u64 = 8;
const RING_AT: u64 = 16;

/// The writing side.
#[derive(Debug)]
pub(super) struct Ring {
    file: File,
    written: u64,
}

impl Ring {
    /// Starts an empty console in `file`.
    pub(super) fn create(file: File) -> io::Result<Self> {
        file.set_len(0)?;
        file.set_len(RING_AT + CAPACITY)?;
        Ok(Self { file, written: 0 })
    }

    /// Appends `bytes`, over the oldest ones.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(CONSOLE_BYTES_MAX) {
            let end = self.written + piece.len() as u64;
            self.file.write_all_at(&end.to_le_bytes(), BEGUN_AT)?;
            let start = self.written % CAPACITY;
            let room = usize::try_from(CAPACITY - start).unwrap_or(usize::MAX);
            let (first, second) = piece.split_at(piece.len().min(room));
            self.file.write_all_at(first, RING_AT + start)?;
            self.file.write_all_at(second, RING_AT)?;
            self.file.write_all_at(&end.to_le_bytes(), ENDED_AT)?;
            self.written = end;
        }
        Ok(())
    }
}

/// The last bytes that were written, at most [`CONSOLE_BYTES_MAX`], oldest first.
pub(super) fn read(file: &File) -> io::Result<Vec<u8>> {
    let ended = read_count(file, ENDED_AT)?;
    let mut ring = vec![0; CONSOLE_BYTES_MAX];
    file.read_exact_at(&mut ring, RING_AT)?;
    let begun = read_count(file, BEGUN_AT)?;
    let oldest = begun.saturating_sub(CAPACITY);
    let kept = usize::try_from(ended.saturating_sub(oldest))
        .unwrap_or(0)
        .min(CONSOLE_BYTES_MAX);
    // The byte after the newest is the ring's oldest.
    let newest = usize::try_from(ended % CAPACITY).unwrap_or(0);
    ring.rotate_left(newest);
    Ok(ring.split_off(CONSOLE_BYTES_MAX - kept))
}

fn read_count(file: &File, at: u64) -> io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, at)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring() -> (Ring, File) {
        let file = tempfile::tempfile().unwrap();
        (Ring::create(file.try_clone().unwrap()).unwrap(), file)
    }

    #[test]
    fn nothing_written_reads_as_nothing() {
        let (_ring, file) = ring();
        assert_eq!(read(&file).unwrap(), b"");
    }

    #[test]
    fn a_full_console_keeps_the_end_and_does_not_grow() {
        let (mut ring, file) = ring();
        let size = file.metadata().unwrap().len();
        let text: Vec<u8> = (0..300_000u32).map(|i| i.to_le_bytes()[1]).collect();
        ring.write(&text).unwrap();
        assert_eq!(
            read(&file).unwrap(),
            &text[text.len() - CONSOLE_BYTES_MAX..]
        );
        assert_eq!(file.metadata().unwrap().len(), size);
    }

    #[test]
    fn bytes_overwritten_during_a_read_are_left_out() {
        let (mut ring, file) = ring();
        ring.write(&vec![b'a'; CONSOLE_BYTES_MAX]).unwrap();
        // A writer that has begun a piece of 10 bytes and not ended it.
        let begun = CAPACITY + 10;
        file.write_all_at(&begun.to_le_bytes(), BEGUN_AT).unwrap();
        file.write_all_at(&[b'b'; 10], RING_AT).unwrap();
        assert_eq!(read(&file).unwrap(), vec![b'a'; CONSOLE_BYTES_MAX - 10]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn reads_are_the_last_bytes_of_what_was_written(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40_000), 0..6),
        ) {
            let (mut ring, file) = ring();
            let mut all = Vec::new();
            for piece in &pieces {
                ring.write(piece).unwrap();
                all.extend_from_slice(piece);
                let kept = all.len().min(CONSOLE_BYTES_MAX);
                prop_assert_eq!(read(&file).unwrap(), &all[all.len() - kept..]);
            }
        }
    }
}
