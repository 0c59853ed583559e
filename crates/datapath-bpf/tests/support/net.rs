//! A fabric namespace, workloads in namespaces of their own, and the real program between them.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fs::File;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use datapath::abi::*;
use datapath::{Capacity, RuleList, Tables, diff};
use datapath_bpf::{Datapath, Hook, MapSizes, Mechanism, NetNs, OpenOptions};
use nix::sched::{CloneFlags, setns, unshare};

use crate::support::{ip, run};

pub(crate) const MTU: u32 = 8500;

/// A network namespace that lives as long as this value.
pub(crate) struct Namespace(File);

impl Namespace {
    pub(crate) fn new() -> Self {
        crate::support::require_root();
        let inside = thread::spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET).expect("a network namespace");
            let namespace = File::open("/proc/thread-self/ns/net").expect("its file");
            ip("link set lo up");
            // With it devices say things about themselves that nobody has asked for.
            run("sysctl", "-qw net.ipv6.conf.default.disable_ipv6=1");
            namespace
        });
        Self(inside.join().expect("a namespace"))
    }

    /// Runs `f` on a thread in this namespace. Sockets and processes that it makes stay there.
    pub(crate) fn run<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        let result = thread::scope(|scope| {
            scope
                .spawn(|| {
                    setns(&self.0, CloneFlags::CLONE_NEWNET).expect("enter the namespace");
                    f()
                })
                .join()
        });
        match result {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// A path by which `ip` finds it.
    fn path(&self) -> String {
        format!("/proc/{}/fd/{}", process::id(), self.0.as_raw_fd())
    }

    pub(crate) fn net_ns(&self) -> NetNs<'_> {
        NetNs::Fd(self.0.as_fd())
    }
}

/// What devices do about checksums and segments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Offload {
    /// Everything is left to a device that never does it: checksums are not there.
    On,
    /// Software does everything before the packet leaves its sender.
    Off,
    /// The sender leaves it to a device, and a bridge behind the data plane has to do it: a
    /// checksum that was updated wrongly while it was incomplete is noticed by the receiver.
    Late,
}

/// A namespace with one address behind a veth.
pub(crate) struct Workload {
    pub(crate) inside: Namespace,
    /// Between the veth and the workload, with [`Offload::Late`].
    _bridge: Option<Namespace>,
    pub(crate) iface: u32,
}

impl Workload {
    /// The veth's host side is `v<iface>` in `fabric`, with the index `iface`.
    pub(crate) fn new(fabric: &Namespace, iface: u32, addr: Ipv4Addr, offload: Offload) -> Self {
        let inside = Namespace::new();
        let bridge = (offload == Offload::Late).then(Namespace::new);
        let (outer, name) = match &bridge {
            None => (&inside, "eth0"),
            Some(bridge) => (bridge, "port0"),
        };
        let mac = mac(iface);
        let host = format!("v{iface}");
        fabric.run(|| {
            ip(&format!(
                "link add {host} index {iface} mtu {MTU} type veth peer name {name} mtu {MTU} \
                 netns {}",
                outer.path()
            ));
            if offload == Offload::Off {
                run("ethtool", &format!("-K {host} {ALL_OFF}"));
            }
            ip(&format!("link set {host} up"));
        });
        if let Some(bridge) = &bridge {
            bridge.run(|| {
                ip(&format!(
                    "link add port1 mtu {MTU} type veth peer name eth0 mtu {MTU} netns {}",
                    inside.path()
                ));
                // With snooping it reports its own membership of a group, by its own address.
                ip(&format!(
                    "link add bridge mtu {MTU} type bridge stp_state 0 mcast_snooping 0"
                ));
                run("ethtool", &format!("-K port1 {ALL_OFF}"));
                for port in ["port0", "port1"] {
                    ip(&format!("link set {port} master bridge up"));
                }
                ip("link set bridge up");
            });
        }
        inside.run(|| {
            ip(&format!("link set eth0 address {mac}"));
            if offload == Offload::Off {
                run("ethtool", &format!("-K eth0 {ALL_OFF}"));
            }
            ip(&format!("address add {addr}/16 dev eth0"));
            ip("link set eth0 up");
        });
        Self {
            inside,
            _bridge: bridge,
            iface,
        }
    }
}

const ALL_OFF: &str = "tx off rx off sg off tso off gso off gro off";

/// Where the program is pinned, until this value goes.
pub(crate) struct PinDir(pub(crate) PathBuf);

impl PinDir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("adit-test-{}-{number}", process::id());
        Self(PathBuf::from("/sys/fs/bpf").join(name))
    }
}

impl Drop for PinDir {
    fn drop(&mut self) {
        if let Err(error) = datapath_bpf::remove(&self.0) {
            println!("{error}");
        }
    }
}

pub(crate) fn options(pins: &PinDir, mechanism: Mechanism) -> OpenOptions {
    OpenOptions {
        bpffs_dir: pins.0.clone(),
        sizes: MapSizes {
            tables: Capacity::default(),
            flows: 1024,
            half_open: 1024,
        },
        config: Config {
            fabric_iface: FABRIC_IFACE,
            hash_seed: 0x5eed,
            mtu: MTU,
            nat_port_min: 1024,
            nat_port_max: 65535,
            fabric_prefix: FABRIC_PREFIX,
            fabric_mac: mac(FABRIC_IFACE),
            ..Config::default()
        },
        mechanism,
    }
}

