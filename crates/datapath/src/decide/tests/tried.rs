//! A collector of situations in which a packet is dropped.

use std::collections::BTreeSet;

use super::world::{CLIENT, Place, World, set_rules};
use crate::abi::Direction;
use crate::packet::PacketBuilder;
use crate::{DropReason as D, Hook, Tables, Verdict};

/// The reasons that a situation was found for.
#[derive(Default)]
pub(super) struct Tried(pub(super) BTreeSet<D>);

impl Tried {
    /// In the world as it is, the client sends `packet`.
    #[track_caller]
    pub(super) fn client(&mut self, reason: D, name: &str, packet: impl Into<Vec<u8>>) {
        self.changed(reason, name, |_| {}, packet);
    }

    /// After a change, the client sends `packet`.
    #[track_caller]
    pub(super) fn changed(
        &mut self,
        reason: D,
        name: &str,
        change: impl FnOnce(&mut Tables),
        packet: impl Into<Vec<u8>>,
    ) {
        let hook = Hook::FromWorkload {
            iface: CLIENT.iface,
        };
        self.expect(reason, name, change, hook, packet.into());
    }

    /// In the world as it is, the fabric's sockets send `packet`.
    #[track_caller]
    pub(super) fn fabric(&mut self, reason: D, name: &str, packet: impl Into<Vec<u8>>) {
        self.expect(reason, name, |_| {}, Hook::FromFabric, packet.into());
    }

    #[track_caller]
    pub(super) fn expect(
        &mut self,
        reason: D,
        name: &str,
        change: impl FnOnce(&mut Tables),
        hook: Hook,
        packet: Vec<u8>,
    ) {
        let mut world = World::new();
        world.change(change);
        let verdict = world.decide(hook, packet);
        assert_eq!(verdict, Verdict::Drop(reason), "{reason}: {name}");
        assert_eq!(world.flow_counts(), (0, 0), "{reason}: {name}");
        self.0.insert(reason);
    }
}

/// A packet with one byte replaced.
pub(super) fn edited(packet: PacketBuilder, at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = packet.build();
    bytes[at] = byte;
    bytes
}

/// Only the first bytes of a packet.
pub(super) fn cut(packet: PacketBuilder, len: usize) -> Vec<u8> {
    let mut bytes = packet.build();
    bytes.truncate(len);
    bytes
}

/// Takes all rules of the place's group in one direction away.
pub(super) fn no_rules(vni: u32, place: Place, direction: Direction) -> impl FnOnce(&mut Tables) {
    move |tables| set_rules(tables, vni, place.iface, direction, &[])
}
