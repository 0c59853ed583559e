//! Section 7: how many packets an interface may send to the resolver, which is one for all.

use std::collections::BTreeMap;

use crate::DropReason;
use crate::abi::{Config, ResolverWindow};

/// The map `resolver_windows`: interface to its packets within one second. When it is full, the
/// kernel evicts the least recently used; here it is never full.
pub type ResolverWindows = BTreeMap<u32, ResolverWindow>;

/// Counts so many packets of `iface`, if they are within the limit.
pub(super) fn count(
    config: &Config,
    windows: &mut ResolverWindows,
    iface: u32,
    packets: u32,
    now: u32,
) -> Result<(), DropReason> {
    let limit = config.resolver_packets_max;
    if limit == 0 {
        return Ok(());
    }
    let fresh = ResolverWindow {
        count: 0,
        second: now,
    };
    let window = windows.entry(iface).or_insert(fresh);
    // Signed: a packet that another processor's has overtaken does not turn the second back.
    if now.wrapping_sub(window.second).cast_signed() > 0 {
        *window = fresh;
    }
    if window.count >= limit {
        return Err(DropReason::ResolverLimit);
    }
    window.count = window.count.saturating_add(packets);
    if window.count > limit {
        return Err(DropReason::ResolverLimit);
    }
    Ok(())
}
