//! The object's debug information against `datapath::abi`, field by field.

use std::fs;
use std::mem::offset_of;

use datapath::abi::*;
use libbpf_rs::btf::types::{MemberAttr, Struct};
use libbpf_rs::btf::{Btf, HasSize};

use super::OBJECT;

const HEADER: &str = include_str!("../../../../bpf/lib/abi.h");

/// Name, offset in bytes.
type Field = (&'static str, usize);

struct Layout {
    c_name: &'static str,
    size: usize,
    fields: Vec<Field>,
}

macro_rules! layout {
    ($c_name:literal, $type:ty, [$($field:ident),+]) => {
        Layout {
            c_name: $c_name,
            size: size_of::<$type>(),
            fields: vec![$((stringify!($field), offset_of!($type, $field))),+],
        }
    };
}

fn layouts() -> Vec<Layout> {
    vec![
        layout!(
            "interface",
            Interface,
            [vni, route_table, flags, group_count, addr, groups]
        ),
        layout!("address_key", AddressKey, [vni, addr]),
        layout!("address", Address, [iface, kind, pad]),
        layout!("route_key", RouteKey, [prefix_len, route_table, addr]),
        layout!("route", Route, [vni, kind, pad]),
        layout!("ruleset_key", RulesetKey, [group, direction, pad]),
        layout!(
            "rule",
            Rule,
            [prefix, peer_group, port_lo, port_hi, prefix_len, proto, pad]
        ),
        layout!("ruleset", Ruleset, [vni, count, rules]),
        layout!(
            "frontend",
            Frontend,
            [vni, backend_vni, node, flags, node_addr]
        ),
        layout!("listener_key", ListenerKey, [node, port, proto, pad]),
        layout!("listener", Listener, [vni, backend_set, idle_secs, pad]),
        layout!("backend", Backend, [vni, iface, addr, port, pad, flags]),
        layout!(
            "flow_key",
            FlowKey,
            [iface, sport, dport, saddr, daddr, proto, pad]
        ),
        layout!(
            "flow",
            Flow,
            [
                saddr, daddr, sport, dport, out_iface, last_seen, epoch, frontend, backend, scopes,
                idle_secs, flags, state
            ]
        ),
        layout!("resolver_window", ResolverWindow, [count, second]),
        layout!("reap", Reap, [now, count, removed]),
        layout!(
            "config",
            Config,
            [
                fabric_iface,
                hash_seed,
                mtu,
                resolver_packets_max,
                nat_port_min,
                nat_port_max,
                fixed_now_secs,
                fabric_prefix,
                fabric_mac,
                pad,
                flow_blocks
            ]
        ),
        layout!("flow_counters", FlowCounters, [words]),
    ]
}

fn with_btf(check: impl FnOnce(&Btf<'_>)) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("adit.bpf.o");
    fs::write(&path, OBJECT).unwrap();
    check(&Btf::from_path(&path).unwrap());
}

#[test]
fn structs_have_the_same_fields_at_the_same_offsets() {
    with_btf(|btf| {
        for layout in layouts() {
            let found: Struct<'_> = btf.type_by_name(layout.c_name).expect(layout.c_name);
            let fields: Vec<(String, usize)> = found
                .iter()
                .map(|member| {
                    let MemberAttr::Normal { offset } = member.attr else {
                        panic!("{}: a bit field", layout.c_name);
                    };
                    let name = member.name.unwrap().to_str().unwrap().to_owned();
                    (name, offset as usize / 8)
                })
                .collect();
            let wanted: Vec<(String, usize)> = layout
                .fields
                .iter()
                .map(|(name, offset)| ((*name).to_owned(), *offset))
                .collect();
            assert_eq!(fields, wanted, "struct {}", layout.c_name);
            assert_eq!(found.size(), layout.size, "struct {}", layout.c_name);
        }
        let addr: Struct<'_> = btf.type_by_name("addr").unwrap();
        assert_eq!(addr.size(), size_of::<Addr>());
    });
}

#[test]
fn every_struct_of_the_header_is_compared() {
    let in_header: Vec<&str> = HEADER
        .lines()
        .filter_map(|line| line.strip_prefix("struct ")?.strip_suffix(" {"))
        .collect();
    let mut compared: Vec<&str> = layouts().iter().map(|layout| layout.c_name).collect();
    compared.push("addr");
    for name in in_header {
        assert!(compared.contains(&name), "struct {name}");
    }
}

#[test]
fn enums_have_the_same_numbers() {
    let enums: [(&str, Vec<(String, i64)>); 3] = [
        (
            "address_kind",
            numbers(
                "ADDRESS_",
                AddressKind::ALL.iter().map(|kind| (kind, *kind as i64)),
            ),
        ),
        (
            "route_kind",
            numbers(
                "ROUTE_",
                RouteKind::ALL.iter().map(|kind| (kind, *kind as i64)),
            ),
        ),
        (
            "direction",
            numbers(
                "DIRECTION_",
                Direction::ALL.iter().map(|it| (it, *it as i64)),
            ),
        ),
    ];
    for (name, wanted) in enums {
        let body = HEADER
            .split_once(&format!("enum {name} {{"))
            .and_then(|(_, rest)| rest.split_once('}'))
            .unwrap()
            .0;
        let found: Vec<(String, i64)> = body
            .lines()
            .filter_map(|line| line.trim().split_once(" = "))
            .map(|(name, rest)| {
                let number = rest.split(',').next().unwrap().parse().unwrap();
                (name.to_owned(), number)
            })
            .collect();
        assert_eq!(found, wanted, "enum {name}");
    }
}

fn numbers<T: std::fmt::Debug>(
    prefix: &str,
    variants: impl Iterator<Item = (T, i64)>,
) -> Vec<(String, i64)> {
    variants
        .map(|(variant, number)| (format!("{prefix}{variant:?}").to_uppercase(), number))
        .collect()
}

#[test]
fn constants_have_the_same_values() {
    let constants: [(&str, u64); 30] = [
        ("ABI_VERSION", ABI_VERSION.into()),
        ("GROUPS_MAX", GROUPS_MAX as u64),
        ("RULES_MAX", RULES_MAX as u64),
        ("EPOCH_SLOTS", EPOCH_SLOTS as u64),
        ("PORT_PROBES_MAX", PORT_PROBES_MAX.into()),
        ("BACKEND_SLOTS_MAX", BACKEND_SLOTS_MAX as u64),
        ("RESOLVER_WINDOWS_MAX", RESOLVER_WINDOWS_MAX as u64),
        ("REAP_BATCH_MAX", REAP_BATCH_MAX as u64),
        ("INTERFACE_FILTERED", INTERFACE_FILTERED.into()),
        ("INTERFACE_WORKLOAD", INTERFACE_WORKLOAD.into()),
        ("PROTO_ANY", PROTO_ANY.into()),
        ("ICMP_ANY", ICMP_ANY.into()),
        ("FRONTEND_NODE_RULES", FRONTEND_NODE_RULES.into()),
        ("BACKEND_TERMINATE", BACKEND_TERMINATE.into()),
        ("FLOW_REPLY", FLOW_REPLY.into()),
        ("FLOW_TO_FABRIC", FLOW_TO_FABRIC.into()),
        ("FLOW_FIN_SELF", FLOW_FIN_SELF.into()),
        ("FLOW_FIN_PEER", FLOW_FIN_PEER.into()),
        ("FLOW_RST", FLOW_RST.into()),
        ("FLOW_ANSWERED", FLOW_ANSWERED.into()),
        ("TCP_IDLE_SECS", TCP_IDLE_SECS.into()),
        ("UDP_IDLE_SECS", UDP_IDLE_SECS.into()),
        ("ICMP_IDLE_SECS", ICMP_IDLE_SECS.into()),
        ("TCP_HALF_OPEN_SECS", TCP_HALF_OPEN_SECS.into()),
        ("TCP_CLOSING_SECS", TCP_CLOSING_SECS.into()),
        ("FABRIC_KIND_REMOTE", FabricKind::Remote as u64),
        ("FABRIC_KIND_LOCAL", FabricKind::Local as u64),
        ("MAC_PREFIX_0", MAC_PREFIX[0].into()),
        ("MAC_PREFIX_1", MAC_PREFIX[1].into()),
        ("ROUTER_IFACE", ROUTER_IFACE.into()),
    ];
    let in_header: Vec<(String, u64)> = HEADER
        .lines()
        .filter_map(|line| line.strip_prefix("#define ")?.split_once(['\t', ' ']))
        .map(|(name, rest)| {
            (
                name.to_owned(),
                value(rest.split("/*").next().unwrap().trim()),
            )
        })
        .collect();
    for (name, found) in &in_header {
        let wanted = constants.iter().find(|(constant, _)| constant == name);
        assert_eq!(Some(*found), wanted.map(|(_, value)| *value), "{name}");
    }
    assert_eq!(in_header.len(), constants.len());
}

/// The value of `12`, `0xff` or `(1u << 3)`.
fn value(text: &str) -> u64 {
    if let Some(shift) = text.strip_prefix("(1u << ") {
        return 1 << shift.trim_end_matches(')').parse::<u32>().unwrap();
    }
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).unwrap(),
        None => text.parse().unwrap_or_else(|_| panic!("{text}")),
    }
}
