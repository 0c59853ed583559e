//! Persistent network namespaces.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use agent::netns::{self, Netns};

use crate::support::{Installation, ip_netns_list, output};

fn current_netns() -> u64 {
    fs::metadata("/proc/thread-self/ns/net").unwrap().ino()
}

#[test]
fn a_namespace_is_made_once_listed_and_deleted() {
    let installation = Installation::new();
    let name = installation.names.fabric();
    assert!(Netns::open(name).unwrap().is_none());
    let netns = Netns::ensure(name).unwrap();
    let again = Netns::ensure(name).unwrap();
    assert_eq!(
        netns.enter(current_netns).unwrap(),
        again.enter(current_netns).unwrap()
    );
    assert_eq!(ip_netns_list(&installation.names), [name]);
    assert_eq!(netns::list(&installation.names).unwrap(), [name]);
    for _ in 0..2 {
        netns::delete(name).unwrap();
        assert!(Netns::open(name).unwrap().is_none());
        assert!(ip_netns_list(&installation.names).is_empty());
    }
}

#[test]
fn only_the_thread_that_was_started_for_it_enters() {
    let installation = Installation::new();
    let netns = Netns::ensure(installation.names.fabric()).unwrap();
    let outside = current_netns();
    let inside = netns.enter(current_netns).unwrap();
    assert_ne!(inside, outside);
    assert_eq!(current_netns(), outside);
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = netns
        .spawn("inside", move || sender.send(current_netns()).unwrap())
        .unwrap();
    assert_eq!(receiver.recv().unwrap(), inside);
    thread.join().unwrap();
    let panicked = std::panic::catch_unwind(|| netns.enter(|| panic!("expected by this test")));
    assert!(panicked.is_err());
    assert_eq!(current_netns(), outside);
}

#[test]
fn ip_and_the_agent_share_namespaces() {
    let installation = Installation::new();
    let name = installation.names.fabric();
    output(Command::new("ip").args(["netns", "add", name]));
    let netns = Netns::ensure(name).unwrap();
    let seen = output(Command::new("ip").args([
        "netns",
        "exec",
        name,
        "stat",
        "-Lc",
        "%i",
        "/proc/self/ns/net",
    ]));
    assert_eq!(
        seen.trim().parse::<u64>().unwrap(),
        netns.enter(current_netns).unwrap()
    );
}

#[test]
fn a_name_with_nothing_behind_it_is_healed_or_deleted() {
    let installation = Installation::new();
    let name = installation.names.fabric();
    // So that the folder is there.
    netns::delete(Netns::ensure(name).unwrap().name()).unwrap();
    let path = format!("/run/netns/{name}");
    fs::write(&path, "").unwrap();
    assert!(Netns::open(name).unwrap().is_none());
    assert_eq!(netns::list(&installation.names).unwrap(), [name]);
    let netns = Netns::ensure(name).unwrap();
    assert_ne!(netns.enter(current_netns).unwrap(), current_netns());
    netns::delete(name).unwrap();
    fs::write(&path, "").unwrap();
    netns::delete(name).unwrap();
    assert!(!fs::exists(&path).unwrap());
}

#[test]
fn many_at_once_make_one() {
    let installation = Installation::new();
    let name = installation.names.fabric();
    let inside: Vec<u64> = std::thread::scope(|scope| {
        let make = || Netns::ensure(name).unwrap().enter(current_netns).unwrap();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(inside.iter().all(|netns| *netns == inside[0]), "{inside:?}");
}
