//! Endpoint policies as parameters. Nothing is judged by them here.

use aws_wire::ApiError;
use iam::{Limits, Policy, PolicyKind};
use model::limits::POLICY_CHARS_MAX;

/// Whether a text is an endpoint policy. One that is too long is left to the model's own limit.
///
/// # Errors
/// `InvalidPolicyDocument` (EC2 API reference, "Error codes"), with the place of what is wrong.
pub(super) fn check_policy(text: &str) -> Result<(), ApiError> {
    if text.chars().count() > POLICY_CHARS_MAX {
        return Ok(());
    }
    Policy::parse(
        text,
        PolicyKind::Endpoint,
        Limits::characters(POLICY_CHARS_MAX),
    )
    .map(drop)
    .map_err(|error| ApiError::client("InvalidPolicyDocument", error.to_string()))
}
