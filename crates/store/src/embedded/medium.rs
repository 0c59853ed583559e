//! What a store's bytes lie on: a file, or a file seen through an overlay that keeps it untouched.
//!
//! redb is given only [`Body`]: everything behind the file's own first page.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use redb::StorageBackend;

/// Bytes of the file's first page, which is not redb's: see `file.rs`.
pub(super) const PREAMBLE_BYTES: usize = 4096;
const BODY_AT: u64 = PREAMBLE_BYTES as u64;

/// Storage of bytes by offset. `sync` returns when everything written is on the disk.
pub(super) trait Medium: Debug + Send + Sync + 'static {
    fn len(&self) -> io::Result<u64>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()>;
    fn sync(&self) -> io::Result<()>;
    /// Asks for some of what was written to go to the disk by and by. Nothing but time depends on it.
    fn begin_sync(&self, _offset: u64, _len: u64) {}
}

impl Medium for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(out, offset)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.write_all_at(data, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    /// Linux begins to write what is dirty in the range, and lets go only of what is not.
    fn begin_sync(&self, offset: u64, len: u64) {
        let range = i64::try_from(offset).and_then(|at| Ok((at, i64::try_from(len)?)));
        if let Ok((at, len)) = range {
            // Where that is not so, or on a file system that does not know it, `sync` has more to do.
            let _ = posix_fadvise(self, at, len, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
        }
    }
}

/// A medium without its preamble, as redb sees it.
#[derive(Debug)]
pub(super) struct Body {
    medium: Arc<dyn Medium>,
    pace: Pace,
    /// Offset and length of what was written since the last flush.
    written: Mutex<Vec<(u64, u64)>>,
}

/// How a file is flushed: slowly while nobody waits for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace(Arc<Pacing>);

#[derive(Debug, Default)]
struct Pacing {
    unhurried: AtomicBool,
    waiting: AtomicUsize,
}

impl Pace {
    /// Between two writes that a slow flush begins. A page at a time does not keep another file's flush waiting behind it.
    const STEP: Duration = Duration::from_micros(10);

    /// Flushes slowly until this is dropped.
    pub(super) fn slow(&self) -> impl Drop {
        self.0.unhurried.store(true, Ordering::Relaxed);
        Undo(|| self.0.unhurried.store(false, Ordering::Relaxed))
    }

    /// But not until this is.
    pub(super) fn wait(&self) -> impl Drop {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        Undo(|| {
            self.0.waiting.fetch_sub(1, Ordering::Relaxed);
        })
    }

    fn is_slow(&self) -> bool {
        self.0.unhurried.load(Ordering::Relaxed) && self.0.waiting.load(Ordering::Relaxed) == 0
    }
}

/// Does something when it is dropped.
struct Undo<F: Fn()>(F);

impl<F: Fn()> Drop for Undo<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Body {
    pub(super) fn new(medium: Arc<dyn Medium>, pace: Pace) -> Self {
        Self {
            medium,
            pace,
            written: Mutex::default(),
        }
    }
}

impl StorageBackend for Body {
    fn len(&self) -> io::Result<u64> {
        Ok(self.medium.len()?.saturating_sub(BODY_AT))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.medium.set_len(len + BODY_AT)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.medium.read(offset + BODY_AT, out)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if self.pace.is_slow() {
            lock(&self.written).push((offset + BODY_AT, data.len() as u64));
        }
        self.medium.write(offset + BODY_AT, data)
    }

    fn sync_data(&self) -> io::Result<()> {
        for (offset, len) in std::mem::take(&mut *lock(&self.written)) {
            if !self.pace.is_slow() {
                break;
            }
            self.medium.begin_sync(offset, len);
            std::thread::sleep(Pace::STEP);
        }
        self.medium.sync()
    }
}

const PAGE_BYTES: usize = 4096;
const OVERLAY_PAGE: u64 = PAGE_BYTES as u64;
type Page = [u8; PAGE_BYTES];

/// A medium whose writes stay in memory. It lets redb open, repair and check a file that must not change
/// before it is known to be sound.
#[derive(Debug)]
pub(super) struct Overlay {
    base: Arc<dyn Medium>,
    base_len: u64,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    len: u64,
    /// By number of the page; whole pages.
    pages: BTreeMap<u64, Box<Page>>,
}

impl Overlay {
    pub(super) fn new(base: Arc<dyn Medium>) -> io::Result<Self> {
        let base_len = base.len()?;
        Ok(Self {
            base,
            base_len,
            written: Mutex::new(Written {
                len: base_len,
                pages: BTreeMap::new(),
            }),
        })
    }

    /// A page as it is below: zeros behind the end.
    fn base_page(&self, page: u64) -> io::Result<Box<Page>> {
        let mut bytes: Box<Page> = Box::new([0; PAGE_BYTES]);
        let start = page * OVERLAY_PAGE;
        let there = self.base_len.saturating_sub(start).min(OVERLAY_PAGE);
        let there = usize::try_from(there).map_err(io::Error::other)?;
        let (head, _) = bytes.split_at_mut(there);
        if !head.is_empty() {
            self.base.read(start, head)?;
        }
        Ok(bytes)
    }

    /// Walks the pages that `len` bytes from `offset` touch: number, start within it, length.
    fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
        let mut offset = offset;
        let mut left = len;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let start = usize::try_from(offset % OVERLAY_PAGE).ok()?;
            let piece = left.min(PAGE_BYTES - start);
            let page = offset / OVERLAY_PAGE;
            offset += piece as u64;
            left -= piece;
            Some((page, start, piece))
        })
    }

    fn beyond_end() -> io::Error {
        io::Error::from(io::ErrorKind::UnexpectedEof)
    }
}

