//! The fabric's devices and routes, and the links of workloads.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use agent::net::{Ensured, FABRIC_PREFIX, Fabric, NetError, WorkloadLink};
use agent::netns::Netns;
use datapath::abi::{FabricAddr, FabricKind};
use serde_json::Value;

use crate::support::{Installation, id, ip, ip_json, link};

/// One device as `ip` shows it.
fn device(netns: &str, name: &str) -> Value {
    ip_json(netns, &format!("link show {name}")).remove(0)
}

fn field<'a>(device: &'a Value, name: &str) -> &'a str {
    device[name].as_str().unwrap()
}

fn has_flag(device: &Value, flag: &str) -> bool {
    device["flags"]
        .as_array()
        .unwrap()
        .iter()
        .any(|seen| seen == flag)
}

fn local(addr: Ipv4Addr) -> Ipv6Addr {
    FabricAddr {
        kind: FabricKind::Local,
        vni: 7,
        iface: 9,
        addr,
    }
    .to_ipv6(FABRIC_PREFIX)
}

#[tokio::test]
async fn the_fabric_is_as_the_data_plane_expects_it() {
    let installation = Installation::new();
    let fabric = installation.names.fabric();
    installation.fabric().await;
    for (name, index, mac) in [
        ("fab0", 900, "02:ad:00:00:03:84"),
        ("fab1", 901, "02:ad:00:00:03:85"),
    ] {
        let device = device(fabric, name);
        assert_eq!(device["ifindex"], index);
        assert_eq!(device["mtu"], 8520);
        assert_eq!(field(&device, "address"), mac);
        assert!(
            has_flag(&device, "NOARP") && has_flag(&device, "UP"),
            "{device}"
        );
    }
    // No address that would make a device speak; every address of ours is received.
    assert!(
        ip_json(fabric, "-6 addr show dev fab0")
            .iter()
            .all(|seen| seen["addr_info"] == Value::Array(vec![]))
    );
    let routes = ip_json(fabric, "-6 route show table local fdad:1700:200::/40");
    assert_eq!(
        (field(&routes[0], "type"), field(&routes[0], "dev")),
        ("local", "lo")
    );
    let routes = ip_json(fabric, "-6 route show fdad:1700:100::/40");
    assert_eq!(field(&routes[0], "dev"), "fab0");
}

#[tokio::test]
async fn sockets_of_the_fabric_can_be_any_local_address() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    let (server, client) = fabric
        .netns()
        .enter(|| {
            let server = UdpSocket::bind((local(Ipv4Addr::new(10, 0, 0, 2)), 53)).unwrap();
            let client = UdpSocket::bind((local(Ipv4Addr::new(10, 0, 1, 5)), 0)).unwrap();
            (server, client)
        })
        .unwrap();
    client
        .send_to(b"question", server.local_addr().unwrap())
        .unwrap();
    let mut buffer = [0; 16];
    let (len, from) = server.recv_from(&mut buffer).unwrap();
    assert_eq!(
        (&buffer[..len], from),
        (&b"question"[..], client.local_addr().unwrap())
    );
    // Never a port that the data plane may give to a flow.
    assert!((1024..=9999).contains(&from.port()), "{from}");
}

