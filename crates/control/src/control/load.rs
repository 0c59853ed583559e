//! The state in the store: which records there are, and how they are read and written.
//!
//! One record per resource, in `schema`'s encoding, and the head: a record that every commit puts, so that its
//! revision is the state's. It holds the version of the encoding. The server's keys stand beside them. Invariant: a
//! state that is not whole or not of this version is an error, never a smaller state.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use model::command::CreateAccount;
use model::{AccountId, Change, Context, IdSource, Resource, Settings, State, Timestamp, apply};
use store::{Compare, Entry, KeyRange, Op, Revision, Store, StoreError, Txn};

use super::{DEFAULT_ACCOUNT, Snapshot, server_key, signing_key};
use crate::signing::SigningError;

/// What all keys of the state start with, of any version of the encoding.
const STATE: &[u8] = b"/adit/";
/// The key of the head. It is none of `schema`'s, in any version.
const HEAD: &[u8] = b"/adit/head";

/// Pages of the store that are being read and decoded while one is put together.
const PAGES_AHEAD: usize = 2;

/// Why a state cannot be taken over from a store.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store cannot be read or written.
    #[error("cannot read the state from the store")]
    Store(#[from] StoreError),
    /// A record is malformed; the source names its key and field.
    #[error("a record of the state is damaged")]
    Record(#[from] schema::DecodeError),
    /// There are records but no head, or it makes no sense, so it is not a state that this program wrote.
    #[error("the state has no head, which every state has")]
    NoHead,
    /// A newer release wrote it.
    #[error(
        "the state is of version {found}, and this release reads version {known}: use the release that wrote it, or a \
         newer one"
    )]
    Newer {
        /// The version of the state.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
    /// The key of page tokens is not one.
    #[error("the key of page tokens is damaged")]
    PageKey,
    /// The key of session tokens is not one.
    #[error("the key of session tokens is damaged")]
    SessionKey,
    /// The key that messages are signed with cannot be made, or is not one.
    #[error("cannot sign messages")]
    Signing(#[from] SigningError),
    /// The settings for the first start make no sense.
    #[error("cannot make the first state")]
    First(#[source] model::Rejection),
    /// The decoder of records panicked.
    #[error("reading a record of the state failed")]
    Fault,
    /// Another process made the first state at the same time.
    #[error("the store was taken by another process")]
    Taken,
}

impl OpenError {
    /// What to answer while a running control plane cannot read the state anew.
    pub(super) fn into_store_error(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Record(_)
            | Self::NoHead
            | Self::Newer { .. }
            | Self::PageKey
            | Self::SessionKey
            | Self::Signing(_)
            | Self::First(_)
            | Self::Fault
            | Self::Taken => StoreError::Backend(Arc::new(self)),
        }
    }
}

/// Reads the state; none when nothing was ever written.
///
/// While the records of one page are put together, those of the next are decoded on another thread.
pub(super) async fn load(store: &dyn Store) -> Result<Option<Snapshot>, OpenError> {
    let pages = store::pages(store, KeyRange::prefix(STATE)).map(|page| async {
        let entries = page?.entries;
        let decoding = tokio::task::spawn_blocking(move || Page::decode(&entries));
        decoding.await.map_err(|_| OpenError::Fault)?
    });
    let mut pages = pin!(pages.buffered(PAGES_AHEAD));
    let mut state = State::new(Settings::default());
    let mut head = None;
    while let Some(page) = pages.try_next().await? {
        if page.is_empty {
            return Ok(None);
        }
        head = head.or(page.head);
        for resource in page.resources {
            state.apply_change(&Change::Put(resource));
        }
    }
    let revision = head.ok_or(OpenError::NoHead)?.0;
    let state = Arc::new(state);
    Ok(Some(Snapshot { state, revision }))
}

/// Records that have been read.
struct Page {
    /// There is nothing else: then there is one page.
    is_empty: bool,
    /// The revision of the head, on whose page it is.
    head: Option<Revision>,
    resources: Vec<Resource>,
}

impl Page {
    fn decode(entries: &[Entry]) -> Result<Self, OpenError> {
        let head = entries.iter().find(|entry| entry.key == HEAD);
        // It comes before all resources, of any version.
        head.map_or(Ok(()), |head| check_version(&head.value))?;
        let beside = |key: &[u8]| {
            key == HEAD || key == signing_key::RECORD || server_key::RECORDS.contains(&key)
        };
        let resources = entries.iter().filter(|entry| !beside(&entry.key));
        let resources = resources.map(|entry| schema::decode(&entry.key, &entry.value));
        Ok(Self {
            is_empty: entries.is_empty(),
            head: head.map(|head| head.mod_revision),
            resources: resources.collect::<Result<_, _>>()?,
        })
    }
}

fn check_version(head: &[u8]) -> Result<(), OpenError> {
    let text = str::from_utf8(head).map_err(|_| OpenError::NoHead)?;
    let found: u32 = text.parse().map_err(|_| OpenError::NoHead)?;
    let known = schema::VERSION;
    match found.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(OpenError::Newer { found, known }),
        // There is no older version.
        Ordering::Less => Err(OpenError::NoHead),
    }
}

