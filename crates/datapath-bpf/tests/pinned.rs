//! What outlives the process: pinned maps and links, adopted, refused and removed.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may panic, and a guard says what it could not remove"
)]

#[path = "support/net.rs"]
mod net;
mod support;

use std::fs;
use std::path::Path;

use datapath::abi::*;
use datapath::{MapOp, RuleList, TableEntry, TableKey, Tables, diff};
use datapath_bpf::{Attachment, Datapath, Error, Hook, Mechanism, OpenOptions};

use self::net::*;
use self::support::ip;

/// Opens without anything attached.
fn open(options: &OpenOptions) -> Datapath {
    support::require_root();
    Datapath::open(options).unwrap()
}

fn some_tables() -> Tables {
    let mut tables = Tables::default();
    for number in 0..2000u32 {
        let addr = std::net::Ipv4Addr::from_bits(0x0a00_0000 + number);
        let interface = Interface {
            vni: number % 7,
            addr: addr.into(),
            ..Interface::default()
        };
        let groups: Vec<u32> = (0..number % 17).collect();
        tables
            .interfaces
            .insert(number, interface.with_groups(&groups).unwrap());
        let key = AddressKey {
            vni: number % 7,
            addr: addr.into(),
        };
        tables
            .addresses
            .insert(key, Address::new(AddressKind::Workload, number));
        tables.routes.insert(
            RouteKey::v4(number, addr, 8 + (number % 25) as u8),
            Route::new(7, RouteKind::Local),
        );
    }
    for number in 0..40u32 {
        let rules = vec![Rule::default(); RULES_MAX * number as usize / 39];
        tables.rulesets.insert(
            RulesetKey::new(number, Direction::Egress),
            RuleList::new(number, rules),
        );
        let slots: Vec<u32> = (0..number * 13).collect();
        tables.backend_sets.insert(number, slots.into());
        tables.backends.insert(number, Backend::default());
        tables.frontends.insert(number, Frontend::default());
        tables
            .listeners
            .insert(ListenerKey::new(number, 80, PROTO_TCP), Listener::default());
    }
    tables
}

#[test]
fn what_was_written_is_read_back_by_the_next_process() {
    let pins = PinDir::new();
    let options = options(&pins, Mechanism::Tcx);
    let old = some_tables();
    let first = open(&options);
    first.apply(&diff(&Tables::default(), &old)).unwrap();
    first.apply(&[MapOp::BumpEpoch(u16::MAX)]).unwrap();
    assert_eq!(first.read_tables().unwrap(), old);
    drop(first);

    let second = open(&options);
    assert_eq!(second.read_tables().unwrap(), old);
    assert_eq!(second.read_epochs().unwrap().slot(u16::MAX), 1);
    let mut new = old.clone();
    new.interfaces.retain(|iface, _| iface % 3 != 0);
    new.backend_sets.insert(1, vec![9; 5].into());
    new.backend_sets.remove(&2);
    new.rulesets.clear();
    second.apply(&diff(&old, &new)).unwrap();
    assert_eq!(second.read_tables().unwrap(), new);
    // Entries that are gone already are no error.
    second
        .apply(&[
            MapOp::Delete(TableKey::Interface(7)),
            MapOp::Delete(TableKey::BackendSet(7)),
        ])
        .unwrap();
    second.apply(&diff(&new, &Tables::default())).unwrap();
    assert!(second.read_tables().unwrap().is_empty());
}

