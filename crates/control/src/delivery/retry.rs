//! When to try again, and when to give up.
//!
//! Source: Amazon SNS developer guide, "Message delivery retries", 2026. By itself AWS tries three times more, 20 seconds
//! apart; the first attempts here come sooner, and the last within the same minute.

use std::time::Duration;

/// When to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many attempts follow the first at once.
    pub immediate: u32,
    /// Pause before the attempt after those; each later one is twice as long.
    pub pause_min: Duration,
    /// The longest pause.
    pub pause_max: Duration,
    /// How long after the first attempt the last one may begin.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            immediate: 2,
            pause_min: Duration::from_secs(1),
            pause_max: Duration::from_secs(20),
            patience: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// How long to wait after so many failed attempts, of which the first began so long ago; none to give up.
    pub(super) fn pause(&self, failed: u32, elapsed: Duration) -> Option<Duration> {
        let doublings = failed.saturating_sub(self.immediate + 1);
        let pause = if failed <= self.immediate {
            Duration::ZERO
        } else {
            let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
            self.pause_min.saturating_mul(factor).min(self.pause_max)
        };
        (elapsed.saturating_add(pause) <= self.patience).then_some(pause)
    }
}
