//! Instances: what they see, what becomes of their user data, and that they need no agent.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use agent::instance::{CONSOLE_BYTES_MAX, InstanceError, Instances, Observed, State, UserData};
use agent::netns::Netns;
use model::id::InstanceId;

use crate::support::{Installation, PROGRAM, eventually, id, output, spec};

const GRACE: Duration = Duration::from_secs(10);

fn pid(seen: Observed) -> i32 {
    match seen.state {
        State::Running { pid } => pid,
        other @ (State::Prepared | State::Starting | State::Stopped) => panic!("{other:?}"),
    }
}

/// Waits until the console holds `text`.
fn console_holds(installation: &Installation, id: InstanceId, text: &str) -> String {
    eventually(text, || {
        Some(installation.console(id)).filter(|console| console.contains(text))
    })
}

#[tokio::test]
async fn an_instance_sees_a_machine_of_its_own() {
    let installation = Installation::new();
    let host_names =
        ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].map(|path| fs::read(path).ok());
    let script = "#!/bin/sh
echo name=$(hostname) file=$(cat /etc/hostname) self=$$ cwd=$(pwd) stdin=$(readlink /proc/self/fd/0)
echo devices=$(ls /sys/class/net) processes=$(ls -d /proc/[0-9]* | wc -l)
cat /etc/resolv.conf; grep 10.0.1.5 /etc/hosts; grep ^hosts: /etc/nsswitch.conf
echo found $(getent ahostsv4 ip-10-0-1-5.ec2.internal | head -1)
touch /tmp/mine /run/mine /dev/shm/mine /etc/mine; echo tmp=$(ls /tmp) shm=$(ls /dev/shm)
echo environment: $(env | cut -d= -f1 | sort | tr '\\n' ' ')
";
    let id = installation.instance(9, script).await;
    let (code, console) = installation.finished(id);
    assert_eq!(code, 0, "{console}");
    let lines: Vec<&str> = console.lines().map(str::trim).collect();
    for expected in [
        "name=ip-10-0-1-5 file=ip-10-0-1-5 self=2 cwd=/ stdin=/dev/null",
        "nameserver 10.0.0.2",
        "search ec2.internal",
        "10.0.1.5 ip-10-0-1-5.ec2.internal ip-10-0-1-5",
        "hosts: files dns",
        "found 10.0.1.5 STREAM ip-10-0-1-5.ec2.internal",
        "tmp=mine shm=mine",
        "environment: HOME LANG LOGNAME PATH PWD SHELL USER",
    ] {
        assert!(lines.contains(&expected), "{expected}\n{console}");
    }
    assert!(console.contains("devices=eth0 lo processes="), "{console}");
    // And the host sees nothing of it.
    for path in ["/tmp/mine", "/run/mine", "/dev/shm/mine", "/etc/mine"] {
        assert!(!fs::exists(path).unwrap(), "{path}");
    }
    let after = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].map(|path| fs::read(path).ok());
    assert_eq!(after, host_names);
}

#[tokio::test]
async fn user_data_is_run_if_it_is_a_script() {
    let installation = Installation::new();
    let cases = [
        ("", UserData::None, ""),
        (
            "#cloud-config\npackages: []\n",
            UserData::NotAScript,
            "does not begin with #!",
        ),
        (
            "#!/bin/sh\necho fine\n",
            UserData::Exited { code: 0 },
            "fine",
        ),
        (
            "#!/bin/sh\necho bad >&2; exit 7\n",
            UserData::Exited { code: 7 },
            "bad",
        ),
        (
            "#!/bin/sh\necho cut; kill -9 $$\n",
            UserData::Exited { code: 137 },
            "cut",
        ),
        (
            "#!/no/such/shell\n",
            UserData::Exited { code: 127 },
            "cannot run the user data",
        ),
        (
            "#!/etc\n",
            UserData::Exited { code: 126 },
            "cannot run the user data",
        ),
        ("#!/bin/sh\nexec sleep 1000\n", UserData::Running, ""),
    ];
    for (number, (user_data, expected, printed)) in (9..).zip(cases) {
        let id = installation.instance(number, user_data).await;
        let reached = |seen: &Observed| seen.user_data == expected;
        let seen = eventually(user_data, || Some(installation.observe(id)).filter(reached));
        // Whatever becomes of it, the instance runs.
        pid(seen);
        console_holds(&installation, id, printed);
    }
}

