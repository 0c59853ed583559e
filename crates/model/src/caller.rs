//! Who asks for something.

use crate::iam::{RoleId, UserId};
use crate::id::AccountId;

/// Who asks. Rules look at the account nearly always: what belongs to it, everyone in it may have whom its policies
/// permit, and those were asked before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account that acts.
    pub account: AccountId,
    /// Who in it.
    pub identity: Identity,
}

/// Who in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The root user.
    Root,
    /// A user.
    User(UserId),
    /// A session of a role.
    Role(RoleId),
}

impl From<AccountId> for Caller {
    /// The account's root user.
    fn from(account: AccountId) -> Self {
        Self {
            account,
            identity: Identity::Root,
        }
    }
}
