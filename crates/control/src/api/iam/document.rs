//! Policy documents in requests.

use aws_wire::ApiError;
use iam::PolicyKind;

use crate::control::policies::compile;

/// The document, if it is a policy of the kind.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub(in crate::api) fn checked(document: &str, kind: PolicyKind) -> Result<String, ApiError> {
    match compile(document, kind) {
        Ok(_) => Ok(document.to_owned()),
        Err(error) => Err(ApiError::client(
            "MalformedPolicyDocument",
            error.to_string(),
        )),
    }
}
