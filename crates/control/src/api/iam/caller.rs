//! The user that is meant when a request names none: the caller.

use aws_wire::ApiError;
use aws_wire::query::Mention;
use model::iam::UserName;
use model::{Identity, User};

use crate::api::call::Call;
use crate::api::permission::Demand;
use crate::api::target::target_of;

/// The caller itself, when it is a user.
pub(super) fn calling_user<'s>(call: &Call<'s>) -> Option<&'s User> {
    match call.identity.caller.identity {
        Identity::User(id) => call.state.tables().users.get(&id).map(AsRef::as_ref),
        Identity::Root | Identity::Role(_) => None,
    }
}

/// The user of a name, or the caller.
///
/// # Errors
/// `ValidationError` when none is named and the caller is no user.
pub(super) fn named_or_calling(
    call: &Call<'_>,
    name: Option<&UserName>,
) -> Result<UserName, ApiError> {
    let calling = || calling_user(call).map(|user| &user.name);
    name.or_else(calling).cloned().ok_or_else(|| {
        let message = "Must specify userName when calling with non-User credentials";
        ApiError::client("ValidationError", message)
    })
}

/// Adds the caller as what permission is needed on, when a request names no user.
pub(super) fn demand_on_caller(call: &Call<'_>, name: Option<&UserName>, demand: &mut Demand) {
    if let (None, Some(user)) = (name, calling_user(call)) {
        let itself = Mention::User(user.name.clone());
        demand.targets.extend(target_of(call, &itself));
    }
}
