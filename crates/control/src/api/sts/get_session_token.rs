//! `GetSessionToken`.

use aws_wire::query::Bounds;
use aws_wire::{ApiError, request, response};
use model::Identity;

use super::credentials::{Credentials, issue};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::session::{SessionOf, TemporarySession};

/// How long credentials hold unless it is said, in seconds: twelve hours.
const DEFAULT_SECS: u32 = 43_200;
/// The longest of a root user, in seconds; longer ones are cut to it.
const ROOT_SECS_MAX: u32 = 3600;

request! {
    /// Makes temporary credentials of the caller.
    pub(super) struct GetSessionToken(Sts, "STS API reference, GetSessionToken") {
        /// How long they hold, in seconds.
        duration_secs: Option<u32> = "DurationSeconds" [Bounds::range(900, 129_600)],
    }
    refused {
        /// There are no second factors.
        "SerialNumber": Option<String>,
        /// There are no second factors.
        "TokenCode": Option<String>,
    }
}

response! {
    /// The credentials.
    pub(super) struct Response {
        /// They.
        credentials: Credentials = "Credentials",
    }
}

impl Permitted for GetSessionToken {
    const PERMISSION: Permission = Permission::Everyone;
}

impl Read for GetSessionToken {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        if call.identity.session.is_some() {
            let message = "Cannot call GetSessionToken with session credentials";
            return Err(ApiError::access_denied(call.service.dialect(), message));
        }
        let secs = self.duration_secs.unwrap_or(DEFAULT_SECS);
        let (of, secs) = match call.identity.caller.identity {
            Identity::Root => (SessionOf::Root(call.caller), secs.min(ROOT_SECS_MAX)),
            Identity::User(id) => (SessionOf::User(id), secs),
            // Roles have nothing but sessions.
            Identity::Role(_) => return Err(ApiError::internal(call.service.dialect())),
        };
        let session = TemporarySession::new(of, call.now(), secs);
        let (credentials, _) = issue(call, &session)?;
        Ok(Response { credentials })
    }
}
