//! The resolver over real sockets, on loopback and in a namespace of its own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod dig;
mod forwarding;
mod namespace;
mod own_names;
mod stage;
mod tcp;
mod texts;
