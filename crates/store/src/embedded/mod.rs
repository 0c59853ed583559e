//! The backend for one host: a file, by redb.
//!
//! One thread writes. It takes what waits in a bounded queue, runs it in order as one redb transaction,
//! each request with its own revision, flushes once, and only then answers. Reads run beside it on
//! snapshots. No lock is held by an async task.
//!
//! When the disk fails (or is full) the requests of that batch get an error, the file is opened anew and
//! stands at its last complete commit; until that works, reads are served and writes refused.

mod batch;
mod file;
mod medium;
mod record;
mod tables;
mod watcher;
mod writer;

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

pub use file::OpenError;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use redb::{Database, ReadTransaction, ReadableDatabase};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use self::batch::{Batch, Leases};
use self::medium::Medium;
use self::writer::{Task, Work, Writer};
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
    queue: mpsc::Sender<Box<dyn Work>>,
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
    /// The newest revision on disk.
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
    /// # Errors
    /// See [`OpenError`]. The file is as it was then.
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let path = path.as_ref().to_owned();
        let opened = tokio::task::spawn_blocking({
            let path = path.clone();
            move || file::open(&path)
        });
        let failed = |source| OpenError::Io {
            path: path.clone(),
            action: "open",
            source,
        };
        let (medium, database) = opened.await.map_err(|err| failed(err.into()))??;
        Self::start(medium, database, options).map_err(failed)
    }

    fn start(
        medium: Arc<dyn Medium>,
        database: Database,
        options: Options,
    ) -> std::io::Result<Self> {
        let Options { limits, clock } = options;
        let (queue, jobs) = mpsc::channel(limits.queue_max.max(1));
        let (revision_tx, revision) = watch::channel(Revision(0));
        let (deadline_tx, deadline) = watch::channel(None);
        let shared = Arc::new(Shared {
            database: RwLock::new(Some(database)),
            reads: Semaphore::new(limits.reads_max.max(1)),
            watches: Arc::new(Semaphore::new(limits.watches_max)),
            revision,
            limits,
        });
        let writer = Writer {
            jobs,
            shared: shared.clone(),
            medium,
            clock: clock.clone(),
            leases: Leases::default(),
            revision: revision_tx,
            deadline: deadline_tx,
            writable: true,
        };
        let writer = writer.spawn()?;
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
        let task = Box::new(Task::new(run, reply));
        self.queue
            .send(task)
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Shared {
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
            let database = shared
                .database
                .read()
                .unwrap_or_else(PoisonError::into_inner);
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
            self.write(move |batch| batch.txn(&txn)).await
        }
        .boxed()
    }

    fn watch(&self, range: KeyRange, from: Revision) -> BoxFuture<'_, Result<Watch, StoreError>> {
        async move {
            check_range(&range, &self.shared.limits)?;
            watcher::start(&self.shared, range, from)
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
