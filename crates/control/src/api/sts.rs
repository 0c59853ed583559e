//! STS: who calls, and temporary credentials.

mod credentials;

use aws_wire::query::Call;
use aws_wire::{ApiError, Service};

use super::refused::refusal;
use crate::api::action::actions;
use crate::server::Request;

/// Actions that clients do not sign, since they have nothing to sign with before.
const UNSIGNED: &[&str] = &["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];

/// The refusal of an unsigned request, if it is for what is called without a signature.
pub(super) fn refuse_unsigned(request: &Request) -> Option<ApiError> {
    let query = request.head.uri.query().unwrap_or_default();
    let call = Call::parse(Service::Sts, query, &request.body).ok()?;
    let action = UNSIGNED.iter().find(|action| **action == call.action())?;
    refusal(Service::Sts, action)
}

actions! {
    dry_run: |_| false;
    read get_caller_identity::GetCallerIdentity,
    read get_access_key_info::GetAccessKeyInfo,
    read get_session_token::GetSessionToken,
    read assume_role::AssumeRole,
}
