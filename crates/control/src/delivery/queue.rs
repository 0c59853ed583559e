//! What is to be delivered, by when it is due. No clock and no I/O: the time is an argument.
//!
//! Invariants: no more attempts are out than the limits say; a subscription whose attempts are all out, or all to be made
//! later, keeps no other from its turn.

use std::collections::{BTreeMap, BTreeSet};

use model::{AccountId, DeliveryKey, SubscriptionId};
use tokio::time::Instant;

use super::AttemptLimits;
use super::attempt::{Attempt, Attempted};

/// What waits and what is out.
pub(super) struct Queue {
    limits: AttemptLimits,
    known: BTreeMap<DeliveryKey, Entry>,
    /// Of each subscription, what waits: by when it is due, then in the order in which it came.
    waiting: BTreeMap<SubscriptionId, BTreeSet<(Instant, u64, DeliveryKey)>>,
    /// How many attempts are out.
    out: usize,
    out_by_account: BTreeMap<AccountId, usize>,
    out_by_subscription: BTreeMap<SubscriptionId, usize>,
    next_number: u64,
    /// The subscription that had its turn last.
    last: Option<SubscriptionId>,
}

struct Entry {
    account: AccountId,
    number: u64,
    failed: u32,
    /// When the first attempt began.
    since: Option<Instant>,
    /// When it is due; none while an attempt is out.
    due: Option<Instant>,
    /// See [`Attempt::is_over`].
    is_over: bool,
}

impl Queue {
    pub(super) const fn new(limits: AttemptLimits) -> Self {
        Self {
            limits,
            known: BTreeMap::new(),
            waiting: BTreeMap::new(),
            out: 0,
            out_by_account: BTreeMap::new(),
            out_by_subscription: BTreeMap::new(),
            next_number: 0,
            last: None,
        }
    }

    /// Takes in what is to be delivered at once, unless it is known already.
    pub(super) fn add(&mut self, key: DeliveryKey, account: AccountId, now: Instant) {
        if self.known.contains_key(&key) {
            return;
        }
        let number = self.next_number;
        self.next_number += 1;
        let entry = Entry {
            account,
            number,
            failed: 0,
            since: None,
            due: Some(now),
            is_over: false,
        };
        self.known.insert(key, entry);
        let waiting = self.waiting.entry(key.subscription).or_default();
        waiting.insert((now, number, key));
    }

    /// Forgets what is not to be delivered any more. An attempt that is out still ends.
    pub(super) fn retain(&mut self, wanted: impl Fn(&DeliveryKey) -> bool) {
        self.known.retain(|key, _| wanted(key));
        let known = &self.known;
        self.waiting.retain(|_, waiting| {
            waiting.retain(|(_, _, key)| known.contains_key(key));
            !waiting.is_empty()
        });
    }

    /// Forgets one delivery in the same way.
    pub(super) fn remove(&mut self, key: DeliveryKey) {
        let entry = self.known.remove(&key);
        let place = entry.and_then(|entry| Some((entry.due?, entry.number, key)));
        let (Some(place), Some(waiting)) = (place, self.waiting.get_mut(&key.subscription)) else {
            return;
        };
        waiting.remove(&place);
        if waiting.is_empty() {
            self.waiting.remove(&key.subscription);
        }
    }

    /// The next attempt that is due and within the limits. Subscriptions take turns.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Attempt> {
        let subscription = self.turn(now)?;
        self.last = Some(subscription);
        let waiting = self.waiting.get_mut(&subscription)?;
        let (_, _, key) = waiting.pop_first()?;
        if waiting.is_empty() {
            self.waiting.remove(&subscription);
        }
        let entry = self.known.get_mut(&key)?;
        entry.due = None;
        let since = *entry.since.get_or_insert(now);
        self.out += 1;
        *self.out_by_account.entry(entry.account).or_default() += 1;
        *self.out_by_subscription.entry(subscription).or_default() += 1;
        Some(Attempt {
            key,
            account: entry.account,
            number: entry.number,
            failed: entry.failed,
            since,
            is_over: entry.is_over,
        })
    }

    /// The subscription whose turn it is.
    fn turn(&self, now: Instant) -> Option<SubscriptionId> {
        if self.out >= self.limits.total {
            return None;
        }
        let after = |id: &&SubscriptionId| self.last.is_none_or(|last| **id > last);
        let rest = self.waiting.keys().filter(after);
        let wrapped = self.waiting.keys().filter(|id| !after(id));
        rest.chain(wrapped)
            .copied()
            .find(|id| self.is_free(*id) && self.due_of(*id) <= Some(now))
    }

    fn due_of(&self, subscription: SubscriptionId) -> Option<Instant> {
        let (due, ..) = self.waiting.get(&subscription)?.first()?;
        Some(*due)
    }

    /// Whether the limits leave room for another attempt of a subscription that waits.
    fn is_free(&self, subscription: SubscriptionId) -> bool {
        let first = self.waiting.get(&subscription).and_then(BTreeSet::first);
        let account = first
            .and_then(|(_, _, key)| self.known.get(key))
            .map(|it| it.account);
        let out = self
            .out_by_subscription
            .get(&subscription)
            .copied()
            .unwrap_or_default();
        let of_account = account
            .and_then(|account| self.out_by_account.get(&account).copied())
            .unwrap_or_default();
        out < self.limits.per_subscription && of_account < self.limits.per_account
    }

    /// When the next attempt can be made that nothing but time holds back.
    pub(super) fn next_due(&self) -> Option<Instant> {
        if self.out >= self.limits.total {
            return None;
        }
        let free = self.waiting.keys().filter(|id| self.is_free(**id));
        free.filter_map(|id| self.due_of(*id)).min()
    }

    /// An attempt has ended.
    pub(super) fn ended(&mut self, ended: &Attempted) {
        let Attempt {
            key,
            account,
            number,
            is_over,
            ..
        } = ended.attempt;
        self.out = self.out.saturating_sub(1);
        release(&mut self.out_by_account, account);
        release(&mut self.out_by_subscription, key.subscription);
        // What was forgotten and came anew in the meantime is another entry, with a number of its own.
        let entry = self.known.get_mut(&key);
        let Some(entry) = entry.filter(|entry| entry.number == number) else {
            return;
        };
        let Some(again) = ended.again else {
            self.known.remove(&key);
            return;
        };
        entry.failed = entry.failed.saturating_add(1);
        entry.is_over = is_over;
        entry.due = Some(again);
        let waiting = self.waiting.entry(key.subscription).or_default();
        waiting.insert((again, number, key));
    }
}

fn release<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) {
    match counts.get_mut(&key) {
        Some(count) if *count > 1 => *count -= 1,
        Some(_) | None => {
            counts.remove(&key);
        }
    }
}
