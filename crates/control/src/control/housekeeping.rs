//! What time alone brings about: draining ends, records of terminated instances go, nobody accepted an endpoint.

use std::sync::{Arc, Weak};
use std::time::Duration;

use model::command::Housekeep;
use model::limits::HOUSEKEEPING_BATCH_MAX;
use tokio::time::MissedTickBehavior;

use super::{Control, Shared, SubmitError};

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
        let mut records_max = HOUSEKEEPING_BATCH_MAX;
        while is_due(&control) {
            match control.report(Housekeep { records_max }).await {
                // How much a record's end changes is not known before.
                Err(SubmitError::TooLarge(_)) if records_max > 1 => records_max /= 2,
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
