//! Verification of AWS Signature Version 4, header form.
//!
//! [`parse`] reads what a request claims, the caller looks up the secret of the claimed access key, and [`verify`]
//! checks the claim. The parts of the computation are public functions of their own: [`canonical_request`],
//! [`string_to_sign`], [`signing_key`], [`signature`]. Query-string authentication (presigned URLs) is refused, and so
//! are unsigned payloads, which no service here accepts.
//!
//! What must be signed: `host`, every `x-amz-*` header that is present, and the body by its hash. `content-type` may
//! be left unsigned, since AWS is not known to insist on it and what the body means does not depend on it here.
//!
//! Invariant: [`verify`] succeeds only when the holder of the secret signed exactly this method, path, query, body
//! and these headers, for this region and an expected service, within fifteen minutes of `now`.
//! Source: AWS "Signature Version 4 for API requests" and "Troubleshoot Signature Version 4", 2026.

mod authorization;
mod canonical;
mod error;
mod signing;

#[cfg(test)]
mod tests;

pub use authorization::{Scope, SignedHeaders, SignedRequest, parse};
pub use canonical::{canonical_headers, canonical_path, canonical_query, canonical_request};
pub use error::AuthError;
pub use signing::{SigningKey, payload_sha256, signature, signing_key, string_to_sign};

use http::HeaderMap;
use model::Timestamp;
use subtle::ConstantTimeEq as _;

use crate::service::Service;
use crate::time::iso_basic;

/// How far a request's date may lie from the server's clock, either way, in milliseconds: 15 minutes.
pub const SKEW_MILLIS_MAX: u64 = 15 * 60 * 1000;

/// The part of an HTTP request that comes before its body.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// Method, in the letter case in which it was sent.
    pub method: &'a str,
    /// Path as sent: percent-encoded, not normalised.
    pub path: &'a str,
    /// What follows the `?`, as sent; empty when there is none.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
}

/// What a credential scope must name.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The regions that a request may be signed for; the last one is the one that is served.
    pub regions: &'a [&'a str],
    /// The services that are served at this address.
    pub services: &'a [Service],
}

/// Checks that the owner of `secret` signed this request, recently and for this place.
///
/// `request` is what [`parse`] made of the same `head`; `body_sha256` is [`payload_sha256`] of the whole body.
///
/// # Errors
/// The first check that fails: scope, date, headers that had to be signed, payload, signature.
pub fn verify(
    request: &SignedRequest,
    secret: &str,
    head: &RequestHead<'_>,
    body_sha256: &[u8; 32],
    now: Timestamp,
    expected: &Expected<'_>,
) -> Result<(), AuthError> {
    check_scope(request, expected)?;
    check_date(request, now)?;
    check_signed_headers(request.signed_headers(), head.headers)?;
    let payload = hex::encode(body_sha256);
    check_declared_payload(head.headers, &payload)?;
    let canonical = canonical_request(head, request.signed_headers(), &payload)?;
    let text = string_to_sign(request.signed_at(), request.scope(), &canonical);
    let computed = signature(&signing_key(secret, request.scope()), &text);
    if bool::from(computed.ct_eq(request.signature())) {
        Ok(())
    } else {
        Err(AuthError::Mismatch)
    }
}

fn check_scope(request: &SignedRequest, expected: &Expected<'_>) -> Result<(), AuthError> {
    let scope = request.scope();
    let signed_at = iso_basic(request.signed_at());
    if !signed_at.starts_with(scope.date()) {
        return Err(AuthError::ScopeDate {
            scope: scope.date().to_owned(),
            signed_at,
        });
    }
    if !expected.regions.contains(&scope.region()) {
        return Err(AuthError::ScopeRegion {
            scope: scope.region().to_owned(),
            served: expected
                .regions
                .last()
                .copied()
                .unwrap_or_default()
                .to_owned(),
        });
    }
    let known = expected
        .services
        .iter()
        .any(|service| service.signing_name() == scope.service());
    if known {
        Ok(())
    } else {
        Err(AuthError::ScopeService(scope.service().to_owned()))
    }
}

fn check_date(request: &SignedRequest, now: Timestamp) -> Result<(), AuthError> {
    let (signed, server) = (request.signed_at().as_millis(), now.as_millis());
    let earliest = server.saturating_sub(SKEW_MILLIS_MAX);
    let latest = server.saturating_add(SKEW_MILLIS_MAX);
    let signed_at = iso_basic(request.signed_at());
    let (now, shown) = (iso_basic(now), |millis| {
        iso_basic(Timestamp::from_millis(millis))
    });
    if signed < earliest {
        Err(AuthError::Expired {
            signed_at,
            limit: shown(earliest),
            now,
        })
    } else if signed > latest {
        Err(AuthError::NotYetCurrent {
            signed_at,
            limit: shown(latest),
            now,
        })
    } else {
        Ok(())
    }
}

fn check_signed_headers(signed: &SignedHeaders, headers: &HeaderMap) -> Result<(), AuthError> {
    if !signed.contains("host") {
        return Err(AuthError::HostNotSigned);
    }
    let unsigned = |name: &&str| name.starts_with("x-amz-") && !signed.contains(name);
    match headers.keys().map(http::HeaderName::as_str).find(unsigned) {
        Some(name) => Err(AuthError::HeaderNotSigned(name.to_owned())),
        None => Ok(()),
    }
}

/// `X-Amz-Content-Sha256` may be left out; when present, it must be the hash of the body that arrived.
fn check_declared_payload(headers: &HeaderMap, payload: &str) -> Result<(), AuthError> {
    let declared = headers.get_all("x-amz-content-sha256");
    if declared
        .iter()
        .all(|value| value.as_bytes() == payload.as_bytes())
    {
        Ok(())
    } else {
        Err(AuthError::Payload)
    }
}
