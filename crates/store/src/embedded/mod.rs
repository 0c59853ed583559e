//! The backend for one host: a file, by redb, and a journal beside it.
//!
//! One thread writes. It takes what waits in a bounded queue, runs it in order, each request with its own revision, flushes
//! once, and only then answers: transactions on single keys by the journal ([`quick`]), from which another thread brings them
//! to redb, everything else as one transaction of redb ([`engine`]). Reads run beside it on snapshots. No lock is held by an
//! async task.
//!
//! When the disk fails (or is full) the requests of that batch get an error, the file is opened anew and
//! stands at its last complete commit; until that works, reads are served and writes refused.

mod backlog;
mod batch;
mod engine;
mod file;
mod journal;
mod medium;
mod preamble;
mod quick;
mod record;
mod ring;
mod tables;
mod watcher;
mod writer;

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::Duration;

pub use file::OpenError;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use redb::{Database, ReadTransaction, ReadableDatabase};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use self::batch::Batch;
use self::engine::{Engine, Told};
use self::file::Opened;
use self::writer::{Job, Task, TxnJob, Writer};
use crate::Store;
use crate::clock::{Clock, SystemClock};
use crate::entry::{LeaseId, Revision};
use crate::error::StoreError;
use crate::key::KeyRange;
use crate::limits::Limits;
use crate::txn::{RangeRequest, RangeResult, Txn, TxnOutcome, check_range};
use crate::watch::Watch;

/// What can be chosen when a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bounds.
    pub limits: Limits,
    /// The time of leases.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            clock: Arc::new(SystemClock::default()),
        }
    }
}

/// A store in a file that belongs to this process alone while it is open.
#[derive(Debug)]
pub struct EmbeddedStore {
    queue: mpsc::Sender<Job>,
    shared: Arc<Shared>,
    writer: JoinHandle<()>,
}

/// What readers and the writer have in common.
#[derive(Debug)]
struct Shared {
    /// Replaced, when nobody reads, after a failure of the disk; none when closed.
    database: RwLock<Option<Database>>,
    reads: Semaphore,
    watches: Arc<Semaphore>,
    /// The newest revision that is durable.
    newest: AtomicU64,
    /// The newest that redb has.
    revision: watch::Receiver<Revision>,
    limits: Limits,
}

/// Why a batch or a read was given up.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Damage(Box<dyn Error + Send + Sync>),
    #[error("{0} in the file cannot be read")]
    Malformed(&'static str),
    #[error(transparent)]
    Io(io::Error),
    #[error("the file is closed after a failure")]
    NotOpen,
    #[error(transparent)]
    Redb(Box<redb::Error>),
}

impl From<redb::TableError> for Fault {
    fn from(err: redb::TableError) -> Self {
        Self::Redb(Box::new(err.into()))
    }
}

impl From<redb::TransactionError> for Fault {
    fn from(err: redb::TransactionError) -> Self {
        Self::Redb(Box::new(err.into()))
    }
}

impl From<redb::CommitError> for Fault {
    fn from(err: redb::CommitError) -> Self {
        Self::Redb(Box::new(err.into()))
    }
}

impl From<redb::DatabaseError> for Fault {
    fn from(err: redb::DatabaseError) -> Self {
        Self::Redb(Box::new(err.into()))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self::Backend(Arc::new(fault))
    }
}

impl EmbeddedStore {
    /// Opens the store in the file at `path`, or makes one (mode 0600) where there is no file; its
    /// directory must exist. Checks the whole file first, and repairs what a crash left.
    ///
    /// The store is two files ([`Self::files`]), which belong together: neither is whole without the other.
    ///
    /// # Errors
    /// See [`OpenError`]. The file is as it was then.
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let path = path.as_ref().to_owned();
        let opened = tokio::task::spawn_blocking({
            let path = path.clone();
            let limits = options.limits.clone();
            move || file::open(&path, &limits)
        });
        let failed = |source| OpenError::Io {
            path: path.clone(),
            action: "open",
            source,
        };
        let opened = opened.await.map_err(|err| failed(err.into()))??;
        Self::start(opened, options).map_err(failed)
    }

    /// The files of the store at `path`: that one, and its journal.
    #[must_use]
    pub fn files(path: &Path) -> [PathBuf; 2] {
        [path.to_owned(), file::journal_path(path)]
    }

    fn start(opened: Opened, options: Options) -> io::Result<Self> {
        let Options { limits, clock } = options;
        let (queue, jobs) = mpsc::channel(limits.queue_max.max(1));
        let (engine, deadline) = start_engine(opened, limits, clock.clone())?;
        let shared = engine.shared.clone();
        let writer = Writer::spawn(Arc::new(engine), jobs)?;
        tokio::spawn(writer::expire_leases(queue.downgrade(), deadline, clock));
        Ok(Self {
            queue,
            shared,
            writer,
        })
    }

    /// Closes the store: writes that wait are done, watches end, the file is unlocked.
    ///
    /// Dropping the store does the same in the background; a killed process loses nothing either.
    pub async fn close(self) {
        let Self { queue, writer, .. } = self;
        drop(queue);
        let joined = tokio::task::spawn_blocking(move || writer.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the store's writer had failed before it was closed");
        }
    }

    /// Hands work to the writer and waits for it to be on disk.
    async fn write<T, F>(&self, run: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Batch<'_>) -> Result<Result<T, StoreError>, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Other(Box::new(Task::new(run, reply))))
            .await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn send(&self, job: Job) -> Result<(), StoreError> {
        let sent = self.queue.send(job).await;
        sent.map_err(|_| StoreError::Closed)
    }

    /// Waits until redb has what is durable.
    async fn settle(&self) -> Result<(), StoreError> {
        if self.shared.is_settled() {
            return Ok(());
        }
        let (reply, answer) = oneshot::channel();
        self.send(Job::Settle(reply)).await?;
        match answer.await.map_err(|_| StoreError::Closed)? {
            // What can be read after a failure has all of it too.
            Ok(()) | Err(StoreError::Backend(_)) => Ok(()),
            Err(closed) => Err(closed),
        }
    }
}

