//! A set of latencies and what is told of it. All are kept, so the percentiles are exact.

use std::time::Duration;

use serde::Serialize;

/// Latencies in nanoseconds; one above 4.29 s counts as that.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<u32>);

/// Microseconds. A percentile is the smallest latency that at least that share of all does not exceed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    pub(crate) mean_us: f64,
    pub(crate) p50_us: f64,
    pub(crate) p90_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
    pub(crate) max_us: f64,
}

impl Latencies {
    /// An empty set with room for `count`, so that growing does not fall into what is measured.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// Adds one.
    pub(crate) fn record(&mut self, latency: Duration) {
        self.0
            .push(u32::try_from(latency.as_nanos()).unwrap_or(u32::MAX));
    }

    /// Adds all of `other`.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The summary; zeros if there is nothing.
    pub(crate) fn summary(mut self) -> Summary {
        self.0.sort_unstable();
        let sum: u64 = self.0.iter().copied().map(u64::from).sum();
        Summary {
            mean_us: sum as f64 / self.0.len().max(1) as f64 / 1e3,
            p50_us: self.per_mille(500),
            p90_us: self.per_mille(900),
            p99_us: self.per_mille(990),
            p999_us: self.per_mille(999),
            max_us: self.per_mille(1000),
        }
    }

    /// Nearest rank, in microseconds, of the sorted set.
    fn per_mille(&self, share: usize) -> f64 {
        let rank = (self.0.len() * share).div_ceil(1000);
        self.0
            .get(rank.saturating_sub(1))
            .map_or(0.0, |nanos| f64::from(*nanos) / 1e3)
    }
}
