//! The key of page tokens: made once, kept in the store, so that tokens hold across restarts and between the processes
//! that answer for one another.
//!
//! It is a record beside the state, since the model knows nothing of pages. Invariant: it is durable before it is used.

use aws_wire::paging::PageKey;
use bytes::Bytes;
use model::IdSource;
use store::{Compare, Entry, KeyRange, Op, Store, StoreError, Txn};

use super::OpenError;

/// Where it is. It is none of `schema`'s keys, in any version.
pub(super) const RECORD: &[u8] = b"/adit/page-key";

/// How many bytes it has.
const BYTES: usize = 32;

/// Reads the key, or makes it.
pub(super) async fn load_or_make(
    store: &dyn Store,
    ids: &mut dyn IdSource,
) -> Result<PageKey, OpenError> {
    if let Some(found) = load(store).await? {
        return parse(&found.value);
    }
    let secret = [ids.bits().to_be_bytes(), ids.bits().to_be_bytes()].concat();
    let record = Op::put(RECORD, Bytes::from(secret));
    let txn = Txn::new().when(Compare::absent(RECORD)).then(record);
    store.txn(txn).await?;
    // This one, or that of another process which came first.
    let kept = load(store).await?.ok_or(OpenError::PageKey)?;
    parse(&kept.value)
}

async fn load(store: &dyn Store) -> Result<Option<Entry>, StoreError> {
    let (mut entries, _) = store::snapshot(store, KeyRange::key(RECORD)).await?;
    Ok(entries.pop())
}

fn parse(value: &[u8]) -> Result<PageKey, OpenError> {
    let secret: &[u8; BYTES] = value.try_into().map_err(|_| OpenError::PageKey)?;
    Ok(PageKey::new(secret))
}
