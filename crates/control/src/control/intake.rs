//! What the committer is asked for, and when it is due.
//!
//! A transaction costs the same flush to disk whatever is in it, and whoever comes while one is under way waits for it.
//! So a command that nobody waits for is *deferred*: it goes with the next one that somebody waits for, or alone when none
//! has come for a while. Many do not go with one at once: somebody waits for that. Commands stay in the order in which they
//! came, except that one that is due may come before one that is not.

use std::time::Duration;

use model::{Caller, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::{Committed, SubmitError};

/// Commands of one transaction: enough to share a flush to disk, few enough to keep it short.
const BATCH_COMMANDS_MAX: usize = 128;
/// How long a deferred command waits for another. Many times what a commit takes, so that somebody who asks for one thing
/// after another hardly ever meets a commit that is not his; too short for a person to see.
pub(super) const DEFERRED_MAX: Duration = Duration::from_millis(10);

/// What stands in the queue.
#[derive(Debug)]
pub(super) enum Job {
    /// Do a command.
    Do(Box<Request>),
    /// End.
    Close,
}

/// A command with who waits for it.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) caller: Caller,
    pub(super) command: Command,
    /// When it is to be begun, even alone.
    pub(super) due: Instant,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What a caller is told.
pub(super) type Answer = Result<Committed, SubmitError>;

/// The committer's end of the queue.
#[derive(Debug)]
pub(super) struct Intake {
    queue: mpsc::Receiver<Job>,
    /// In the order of the queue.
    waiting: Vec<Request>,
    /// What was due last and is not done yet.
    batch: Vec<Request>,
    closing: bool,
}

impl Intake {
    pub(super) fn new(queue: mpsc::Receiver<Job>) -> Self {
        Self {
            queue,
            waiting: Vec::with_capacity(BATCH_COMMANDS_MAX),
            batch: Vec::new(),
            closing: false,
        }
    }

    /// Waits until a command is due; then what is to be done with it, of which as much as fits is to be done and taken
    /// out. None when it is told to end or nobody can send any more, and nothing waits.
    pub(super) async fn due(&mut self) -> Option<&mut Vec<Request>> {
        self.waiting.splice(0..0, self.batch.drain(..));
        loop {
            while !self.is_full()
                && let Ok(job) = self.queue.try_recv()
            {
                self.take(job);
            }
            let due = self.waiting.iter().map(|request| request.due).min();
            let next = match due {
                None if self.closing => return None,
                None => self.queue.recv().await,
                Some(due) if self.closing || self.is_full() || due <= Instant::now() => break,
                Some(due) => match timeout_at(due, self.queue.recv()).await {
                    Ok(next) => next,
                    Err(_) => break,
                },
            };
            self.take(next.unwrap_or(Job::Close));
        }
        self.choose();
        Some(&mut self.batch)
    }

    /// Takes what is due, and beside each command one that is not, and one more; all when nothing is.
    fn choose(&mut self) {
        let now = Instant::now();
        let is_due = |request: &Request| request.due <= now;
        let due = self
            .waiting
            .iter()
            .filter(|request| is_due(request))
            .count();
        let mut room = if due == 0 { usize::MAX } else { due + 1 };
        let chosen = self.waiting.extract_if(.., |request| {
            let chosen = is_due(request) || room > 0;
            if !is_due(request) {
                room = room.saturating_sub(1);
            }
            chosen
        });
        self.batch.extend(chosen);
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= BATCH_COMMANDS_MAX
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Do(request) if !self.closing => self.waiting.push(*request),
            // Dropping what came after tells its callers that it is closed.
            Job::Do(_) => {}
            Job::Close => self.closing = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::AccountId;
    use model::command::Housekeep;

    use super::*;

    /// So long that nothing of it passes in a test.
    const LONG: Duration = Duration::from_secs(3600);

    /// A request, to be recognised by its caller's number.
    fn request(number: u128, wait: Duration) -> Job {
        Job::Do(Box::new(Request {
            caller: AccountId::from_bits(number).into(),
            command: Command::Housekeep(Housekeep::default()),
            due: Instant::now() + wait,
            answer: oneshot::channel().0,
        }))
    }

    fn queue() -> (mpsc::Sender<Job>, Intake) {
        let (sender, queue) = mpsc::channel(2 * BATCH_COMMANDS_MAX);
        (sender, Intake::new(queue))
    }

    /// Takes what is due, if anything is by now.
    fn taken(intake: &mut Intake) -> Option<Vec<Caller>> {
        let due = intake.due().now_or_never()??;
        Some(due.drain(..).map(|request| request.caller).collect())
    }

    fn callers(numbers: impl IntoIterator<Item = u128>) -> Option<Vec<Caller>> {
        let caller = |number| AccountId::from_bits(number).into();
        Some(numbers.into_iter().map(caller).collect())
    }

    #[tokio::test]
    async fn a_deferred_command_goes_with_the_next_that_is_not_and_in_order() {
        let (sender, mut intake) = queue();
        sender.try_send(request(1, LONG)).unwrap();
        assert_eq!(taken(&mut intake), None);
        sender.try_send(request(2, Duration::ZERO)).unwrap();
        sender.try_send(request(3, LONG)).unwrap();
        assert_eq!(taken(&mut intake), callers(1..=3));
        assert_eq!(taken(&mut intake), None);
    }

    #[tokio::test]
    async fn of_many_deferred_commands_a_few_go_with_each_that_is_not_and_none_is_left() {
        let (sender, mut intake) = queue();
        for number in 1..=5 {
            sender.try_send(request(number, LONG)).unwrap();
        }
        sender.try_send(request(6, Duration::ZERO)).unwrap();
        assert_eq!(taken(&mut intake), callers([1, 2, 6]));
        sender.try_send(request(7, Duration::ZERO)).unwrap();
        sender.try_send(request(8, Duration::ZERO)).unwrap();
        assert_eq!(taken(&mut intake), callers([3, 4, 5, 7, 8]));
        assert_eq!(taken(&mut intake), None);
    }

    #[tokio::test]
    async fn what_was_not_done_comes_first_the_next_time() {
        let (sender, mut intake) = queue();
        for number in 1..=3 {
            sender.try_send(request(number, Duration::ZERO)).unwrap();
        }
        let due = intake.due().now_or_never().flatten().unwrap();
        due.drain(..1);
        sender.try_send(request(4, Duration::ZERO)).unwrap();
        assert_eq!(taken(&mut intake), callers([2, 3, 4]));
    }

    #[tokio::test]
    async fn a_deferred_command_without_company_goes_alone_when_it_is_due() {
        let (sender, mut intake) = queue();
        let came = Instant::now();
        sender.try_send(request(1, DEFERRED_MAX)).unwrap();
        sender.try_send(request(2, LONG)).unwrap();
        assert_eq!(intake.due().await.map(|due| due.drain(..).count()), Some(2));
        assert!(came.elapsed() >= DEFERRED_MAX);
    }

    #[tokio::test]
    async fn a_whole_transaction_of_deferred_commands_waits_for_nobody() {
        let (sender, mut intake) = queue();
        let many = BATCH_COMMANDS_MAX as u128;
        for number in 0..=many {
            sender.try_send(request(number, LONG)).unwrap();
        }
        assert_eq!(taken(&mut intake), callers(0..many));
        assert_eq!(taken(&mut intake), None);
    }

    #[tokio::test]
    async fn what_came_before_the_end_is_done_and_what_comes_after_is_not() {
        let (sender, mut intake) = queue();
        sender.try_send(request(1, LONG)).unwrap();
        sender.try_send(Job::Close).unwrap();
        sender.try_send(request(2, Duration::ZERO)).unwrap();
        assert_eq!(taken(&mut intake), callers([1]));
        assert!(intake.due().await.is_none());

        let (sender, mut intake) = queue();
        sender.try_send(request(1, LONG)).unwrap();
        drop(sender);
        assert_eq!(taken(&mut intake), callers([1]));
        assert!(intake.due().await.is_none());
    }
}
