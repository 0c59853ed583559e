//! When to try again, and when to give up.
//!
//! Source: Amazon SNS developer guide, "Message delivery retries", 2026. By itself AWS tries three times more, 20 seconds
//! apart; the first attempts here come sooner, and the last within the same minute.

use std::time::Duration;

/// What messages are sent as.
pub(super) const CONTENT_TYPE: &str = "text/plain; charset=UTF-8";

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
    /// The same in the words of a delivery policy, as attributes show it. Its retries are those of attempts that fail at
    /// once.
    pub(crate) fn effective(&self) -> String {
        let mut pauses = Vec::new();
        let (mut failed, mut elapsed) = (1, Duration::ZERO);
        while let Some(pause) = self.pause(failed, elapsed) {
            pauses.push(pause);
            failed += 1;
            elapsed += pause;
        }
        let count = |of: Duration| pauses.iter().filter(|pause| **pause == of).count();
        let at_once = count(Duration::ZERO);
        serde_json::json!({
            "http": {
                "defaultHealthyRetryPolicy": {
                    "minDelayTarget": self.pause_min.as_secs(),
                    "maxDelayTarget": self.pause_max.as_secs(),
                    "numRetries": pauses.len(),
                    "numMaxDelayRetries": count(self.pause_max),
                    "numNoDelayRetries": at_once,
                    "numMinDelayRetries": 0,
                    "backoffFunction": "exponential",
                },
                "disableSubscriptionOverrides": true,
                "defaultRequestPolicy": {"headerContentType": CONTENT_TYPE},
            },
        })
        .to_string()
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_that_is_shown_is_the_one_that_is_followed() {
        let shown: serde_json::Value =
            serde_json::from_str(&RetryPolicy::default().effective()).unwrap();
        let retries = &shown["http"]["defaultHealthyRetryPolicy"];
        // At once, at once, then after 1, 2, 4, 8, 16 and 20 seconds: that is within the minute.
        assert_eq!(retries["numRetries"], 8);
        assert_eq!(retries["numNoDelayRetries"], 2);
        assert_eq!(retries["numMaxDelayRetries"], 1);
        let patience = Duration::ZERO;
        let hasty = RetryPolicy {
            patience,
            ..RetryPolicy::default()
        };
        assert!(hasty.effective().contains("\"numRetries\":2"));
    }
}
