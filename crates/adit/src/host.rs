//! This host's agent, a process of its own, from the control plane's side: found or started, followed, asked.
//!
//! The agent outlives `adit up`, which takes it over at the next start if it is what would be started now, and ends
//! it if not. What the agent does is in [`process`]; what is said between the two is `agent::link`'s.

mod connect;
mod follow;
mod process;
mod setup;

use std::time::Duration;

use agent::link::Counts;
use agent::names::Names;
use anyhow::Context;
use control::Control;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::connect::Connection;
use self::follow::{Joint, Question};
pub(crate) use self::process::agent_main;
pub(crate) use self::setup::Setup;

/// The hidden subcommand that is the agent.
pub(crate) const SUBCOMMAND: &str = "agent";

/// How long the agent may take to tell its counts.
const COUNT_PATIENCE: Duration = Duration::from_secs(2);
/// Questions that wait for the agent.
const QUESTIONS_MAX: usize = 16;
/// How long nothing is tried after the agent could not be started again, or has kept ending: at first and at most.
const REST: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// An agent that has worked for so long is started again at once.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// The agent as the control plane has it.
pub(crate) struct Host {
    /// The newest revision that the kernel follows.
    pub(crate) applied: watch::Receiver<u64>,
    /// Ends when the control plane is closed.
    pub(crate) follower: JoinHandle<()>,
    pid: watch::Receiver<u32>,
    questions: mpsc::Sender<Question>,
}

impl Host {
    /// Takes over the agent that runs, or starts one, and follows it from then on, also to those after it.
    ///
    /// # Errors
    /// The agent does not start; why, in words for the operator.
    pub(crate) async fn start(
        names: &Names,
        setup: Setup,
        control: &Control,
    ) -> anyhow::Result<Self> {
        let connection = connect::obtain(names, &setup).await?;
        let (applied, applied_reader) = watch::channel(0);
        let (questions, asked) = mpsc::channel(QUESTIONS_MAX);
        let (pid, pid_reader) = watch::channel(connection.hello.pid);
        control.follow_applied(applied_reader.clone());
        let joint = Joint {
            control: control.clone(),
            applied,
            asked,
        };
        let names = names.clone();
        let follower = tokio::spawn(supervise(names, setup, connection, joint, pid));
        Ok(Self {
            applied: applied_reader,
            follower,
            pid: pid_reader,
            questions,
        })
    }

    /// How the agent may be asked, by those who do not hold it.
    pub(crate) fn desk(&self) -> AgentDesk {
        AgentDesk {
            pid: self.pid.clone(),
            questions: self.questions.clone(),
        }
    }
}

/// Where the agent is asked.
#[derive(Clone)]
pub(crate) struct AgentDesk {
    pid: watch::Receiver<u32>,
    questions: mpsc::Sender<Question>,
}

impl AgentDesk {
    /// The agent's process.
    pub(crate) fn pid(&self) -> u32 {
        *self.pid.borrow()
    }

    /// What the kernel counts.
    ///
    /// # Errors
    /// The agent does not answer in time, or has no counts.
    pub(crate) async fn counts(&self) -> anyhow::Result<Counts> {
        let (answer, answered) = oneshot::channel();
        let counts = async {
            self.questions.send(answer).await.ok()?;
            answered.await.ok()
        };
        tokio::time::timeout(COUNT_PATIENCE, counts)
            .await
            .ok()
            .flatten()
            .context("it does not answer")?
            .map_err(anyhow::Error::msg)
    }
}

/// Whether the agent that runs says who it is when it is asked by somebody who does not want to be followed.
///
/// # Errors
/// It can't be asked.
pub(crate) fn answers(names: &Names) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let found = runtime.block_on(connect::connect(names));
    Ok(found.is_ok_and(|connection| connection.is_some()))
}

/// Follows one agent after another until the control plane is closed.
async fn supervise(
    names: Names,
    setup: Setup,
    mut connection: Connection,
    mut joint: Joint,
    pid: watch::Sender<u32>,
) {
    let mut rest = Duration::ZERO;
    loop {
        pid.send_replace(connection.hello.pid);
        let began = Instant::now();
        let Err(error) = joint.follow(connection).await else {
            return;
        };
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the agent is lost"
        );
        if began.elapsed() >= GOOD_AFTER {
            rest = Duration::ZERO;
        }
        connection = loop {
            tokio::time::sleep(rest).await;
            let (first, most) = REST;
            rest = (rest * 2).clamp(first, most);
            match connect::obtain(&names, &setup).await {
                Ok(connection) => {
                    tracing::info!(pid = connection.hello.pid, "an agent is followed again");
                    break connection;
                }
                Err(error) => {
                    tracing::error!(error = &*error, "no agent; packets go on, trying again");
                }
            }
        };
    }
}
