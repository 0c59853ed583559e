//! Running a command inside of an instance, as if it had been typed there.
//!
//! The caller is a program of its own (`adit exec`): its terminal, standard streams and signals become
//! the command's, and the command's exit code becomes its own. The command stands in all of the instance's
//! namespaces; the caller in none. Source: setns(2) with a pidfd (Linux 5.8).

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::thread;

use model::id::InstanceId;
use nix::errno::Errno;
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl;

use super::job::{Job, Signals};
use super::process::Handle;
use super::{EXEC_NAME, base_environment, code_of_failed_start, files};
use crate::names::Names;

/// Exit code of who could not run a command, through no fault of the command, as of container tools.
pub const EXEC_FAILED: u8 = 125;

/// Why a command could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// There is no such instance, or it has no processes.
    #[error("instance {id} is not running on this host in installation '{installation}'")]
    NotRunning {
        /// The instance.
        id: InstanceId,
        /// Name of the installation that it was looked for in.
        installation: String,
    },
    /// Nothing was given to run.
    #[error("no command was given")]
    NoCommand,
    /// The instance's folder could not be read.
    #[error("cannot read the state of instance {id}")]
    State {
        /// The instance.
        id: InstanceId,
        /// What the kernel said.
        source: io::Error,
    },
    /// The instance's namespaces could not be entered.
    #[error("cannot enter instance {id}")]
    Enter {
        /// The instance.
        id: InstanceId,
        /// What the kernel said.
        source: io::Error,
    },
    /// The command could not be started.
    #[error("cannot run {}", program.display())]
    Program {
        /// The command's first word.
        program: OsString,
        /// What the kernel said.
        source: io::Error,
    },
    /// The command or signals could not be waited for.
    #[error("cannot wait for the command")]
    Wait(#[source] io::Error),
}

impl ExecError {
    /// The exit code that tells it, as shells and container tools do: 127 not found, 126 found and
    /// not runnable, [`EXEC_FAILED`] for all that is not the command's fault.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Program { source, .. } => {
                u8::try_from(code_of_failed_start(source)).unwrap_or(u8::MAX)
            }
            Self::NotRunning { .. }
            | Self::NoCommand
            | Self::State { .. }
            | Self::Enter { .. }
            | Self::Wait(_) => EXEC_FAILED,
        }
    }
}

/// Runs `argv` inside of the instance, in `/`, as root, with a plain environment and `env` on top, and
/// waits for it. Returns its exit code; 128 + N if signal N ended it.
///
/// The calling program's signals go to the command from now on, and no longer end the caller; so does the
/// terminal, while the caller is in its foreground. If the caller is killed, the command goes on. A stopped caller
/// is woken, or else killed, when its instance ends.
/// Not to be called from async code.
///
/// # Errors
/// See [`ExecError`]; once the command runs there are none but [`ExecError::Wait`].
pub fn exec(
    names: &Names,
    id: InstanceId,
    argv: &[OsString],
    env: &[(OsString, OsString)],
) -> Result<i32, ExecError> {
    let (program, arguments) = argv.split_first().ok_or(ExecError::NoCommand)?;
    let state = |source| ExecError::State { id, source };
    let not_running = || ExecError::NotRunning {
        id,
        installation: names.name().to_owned(),
    };
    let status = files::read_status(&names.instance_dir(id)).map_err(state)?;
    let process = status.ok_or_else(not_running)?.process;
    let init = process.open().map_err(state)?.ok_or_else(not_running)?;
    // By this name the caller is found if it does not wait for the command.
    prctl::set_name(EXEC_NAME).map_err(|errno| ExecError::Wait(errno.into()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ExecError::Wait)?;
    // Signals are caught before the command is there, so that none is lost.
    let signals = {
        let _inside = runtime.enter();
        Signals::catch().map_err(ExecError::Wait)?
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(base_environment())
        .process_group(0);
    command.envs(env.iter().map(|(name, value)| (name, value)));
    let child = spawn_inside(&init, command).map_err(|error| match error {
        SpawnError::Enter(Errno::ESRCH) => not_running(),
        SpawnError::Enter(errno) => ExecError::Enter {
            id,
            source: errno.into(),
        },
        SpawnError::Program(source) => ExecError::Program {
            program: program.clone(),
            source,
        },
    })?;
    runtime
        .block_on(Job::new(&child).wait(signals))
        .map_err(ExecError::Wait)
}

enum SpawnError {
    Enter(Errno),
    Program(io::Error),
}

/// Starts the command from a thread that stands inside; the thread ends, the command stays.
fn spawn_inside(init: &Handle, mut command: Command) -> Result<Child, SpawnError> {
    let inside = move || {
        // A thread that shares its root and working directory with others may not enter a mount namespace.
        unshare(CloneFlags::CLONE_FS).map_err(SpawnError::Enter)?;
        let namespaces = CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWUTS
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWPID;
        setns(init.pidfd(), namespaces).map_err(SpawnError::Enter)?;
        command.spawn().map_err(SpawnError::Program)
    };
    let outcome = thread::scope(|scope| scope.spawn(inside).join());
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
