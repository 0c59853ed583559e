//! The link to a control plane, over streams in memory: what each side says when, and what goes on without the other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test and what it calls stop at the first surprise"
)]

mod alone;
mod limits;
mod messages;
mod world;
