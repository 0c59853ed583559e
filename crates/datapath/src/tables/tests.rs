//! Laws of the diff, its order, its epochs, and the limits.

use std::net::Ipv4Addr;

use proptest::collection::btree_map;
use proptest::prelude::*;

use super::*;
use crate::Epochs;
use crate::abi::{AddressKind, Direction, RouteKind};

fn addr(last: u8) -> crate::abi::Addr {
    Ipv4Addr::new(10, 0, 0, last).into()
}

fn address_key(vni: u32, last: u8) -> AddressKey {
    AddressKey {
        vni,
        addr: addr(last),
    }
}

fn backend(vni: u32) -> Backend {
    Backend {
        vni,
        ..Backend::default()
    }
}

prop_compose! {
    /// Few keys and few values, so that two of them have much in common.
    fn tables()(
        interfaces in btree_map(0..4u32, (0..3u32, 0..2u32), 0..4),
        addresses in btree_map((0..3u32, 0..3u8), 0..4u32, 0..6),
        routes in btree_map((0..2u32, 0..3u8), (0..3u32, any::<bool>()), 0..4),
        rulesets in btree_map((0..3u32, any::<bool>()), (0..3u32, 0..3usize), 0..4),
        frontends in btree_map(0..3u32, (0..3u32, 0..3u32), 0..3),
        listeners in btree_map((0..3u32, 80..82u16), (0..3u32, 0..3u32), 0..4),
        backend_sets in btree_map(0..3u32, proptest::collection::vec(0..4u32, 0..3), 0..3),
        backends in btree_map(0..4u32, (0..3u32, 0..2u32), 0..4),
    ) -> Tables {
        Tables {
            interfaces: interfaces.into_iter().map(|(iface, (vni, flags))| {
                (iface, Interface { vni, flags, ..Interface::default() })
            }).collect(),
            addresses: addresses.into_iter().map(|((vni, last), iface)| {
                (address_key(vni, last), Address::new(AddressKind::Workload, iface))
            }).collect(),
            routes: routes.into_iter().map(|((table, last), (vni, is_local))| {
                let kind = if is_local { RouteKind::Local } else { RouteKind::Blackhole };
                (RouteKey::new(table, addr(last), 128), Route::new(vni, kind))
            }).collect(),
            rulesets: rulesets.into_iter().map(|((group, is_ingress), (vni, count))| {
                let direction = if is_ingress { Direction::Ingress } else { Direction::Egress };
                (RulesetKey::new(group, direction), RuleList::new(vni, vec![Rule::default(); count]))
            }).collect(),
            frontends: frontends.into_iter().map(|(iface, (vni, backend_vni))| {
                (iface, Frontend { vni, backend_vni, ..Frontend::default() })
            }).collect(),
            listeners: listeners.into_iter().map(|((node, port), (vni, backend_set))| {
                let value = Listener { vni, backend_set, ..Listener::default() };
                (ListenerKey::new(node, port, 6), value)
            }).collect(),
            backend_sets: backend_sets.into_iter().map(|(id, slots)| (id, slots.into())).collect(),
            backends: backends.into_iter().map(|(id, (vni, flags))| {
                (id, Backend { vni, flags, ..Backend::default() })
            }).collect(),
        }
    }
}

/// Splits by a key's place, so that every part has entries of every table.
fn split(whole: &Tables, parts: usize) -> Vec<Tables> {
    let empty = Tables::default();
    let mut fragments = vec![Tables::default(); parts];
    for (index, op) in diff(&empty, whole).iter().enumerate() {
        apply(&mut fragments[index % parts], std::slice::from_ref(op));
    }
    fragments
}

/// Position of an op in the safe order.
fn stage(op: &MapOp) -> usize {
    match op {
        MapOp::Delete(TableKey::Address(_)) => 0,
        MapOp::Delete(TableKey::Frontend(_)) => 1,
        MapOp::Put(TableEntry::Ruleset(..)) => 2,
        MapOp::Put(TableEntry::Interface(..)) => 3,
        MapOp::Put(TableEntry::Backend(..)) => 4,
        MapOp::Put(TableEntry::BackendSet(..)) => 5,
        MapOp::Put(TableEntry::Listener(..)) => 6,
        MapOp::Put(TableEntry::Route(..)) => 7,
        MapOp::Put(TableEntry::Frontend(..)) => 8,
        MapOp::Put(TableEntry::Address(..)) => 9,
        MapOp::Delete(TableKey::Route(_)) => 10,
        MapOp::Delete(TableKey::Listener(_)) => 11,
        MapOp::Delete(TableKey::BackendSet(_)) => 12,
        MapOp::Delete(TableKey::Backend(_)) => 13,
        MapOp::Delete(TableKey::Interface(_)) => 14,
        MapOp::Delete(TableKey::Ruleset(_)) => 15,
        MapOp::BumpEpoch(_) => 16,
    }
}

