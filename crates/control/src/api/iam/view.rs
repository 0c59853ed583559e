//! IAM's resources as responses show them.

pub(super) mod access_key;
pub(super) mod policy;
pub(super) mod role;
pub(super) mod tag;
pub(super) mod user;
