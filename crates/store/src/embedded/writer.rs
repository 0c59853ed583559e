//! The thread that writes, and the task that wakes it when a lease has expired.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::Fault;
use super::batch::Batch;
use super::engine::Engine;
use crate::clock::Clock;
use crate::error::StoreError;
use crate::txn::{Txn, TxnOutcome};

/// Between attempts to delete expired keys while the disk fails.
const EXPIRE_RETRY: Duration = Duration::from_secs(1);

/// A request on its way through the writer.
pub(super) enum Job {
    /// A transaction.
    Txn(TxnJob),
    /// Waits until redb has what is durable.
    Settle(oneshot::Sender<Result<(), StoreError>>),
    /// Anything else; only redb can do it.
    Other(Box<dyn Work>),
}

/// A transaction and who waits for it.
pub(super) struct TxnJob {
    pub(super) txn: Txn,
    pub(super) result: Result<TxnOutcome, StoreError>,
    reply: oneshot::Sender<Result<TxnOutcome, StoreError>>,
}

impl TxnJob {
    pub(super) const fn new(
        txn: Txn,
        reply: oneshot::Sender<Result<TxnOutcome, StoreError>>,
    ) -> Self {
        Self {
            txn,
            result: Err(StoreError::Closed),
            reply,
        }
    }
}

impl Job {
    /// Runs within a batch; the result is kept until the batch is on disk.
    pub(super) fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), Fault> {
        match self {
            Self::Txn(job) => {
                job.result = batch.txn(&job.txn)?;
                Ok(())
            }
            Self::Settle(_) => Ok(()),
            Self::Other(work) => work.run(batch),
        }
    }

    const fn is_settle(&self) -> bool {
        matches!(self, Self::Settle(_))
    }

    fn answer(self, committed: Result<(), StoreError>) {
        match self {
            Self::Txn(job) => {
                // Nobody may be waiting any more.
                let _ = job.reply.send(committed.and(job.result));
            }
            Self::Settle(reply) => {
                let _ = reply.send(committed);
            }
            Self::Other(work) => work.answer(committed),
        }
    }
}

/// What is done to redb.
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
    engine: Arc<Engine>,
    jobs: mpsc::Receiver<Job>,
    follower: JoinHandle<()>,
}

impl Writer {
    /// Starts the thread, and the one that follows it.
    pub(super) fn spawn(
        engine: Arc<Engine>,
        jobs: mpsc::Receiver<Job>,
    ) -> io::Result<JoinHandle<()>> {
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let following = engine.clone();
        let follower = thread("store-follower").spawn(move || following.follow())?;
        let writer = Self {
            engine,
            jobs,
            follower,
        };
        thread("store-writer").spawn(move || writer.run())
    }

    fn run(mut self) {
        while let Some(first) = self.jobs.blocking_recv() {
            let mut jobs = vec![first];
            while jobs.len() < self.engine.shared.limits.batch_max {
                let Ok(job) = self.jobs.try_recv() else { break };
                jobs.push(job);
            }
            self.commit(jobs);
        }
        self.engine.close();
        let ended = self.follower.join();
        let drained = self.engine.drain(&mut self.engine.leases());
        if ended.is_err() || drained.is_err() {
            tracing::warn!("the store's file does not have everything yet; its journal has");
        }
        self.engine.shut();
    }

    /// Does requests in order, and answers them.
    fn commit(&self, mut jobs: Vec<Job>) {
        while !jobs.is_empty() {
            let (count, done) = self.commit_some(&mut jobs);
            let committed = done.map_err(|fault| {
                tracing::error!(error = %fault, writes = count, "the store cannot write");
                self.engine.reopen(&mut self.engine.leases());
                StoreError::from(fault)
            });
            for job in jobs.drain(..count) {
                job.answer(committed.clone());
            }
        }
    }

    /// Does one or more of the requests: how many, and whether they were done.
    fn commit_some(&self, jobs: &mut [Job]) -> (usize, Result<(), Fault>) {
        if !self.engine.desk().writable {
            self.engine.reopen(&mut self.engine.leases());
        }
        match self.engine.commit_quickly(jobs) {
            (0, Ok(())) => {}
            (count, done) => return (count.max(1), done),
        }
        let mut leases = self.engine.leases();
        if jobs.first().is_some_and(Job::is_settle) {
            return (1, self.engine.drain(&mut leases));
        }
        // The first is for redb; the next that is for the journal waits until redb has those before it.
        let for_redb = |job: &&Job| !job.is_quick() && !job.is_settle();
        let count = jobs.iter().skip(1).take_while(for_redb).count() + 1;
        let (now, _) = jobs.split_at_mut(count);
        (count, self.engine.write(&mut leases, now))
    }
}

/// Sends work to the writer whenever a lease's time is up, until the store closes.
pub(super) async fn expire_leases(
    queue: mpsc::WeakSender<Job>,
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
        if queue
            .send(Job::Other(Box::new(Task::new(run, reply))))
            .await
            .is_err()
        {
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
