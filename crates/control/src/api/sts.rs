//! STS: who calls.

use crate::api::action::actions;

actions! {
    dry_run: |_| false;
    read get_caller_identity::GetCallerIdentity,
}
