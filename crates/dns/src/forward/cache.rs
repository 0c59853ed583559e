//! What upstream resolvers said, until it is too old. Bounded in answers and bytes; when it is full, what
//! would expire first goes first. Time is an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::base::Ttl;
use tokio::time::Instant;

use super::Unanswered;
use super::message::{Key, Response};
use crate::limits::Limits;

/// Bytes accounted for an answer beside its message: key, time, tree nodes.
const OVERHEAD_BYTES: usize = 256;

#[derive(Debug)]
pub(super) struct Cache {
    kept: BTreeMap<Key, Kept>,
    by_expiry: BTreeSet<(Instant, Key)>,
    bytes: usize,
    entries_max: usize,
    bytes_max: usize,
    ttl_max: Duration,
    negative_ttl_max: Duration,
    failure_ttl: Duration,
}

#[derive(Debug)]
struct Kept {
    /// None: nobody could answer.
    response: Option<Arc<Response>>,
    since: Instant,
    until: Instant,
    bytes: usize,
}

impl Cache {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            kept: BTreeMap::new(),
            by_expiry: BTreeSet::new(),
            bytes: 0,
            entries_max: limits.cache_entries_max,
            bytes_max: limits.cache_bytes_max,
            ttl_max: limits.cache_ttl_max,
            negative_ttl_max: limits.cache_negative_ttl_max,
            failure_ttl: limits.cache_failure_ttl,
        }
    }

    /// What is kept, with the TTLs that are left.
    pub(super) fn get(&mut self, key: &Key, now: Instant) -> Option<Result<Response, Unanswered>> {
        let kept = self.kept.get(key)?;
        if kept.until <= now {
            self.remove(key);
            return None;
        }
        let age = now.saturating_duration_since(kept.since).as_secs();
        let age = Ttl::from_secs(u32::try_from(age).unwrap_or(u32::MAX));
        let response = kept.response.as_ref().ok_or(Unanswered);
        Some(response.map(|response| response.aged(age)))
    }

    /// Keeps an answer, or that there was none, as long as it may be.
    pub(super) fn keep(&mut self, key: &Key, response: Option<&Arc<Response>>, now: Instant) {
        let ttl = match response {
            None => self.failure_ttl,
            Some(response) => {
                let ttl = response
                    .ttl()
                    .map_or(Duration::ZERO, |ttl| ttl.into_duration());
                ttl.min(if response.negative {
                    self.negative_ttl_max
                } else {
                    self.ttl_max
                })
            }
        };
        self.remove(key);
        let size_bytes = response.map_or(0, |response| response.size_bytes);
        let kept = Kept {
            response: response.cloned(),
            since: now,
            until: now + ttl,
            bytes: size_bytes + OVERHEAD_BYTES,
        };
        if ttl.is_zero() || kept.bytes > self.bytes_max || self.entries_max == 0 {
            return;
        }
        while self.kept.len() >= self.entries_max || self.bytes + kept.bytes > self.bytes_max {
            let Some((_, oldest)) = self.by_expiry.first().cloned() else {
                break;
            };
            self.remove(&oldest);
        }
        self.bytes += kept.bytes;
        self.by_expiry.insert((kept.until, key.clone()));
        self.kept.insert(key.clone(), kept);
    }

    fn remove(&mut self, key: &Key) {
        if let Some((key, kept)) = self.kept.remove_entry(key) {
            self.bytes -= kept.bytes;
            self.by_expiry.remove(&(kept.until, key));
        }
    }
}

#[cfg(test)]
mod tests;
