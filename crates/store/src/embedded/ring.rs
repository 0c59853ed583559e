//! Which stretches of the journal's ring hold what redb does not have yet.

use std::collections::VecDeque;

use crate::entry::Revision;

/// The groups that must not be overwritten, oldest first.
#[derive(Debug, Default)]
pub(super) struct Ring {
    pub(super) capacity: u64,
    live: VecDeque<Live>,
    bytes: u64,
}

#[derive(Debug)]
struct Live {
    last: Revision,
    start: u64,
    end: u64,
}

impl Ring {
    pub(super) const fn new(capacity: u64) -> Self {
        Self {
            capacity,
            live: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Where so many bytes can be written without touching what is live.
    pub(super) fn place(&self, len: u64) -> Option<u64> {
        let (Some(oldest), Some(newest)) = (self.live.front(), self.live.back()) else {
            return (len <= self.capacity).then_some(0);
        };
        if newest.start < oldest.start {
            return (newest.end + len <= oldest.start).then_some(newest.end);
        }
        let behind = newest.end + len <= self.capacity;
        let before = len <= oldest.start;
        behind.then_some(newest.end).or(before.then_some(0))
    }

    /// Takes such a place for a group whose last revision is `last`.
    pub(super) fn take(&mut self, start: u64, len: u64, last: Revision) {
        self.bytes += len;
        let end = start + len;
        self.live.push_back(Live { last, start, end });
    }

    /// Frees the groups of which redb has all.
    pub(super) fn free(&mut self, through: Revision) {
        while let Some(oldest) = self.live.pop_front_if(|group| group.last <= through) {
            self.bytes -= oldest.end - oldest.start;
        }
    }

    pub(super) const fn is_half_full(&self) -> bool {
        self.bytes > self.capacity / 2
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Groups of any lengths, freed oldest first.
        #[test]
        fn no_group_is_placed_over_one_that_is_needed(steps in vec((1..9_u64, 0..4_u64), 1..200)) {
            let mut ring = Ring::new(20);
            let mut oldest = 1;
            for (number, (len, freed)) in (1..).zip(steps) {
                oldest = number.min(oldest + freed);
                ring.free(Revision(oldest - 1));
                let Some(start) = ring.place(len) else {
                    prop_assert!(!ring.live.is_empty(), "an empty ring takes any of these");
                    continue;
                };
                let end = start + len;
                prop_assert!(end <= ring.capacity);
                for group in &ring.live {
                    prop_assert!(end <= group.start || group.end <= start, "{start}..{end} over {group:?}");
                }
                ring.take(start, len, Revision(number));
                let bytes: u64 = ring.live.iter().map(|group| group.end - group.start).sum();
                prop_assert_eq!(bytes, ring.bytes);
            }
        }
    }
}
