//! The state and the one way to change it: commands, in order, each durable before it is answered.
//!
//! Reads take a [`Snapshot`] and never wait. Writes go through one committer task, which applies what waits in its
//! queue, stores it as one transaction, publishes, and answers. Not here: what requests look like ([`crate::serve`])
//! and what commands mean (`model`).
//!
//! Invariants: a snapshot is in the store; a command that was answered with success stays done; a rejected command
//! changes nothing; commits are published in the order of their revisions.

mod accounts;
mod committer;
mod housekeeping;
mod intake;
mod load;
pub(crate) mod policies;
mod secret;
mod server_key;
mod signing_key;
mod updates;
mod verification;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use aws_wire::paging::PageKey;
use aws_wire::session::SessionKey;
use model::{
    AccountId, Caller, Change, Command, Context, IdSource, InstanceId, Rejection, Reply, Settings,
    State, apply,
};
use store::{Store, StoreError};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;

pub use self::accounts::{AccountCredentials, AccountSummary, DEFAULT_ACCOUNT};
use self::committer::Committer;
use self::intake::{DEFERRED_MAX, Job, Request};
pub use self::load::OpenError;
use self::policies::CompiledPolicies;
use self::server_key::ServerKey;
pub use self::updates::{Update, Updates};
pub use self::verification::LOOKUP_RETRY;
use crate::clock::{SystemWallClock, WallClock};
use crate::console::{ConsoleOutput, ConsoleSource};
use crate::delivery::DeliveryTerms;
use crate::domain::DomainTexts;
use crate::ids::RandomIds;
use crate::signing::Signer;

/// Commands that wait for the committer; another waits until there is room.
pub const QUEUE_MAX: usize = 1024;
/// How a [`Control`] starts.
pub struct OpenOptions {
    /// Settings for a store in which nothing is yet; afterwards those in the store hold.
    pub settings: Settings,
    /// The time.
    pub clock: Arc<dyn WallClock>,
    /// Where identifiers and secrets come from.
    pub ids: Box<dyn IdSource + Send>,
    /// How often it is checked whether housekeeping has something to do.
    pub housekeeping_interval: Duration,
    /// Whether messages are to be delivered, so that a key to sign them is kept.
    pub delivers_messages: bool,
    /// Commits that are kept for a slow follower; one that is further behind takes the whole snapshot.
    pub updates_max: usize,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            clock: Arc::new(SystemWallClock),
            ids: Box::new(RandomIds),
            housekeeping_interval: Duration::from_secs(1),
            delivers_messages: false,
            updates_max: 1024,
        }
    }
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenOptions")
            .field("settings", &self.settings)
            .field("clock", &self.clock)
            .field("housekeeping_interval", &self.housekeeping_interval)
            .field("delivers_messages", &self.delivers_messages)
            .field("updates_max", &self.updates_max)
            .finish_non_exhaustive()
    }
}

/// The state as of one revision.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Everything there is.
    pub state: Arc<State>,
    /// The store's revision that brought the last change.
    pub revision: u64,
}

/// What one transaction changed: the outcome of one command or of several.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its revision.
    pub revision: u64,
    /// The revision of the commit before it.
    pub previous: u64,
    /// Each key once.
    pub changes: Arc<[Change]>,
    /// The state after it.
    pub state: Arc<State>,
}

/// A command that was done.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The revision that has it. When it changed nothing, the newest one.
    pub revision: u64,
    /// Its answer.
    pub reply: Reply,
    /// The state just before it.
    pub before: Arc<State>,
    /// The state just after it.
    pub after: Arc<State>,
}

/// Why a command was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SubmitError {
    /// The model refuses it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// It would change more at once than a transaction holds. Nothing has changed.
    #[error("the command changes too much at once")]
    TooLarge(#[source] StoreError),
    /// The store did not take it; unless its cause says otherwise it is unknown whether the command was done.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// Others keep writing to the store in between. Nothing has changed.
    #[error("the state was changed by another writer again and again")]
    Contended,
    /// A rule of the model panicked. Nothing has changed.
    #[error("a rule failed")]
    Fault,
    /// It ended before the command was done, or while it was.
    #[error("the control plane is closed")]
    Closed,
}

/// The data plane did not follow in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data plane has not applied revision {revision}")]
pub struct NotApplied {
    /// The revision that was waited for.
    pub revision: u64,
}

/// A console source of any kind.
struct Console(Arc<dyn ConsoleSource>);

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Console(..)")
    }
}

