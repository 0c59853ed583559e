//! The one task that changes the state.
//!
//! It takes what is due ([`Intake`]), applies the commands in order on the newest state, and stores what they change as
//! one transaction that compares the head: the record that every commit puts. So another writer on the same store is
//! noticed, and its changes are read before the commands are tried again. Invariant: nobody is answered, not even with
//! a refusal, before everything that the answer rests on is durable.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arc_swap::ArcSwap;
use model::{Change, Context, IdSource, Key, Outcome, Reply, State, apply};
use store::{Store, StoreError};
use tokio::sync::{broadcast, mpsc};

use super::intake::{Answer, Intake, Job, Request};
use super::load::{self, Records};
use super::updates::Notice;
use super::{Commit, Committed, Snapshot, SubmitError};
use crate::clock::WallClock;

/// Records of one transaction of several commands. One command alone may have as many as the store takes.
const BATCH_RECORDS_MAX: usize = 512;
/// Bytes of one transaction of several commands.
const BATCH_BYTES_MAX: usize = 768 * 1024;
/// How often a transaction is tried again because another writer came first.
const ATTEMPTS_MAX: usize = 4;

pub(super) struct Committer {
    store: Arc<dyn Store>,
    /// The newest snapshot, as others see it.
    current: Arc<ArcSwap<Snapshot>>,
    clock: Arc<dyn WallClock>,
    ids: Box<dyn IdSource + Send>,
    notices: broadcast::Sender<Notice>,
    /// Whether the snapshot is known to be what the store has.
    in_step: bool,
}

/// The outcome of one command within a batch.
type Done = Result<(Reply, Arc<State>, Arc<State>), SubmitError>;

/// What a batch of commands comes to.
struct Batch {
    state: Arc<State>,
    changes: BTreeMap<Key, Change>,
    records: Records,
    /// Whether every command is one for which there is room even in a full store.
    reserved: bool,
    done: Vec<Done>,
}

impl Committer {
    pub(super) fn new(
        store: Arc<dyn Store>,
        current: Arc<ArcSwap<Snapshot>>,
        clock: Arc<dyn WallClock>,
        ids: Box<dyn IdSource + Send>,
        notices: broadcast::Sender<Notice>,
    ) -> Self {
        Self {
            store,
            current,
            clock,
            ids,
            notices,
            in_step: true,
        }
    }

    /// Does commands until it is told to end or nobody can send any more.
    pub(super) async fn run(mut self, queue: mpsc::Receiver<Job>) {
        let mut intake = Intake::new(queue);
        while let Some(waiting) = intake.due().await {
            self.commit(waiting).await;
        }
    }

    /// Does as many of the commands as fit in one transaction, at least one, and answers them.
    async fn commit(&mut self, waiting: &mut Vec<Request>) {
        let answers = self.answers(waiting).await;
        for (request, answer) in waiting.drain(..answers.len()).zip(answers) {
            // A caller that went away wants no answer.
            let _ = request.answer.send(answer);
        }
    }

    /// What to answer to the first of the commands.
    async fn answers(&mut self, waiting: &[Request]) -> Vec<Answer> {
        let mut trying = waiting;
        let mut attempt = 0;
        loop {
            attempt += 1;
            if let Err(error) = self.catch_up().await {
                return vec![Err(error); waiting.len()];
            }
            let batch = self.try_all(trying);
            let count = batch.done.len();
            match self.store(batch).await {
                Ok(answers) => return answers,
                Err(SubmitError::Contended) if attempt < ATTEMPTS_MAX => {}
                // This store takes less at once, or has room for some; what does not fit alone is told so.
                Err(SubmitError::TooLarge(_) | SubmitError::Store(StoreError::Full { .. }))
                    if count > 1 =>
                {
                    trying = waiting.get(..1).unwrap_or(waiting);
                }
                Err(error) => return vec![Err(error); count],
            }
        }
    }

    /// Reads the state anew when it may differ from the store's.
    async fn catch_up(&mut self) -> Result<(), SubmitError> {
        if self.in_step {
            return Ok(());
        }
        let snapshot = match load::load(&*self.store).await {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => {
                tracing::error!("the store has lost the state");
                return Err(SubmitError::Closed);
            }
            Err(error) => {
                tracing::error!(%error, "cannot read the state");
                return Err(SubmitError::Store(error.into_store_error()));
            }
        };
        tracing::warn!(revision = snapshot.revision, "state read anew");
        self.current.store(Arc::new(snapshot));
        self.in_step = true;
        // Nobody listening is fine.
        let _ = self.notices.send(Notice::Replaced);
        Ok(())
    }

