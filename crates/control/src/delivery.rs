//! The courier: tells topics of what happens to connections, and brings messages to their endpoints.
//!
//! What is to be told and to be brought is in the state; a command ends it there only when it has arrived or stands in
//! the file of dead letters. So everything arrives at least once, whatever ends the process. Not here: who may publish
//! (`topic_policy`), and who subscribed (`model`). Invariants: an endpoint that is slow holds back no other, and the API
//! waits for none; nothing is sent to an address that the operator does not permit.
//! Source: Amazon SNS developer guide, "HTTP/HTTPS notifications" and "Message delivery retries", 2026.

mod attempt;
mod dead_letter;
mod destination;
mod envelope;
mod event;
mod http;
mod lookup;
mod queue;
mod retry;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{Change, Command, DeliveryKey, Key, State};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use self::attempt::Attempted;
pub use self::dead_letter::DeadLetterLimits;
use self::dead_letter::DeadLetters;
pub use self::destination::Destinations;
use self::queue::Queue;
pub use self::retry::RetryPolicy;
use crate::control::{Control, SubmitError, Update};
use crate::signing::Signer;

/// How long something waits that stays as it is because of a fault here: a message that cannot be signed, or a dead letter
/// that cannot be written.
const FAULT_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How long something that the store did not take waits.
const RECORD_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// How messages are delivered.
#[derive(Clone, Debug)]
pub struct DeliveryOptions {
    /// Where endpoints reach the API, for the links in messages: `http://127.0.0.1:4566`.
    pub api_url: String,
    /// The folder of what could not be delivered: a file for each account, named by its id, one JSON object a line. It is
    /// made when it is needed.
    pub dead_letters: PathBuf,
    /// How much of that is kept.
    pub dead_letter_limits: DeadLetterLimits,
    /// Which addresses endpoints may have.
    pub destinations: Destinations,
    /// When to try again, and when to give up.
    pub retry: RetryPolicy,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// Attempts at a time in all, of one account's subscriptions, and of one subscription.
    pub attempts_max: AttemptLimits,
}

/// What requests have to know of how messages are delivered.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryTerms {
    /// When is tried again.
    pub(crate) retry: RetryPolicy,
    /// Which addresses endpoints may have.
    pub(crate) destinations: Destinations,
}

/// How many attempts may be made at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptLimits {
    /// In all.
    pub total: usize,
    /// Of the subscriptions of one account.
    pub per_account: usize,
    /// Of one subscription.
    pub per_subscription: usize,
}

impl DeliveryOptions {
    /// The usual ones. AWS, too, gives an attempt 15 seconds.
    pub fn new(api_url: String, dead_letters: PathBuf, destinations: Destinations) -> Self {
        Self {
            api_url,
            dead_letters,
            dead_letter_limits: DeadLetterLimits {
                file_bytes_max: 4 * 1024 * 1024,
                total_bytes_max: 256 * 1024 * 1024,
            },
            destinations,
            retry: RetryPolicy::default(),
            attempt_timeout: Duration::from_secs(15),
            attempts_max: AttemptLimits {
                total: 256,
                per_account: 32,
                per_subscription: 4,
            },
        }
    }
}

/// What every attempt needs.
struct Courier {
    control: Control,
    signer: Arc<Signer>,
    options: DeliveryOptions,
    client: http::Client,
    dead_letters: DeadLetters,
}

/// Delivers until the control plane is closed. It must have been opened with
/// [`OpenOptions::delivers_messages`](crate::OpenOptions::delivers_messages).
pub async fn deliver(control: Control, options: DeliveryOptions) {
    let Some(signer) = control.signer() else {
        tracing::error!(
            "messages are not delivered: the control plane was opened without a key to sign them"
        );
        return;
    };
    control.delivers_by(DeliveryTerms {
        retry: options.retry,
        destinations: options.destinations.clone(),
    });
    let client = http::Client::new(options.destinations.clone(), options.attempt_timeout);
    let dead_letters = DeadLetters::new(&options.dead_letters, options.dead_letter_limits);
    let courier = Arc::new(Courier {
        control,
        signer,
        options,
        client,
        dead_letters,
    });
    tokio::join!(event::tell(&courier), carry(&courier));
}

/// Makes attempts for what is to be delivered, each when it is due.
async fn carry(courier: &Arc<Courier>) {
    let mut updates = courier.control.subscribe();
    let mut queue = Queue::new(courier.options.attempts_max);
    let mut running: JoinSet<Attempted> = JoinSet::new();
    loop {
        let now = Instant::now();
        while let Some(attempt) = queue.take_due(now) {
            running.spawn(attempt::make(Arc::clone(courier), attempt));
        }
        let wake = queue.next_due();
        tokio::select! {
            update = updates.next() => match update {
                Some(update) => follow(&mut queue, &update),
                None => return,
            },
            Some(ended) = running.join_next() => match ended {
                Ok(ended) => queue.ended(&ended),
                // Only a fault in an attempt; what it was about is taken up by the next start.
                Err(error) => tracing::error!(%error, "an attempt at delivery broke off"),
            },
            () = sleep_until(wake.unwrap_or(now)), if wake.is_some() => {}
        }
    }
}

/// Takes into the queue what is to be delivered now, and out of it what is not any more.
fn follow(queue: &mut Queue, update: &Update) {
    let now = Instant::now();
    match update {
        Update::Snapshot(snapshot) => {
            let state = &snapshot.state;
            let tables = state.tables();
            queue.retain(|key| tables.deliveries.contains(key));
            let mut keys: Vec<DeliveryKey> = tables.deliveries.iter().map(|it| it.key).collect();
            let published =
                |key: &DeliveryKey| tables.messages.get(&key.message).map(|it| it.published);
            keys.sort_by_key(|key| (published(key), *key));
            for key in keys {
                add(queue, state, key, now);
            }
        }
        Update::Commit(commit) => {
            for change in commit.changes.iter() {
                if let Key::Delivery(key) = change.key() {
                    match change {
                        Change::Put(_) => add(queue, &commit.state, key, now),
                        Change::Delete(_) => queue.remove(key),
                    }
                }
            }
        }
    }
}

fn add(queue: &mut Queue, state: &State, key: DeliveryKey, now: Instant) {
    if let Some(subscription) = state.tables().subscriptions.get(&key.subscription) {
        queue.add(key, subscription.owner, now);
    }
}

impl Courier {
    /// Records what has ended, as often as it takes.
    ///
    /// # Errors
    /// It is refused, or nothing can be recorded any more.
    async fn record(&self, command: impl Into<Command>) -> Result<(), SubmitError> {
        let command = command.into();
        loop {
            match self.control.report(command.clone()).await {
                Ok(_) => return Ok(()),
                Err(
                    error @ (SubmitError::Rejected(_)
                    | SubmitError::TooLarge(_)
                    | SubmitError::Fault
                    | SubmitError::Closed),
                ) => {
                    return Err(error);
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "delivery not recorded; trying again"
                ),
            }
            sleep(RECORD_AGAIN_AFTER).await;
        }
    }
}