pub(crate) const FABRIC_IFACE: u32 = 900;
pub(crate) const FABRIC_INNER: u32 = 901;
pub(crate) const FABRIC_PREFIX: [u8; 4] = [0xfd, 0xad, 0x17, 0x00];

pub(crate) const CONSUMER: u32 = 10;
pub(crate) const PROVIDER: u32 = 30;
/// The same address in both networks.
pub(crate) const ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 11);
pub(crate) const NEIGHBOUR_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 12);
pub(crate) const SERVICE_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 21);
pub(crate) const NODE_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 40);
pub(crate) const RESOLVER_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
pub(crate) const CLIENT: u32 = 11;
pub(crate) const NEIGHBOUR: u32 = 12;
pub(crate) const FRONTEND: u32 = 20;
pub(crate) const SERVER: u32 = 31;
pub(crate) const NODE: u32 = 40;
pub(crate) const SERVICE_PORT: u16 = 80;
pub(crate) const BACKEND_PORT: u16 = 8080;

/// A client and its neighbour in one network, a server with the client's address in another, and a
/// frontend that leads from the first to the second.
pub(crate) struct World {
    // Before the namespaces: what is attached goes first.
    pub(crate) datapath: Datapath,
    pub(crate) tables: Tables,
    pub(crate) pins: PinDir,
    pub(crate) client: Workload,
    pub(crate) neighbour: Workload,
    pub(crate) server: Workload,
    pub(crate) fabric: Namespace,
}

impl World {
    pub(crate) fn new(mechanism: Mechanism, offload: Offload) -> Self {
        let fabric = Namespace::new();
        let client = Workload::new(&fabric, CLIENT, ADDR, offload);
        let neighbour = Workload::new(&fabric, NEIGHBOUR, NEIGHBOUR_ADDR, offload);
        let server = Workload::new(&fabric, SERVER, ADDR, offload);
        let pins = PinDir::new();
        let datapath = Datapath::open(&options(&pins, mechanism)).unwrap();
        let mut world = Self {
            datapath,
            tables: Tables::default(),
            pins,
            client,
            neighbour,
            server,
            fabric,
        };
        world.change(|tables| *tables = all_tables());
        world.attach();
        world
    }

    pub(crate) fn attach(&self) {
        for workload in [&self.client, &self.neighbour, &self.server] {
            self.datapath
                .attach(self.fabric.net_ns(), workload.iface, Hook::FromWorkload)
                .unwrap();
        }
    }

    /// As the agent does it.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Tables)) {
        let mut tables = self.tables.clone();
        change(&mut tables);
        self.datapath.apply(&diff(&self.tables, &tables)).unwrap();
        self.tables = tables;
    }
}

fn all_tables() -> Tables {
    let mut tables = Tables::default();
    let places = [
        (CLIENT, CONSUMER, ADDR, AddressKind::Workload),
        (NEIGHBOUR, CONSUMER, NEIGHBOUR_ADDR, AddressKind::Workload),
        (FRONTEND, CONSUMER, SERVICE_ADDR, AddressKind::Frontend),
        (SERVER, PROVIDER, ADDR, AddressKind::Workload),
        (NODE, PROVIDER, NODE_ADDR, AddressKind::Node),
    ];
    for (iface, vni, addr, kind) in places {
        let interface = Interface {
            vni,
            route_table: vni,
            flags: INTERFACE_FILTERED,
            addr: addr.into(),
            ..Interface::default()
        };
        let interface = interface.with_groups(&[iface]).unwrap();
        tables.interfaces.insert(iface, interface);
        let addr = addr.into();
        let key = AddressKey { vni, addr };
        tables.addresses.insert(key, Address::new(kind, iface));
        for direction in [Direction::Egress, Direction::Ingress] {
            let everything = Rule {
                proto: PROTO_ANY,
                ..Rule::default()
            };
            tables.rulesets.insert(
                RulesetKey::new(iface, direction),
                RuleList::new(vni, vec![everything]),
            );
        }
    }
    for vni in [CONSUMER, PROVIDER] {
        let addr = RESOLVER_ADDR.into();
        tables.addresses.insert(
            AddressKey { vni, addr },
            Address::new(AddressKind::Resolver, 0),
        );
        tables.routes.insert(
            RouteKey::v4(vni, Ipv4Addr::new(10, 0, 0, 0), 16),
            Route::new(vni, RouteKind::Local),
        );
    }
    add_service(&mut tables);
    tables
}

fn add_service(tables: &mut Tables) {
    let frontend = Frontend {
        vni: CONSUMER,
        backend_vni: PROVIDER,
        node: NODE,
        flags: 0,
        node_addr: NODE_ADDR.into(),
    };
    tables.frontends.insert(FRONTEND, frontend);
    for proto in [PROTO_TCP, PROTO_UDP] {
        let listener = Listener {
            vni: PROVIDER,
            backend_set: 1,
            idle_secs: TCP_IDLE_SECS,
            pad: [0; 2],
        };
        tables
            .listeners
            .insert(ListenerKey::new(NODE, SERVICE_PORT, proto), listener);
    }
    tables.backend_sets.insert(1, vec![1; 7].into());
    let backend = Backend {
        vni: PROVIDER,
        iface: SERVER,
        addr: ADDR.into(),
        port: BACKEND_PORT.into(),
        pad: [0; 2],
        flags: 0,
    };
    tables.backends.insert(1, backend);
}
