//! Temporary credentials in responses.

use aws_wire::session::SESSION_TOKEN_CHARS_MAX;
use aws_wire::{ApiError, response};
use model::Timestamp;

use crate::api::call::Call;
use crate::api::session::TemporarySession;

response! {
    /// Temporary credentials.
    pub(super) struct Credentials {
        /// Access key.
        access_key_id: String = "AccessKeyId",
        /// Its secret.
        secret_access_key: String = "SecretAccessKey",
        /// What goes along with every request.
        session_token: String = "SessionToken",
        /// When they end.
        expiration: Timestamp = "Expiration",
    }
}

/// The credentials of a session, and how full their token is, in percent.
///
/// # Errors
/// `PackedPolicyTooLarge` when its policies and tags are too much for a token.
pub(super) fn issue(
    call: &Call<'_>,
    session: &TemporarySession,
) -> Result<(Credentials, usize), ApiError> {
    let issued = session.issue(call.sessions()).map_err(|_| {
        let message = "The session policies and tags are larger than a session token can hold";
        ApiError::client("PackedPolicyTooLarge", message)
    })?;
    let percent = (issued.token.len() * 100).div_ceil(SESSION_TOKEN_CHARS_MAX);
    let credentials = Credentials {
        access_key_id: issued.credentials.access_key_id,
        secret_access_key: issued.credentials.secret,
        session_token: issued.token,
        expiration: issued.expires,
    };
    Ok((credentials, percent))
}
