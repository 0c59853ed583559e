//! The agent's process: what it needs to live alone, around `agent`'s main loop and link.
//!
//! It is started by `adit up` in a session of its own and holds nothing of its starter's: no terminal, no standard
//! stream, no folder. It ends by SIGTERM; what it has made in the kernel stays.

use std::ffi::CString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::fd::RawFd;
use std::process::ExitCode;
use std::time::Duration;

use agent::link::{Connector, Ends, Hello, Link, LogRing, PROTOCOL};
use agent::names::Names;
use agent::reconcile::{Agent, Options as AgentOptions};
use anyhow::{Context, bail};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{close, dup2_stderr, dup2_stdin, dup2_stdout, getppid, setsid};
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};

use super::setup::{Options, Setup};
use crate::cli::AgentArgs;
use crate::lock::{self, Role};
use crate::{allocator, installation, logging, socket};

/// What the agent says on standard output when it works; anything else is why it does not.
pub(super) const READY: &[u8] = b"ready";
/// What the process is called where processes are listed; at most 15 bytes.
const PROCESS_NAME: &str = "adit-agent";
/// The last standard stream's descriptor.
const STDERR: RawFd = 2;
/// How long the log has to reach who prints it, before the process ends by itself.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How long accepting rests after it failed.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// The hidden subcommand [`super::SUBCOMMAND`].
pub(crate) fn agent_main(args: &AgentArgs) -> ExitCode {
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever started it reads this, unless it was ready before.
            let _ = write!(io::stdout(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &AgentArgs) -> anyhow::Result<()> {
    close_inherited().context("letting go of inherited files")?;
    setsid().context("starting a session")?;
    prctl::set_name(&CString::new(PROCESS_NAME)?).context("naming the process")?;
    let names = installation::names(&args.name)?;
    let options: Options = serde_json::from_str(&args.options).context("reading the options")?;
    // Held until the process ends. That its file is there and its starter lives means that the agent is still wanted:
    // who removes an installation first ends who starts agents, and then takes this lock.
    let Some(_lock) = lock::take_existing(&names, Role::Agent)? else {
        bail!("an agent of '{names}' runs already, or none is wanted");
    };
    if getppid().as_raw() != args.parent {
        bail!("the process that started the agent of '{names}' has gone");
    }
    let log = LogRing::default();
    logging::start_kept(&options.log, log.clone());
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    allocator::give_back_in_background();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(serve(names, options, log));
    // Nothing that is still at work is worth waiting for: the next agent brings it to its end.
    runtime.shutdown_background();
    outcome
}

async fn serve(names: Names, options: Options, log: LogRing) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let agent = Agent::start(AgentOptions {
        names: names.clone(),
        programs: options.programs(),
        upstreams: options.upstreams(),
    })
    .await?;
    let hello = Hello {
        protocol: PROTOCOL,
        pid: std::process::id(),
        setup: Setup::of_this_program(options)?.text()?,
    };
    let Ends {
        link,
        connector,
        feed,
        reports,
        applied,
    } = Link::open(hello, agent.programs(), log);
    let listener = socket::listen(&names.agent_socket())?;
    report_ready().context("saying that it is ready")?;
    // A clone of `reports` keeps the link at work when the main loop is not: it has something to say then.
    let main_loop = tokio::spawn(agent.run(feed, reports.clone(), applied));
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        () = accept(listener, connector) => Ok(()),
        _ = tokio::spawn(link.run()) => bail!("the link to the control plane broke off"),
        _ = main_loop => {
            tracing::error!("the main loop broke off");
            tokio::time::sleep(LAST_WORDS).await;
            bail!("the main loop broke off")
        }
    }
}

/// Closes what the starter's own starter had left open: a pipe would not end, and a lock would not be let go of.
fn close_inherited() -> io::Result<()> {
    let mut inherited = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let number = entry?.file_name().to_string_lossy().parse::<RawFd>();
        inherited.extend(number.ok().filter(|number| *number > STDERR));
    }
    for number in inherited {
        match close(number) {
            // The listing itself was one of them.
            Ok(()) | Err(Errno::EBADF) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// Takes connections for ever.
async fn accept(listener: UnixListener, connector: Connector) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (read, write) = stream.into_split();
                let connector = connector.clone();
                tokio::spawn(async move { connector.serve(read, write).await });
            }
            // Descriptors or memory are scarce: that passes.
            Err(error) => {
                tracing::warn!(%error, "no control plane is let in");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

/// Tells the starter, and lets go of everything that was its own.
fn report_ready() -> io::Result<()> {
    let null = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    // A starter that was killed does not hear it, and that is fine.
    let _ = io::stdout()
        .write_all(READY)
        .and_then(|()| io::stdout().flush());
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(())
}