/// Writes the first state: the settings, and an account.
pub(super) async fn initialise(
    store: &dyn Store,
    settings: Settings,
    now: Timestamp,
    ids: &mut dyn IdSource,
) -> Result<Snapshot, OpenError> {
    let mut state = State::new(settings);
    let command = CreateAccount {
        name: DEFAULT_ACCOUNT.to_owned(),
        id: None,
    };
    let mut context = Context {
        caller: AccountId::from_bits(0).into(),
        now,
        ids,
    };
    let outcome = apply(&state, command.into(), &mut context).map_err(OpenError::First)?;
    for change in &outcome.changes {
        state.apply_change(change);
    }
    let everything: Vec<Change> = state.tables().resources().map(Change::Put).collect();
    let outcome = store.txn(Records::of(&everything).into_first_txn()).await?;
    if !outcome.succeeded {
        return Err(OpenError::Taken);
    }
    Ok(Snapshot {
        state: Arc::new(state),
        revision: outcome.revision.0,
    })
}

/// Changes as the store takes them, one per record.
#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    /// By key: the new value, or none when the record goes.
    values: BTreeMap<Bytes, Option<Bytes>>,
    bytes: usize,
}

impl Records {
    /// The records of changes.
    pub(super) fn of(changes: &[Change]) -> Self {
        let mut records = Self::default();
        for change in changes {
            let (key, value) = schema::encode_change(change);
            let (key, value) = (Bytes::from(key), value.map(Bytes::from));
            records.bytes += key.len() + value.as_ref().map_or(0, Bytes::len);
            records.values.insert(key, value);
        }
        records
    }

    /// Adds later changes, which take the place of earlier ones of the same records.
    pub(super) fn extend(&mut self, later: Self) {
        self.values.extend(later.values);
        self.bytes += later.bytes;
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// How long they are, or were before others took their places.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The transaction that writes them onto the state of a revision, with or without the room that the store has in
    /// reserve.
    pub(super) fn into_txn(self, revision: u64, reserved: bool) -> Txn {
        let txn = self.into_txn_when(Compare::mod_revision(HEAD, Revision(revision)));
        Txn { reserved, ..txn }
    }

    fn into_first_txn(self) -> Txn {
        self.into_txn_when(Compare::absent(HEAD))
    }

    fn into_txn_when(self, compare: Compare) -> Txn {
        let head = Txn::new()
            .when(compare)
            .then(Op::put(HEAD, schema::VERSION.to_string()));
        self.values
            .into_iter()
            .fold(head, |txn, (key, value)| match value {
                Some(value) => txn.then(Op::put(key, value)),
                None => txn.then(Op::delete(key)),
            })
    }
}
