//! How much an evaluation may take.
//!
//! Policies and requests are both their authors' to write, so that what is evaluated is as expensive as they like. Steps
//! are counted instead of time: the same policies and request always end the same way.

use std::cell::Cell;

/// The work of an evaluation: how many steps it may still take. A step is about a comparison, some nanoseconds.
///
/// Several evaluations that belong together can share one.
#[derive(Debug)]
pub struct Work {
    max: u64,
    left: Cell<u64>,
}

impl Work {
    /// Most steps unless the caller says otherwise: some tens of milliseconds. Ten full policies of ARNs on a thousand
    /// resources take two thirds of it.
    pub const STEPS_MAX: u64 = 30_000_000;

    /// Room for so many steps.
    pub const fn new(steps_max: u64) -> Self {
        Self {
            max: steps_max,
            left: Cell::new(steps_max),
        }
    }

    /// Steps taken so far.
    pub const fn steps(&self) -> u64 {
        self.max - self.left.get()
    }

    /// Whether there are no steps left.
    pub const fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Takes steps, and returns whether there are some left. If not, nothing that is said from then on counts.
    pub(crate) fn take(&self, steps: usize) -> bool {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.left.set(self.left.get().saturating_sub(steps));
        !self.is_spent()
    }
}

impl Default for Work {
    fn default() -> Self {
        Self::new(Self::STEPS_MAX)
    }
}
