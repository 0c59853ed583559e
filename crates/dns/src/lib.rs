//! The resolver of every virtual network: sockets around somebody else's pure answers.
//!
//! An [`Answerer`] says what a name is to one client, with no sockets and no clock; this crate does the
//! rest: messages, UDP and TCP, aliases, forwarding of what is not ours, cache, limits. It knows no VPC
//! and no endpoint, and enters no network namespace: listening sockets come from [`listen`], called where
//! they belong, and sockets towards upstream resolvers from [`UpstreamSockets`].
//!
//! Invariants: an answer goes out from the very address that was asked. A reply over UDP is never larger
//! than the asker allows, 1232 bytes at most. A name under one of our own zones is never asked elsewhere.
//! Answers for one client are looked up for that client alone; only what upstream resolvers said, which is the
//! same for all, is shared.
//!
//! Source: RFC 1034/1035, 2308 (negative answers), 6891 (EDNS), 7766 (TCP), 8482 (ANY), 8020; resolver at
//! VPC+2: VPC guide, "DNS attributes", 2026.
#![forbid(unsafe_code)]

mod answerer;
mod chain;
mod counters;
mod forward;
mod limits;
mod listen;
mod query;
mod record;
mod reply;
mod server;
mod shares;
mod upstreams;

pub use answerer::{Answerer, ClientScope, Lookup, Question, RecordData};
pub use counters::{Counter, Counters};
pub use domain::base::iana::Rtype;
pub use forward::{Forwarder, HostSockets, LookupError, UpstreamSockets};
pub use limits::{Limits, UDP_PAYLOAD_MAX};
pub use listen::{Sockets, listen};
pub use server::Server;
pub use upstreams::{DNS_PORT, Upstreams};
