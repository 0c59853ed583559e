//! The compiler in the middle: desired state in, what one host shall be out.
//!
//! Packets (tables of the data plane), names (what each VPC's resolver answers), instances with their links, and
//! probes (health checks). It joins AWS's concepts to the data plane's mechanisms; no other crate knows both. It does
//! no I/O and keeps no time. Invariant: an endpoint whose connection is not accepted has no entry in any table and no
//! answer in any name.
//!
//! The state is cut into [`Unit`]s, and each unit compiles by itself to a [`Fragment`]; the whole is their union.
//! [`Compiler::update`] recompiles only the units that a change touches, so that work follows what changed and not
//! what exists. [`compile`] does everything at once; both give the same.

#![forbid(unsafe_code)]

mod check;
mod compiler;
mod fragment;
mod hidden_zones;
mod instance;
mod names;
mod packets;
mod probe;
mod unit;

#[cfg(test)]
mod tests;

pub use self::check::{Finding, check};
pub use self::compiler::{CompileError, Compiler, Step, compile};
pub use self::fragment::{Fragment, HostPlan, Report};
pub use self::instance::{InstancePlan, InstanceWish, private_dns_name};
pub use self::names::{
    Answer, Data, NameKey, Names, NodeAddress, RecordSet, Scope, Wanted, answer,
};
pub use self::probe::{HttpGet, ProbeKind, ProbePlan};
pub use self::unit::Unit;