#[tokio::test]
async fn the_console_keeps_the_last_64_kib_and_outlives_the_script() {
    let installation = Installation::new();
    let script = "#!/bin/sh\nseq 1 200000\n(sleep 0.2; echo from the background) &\nexit 0\n";
    let id = installation.instance(9, script).await;
    let console = console_holds(&installation, id, "from the background");
    assert_eq!(console.len(), CONSOLE_BYTES_MAX);
    assert!(
        console.contains("\n200000\nfrom the background\n"),
        "{}",
        &console[console.len() - 60..]
    );
    let path = installation.names.instance_dir(id).join("console");
    assert!(fs::metadata(path).unwrap().len() <= CONSOLE_BYTES_MAX as u64 + 64);
    installation.instances().stop(id, GRACE).await.unwrap();
    assert_eq!(installation.console(id), console);
}

#[tokio::test]
async fn an_instance_outlives_its_killed_agent_and_is_adopted() {
    let installation = Installation::new();
    // The namespace and the link come first, as from the real agent.
    let netns = Netns::ensure(&installation.names.instance_netns(id(9))).unwrap();
    installation
        .fabric()
        .await
        .ensure_workload(&crate::support::link(1009), &netns)
        .await
        .unwrap();
    let script = "#!/bin/sh\ni=0; while :; do i=$((i+1)); echo tick $i $SECRET; sleep 0.05; done\n";
    let mut agent = Command::new(PROGRAM)
        .args([
            "agent",
            installation.names.name(),
            &id(9).to_string(),
            script,
        ])
        .env("SECRET", "of-the-agent")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(agent.stdout.take().unwrap())
        .read_line(&mut said)
        .unwrap();
    let before = pid(installation.observe(id(9)));
    assert_eq!(said.trim(), format!("Running {{ pid: {before} }}"));
    let parent = fs::read_to_string(format!("/proc/{before}/stat")).unwrap();
    let session: i32 = parent
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(3)
        .unwrap()
        .parse()
        .unwrap();
    assert_ne!(session, i32::try_from(std::process::id()).unwrap());

    agent.kill().unwrap();
    agent.wait().unwrap();
    let ticks = installation.console(id(9)).lines().count();
    eventually("it goes on", || {
        (installation.console(id(9)).lines().count() > ticks + 3).then_some(())
    });
    assert!(!installation.console(id(9)).contains("of-the-agent"));
    // Another agent finds it, and starts no second one.
    let adopted = installation.instances().list().unwrap();
    assert_eq!(
        adopted
            .iter()
            .map(|seen| (seen.id, pid(*seen)))
            .collect::<Vec<_>>(),
        [(id(9), before)]
    );
    let again = installation
        .instances()
        .spawn(&spec(9, script))
        .await
        .unwrap();
    assert_eq!(pid(again), before);
    installation.instances().stop(id(9), GRACE).await.unwrap();
    assert_eq!(installation.observe(id(9)).state, State::Stopped);
}

