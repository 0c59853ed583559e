//! What needs no signature: the links in messages, whose secret is in the link itself.
//!
//! Source: Amazon SNS API reference, `ConfirmSubscription` and `Unsubscribe`, 2026.

use aws_wire::query::Call;
use aws_wire::{ApiError, Service};
use http::{HeaderMap, Method, header};
use model::AccountId;

use crate::server::Request;

/// The caller of a link: an account that is nobody's.
pub(super) const NOBODY: AccountId = match AccountId::new(0) {
    Some(account) => account,
    None => AccountId::from_bits(0),
};

/// Actions that links call.
const LINKED: &[&str] = &["ConfirmSubscription", "Unsubscribe"];

/// Whether a request is an unsigned `GET` of a link.
pub(in crate::api) fn is_public(request: &Request) -> bool {
    let signed = |headers: &HeaderMap| headers.contains_key(header::AUTHORIZATION);
    let query = request.head.uri.query().unwrap_or_default();
    request.head.method == Method::GET
        && !signed(&request.head.headers)
        && !query.contains("X-Amz-Signature=")
        && link(query).is_ok_and(|call| LINKED.contains(&call.action()))
}

/// The call of a link, and on whose behalf.
///
/// # Errors
/// The query string is not well formed.
pub(in crate::api) fn public_call(request: &Request) -> Result<(Call, AccountId), ApiError> {
    Ok((link(request.head.uri.query().unwrap_or_default())?, NOBODY))
}

/// Links name no version of the API.
fn link(query: &str) -> Result<Call, ApiError> {
    let named = query.split('&').any(|pair| pair.starts_with("Version="));
    let version = format!("Version={}", Service::Sns.api_version());
    let form = if named { "" } else { &version };
    Call::parse(Service::Sns, query, form.as_bytes())
}
