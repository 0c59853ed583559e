//! A store that fails when it is told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::{
    KeyRange, LeaseId, RangeRequest, RangeResult, Revision, Store, StoreError, Txn, TxnOutcome,
    Watch,
};

/// A store whose next transactions fail.
#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) store: Arc<dyn Store>,
    pub(super) faults: Mutex<Vec<Fault>>,
}

/// How a transaction fails.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Nothing is done.
    Before,
    /// It is done, and nobody knows.
    After,
}

impl Store for Faulty {
    fn range(&self, request: RangeRequest) -> BoxFuture<'_, Result<RangeResult, StoreError>> {
        self.store.range(request)
    }

    fn txn(&self, txn: Txn) -> BoxFuture<'_, Result<TxnOutcome, StoreError>> {
        let fault = self.faults.lock().unwrap().pop();
        async move {
            let broken = || StoreError::Backend(Arc::new(std::io::Error::other("as asked")));
            match fault {
                None => self.store.txn(txn).await,
                Some(Fault::Before) => Err(broken()),
                Some(Fault::After) => {
                    self.store.txn(txn).await?;
                    Err(broken())
                }
            }
        }
        .boxed()
    }

    fn watch(&self, range: KeyRange, from: Revision) -> BoxFuture<'_, Result<Watch, StoreError>> {
        self.store.watch(range, from)
    }

    fn compact(&self, revision: Revision) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.compact(revision)
    }

    fn lease_grant(&self, ttl: Duration) -> BoxFuture<'_, Result<LeaseId, StoreError>> {
        self.store.lease_grant(ttl)
    }

    fn lease_keep_alive(&self, lease: LeaseId) -> BoxFuture<'_, Result<Duration, StoreError>> {
        self.store.lease_keep_alive(lease)
    }

    fn lease_revoke(&self, lease: LeaseId) -> BoxFuture<'_, Result<Revision, StoreError>> {
        self.store.lease_revoke(lease)
    }
}