proptest! {
    #[test]
    fn applying_a_diff_leads_to_the_new_tables(old in tables(), new in tables()) {
        let ops = diff(&old, &new);
        let mut applied = old;
        apply(&mut applied, &ops);
        prop_assert_eq!(&applied, &new);
        prop_assert!(ops.is_sorted_by_key(stage), "{:?}", ops);
        prop_assert_eq!(diff(&new, &new), vec![]);
    }

    #[test]
    fn fragments_lead_to_the_same_writes_as_the_whole(
        old in tables(), new in tables(), old_parts in 1..4usize, new_parts in 1..4usize,
    ) {
        let (old_parts, new_parts) = (split(&old, old_parts), split(&new, new_parts));
        let empty = Tables::default();
        let mut delta = Delta::default();
        for part in 0..old_parts.len().max(new_parts.len()) {
            let before = old_parts.get(part).unwrap_or(&empty);
            let after = new_parts.get(part).unwrap_or(&empty);
            delta.replace(before, after).unwrap();
        }
        prop_assert_eq!(delta.ops(), diff(&old, &new));
    }

    #[test]
    fn rule_lists_survive_the_form_that_the_kernel_holds(vni: u32, count in 0..=120u32) {
        let rules: Vec<Rule> =
            (0..count).map(|i| Rule { peer_group: i, ..Rule::default() }).collect();
        let list = RuleList::new(vni, rules);
        prop_assert_eq!(RuleList::from_abi(&list.to_abi().unwrap()), list);
    }
}

#[test]
fn what_is_changed_or_taken_away_bumps_its_networks_once() {
    let old = Tables {
        addresses: [
            (address_key(1, 1), Address::new(AddressKind::Workload, 11)),
            (
                address_key(0x2_0001, 2),
                Address::new(AddressKind::Workload, 12),
            ),
        ]
        .into(),
        frontends: [(
            20,
            Frontend {
                vni: 2,
                backend_vni: 3,
                ..Frontend::default()
            },
        )]
        .into(),
        ..Tables::default()
    };
    let ops = diff(&old, &Tables::default());
    let bumps: Vec<&MapOp> = ops
        .iter()
        .filter(|op| matches!(op, MapOp::BumpEpoch(_)))
        .collect();
    assert_eq!(
        bumps,
        [
            &MapOp::BumpEpoch(1),
            &MapOp::BumpEpoch(2),
            &MapOp::BumpEpoch(3)
        ],
        "vni 0x20001 shares the slot of vni 1"
    );

    let mut epochs = Epochs::default();
    epochs.apply(&ops);
    assert_eq!(
        (
            epochs.of(1),
            epochs.of(0x2_0001),
            epochs.of(2),
            epochs.of(4)
        ),
        (1, 1, 1, 0)
    );
}

#[test]
fn a_moved_entry_bumps_where_it_was_and_where_it_is() {
    let old = Tables {
        backends: [(1, backend(5))].into(),
        ..Tables::default()
    };
    let new = Tables {
        backends: [(1, backend(6))].into(),
        ..Tables::default()
    };
    assert_eq!(
        diff(&old, &new),
        [
            MapOp::Put(TableEntry::Backend(1, backend(6))),
            MapOp::BumpEpoch(5),
            MapOp::BumpEpoch(6)
        ]
    );
}

