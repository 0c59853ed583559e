//! The thread that writes, and the task that wakes it when a lease has expired.

use std::io;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use redb::{Database, ReadableDatabase};
use tokio::sync::{mpsc, oneshot, watch};

use super::batch::{Batch, Leases};
use super::medium::Medium;
use super::tables::{HEAD, Head, LEASES};
use super::{Fault, Shared, file};
use crate::clock::Clock;
use crate::entry::Revision;
use crate::error::StoreError;

/// Between attempts to delete expired keys while the disk fails.
const EXPIRE_RETRY: Duration = Duration::from_secs(1);

/// A request on its way through the writer.
pub(super) trait Work: Send {
    /// Runs within a batch; the result is kept until the batch is on disk.
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), Fault>;
    /// Tells the caller: the kept result, or why the batch failed.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// A request whose reply is a `T`.
pub(super) struct Task<F, T> {
    run: F,
    result: Result<T, StoreError>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Task<F, T> {
    pub(super) const fn new(run: F, reply: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self {
            run,
            result: Err(StoreError::Closed),
            reply,
        }
    }
}

impl<F, T> Work for Task<F, T>
where
    T: Send,
    F: FnMut(&mut Batch<'_>) -> Result<Result<T, StoreError>, Fault> + Send,
{
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), Fault> {
        self.result = (self.run)(batch)?;
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        // Nobody may be waiting any more.
        let _ = self.reply.send(committed.and(self.result));
    }
}

/// The writer's state, moved to its thread.
pub(super) struct Writer {
    pub(super) jobs: mpsc::Receiver<Box<dyn Work>>,
    pub(super) shared: Arc<Shared>,
    pub(super) medium: Arc<dyn Medium>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) leases: Leases,
    pub(super) revision: watch::Sender<Revision>,
    pub(super) deadline: watch::Sender<Option<Duration>>,
    /// False after a failure, while only an overlay of the file is open.
    pub(super) writable: bool,
}

impl Writer {
    /// Loads what is kept in memory and starts the thread.
    pub(super) fn spawn(mut self) -> io::Result<JoinHandle<()>> {
        let shared = self.shared.clone();
        let database = shared
            .database
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = database.as_ref() {
            self.load(database).map_err(io::Error::other)?;
        }
        let thread = std::thread::Builder::new().name("store-writer".to_owned());
        thread.spawn(move || self.run())
    }

    fn run(mut self) {
        while let Some(first) = self.jobs.blocking_recv() {
            let mut jobs = vec![first];
            while jobs.len() < self.shared.limits.batch_max {
                let Ok(job) = self.jobs.try_recv() else { break };
                jobs.push(job);
            }
            self.commit(jobs);
        }
        let mut slot = self
            .shared
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = None;
    }

    fn commit(&mut self, mut jobs: Vec<Box<dyn Work>>) {
        if !self.writable {
            self.reopen();
        }
        let committed = match self.write(&mut jobs) {
            Ok(head) => {
                self.publish(head);
                Ok(())
            }
            Err(fault) => {
                tracing::error!(error = %fault, writes = jobs.len(), "the store cannot write");
                self.reopen();
                Err(StoreError::from(fault))
            }
        };
        for job in jobs {
            job.answer(committed.clone());
        }
    }

    fn write(&mut self, jobs: &mut [Box<dyn Work>]) -> Result<Head, Fault> {
        let database = self
            .shared
            .database
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let database = database
            .as_ref()
            .filter(|_| self.writable)
            .ok_or(Fault::NotOpen)?;
        let mut txn = database.begin_write()?;
        txn.set_two_phase_commit(true);
        let now = self.clock.now();
        let mut batch = Batch::open(&txn, &self.shared.limits, now, &mut self.leases)?;
        for job in jobs {
            job.run(&mut batch)?;
        }
        let head = batch.head;
        if batch.finish()? {
            txn.commit()?;
        } else {
            txn.abort()?;
        }
        Ok(head)
    }

    /// Goes back to what is on disk after a failure. The batch that failed may be there nevertheless; then
    /// watches see it.
    fn reopen(&mut self) {
        let shared = self.shared.clone();
        let mut slot = shared
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // The old one first: two on one file would not know of each other's pages.
        *slot = None;
        self.writable = false;
        let opened = match file::database(&self.medium) {
            Ok(database) => {
                self.writable = true;
                Ok(database)
            }
            Err(err) => {
                tracing::error!(error = %err, "the store's file cannot be opened for writing");
                file::read_only_database(&self.medium)
            }
        };
        let loaded = opened.map_err(Fault::from).and_then(|database| {
            self.load(&database)?;
            Ok(database)
        });
        match loaded {
            Ok(database) => *slot = Some(database),
            Err(fault) => {
                self.writable = false;
                tracing::error!(error = %fault, "the store's file cannot be read");
            }
        }
    }

    fn load(&mut self, database: &Database) -> Result<(), Fault> {
        let snapshot = database.begin_read()?;
        self.leases = Leases::load(&snapshot.open_table(LEASES)?, self.clock.now())?;
        self.publish(Head::read(&snapshot.open_table(HEAD)?)?);
        Ok(())
    }

    /// Tells watches and the lease task.
    fn publish(&self, head: Head) {
        self.revision.send_if_modified(|revision| {
            let newer = head.revision != *revision;
            *revision = head.revision;
            newer
        });
        let next = self.leases.next_deadline();
        self.deadline.send_if_modified(|deadline| {
            let other = next != *deadline;
            *deadline = next;
            other
        });
    }
}

/// Sends work to the writer whenever a lease's time is up, until the store closes.
pub(super) async fn expire_leases(
    queue: mpsc::WeakSender<Box<dyn Work>>,
    mut deadline: watch::Receiver<Option<Duration>>,
    clock: Arc<dyn Clock>,
) {
    loop {
        let next = *deadline.borrow_and_update();
        let due = async {
            match next {
                Some(next) => clock.sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = deadline.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
            () = due => {}
        }
        let Some(queue) = queue.upgrade() else { return };
        let (reply, answer) = oneshot::channel();
        let run = |batch: &mut Batch<'_>| Ok(Ok(batch.expire_leases()?));
        if queue.send(Box::new(Task::new(run, reply))).await.is_err() {
            return;
        }
        drop(queue);
        if !matches!(answer.await, Ok(Ok(()))) {
            clock
                .sleep_until(clock.now().saturating_add(EXPIRE_RETRY))
                .await;
        }
    }
}
