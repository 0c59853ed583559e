//! Errors of services that answer by JSON.
//!
//! What all services have in common, they name otherwise, and answer by one status. Source: the common errors of the Route 53
//! Resolver API reference; Smithy `awsJson1_1` protocol specification, 2026.

use http::StatusCode;

use crate::error::ApiError;

/// Errors that have another name in services with JSON: that in services with XML, and theirs.
const NAMES: &[(&str, &str)] = &[
    ("AccessDenied", "AccessDeniedException"),
    ("ExpiredToken", "ExpiredTokenException"),
    ("IncompleteSignature", "IncompleteSignatureException"),
    ("InvalidAction", "UnknownOperationException"),
    ("InvalidClientTokenId", "UnrecognizedClientException"),
    (
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
    ),
    ("ServiceUnavailable", "ServiceUnavailableException"),
    ("SignatureDoesNotMatch", "InvalidSignatureException"),
    ("Throttling", "ThrottlingException"),
];

/// The same error as services with JSON have it.
#[must_use]
pub fn named(error: ApiError) -> ApiError {
    let other = NAMES.iter().find(|(name, _)| *name == error.code());
    let status = match error.status() {
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => StatusCode::BAD_REQUEST,
        status => status,
    };
    match other {
        Some((_, name)) => ApiError::new(status, *name, error.message()),
        None if status == error.status() => error,
        None => ApiError::new(status, error.code().to_owned(), error.message()),
    }
}

/// The document of an error. Its status is [`ApiError::status`].
pub fn encode_error(error: &ApiError) -> String {
    serde_json::json!({"__type": error.code(), "message": error.message()}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Dialect;
    use crate::sigv4::AuthError;

    #[test]
    fn common_errors_have_other_names_and_others_keep_theirs() {
        let cases = [
            (
                AuthError::Missing.to_api_error(Dialect::Query),
                400,
                "MissingAuthenticationTokenException",
            ),
            (
                AuthError::Mismatch.to_api_error(Dialect::Query),
                400,
                "InvalidSignatureException",
            ),
            (
                ApiError::access_denied(Dialect::Query, "no"),
                400,
                "AccessDeniedException",
            ),
            (
                ApiError::unavailable(Dialect::Query),
                503,
                "ServiceUnavailableException",
            ),
            (
                ApiError::client("UnsupportedOperation", "no"),
                400,
                "UnsupportedOperation",
            ),
        ];
        for (error, status, name) in cases {
            let message = error.message().to_owned();
            let named = named(error);
            assert_eq!((named.status().as_u16(), named.code()), (status, name));
            let document: serde_json::Value = serde_json::from_str(&encode_error(&named)).unwrap();
            assert_eq!(
                document,
                serde_json::json!({"__type": name, "message": message})
            );
        }
    }
}
