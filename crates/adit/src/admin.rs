//! The operator's side door to a running `adit up`: a Unix socket below the runtime folder, which
//! only root can open. One request and one reply for each connection, a line of JSON each.
//!
//! It carries what AWS's API has no place for: accounts with their credentials, status, shutdown.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use agent::link::Counts;
use agent::names::Names;
use anyhow::{Context, bail};
use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, UnixAddr};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::installation;
use crate::lock::{self, Role};

/// Longest request or reply, bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// How long a client waits for a reply, also from a process that is still starting.
const REPLY_TIMEOUT: Duration = Duration::from_secs(20);
/// How long it waits for one that a running process gives at once.
const PROMPT_REPLY_TIMEOUT: Duration = Duration::from_secs(4);
/// How long accepting rests after it failed.
const ACCEPT_REST: Duration = Duration::from_millis(50);
/// How long the server waits for a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Request {
    Status,
    Accounts,
    CreateAccount {
        name: String,
    },
    /// Credentials of one account, by name or id; without one, of the default account.
    Credentials {
        account: Option<String>,
    },
    Shutdown,
}

impl Request {
    fn patience(&self) -> Duration {
        match self {
            Self::Status | Self::Shutdown => PROMPT_REPLY_TIMEOUT,
            Self::Accounts | Self::CreateAccount { .. } | Self::Credentials { .. } => REPLY_TIMEOUT,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reply {
    Status(Box<Status>),
    Accounts(Vec<AccountLine>),
    Credentials(Credentials),
    Done,
    Error(String),
}

/// What a running installation says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    pub(crate) region: String,
    /// Revision of the state, and the newest one that the data plane follows.
    pub(crate) revision: u64,
    pub(crate) applied_revision: u64,
    /// Resources by kind.
    pub(crate) resources: BTreeMap<String, usize>,
    /// The process that keeps the host as the state says, and whether it answers.
    pub(crate) agent: AgentLine,
    /// What the kernel counts, as the agent tells it; none when it does not.
    #[serde(flatten)]
    pub(crate) counts: Option<Counts>,
}

/// The agent, seen from its control plane.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AgentLine {
    pub(crate) pid: u32,
    /// Why it tells no counts; none when it does.
    pub(crate) failure: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccountLine {
    pub(crate) name: String,
    pub(crate) id: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) region: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Answers requests; implemented by what `adit up` runs.
pub(crate) trait Answer: Send + Sync + 'static {
    fn answer(&self, request: Request) -> impl Future<Output = Reply> + Send;
}

fn socket_path(names: &Names) -> PathBuf {
    names.runtime_dir().join("admin.sock")
}

/// Removes the socket of a process that serves it no more.
///
/// # Errors
/// It is there and can't be removed.
pub(crate) fn remove_socket(names: &Names) -> anyhow::Result<()> {
    installation::remove(&socket_path(names), |path| fs::remove_file(path))
}

/// Takes the socket's place. Requests wait until they are served.
///
/// # Errors
/// The socket can't be made.
pub(crate) fn listen(names: &Names) -> anyhow::Result<UnixListener> {
    crate::socket::listen(&socket_path(names))
}

/// Serves until cancelled.
pub(crate) async fn serve<A: Answer>(listener: UnixListener, answerer: std::sync::Arc<A>) {
    loop {
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            // Descriptors or memory are scarce: that passes.
            Err(error) => {
                tracing::warn!(%error, "no request accepted on the admin socket");
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            }
        };
        let answerer = answerer.clone();
        tokio::spawn(async move {
            if let Err(error) = converse(stream, answerer.as_ref()).await {
                tracing::debug!(%error, "admin request failed");
            }
        });
    }
}

async fn converse<A: Answer>(stream: tokio::net::UnixStream, answerer: &A) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut limited = tokio::io::BufReader::new(read).take(LINE_BYTES_MAX);
    tokio::time::timeout(REQUEST_TIMEOUT, limited.read_line(&mut line)).await??;
    let reply = match serde_json::from_str(&line) {
        Ok(request) => answerer.answer(request).await,
        Err(error) => Reply::Error(format!("not a request of this version: {error}")),
    };
    let mut text = serde_json::to_vec(&reply)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    Ok(())
}

/// A process runs the installation and does not answer.
#[derive(Debug)]
pub(crate) struct Unanswered {
    name: String,
    pid: Option<Pid>,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(
                f,
                "process {pid}, which runs '{}', does not answer",
                self.name
            ),
            None => write!(f, "the process that runs '{}' does not answer", self.name),
        }
    }
}

impl std::error::Error for Unanswered {}

/// The process that was asked has ended instead of answering.
#[derive(Debug)]
pub(crate) struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("adit ended before it replied")
    }
}

impl std::error::Error for Ended {}

/// Asks the process that runs an installation; `None` when no process takes requests.
///
/// # Errors
/// The process answers with an error, or not in time: [`Unanswered`], or ends: [`Ended`].
pub(crate) fn ask(names: &Names, request: &Request) -> anyhow::Result<Option<Reply>> {
    let unanswered = || Unanswered {
        name: names.name().to_owned(),
        pid: lock::holder(names, Role::Up),
    };
    let patience = request.patience();
    let is_late =
        |error: &io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    let path = socket_path(names);
    let stream = match connect(&path, patience) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(error) if is_late(&error) => bail!(unanswered()),
        stream => stream.with_context(|| format!("connecting to {}", path.display()))?,
    };
    let line = match converse_as_client(stream, request) {
        Err(error) if is_late(&error) => bail!(unanswered()),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
            ) =>
        {
            bail!(Ended)
        }
        line => line.context("waiting for adit's reply")?,
    };
    if line.is_empty() {
        bail!(Ended);
    }
    let reply = serde_json::from_str(&line).context("adit's reply is of another version")?;
    if let Reply::Error(message) = reply {
        bail!("{message}");
    }
    Ok(Some(reply))
}

/// Connects within `patience`: a process that accepts nothing has a full queue in the end. What is connected waits
/// no longer than that for each byte.
fn connect(path: &Path, patience: Duration) -> io::Result<UnixStream> {
    let stream: UnixStream = socket::socket(
        AddressFamily::Unix,
        SockType::Stream,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?
    .into();
    stream.set_write_timeout(Some(patience))?;
    stream.set_read_timeout(Some(patience))?;
    socket::connect(stream.as_raw_fd(), &UnixAddr::new(path)?)?;
    Ok(stream)
}

/// Sends a request and reads the line that comes back.
fn converse_as_client(mut stream: UnixStream, request: &Request) -> io::Result<String> {
    let mut text = serde_json::to_vec(request)?;
    text.push(b'\n');
    stream.write_all(&text)?;
    let mut line = String::new();
    BufReader::new(stream.take(LINE_BYTES_MAX)).read_line(&mut line)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_process_that_accepts_nothing_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let patience = Duration::from_millis(100);
        let kind = |done: io::Result<UnixStream>| done.unwrap_err().kind();
        assert_eq!(kind(connect(&path, patience)), ErrorKind::NotFound);
        let listener = UnixListener::bind(&path).unwrap();
        let silent = connect(&path, patience).unwrap();
        let error = converse_as_client(silent, &Request::Status).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        let mut waiting = Vec::new();
        let full = loop {
            match connect(&path, patience) {
                Ok(stream) => waiting.push(stream),
                Err(error) => break error.kind(),
            }
        };
        assert_eq!(full, ErrorKind::WouldBlock, "after {}", waiting.len());
        drop(listener);
        assert_eq!(kind(connect(&path, patience)), ErrorKind::ConnectionRefused);
    }
}
