//! Nothing of an installation is left, whatever state it was in.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use agent::instance::State;
use agent::names::Names;
use agent::netns::{self, Netns};
use agent::teardown::{has_begun, teardown};
use nix::sched::{CloneFlags, setns};

use crate::support::{Installation, ensure_bpffs, eventually, id, ip_netns_list, output};

fn assert_nothing_is_left(names: &Names) {
    assert_eq!(ip_netns_list(names), Vec::<String>::new());
    assert!(!fs::exists(names.runtime_dir()).unwrap());
    assert!(!fs::exists(names.bpffs_dir()).unwrap());
    assert_eq!(processes_of(names), Vec::<String>::new());
}

/// Command lines of living processes that name the installation's runtime folder.
fn processes_of(names: &Names) -> Vec<String> {
    let folder = names.runtime_dir().display().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let line = fs::read_to_string(entry.unwrap().path().join("cmdline")).unwrap_or_default();
        found.extend(
            Some(line.replace('\0', " ")).filter(|line| line.contains(&format!("{folder}/"))),
        );
    }
    found
}

#[tokio::test]
async fn a_whole_installation_goes() {
    let installation = Installation::new();
    let names = &installation.names;
    for number in [9, 10] {
        installation
            .instance(number, "#!/bin/sh\nsetsid sleep 1000 &\nsleep 1000\n")
            .await;
    }
    installation
        .instances()
        .stop(id(10), Duration::ZERO)
        .await
        .unwrap();
    ensure_bpffs();
    fs::create_dir_all(names.bpffs_dir().join("maps")).unwrap();
    assert!(!processes_of(names).is_empty());
    teardown(names).await.unwrap();
    assert_nothing_is_left(names);
    teardown(names).await.unwrap();
}

#[tokio::test]
async fn what_is_half_made_goes_too() {
    let installation = Installation::new();
    let names = &installation.names;
    // A name without a namespace, a namespace without a link, and one that no agent makes.
    netns::delete(Netns::ensure(names.fabric()).unwrap().name()).unwrap();
    fs::write(Path::new("/run/netns").join(names.fabric()), "").unwrap();
    Netns::ensure(&names.instance_netns(id(9))).unwrap();
    Netns::ensure(&format!("{}.other", names.fabric())).unwrap();
    // Folders without a status, without a spec, and that are no instance's.
    fs::create_dir_all(names.instance_dir(id(9))).unwrap();
    fs::write(names.instance_dir(id(9)).join("spec.json"), "{").unwrap();
    fs::create_dir_all(names.instances_dir().join("other")).unwrap();
    teardown(names).await.unwrap();
    assert_nothing_is_left(names);
}

#[tokio::test]
async fn locks_are_left_to_those_who_hold_them() {
    let installation = Installation::new();
    let names = &installation.names;
    fs::create_dir_all(names.instance_dir(id(9))).unwrap();
    for lock in [names.lock(), names.agent_lock()] {
        fs::write(lock, "").unwrap();
    }
    fs::write(names.agent_socket(), "").unwrap();
    teardown(names).await.unwrap();
    assert!(!has_begun(names));
    let mut left: Vec<_> = fs::read_dir(names.runtime_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    left.sort();
    assert_eq!(left, [names.agent_lock(), names.lock()]);
    fs::remove_file(names.lock()).unwrap();
    fs::remove_file(names.agent_lock()).unwrap();
    teardown(names).await.unwrap();
    assert_nothing_is_left(names);
}

#[tokio::test]
async fn processes_are_found_without_their_folder() {
    let installation = Installation::new();
    let names = &installation.names;
    let running = installation.instance(9, "#!/bin/sh\nsleep 1000\n").await;
    fs::remove_dir_all(names.runtime_dir()).unwrap();
    let name = names.instance_netns(running);
    let mut entered = Command::new("ip")
        .args(["netns", "exec", &name, "sleep", "1000"])
        .spawn()
        .unwrap();
    let processes = || {
        output(Command::new("ip").args(["netns", "pids", &name]))
            .lines()
            .count()
    };
    eventually("all run", || (processes() >= 4).then_some(()));
    let namespace = Netns::open(&name).unwrap().unwrap();
    teardown(names).await.unwrap();
    assert!(!entered.wait().unwrap().success());
    // Nobody stands in the namespace, which is only held open here.
    let inside = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net")).ok();
    let wanted = namespace
        .enter(|| fs::read_link("/proc/thread-self/ns/net").unwrap())
        .unwrap();
    for entry in fs::read_dir("/proc").unwrap() {
        let pid = entry.unwrap().file_name().into_string().unwrap();
        assert_ne!(inside(&pid), Some(wanted.clone()), "{pid}");
    }
    assert_nothing_is_left(names);
}

#[tokio::test]
async fn links_go_even_if_something_keeps_the_fabric() {
    let installation = Installation::new();
    let running = installation.instance(9, "").await;
    let fabric = installation.names.fabric().to_owned();
    let mut watcher = Command::new("ip")
        .args(["netns", "exec", &fabric, "sleep", "1000"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let kept = Netns::open(&fabric).unwrap().unwrap();
    let instance = Netns::open(&installation.names.instance_netns(running))
        .unwrap()
        .unwrap();
    teardown(&installation.names).await.unwrap();
    let devices = |netns: &Netns| {
        let list = || fs::read_to_string("/proc/thread-self/net/dev").unwrap();
        netns.enter(list).unwrap().lines().skip(2).count()
    };
    assert_eq!((devices(&kept), devices(&instance)), (1, 1));
    watcher.kill().unwrap();
    watcher.wait().unwrap();
}

#[tokio::test]
async fn an_instance_that_does_not_end_hides_no_other_and_is_found_again() {
    let installation = Installation::new();
    let names = &installation.names;
    for number in [9, 10] {
        installation
            .instance(number, "#!/bin/sh\nsleep 1000\n")
            .await;
    }
    let State::Running { pid } = installation.observe(id(9)).state else {
        panic!("{:?}", installation.observe(id(9)))
    };
    // The kernel does not end a process namespace before whoever started this one has waited for it.
    let mut unwaited = std::thread::spawn(move || {
        let namespace = fs::File::open(format!("/proc/{pid}/ns/pid")).unwrap();
        setns(namespace, CloneFlags::CLONE_NEWPID).unwrap();
        Command::new("sleep").arg("1000").spawn().unwrap()
    })
    .join()
    .unwrap();
    let error = teardown(names).await.unwrap_err();
    assert!(
        error.to_string().contains(&id(9).to_string()),
        "{error}: not the instance that lives"
    );
    assert_eq!(installation.observe(id(10)).state, State::Stopped);
    assert_eq!(ip_netns_list(names), [names.instance_netns(id(9))]);
    unwaited.wait().unwrap();
    teardown(names).await.unwrap();
    assert_nothing_is_left(names);
}

#[tokio::test]
async fn a_neighbour_with_a_similar_name_is_left_alone() {
    let one = Installation::new();
    let longer: Names = format!("{}-x", one.names.name()).parse().unwrap();
    let neighbour = Installation { names: longer };
    for installation in [&one, &neighbour] {
        installation.instance(9, "#!/bin/sh\nsleep 1000\n").await;
    }
    teardown(&one.names).await.unwrap();
    assert_nothing_is_left(&one.names);
    let left = neighbour.names.clone();
    let expected = [left.fabric().to_owned(), left.instance_netns(id(9))];
    let mut seen = ip_netns_list(&left);
    seen.sort();
    assert_eq!(seen, expected);
    assert_eq!(
        neighbour.exec(id(9), &["true"]).status().unwrap().code(),
        Some(0)
    );
}