#[tokio::test]
async fn the_first_process_holds_nothing_of_the_agent() {
    let installation = Installation::new();
    let id = installation.instance(9, "").await;
    let pid = pid(installation.observe(id));
    for number in 0..3 {
        let target = fs::read_link(format!("/proc/{pid}/fd/{number}")).unwrap();
        assert_eq!(target.to_str().unwrap(), "/dev/null");
    }
    assert_eq!(fs::read(format!("/proc/{pid}/environ")).unwrap(), b"");
    let held = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .map(|entry| fs::read_link(entry.unwrap().path()));
    let folder = installation.names.instance_dir(id);
    let foreign: Vec<_> = held
        .map(|target| target.unwrap())
        .filter(|target| {
            !target.starts_with(&folder)
                && target.starts_with("/")
                && !target.starts_with("/dev/null")
        })
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[tokio::test]
async fn stopping_asks_first_and_kills_later() {
    let installation = Installation::new();
    let polite =
        "#!/bin/sh\ntrap 'echo asked; exit 0' TERM\necho ready\nwhile :; do sleep 0.02; done\n";
    let stubborn = "#!/bin/sh\ntrap '' TERM\necho ready\nwhile :; do sleep 1000; done\n";
    let [asked, killed] = [
        installation.instance(9, polite).await,
        installation.instance(10, stubborn).await,
    ];
    for id in [asked, killed] {
        console_holds(&installation, id, "ready");
    }
    let began = Instant::now();
    installation.instances().stop(asked, GRACE).await.unwrap();
    assert!(began.elapsed() < GRACE / 2, "{:?}", began.elapsed());
    assert!(
        installation.console(asked).contains("asked"),
        "{}",
        installation.console(asked)
    );
    let grace = Duration::from_millis(300);
    let began = Instant::now();
    installation.instances().stop(killed, grace).await.unwrap();
    assert!(began.elapsed() >= grace);
    for id in [asked, killed] {
        assert_eq!(installation.observe(id).state, State::Stopped);
        // Again is fine.
        installation.instances().stop(id, GRACE).await.unwrap();
    }
}

#[tokio::test]
async fn no_process_outlives_the_instance() {
    let installation = Installation::new();
    // Orphans, in sessions of their own; one of them stopped.
    let script = "#!/bin/sh
setsid sh -c 'trap \"\" TERM; exec sleep 1000' &
setsid sh -c 'kill -STOP $$; sleep 1000' &
setsid sh -c '(sleep 1000 &)'
echo ready
";
    for grace in [Duration::ZERO, Duration::from_millis(200)] {
        let id = installation.instance(9, script).await;
        console_holds(&installation, id, "ready");
        let netns = installation.names.instance_netns(id);
        let processes = || output(Command::new("ip").args(["netns", "pids", &netns]));
        eventually("they run", || {
            (processes().lines().count() >= 4).then_some(())
        });
        installation.instances().stop(id, grace).await.unwrap();
        assert_eq!(processes(), "");
        installation.instances().remove(id).unwrap();
        installation
            .fabric()
            .await
            .delete_workload(1009)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn orphans_are_waited_for() {
    let installation = Installation::new();
    let script = "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do (true &) ; done; sleep 0.1; grep -l '^State:.Z' /proc/[0-9]*/status\ntrue\n";
    let id = installation.instance(9, script).await;
    assert_eq!(installation.finished(id), (0, String::new()));
}

#[tokio::test]
async fn a_killed_first_process_is_noticed_and_its_number_never_mistaken() {
    let installation = Installation::new();
    let id = installation.instance(9, "#!/bin/sh\nsleep 1000\n").await;
    let pid = pid(installation.observe(id));
    let instances = installation.instances();
    let waiting = tokio::spawn(async move { instances.stopped(id).await });
    output(Command::new("kill").args(["-9", &pid.to_string()]));
    tokio::time::timeout(GRACE, waiting)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(installation.observe(id).state, State::Stopped);
    // As if the number had gone to another process: this one.
    let status = installation.names.instance_dir(id).join("status.json");
    let text = fs::read_to_string(&status).unwrap();
    let forged = text.replace(
        &format!("\"pid\":{pid}"),
        &format!("\"pid\":{}", std::process::id()),
    );
    assert_ne!(forged, text);
    fs::write(&status, forged).unwrap();
    assert_eq!(installation.observe(id).state, State::Stopped);
    installation
        .instances()
        .stop(id, Duration::ZERO)
        .await
        .unwrap();
    // It starts anew under the same id, with an empty console.
    installation
        .instances()
        .spawn(&spec(9, "#!/bin/sh\necho anew\n"))
        .await
        .unwrap();
    console_holds(&installation, id, "anew");
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let installation = Installation::new();
    let error = installation
        .instances()
        .spawn(&spec(9, ""))
        .await
        .unwrap_err();
    let InstanceError::NotStarted { reason, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(
        reason.contains("cannot open the network namespace"),
        "{reason}"
    );
    assert_eq!(installation.observe(id(9)).state, State::Prepared);
    // Another first process that holds the folder is never joined by a second one.
    let running = installation.instance(10, "").await;
    fs::remove_file(installation.names.instance_dir(running).join("status.json")).unwrap();
    assert_eq!(installation.observe(running).state, State::Starting);
    let spec_path = installation.names.instance_dir(running).join("spec.json");
    let second = Command::new(PROGRAM)
        .args(["instance-init", "--spec"])
        .arg(spec_path)
        .output()
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("the instance is running already"), "{said}");
    // It is stopped nevertheless.
    installation.instances().stop(running, GRACE).await.unwrap();
    assert_eq!(installation.observe(running).state, State::Prepared);
}

#[tokio::test]
async fn what_is_typed_at_the_agents_terminal_does_not_reach_a_start() {
    let installation = Installation::new();
    let dir = tempfile::tempdir().unwrap();
    let launcher = dir.path().join("launcher");
    // Fields of proc_pid_stat(5): its own number, and its process group.
    let script = "#!/bin/sh\nread -r pid name state parent group rest < /proc/$$/stat\necho $pid $group >&2\nexit 1\n";
    fs::write(&launcher, script).unwrap();
    fs::set_permissions(&launcher, fs::Permissions::from_mode(0o700)).unwrap();
    let instances = Instances::with_program(installation.names.clone(), launcher);
    let error = instances.spawn(&spec(9, "")).await.unwrap_err();
    let InstanceError::NotStarted { reason, .. } = &error else {
        panic!("{error:?}")
    };
    let (pid, group) = reason.split_once(' ').unwrap();
    assert_eq!(pid, group);
}

#[tokio::test]
async fn a_running_instance_is_not_removed_and_an_unknown_one_is_nothing() {
    let installation = Installation::new();
    let instances = installation.instances();
    assert_eq!(instances.list().unwrap(), []);
    assert_eq!(instances.observe(id(9)).unwrap(), None);
    assert_eq!(instances.console(id(9)).unwrap(), b"");
    instances.stop(id(9), GRACE).await.unwrap();
    instances.stopped(id(9)).await.unwrap();
    instances.remove(id(9)).unwrap();
    let id = installation.instance(9, "").await;
    assert!(matches!(
        instances.remove(id),
        Err(InstanceError::Running(_))
    ));
    instances.stop(id, GRACE).await.unwrap();
    instances.remove(id).unwrap();
    assert_eq!(instances.list().unwrap(), []);
}

#[tokio::test]
async fn two_installations_run_the_same_instance() {
    let [one, two] = [Installation::new(), Installation::new()];
    let script = "#!/bin/sh\necho $RANDOM > /tmp/file; echo ready; sleep 1000\n";
    for installation in [&one, &two] {
        installation.instance(9, script).await;
        console_holds(installation, id(9), "ready");
    }
    assert_ne!(pid(one.observe(id(9))), pid(two.observe(id(9))));
    agent::teardown::teardown(&one.names).await.unwrap();
    assert!(one.instances().list().unwrap().is_empty());
    pid(two.observe(id(9)));
    assert_eq!(two.fabric().await.workloads().await.unwrap(), [1009].into());
}

#[tokio::test]
async fn a_namespace_deleted_on_the_host_is_not_kept_by_an_instance() {
    let installation = Installation::new();
    let running = installation.instance(9, "").await;
    // Made before the second instance copies the host's mounts, deleted after.
    let netns = Netns::ensure(&installation.names.instance_netns(id(10))).unwrap();
    installation.instances().stop(running, GRACE).await.unwrap();
    installation.instances().spawn(&spec(9, "")).await.unwrap();
    installation
        .fabric()
        .await
        .ensure_workload(&crate::support::link(1010), &netns)
        .await
        .unwrap();
    let name = netns.name().to_owned();
    drop(netns);
    agent::netns::delete(&name).unwrap();
    // With its last reference the namespace goes, and with it the link.
    let fabric = installation.fabric().await;
    let began = Instant::now();
    while fabric.workloads().await.unwrap().contains(&1010) {
        assert!(began.elapsed() < GRACE, "the namespace lives on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn programs_in_an_instance_use_its_network() {
    let installation = Installation::new();
    let script = "#!/bin/sh\nexec sleep 1000\n";
    let running = installation.instance(9, script).await;
    let netns = Netns::open(&installation.names.instance_netns(running))
        .unwrap()
        .unwrap();
    let socket = netns
        .enter(|| UdpSocket::bind("10.0.1.5:5000").unwrap())
        .unwrap();
    let mut child = installation
        .exec(running, &["bash", "-c", "cat > /dev/udp/10.0.1.5/5000"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"hello").unwrap();
    assert!(child.wait().unwrap().success());
    let mut buffer = [0; 16];
    socket.set_read_timeout(Some(GRACE)).unwrap();
    let (len, _) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..len], b"hello");
}