#[tokio::test]
async fn what_is_wrong_with_the_fabric_is_repaired() {
    let installation = Installation::new();
    let names = &installation.names;
    let fabric = names.fabric();
    let cases = [
        ("link show", Ensured::Created),
        ("link show", Ensured::Unchanged),
        ("link set fab0 mtu 1400", Ensured::Repaired),
        ("link set fab1 down", Ensured::Repaired),
        ("link set fab0 arp on", Ensured::Repaired),
        ("link set fab0 address 02:00:00:00:00:99", Ensured::Repaired),
        (
            "-6 route del fdad:1700:100::/40 dev fab0",
            Ensured::Unchanged,
        ),
        ("link del fab1", Ensured::Created),
        ("link set fab0 down", Ensured::Repaired),
        ("link set lo down", Ensured::Unchanged),
    ];
    Netns::ensure(fabric).unwrap();
    for (change, expected) in cases {
        ip(fabric, change);
        let (_, ensured) = Fabric::ensure(names).await.unwrap();
        assert_eq!(ensured, expected, "{change}");
        assert_eq!(
            Fabric::ensure(names).await.unwrap().1,
            Ensured::Unchanged,
            "{change}"
        );
        assert_eq!(device(fabric, "fab0")["mtu"], 8520, "{change}");
        assert_eq!(
            ip_json(fabric, "-6 route show fdad:1700:100::/40").len(),
            1,
            "{change}"
        );
        assert_eq!(
            ip_json(fabric, "-6 route show table local fdad:1700:200::/40").len(),
            1,
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_foreign_device_in_the_fabrics_place_is_an_error() {
    let installation = Installation::new();
    let fabric = installation.names.fabric();
    Netns::ensure(fabric).unwrap();
    // As the kernel adds it on some hosts, with the lowest index: in nobody's way.
    ip(fabric, "link add name tunl0 type bridge");
    ip(fabric, "link add name taken index 900 type bridge");
    let error = Fabric::ensure(&installation.names).await.unwrap_err();
    assert!(
        matches!(&error, NetError::IndexTaken { index: 900, name, .. } if name == "taken"),
        "{error}"
    );
    ip(fabric, "link del taken");
    assert_eq!(
        Fabric::ensure(&installation.names).await.unwrap().1,
        Ensured::Created
    );
}

#[tokio::test]
async fn a_workloads_link_is_complete() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    let netns = Netns::ensure(&installation.names.instance_netns(id(1))).unwrap();
    let link = link(0x0102_0304);
    assert_eq!(
        fabric.ensure_workload(&link, &netns).await.unwrap(),
        Ensured::Created
    );
    let ours = device(installation.names.fabric(), "w16909060");
    assert_eq!(ours["ifindex"], 0x0102_0304);
    assert_eq!(ours["mtu"], 8500);
    assert_eq!(field(&ours, "address"), "02:ad:00:00:00:01");
    let theirs = device(netns.name(), "eth0");
    assert_eq!(theirs["mtu"], 8500);
    assert_eq!(field(&theirs, "address"), "02:ad:01:02:03:04");
    assert_eq!(field(&theirs, "operstate"), "UP");
    assert!(has_flag(&device(netns.name(), "lo"), "UP"));
    let addresses = ip_json(netns.name(), "addr show dev eth0");
    let [address] = addresses[0]["addr_info"].as_array().unwrap().as_slice() else {
        panic!("{addresses:?}")
    };
    assert_eq!(
        (field(address, "local"), &address["prefixlen"]),
        ("10.0.1.5", &Value::from(24))
    );
    let route = ip_json(netns.name(), "route show default").remove(0);
    assert_eq!(
        (field(&route, "gateway"), field(&route, "dev")),
        ("10.0.1.1", "eth0")
    );
    let has_ipv6 = netns
        .enter(|| UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok())
        .unwrap();
    assert!(!has_ipv6);
}

#[tokio::test]
async fn what_is_wrong_with_a_workloads_link_is_repaired() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    let inside = installation.names.instance_netns(id(1));
    let netns = Netns::ensure(&inside).unwrap();
    let outside = installation.names.fabric();
    let cases = [
        (outside, "link show", Ensured::Created),
        (outside, "link show", Ensured::Unchanged),
        (outside, "link set w1009 mtu 1500", Ensured::Repaired),
        (outside, "link set w1009 down", Ensured::Repaired),
        (
            &inside,
            "link set eth0 address 02:ad:00:00:00:99",
            Ensured::Repaired,
        ),
        (&inside, "addr flush dev eth0", Ensured::Repaired),
        (
            &inside,
            "addr add 10.0.1.77/24 dev eth0",
            Ensured::Unchanged,
        ),
        (&inside, "addr del 10.0.1.5/24 dev eth0", Ensured::Repaired),
        (&inside, "route del default", Ensured::Repaired),
        (&inside, "link set eth0 down", Ensured::Repaired),
        (&inside, "link set eth0 name eth9", Ensured::Created),
        (&inside, "link del eth0", Ensured::Created),
    ];
    for (place, change, expected) in cases {
        ip(place, change);
        assert_eq!(
            fabric.ensure_workload(&link(1009), &netns).await.unwrap(),
            expected,
            "{change}"
        );
        let again = fabric.ensure_workload(&link(1009), &netns).await.unwrap();
        assert_eq!(again, Ensured::Unchanged, "{change}");
        assert_eq!(ip_json(&inside, "route show default").len(), 1, "{change}");
        assert_eq!(device(outside, "w1009")["ifindex"], 1009, "{change}");
    }
    // Other facts of the same interface.
    let moved = WorkloadLink {
        address: "10.0.2.6/23".parse().unwrap(),
        router: "10.0.2.1".parse().unwrap(),
        ..link(1009)
    };
    assert_eq!(
        fabric.ensure_workload(&moved, &netns).await.unwrap(),
        Ensured::Repaired
    );
    let addresses = ip_json(&inside, "addr show dev eth0");
    assert_eq!(addresses[0]["addr_info"].as_array().unwrap().len(), 1);
    assert_eq!(
        field(&ip_json(&inside, "route show default")[0], "gateway"),
        "10.0.2.1"
    );
    // The number moves to another instance.
    let other = Netns::ensure(&installation.names.instance_netns(id(2))).unwrap();
    assert_eq!(
        fabric.ensure_workload(&link(1009), &other).await.unwrap(),
        Ensured::Created
    );
    assert_eq!(device(other.name(), "eth0")["address"], "02:ad:00:00:03:f1");
}

#[tokio::test]
async fn links_are_listed_and_deleted() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    for number in [1000, 1001, 4096] {
        let netns = Netns::ensure(&installation.names.instance_netns(id(number))).unwrap();
        fabric.ensure_workload(&link(number), &netns).await.unwrap();
    }
    ip(
        installation.names.fabric(),
        "link add name w1077 index 1077 type bridge",
    );
    assert_eq!(
        fabric.workloads().await.unwrap(),
        BTreeSet::from([1000, 1001, 4096])
    );
    for number in [1001, 1001, 900, 1077] {
        fabric.delete_workload(number).await.unwrap();
    }
    assert_eq!(
        fabric.workloads().await.unwrap(),
        BTreeSet::from([1000, 4096])
    );
    assert_eq!(
        ip_json(installation.names.fabric(), "link show fab0").len(),
        1
    );
    // A restarted agent finds the same.
    let adopted = Fabric::open(&installation.names).unwrap().unwrap();
    assert_eq!(
        adopted.workloads().await.unwrap(),
        BTreeSet::from([1000, 4096])
    );
}

