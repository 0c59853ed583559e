//! Following the state.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::FutureExt;
use model::{Change, Key};
use tokio::sync::broadcast;

use super::{Commit, Snapshot};

/// What the committer calls out.
#[derive(Clone, Debug)]
pub(super) enum Notice {
    /// There is a new commit.
    Commit(Arc<Commit>),
    /// The state was read anew from the store.
    Replaced,
}

/// What a follower takes next.
#[derive(Clone, Debug)]
pub enum Update {
    /// The next change after what was taken before.
    Commit(Arc<Commit>),
    /// The whole state, which may differ in anything from what was taken before.
    Snapshot(Arc<Snapshot>),
}

/// The state as it goes on: first a snapshot, then each commit. A follower that is more than
/// [`super::OpenOptions::updates_max`] commits behind takes a snapshot again; nobody waits for it.
#[derive(Debug)]
pub struct Updates {
    notices: broadcast::Receiver<Notice>,
    current: Arc<ArcSwap<Snapshot>>,
    /// The revision taken last; none when a snapshot is due.
    taken: Option<u64>,
}

impl Updates {
    pub(super) const fn new(
        notices: broadcast::Receiver<Notice>,
        current: Arc<ArcSwap<Snapshot>>,
    ) -> Self {
        Self {
            notices,
            current,
            taken: None,
        }
    }

    /// The next update; none when the control plane is closed. Safe to cancel.
    pub async fn next(&mut self) -> Option<Update> {
        loop {
            let Some(taken) = self.taken else {
                // What is called out from here on, or is in the snapshot already.
                self.notices = self.notices.resubscribe();
                let snapshot = self.current.load_full();
                self.taken = Some(snapshot.revision);
                return Some(Update::Snapshot(snapshot));
            };
            match self.notices.recv().await {
                Ok(Notice::Commit(commit)) if commit.previous == taken => {
                    self.taken = Some(commit.revision);
                    return Some(Update::Commit(commit));
                }
                // The snapshot had it already.
                Ok(Notice::Commit(commit)) if commit.revision <= taken => {}
                Ok(Notice::Commit(_) | Notice::Replaced)
                | Err(broadcast::error::RecvError::Lagged(_)) => self.taken = None,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// Like [`Self::next`], with all commits that there are by now as one. Safe to cancel.
    pub async fn next_merged(&mut self) -> Option<Update> {
        let mut commits = Vec::new();
        let mut next = self.next().await;
        while let Some(update) = next {
            match update {
                Update::Commit(commit) => commits.push(commit),
                Update::Snapshot(_) => return Some(update),
            }
            next = self.next().now_or_never().flatten();
        }
        Some(Update::Commit(merged(&commits)?))
    }
}

/// Commits that follow each other as one; none of none.
fn merged(commits: &[Arc<Commit>]) -> Option<Arc<Commit>> {
    let (first, last) = (commits.first()?, commits.last()?);
    if commits.len() == 1 {
        return Some(Arc::clone(first));
    }
    let all = commits.iter().flat_map(|commit| &*commit.changes);
    let newest: BTreeMap<Key, &Change> = all.map(|change| (change.key(), change)).collect();
    Some(Arc::new(Commit {
        revision: last.revision,
        previous: first.previous,
        changes: newest.into_values().cloned().collect(),
        state: Arc::clone(&last.state),
    }))
}
