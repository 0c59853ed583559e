//! What time alone brings about: draining ends, records of terminated instances go, nobody accepted an endpoint.

use std::sync::{Arc, Weak};
use std::time::Duration;

use model::Command;
use tokio::time::MissedTickBehavior;

use super::{Control, Shared};

/// Asks the model to clean up whenever something is due, until the control plane ends.
pub(super) async fn run(shared: Weak<Shared>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let control = Control { shared };
        if control.shared.queue.is_closed() {
            return;
        }
        while is_due(&control) {
            match control.report(Command::Housekeep).await {
                Ok(done) if !Arc::ptr_eq(&done.before, &done.after) => {}
                // What is due and does not go is no reason to spin.
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "housekeeping failed");
                    break;
                }
            }
        }
    }
}

fn is_due(control: &Control) -> bool {
    let due = control.snapshot().state.next_due();
    due.is_some_and(|due| due <= control.clock().now())
}
