//! The newest desired state, where the main loop takes it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::reconcile::{Desired, Feed};

/// Keys of changes that are kept by name; of more it is only known that anything may have changed.
const CHANGED_MAX: usize = 16_384;

/// What the main loop follows: only ever the newest state, so that it holds nobody up.
#[derive(Clone, Debug, Default)]
pub struct LinkFeed {
    slot: Arc<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    newest: Mutex<Option<Desired>>,
    changed: Notify,
}

impl LinkFeed {
    /// Puts a state in the place of the one that was not taken yet.
    pub(super) fn put(&self, desired: Desired) {
        let mut newest = self
            .slot
            .newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut merged = match newest.take() {
            Some(earlier) => earlier.followed_by(desired),
            None => desired,
        };
        merged.changed = merged.changed.filter(|keys| keys.len() <= CHANGED_MAX);
        *newest = Some(merged);
        drop(newest);
        self.slot.changed.notify_one();
    }

    fn take(&self) -> Option<Desired> {
        let mut newest = self
            .slot
            .newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        newest.take()
    }
}

impl Feed for LinkFeed {
    async fn next(&mut self) -> Option<Desired> {
        loop {
            if let Some(desired) = self.take() {
                return Some(desired);
            }
            self.slot.changed.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{Key, Settings, SettingsKey, State};

    use super::*;
    use crate::reconcile::Version;

    #[tokio::test]
    async fn of_too_many_changes_it_is_only_known_that_there_are_some() {
        let mut feed = LinkFeed::default();
        let state = Arc::new(State::new(Settings::default()));
        let change = |revision| Desired {
            state: Arc::clone(&state),
            version: Version {
                source: 1,
                revision,
            },
            changed: Some(vec![Key::Settings(SettingsKey)]),
        };
        let most = u64::try_from(CHANGED_MAX).unwrap();
        for (count, is_known) in [(1, true), (most, true), (most + 1, false)] {
            for revision in 1..=count {
                feed.put(change(revision));
            }
            let newest = feed.next().await.unwrap();
            assert_eq!(newest.version.revision, count);
            let known = newest
                .changed
                .map(|keys| u64::try_from(keys.len()).unwrap());
            assert_eq!(known, is_known.then_some(count));
        }
    }
}
