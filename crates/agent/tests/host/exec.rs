//! Commands inside of an instance: exit codes, signals, streams, terminals.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Installation, PROGRAM, eventually, id, output};

#[tokio::test]
async fn exit_codes_and_signals_are_the_commands_own() {
    let installation = Installation::new();
    let id = installation.instance(9, "").await;
    let cases: &[(&[&str], i32)] = &[
        (&["true"], 0),
        (&["sh", "-c", "exit 42"], 42),
        (&["sh", "-c", "exit 255"], 255),
        (&["sh", "-c", "kill -TERM $$"], 143),
        (&["sh", "-c", "kill -KILL $$"], 137),
        (&["no-such-program"], 127),
        (&["/no/such/program"], 127),
        (&["/etc/passwd"], 126),
        (&[], 125),
    ];
    for (argv, expected) in cases {
        let status = installation
            .exec(id, argv)
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(*expected), "{argv:?}");
    }
}

#[tokio::test]
async fn a_command_stands_inside() {
    let installation = Installation::new();
    let id = installation
        .instance(9, "#!/bin/sh\necho mark > /tmp/mark\n")
        .await;
    installation.finished(id);
    let script = "echo $(hostname) $(pwd) $(cat /tmp/mark) $(ls /sys/class/net) $GREETING $HOME ${SECRET:-none}; cat /proc/1/comm";
    let seen = output(
        installation
            .exec(id, &["sh", "-c", script])
            .env("SECRET", "x")
            .current_dir("/usr"),
    );
    let first = seen.lines().next().unwrap();
    assert_eq!(first, "ip-10-0-1-5 / mark eth0 lo hello /root none");
    // Every namespace of the first process is the command's.
    let namespaces = "for ns in net mnt uts ipc pid; do readlink /proc/$1/ns/$ns; done";
    let ours = output(&mut installation.exec(id, &["sh", "-c", namespaces, "sh", "self"]));
    let theirs = output(&mut installation.exec(id, &["sh", "-c", namespaces, "sh", "1"]));
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn streams_are_the_callers() {
    let installation = Installation::new();
    let id = installation.instance(9, "").await;
    let mut child = installation
        .exec(id, &["sh", "-c", "tr a-z A-Z; echo done >&2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = "a line of text\n".repeat(20_000);
    let mut stdin = child.stdin.take().unwrap();
    let (input, expected) = (text.clone(), text.to_uppercase());
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let result = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(String::from_utf8(result.stdout).unwrap(), expected);
    assert_eq!(result.stderr, b"done\n");
}

/// A command that prints `ready`, and what it prints after that.
fn ready(mut command: Command) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    (child, stdout)
}

#[tokio::test]
async fn signals_to_the_caller_reach_the_command() {
    let installation = Installation::new();
    let id = installation.instance(9, "").await;
    let script = "trap 'echo got; exit 3' $0; echo ready; while :; do sleep 0.02; done";
    for (name, signal) in [
        ("TERM", Signal::SIGTERM),
        ("INT", Signal::SIGINT),
        ("HUP", Signal::SIGHUP),
        ("QUIT", Signal::SIGQUIT),
        ("USR1", Signal::SIGUSR1),
        ("USR2", Signal::SIGUSR2),
        ("ABRT", Signal::SIGABRT),
        ("ALRM", Signal::SIGALRM),
        ("URG", Signal::SIGURG),
        ("XCPU", Signal::SIGXCPU),
        ("VTALRM", Signal::SIGVTALRM),
        ("PROF", Signal::SIGPROF),
        ("IO", Signal::SIGIO),
        ("PWR", Signal::SIGPWR),
    ] {
        let (mut child, mut stdout) = ready(installation.exec(id, &["sh", "-c", script, name]));
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(
            (line.as_str(), child.wait().unwrap().code()),
            ("got\n", Some(3)),
            "{name}"
        );
    }
    // One that the command does not handle ends it.
    let (mut child, _stdout) =
        ready(installation.exec(id, &["sh", "-c", "echo ready; exec sleep 1000"]));
    kill(
        Pid::from_raw(i32::try_from(child.id()).unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[tokio::test]
async fn a_command_ends_with_its_instance() {
    let installation = Installation::new();
    let id = installation.instance(9, "").await;
    let (mut child, _stdout) =
        ready(installation.exec(id, &["sh", "-c", "trap '' TERM; echo ready; sleep 1000"]));
    installation
        .instances()
        .stop(id, std::time::Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(137));
    let (mut command, expected) = (
        installation.exec(id, &["true"]),
        "is not running on this host",
    );
    let result = command.output().unwrap();
    assert_eq!(result.status.code(), Some(125));
    assert!(String::from_utf8(result.stderr).unwrap().contains(expected));
}

#[tokio::test]
async fn a_stopped_caller_does_not_keep_its_instance() {
    let installation = Installation::new();
    let id = installation.instance(9, "").await;
    let (mut child, _stdout) =
        ready(installation.exec(id, &["sh", "-c", "echo ready; exec sleep 1000"]));
    kill(
        Pid::from_raw(i32::try_from(child.id()).unwrap()),
        Signal::SIGSTOP,
    )
    .unwrap();
    installation
        .instances()
        .stop(id, std::time::Duration::ZERO)
        .await
        .unwrap();
    // It was woken, and could tell how its command ended.
    assert_eq!(child.wait().unwrap().code(), Some(137));
}

#[test]
fn without_an_instance_it_fails_clearly() {
    let installation = Installation::new();
    let result = installation.exec(id(9), &["true"]).output().unwrap();
    assert_eq!(result.status.code(), Some(125));
    let said = String::from_utf8(result.stderr).unwrap();
    assert_eq!(
        said,
        format!(
            "instance {} is not running on this host in installation '{}'\n",
            id(9),
            installation.names.name()
        )
    );
}

/// A terminal of its own, by `script`, which types what it is fed.
struct Terminal {
    program: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    fn running(line: &str) -> Self {
        let mut program = Command::new("script")
            .args(["-q", "-e", "-f", "-c", line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let keyboard = program.stdin.take().unwrap();
        let mut output = program.stdout.take().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(len @ 1..) = output.read(&mut buffer) {
                shown.lock().unwrap().extend_from_slice(&buffer[..len]);
            }
        });
        Self {
            program,
            keyboard,
            screen,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the screen shows it, and forgets everything up to there.
    fn see(&self, text: &str) {
        eventually(text, || {
            let mut shown = self.screen.lock().unwrap();
            let at = shown
                .windows(text.len())
                .position(|window| window == text.as_bytes())?;
            shown.drain(..at + text.len());
            Some(())
        });
    }
}

fn line_of(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_str().unwrap());
    [PROGRAM]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn a_terminal_is_the_commands() {
    let installation = Installation::new();
    let id = installation.instance(9, "").await;
    let shell = line_of(&installation.exec(id, &["sh", "-i"]));
    let mut terminal = Terminal::running(&format!("exec {shell}"));
    terminal.press("echo on $(hostname) $(test -t 0 && echo a-tty)\n");
    terminal.see("on ip-10-0-1-5 a-tty");
    // Control-C ends what runs in the foreground, and neither the shell nor the caller.
    terminal.press("echo st'arted'; sleep 1000\n");
    terminal.see("started");
    eventually("it sleeps", || {
        let mut look = installation.exec(id, &["sh", "-c", "grep -qx sleep /proc/[0-9]*/comm"]);
        look.stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
            .then_some(())
    });
    terminal.press("\x03");
    terminal.press("echo code $?\n");
    terminal.see("code 130");
    terminal.press("exit 5\n");
    assert_eq!(terminal.program.wait().unwrap().code(), Some(5));
}

#[tokio::test]
async fn a_command_is_a_job_of_the_callers_shell() {
    let installation = Installation::new();
    let id = installation.instance(9, "").await;
    let command = line_of(&installation.exec(id, &["sed", "-u", "s/^/got-/"]));
    let mut terminal = Terminal::running("exec bash --norc -i");
    terminal.press("PS1='>''> '\n");
    terminal.see(">> ");
    terminal.press(&format!("{command}\n"));
    terminal.press("one\n");
    terminal.see("got-one");
    // Stopped, the shell has the terminal again.
    terminal.press("\x1a");
    terminal.see("Stopped");
    terminal.press("echo at-$((1+1))\n");
    terminal.see("at-2");
    terminal.press("fg\n");
    terminal.see(&command);
    terminal.press("two\n");
    terminal.see("got-two");
    terminal.press("\x04");
    terminal.press("echo code-$?\n");
    terminal.see("code-0");
    // Begun in the background, it stops when it wants to read, and is brought to the front.
    terminal.press(&format!("{command} &\n"));
    eventually("it stops", || {
        terminal.keyboard.write_all(b"jobs\n").unwrap();
        let shown = terminal.screen.lock().unwrap();
        shown
            .windows(7)
            .any(|window| window == b"Stopped")
            .then_some(())
    });
    terminal.press("fg\n");
    terminal.press("three\n");
    terminal.see("got-three");
    terminal.press("\x03");
    terminal.see(">> ");
    terminal.press("echo code-$?\n");
    terminal.see("code-130");
    terminal.press("exit\n");
    assert!(terminal.program.wait().unwrap().success());
}
