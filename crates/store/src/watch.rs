//! The stream of changes that a watch delivers.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::sync::mpsc;

use crate::entry::RevisionEvents;
use crate::error::StoreError;

/// Changes as they come, each revision once and whole.
///
/// An error is the last item: [`StoreError::Compacted`] when history was forgotten before this watch had
/// delivered it (read the range again and watch from there), [`StoreError::Closed`] with the store. A
/// watch that is not read costs its buffer and no more. Dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    events: mpsc::Receiver<Result<RevisionEvents, StoreError>>,
}

impl Watch {
    /// Wraps what a backend sends. The backend stops after an error.
    #[must_use]
    pub const fn new(events: mpsc::Receiver<Result<RevisionEvents, StoreError>>) -> Self {
        Self { events }
    }

    /// The next item; `None` after the last. Safe to cancel.
    pub async fn next(&mut self) -> Option<Result<RevisionEvents, StoreError>> {
        self.events.recv().await
    }
}

impl Stream for Watch {
    type Item = Result<RevisionEvents, StoreError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_recv(cx)
    }
}
