//! The server's keys: those of page tokens and of session tokens.

use model::IdSource;
use store::Store;

use super::{OpenError, secret};

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
        let make = || Ok([ids.bits().to_be_bytes(), ids.bits().to_be_bytes()].concat());
        let kept = secret::load_or_make(store, self.record(), make).await?;
        self.parse(&kept.ok_or(self.damaged())?)
    }

    fn parse(self, value: &[u8]) -> Result<[u8; BYTES], OpenError> {
        value.try_into().map_err(|_| self.damaged())
    }
}
