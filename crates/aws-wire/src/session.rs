//! Session tokens: what temporary credentials stand for, sealed so that only this server can make or read them.
//!
//! A token is authenticated and encrypted, and the access key id and secret that go with it are derived from it. So
//! nothing is stored for a session, and it holds as long as the key does. Not here: what a session is and when it ends,
//! which is in the sealed contents. Invariant: a token that opens was sealed with this key, and is as it was then.
//! Source: STS API reference, `Credentials`; IAM user guide, "Temporary security credentials", 2026.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Longest token, in characters: AWS's own limit is 4,096 bytes.
pub const SESSION_TOKEN_CHARS_MAX: usize = 4096;
/// Most bytes that a token seals, so that it stays within [`SESSION_TOKEN_CHARS_MAX`] in base64.
pub const SESSION_BYTES_MAX: usize = SESSION_TOKEN_CHARS_MAX / 4 * 3 - 64;
/// The tokens' form; a server that knows only other forms refuses them.
const VERSION: u8 = 1;
/// Bytes that are drawn for each token.
pub const SEAL_NONCE_BYTES: usize = NONCE_LEN;

/// The server's key for session tokens.
pub struct SessionKey {
    seal: LessSafeKey,
    derive: hmac::Key,
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// What a temporary caller signs with.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionCredentials {
    /// The access key: `ASIA` and 16 base32 characters.
    pub access_key_id: String,
    /// Its secret: 40 characters of base64's alphabet.
    pub secret: String,
}

impl fmt::Debug for SessionCredentials {
    /// Never shows the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The contents are too much for one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session token holds {SESSION_BYTES_MAX} bytes at most")]
pub struct SessionTooLarge;

impl SessionKey {
    /// A key from random bytes, which all servers that answer for one another must share; `None` never happens with
    /// keys of this length.
    pub fn new(secret: &[u8; 32]) -> Option<Self> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let sealing = hmac::sign(&root, b"session token");
        let seal = UnboundKey::new(&AES_256_GCM, sealing.as_ref()).ok()?;
        let deriving = hmac::sign(&root, b"session credentials");
        Some(Self {
            seal: LessSafeKey::new(seal),
            derive: hmac::Key::new(hmac::HMAC_SHA256, deriving.as_ref()),
        })
    }

    /// The token for a session; `nonce` must be drawn anew for each.
    ///
    /// # Errors
    /// When there are more than [`SESSION_BYTES_MAX`] bytes.
    pub fn seal(
        &self,
        nonce: [u8; SEAL_NONCE_BYTES],
        contents: &[u8],
    ) -> Result<String, SessionTooLarge> {
        if contents.len() > SESSION_BYTES_MAX {
            return Err(SessionTooLarge);
        }
        let mut sealed = contents.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.seal
            .seal_in_place_append_tag(unique, Aad::from([VERSION]), &mut sealed)
            .map_err(|_| SessionTooLarge)?;
        let token = [&[VERSION], &nonce[..], &sealed].concat();
        Ok(STANDARD.encode(token))
    }

    /// What a token seals; `None` for one that was not made by [`Self::seal`] with this key.
    pub fn open(&self, token: &str) -> Option<Vec<u8>> {
        if token.len() > SESSION_TOKEN_CHARS_MAX {
            return None;
        }
        let token = STANDARD.decode(token).ok()?;
        let (version, rest) = token.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<SEAL_NONCE_BYTES>()?;
        if *version != VERSION {
            return None;
        }
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self
            .seal
            .open_in_place(nonce, Aad::from([VERSION]), &mut sealed)
            .ok()?;
        Some(opened.to_vec())
    }

    /// The access key and secret that go with a token.
    pub fn credentials(&self, token: &str) -> SessionCredentials {
        const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        const ID_CHARS: usize = 16;
        const SECRET_CHARS: usize = 40;
        let derived = |label: &str| {
            let mut context = hmac::Context::with_key(&self.derive);
            context.update(label.as_bytes());
            context.update(token.as_bytes());
            context.sign()
        };
        let id = derived("id ");
        let digit = |byte: &u8| BASE32.get(usize::from(byte % 32)).copied().map(char::from);
        let digits: String = id
            .as_ref()
            .iter()
            .filter_map(digit)
            .take(ID_CHARS)
            .collect();
        let mut secret = STANDARD.encode(derived("secret "));
        secret.truncate(SECRET_CHARS);
        SessionCredentials {
            access_key_id: format!("ASIA{digits}"),
            secret,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> SessionKey {
        SessionKey::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn a_token_opens_for_its_own_key_only() {
        let token = key(1).seal([7; 12], b"alice").unwrap();
        assert_eq!(key(1).open(&token).unwrap(), b"alice");
        assert!(key(2).open(&token).is_none());
        assert_eq!(format!("{:?}", key(1)), "SessionKey(..)");
    }

    #[test]
    fn the_largest_session_fits_into_the_longest_token() {
        let token = key(1).seal([7; 12], &[0; SESSION_BYTES_MAX]).unwrap();
        assert!(token.len() <= SESSION_TOKEN_CHARS_MAX);
        assert!(key(1).open(&token).is_some());
        let too_large = key(1).seal([7; 12], &[0; SESSION_BYTES_MAX + 1]);
        assert_eq!(too_large, Err(SessionTooLarge));
        assert!(
            key(1)
                .open(&"A".repeat(SESSION_TOKEN_CHARS_MAX + 4))
                .is_none()
        );
    }

    #[test]
    fn credentials_follow_from_the_token_and_have_aws_s_shape() {
        let token = key(1).seal([7; 12], b"alice").unwrap();
        let other = key(1).seal([8; 12], b"alice").unwrap();
        let own = key(1).credentials(&token);
        assert_eq!(own, key(1).credentials(&token));
        assert_eq!((own.access_key_id.len(), own.secret.len()), (20, 40));
        assert!(own.access_key_id.starts_with("ASIA"));
        assert_ne!(own.access_key_id, key(1).credentials(&other).access_key_id);
        assert_ne!(own.secret, key(2).credentials(&token).secret);
        assert!(!format!("{own:?}").contains(&own.secret));
    }

    proptest! {
        #[test]
        fn a_changed_token_does_not_open(at in 0usize..80, to in "[A-Za-z0-9+/]") {
            let token = key(1).seal([7; 12], b"alice and her session").unwrap();
            let mut changed = token.clone();
            let at = at % token.len();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != token);
            prop_assert!(key(1).open(&changed).is_none());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            crate::fuzz::session_token(&bytes);
        }
    }
}
