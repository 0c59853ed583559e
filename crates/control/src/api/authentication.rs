//! Who calls which service: the signature of the request against the access keys of accounts and users, and against
//! temporary credentials.

use aws_wire::Service;
use aws_wire::sigv4::{self, AuthError, Expected, RequestHead, SignedRequest};
use http::HeaderMap;
use model::iam::AccessKeyStatus;
use model::{AccessKeyId, State};

use super::identity::Authenticated;
use super::session::TemporarySession;
use crate::control::Control;
use crate::server::Request;

/// The service that a request was signed for and who signed it.
pub(super) fn authenticate(
    control: &Control,
    request: &Request,
) -> Result<(Service, Authenticated), AuthError> {
    let uri = &request.head.uri;
    let head = RequestHead {
        method: request.head.method.as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &request.head.headers,
    };
    let signed = sigv4::parse(&head)?;
    let state = &control.snapshot().state;
    let claim = match signed.session_token() {
        Some(token) => of_token(control, state, &signed, token)?,
        None => of_key(state, &signed)?,
    };
    let settings = state.settings();
    let service = Service::from_signing_name(signed.scope().service());
    let served = [settings.region.as_str(); 2];
    let regions = service.map_or(served, |it| it.signing_regions(settings));
    let expected = Expected {
        regions: &regions,
        services: &Service::ALL,
    };
    let body = sigv4::payload_sha256(&request.body);
    let now = control.clock().now();
    sigv4::verify(&signed, &claim.secret, &head, &body, now, &expected)?;
    let session = claim.identity.session.as_ref();
    if session.is_some_and(|session| session.has_ended(now)) {
        return Err(AuthError::TokenExpired);
    }
    let service = service.ok_or_else(|| AuthError::ScopeService(signed.scope().to_string()))?;
    Ok((service, claim.identity))
}

/// Whom a request claims to be from, and what it must be signed with then.
struct Claim {
    identity: Authenticated,
    secret: String,
}

/// By a permanent access key.
fn of_key(state: &State, signed: &SignedRequest) -> Result<Claim, AuthError> {
    let key = AccessKeyId(signed.access_key_id().to_owned());
    if let Some(account) = state.account_of_access_key(&key) {
        return Ok(Claim {
            identity: Authenticated::root(state, account.id),
            secret: account.root_key.secret.clone(),
        });
    }
    let user = state.user_of_access_key(&key);
    let user = user.ok_or(AuthError::UnknownAccessKey)?;
    match user.access_keys.get(&key) {
        Some(own) if own.status == AccessKeyStatus::Active => Ok(Claim {
            identity: Authenticated::user(state, user),
            secret: own.secret.clone(),
        }),
        Some(_) | None => Err(AuthError::UnknownAccessKey),
    }
}

/// By temporary credentials, which are worth nothing without their token, and it nothing without them.
fn of_token(
    control: &Control,
    state: &State,
    signed: &SignedRequest,
    token: &str,
) -> Result<Claim, AuthError> {
    let sessions = control.sessions();
    let session = TemporarySession::open(sessions, token).ok_or(AuthError::UnknownAccessKey)?;
    let credentials = sessions.credentials(token);
    if credentials.access_key_id != signed.access_key_id() {
        return Err(AuthError::UnknownAccessKey);
    }
    let identity = Authenticated::temporary(state, session).ok_or(AuthError::UnknownAccessKey)?;
    let secret = credentials.secret;
    Ok(Claim { identity, secret })
}

/// The name of the service that a request claims to be for, which says in whose words to refuse it.
pub(super) fn claimed_service(headers: &HeaderMap) -> Option<String> {
    let head = RequestHead {
        method: "",
        path: "/",
        query: "",
        headers,
    };
    let signed = sigv4::parse(&head).ok()?;
    Some(signed.scope().service().to_owned())
}
