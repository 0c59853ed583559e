//! Accounts: tenants with one root access key each. One never sees another's resources.

use std::fmt;

use crate::id::{AccountId, IdSource};
use crate::time::Timestamp;

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its twelve digits.
    pub id: AccountId,
    /// The operator's name for it, unique.
    pub name: String,
    /// The root user's credentials.
    pub root_key: AccessKey,
    /// When it was made.
    pub created: Timestamp,
}

/// An access key and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The public half: `AKIA` and 16 base32 characters.
    pub id: AccessKeyId,
    /// The secret half: 40 characters of base64's alphabet, 240 bits.
    pub secret: String,
}

/// The public half of an access key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKeyId(pub String);

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccessKey {
    /// Never shows the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl AccessKey {
    /// A new key out of 80 + 240 random bits.
    pub(crate) fn generate(ids: &mut dyn IdSource) -> Self {
        const BASE64: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let id = format!("AKIA{}", spell(ids.bits(), BASE32, 16));
        let secret = spell(ids.bits(), BASE64, 20) + &spell(ids.bits(), BASE64, 20);
        Self {
            id: AccessKeyId(id),
            secret,
        }
    }
}

/// The alphabet of access key ids and of IAM's unique ids.
pub(crate) const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Writes the low bits of `bits` in an alphabet whose size is a power of two, `count` characters of it.
pub(crate) fn spell(mut bits: u128, alphabet: &[u8], count: usize) -> String {
    let radix = alphabet.len() as u128;
    let mut text = String::with_capacity(count);
    for _ in 0..count {
        let digit = usize::try_from(bits % radix).unwrap_or_default();
        text.extend(alphabet.get(digit).copied().map(char::from));
        bits /= radix;
    }
    text
}