/// A handle of the state. Clones are handles of the same; when the last is dropped, the committer ends.
#[derive(Clone, Debug)]
pub struct Control {
    shared: Arc<Shared>,
}

/// What handles, committer and housekeeping have in common.
#[derive(Debug)]
struct Shared {
    queue: mpsc::Sender<Job>,
    current: Arc<ArcSwap<Snapshot>>,
    /// A source of receivers that end when the committer ends. No receiver itself: one that never reads would keep the
    /// last commits in memory, each with the state that it led to.
    updates: broadcast::WeakSender<updates::Notice>,
    /// The newest revision that the data plane follows; none without a data plane.
    applied: ArcSwapOption<watch::Receiver<u64>>,
    /// Where console output is; none without a host.
    console: ArcSwapOption<Console>,
    /// How messages are delivered; none while nobody does.
    delivery: ArcSwapOption<DeliveryTerms>,
    clock: Arc<dyn WallClock>,
    pages: PageKey,
    sessions: SessionKey,
    policies: CompiledPolicies,
    /// None when messages are not delivered.
    signer: Option<Arc<Signer>>,
    /// Ends when the committer has ended and let go of the store.
    ended: watch::Receiver<()>,
}

impl Control {
    /// Takes over a store: reads the state, or makes the first one with the account [`DEFAULT_ACCOUNT`], and starts
    /// the committer. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(store: Arc<dyn Store>, options: OpenOptions) -> Result<Self, OpenError> {
        let OpenOptions {
            settings,
            clock,
            mut ids,
            housekeeping_interval,
            delivers_messages,
            updates_max,
        } = options;
        let snapshot = match load::load(&*store).await? {
            Some(snapshot) => snapshot,
            None => load::initialise(&*store, settings, clock.now(), &mut *ids).await?,
        };
        let pages = ServerKey::Pages.load_or_make(&*store, &mut *ids).await?;
        // Not from the source of identifiers, which a simulation may foresee.
        let sessions = ServerKey::Sessions
            .load_or_make(&*store, &mut RandomIds)
            .await?;
        let signer = if delivers_messages {
            let signer = signing_key::load_or_make(&*store, snapshot.state.settings()).await?;
            Some(Arc::new(signer))
        } else {
            None
        };
        tracing::info!(revision = snapshot.revision, "state loaded");
        let current = Arc::new(ArcSwap::from_pointee(snapshot));
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let notices = broadcast::Sender::new(updates_max.max(1));
        let updates = notices.downgrade();
        let (ending, ended) = watch::channel(());
        let committer = Committer::new(
            store,
            Arc::clone(&current),
            Arc::clone(&clock),
            ids,
            notices,
        );
        tokio::spawn(async move {
            committer.run(jobs).await;
            drop(ending);
        });
        let shared = Arc::new(Shared {
            queue,
            current,
            updates,
            applied: ArcSwapOption::empty(),
            console: ArcSwapOption::empty(),
            delivery: ArcSwapOption::empty(),
            clock,
            pages: PageKey::new(&pages),
            sessions: SessionKey::new(&sessions).ok_or(OpenError::SessionKey)?,
            policies: CompiledPolicies::default(),
            signer,
            ended,
        });
        tokio::spawn(housekeeping::run(
            Arc::downgrade(&shared),
            housekeeping_interval,
        ));
        Ok(Self { shared })
    }

    /// The newest state.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.current.load_full()
    }

    /// The time by which commands are judged.
    pub fn clock(&self) -> &dyn WallClock {
        &*self.shared.clock
    }

    /// What page tokens are sealed with.
    pub(crate) fn pages(&self) -> &PageKey {
        &self.shared.pages
    }

    /// What messages are signed with; none when they are not delivered.
    pub(crate) fn signer(&self) -> Option<Arc<Signer>> {
        self.shared.signer.clone()
    }

    /// What session tokens are sealed with.
    pub(crate) fn sessions(&self) -> &SessionKey {
        &self.shared.sessions
    }

    /// Policies that have been compiled.
    pub(crate) fn policies(&self) -> &CompiledPolicies {
        &self.shared.policies
    }

    /// Does what somebody in an account asks for. Durable when it returns.
    ///
    /// Dropping the future does not take the command back.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn submit(
        &self,
        caller: impl Into<Caller>,
        command: impl Into<Command>,
    ) -> Result<Committed, SubmitError> {
        self.submit_by(caller.into(), command.into(), Instant::now())
            .await
    }

    async fn submit_by(
        &self,
        caller: Caller,
        command: Command,
        due: Instant,
    ) -> Result<Committed, SubmitError> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Do(Box::new(Request {
            caller,
            command,
            due,
            answer,
        }));
        self.shared
            .queue
            .send(job)
            .await
            .map_err(|_| SubmitError::Closed)?;
        answered.await.map_err(|_| SubmitError::Closed)?
    }

    /// Tries a command without doing it.
    ///
    /// # Errors
    /// [`SubmitError::Rejected`] when it would be refused now.
    pub fn rehearse(&self, caller: impl Into<Caller>, command: Command) -> Result<(), SubmitError> {
        let now = self.shared.clock.now();
        let mut context = Context {
            caller: caller.into(),
            now,
            ids: &mut RandomIds,
        };
        apply(&self.snapshot().state, command, &mut context)?;
        Ok(())
    }

    /// Records what an agent or the operator says. The model looks at no caller for these commands.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn report(&self, command: impl Into<Command>) -> Result<Committed, SubmitError> {
        self.submit(AccountId::from_bits(0), command).await
    }

    /// Like [`Self::report`], for what nobody waits for: it shares the transaction of a command that somebody does wait
    /// for, if one comes within ten milliseconds.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn report_deferred(
        &self,
        command: impl Into<Command>,
    ) -> Result<Committed, SubmitError> {
        let due = Instant::now() + DEFERRED_MAX;
        let nobody = AccountId::from_bits(0);
        self.submit_by(nobody.into(), command.into(), due).await
    }

    /// Follows the state: the snapshot first, then each commit. See [`Updates`].
    pub fn subscribe(&self) -> Updates {
        let notices = self.shared.updates.upgrade();
        // Without a sender, one that has ended.
        let notices = notices.unwrap_or_else(|| broadcast::Sender::new(1));
        Updates::new(notices.subscribe(), Arc::clone(&self.shared.current))
    }

    /// Makes known where to read the newest revision that the data plane follows. Without, there is no data plane
    /// and nothing to wait for.
    pub fn follow_applied(&self, applied: watch::Receiver<u64>) {
        self.shared.applied.store(Some(Arc::new(applied)));
    }

    /// Waits until the data plane follows a revision, for `patience` at most.
    ///
    /// # Errors
    /// When it does not, or can no longer say.
    pub async fn until_applied(&self, revision: u64, patience: Duration) -> Result<(), NotApplied> {
        let Some(applied) = self.shared.applied.load_full() else {
            return Ok(());
        };
        let mut applied = watch::Receiver::clone(&applied);
        let reached = applied.wait_for(|applied| *applied >= revision);
        match tokio::time::timeout(patience, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(NotApplied { revision }),
        }
    }

    /// Begins to look for the records that prove whose the domains of private DNS names are. What is not found is
    /// looked for again after `first_retry` and then ever more rarely. Must be called within a tokio runtime; without
    /// it no name is verified.
    pub fn verify_domains(&self, texts: Arc<dyn DomainTexts>, first_retry: Duration) {
        let shared = Arc::downgrade(&self.shared);
        tokio::spawn(verification::run(
            shared,
            self.subscribe(),
            texts,
            first_retry,
        ));
    }

    /// Makes known how messages are delivered.
    pub(crate) fn delivers_by(&self, terms: DeliveryTerms) {
        self.shared.delivery.store(Some(Arc::new(terms)));
    }

    /// How messages are delivered; none while nobody does.
    pub(crate) fn delivery(&self) -> Option<Arc<DeliveryTerms>> {
        self.shared.delivery.load_full()
    }

    /// Makes known where to read what instances write to their consoles.
    pub fn console_from(&self, source: Arc<dyn ConsoleSource>) {
        self.shared.console.store(Some(Arc::new(Console(source))));
    }

    /// What an instance has written to its console; none when that is not known here.
    pub fn console_output(&self, instance: InstanceId) -> Option<ConsoleOutput> {
        self.shared
            .console
            .load()
            .as_ref()
            .and_then(|console| console.0.output(instance))
    }

    /// Ends the committer after what waits in its queue, and lets go of the store. Commands are then refused.
    pub async fn close(&self) {
        // A committer that has ended already takes no more jobs, which is what is wanted.
        let _ = self.shared.queue.send(Job::Close).await;
        let mut ended = self.shared.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}
