//! An instance's first process, and the short-lived one that starts it.
//!
//! Two stages of one hidden subcommand. The *launcher* stands in the host's process namespace, in a process
//! group of its own; it enters the instance's network namespace, makes the other namespaces and starts
//! the *init* as number 1 of the new process namespace. When the init is ready the launcher ends,
//! so that the init belongs to no agent and survives all of them.
//!
//! The init leaves the agent's session, holds the instance's folder, lays out its files, runs the user data, copies what that
//! prints to the console, reaps orphans, and on SIGTERM ends every process and then itself.
//! When it dies, for whatever reason, the kernel ends all other processes of the instance.
//! Invariant: single-threaded; it needs nothing of the agent after the start.
//! Source: pid_namespaces(7), cloud-init's "user-data script".

use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, getpid, sethostname, setsid};

use super::console::Ring;
use super::files::{self, Boot, HeldFolder, Status};
use super::mounts::{self, MountError};
use super::process::Process;
use super::signals::Signals;
use super::{INIT_SUBCOMMAND, PROCESS_NAME, SPEC_FLAG, UserData, base_environment, describe, etc};

/// What the init tells the launcher when everything is in place.
const READY: &[u8] = b"ready";

/// Where the user data lies inside of the instance, for it to be executed.
const USER_DATA_PATH: &str = "/run/user-data";

/// Longest piece copied to the console at once, bytes.
const PIECE_BYTES_MAX: usize = 16 * 1024;

/// While it ends, how often the init looks whether processes are left that are not its children
/// (commands entered from outside), milliseconds.
const ENDING_POLL_MS: u8 = 20;

/// What keeps an instance from starting.
#[derive(Debug, thiserror::Error)]
enum InitError {
    #[error("cannot read the spec")]
    Spec(#[source] io::Error),
    #[error("cannot open the instance's folder")]
    Folder(#[source] io::Error),
    #[error("the instance is running already")]
    Held,
    #[error("cannot {what}")]
    Step {
        what: &'static str,
        source: io::Error,
    },
    #[error(transparent)]
    Mount(#[from] MountError),
    #[error("the instance's first process ended before it was ready")]
    NotReady,
}

fn step<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> InitError {
    move |error| InitError::Step {
        what,
        source: error.into(),
    }
}

/// The hidden subcommand [`INIT_SUBCOMMAND`]: `spec` is what follows [`SPEC_FLAG`]. To be called before
/// any thread is started.
pub fn init_main(spec: &Path) -> ExitCode {
    let result = if getpid().as_raw() == 1 {
        init(spec)
    } else {
        launch(spec)
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be there to read it.
            let _ = writeln!(io::stderr(), "{}", describe(&error));
            ExitCode::FAILURE
        }
    }
}

fn launch(spec: &Path) -> Result<(), InitError> {
    let boot = files::read_boot(spec).map_err(InitError::Spec)?;
    let netns = File::open(&boot.netns).map_err(step("open the network namespace"))?;
    setns(netns, CloneFlags::CLONE_NEWNET).map_err(step("enter the network namespace"))?;
    let own = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWPID;
    unshare(own).map_err(step("make namespaces"))?;
    let mut init = Command::new("/proc/self/exe")
        .arg0(PROCESS_NAME)
        .args([INIT_SUBCOMMAND, SPEC_FLAG])
        .arg(spec)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(step("start the first process"))?;
    let mut told = Vec::new();
    if let Some(mut stdout) = init.stdout.take() {
        stdout
            .read_to_end(&mut told)
            .map_err(step("hear from the first process"))?;
    }
    if told == READY {
        return Ok(());
    }
    // It said why on the standard error that both share.
    let _ = init.wait();
    Err(InitError::NotReady)
}

fn init(spec: &Path) -> Result<(), InitError> {
    let signals =
        Signals::block(&[Signal::SIGCHLD, Signal::SIGTERM]).map_err(step("block signals"))?;
    setsid().map_err(step("start a session"))?;
    let boot = files::read_boot(spec).map_err(InitError::Spec)?;
    let dir = spec.parent().unwrap_or(Path::new("/"));
    let folder = HeldFolder::hold(dir).map_err(|error| {
        if error.kind() == io::ErrorKind::WouldBlock {
            InitError::Held
        } else {
            InitError::Folder(error)
        }
    })?;
    let process = Process::current().map_err(step("find out who it is"))?;
    let status = Status {
        process,
        user_data: UserData::Pending,
    };
    folder
        .write_status(&status)
        .map_err(step("write the status"))?;
    let user_data = folder.user_data().map_err(step("read the user data"))?;
    let console = folder
        .create_console()
        .and_then(Ring::create)
        .map_err(step("create the console"))?;

    arrange(&boot)?;
    let (output, writer) = io::pipe().map_err(step("make a pipe"))?;
    let mut init = Init {
        folder,
        status,
        console,
        signals,
        output: Some(output),
        user_data: None,
    };
    init.start_user_data(&user_data, &writer);
    drop(writer);
    init.save();
    report_ready().map_err(step("say that it is ready"))?;
    init.serve().map_err(step("wait for something to happen"))
}

/// Brings this process's namespaces to the shape that the instance is to see.
fn arrange(boot: &Boot) -> Result<(), InitError> {
    let host_nsswitch = fs::read_to_string("/etc/nsswitch.conf").ok();
    let name = CString::new(PROCESS_NAME).unwrap_or_default();
    prctl::set_name(&name).map_err(step("name itself"))?;
    mounts::lay_out(&etc::files(boot, host_nsswitch.as_deref()))?;
    sethostname(&boot.hostname).map_err(step("set the host name"))?;
    std::env::set_current_dir("/").map_err(step("change to /"))
}

/// Tells the launcher, and lets go of everything that was the agent's.
fn report_ready() -> io::Result<()> {
    let null = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    // A launcher that was killed does not hear it, and that is fine.
    let _ = io::stdout()
        .write_all(READY)
        .and_then(|()| io::stdout().flush());
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(())
}

#[derive(Debug)]
struct Init {
    folder: HeldFolder,
    status: Status,
    console: Ring,
    signals: Signals,
    /// What the instance's processes print; `None` when none is left that could.
    output: Option<PipeReader>,
    /// The user data's process, while it runs.
    user_data: Option<Pid>,
}

impl Init {
    /// Runs the user data if it is a script. Any other kind is kept and not run, as cloud-init does with
    /// formats that it does not know.
    fn start_user_data(&mut self, script: &[u8], output: &io::PipeWriter) {
        if script.is_empty() {
            self.status.user_data = UserData::None;
        } else if !script.starts_with(b"#!") {
            self.status.user_data = UserData::NotAScript;
            self.print("adit: the user data does not begin with #! and is not run\n");
        } else {
            let started = self
                .signals
                .unblocked(|| spawn_script(script, output))
                .flatten();
            match started {
                Ok(pid) => {
                    self.user_data = Some(pid);
                    self.status.user_data = UserData::Running;
                }
                Err(error) => {
                    self.print(&format!("adit: cannot run the user data: {error}\n"));
                    self.status.user_data = UserData::Exited {
                        code: super::code_of_failed_start(&error),
                    };
                }
            }
        }
    }

    /// Until told to end, or for ever.
    fn serve(mut self) -> io::Result<()> {
        let mut is_ending = false;
        // One that ended before signals were blocked again is told by no signal.
        self.reap();
        loop {
            let has_output = self.wait(is_ending)?;
            if has_output {
                self.copy_output();
            }
            while let Some(signal) = self.signals.next()? {
                if signal == Signal::SIGTERM {
                    is_ending = true;
                    end_all();
                }
            }
            self.reap();
            if is_ending && kill(Pid::from_raw(-1), None) == Err(Errno::ESRCH) {
                self.copy_output();
                return Ok(());
            }
        }
    }

    /// Waits for a signal or output, and says whether there is output.
    fn wait(&self, is_ending: bool) -> io::Result<bool> {
        let limit = if is_ending {
            PollTimeout::from(ENDING_POLL_MS)
        } else {
            PollTimeout::NONE
        };
        let mut polled = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        polled.extend(
            self.output
                .iter()
                .map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)),
        );
        match poll(&mut polled, limit) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        Ok(polled
            .get(1)
            .is_some_and(|pipe| pipe.any().unwrap_or(false)))
    }

