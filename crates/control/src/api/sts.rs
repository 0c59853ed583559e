//! STS: who calls, and temporary credentials.

mod credentials;

use crate::api::action::actions;

actions! {
    dry_run: |_| false;
    read get_caller_identity::GetCallerIdentity,
    read get_access_key_info::GetAccessKeyInfo,
    read get_session_token::GetSessionToken,
    read assume_role::AssumeRole,
}
