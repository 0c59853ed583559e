//! What an agent does about an instance that it did not start itself, and what it tells of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use agent::instance::State;
use agent::netns::Netns;
use model::id::InstanceId;

use crate::support::{Installation, PROGRAM, ensure_bpffs, eventually, ip, ip_json};

/// How long an agent may take to start and to say something.
const DEADLINE: Duration = Duration::from_secs(30);

/// An agent that follows a state with one instance, killed when the test lets go of it.
struct Follower {
    agent: Child,
    said: Receiver<String>,
    id: InstanceId,
}

impl Follower {
    fn start(installation: &Installation) -> Self {
        ensure_bpffs();
        let mut agent = Command::new(PROGRAM)
            .args(["follow", installation.names.name()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(agent.stdout.take().unwrap()).lines();
        let (sender, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let first = said.recv_timeout(DEADLINE).unwrap();
        let id = first.parse().unwrap();
        Self { agent, said, id }
    }

    /// The next thing that is reported of the instance.
    fn report(&self) -> String {
        self.said.recv_timeout(DEADLINE).unwrap()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.agent.kill();
        let _ = self.agent.wait();
    }
}

/// The instance of every [`Follower`], started by one that is gone, and its first process.
fn left_running(installation: &Installation) -> (InstanceId, i32) {
    let follower = Follower::start(installation);
    assert_eq!(follower.report(), "Running");
    (follower.id, pid(installation, follower.id))
}

fn pid(installation: &Installation, id: InstanceId) -> i32 {
    match installation.observe(id).state {
        State::Running { pid } => pid,
        other @ (State::Prepared | State::Starting | State::Stopped) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_start_that_broke_off_is_begun_anew() {
    let installation = Installation::new();
    let (id, _) = left_running(&installation);
    let instances = installation.instances();
    instances.stop(id, Duration::ZERO).await.unwrap();
    // What an agent leaves that ends before the first process has said anything.
    let folder = installation.names.instance_dir(id);
    for file in ["status.json", "lock", "console"] {
        fs::remove_file(folder.join(file)).unwrap();
    }
    assert_eq!(installation.observe(id).state, State::Prepared);
    assert_eq!(Follower::start(&installation).report(), "Running");
    pid(&installation, id);
}

#[tokio::test]
async fn an_instance_that_ended_meanwhile_is_reported_and_not_started_again() {
    let installation = Installation::new();
    let (id, _) = left_running(&installation);
    let instances = installation.instances();
    instances.stop(id, Duration::ZERO).await.unwrap();
    let report = Follower::start(&installation).report();
    assert_eq!(report, "Failed(\"Its first process has ended\")");
    assert_eq!(installation.observe(id).state, State::Stopped);
}

#[tokio::test]
async fn what_runs_is_not_given_up_because_it_cannot_be_connected() {
    let installation = Installation::new();
    let (id, before) = left_running(&installation);
    let (fabric, own) = (
        installation.names.fabric().to_owned(),
        installation.names.instance_netns(id),
    );
    // Another device has taken the link's number.
    let links = installation.fabric().await.workloads().await.unwrap();
    let iface = links.first().unwrap();
    ip(&fabric, &format!("link delete w{iface}"));
    ip(
        &fabric,
        &format!("link add other index {iface} type veth peer name another"),
    );
    let follower = Follower::start(&installation);
    // The first thing that a try does to the instance's namespace shows; the second one is after a failure.
    let netns = Netns::open(&own).unwrap().unwrap();
    for attempt in ["the first", "the second"] {
        let setting = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
        netns.enter(|| fs::write(setting, "0").unwrap()).unwrap();
        eventually(attempt, || {
            let set = netns.enter(|| fs::read_to_string(setting).unwrap());
            (set.unwrap().trim() == "1").then_some(())
        });
    }
    ip(&fabric, "link delete other");
    assert_eq!(follower.report(), "Running");
    assert_eq!(pid(&installation, id), before);
    assert_eq!(ip_json(&own, "link show eth0").len(), 1);
}

#[tokio::test]
async fn what_somebody_removes_from_a_running_instance_comes_back() {
    let installation = Installation::new();
    let follower = Follower::start(&installation);
    assert_eq!(follower.report(), "Running");
    let own = installation.names.instance_netns(follower.id);
    let before = pid(&installation, follower.id);
    let router_answers = || {
        let mut query =
            installation.exec(follower.id, &["bash", "-c", "echo > /dev/udp/10.0.0.2/53"]);
        let _ = query.stderr(Stdio::null()).status().unwrap();
        let neighbours = ip_json(&own, "neighbour show");
        neighbours
            .iter()
            .any(|known| known["lladdr"].is_string())
            .then_some(())
    };
    eventually("its router answers", router_answers);
    // With the device goes the program that answers for the router.
    ip(&own, "link delete eth0");
    assert_eq!(router_answers(), None);
    eventually("its router answers again", router_answers);
    assert_eq!(pid(&installation, follower.id), before);
}

#[tokio::test]
async fn a_running_instance_gets_the_name_of_its_namespace_back() {
    let installation = Installation::new();
    let (id, pid) = left_running(&installation);
    let own = installation.names.instance_netns(id);
    let inode = |path: String| fs::metadata(path).unwrap().ino();
    let before = inode(format!("/run/netns/{own}"));
    agent::netns::delete(&own).unwrap();
    assert_eq!(Follower::start(&installation).report(), "Running");
    assert_eq!(inode(format!("/run/netns/{own}")), before);
    assert_eq!(inode(format!("/proc/{pid}/ns/net")), before);
}
