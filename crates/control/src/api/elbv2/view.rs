//! ELBv2's resources as its responses show them, one file per kind.

pub(super) mod listener;
pub(super) mod load_balancer;
pub(super) mod tag;
pub(super) mod target_group;
