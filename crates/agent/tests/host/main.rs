//! The host layer against the real kernel. Needs root; every test has an installation of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test and what it calls stop at the first surprise"
)]

mod exec;
mod instances;
mod links;
mod namespaces;
mod probes;
mod support;
mod teardown;
mod workloads;
