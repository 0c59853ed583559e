//! Comes to an agent: the one that runs, or a new one.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use agent::link::{Hello, PROTOCOL, Reader, ToAgent, send};
use agent::names::Names;
use agent::programs::Programs;
use anyhow::{Context, bail};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::SUBCOMMAND;
use super::process::READY;
use super::setup::Setup;
use crate::stop;

/// How long an agent may take to say who it is: it does so at once, unless it hangs or the host is very busy.
const HELLO_PATIENCE: Duration = Duration::from_secs(5);
/// Longest start of an agent.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// Most that is heard of a start, bytes.
const WORDS_BYTES_MAX: u64 = 64 * 1024;

/// A connection to an agent that has said who it is, and has been told that it is followed.
pub(super) struct Connection {
    pub(super) hello: Hello,
    pub(super) reader: Reader<OwnedReadHalf>,
    pub(super) writer: OwnedWriteHalf,
}

/// The agent that runs if it is as `setup` says, else a new one. One that runs is ended only for one that can work.
/// Only to be called by the process that has the installation.
///
/// # Errors
/// The agent cannot start; why, in words for the operator.
pub(super) async fn obtain(names: &Names, setup: &Setup) -> anyhow::Result<Connection> {
    let wanted = setup.text()?;
    let found = connect(names).await;
    match found {
        Ok(Some(connection))
            if connection.hello.protocol == PROTOCOL && connection.hello.setup == wanted =>
        {
            tracing::debug!(pid = connection.hello.pid, "the agent runs already");
            return follow(connection).await;
        }
        Ok(Some(connection)) => {
            tracing::info!(
                pid = connection.hello.pid,
                "the agent is of another build or has other options; starting a new one"
            );
            Programs::check(names, &setup.options.programs())?;
        }
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(error = &*error, "starting a new agent");
            Programs::check(names, &setup.options.programs())?;
        }
    }
    end(names).await?;
    start(names, setup).await?;
    let connection = connect(names).await?;
    follow(connection.context("the agent has ended again")?).await
}

/// Ends whatever has the agent's place. Its lock's file stays, for the next one to take.
async fn end(names: &Names) -> anyhow::Result<()> {
    let names = names.clone();
    let ended = tokio::task::spawn_blocking(move || stop::stop_agent(&names).map(drop));
    ended.await?
}

/// Connects to the agent that runs and hears who it is; none if none runs.
pub(super) async fn connect(names: &Names) -> anyhow::Result<Option<Connection>> {
    let path = names.agent_socket();
    timeout(HELLO_PATIENCE, hear(&path))
        .await
        .context("the agent does not answer")?
}

async fn hear(path: &Path) -> anyhow::Result<Option<Connection>> {
    let stream = match UnixStream::connect(path).await {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        stream => stream.with_context(|| format!("connecting to {}", path.display()))?,
    };
    let (read, writer) = stream.into_split();
    let mut reader = Reader::new(read);
    let hello = reader.next().await.context("hearing who the agent is")?;
    Ok(hello.map(|hello| Connection {
        hello,
        reader,
        writer,
    }))
}

async fn follow(mut connection: Connection) -> anyhow::Result<Connection> {
    let told = timeout(
        HELLO_PATIENCE,
        send(&mut connection.writer, &ToAgent::Follow),
    );
    told.await.context("the agent does not listen")??;
    Ok(connection)
}

/// Starts an agent and waits until it works.
async fn start(names: &Names, setup: &Setup) -> anyhow::Result<()> {
    let mut agent = Command::new("/proc/self/exe")
        .arg0("adit")
        .args([SUBCOMMAND, "--name", names.name(), "--parent"])
        .arg(std::process::id().to_string())
        .arg("--options")
        .arg(serde_json::to_string(&setup.options)?)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting the agent's process")?;
    let mut words = Vec::new();
    if let Some(stdout) = agent.stdout.take() {
        let mut stdout = stdout.take(WORDS_BYTES_MAX);
        let heard = timeout(START_PATIENCE, stdout.read_to_end(&mut words)).await;
        heard
            .context("the agent's process hangs as it starts")?
            .context("hearing from the agent's process")?;
    }
    if words == READY {
        tracing::info!(pid = agent.id(), "agent started");
        tokio::spawn(wait_for(agent));
        return Ok(());
    }
    let status = agent.wait().await?;
    match String::from_utf8_lossy(&words).trim() {
        "" => bail!("the agent's process ended before it was ready: {status}"),
        reason => bail!("{reason}"),
    }
}

/// Tells how an agent that this process has started ended, if that is before this one does.
async fn wait_for(mut agent: Child) {
    let pid = agent.id();
    match agent.wait().await {
        Ok(status) => tracing::warn!(pid, %status, "the agent's process has ended"),
        Err(error) => tracing::warn!(pid, %error, "the agent's process is out of sight"),
    }
}
