//! Epochs: one counter per slot of virtual networks, which says whether a flow must be checked
//! again.

use std::collections::BTreeMap;

use crate::MapOp;
use crate::abi::epoch_slot;

/// The `epochs` map, [`crate::abi::EPOCH_SLOTS`] counters that begin at zero and wrap.
///
/// Networks that share the low 16 bits of their vni share a slot: their flows are checked again
/// more often than needed, never less.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Epochs {
    slots: BTreeMap<u16, u32>,
}

impl Epochs {
    /// The counter of one virtual network.
    pub fn of(&self, vni: u32) -> u32 {
        self.slot(epoch_slot(vni))
    }

    /// The counter of one slot.
    pub fn slot(&self, slot: u16) -> u32 {
        self.slots.get(&slot).copied().unwrap_or(0)
    }

    /// What a flow of these two scopes is compared with.
    pub fn sum(&self, scopes: [u16; 2]) -> u32 {
        self.slot(scopes[0]).wrapping_add(self.slot(scopes[1]))
    }

    /// Sets one slot, as user space does when it adopts the kernel's state.
    pub fn set(&mut self, slot: u16, epoch: u32) {
        self.slots.insert(slot, epoch);
    }

    /// Carries out the bumps among `ops`.
    pub fn apply(&mut self, ops: &[MapOp]) {
        for op in ops {
            if let MapOp::BumpEpoch(slot) = op {
                let epoch = self.slots.entry(*slot).or_default();
                *epoch = epoch.wrapping_add(1);
            }
        }
    }
}
