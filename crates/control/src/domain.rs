//! Where the texts of domain names come from: DNS, which this crate does not speak.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;

/// The texts of a name could not be learnt; there may be some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TextsUnknown(pub String);

/// Looks up what is published under domain names.
pub trait DomainTexts: Send + Sync + 'static {
    /// The texts (TXT) of a name as of now; none if there is no such name. Ends in bounded time.
    ///
    /// # Errors
    /// See [`TextsUnknown`].
    fn texts(&self, name: String) -> BoxFuture<'static, Result<BTreeSet<String>, TextsUnknown>>;
}