#[test]
fn limits_are_errors_that_name_the_map() {
    let pins = PinDir::new();
    let mut options = options(&pins, Mechanism::Tcx);
    options.sizes.tables.backends = 10;
    let datapath = open(&options);

    let backend = |id| MapOp::Put(TableEntry::Backend(id, Backend::default()));
    let ten: Vec<MapOp> = (0..10).map(backend).collect();
    datapath.apply(&ten).unwrap();
    let error = datapath.apply(&[backend(10)]).unwrap_err();
    assert!(matches!(
        error,
        Error::MapWrite {
            map: "backends",
            ..
        }
    ));
    assert_eq!(datapath.read_tables().unwrap().backends.len(), 10);
    datapath
        .apply(&[MapOp::Delete(TableKey::Backend(0)), backend(10)])
        .unwrap();

    let rules = vec![Rule::default(); RULES_MAX + 1];
    let ruleset = TableEntry::Ruleset(
        RulesetKey::new(1, Direction::Ingress),
        RuleList::new(1, rules),
    );
    let error = datapath.apply(&[MapOp::Put(ruleset)]).unwrap_err();
    assert!(matches!(error, Error::TooManyRules(_)));

    let set = |slots| MapOp::Put(TableEntry::BackendSet(1, vec![7; slots].into()));
    datapath.apply(&[set(BACKEND_SLOTS_MAX)]).unwrap();
    let read = datapath.read_tables().unwrap();
    assert_eq!(read.backend_sets[&1].len(), BACKEND_SLOTS_MAX);
    let error = datapath.apply(&[set(BACKEND_SLOTS_MAX + 1)]).unwrap_err();
    assert!(matches!(error, Error::MapWrite { .. }), "{error}");
}

#[test]
fn maps_of_another_size_are_refused_and_say_why() {
    let pins = PinDir::new();
    let mut options = options(&pins, Mechanism::Tcx);
    drop(open(&options));
    options.sizes.flows *= 2;
    let error = Datapath::open(&options).unwrap_err();
    assert!(error.is_of_earlier_process(), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("room for 1024 flows, not for 2048"),
        "{message}"
    );

    options.sizes.flows /= 2;
    options.sizes.half_open *= 2;
    let error = Datapath::open(&options).unwrap_err();
    assert!(error.is_of_earlier_process(), "{error}");
    let message = error.to_string();
    assert!(message.contains("the map half_open"), "{message}");
    assert!(message.contains("has size 2048"), "{message}");

    datapath_bpf::remove(&pins.0).unwrap();
    assert!(!pins.0.exists());
    datapath_bpf::remove(&pins.0).unwrap();
    drop(open(&options));
}

#[test]
fn pins_of_another_version_are_refused_and_named() {
    let pins = PinDir::new();
    let options = options(&pins, Mechanism::Tcx);
    drop(open(&options));
    let (own, other) = (format!("v{ABI_VERSION}"), format!("v{}", ABI_VERSION - 1));
    fs::rename(pins.0.join(&own), pins.0.join(&other)).unwrap();
    let error = Datapath::open(&options).unwrap_err();
    let message = error.to_string();
    let path = pins.0.join(other);
    assert!(error.is_of_earlier_process(), "{error}");
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    assert!(!pins.0.join(&own).exists());

    datapath_bpf::remove(&pins.0).unwrap();
    drop(open(&options));
}

#[test]
fn a_map_that_is_missing_beside_adopted_ones_is_made() {
    let pins = PinDir::new();
    let options = options(&pins, Mechanism::Tcx);
    let first = open(&options);
    let tables = some_tables();
    first.apply(&diff(&Tables::default(), &tables)).unwrap();
    let windows = pins.0.join(format!("v{ABI_VERSION}/maps/resolver_windows"));
    fs::remove_file(&windows).unwrap();
    drop(first);
    let second = open(&options);
    assert!(windows.exists());
    assert_eq!(second.read_tables().unwrap(), tables);
}

#[test]
fn flows_are_not_adopted_without_their_counters() {
    let pins = PinDir::new();
    let options = options(&pins, Mechanism::Tcx);
    drop(open(&options));
    let counters = pins.0.join(format!("v{ABI_VERSION}/maps/flow_blocks"));
    fs::remove_file(&counters).unwrap();
    let error = Datapath::open(&options).unwrap_err();
    assert!(matches!(error, Error::AdoptMissing { .. }), "{error}");
    assert!(!counters.exists());
}

#[test]
fn pins_must_lie_in_a_bpffs() {
    support::require_root();
    let pins = PinDir::new();
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(&pins, Mechanism::Tcx);
    options.bpffs_dir = dir.path().join("adit");
    let error = Datapath::open(&options).unwrap_err();
    assert!(matches!(error, Error::NotBpffs { .. }), "{error}");
    assert!(!options.bpffs_dir.exists());
}

