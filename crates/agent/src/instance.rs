//! Instances: a few namespaces around a process of Adit's, in which the user's programs run.
//!
//! An instance has network, mount, process, host name and IPC namespaces of its own. Its processes are
//! root's and see most of the host's files: it plays a machine for trusted software, it is no jail.
//! The agent does not hold an instance: everything about it stands in its folder below
//! [`Names::instances_dir`], and its processes outlive the agent.
//!
//! The program that uses this module must answer two hidden subcommands: [`INIT_SUBCOMMAND`] by
//! [`init_main`], and whatever it likes by [`exec`].

mod console;
mod enter;
mod error;
mod etc;
mod files;
mod init;
mod job;
mod mounts;
mod process;
mod signals;

use std::ffi::{CStr, OsStr};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, io};

use model::id::InstanceId;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};

pub use self::console::CONSOLE_BYTES_MAX;
pub use self::enter::{EXEC_FAILED, ExecError, exec};
pub use self::error::InstanceError;
pub use self::init::init_main;
use self::process::Handle;
use crate::names::Names;
use crate::netns::{self, Netns};

/// Hidden subcommand of the program: becomes an instance. Followed by [`SPEC_FLAG`] and a path.
pub const INIT_SUBCOMMAND: &str = "instance-init";

/// Names the spec for [`INIT_SUBCOMMAND`].
pub const SPEC_FLAG: &str = "--spec";

/// What an instance's first process is called where processes are listed; at most 15 bytes.
const PROCESS_NAME: &str = "adit-instance";

/// What a command's caller is called where processes are listed; at most 15 bytes.
const EXEC_NAME: &CStr = c"adit-exec";

/// Longest start of an instance.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How long a killed instance may take to be gone: the kernel ends its processes first.
const KILL_LIMIT: Duration = Duration::from_secs(10);

/// How long the callers of a killed instance's commands may take to wait for these.
const CALLERS_LIMIT: Duration = Duration::from_secs(1);

/// How long a first process may take to say who it is: the second thing that it does.
const STARTING_LIMIT: Duration = Duration::from_secs(2);

/// How often a starting instance is asked for its status.
const STARTING_POLL: Duration = Duration::from_millis(5);

/// What an instance is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    /// Its id; its network namespace bears it and must be there.
    pub id: InstanceId,
    /// Name without domain, like `ip-10-0-1-5`.
    pub hostname: String,
    /// Domain of its name, also searched by its resolver.
    pub domain: String,
    /// Its own address.
    pub address: Ipv4Addr,
    /// Where it sends its DNS queries: its VPC's resolver.
    pub nameserver: Ipv4Addr,
    /// Run once at the start, if it begins with `#!`.
    pub user_data: Vec<u8>,
}

/// An instance as it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Observed {
    /// Its id.
    pub id: InstanceId,
    /// Whether it has processes.
    pub state: State,
    /// What became of its user data.
    pub user_data: UserData,
}

/// Whether an instance has processes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// Its folder is there, and no word of a first process: a start broke off.
    Prepared,
    /// A first process exists and has not said who it is.
    Starting,
    /// It runs.
    Running {
        /// Its first process, in the host's process namespace.
        pid: i32,
    },
    /// It does not run any more; its folder is left, with its console.
    Stopped,
}

impl State {
    /// Whether there is a first process.
    pub(crate) fn has_process(self) -> bool {
        match self {
            Self::Starting | Self::Running { .. } => true,
            Self::Prepared | Self::Stopped => false,
        }
    }
}

/// What became of an instance's user data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum UserData {
    /// It is not known yet.
    Pending,
    /// There was none.
    None,
    /// It does not begin with `#!` and was not run.
    NotAScript,
    /// It runs.
    Running,
    /// It has ended.
    Exited {
        /// Its exit code; 128 + N if signal N ended it; 126 or 127 if it could not be run.
        code: i32,
    },
}

/// The instances of one installation. Calls for the same instance must not overlap.
#[derive(Clone, Debug)]
pub struct Instances {
    names: Names,
    program: PathBuf,
}

impl Instances {
    /// Instances that this very program becomes.
    pub fn new(names: Names) -> Self {
        Self::with_program(names, "/proc/self/exe")
    }

    /// Instances that another program becomes, which answers the hidden subcommand.
    pub fn with_program(names: Names, program: impl Into<PathBuf>) -> Self {
        Self {
            names,
            program: program.into(),
        }
    }

