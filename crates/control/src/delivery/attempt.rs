//! One attempt to deliver a message to an endpoint, and what follows from how it ended.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use model::command::EndDeliveries;
use model::{AccountId, DeliveryKey};
use tokio::time::Instant;

use super::dead_letter::DeadLetter;
use super::envelope::{self, Parcel};
use super::{Courier, FAULT_AGAIN_AFTER};
use crate::control::SubmitError;

/// An attempt that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// Of which delivery.
    pub(super) key: DeliveryKey,
    /// Account of the subscription.
    pub(super) account: AccountId,
    /// Number of the delivery in the queue.
    pub(super) number: u64,
    /// How many attempts have failed before.
    pub(super) failed: u32,
    /// When the first one began.
    pub(super) since: Instant,
    /// Whether the message has arrived or is a dead letter, and only the record of that is missing.
    pub(super) is_over: bool,
}

/// An attempt that was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempted {
    /// Which.
    pub(super) attempt: Attempt,
    /// When the next one is due; none when there is nothing more to do.
    pub(super) again: Option<Instant>,
}

/// Makes an attempt. When it returns that there is nothing more to do, that is recorded.
pub(super) async fn make(courier: Arc<Courier>, attempt: Attempt) -> Attempted {
    let mut attempt = attempt;
    let tried = AssertUnwindSafe(async {
        if !attempt.is_over {
            match try_once(&courier, attempt).await {
                Tried::Again(pause) => return Some(pause),
                Tried::Gone => return None,
                Tried::Over => attempt.is_over = true,
            }
        }
        end(&courier, attempt.key).await
    });
    let again = tried.catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(message = %attempt.key.message, "an attempt at delivery panicked");
        Some(FAULT_AGAIN_AFTER)
    });
    let again = again.map(|pause| Instant::now() + pause);
    Attempted { attempt, again }
}

/// What came of an attempt.
enum Tried {
    /// It is to be made again after this time.
    Again(Duration),
    /// The message is gone from the state in the meantime, and not to be delivered any more.
    Gone,
    /// The message has arrived, or is a dead letter.
    Over,
}

async fn try_once(courier: &Courier, attempt: Attempt) -> Tried {
    let state = courier.control.snapshot().state.clone();
    let api_url = &courier.options.api_url;
    let parcel = match envelope::parcel(&state, attempt.key, api_url, &courier.signer) {
        None => return Tried::Gone,
        Some(Ok(parcel)) => parcel,
        Some(Err(error)) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a message is not delivered"
            );
            return Tried::Again(FAULT_AGAIN_AFTER);
        }
    };
    let Err(failure) = courier.client.post(attempt.account, &parcel).await else {
        tracing::debug!(message = %attempt.key.message, subscription = %attempt.key.subscription, "delivered");
        return Tried::Over;
    };
    tracing::debug!(message = %attempt.key.message, subscription = %attempt.key.subscription, %failure, "not delivered");
    let pause = courier
        .options
        .retry
        .pause(attempt.failed + 1, attempt.since.elapsed());
    match pause {
        Some(pause) if !failure.is_permanent() => Tried::Again(pause),
        Some(_) | None => give_up(courier, attempt, &parcel, failure.to_string()).await,
    }
}

async fn give_up(courier: &Courier, attempt: Attempt, parcel: &Parcel, reason: String) -> Tried {
    let now = courier.control.clock().now();
    let letter = DeadLetter::message(now, attempt.failed + 1, parcel, reason);
    match courier.dead_letters.append(attempt.account, letter).await {
        Ok(()) => Tried::Over,
        Err(error) => {
            // It stays in the state, so that it is not lost.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "cannot write a dead letter"
            );
            Tried::Again(FAULT_AGAIN_AFTER)
        }
    }
}

/// Records that there is nothing more to do about a delivery. When that cannot be, how long to wait before it is tried
/// again: until then it is in the state, and counts there.
async fn end(courier: &Courier, key: DeliveryKey) -> Option<Duration> {
    let deliveries = vec![key];
    match courier.record(EndDeliveries { deliveries }).await {
        // It ends with the process; the next one delivers it again.
        Ok(()) | Err(SubmitError::Closed) => None,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the end of a delivery is not recorded"
            );
            Some(FAULT_AGAIN_AFTER)
        }
    }
}