fn attachment(ifindex: u32, mechanism: Mechanism) -> Attachment {
    Attachment {
        hook: Hook::FromWorkload,
        ifindex,
        mechanism,
    }
}

/// What `tc` and the kernel know, beside what we believe.
fn clsact_filters(fabric: &Namespace, device: &str) -> String {
    fabric.run(|| support::output("tc", &format!("filter show dev {device} ingress")))
}

#[test]
fn links_whose_device_is_gone_are_forgotten() {
    if support::available(Mechanism::Tcx) != Mechanism::Tcx {
        println!("NOT TESTED: this kernel has no links of devices (TCX)");
        return;
    }
    let pins = PinDir::new();
    let options = options(&pins, Mechanism::Tcx);
    let fabric = Namespace::new();
    fabric.run(|| {
        support::make_devices(&[11, 12, 13, 14]);
    });
    let datapath = open(&options);
    for ifindex in [11, 12, 13] {
        let attached = datapath
            .attach(fabric.net_ns(), ifindex, Hook::FromWorkload)
            .unwrap();
        assert_eq!(attached, attachment(ifindex, Mechanism::Tcx));
    }
    datapath
        .detach(fabric.net_ns(), 13, Hook::FromWorkload)
        .unwrap();
    drop(datapath);

    fabric.run(|| ip("link delete v11"));
    let datapath = open(&options);
    assert_eq!(datapath.attachments().unwrap(), []);
    // A new device with the old index.
    fabric.run(|| support::make_devices(&[11, 12]));
    datapath
        .attach(fabric.net_ns(), 11, Hook::FromWorkload)
        .unwrap();
    let attached = datapath.attachments().unwrap();
    assert_eq!(attached, [attachment(11, Mechanism::Tcx)]);

    fabric.run(|| ip("link delete v11"));
    datapath
        .detach(fabric.net_ns(), 11, Hook::FromWorkload)
        .unwrap();
    datapath
        .detach(fabric.net_ns(), 11, Hook::FromWorkload)
        .unwrap();
    assert_eq!(datapath.attachments().unwrap(), []);
    let error = datapath
        .attach(fabric.net_ns(), 11, Hook::FromWorkload)
        .unwrap_err();
    assert!(matches!(error, Error::Attach { ifindex: 11, .. }));
}

#[test]
fn a_device_has_one_program_whatever_way_it_was_attached() {
    let pins = PinDir::new();
    let fabric = Namespace::new();
    fabric.run(|| support::make_devices(&[11, 12]));
    let clsact_then_tcx = [Mechanism::Clsact, Mechanism::Clsact, Mechanism::Tcx];
    for mechanism in clsact_then_tcx.into_iter().cycle().take(7) {
        let datapath = open(&options(&pins, mechanism));
        datapath
            .attach(fabric.net_ns(), 11, Hook::FromWorkload)
            .unwrap();
        let mechanism = support::available(mechanism);
        let attached = datapath.attachments().unwrap();
        assert_eq!(attached, [attachment(11, mechanism)]);
        let filters = clsact_filters(&fabric, "v11").matches("handle").count();
        assert_eq!(filters, usize::from(mechanism == Mechanism::Clsact));
    }
    let datapath = open(&options(&pins, Mechanism::Clsact));
    datapath
        .detach(fabric.net_ns(), 11, Hook::FromWorkload)
        .unwrap();
    assert_eq!(clsact_filters(&fabric, "v11"), "");
    assert_eq!(datapath.attachments().unwrap(), []);
    // The device went, the pin stayed.
    datapath
        .attach(fabric.net_ns(), 12, Hook::FromWorkload)
        .unwrap();
    fabric.run(|| ip("link delete v11"));
    datapath
        .detach(fabric.net_ns(), 12, Hook::FromWorkload)
        .unwrap();
    assert_eq!(datapath.attachments().unwrap(), []);
}

#[test]
fn bpffs_is_mounted_where_it_is_looked_for() {
    let pins = PinDir::new();
    let datapath = open(&options(&pins, Mechanism::Tcx));
    drop(datapath);
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(mounts.contains(" /sys/fs/bpf bpf "));
    let flows = pins.0.join(format!("v{ABI_VERSION}/maps/flows"));
    assert!(Path::new(&flows).exists());
}
