//! An installation for one test, removed when the test ends, and ways to look at the host from outside.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use agent::instance::{Instances, Observed, Spec, UserData};
use agent::names::Names;
use agent::net::{Ensured, Fabric, WorkloadLink};
use agent::netns::Netns;
use agent::teardown::teardown;
use model::id::InstanceId;
use nix::mount::{MsFlags, mount};
use nix::sys::statfs::{BPF_FS_MAGIC, statfs};
use serde_json::Value;

/// The program that plays the part of `adit`.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_agent-test-host");

/// How long a condition may take to come true.
const DEADLINE: Duration = Duration::from_secs(20);

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// An installation of a test's own.
pub(crate) struct Installation {
    pub(crate) names: Names,
}

impl Installation {
    pub(crate) fn new() -> Self {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{}-{number}", std::process::id());
        Self {
            names: name.parse().unwrap(),
        }
    }

    pub(crate) fn instances(&self) -> Instances {
        Instances::with_program(self.names.clone(), PROGRAM)
    }

    pub(crate) async fn fabric(&self) -> Fabric {
        Fabric::ensure(&self.names).await.unwrap().0
    }

    /// A running instance with a link, and its user data started.
    pub(crate) async fn instance(&self, number: u32, user_data: &str) -> InstanceId {
        let spec = spec(number, user_data);
        let netns = Netns::ensure(&self.names.instance_netns(spec.id)).unwrap();
        let ensured = self
            .fabric()
            .await
            .ensure_workload(&link(1000 + number), &netns)
            .await
            .unwrap();
        assert_eq!(ensured, Ensured::Created);
        self.instances().spawn(&spec).await.unwrap();
        spec.id
    }

    pub(crate) fn observe(&self, id: InstanceId) -> Observed {
        self.instances().observe(id).unwrap().unwrap()
    }

    pub(crate) fn console(&self, id: InstanceId) -> String {
        String::from_utf8_lossy(&self.instances().console(id).unwrap()).into_owned()
    }

    /// The console when the user data has ended, and its exit code.
    pub(crate) fn finished(&self, id: InstanceId) -> (i32, String) {
        let code = eventually("the user data ends", || {
            let UserData::Exited { code } = self.observe(id).user_data else {
                return None;
            };
            Some(code)
        });
        // What it printed is copied by the same process that noticed its end, maybe after it.
        let mut console = self.console(id);
        for _ in 0..20 {
            std::thread::sleep(Duration::from_millis(5));
            console = self.console(id);
        }
        (code, console)
    }

    /// A command inside of an instance.
    pub(crate) fn exec(&self, id: InstanceId, argv: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(["exec", self.names.name(), &id.to_string()])
            .args(argv);
        command
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let names = self.names.clone();
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(teardown(&names))
        });
        let outcome = removed.join().unwrap();
        if !std::thread::panicking() {
            outcome.unwrap();
        }
    }
}

pub(crate) fn id(number: u32) -> InstanceId {
    InstanceId::from_bits(u128::from(number))
}

pub(crate) fn spec(number: u32, user_data: &str) -> Spec {
    Spec {
        id: id(number),
        hostname: "ip-10-0-1-5".to_owned(),
        domain: "ec2.internal".to_owned(),
        address: "10.0.1.5".parse().unwrap(),
        nameserver: "10.0.0.2".parse().unwrap(),
        user_data: user_data.as_bytes().to_vec(),
    }
}

pub(crate) fn link(number: u32) -> WorkloadLink {
    WorkloadLink {
        iface: number,
        address: "10.0.1.5/24".parse().unwrap(),
        router: "10.0.1.1".parse().unwrap(),
    }
}

/// Waits until there is something.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a command printed; it must succeed.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {} {errors}",
        output.status
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs `ip` inside of a namespace.
pub(crate) fn ip(netns: &str, arguments: &str) {
    output(
        Command::new("ip")
            .args(["-n", netns])
            .args(arguments.split_whitespace()),
    );
}

/// What `ip -j` shows of something inside of a namespace.
pub(crate) fn ip_json(netns: &str, arguments: &str) -> Vec<Value> {
    let words = arguments.split_whitespace();
    let text = output(
        Command::new("ip")
            .args(["-d", "-j", "-n", netns])
            .args(words),
    );
    match text.trim() {
        "" => Vec::new(),
        text => serde_json::from_str(text).unwrap(),
    }
}

/// Names that `ip netns` knows and that belong to an installation.
pub(crate) fn ip_netns_list(names: &Names) -> Vec<String> {
    let text = output(Command::new("ip").args(["netns", "list"]));
    let words = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    words
        .filter(|name| names.owns_netns(name))
        .map(str::to_owned)
        .collect()
}

/// Makes sure that the folder of pinned objects is what it is on every ordinary host.
pub(crate) fn ensure_bpffs() {
    let path = "/sys/fs/bpf";
    if statfs(path).unwrap().filesystem_type() != BPF_FS_MAGIC {
        mount(
            Some("bpf"),
            path,
            Some("bpf"),
            MsFlags::empty(),
            None::<&str>,
        )
        .unwrap();
    }
}
