//! Log lines that wait for somebody who prints them.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Lines that are kept; the oldest goes when another comes.
pub const LINES_KEPT_MAX: usize = 1024;
/// Longest line that is kept whole, bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// The newest lines of a log. Clones are of the same log; each is a place to write to.
#[derive(Clone, Debug, Default)]
pub struct LogRing {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    kept: Mutex<Kept>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<String>,
    lost: u64,
}

impl LogRing {
    /// Takes up to `count` of the oldest lines, and says how many were lost before them.
    pub fn take(&self, count: usize) -> (u64, Vec<String>) {
        let mut kept = self.kept();
        let count = count.min(kept.lines.len());
        (
            std::mem::take(&mut kept.lost),
            kept.lines.drain(..count).collect(),
        )
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        let kept = self.kept();
        kept.lines.is_empty() && kept.lost == 0
    }

    /// Waits until lines have come since the last wait.
    pub async fn arrived(&self) {
        self.shared.arrived.notified().await;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.shared
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for LogRing {
    /// Takes what is one line, whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let shown = String::from_utf8_lossy(line.get(..LINE_BYTES_MAX).unwrap_or(line));
        let mut shown = shown.into_owned();
        if line.len() > LINE_BYTES_MAX {
            shown.push('\n');
        }
        let mut kept = self.kept();
        if kept.lines.len() >= LINES_KEPT_MAX {
            kept.lines.pop_front();
            kept.lost += 1;
        }
        kept.lines.push_back(shown);
        drop(kept);
        self.shared.arrived.notify_one();
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