    /// Applies commands one after another, each to the state that the one before left.
    fn try_all(&mut self, requests: &[Request]) -> Batch {
        let state = Arc::clone(&self.current.load().state);
        let mut batch = Batch {
            state,
            changes: BTreeMap::new(),
            records: Records::default(),
            reserved: true,
            done: Vec::new(),
        };
        for request in requests {
            let outcome = self.try_one(&batch.state, request);
            if !batch.take(outcome) {
                break;
            }
            batch.reserved &= request.command.makes_room();
        }
        batch
    }

    fn try_one(&mut self, state: &State, request: &Request) -> Result<Outcome, SubmitError> {
        let now = self.clock.now();
        let mut context = Context {
            caller: request.caller,
            now,
            ids: &mut *self.ids,
        };
        // A panic leaves nothing half done: the state is a value that only `Batch::take` replaces.
        let applied = AssertUnwindSafe(|| apply(state, request.command.clone(), &mut context));
        match catch_unwind(applied) {
            Ok(outcome) => Ok(outcome?),
            Err(_) => {
                // Not the command: it may hold a user's secrets.
                tracing::error!(caller = ?request.caller, "a rule of the model panicked");
                Err(SubmitError::Fault)
            }
        }
    }

    /// Stores a batch, publishes it, and returns what to answer.
    async fn store(&mut self, batch: Batch) -> Result<Vec<Answer>, SubmitError> {
        let before = self.current.load_full();
        let revision = if batch.changes.is_empty() {
            before.revision
        } else {
            let txn = batch.records.into_txn(before.revision, batch.reserved);
            let outcome = self
                .store
                .txn(txn)
                .await
                .map_err(|error| self.failed(error))?;
            if !outcome.succeeded {
                self.in_step = false;
                return Err(SubmitError::Contended);
            }
            let revision = outcome.revision.0;
            let changes = batch.changes.into_values().collect();
            self.publish(before.revision, revision, changes, Arc::clone(&batch.state));
            revision
        };
        let answer = |(reply, before, after)| Committed {
            revision,
            reply,
            before,
            after,
        };
        Ok(batch
            .done
            .into_iter()
            .map(|done| done.map(answer))
            .collect())
    }

    fn publish(&self, previous: u64, revision: u64, changes: Arc<[Change]>, state: Arc<State>) {
        self.current.store(Arc::new(Snapshot {
            state: Arc::clone(&state),
            revision,
        }));
        let commit = Commit {
            revision,
            previous,
            changes,
            state,
        };
        // Nobody listening is fine.
        let _ = self.notices.send(Notice::Commit(Arc::new(commit)));
    }

    /// What a failure of the store means for whoever waits, and for what is known of the store.
    fn failed(&mut self, error: StoreError) -> SubmitError {
        match error {
            StoreError::KeyLength { .. }
            | StoreError::TooManyOps { .. }
            | StoreError::TxnTooLarge { .. }
            | StoreError::ValueTooLarge { .. } => return SubmitError::TooLarge(error),
            // It says itself that nothing has changed.
            StoreError::Full { .. } => {}
            StoreError::Backend(_)
            | StoreError::Closed
            | StoreError::Compacted { .. }
            | StoreError::DuplicateKey { .. }
            | StoreError::FutureRevision { .. }
            | StoreError::LeaseNotFound(_)
            | StoreError::LeaseTtl { .. }
            | StoreError::TooManyLeases { .. }
            | StoreError::TooManyWatches { .. } => self.in_step = false,
        }
        tracing::error!(error = &error as &dyn std::error::Error, "cannot commit");
        SubmitError::Store(error)
    }
}

impl Batch {
    /// Adds the outcome of the next command, unless it would make the batch too large; then it must wait for the
    /// next one.
    fn take(&mut self, outcome: Result<Outcome, SubmitError>) -> bool {
        let Outcome {
            changes,
            reply,
            state,
        } = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                self.done.push(Err(error));
                return true;
            }
        };
        let records = Records::of(&changes);
        let full = self.records.len() + records.len() > BATCH_RECORDS_MAX
            || self.records.bytes() + records.bytes() > BATCH_BYTES_MAX;
        if full && !self.done.is_empty() {
            return false;
        }
        self.records.extend(records);
        let before = Arc::clone(&self.state);
        if !changes.is_empty() {
            let changes = changes.into_iter().map(|change| (change.key(), change));
            self.changes.extend(changes);
            self.state = Arc::new(state);
        }
        self.done.push(Ok((reply, before, Arc::clone(&self.state))));
        true
    }
}
