//! From a canonical request to a signature: one hash and five HMACs.
//!
//! Source: AWS "Create a signed AWS API request", steps 2 to 4.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use model::Timestamp;

use super::Scope;
use crate::time::iso_basic;

/// SHA-256 of a body.
pub fn payload_sha256(body: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, body).as_ref());
    hash
}

/// The text that is signed.
pub fn string_to_sign(signed_at: Timestamp, scope: &Scope, canonical_request: &[u8]) -> String {
    let signed_at = iso_basic(signed_at);
    let hash = hex::encode(payload_sha256(canonical_request));
    format!("AWS4-HMAC-SHA256\n{signed_at}\n{scope}\n{hash}")
}

/// The key of one secret for one scope.
pub struct SigningKey(hmac::Tag);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Derives the key from the secret, the scope's day, its region and its service.
pub fn signing_key(secret: &str, scope: &Scope) -> SigningKey {
    let first = mac(format!("AWS4{secret}").as_bytes(), scope.date().as_bytes());
    let parts = [scope.region(), scope.service(), "aws4_request"];
    SigningKey(
        parts
            .iter()
            .fold(first, |key, part| mac(key.as_ref(), part.as_bytes())),
    )
}

/// The signature, as bytes. Compare in constant time.
pub fn signature(key: &SigningKey, string_to_sign: &str) -> [u8; 32] {
    let mut signature = [0; 32];
    signature.copy_from_slice(mac(key.0.as_ref(), string_to_sign.as_bytes()).as_ref());
    signature
}

fn mac(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}
