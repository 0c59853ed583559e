//! Who calls which service: the signature of the request against the accounts' access keys.

use aws_wire::Service;
use aws_wire::sigv4::{self, AuthError, Expected, RequestHead};
use http::HeaderMap;
use model::{AccessKeyId, AccountId};

use crate::control::Control;
use crate::server::Request;

/// The service that a request was signed for and the account that signed it.
pub(super) fn authenticate(
    control: &Control,
    request: &Request,
) -> Result<(Service, AccountId), AuthError> {
    let uri = &request.head.uri;
    let head = RequestHead {
        method: request.head.method.as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &request.head.headers,
    };
    let signed = sigv4::parse(&head)?;
    let state = &control.snapshot().state;
    let key = AccessKeyId(signed.access_key_id().to_owned());
    let account = state
        .account_of_access_key(&key)
        .ok_or(AuthError::UnknownAccessKey)?;
    let expected = Expected {
        region: &state.settings().region,
        services: &Service::ALL,
    };
    let body = sigv4::payload_sha256(&request.body);
    let secret = &account.root_key.secret;
    sigv4::verify(
        &signed,
        secret,
        &head,
        &body,
        control.clock().now(),
        &expected,
    )?;
    if signed.session_token().is_some() {
        // Root keys are permanent and have none.
        return Err(AuthError::UnknownAccessKey);
    }
    let service = Service::from_signing_name(signed.scope().service());
    let service = service.ok_or_else(|| AuthError::ScopeService(signed.scope().to_string()))?;
    Ok((service, account.id))
}

/// The service that a request claims to be for, which says in whose words to refuse it.
pub(super) fn claimed_service(headers: &HeaderMap) -> Option<Service> {
    let head = RequestHead {
        method: "",
        path: "/",
        query: "",
        headers,
    };
    let signed = sigv4::parse(&head).ok()?;
    Service::from_signing_name(signed.scope().service())
}
