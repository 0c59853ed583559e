//! Health checks with real sockets, inside of a fabric without any program: local addresses reach each
//! other there, and what is sent to a workload is lost.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, TcpListener};
use std::time::Duration;

use agent::net::FABRIC_PREFIX;
use agent::netns::Netns;
use agent::probe::{Failure, Probe, Prober, State, Transition};
use datapath::abi::{FabricAddr, FabricKind};
use plan::ProbeKind;
use tokio::sync::mpsc::Receiver;

use crate::support::Installation;

const NODE: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 10);
const TARGET: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 20);

fn address(kind: FabricKind, addr: Ipv4Addr) -> Ipv6Addr {
    FabricAddr {
        kind,
        vni: 7,
        iface: 9,
        addr,
    }
    .to_ipv6(FABRIC_PREFIX)
}

fn probe(target: Ipv6Addr, port: u16) -> Probe {
    Probe {
        source: address(FabricKind::Local, NODE),
        target: SocketAddrV6::new(target, port, 0, 0),
        kind: ProbeKind::Tcp,
        interval: Duration::from_millis(300),
        timeout: Duration::from_millis(200),
        healthy_threshold: 2,
        unhealthy_threshold: 2,
    }
}

fn listen(fabric: &Netns) -> (TcpListener, Probe) {
    let local = address(FabricKind::Local, TARGET);
    let listener = fabric
        .enter(|| TcpListener::bind((local, 0)).unwrap())
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, probe(local, port))
}

async fn next(transitions: &mut Receiver<Transition<&'static str>>) -> (&'static str, State) {
    let waiting = tokio::time::timeout(Duration::from_secs(20), transitions.recv());
    let transition = waiting.await.unwrap().unwrap();
    (transition.key, transition.state)
}

#[tokio::test]
async fn targets_are_told_apart_by_what_stands_there() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    let (listener, open) = listen(fabric.netns());
    let open_at = open.target;
    let closed = probe(address(FabricKind::Local, TARGET), 9);
    let silent = probe(address(FabricKind::Remote, TARGET), 80);
    let (prober, mut transitions) = Prober::start(fabric.netns()).unwrap();
    prober.set(BTreeMap::from([
        ("open", open),
        ("closed", closed),
        ("silent", silent),
    ]));
    let mut seen = BTreeMap::new();
    while seen.len() < 3 {
        let (key, state) = next(&mut transitions).await;
        seen.insert(key, state);
    }
    let expected = [
        ("closed", State::Unhealthy(Failure::FailedHealthChecks)),
        ("open", State::Healthy),
        ("silent", State::Unhealthy(Failure::Timeout)),
    ];
    assert_eq!(seen, BTreeMap::from(expected));
    // And follow what changes there.
    drop(listener);
    assert_eq!(
        next(&mut transitions).await,
        ("open", State::Unhealthy(Failure::FailedHealthChecks))
    );
    let again = fabric
        .netns()
        .enter(|| TcpListener::bind(SocketAddr::V6(open_at)).unwrap())
        .unwrap();
    assert_eq!(next(&mut transitions).await, ("open", State::Healthy));
    drop(again);
}

#[tokio::test]
async fn a_check_comes_from_the_node_and_leaves_nothing() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    let (listener, open) = listen(fabric.netns());
    let (prober, _transitions) = Prober::start(fabric.netns()).unwrap();
    prober.set(BTreeMap::from([("open", open)]));
    let (mut connection, from) = tokio::task::spawn_blocking(move || listener.accept().unwrap())
        .await
        .unwrap();
    assert_eq!(from.ip(), address(FabricKind::Local, NODE));
    // Below the ports that the data plane gives to flows.
    assert!((1024..=9999).contains(&from.port()), "{from}");
    connection
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let outcome = connection.read(&mut [0; 16]);
    assert_eq!(
        outcome.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionReset
    );
}

#[tokio::test]
async fn checks_of_many_targets_run_side_by_side() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    let (listener, open) = listen(fabric.netns());
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let (prober, mut transitions) = Prober::start(fabric.netns()).unwrap();
    // A lost handshake of so many is sent again after a second.
    let patient = Duration::from_secs(10);
    let open = Probe {
        interval: patient,
        timeout: patient,
        ..open
    };
    prober.set((0..500u32).map(|key| (key, open.clone())).collect());
    let mut healthy = 0;
    while healthy < 500 {
        let transition = tokio::time::timeout(Duration::from_secs(20), transitions.recv()).await;
        assert_eq!(transition.unwrap().unwrap().state, State::Healthy);
        healthy += 1;
    }
    drop(prober);
    while transitions.recv().await.is_some() {}
}
