//! Backend sets: which backend a new flow goes to, by the hash of its key.
//!
//! Maglev's table (Eisenbud et al., NSDI 2016, section 3.4): every backend has about its share of
//! the slots, and when one goes, nearly all slots of the others stay. Unlike the paper's, a
//! backend's walk through the slots is a sequence of random numbers and not an arithmetic one: two
//! of those can run along each other, and then the one disturbs the other all the way.
//!
//! The table is read for new flows only; live flows keep their backend by the flow table.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::abi::BACKEND_SLOTS_MAX;

/// Slots that a set has for each backend, so that shares differ by one percent at most.
const SLOTS_PER_BACKEND: usize = 100;

/// Sizes of sets: the largest primes below the powers of two. Few sizes, far apart, because a
/// change of size moves every slot.
const SIZES: [usize; 10] = [
    251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131_071,
];

/// The largest set: its size itself takes one entry of the kernel's array.
pub const SLOTS_MAX: usize = BACKEND_SLOTS_MAX - 1;

const _: () = assert!(SIZES[SIZES.len() - 1] == SLOTS_MAX);

/// There are more backends than slots in the largest set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{count} backends in one set, at most {SLOTS_MAX}")]
pub struct TooManyBackends {
    /// How many there are.
    pub count: usize,
}

/// A backend's share of new flows, relative to the others in its set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Weight(pub u16);

impl Weight {
    /// For sets whose backends are all alike.
    pub const EQUAL: Self = Self(1);
    /// No new flows.
    pub const NONE: Self = Self(0);
}

/// The slots of a set of `backends` (id and weight), each slot holding a backend's id. Empty if no
/// backend has weight.
///
/// `registered` is how many backends there are when all are healthy: the size of the set follows
/// from it, so that a backend that comes and goes with its health moves few slots. The order of
/// `backends` does not matter; of two with one id the last counts.
///
/// With equal weights, shares differ by one slot at most, and M slots take O(M log M) steps.
///
/// # Errors
/// More backends than [`SLOTS_MAX`].
pub fn slots(backends: &[(u32, Weight)], registered: usize) -> Result<Arc<[u32]>, TooManyBackends> {
    let weights: BTreeMap<u32, Weight> = backends.iter().copied().collect();
    let heaviest = u64::from(weights.values().max().map_or(0, |weight| weight.0));
    let size = size_for(registered.max(weights.len()))?;
    if heaviest == 0 {
        return Ok(Arc::from([]));
    }

    let mut seats: Vec<Seat> = weights
        .into_iter()
        .filter(|(_, weight)| *weight != Weight::NONE)
        .map(|(id, weight)| Seat::new(id, weight))
        .collect();
    let mut slots: Vec<Option<u32>> = vec![None; size];
    let mut free = size;
    while free > 0 {
        for seat in &mut seats {
            seat.credit += seat.weight;
            if seat.credit >= heaviest && free > 0 {
                seat.credit -= heaviest;
                seat.take(&mut slots);
                free -= 1;
            }
        }
    }
    Ok(slots.into_iter().flatten().collect())
}

fn size_for(backends: usize) -> Result<usize, TooManyBackends> {
    if backends > SLOTS_MAX {
        return Err(TooManyBackends { count: backends });
    }
    let wanted = backends.saturating_mul(SLOTS_PER_BACKEND);
    Ok(SIZES
        .into_iter()
        .find(|size| *size >= wanted)
        .unwrap_or(SLOTS_MAX))
}

/// A backend on its walk through the slots, in an order of its own.
struct Seat {
    id: u32,
    weight: u64,
    /// It takes a slot whenever this reaches the heaviest weight.
    credit: u64,
    walk: SplitMix64,
}

impl Seat {
    fn new(id: u32, weight: Weight) -> Self {
        // Ids are often neighbours; the walks' starts are far apart.
        let start = SplitMix64(u64::from(id)).next();
        let walk = SplitMix64(start);
        Self {
            id,
            weight: u64::from(weight.0),
            credit: 0,
            walk,
        }
    }

