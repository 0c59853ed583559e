//! What the tests that need root share: a namespace to work in, and devices.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fs;
use std::process::Command;
use std::thread;

use datapath_bpf::Mechanism;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::geteuid;

/// These tests load BPF programs; without root they must not pass silently.
pub(crate) fn require_root() {
    assert!(
        geteuid().is_root(),
        "this test loads BPF programs and makes network namespaces: run it as root"
    );
}

/// What a kernel makes of this mechanism: there is no TCX before Linux 6.6.
pub(crate) fn available(mechanism: Mechanism) -> Mechanism {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("the kernel's release");
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse::<u32>().ok());
    if (numbers.next(), numbers.next()) < (Some(6), Some(6)) {
        return Mechanism::Clsact;
    }
    mechanism
}

/// Runs `f` on a thread with a network namespace of its own, which goes when the thread ends.
pub(crate) fn in_new_netns<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    require_root();
    let inside = thread::scope(|scope| {
        scope
            .spawn(|| {
                unshare(CloneFlags::CLONE_NEWNET).expect("a network namespace");
                ip("link set lo up");
                f()
            })
            .join()
    });
    match inside {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Runs `ip` in the current namespace.
pub(crate) fn ip(arguments: &str) {
    run("ip", arguments);
}

/// Runs a program in the current namespace and expects it to succeed.
pub(crate) fn run(program: &str, arguments: &str) {
    output(program, arguments);
}

/// As [`run`]; returns what the program printed.
pub(crate) fn output(program: &str, arguments: &str) -> String {
    let output = Command::new(program)
        .args(arguments.split_whitespace())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        output.status.success(),
        "{program} {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Makes devices with these indexes, so that programs can be run as if packets came in by them.
pub(crate) fn make_devices(indexes: &[u32]) {
    for pair in indexes.chunks(2) {
        let [a, b] = pair else {
            panic!("devices come in pairs: {indexes:?}");
        };
        ip(&format!(
            "link add v{a} index {a} type veth peer name v{b} index {b}"
        ));
    }
}
