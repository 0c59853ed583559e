//! One task per watch: it waits for a newer revision and reads what changed from the file's log.
//!
//! Nothing is queued for a watch that does not keep up: it reads later, and when history has been
//! compacted meanwhile it is told so.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Shared;
use super::tables::{History, read_history};
use crate::entry::{Revision, RevisionEvents};
use crate::error::StoreError;
use crate::key::KeyRange;
use crate::watch::Watch;

/// Entries of the log that one read looks at before it stops at the next revision.
const READ_EVENTS: usize = 1024;

/// Starts a watch.
pub(super) fn start(
    shared: &Arc<Shared>,
    range: KeyRange,
    from: Revision,
) -> Result<Watch, StoreError> {
    let permit = shared.watches.clone().try_acquire_owned();
    let permit = permit.map_err(|_| StoreError::TooManyWatches {
        max: shared.limits.watches_max,
    })?;
    let (events, watch) = mpsc::channel(shared.limits.watch_buffer.max(1));
    let watcher = Watcher {
        shared: shared.clone(),
        range,
        next: from.max(Revision::FIRST),
        events,
        _permit: permit,
    };
    tokio::spawn(watcher.run());
    Ok(Watch::new(watch))
}

struct Watcher {
    shared: Arc<Shared>,
    range: KeyRange,
    next: Revision,
    events: mpsc::Sender<Result<RevisionEvents, StoreError>>,
    _permit: OwnedSemaphorePermit,
}

impl Watcher {
    async fn run(mut self) {
        let events = self.events.clone();
        tokio::select! {
            () = events.closed() => {}
            error = self.deliver() => {
                if let Err(error) = error {
                    let _ = events.send(Err(error)).await;
                }
            }
        }
    }

    /// Until the store closes, something fails, or nobody listens (`Ok`).
    async fn deliver(&mut self) -> Result<(), StoreError> {
        let mut newest = self.shared.revision.clone();
        // History is looked at once even if it ends before `next`: it may be compacted.
        loop {
            let history = self.read().await?;
            for item in history.revisions {
                if self.events.send(Ok(item)).await.is_err() {
                    return Ok(());
                }
            }
            self.next = self.next.max(history.next);
            let next = self.next;
            let reached = newest.wait_for(|revision| *revision >= next).await;
            reached.map_err(|_| StoreError::Closed)?;
        }
    }

    async fn read(&self) -> Result<History, StoreError> {
        let range = self.range.clone();
        let from = self.next;
        let read = self
            .shared
            .read(move |snapshot, _| read_history(snapshot, &range, from, READ_EVENTS));
        read.await
    }
}
