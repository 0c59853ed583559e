//! The data plane's contract: tables, packets, drop reasons, and a reference implementation.
//!
//! The twin of `bpf/`. It knows interfaces, addresses, rules, frontends and flows, and nothing of
//! VPC endpoints: whoever fills [`Tables`] gives them their meaning. `docs/datapath.md` is the
//! specification that this crate and the kernel program both implement.
//!
//! Pure: no I/O, no clock, no randomness.

#![forbid(unsafe_code)]

pub mod abi;
mod decide;
mod drop;
mod epochs;
pub mod maglev;
pub mod packet;
mod tables;

pub use self::decide::{
    Admission, AllowedBy, Cut, Datapath, Exit, FlowTable, Flows, Hook, Judged, Judgement,
    ResolverWindows, Step, Target, Verdict, decide, flow_hash, is_idle, mix, peer_key,
};
pub use self::drop::{DROP_REASONS_MAX, DropReason};
pub use self::epochs::Epochs;
pub use self::tables::{
    Capacity, CapacityError, Delta, MapOp, MergeConflict, RuleList, TableEntry, TableKey, Tables,
    TooManyRules, apply, diff,
};
