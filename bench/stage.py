"""What a run creates on the machine - processes, network namespaces, a folder - and its removal on any exit.

Everything is named after the run's process id, so runs do not meet. Traffic stays inside namespaces made here (or by
Adit) and on loopback; nothing in the host's own network is changed.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

STOP_SECONDS = 10
# Not /tmp: every instance of Adit has a /tmp of its own, and would not see the programs that it is to run.
FOLDERS = "/var/tmp"
ENDING_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

# Linux's default, whatever the host prefers; where the host does not let namespaces have it, the one that any may have. One that
# paces (BBR) sends as fast as it thinks that the way is, and hides what it costs.
WITHOUT_PACING = ("sh", "-c", "for one in cubic reno; do sysctl -qw net.ipv4.tcp_congestion_control=$one 2>/dev/null && exit; done; exit 1")


class Failed(Exception):
    """A measurement cannot be made; the message says why."""


def _tie_to_parent() -> None:
    """Runs in a child before its program: it ends when we do, however we end."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Daemon:
    """A program that runs until it is stopped. Its output goes to a file."""

    def __init__(self, argv: list[str], log: Path):
        self.argv, self.log = argv, log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_tie_to_parent,
            )
        self.pid = self._process.pid

    def check(self) -> None:
        """Raises if it has ended."""
        if self._process.poll() is not None:
            raise Failed(f"{self.argv[0]} ended with {self._process.returncode}:\n{self.tail()}")

    def tail(self) -> str:
        """The last lines of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> None:
        """Asks it to end, and insists after a while."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self._process.wait()


class Stage(contextlib.ExitStack):
    """Holds what a run, or a part of it, creates. Leaving it removes everything in reverse order."""

    def __init__(self, parent: "Stage | None" = None):
        super().__init__()
        self._daemons: list[Daemon] = []
        if parent:
            self.name, self.folder = parent.name, parent.folder
            return
        self.name = f"bench-{os.getpid()}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"adit-{self.name}-", dir=FOLDERS))
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)

    def inner(self) -> "Stage":
        """A stage for a part of the run."""
        return Stage(self)

    def __exit__(self, *details):
        # A second Ctrl-C waits until everything is removed.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
        try:
            return super().__exit__(*details)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def daemon(self, label: str, argv: list[str]) -> Daemon:
        """Starts a program that ends with the stage."""
        daemon = Daemon(argv, self.folder / f"{label}.log")
        self._daemons.append(daemon)
        self.callback(daemon.stop)
        return daemon

    def tails(self) -> str:
        """What its programs said last, for whoever looks for the cause of a failure."""
        return "\n".join(f"--- {daemon.log.name}\n{tail}" for daemon in self._daemons if (tail := daemon.tail()))

    def namespace(self, label: str) -> str:
        """A network namespace with loopback up."""
        name = f"adit-{self.name}-{label}"
        run("ip", "netns", "add", name)
        self.callback(run, "ip", "netns", "delete", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "netns", "exec", name, *WITHOUT_PACING)
        return name


def run(*argv: str, timeout: float = 60, input: str | None = None) -> str:
    """Runs a program to its end; returns its output, or raises with what it said."""
    try:
        done = subprocess.run(
            argv, input=input, capture_output=True, text=True, timeout=timeout,
            stdin=subprocess.DEVNULL if input is None else None,
        )
    except FileNotFoundError:
        raise Failed(f"{argv[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Failed(f"'{' '.join(argv)}' took more than {timeout} s") from None
    if done.returncode != 0:
        raise Failed(f"'{' '.join(argv)}' ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def succeeds(*argv: str) -> bool:
    """Whether a program ends soon, and well."""
    try:
        run(*argv, timeout=5)
    except Failed:
        return False
    return True


def wait(what: str, seconds: float, ready: Callable[[], T | None], pause: float = 0.02) -> T:
    """Calls `ready` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        if found := ready():
            return found
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(pause)


def free_port() -> int:
    """A port of loopback that nobody used a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def accepts(port: int) -> bool:
    """Whether something listens on that port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
