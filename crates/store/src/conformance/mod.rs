//! What every backend of [`Store`] must do, as one suite that a backend's tests run.
//!
//! It is an ordinary public module, not a feature: it needs no dependency of its own, nothing in a
//! program refers to it, so the linker leaves it out, and it cannot be forgotten in a build that checks
//! everything. What only one backend has (its file, its limits) is that backend's own tests' matter.

mod history;
mod keys;
mod leases;
mod watches;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::entry::{Entry, Event, Revision, RevisionEvents};
use crate::key::KeyRange;
use crate::txn::{Op, RangeRequest, Txn};
use crate::watch::Watch;
use crate::{Store, StoreError};

/// How long a case waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// An empty store to try a case on, and the means to let its leases' time pass.
pub struct Fixture {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Lets time pass for leases: moves an injected clock, or sleeps.
    pub pass_time: Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl std::fmt::Debug for Fixture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fixture").finish_non_exhaustive()
    }
}

type Case = (&'static str, fn(Fixture) -> BoxFuture<'static, ()>);

macro_rules! cases {
    ($($module:ident :: $case:ident),* $(,)?) => {
        &[$((stringify!($case), |fixture| $module::$case(fixture).boxed())),*]
    };
}

const CASES: &[Case] = cases![
    keys::an_empty_store_is_at_the_first_revision,
    keys::a_key_knows_when_it_was_made_and_changed,
    keys::any_bytes_are_a_key_and_a_value,
    keys::a_range_is_half_open_ordered_and_limited,
    keys::a_snapshot_is_of_one_revision,
    keys::a_transaction_is_one_revision,
    keys::a_transaction_sees_its_own_writes,
    keys::a_key_goes_once_in_a_transaction,
    keys::compares_choose_the_branch,
    keys::a_transaction_without_effect_takes_no_revision,
    keys::a_refused_transaction_changes_nothing,
    keys::of_concurrent_compare_and_put_one_wins,
    history::the_past_can_be_read_until_it_is_compacted,
    history::compaction_keeps_what_lives,
    history::the_future_cannot_be_read_or_compacted,
    watches::a_watch_delivers_history_and_then_the_present,
    watches::a_watch_sees_its_range_only,
    watches::a_revision_is_delivered_whole_and_ordered,
    watches::a_watch_may_begin_in_the_future,
    watches::a_watch_of_compacted_history_says_so,
    watches::a_snapshot_and_its_watch_give_the_present,
    watches::a_watch_that_is_not_read_holds_up_nothing,
    leases::keys_go_with_their_lease,
    leases::a_lease_kept_alive_stays,
    leases::a_revoked_lease_takes_its_keys_in_one_revision,
    leases::a_key_put_again_leaves_its_lease,
    leases::a_lease_that_is_not_there_is_refused,
];

/// Runs every case on a store of its own.
///
/// # Panics
/// When a case fails, after all have run; each failure was printed as it happened.
pub async fn run<F, R>(fixture: F)
where
    F: Fn() -> R,
    R: Future<Output = Fixture>,
{
    let mut failed = Vec::new();
    for (name, case) in CASES {
        // A task of its own keeps one failure from hiding the rest.
        if tokio::spawn(case(fixture().await)).await.is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

async fn put(store: &dyn Store, key: &'static str, value: &'static str) -> Revision {
    txn(store, Txn::new().then(Op::put(key, value))).await
}

async fn delete(store: &dyn Store, key: &'static str) -> Revision {
    txn(store, Txn::new().then(Op::delete(key))).await
}

async fn txn(store: &dyn Store, txn: Txn) -> Revision {
    store.txn(txn).await.unwrap().revision
}

async fn get(store: &dyn Store, key: &'static str) -> Option<Entry> {
    read(store, KeyRange::key(key)).await.pop()
}

async fn read(store: &dyn Store, range: KeyRange) -> Vec<Entry> {
    store.range(RangeRequest::new(range)).await.unwrap().entries
}

async fn now(store: &dyn Store) -> Revision {
    let any = RangeRequest::new(KeyRange::all()).limit(1);
    store.range(any).await.unwrap().revision
}

async fn next(watch: &mut Watch) -> Result<RevisionEvents, StoreError> {
    let item = tokio::time::timeout(PATIENCE, watch.next()).await;
    item.expect("an event in time")
        .expect("a watch that goes on")
}

/// A put entry in short: key, value, create, mod, version.
fn brief(entry: &Entry) -> (Bytes, Bytes, u64, u64, u64) {
    let (create, modified) = (entry.create_revision.0, entry.mod_revision.0);
    (
        entry.key.clone(),
        entry.value.clone(),
        create,
        modified,
        entry.version,
    )
}

/// Events in short: `key=value` or `key deleted`.
fn words(events: &[Event]) -> Vec<String> {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    let event = |event: &Event| match event {
        Event::Put(entry) => format!("{}={}", text(&entry.key), text(&entry.value)),
        Event::Delete { key } => format!("{} deleted", text(key)),
    };
    events.iter().map(event).collect()
}
