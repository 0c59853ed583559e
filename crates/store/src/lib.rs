//! A key-value store with revisions, shaped on etcd v3.
//!
//! One trait, [`Store`], and one backend, [`EmbeddedStore`], a single file. A backend that speaks to
//! etcd fits behind the same trait and is held to the same [`conformance`] suite.
//!
//! What it is not: it knows nothing of what the bytes mean, and it never retries a transaction whose
//! compares failed; both are its caller's.
//!
//! Invariants: a transaction that changes something is one revision, all of it or nothing, and on disk
//! before [`Store::txn`] returns. Revisions grow by one. What a watch delivers, applied in order to
//! what a range returned at revision R, gives what a range returns later.
//!
//! Source: etcd v3 API guarantees (etcd.io/docs/v3.5/learning/api and api_guarantees).
#![forbid(unsafe_code)]

mod clock;
#[expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a suite of tests: a failed expectation is its result"
)]
pub mod conformance;
mod embedded;
mod entry;
mod error;
mod key;
mod limits;
mod txn;
mod watch;

use std::pin::pin;
use std::time::Duration;

pub use clock::{Clock, ManualClock, SystemClock};
pub use embedded::{EmbeddedStore, OpenError, Options};
pub use entry::{Entry, Event, LeaseId, Revision, RevisionEvents};
pub use error::StoreError;
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, Stream};
pub use key::KeyRange;
pub use limits::Limits;
pub use txn::{Compare, Op, OpResult, RangeRequest, RangeResult, Txn, TxnOutcome};
pub use watch::Watch;

/// What a store does. Object-safe on purpose: the backend is chosen when the program starts, so
/// callers hold an `Arc<dyn Store>` and stay free of a type parameter; the boxed future costs nothing
/// beside the disk or network access within it.
///
/// Dropping a future of a writing method does not undo the write: it may still take effect.
pub trait Store: std::fmt::Debug + Send + Sync + 'static {
    /// Reads the keys of a range, in order, as they are now or were at an earlier revision.
    ///
    /// A reply is cut at [`Limits::range_entries_max`] and [`Limits::range_bytes_max`] as well as at
    /// the request's own limit; [`RangeResult::more`] says so, and the rest is read by a request from
    /// behind the last key at the same revision ([`snapshot`] does that).
    ///
    /// # Errors
    /// [`StoreError::Compacted`], [`StoreError::FutureRevision`] for the revision asked for.
    fn range(&self, request: RangeRequest) -> BoxFuture<'_, Result<RangeResult, StoreError>>;

    /// Runs a transaction: the compares, then one of both lists of operations, in order.
    ///
    /// Durable when it returns. A failed compare is an outcome, not an error.
    ///
    /// # Errors
    /// Those of [`Txn::check`], [`StoreError::LeaseNotFound`] and [`StoreError::Full`]; then nothing has
    /// changed. After [`StoreError::Backend`] or [`StoreError::Closed`] it is unknown whether it has.
    fn txn(&self, txn: Txn) -> BoxFuture<'_, Result<TxnOutcome, StoreError>>;

    /// Delivers all changes in a range from a revision on, that revision included: history first, then
    /// what happens. To follow a range after reading it at revision R, watch from [`Revision::next`] of R.
    ///
    /// # Errors
    /// [`StoreError::TooManyWatches`]. A revision that history no longer reaches is reported by the watch
    /// itself, as its only item.
    fn watch(&self, range: KeyRange, from: Revision) -> BoxFuture<'_, Result<Watch, StoreError>>;

    /// Forgets history before a revision: what was overwritten or deleted by then. The revision itself
    /// can still be read; watches start behind it.
    ///
    /// # Errors
    /// [`StoreError::Compacted`] when that has happened already, [`StoreError::FutureRevision`].
    fn compact(&self, revision: Revision) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Grants a lease: keys put with it are deleted, in one revision, when it has not been kept alive
    /// for `ttl`, counted in whole seconds.
    ///
    /// Leases outlive a restart of the store and then have their full time again.
    ///
    /// # Errors
    /// [`StoreError::LeaseTtl`], [`StoreError::TooManyLeases`].
    fn lease_grant(&self, ttl: Duration) -> BoxFuture<'_, Result<LeaseId, StoreError>>;

    /// Gives a lease its full time again and returns that time.
    ///
    /// # Errors
    /// [`StoreError::LeaseNotFound`] when it has expired or was revoked.
    fn lease_keep_alive(&self, lease: LeaseId) -> BoxFuture<'_, Result<Duration, StoreError>>;

    /// Ends a lease and deletes its keys, in one revision. Returns the revision after that.
    ///
    /// # Errors
    /// [`StoreError::LeaseNotFound`].
    fn lease_revoke(&self, lease: LeaseId) -> BoxFuture<'_, Result<Revision, StoreError>>;
}

/// Reads a whole range at one revision, a page at a time; there is always one.
///
/// Its errors, after which it ends, are those of [`Store::range`]; [`StoreError::Compacted`] when history moved past the
/// revision between two pages: start again.
pub fn pages(
    store: &dyn Store,
    range: KeyRange,
) -> impl Stream<Item = Result<RangeResult, StoreError>> + Send + '_ {
    let first = RangeRequest::new(range.clone());
    stream::try_unfold(Some(first), move |request| {
        let range = range.clone();
        async move {
            let Some(request) = request else {
                return Ok(None);
            };
            let page = store.range(request).await?;
            let last = page.entries.last().filter(|_| page.more);
            let next = last.map(|last| RangeRequest::new(range.after(&last.key)).at(page.revision));
            Ok(Some((page, next)))
        }
    })
}

/// Reads a whole range at one revision, and returns that revision.
///
/// # Errors
/// Those of [`pages`].
pub async fn snapshot(
    store: &dyn Store,
    range: KeyRange,
) -> Result<(Vec<Entry>, Revision), StoreError> {
    let mut pages = pin!(pages(store, range));
    let (mut entries, mut revision) = (Vec::new(), Revision(0));
    while let Some(mut page) = pages.try_next().await? {
        entries.append(&mut page.entries);
        revision = page.revision;
    }
    Ok((entries, revision))
}
