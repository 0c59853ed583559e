//! The counters of what is in `flows`, as user space sees them. Only the program keeps them on a host: a test bed, which
//! enters and removes flows by itself, must count them by itself too. The twin of `bpf/lib/counters.h`.

use std::collections::BTreeMap;

use datapath::abi::{Config, FlowCounters, FlowKey};
use datapath::{flow_hash, mix};

/// `COUNTER_HASH_SALT` of `bpf/lib/counters.h`.
const SALT: u32 = 0x27d4_eb2f;

/// The blocks in which these keys count, with their counters.
pub(crate) fn counted<'k>(
    config: &Config,
    keys: impl IntoIterator<Item = &'k FlowKey>,
) -> BTreeMap<u32, FlowCounters> {
    let mut blocks: BTreeMap<u32, FlowCounters> = BTreeMap::new();
    for key in keys {
        let hash = flow_hash(config.hash_seed, key);
        let block = hash & config.flow_blocks.wrapping_sub(1);
        let counters = blocks.entry(block).or_default();
        let hash = mix(hash ^ SALT);
        for counter in [hash & 127, hash >> 7 & 127] {
            let shift = (counter & 7) * 4;
            if let Some(word) = counters.words.get_mut(counter as usize >> 3) {
                *word = word.wrapping_add(1 << shift);
            }
        }
    }
    blocks
}