    /// Takes the first free slot on its way. There must be one.
    fn take(&mut self, slots: &mut [Option<u32>]) {
        let size = slots.len() as u64;
        loop {
            let number = self.walk.next() >> 32;
            let at = usize::try_from((number * size) >> 32).unwrap_or(0);
            if let Some(slot @ None) = slots.get_mut(at) {
                *slot = Some(self.id);
                return;
            }
        }
    }
}

/// Random numbers (Steele, Lea, Flood 2014), the same for the same seed.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, btree_set};
    use proptest::prelude::*;

    use super::*;

    fn equal(ids: impl IntoIterator<Item = u32>) -> Vec<(u32, Weight)> {
        ids.into_iter().map(|id| (id, Weight::EQUAL)).collect()
    }

    fn shares(slots: &[u32]) -> BTreeMap<u32, usize> {
        let mut shares = BTreeMap::new();
        for id in slots {
            *shares.entry(*id).or_default() += 1;
        }
        shares
    }

    proptest! {
        #[test]
        fn equal_backends_have_equal_shares(ids in btree_set(any::<u32>(), 1..60)) {
            let slots = slots(&equal(ids.iter().copied()), 0).unwrap();
            prop_assert!(slots.len() >= 251 && slots.len() >= 100 * ids.len());
            let shares = shares(&slots);
            prop_assert_eq!(shares.len(), ids.len());
            let (least, most) = (shares.values().min().unwrap(), shares.values().max().unwrap());
            prop_assert!(most - least <= 1, "{} to {}", least, most);
        }

        #[test]
        fn weighted_backends_have_their_shares(
            weights in btree_map(any::<u32>(), 0..20u16, 1..20),
        ) {
            let backends: Vec<(u32, Weight)> =
                weights.iter().map(|(id, weight)| (*id, Weight(*weight))).collect();
            let slots = slots(&backends, 0).unwrap();
            let shares = shares(&slots);
            let total: usize = weights.values().map(|weight| usize::from(*weight)).sum();
            for (id, weight) in &weights {
                let share = shares.get(id).copied().unwrap_or(0);
                let fair = slots.len() * usize::from(*weight) / total.max(1);
                prop_assert!(share.abs_diff(fair) <= 2 + fair / 50, "{share} of {fair}");
            }
        }

        #[test]
        fn the_order_of_backends_does_not_matter(
            ids in btree_set(any::<u32>(), 1..30), rotation: usize,
        ) {
            let backends = equal(ids);
            let mut rotated = backends.clone();
            rotated.rotate_left(rotation % backends.len());
            prop_assert_eq!(slots(&backends, 0), slots(&rotated, 0));
        }

        #[test]
        fn one_of_ten_that_goes_leaves_the_others_where_they_are(
            ids in btree_set(any::<u32>(), 10), gone in 0..10usize,
        ) {
            let backends = equal(ids);
            let mut rest = backends.clone();
            let (gone, _) = rest.remove(gone);
            let before = slots(&backends, 10).unwrap();
            let after = slots(&rest, 10).unwrap();
            prop_assert_eq!(before.len(), after.len());
            let kept = before.iter().filter(|id| **id != gone).count();
            let moved = before.iter().zip(after.iter())
                .filter(|(before, after)| **before != gone && before != after).count();
            prop_assert!(moved * 100 <= kept * 6, "{moved} of {kept}");
        }
    }

    #[test]
    fn a_set_without_backends_is_empty() {
        assert!(slots(&[], 10).unwrap().is_empty());
        assert!(slots(&[(1, Weight::NONE)], 10).unwrap().is_empty());
    }

    #[test]
    fn the_largest_set_holds_the_limit_and_no_more() {
        assert_eq!(slots(&equal(0..2000), 0).unwrap().len(), SLOTS_MAX);
        let count = SLOTS_MAX + 1;
        assert_eq!(slots(&equal([1]), SLOTS_MAX).unwrap().len(), SLOTS_MAX);
        assert_eq!(slots(&equal([1]), count), Err(TooManyBackends { count }));
    }
}