impl Medium for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(lock(&self.written).len)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        lock(&self.written).len = len;
        Ok(())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = lock(&self.written);
        let end = offset.checked_add(out.len() as u64);
        if end.is_none_or(|end| end > written.len) {
            return Err(Self::beyond_end());
        }
        let mut out = out;
        for (page, start, len) in Self::pieces(offset, out.len()) {
            let (piece, rest) = out.split_at_mut(len);
            let below;
            let bytes = match written.pages.get(&page) {
                Some(bytes) => bytes,
                None => {
                    below = self.base_page(page)?;
                    &below
                }
            };
            let source = bytes.get(start..start + len);
            piece.copy_from_slice(source.ok_or_else(Self::beyond_end)?);
            out = rest;
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = lock(&self.written);
        let end = offset.checked_add(data.len() as u64);
        let end = end.ok_or_else(Self::beyond_end)?;
        let mut data = data;
        for (page, start, len) in Self::pieces(offset, data.len()) {
            let (piece, rest) = data.split_at(len);
            let bytes = match written.pages.entry(page) {
                std::collections::btree_map::Entry::Occupied(slot) => slot.into_mut(),
                std::collections::btree_map::Entry::Vacant(slot) => {
                    slot.insert(self.base_page(page)?)
                }
            };
            let target = bytes.get_mut(start..start + len);
            target.ok_or_else(Self::beyond_end)?.copy_from_slice(piece);
            data = rest;
        }
        written.len = written.len.max(end);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Nothing is left half-done under these locks, so a panic elsewhere does no harm.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_reads_like_a_file_and_leaves_the_file_alone() {
        let file = tempfile::tempfile().unwrap();
        let original: Vec<u8> = (0..10_000_u32).map(|i| i.to_le_bytes()[0]).collect();
        file.write_all_at(&original, 0).unwrap();
        let overlay = Overlay::new(Arc::new(file.try_clone().unwrap())).unwrap();
        let mut model = original.clone();
        for (offset, len) in [(0_usize, 3_usize), (4094, 5), (9_990, 5_000), (8192, 4096)] {
            let data = vec![0xee; len];
            overlay.write(offset as u64, &data).unwrap();
            if model.len() < offset + len {
                model.resize(offset + len, 0);
            }
            model[offset..offset + len].copy_from_slice(&data);
        }
        overlay.set_len(20_000).unwrap();
        model.resize(20_000, 0);
        let mut seen = vec![0; model.len()];
        overlay.read(0, &mut seen).unwrap();
        assert_eq!(seen, model);
        assert!(overlay.read(19_999, &mut [0; 2]).is_err());
        let mut below = vec![0; original.len()];
        file.read_exact_at(&mut below, 0).unwrap();
        assert_eq!(below, original);
        assert_eq!(file.metadata().unwrap().len(), 10_000);
    }
}
