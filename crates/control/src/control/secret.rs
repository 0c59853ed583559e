//! Secrets that are made once and kept in the store beside the state, since the model knows nothing of them.
//!
//! So they hold across restarts and between the processes that answer for one another. Invariant: a secret is durable
//! before it is used.

use bytes::Bytes;
use store::{Compare, Entry, KeyRange, Op, Store, StoreError, Txn};

use super::OpenError;

/// Reads the secret of a record, or keeps what `make` gives. None when the store has lost it at once.
pub(super) async fn load_or_make(
    store: &dyn Store,
    record: &'static [u8],
    make: impl FnOnce() -> Result<Vec<u8>, OpenError>,
) -> Result<Option<Bytes>, OpenError> {
    if let Some(found) = load(store, record).await? {
        return Ok(Some(found.value));
    }
    let secret = Op::put(record, Bytes::from(make()?));
    let txn = Txn::new().when(Compare::absent(record)).then(secret);
    store.txn(txn).await?;
    // This one, or that of another process which came first.
    Ok(load(store, record).await?.map(|kept| kept.value))
}

async fn load(store: &dyn Store, record: &'static [u8]) -> Result<Option<Entry>, StoreError> {
    let (mut entries, _) = store::snapshot(store, KeyRange::key(record)).await?;
    Ok(entries.pop())
}
