//! Ends the process that runs an installation: by a request, and by signals if it takes none.
//!
//! A process that is killed leaves nothing half done that the next one could not take over, and packets go on.

use std::time::Duration;

use agent::names::Names;
use anyhow::bail;
use nix::sys::signal::{Signal, kill};

use crate::admin::{self, Request, Unanswered};
use crate::lock::{self, Held};

/// How long a process that was asked may take to end; its open API requests get most of it.
const ASKED: Duration = Duration::from_secs(10);
/// How long a process that does not answer may take to end after SIGTERM.
const HUNG: Duration = Duration::from_secs(2);
/// How long the kernel may take to end a process after SIGKILL.
const KILLED: Duration = Duration::from_secs(4);

/// Ends the process, if any, and takes its place.
///
/// # Errors
/// It does not end.
pub(crate) fn stop(names: &Names) -> anyhow::Result<Held> {
    // Signals are for the process that was asked: another one may have taken its place, as `adit down` does.
    let running = lock::holder(names);
    let asked = admin::ask(names, &Request::Shutdown);
    let signal = |signal| match running {
        Some(pid) if lock::holder(names) == running => kill(pid, signal).is_ok(),
        _ => false,
    };
    let is_hung = matches!(&asked, Err(error) if error.is::<Unanswered>());
    if let Err(error) = &asked {
        tell(&format!("{error:#}; ending it"));
        signal(Signal::SIGTERM);
    }
    let patience = if is_hung { HUNG } else { ASKED };
    if let Some(held) = lock::take_within(names, patience)? {
        return Ok(held);
    }
    // Where nobody took requests, the holder may be another `adit down` at work.
    if !matches!(asked, Ok(None)) && signal(Signal::SIGKILL) {
        tell(&format!("the process that ran '{names}' had to be killed"));
    }
    match lock::take_within(names, KILLED)? {
        Some(held) => Ok(held),
        None => bail!("adit up --name {names} does not stop; end it by hand and try again"),
    }
}

fn tell(what: &str) {
    use std::io::Write;
    // Who does not read it loses nothing.
    let _ = writeln!(std::io::stderr(), "adit: {what}");
}