/// The engine of a store, and when the next lease expires.
fn start_engine(
    opened: Opened,
    limits: Limits,
    clock: Arc<dyn Clock>,
) -> io::Result<(Engine, watch::Receiver<Option<Duration>>)> {
    let (revision_tx, revision) = watch::channel(Revision(0));
    let (deadline_tx, deadline) = watch::channel(None);
    let shared = Arc::new(Shared {
        database: RwLock::new(Some(opened.database)),
        reads: Semaphore::new(limits.reads_max.max(1)),
        watches: Arc::new(Semaphore::new(limits.watches_max)),
        newest: AtomicU64::new(0),
        revision,
        limits,
    });
    let told = Told {
        revision: revision_tx,
        deadline: deadline_tx,
    };
    let files = (opened.file, opened.journal, opened.pace);
    let engine = Engine::new(shared, files, clock, told).map_err(io::Error::other)?;
    Ok((engine, deadline))
}

impl Shared {
    fn database(&self) -> RwLockReadGuard<'_, Option<Database>> {
        self.database.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn database_slot(&self) -> RwLockWriteGuard<'_, Option<Database>> {
        let slot = self.database.write();
        slot.unwrap_or_else(PoisonError::into_inner)
    }

    fn set_newest(&self, newest: Revision) {
        self.newest.store(newest.0, Ordering::Release);
    }

    /// Whether redb has what is durable.
    fn is_settled(&self) -> bool {
        *self.revision.borrow() >= Revision(self.newest.load(Ordering::Acquire))
    }

    fn is_watched(&self) -> bool {
        self.watches.available_permits() < self.limits.watches_max
    }

    /// Runs a read on a snapshot, on a thread where it may block.
    async fn read<T, F>(self: &Arc<Self>, run: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTransaction, &Limits) -> Result<Result<T, StoreError>, Fault>
            + Send
            + 'static,
    {
        let _permit = self.reads.acquire().await.map_err(|_| StoreError::Closed)?;
        let shared = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let database = shared.database();
            let database = database.as_ref().ok_or(Fault::NotOpen)?;
            run(&database.begin_read()?, &shared.limits)
        });
        match read.await {
            Ok(result) => result?,
            Err(err) => Err(StoreError::Backend(Arc::new(err))),
        }
    }
}

impl Store for EmbeddedStore {
    fn range(&self, request: RangeRequest) -> BoxFuture<'_, Result<RangeResult, StoreError>> {
        async move {
            check_range(&request.range, &self.shared.limits)?;
            self.settle().await?;
            let read = self
                .shared
                .read(move |snapshot, limits| tables::read_range(snapshot, &request, limits));
            read.await
        }
        .boxed()
    }

    fn txn(&self, txn: Txn) -> BoxFuture<'_, Result<TxnOutcome, StoreError>> {
        async move {
            txn.check(&self.shared.limits)?;
            let (reply, answer) = oneshot::channel();
            self.send(Job::Txn(TxnJob::new(txn, reply))).await?;
            answer.await.map_err(|_| StoreError::Closed)?
        }
        .boxed()
    }

    fn watch(&self, range: KeyRange, from: Revision) -> BoxFuture<'_, Result<Watch, StoreError>> {
        async move {
            check_range(&range, &self.shared.limits)?;
            let watch = watcher::start(&self.shared, range, from)?;
            // From now on it is brought to redb at once.
            self.settle().await?;
            Ok(watch)
        }
        .boxed()
    }

    fn compact(&self, revision: Revision) -> BoxFuture<'_, Result<(), StoreError>> {
        self.write(move |batch| batch.compact(revision)).boxed()
    }

    fn lease_grant(&self, ttl: Duration) -> BoxFuture<'_, Result<LeaseId, StoreError>> {
        self.write(move |batch| batch.lease_grant(ttl)).boxed()
    }

    fn lease_keep_alive(&self, lease: LeaseId) -> BoxFuture<'_, Result<Duration, StoreError>> {
        self.write(move |batch| Ok(batch.lease_keep_alive(lease)))
            .boxed()
    }

    fn lease_revoke(&self, lease: LeaseId) -> BoxFuture<'_, Result<Revision, StoreError>> {
        self.write(move |batch| batch.lease_revoke(lease)).boxed()
    }
}

#[cfg(test)]
mod tests;
