//! A command as a job of its caller: process group, terminal, signals, stopping and going on.
//!
//! The command leads a process group of its own. It cannot be left in the caller's, whose number means
//! nothing inside of the instance's process namespace: shells would look for it in vain. So the caller
//! does for the command what a shell does for a job: it hands on the terminal, passes on the signals that
//! it is sent, and stops when the command stops. Source: "Implementing a Job Control Shell" of the GNU C
//! Library's manual, credentials(7).

use std::fs::{File, OpenOptions};
use std::io;
use std::process::Child;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgrp, tcgetpgrp, tcsetpgrp};
use tokio::signal::unix::{SignalKind, signal};

use super::code_of_signal;

/// Signals that are passed on to the command: all that can be caught, but those that tell the caller of its own
/// faults, of its children and pipes, and of its terminal, which tells the command by itself.
const PASSED_ON: [Signal; 14] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGABRT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGTERM,
    Signal::SIGURG,
    Signal::SIGXCPU,
    Signal::SIGVTALRM,
    Signal::SIGPROF,
    Signal::SIGIO,
    Signal::SIGPWR,
];

/// The caller's signals from now on. They are caught and not blocked, because a program that is started
/// inherits what is blocked, and forgets what is caught.
pub(super) struct Signals(BoxStream<'static, Signal>);

impl Signals {
    /// Within a tokio runtime.
    pub(super) fn catch() -> io::Result<Self> {
        let mut all = Vec::new();
        for number in PASSED_ON
            .into_iter()
            .chain([Signal::SIGCHLD, Signal::SIGCONT])
        {
            let arriving = signal(SignalKind::from_raw(number as i32))?;
            let each = stream::unfold(arriving, move |mut arriving| async move {
                arriving.recv().await.map(|()| (number, arriving))
            });
            all.push(each.boxed());
        }
        Ok(Self(stream::select_all(all).boxed()))
    }
}

/// A command that was started as the leader of a process group.
pub(super) struct Job {
    leader: Pid,
    terminal: Option<Terminal>,
}

impl Job {
    /// The command `child`, in the foreground if the caller is.
    pub(super) fn new(child: &Child) -> Self {
        let leader = Pid::from_raw(i32::try_from(child.id()).unwrap_or_default());
        let job = Self {
            leader,
            terminal: Terminal::open(),
        };
        job.resume();
        job
    }

    /// Waits for the command's end and returns its exit code; 128 + N if signal N ended it.
    pub(super) async fn wait(self, mut signals: Signals) -> io::Result<i32> {
        let changes = WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED;
        loop {
            match waitpid(self.leader, Some(changes)) {
                Ok(WaitStatus::Exited(_, code)) => return Ok(code),
                Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(code_of_signal(signal as i32)),
                Ok(WaitStatus::Stopped(..)) => self.stop_with_it(),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            match signals.0.next().await {
                Some(Signal::SIGCHLD) | None => {}
                // A shell has brought the caller to the foreground, or let it go on.
                Some(Signal::SIGCONT) => self.resume(),
                // It may just have ended.
                Some(number) => drop(kill(self.leader, number)),
            }
        }
    }

    /// Stops the caller and all else of its own job until its shell lets it go on; at once, where no
    /// shell would (the kernel does not stop what nobody could resume).
    fn stop_with_it(&self) {
        if let Some(terminal) = &self.terminal {
            terminal.take_back_from(self.leader);
        }
        let _ = killpg(getpgrp(), Signal::SIGTSTP);
        self.resume();
    }

    /// Gives the command the terminal if the caller has it, and lets it go on.
    fn resume(&self) {
        if let Some(terminal) = &self.terminal {
            terminal.hand_to(self.leader);
        }
        let _ = killpg(self.leader, Signal::SIGCONT);
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(terminal) = &self.terminal {
            terminal.take_back_from(self.leader);
        }
    }
}

/// The terminal that controls the caller's session.
struct Terminal(File);

impl Terminal {
    /// None when the caller has none.
    fn open() -> Option<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/tty")
            .ok()?;
        // Whoever moves the terminal from the background is stopped by this signal unless it is blocked.
        SigSet::from(Signal::SIGTTOU).thread_block().ok()?;
        Some(Self(file))
    }

    fn hand_to(&self, group: Pid) {
        self.pass(getpgrp(), group);
    }

    fn take_back_from(&self, group: Pid) {
        self.pass(group, getpgrp());
    }

    /// Changes the group in the foreground, if it is the expected one. Without success, a program
    /// that reads from the terminal stops, which shows.
    fn pass(&self, from: Pid, to: Pid) {
        if tcgetpgrp(&self.0) == Ok(from) {
            let _ = tcsetpgrp(&self.0, to);
        }
    }
}
