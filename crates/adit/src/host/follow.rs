//! One connection to an agent, joined to the control plane: the state goes down, reports come up.

use std::collections::BTreeMap;
use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use agent::link::{Counts, LinkError, Reader, ToAgent, ToControl, entries, pieces, speak};
use agent::reconcile::REPORTS_MAX;
use control::{Control, SubmitError, Update};
use futures_util::{StreamExt, stream};
use model::{Change, Command};
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::{mpsc, oneshot, watch};

use super::connect::Connection;
use crate::logging;

/// How long a report that the store did not take waits.
const RECORD_AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Reports that are recorded at a time. They begin in the order in which they came; of two about one thing, the later
/// is begun when the earlier is in the committer's queue. As many as one transaction takes: that does not wait for more.
const RECORDING_MAX: usize = 128;
/// Messages that wait for the stream; who has another waits.
const OUTBOUND_MAX: usize = 16;
/// Questions whose answers are waited for; of more, the oldest gets none.
const OPEN_MAX: usize = 64;

/// Who wants to know the counts.
pub(super) type Question = oneshot::Sender<Result<Counts, String>>;

/// What a connection is joined to.
pub(super) struct Joint {
    pub(super) control: Control,
    /// The newest revision that the kernel follows.
    pub(super) applied: watch::Sender<u64>,
    pub(super) asked: mpsc::Receiver<Question>,
}

/// What is to be recorded, in order.
enum Heard {
    Report { number: u64, command: Box<Command> },
    CaughtUp,
}

/// Questions by number.
type Open = BTreeMap<u64, Question>;

impl Joint {
    /// Until the connection breaks, which is an error, or the control plane is closed.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub(super) async fn follow(&mut self, connection: Connection) -> Result<(), LinkError> {
        let Connection { reader, writer, .. } = connection;
        let (outbound, due) = mpsc::channel(OUTBOUND_MAX);
        let (heard, hearing) = mpsc::channel(REPORTS_MAX);
        let (caught_up, is_caught_up) = oneshot::channel();
        let (answer, answers) = mpsc::channel(OUTBOUND_MAX);
        let listener = Listener {
            applied: &self.applied,
            heard,
            answer,
        };
        tokio::select! {
            broken = listener.listen(reader) => broken,
            broken = speak(due, writer) => broken,
            () = record(&self.control, hearing, caught_up, &outbound) => Ok(()),
            ended = tell(&self.control, is_caught_up, &outbound) => ended,
            () = ask(&mut self.asked, answers, &outbound) => Ok(()),
        }
    }
}

/// Hears what the agent says.
struct Listener<'a> {
    applied: &'a watch::Sender<u64>,
    heard: mpsc::Sender<Heard>,
    answer: mpsc::Sender<(u64, Result<Counts, String>)>,
}

impl Listener<'_> {
    async fn listen(&self, mut reader: Reader<OwnedReadHalf>) -> Result<(), LinkError> {
        while let Some(message) = reader.next().await? {
            match message {
                ToControl::Report { number, report } => {
                    let command = Box::new(schema::decode_report(report.get().as_bytes())?);
                    // Its receiver lives as long as this.
                    let _ = self.heard.send(Heard::Report { number, command }).await;
                }
                ToControl::CaughtUp => {
                    let _ = self.heard.send(Heard::CaughtUp).await;
                }
                ToControl::Applied { revision } => {
                    self.applied.send_replace(revision);
                }
                ToControl::Counts { question, counts } => {
                    let _ = self.answer.send((question, counts)).await;
                }
                ToControl::Log { lost, lines } => {
                    if lost > 0 {
                        tracing::warn!(lost, "lines of the agent's log are lost");
                    }
                    logging::print(&lines);
                }
            }
        }
        Err(LinkError::Ended)
    }
}

/// What became of what was heard.
enum Done {
    Recorded { number: u64 },
    CaughtUp,
    Closed,
}

