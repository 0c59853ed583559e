//! Ends the processes that run an installation: by a request, and by signals if they take none.
//!
//! A process that is killed leaves nothing half done that the next one could not take over, and packets go on. The
//! control plane ends first, since it starts a new agent when one has gone.

use std::time::{Duration, Instant};

use agent::names::Names;
use anyhow::bail;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::admin::{self, Ended, Request, Unanswered};
use crate::lock::{self, Held, Role};
use crate::output::tell;

/// How long a process that was asked may take to end; its open API requests get most of it.
const ASKED: Duration = Duration::from_secs(10);
/// How long one process after another is ended.
const STOPPED: Duration = Duration::from_secs(20);
/// How long nobody is asked again where none took the request.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);
/// How long a process may take to end after SIGTERM.
const TERMINATED: Duration = Duration::from_secs(4);
/// How long the kernel may take to end a process after SIGKILL.
const KILLED: Duration = Duration::from_secs(4);

/// The places of an installation's processes, taken.
pub(crate) struct Stopped {
    up: Held,
    agent: Held,
}

impl Stopped {
    /// Removes the last that is left of an installation.
    ///
    /// # Errors
    /// The kernel refuses.
    pub(crate) fn remove(self, names: &Names) -> anyhow::Result<()> {
        lock::remove(self.agent, names, Role::Agent)?;
        lock::remove(self.up, names, Role::Up)
    }
}

/// Ends the processes, if any, and takes their places.
///
/// # Errors
/// One does not end.
pub(crate) fn stop(names: &Names) -> anyhow::Result<Stopped> {
    let up = stop_up(names)?;
    let agent = stop_agent(names)?;
    Ok(Stopped { up, agent })
}

fn stop_up(names: &Names) -> anyhow::Result<Held> {
    let deadline = Instant::now() + STOPPED;
    while Instant::now() < deadline {
        // Signals are for the process that was asked: another one may have taken its place, as `adit down` does.
        let running = lock::holder(names, Role::Up);
        let ended = match admin::ask(names, &Request::Shutdown) {
            Ok(Some(_)) => end_up(names, running, ASKED)?,
            // None runs, or one that ends, that takes no requests yet, or that is another `adit down` at work.
            Ok(None) => lock::take_within(names, Role::Up, ASK_AGAIN_AFTER)?,
            Err(error) if error.is::<Ended>() => {
                lock::take_within(names, Role::Up, ASK_AGAIN_AFTER)?
            }
            Err(error) => {
                tell(format_args!("{error:#}; ending it"));
                signal_up(names, running, Signal::SIGTERM);
                let is_hung = error.is::<Unanswered>();
                end_up(names, running, if is_hung { TERMINATED } else { ASKED })?
            }
        };
        if let Some(held) = ended {
            return Ok(held);
        }
    }
    bail!("adit up --name {names} does not stop; end it by hand and try again")
}

/// Takes the place of a process that was told to end, by SIGKILL if it is still there after `patience`; none if another
/// one is quicker.
fn end_up(names: &Names, running: Option<Pid>, patience: Duration) -> anyhow::Result<Option<Held>> {
    for (patience, is_last) in [(patience, false), (KILLED, true)] {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(held) = lock::take_within(names, Role::Up, ASK_AGAIN_AFTER)? {
                return Ok(Some(held));
            }
            let holder = lock::holder(names, Role::Up);
            if holder.is_some() && holder != running {
                return Ok(None);
            }
        }
        if !is_last && signal_up(names, running, Signal::SIGKILL) {
            tell(format_args!(
                "the process that ran '{names}' had to be killed"
            ));
        }
    }
    Ok(None)
}

/// Whether the process is there and got the signal.
fn signal_up(names: &Names, running: Option<Pid>, signal: Signal) -> bool {
    match running {
        Some(pid) if lock::holder(names, Role::Up) == running => kill(pid, signal).is_ok(),
        _ => false,
    }
}

/// Ends the agent, if any, and takes its place. What it has made stays. To be called by who has [`Role::Up`], since only
/// they start agents.
///
/// # Errors
/// It does not end.
pub(crate) fn stop_agent(names: &Names) -> anyhow::Result<Held> {
    for (signal, patience) in [
        (None, Duration::ZERO),
        (Some(Signal::SIGTERM), TERMINATED),
        (Some(Signal::SIGKILL), KILLED),
    ] {
        let running = lock::holder(names, Role::Agent);
        if let (Some(signal), Some(pid)) = (signal, running)
            && kill(pid, signal).is_ok()
            && signal == Signal::SIGKILL
        {
            tell(format_args!(
                "the agent of '{names}', process {pid}, did not end and had to be killed"
            ));
        }
        if let Some(held) = lock::take_within(names, Role::Agent, patience)? {
            return Ok(held);
        }
    }
    bail!("the agent of '{names}' does not stop; end it by hand and try again")
}
