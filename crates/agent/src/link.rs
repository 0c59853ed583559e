//! The stream between an agent and the control plane that it follows.
//!
//! One connection carries lines of JSON both ways, over any reliable stream of bytes: a Unix socket on one host.
//! The agent greets whoever connects ([`Hello`]); who then says [`ToAgent::Follow`] is its control plane, and takes the
//! place of the one before. The agent first tells what is not on record yet; the control plane records it, and then sends
//! the whole state in pieces and every commit after it, several as one when they come fast. So what the agent has found out
//! by itself is on record before a snapshot replaces its copy.
//!
//! While no control plane is connected, or one records nothing of what it is told, the agent goes on with its copy of
//! the state, on which its reports take effect: a target that dies is left out by tables and names, and comes back.
//!
//! Invariants: every queue has a limit; the agent's work waits for no peer. Desired state goes down, never tables. No
//! secret goes down: accounts and client tokens are not the agent's business.

mod connection;
mod frame;
mod hub;
mod log;
mod message;
mod replica;
mod reports;
mod slot;

pub use self::connection::Connector;
pub use self::frame::{FRAME_BYTES_MAX, LinkError, Reader, send, speak};
pub use self::hub::{Counters, Ends, Link, RECORD_PATIENCE};
pub use self::log::{LINE_BYTES_MAX, LINES_KEPT_MAX, LogRing};
pub use self::message::{
    Counts, Entry, Hello, PIECE_BYTES, PROTOCOL, ToAgent, ToControl, entries, pieces,
};
pub use self::slot::LinkFeed;
