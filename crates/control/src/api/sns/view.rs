//! Topics and subscriptions as answers show them.

pub(super) mod subscription;
pub(super) mod tag;
pub(super) mod topic;
