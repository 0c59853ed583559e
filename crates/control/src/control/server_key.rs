//! The server's keys: made once, kept in the store, so that page tokens and session tokens hold across restarts and
//! between the processes that answer for one another.
//!
//! They are records beside the state, since the model knows nothing of tokens. Invariant: a key is durable before it is
//! used.

use bytes::Bytes;
use model::IdSource;
use store::{Compare, Entry, KeyRange, Op, Store, StoreError, Txn};

use super::OpenError;

/// Where the keys are. It is none of `schema`'s keys, in any version.
pub(super) const RECORDS: [&[u8]; 2] = [ServerKey::Pages.record(), ServerKey::Sessions.record()];

/// How many bytes a key has.
const BYTES: usize = 32;

/// What a key is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum ServerKey {
    /// Page tokens.
    Pages,
    /// Session tokens.
    Sessions,
}

impl ServerKey {
    const fn record(self) -> &'static [u8] {
        match self {
            Self::Pages => b"/adit/page-key",
            Self::Sessions => b"/adit/session-key",
        }
    }

    const fn damaged(self) -> OpenError {
        match self {
            Self::Pages => OpenError::PageKey,
            Self::Sessions => OpenError::SessionKey,
        }
    }

    /// Reads the key, or makes it.
    pub(super) async fn load_or_make(
        self,
        store: &dyn Store,
        ids: &mut dyn IdSource,
    ) -> Result<[u8; BYTES], OpenError> {
        if let Some(found) = self.load(store).await? {
            return self.parse(&found.value);
        }
        let secret = [ids.bits().to_be_bytes(), ids.bits().to_be_bytes()].concat();
        let record = Op::put(self.record(), Bytes::from(secret));
        let txn = Txn::new().when(Compare::absent(self.record())).then(record);
        store.txn(txn).await?;
        // This one, or that of another process which came first.
        let kept = self.load(store).await?.ok_or(self.damaged())?;
        self.parse(&kept.value)
    }

    async fn load(self, store: &dyn Store) -> Result<Option<Entry>, StoreError> {
        let (mut entries, _) = store::snapshot(store, KeyRange::key(self.record())).await?;
        Ok(entries.pop())
    }

    fn parse(self, value: &[u8]) -> Result<[u8; BYTES], OpenError> {
        value.try_into().map_err(|_| self.damaged())
    }
}