    /// Starts the instance, or finds that it runs. Its user data has been started when this returns.
    ///
    /// # Errors
    /// Its network namespace is not there, or the kernel lacks what an instance needs.
    pub async fn spawn(&self, spec: &Spec) -> Result<Observed, InstanceError> {
        let id = spec.id;
        if let Some(running) = self.observe(id)?.filter(|seen| seen.state.has_process()) {
            return Ok(running);
        }
        let netns = netns::path(&self.names.instance_netns(id));
        let folder = |what| move |source| InstanceError::Folder { id, what, source };
        let path = files::prepare(&self.names.instance_dir(id), netns, spec)
            .map_err(folder("write the spec"))?;
        let launcher = tokio::process::Command::new(&self.program)
            .arg0(PROCESS_NAME)
            .args([
                OsStr::new(INIT_SUBCOMMAND),
                OsStr::new(SPEC_FLAG),
                path.as_os_str(),
            ])
            .env_clear()
            .current_dir("/")
            // What is typed at the agent's terminal is not meant for it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .output();
        let output = match tokio::time::timeout(START_LIMIT, launcher).await {
            Ok(output) => output.map_err(|source| InstanceError::Launch { id, source })?,
            Err(_) => {
                return Err(InstanceError::NotStarted {
                    id,
                    reason: "it takes too long".to_owned(),
                });
            }
        };
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr)
                .trim()
                .replace('\n', ": ");
            return Err(InstanceError::NotStarted { id, reason });
        }
        let seen = self.observe(id)?;
        seen.ok_or_else(|| folder("read the status")(io::ErrorKind::NotFound.into()))
    }

    /// The instance as it is; `None` when there is nothing of it.
    ///
    /// # Errors
    /// Its folder cannot be read.
    pub fn observe(&self, id: InstanceId) -> Result<Option<Observed>, InstanceError> {
        let failed = |source| InstanceError::Folder {
            id,
            what: "read the status",
            source,
        };
        let dir = self.names.instance_dir(id);
        if !dir.try_exists().map_err(failed)? {
            return Ok(None);
        }
        let status = files::read_status(&dir).map_err(failed)?;
        let user_data = status
            .as_ref()
            .map_or(UserData::Pending, |status| status.user_data);
        let process = status.map(|status| status.process);
        let state = match process
            .as_ref()
            .map(|process| process.open())
            .transpose()
            .map_err(failed)?
        {
            Some(Some(_)) => State::Running {
                pid: process.map_or(0, |process| process.pid),
            },
            _ if files::is_held(&dir).map_err(failed)? => State::Starting,
            _ if !files::has_status(&dir).map_err(failed)? => State::Prepared,
            _ => State::Stopped,
        };
        Ok(Some(Observed {
            id,
            state,
            user_data,
        }))
    }

    /// The network namespace in which the instance's first process stands; `None` when there is none.
    pub(crate) fn netns(&self, id: InstanceId) -> Result<Option<fs::File>, InstanceError> {
        let status = files::read_status(&self.names.instance_dir(id));
        let netns =
            status.and_then(|status| status.map_or(Ok(None), |known| known.process.netns()));
        netns.map_err(|source| InstanceError::Folder {
            id,
            what: "find the network namespace",
            source,
        })
    }

    /// All instances of which there is anything, in order of their ids.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn list(&self) -> Result<Vec<Observed>, InstanceError> {
        let ids = self.ids()?.into_iter();
        ids.filter_map(|id| self.observe(id).transpose()).collect()
    }

    /// Ids of all instances that have a folder, in order.
    pub(crate) fn ids(&self) -> Result<Vec<InstanceId>, InstanceError> {
        let entries = match fs::read_dir(self.names.instances_dir()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(InstanceError::List(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(InstanceError::List)?.file_name();
            ids.extend(
                name.to_str()
                    .and_then(|name| name.parse::<InstanceId>().ok()),
            );
        }
        ids.sort();
        Ok(ids)
    }

    /// Asks all processes of the instance to end, and kills those that have not after `grace`.
    /// That it does not run is fine. Its folder is left.
    ///
    /// # Errors
    /// The kernel refuses, or a process hangs in the kernel.
    pub async fn stop(&self, id: InstanceId, grace: Duration) -> Result<(), InstanceError> {
        let failed = |source| InstanceError::Stop { id, source };
        let init = match self.hold(id).await {
            Ok(Some(init)) => init,
            Ok(None) => return Ok(()),
            // Something runs and does not say what, or what it said was lost.
            Err(InstanceError::Stuck(_)) => return self.kill_all_of(id).await,
            Err(error) => return Err(error),
        };
        if !grace.is_zero() {
            init.signal(Signal::TERM).map_err(failed)?;
            if init.ended_within(grace).await.map_err(failed)? {
                return Ok(());
            }
        }
        init.signal(Signal::KILL).map_err(failed)?;
        // The namespace ends when all of its processes have been waited for, which a stopped caller does not do.
        for signal in [Signal::CONT, Signal::KILL] {
            if init.ended_within(CALLERS_LIMIT).await.map_err(failed)? {
                return Ok(());
            }
            for caller in process::parents_from_outside(&init, EXEC_NAME).map_err(failed)? {
                caller.signal(signal).map_err(failed)?;
            }
        }
        match init.ended_within(KILL_LIMIT).await.map_err(failed)? {
            true => Ok(()),
            false => Err(InstanceError::Stuck(id)),
        }
    }

    /// Waits until the instance does not run.
    ///
    /// # Errors
    /// Its folder cannot be read.
    pub async fn stopped(&self, id: InstanceId) -> Result<(), InstanceError> {
        let Some(init) = self.hold(id).await? else {
            return Ok(());
        };
        init.ended()
            .await
            .map_err(|source| InstanceError::Stop { id, source })
    }

    /// Removes what is left of an instance that does not run: its folder with the console.
    ///
    /// # Errors
    /// It runs, or the folder cannot be removed.
    pub fn remove(&self, id: InstanceId) -> Result<(), InstanceError> {
        match self.observe(id)? {
            None => return Ok(()),
            Some(seen) if seen.state.has_process() => return Err(InstanceError::Running(id)),
            Some(_) => {}
        }
        let failed = |source| InstanceError::Folder {
            id,
            what: "remove the folder",
            source,
        };
        fs::remove_dir_all(self.names.instance_dir(id)).map_err(failed)
    }

    /// The last bytes that the user data and what it started printed, at most [`CONSOLE_BYTES_MAX`];
    /// of an instance that has stopped too. Empty when there is no such instance.
    ///
    /// # Errors
    /// The console cannot be read.
    pub fn console(&self, id: InstanceId) -> Result<Vec<u8>, InstanceError> {
        let failed = |source| InstanceError::Folder {
            id,
            what: "read the console",
            source,
        };
        match files::open_console(&self.names.instance_dir(id)).map_err(failed)? {
            Some(file) => console::read(&file).map_err(failed),
            None => Ok(Vec::new()),
        }
    }

    async fn kill_all_of(&self, id: InstanceId) -> Result<(), InstanceError> {
        let netns = Netns::open(&self.names.instance_netns(id))?;
        kill_strays(&netns.ok_or(InstanceError::Stuck(id))?).await
    }

    /// A hold on the first process; `None` when there is none. A starting one says soon who it is.
    async fn hold(&self, id: InstanceId) -> Result<Option<Handle>, InstanceError> {
        let failed = |source| InstanceError::Folder {
            id,
            what: "read the status",
            source,
        };
        let dir = self.names.instance_dir(id);
        let deadline = tokio::time::Instant::now() + STARTING_LIMIT;
        loop {
            if let Some(status) = files::read_status(&dir).map_err(failed)?
                && let Some(handle) = status.process.open().map_err(failed)?
            {
                return Ok(Some(handle));
            }
            if !files::is_held(&dir).map_err(failed)? {
                return Ok(None);
            }
            if tokio::time::Instant::now() > deadline {
                return Err(InstanceError::Stuck(id));
            }
            tokio::time::sleep(STARTING_POLL).await;
        }
    }
}

/// Kills every process that stands in an instance's network namespace, whether or not anything else is
/// known of it: also one whose instance's folder was lost.
///
/// # Errors
/// A namespace or `/proc` cannot be read, or a process hangs in the kernel.
pub async fn kill_strays(netns: &Netns) -> Result<(), InstanceError> {
    let failed = |source| InstanceError::Stray {
        netns: netns.name().to_owned(),
        source,
    };
    loop {
        let strays = process::in_netns(netns.file()).map_err(failed)?;
        if strays.is_empty() {
            return Ok(());
        }
        for stray in &strays {
            stray.signal(Signal::KILL).map_err(failed)?;
        }
        for stray in &strays {
            if !stray.ended_within(KILL_LIMIT).await.map_err(failed)? {
                return Err(failed(io::ErrorKind::TimedOut.into()));
            }
        }
    }
}

/// What programs inside of an instance find in their environment, as after a login of root's.
fn base_environment() -> [(&'static str, &'static str); 6] {
    [
        ("HOME", "/root"),
        ("LANG", "C.UTF-8"),
        ("LOGNAME", "root"),
        (
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ),
        ("SHELL", "/bin/sh"),
        ("USER", "root"),
    ]
}

/// The exit code that tells of a signal, as shells do.
fn code_of_signal(number: i32) -> i32 {
    128 + number
}

/// The exit code that tells why a program could not be started, as shells do.
fn code_of_failed_start(error: &io::Error) -> i32 {
    if error.kind() == io::ErrorKind::NotFound {
        127
    } else {
        126
    }
}

/// An error with its causes, on one line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
