//! The key that messages are signed with: made once, so that a certificate that was fetched stays good.

use model::Settings;
use store::Store;

use super::{OpenError, secret};
use crate::signing::{Signer, SigningError, new_key};

/// Where it is. It is none of `schema`'s keys, in any version.
pub(super) const RECORD: &[u8] = b"/adit/signing-key";

/// Reads the key, or makes it, which takes a moment.
pub(super) async fn load_or_make(
    store: &dyn Store,
    settings: &Settings,
) -> Result<Signer, OpenError> {
    let kept = secret::load_or_make(store, RECORD, || Ok(new_key()?)).await?;
    let kept = kept.ok_or(SigningError::Key)?;
    let host = format!("sns.{}.{}", settings.region, settings.dns_suffix);
    Ok(Signer::new(&kept, &host)?)
}