#[tokio::test]
async fn numbers_that_are_no_workloads_are_refused() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    let netns = Netns::ensure(&installation.names.instance_netns(id(1))).unwrap();
    for number in [0, 1, 900, 999, 1 << 31, u32::MAX] {
        let error = fabric
            .ensure_workload(&link(number), &netns)
            .await
            .unwrap_err();
        assert!(
            matches!(error, NetError::InvalidIface(n) if n == number),
            "{error}"
        );
    }
    ip(
        installation.names.fabric(),
        "link add name taken index 1009 type bridge",
    );
    let error = fabric
        .ensure_workload(&link(1009), &netns)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, NetError::IndexTaken { index: 1009, name, .. } if name == "taken"),
        "{error}"
    );
}

#[tokio::test]
async fn installations_do_not_see_each_others_links() {
    let [one, two] = [Installation::new(), Installation::new()];
    for installation in [&one, &two] {
        let netns = Netns::ensure(&installation.names.instance_netns(id(1))).unwrap();
        installation
            .fabric()
            .await
            .ensure_workload(&link(1009), &netns)
            .await
            .unwrap();
    }
    one.fabric().await.delete_workload(1009).await.unwrap();
    assert_eq!(
        two.fabric().await.workloads().await.unwrap(),
        BTreeSet::from([1009])
    );
    assert!(one.fabric().await.workloads().await.unwrap().is_empty());
    let unspecified = SocketAddr::new(IpAddr::V6(local(Ipv4Addr::new(10, 0, 0, 2))), 53);
    for installation in [&one, &two] {
        installation
            .fabric()
            .await
            .netns()
            .enter(|| UdpSocket::bind(unspecified).unwrap())
            .unwrap();
    }
}

#[tokio::test]
async fn no_end_of_a_link_speaks_of_its_own_accord() {
    let installation = Installation::new();
    let fabric = installation.fabric().await;
    let netns = Netns::ensure(&installation.names.instance_netns(id(1))).unwrap();
    fabric.ensure_workload(&link(1009), &netns).await.unwrap();
    // Longer than the random delay of router solicitations and multicast reports.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    for (place, name) in [
        (installation.names.fabric(), "fab0"),
        (installation.names.fabric(), "w1009"),
        (netns.name(), "eth0"),
    ] {
        let device = ip_json(place, &format!("-s link show {name}")).remove(0);
        assert_eq!(device["stats64"]["tx"]["packets"], 0, "{name}");
    }
}