#[test]
fn only_new_entries_that_can_narrow_bump_an_epoch() {
    let empty = Tables::default();
    let bumps = |new: &Tables| {
        diff(&empty, new)
            .into_iter()
            .filter(|op| matches!(op, MapOp::BumpEpoch(_)))
            .count()
    };
    let widening = Tables {
        interfaces: [(1, Interface::default())].into(),
        addresses: [(address_key(1, 1), Address::new(AddressKind::Workload, 1))].into(),
        rulesets: [(
            RulesetKey::new(1, Direction::Egress),
            RuleList::new(1, [Rule::default()]),
        )]
        .into(),
        frontends: [(1, Frontend::default())].into(),
        listeners: [(ListenerKey::new(1, 80, 6), Listener::default())].into(),
        backend_sets: [(1, vec![1].into())].into(),
        ..Tables::default()
    };
    assert_eq!(bumps(&widening), 0);
    let route = (
        RouteKey::new(1, addr(1), 128),
        Route::new(1, RouteKind::Blackhole),
    );
    assert_eq!(
        bumps(&Tables {
            routes: [route].into(),
            ..Tables::default()
        }),
        1
    );
    assert_eq!(
        bumps(&Tables {
            backends: [(1, backend(1))].into(),
            ..Tables::default()
        }),
        1
    );
}

#[test]
fn backend_sets_bump_nothing() {
    let tables = |slots: &[u32]| Tables {
        backend_sets: [(1, Arc::from(slots))].into(),
        ..Tables::default()
    };
    let ops = diff(&tables(&[1, 2]), &tables(&[1, 1]));
    assert_eq!(
        ops,
        [MapOp::Put(TableEntry::BackendSet(1, Arc::from([1, 1])))]
    );
}

#[test]
fn fragments_that_overlap_are_refused() {
    let fragment = Tables {
        frontends: [(7, Frontend::default())].into(),
        ..Tables::default()
    };
    let mut whole = fragment.clone();
    assert_eq!(
        whole.merge(&fragment),
        Err(MergeConflict(TableKey::Frontend(7)))
    );

    let mut delta = Delta::default();
    delta.replace(&Tables::default(), &fragment).unwrap();
    assert_eq!(
        delta.replace(&Tables::default(), &fragment),
        Err(MergeConflict(TableKey::Frontend(7)))
    );
}

#[test]
fn every_limit_is_named_when_it_is_passed() {
    let capacity = Capacity {
        interfaces: 1,
        ..Capacity::default()
    };
    let full = Tables {
        interfaces: [(1, Interface::default())].into(),
        ..Tables::default()
    };
    assert_eq!(full.check(&capacity), Ok(()));
    let over = Tables {
        interfaces: [(1, Interface::default()), (2, Interface::default())].into(),
        ..Tables::default()
    };
    assert_eq!(
        over.check(&capacity),
        Err(CapacityError::Table {
            table: "interfaces",
            entries: 2,
            limit: 1
        })
    );

    let with_rules = |count| {
        let list = RuleList::new(1, vec![Rule::default(); count]);
        let tables = Tables {
            rulesets: [(RulesetKey::new(3, Direction::Ingress), list.clone())].into(),
            ..Tables::default()
        };
        (
            tables.check(&Capacity::default()),
            list.to_abi().map(|_| ()),
        )
    };
    assert_eq!(with_rules(RULES_MAX), (Ok(()), Ok(())));
    let count = RULES_MAX + 1;
    let error = CapacityError::Rules {
        group: 3,
        rules: count,
    };
    assert_eq!(with_rules(count), (Err(error), Err(TooManyRules { count })));

    let with_slots = |count| {
        let slots = Arc::from(vec![0; count]);
        let tables = Tables {
            backend_sets: [(4, slots)].into(),
            ..Tables::default()
        };
        tables.check(&Capacity::default())
    };
    let most = crate::maglev::SLOTS_MAX;
    assert_eq!(with_slots(most), Ok(()));
    let error = CapacityError::BackendSlots {
        backend_set: 4,
        slots: most + 1,
    };
    assert_eq!(with_slots(most + 1), Err(error));
}

#[test]
fn an_interface_holds_as_many_groups_as_its_value() {
    let groups: Vec<u32> = (1..=17).collect();
    let full = Interface::default().with_groups(&groups[..16]).unwrap();
    assert_eq!(full.groups(), &groups[..16]);
    assert_eq!(full.with_groups(&[5]).unwrap().groups(), [5]);
    assert_eq!(
        full.with_groups(&groups),
        Err(crate::abi::TooManyGroups { count: 17 })
    );
    assert_eq!(
        Interface {
            group_count: 99,
            ..full
        }
        .groups(),
        &groups[..16]
    );
}
