//! The rules: what each command means in a state.
//!
//! Each request type implements [`Execute`] in the file of what it is about. It works on a [`Transaction`]: a
//! private copy of the state, from which the changes are read off at the end. Invariant: a command that is
//! rejected leaves nothing behind, since its copy is dropped.

mod account;
mod address;
mod connection;
mod connection_notification;
mod endpoint_service;
mod housekeeping;
mod iam;
mod instance;
mod listener;
mod load_balancer;
mod lookup;
mod message;
mod network_interface;
mod private_dns;
mod report;
mod route_table;
mod security_group;
mod subnet;
mod subscription;
mod tag;
mod target;
mod target_group;
mod token;
mod topic;
mod transaction;
mod vpc;
mod vpc_endpoint;

pub(crate) use self::transaction::Transaction;
use crate::caller::Caller;
use crate::command::Command;
use crate::id::IdSource;
use crate::outcome::{Outcome, Reply};
use crate::rejection::Rejection;
use crate::state::State;
use crate::time::Timestamp;

/// Who asks, when, and where new identifiers come from.
pub struct Context<'a> {
    /// Who calls. Reports and operator's commands do not look at it.
    pub caller: Caller,
    /// The time.
    pub now: Timestamp,
    /// Where identifiers, secrets and free choices come from.
    pub ids: &'a mut dyn IdSource,
}

/// Decides what a command means. The state is untouched; the caller records the outcome's changes, or takes its state.
///
/// # Errors
/// When a rule forbids it. Single items of batch commands are refused in the reply instead.
pub fn apply(
    state: &State,
    command: Command,
    context: &mut Context<'_>,
) -> Result<Outcome, Rejection> {
    let mut transaction = Transaction::new(state, context);
    let reply = command.execute(&mut transaction)?;
    Ok(transaction.into_outcome(reply))
}

/// A request that has rules.
pub(crate) trait Execute {
    /// Makes the changes and says what to answer.
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection>;
}