    /// Copies one piece, or sees that nobody is left to print.
    fn copy_output(&mut self) {
        let Some(pipe) = &mut self.output else { return };
        let mut piece = [0; PIECE_BYTES_MAX];
        match pipe.read(&mut piece) {
            Ok(0) => self.output = None,
            // A console that cannot be written to must not stop the instance.
            Ok(len) => drop(self.console.write(&piece[..len])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.output = None,
        }
    }

    /// Waits for every process that has ended.
    fn reap(&mut self) {
        loop {
            let (pid, code) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, code),
                Ok(WaitStatus::Signaled(pid, signal, _)) => {
                    (pid, super::code_of_signal(signal as i32))
                }
                Ok(WaitStatus::StillAlive) | Err(_) => return,
                Ok(_) => continue,
            };
            if self.user_data == Some(pid) {
                self.user_data = None;
                self.status.user_data = UserData::Exited { code };
                self.save();
            }
        }
    }

    /// A status that cannot be written must not stop the instance.
    fn save(&self) {
        let _ = self.folder.write_status(&self.status);
    }

    fn print(&mut self, text: &str) {
        let _ = self.console.write(text.as_bytes());
    }
}

/// Starts the script with its output in `output`, and nothing else from outside.
fn spawn_script(script: &[u8], output: &io::PipeWriter) -> io::Result<Pid> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(0o700)
        .open(USER_DATA_PATH)?
        .write_all(script)?;
    let child = Command::new(USER_DATA_PATH)
        .env_clear()
        .envs(base_environment())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .process_group(0)
        .spawn()?;
    Ok(Pid::from_raw(i32::try_from(child.id()).unwrap_or_default()))
}

/// Asks every other process of the instance to end; one that is stopped is woken to hear it.
fn end_all() {
    for signal in [Signal::SIGTERM, Signal::SIGCONT] {
        // There may be none.
        let _ = kill(Pid::from_raw(-1), signal);
    }
}