/// Records what the agent reports, in order, until the control plane is closed. Several are on their way at a time, so
/// that they share commits.
async fn record(
    control: &Control,
    hearing: mpsc::Receiver<Heard>,
    caught_up: oneshot::Sender<()>,
    outbound: &mpsc::Sender<ToAgent>,
) {
    let mut caught_up = Some(caught_up);
    let heard = stream::unfold(hearing, async |mut hearing| {
        let heard = hearing.recv().await?;
        Some((heard, hearing))
    });
    let done = heard.map(|heard| settle(control, heard));
    let mut done = pin!(done.buffered(RECORDING_MAX));
    while let Some(done) = done.next().await {
        match done {
            Done::Recorded { number } => say(outbound, ToAgent::Recorded { number }).await,
            // Said again, it is no news.
            Done::CaughtUp => drop(caught_up.take().map(|caught_up| caught_up.send(()))),
            Done::Closed => return,
        }
    }
}

/// Records one report, which is not urgent: whoever uses the API is not to wait for it. What the store does not take is
/// tried until it does; what the model refuses is about something that has gone meanwhile. One that is tried again may
/// come after a later one about the same; the agent tells again what then differs from what it found.
async fn settle(control: &Control, heard: Heard) -> Done {
    let Heard::Report { number, command } = heard else {
        return Done::CaughtUp;
    };
    while let Err(error) = control.report_deferred(Command::clone(&command)).await {
        match &error {
            SubmitError::Rejected(_) | SubmitError::Fault => {
                tracing::debug!(error = &error as &dyn Error, "report not recorded");
                break;
            }
            SubmitError::Closed => return Done::Closed,
            SubmitError::Store(_) | SubmitError::Contended | SubmitError::TooLarge(_) => {
                let cause = &error as &dyn Error;
                tracing::warn!(error = cause, "report not recorded; trying again");
            }
        }
        drop(error);
        tokio::time::sleep(RECORD_AGAIN_AFTER).await;
    }
    Done::Recorded { number }
}

/// Sends the state, as soon as what the agent found alone is on record, and every change of it. Commits that come while
/// one is sent go together.
async fn tell(
    control: &Control,
    is_caught_up: oneshot::Receiver<()>,
    outbound: &mpsc::Sender<ToAgent>,
) -> Result<(), LinkError> {
    if is_caught_up.await.is_err() {
        return Ok(());
    }
    let mut updates = control.subscribe();
    while let Some(update) = updates.next_merged().await {
        let (changes, revision): (Box<dyn Iterator<Item = Change> + Send + '_>, u64) = match &update
        {
            Update::Snapshot(snapshot) => {
                say(outbound, ToAgent::Snapshot).await;
                let resources = snapshot.state.tables().resources();
                (Box::new(resources.map(Change::Put)), snapshot.revision)
            }
            Update::Commit(commit) => (Box::new(commit.changes.iter().cloned()), commit.revision),
        };
        for piece in pieces(entries(changes)) {
            say(outbound, piece?).await;
        }
        say(outbound, ToAgent::Commit { revision }).await;
    }
    Ok(())
}

/// Passes questions on and hands out the answers.
async fn ask(
    asked: &mut mpsc::Receiver<Question>,
    mut answers: mpsc::Receiver<(u64, Result<Counts, String>)>,
    outbound: &mpsc::Sender<ToAgent>,
) {
    let mut open = Open::new();
    let mut last = 0;
    loop {
        tokio::select! {
            question = asked.recv() => {
                let Some(question) = question else {
                    // Nobody is left who could ask.
                    return std::future::pending().await;
                };
                last += 1;
                open.insert(last, question);
                if open.len() > OPEN_MAX {
                    open.pop_first();
                }
                say(outbound, ToAgent::Count { question: last }).await;
            }
            Some((number, counts)) = answers.recv() => {
                if let Some(question) = open.remove(&number) {
                    // Who asked may have given up.
                    let _ = question.send(counts);
                }
            }
        }
    }
}

async fn say(outbound: &mpsc::Sender<ToAgent>, message: ToAgent) {
    // The writer lives as long as those who say something.
    let _ = outbound.send(message).await;
}
