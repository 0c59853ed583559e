//! The control plane: AWS's API in front of the state, and the one writer behind it.
//!
//! [`Control`] keeps the state: it loads it from a store, turns commands into transactions one after another, and lets
//! others follow. [`serve`] answers AWS clients: it authenticates requests, decodes them into commands or questions, and
//! encodes what comes of them. [`deliver`] tells topics of connections and brings messages to their subscribers. Not here: what commands mean (`model`), what stands on the wire (`aws-wire`), and what
//! becomes of the state on a host (the agent).
//!
//! Invariant: what a caller was told is in the store.
#![forbid(unsafe_code)]

mod api;
mod clock;
mod console;
mod control;
mod delivery;
mod domain;
mod ids;
mod machine;
mod server;
mod signing;
mod topic_policy;

use std::sync::Arc;

use tokio::net::TcpListener;

pub use crate::clock::{ManualWallClock, SystemWallClock, WallClock};
pub use crate::console::{ConsoleOutput, ConsoleSource};
pub use crate::control::{
    AccountCredentials, AccountSummary, Commit, Committed, Control, DEFAULT_ACCOUNT, LOOKUP_RETRY,
    NotApplied, OpenError, OpenOptions, QUEUE_MAX, Snapshot, SubmitError, Update, Updates,
};
pub use crate::delivery::{
    AttemptLimits, DeadLetterLimits, DeliveryOptions, Destinations, RetryPolicy, deliver,
};
pub use crate::domain::{DomainTexts, TextsUnknown};
pub use crate::ids::RandomIds;
pub use crate::server::ServerLimits;
pub use crate::signing::SigningError;

/// Serves the AWS API on a socket until `shutdown` completes, within the default [`ServerLimits`].
pub async fn serve(
    listener: TcpListener,
    control: Control,
    shutdown: impl Future<Output = ()> + Send,
) {
    serve_within(listener, control, ServerLimits::default(), shutdown).await;
}

/// Serves the AWS API on a socket until `shutdown` completes; requests in progress are then answered, within
/// [`ServerLimits::drain_timeout`].
pub async fn serve_within(
    listener: TcpListener,
    control: Control,
    limits: ServerLimits,
    shutdown: impl Future<Output = ()> + Send,
) {
    server::run(listener, Arc::new(api::Api::new(control)), limits, shutdown).await;
}

/// Every action that is served, for documentation and tests.
pub fn actions() -> Vec<aws_wire::query::ActionSpec> {
    api::actions().map(|action| action.spec).collect()
}
