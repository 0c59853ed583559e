//! What an action is: a declared request, and either an answer out of the state or a command with its answer.
//!
//! Decoding, authorisation, `DryRun`, committing, waiting for the data plane and encoding are here, once for all.

use std::time::Duration;

use aws_wire::error::rejection_error;
use aws_wire::query::{self, ActionSpec, Request};
use aws_wire::xml::{ToXml, encode_response};
use aws_wire::{ApiError, Service};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use model::{Command, Reply, State};

use super::access::{Origin, authorize};
use super::call::Call;
use super::identity::Authenticated;
use super::permission::Permitted;
use crate::control::{Control, SubmitError};

/// How long an answer waits for the data plane to enforce what it says.
pub(crate) const ENFORCEMENT_PATIENCE: Duration = Duration::from_secs(5);

/// Whether a request asks to stop before anything is changed or shown.
pub(crate) trait DryRunnable {
    /// What it asks.
    fn is_dry_run(&self) -> bool;
}

/// An action that answers out of the state.
pub(crate) trait Read: Permitted + DryRunnable + Send + 'static {
    /// What it answers.
    type Response: ToXml;

    /// Answers.
    ///
    /// # Errors
    /// AWS's error for the first thing wrong.
    fn answer(&self, call: &Call<'_>) -> Result<Self::Response, ApiError>;
}

/// An action that changes something, by one command.
pub(crate) trait Write: Permitted + DryRunnable + Send + Sync + 'static {
    /// What it answers.
    type Response: ToXml;

    /// When it is answered.
    const ANSWERED: Answered = Answered::Stored;

    /// The command.
    ///
    /// # Errors
    /// AWS's error for parameters that no command can have.
    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError>;

    /// The answer after the command was done.
    ///
    /// # Errors
    /// An internal one when the command's reply is not what it should be.
    fn response(&self, done: &Done<'_>) -> Result<Self::Response, ApiError>;
}

/// When a command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// When it is stored. What the data plane makes of it shows in the resource's state.
    Stored,
    /// When the data plane follows it, and after [`ENFORCEMENT_PATIENCE`] all the same: the resource's state says
    /// that it is not done yet.
    AppliedOrPending,
    /// When the data plane follows it; otherwise it fails, since a success says that what was forbidden has ended.
    Applied,
}

/// A command that was done.
pub(crate) struct Done<'s> {
    /// The call, on the state after the command.
    pub(crate) call: Call<'s>,
    /// The state before the command.
    pub(crate) before: &'s State,
    /// The command's answer.
    pub(crate) reply: &'s Reply,
}

impl Done<'_> {
    /// The error for a reply that does not belong to the command.
    pub(crate) fn foreign_reply(&self) -> ApiError {
        tracing::error!(action = self.call.action, reply = ?self.reply, "reply of another command");
        ApiError::internal(self.call.service.dialect())
    }
}

/// What a call needs besides its parameters.
pub(super) struct Session<'a> {
    pub(super) control: &'a Control,
    pub(super) identity: Authenticated,
    pub(super) origin: Origin,
    pub(super) request_id: String,
}

type Run = for<'a> fn(&'a Session<'a>, query::Call) -> BoxFuture<'a, Result<String, ApiError>>;

/// An action that is served.
#[derive(Clone, Copy)]
pub(crate) struct Action {
    /// Its name, service and parameters.
    pub(crate) spec: ActionSpec,
    /// What it needs permission for.
    #[cfg(test)]
    pub(crate) permission: super::permission::Permission,
    run: Run,
}

impl Action {
    /// An action that answers out of the state.
    pub(super) const fn read<A: Read>() -> Self {
        Self {
            spec: A::ACTION,
            #[cfg(test)]
            permission: A::PERMISSION,
            run: |session, wire| ready(read::<A>(session, wire)).boxed(),
        }
    }

    /// An action that changes something.
    pub(super) const fn write<A: Write>() -> Self {
        Self {
            spec: A::ACTION,
            #[cfg(test)]
            permission: A::PERMISSION,
            run: |session, wire| write::<A>(session, wire).boxed(),
        }
    }

    /// Runs it and returns the response's document.
    pub(super) async fn run(
        &self,
        session: &Session<'_>,
        wire: query::Call,
    ) -> Result<String, ApiError> {
        (self.run)(session, wire).await
    }
}

/// Decodes a request, and says in the log what of it has no effect.
fn decode<A: Request>(wire: query::Call) -> Result<A, ApiError> {
    let without_effect = wire.without_effect(&A::ACTION.params);
    let request = wire.decode()?;
    if !without_effect.is_empty() {
        let parameters = without_effect.join(", ");
        tracing::info!(
            action = A::ACTION.name,
            parameters,
            "parameters without effect"
        );
    }
    Ok(request)
}

fn read<A: Read>(session: &Session<'_>, wire: query::Call) -> Result<String, ApiError> {
    let request: A = decode(wire)?;
    let snapshot = session.control.snapshot();
    let call = session.call::<A>(&snapshot.state);
    authorize(&call, &session.origin, &request)?;
    let response = request.answer(&call)?;
    if request.is_dry_run() {
        return Err(ApiError::dry_run_operation());
    }
    Ok(session.encode::<A>(&response))
}

async fn write<A: Write>(session: &Session<'_>, wire: query::Call) -> Result<String, ApiError> {
    let request: A = decode(wire)?;
    let service = A::ACTION.service;
    let snapshot = session.control.snapshot();
    let call = session.call::<A>(&snapshot.state);
    authorize(&call, &session.origin, &request)?;
    let caller = session.identity.caller;
    let command = request.command(&call)?;
    if request.is_dry_run() {
        let rehearsed = session.control.rehearse(caller, command);
        rehearsed.map_err(|error| submit_error(service, &error))?;
        return Err(ApiError::dry_run_operation());
    }
    let submitted = session.control.submit(caller, command).await;
    let committed = submitted.map_err(|error| submit_error(service, &error))?;
    let applied = match A::ANSWERED {
        Answered::Stored => Ok(()),
        Answered::AppliedOrPending | Answered::Applied => {
            session
                .control
                .until_applied(committed.revision, ENFORCEMENT_PATIENCE)
                .await
        }
    };
    if let Err(error) = applied {
        tracing::warn!(%error, action = A::ACTION.name, "answered before the data plane followed");
        if A::ANSWERED == Answered::Applied {
            return Err(ApiError::unavailable(service.dialect()));
        }
    }
    let done = Done {
        call: session.call::<A>(&committed.after),
        before: &committed.before,
        reply: &committed.reply,
    };
    request
        .response(&done)
        .map(|response| session.encode::<A>(&response))
}

impl Session<'_> {
    fn call<'s, A: Request>(&'s self, state: &'s State) -> Call<'s> {
        self.call_of(A::ACTION.service, A::ACTION.name, state)
    }

    /// The call of an action on a state.
    pub(super) fn call_of<'s>(
        &'s self,
        service: Service,
        action: &'static str,
        state: &'s State,
    ) -> Call<'s> {
        Call {
            service,
            action,
            caller: self.identity.caller.account,
            identity: &self.identity,
            state,
            control: self.control,
        }
    }

    fn encode<A: Request>(&self, response: &impl ToXml) -> String {
        encode_response(
            A::ACTION.service,
            A::ACTION.name,
            &self.request_id,
            response,
        )
    }
}

fn submit_error(service: Service, error: &SubmitError) -> ApiError {
    let dialect = service.dialect();
    match error {
        SubmitError::Rejected(rejection) => rejection_error(dialect, rejection),
        SubmitError::TooLarge(_) => ApiError::client(
            "RequestResourceCountExceeded",
            "The request changes more resources than one request may.",
        ),
        SubmitError::Store(_) | SubmitError::Contended | SubmitError::Closed => {
            ApiError::unavailable(dialect)
        }
        SubmitError::Fault => ApiError::internal(dialect),
    }
}

/// Declares the actions of a service: their modules, and the list that dispatch uses.
macro_rules! actions {
    (dry_run: $dry_run:expr; $($kind:ident $module:ident::$action:ident,)*) => {
        $(mod $module;)*

        $(impl $crate::api::action::DryRunnable for $module::$action {
            fn is_dry_run(&self) -> bool {
                let is_dry_run: fn(&Self) -> bool = $dry_run;
                is_dry_run(self)
            }
        })*

        /// Every action of the service.
        pub(super) fn actions() -> Vec<$crate::api::Action> {
            vec![$($crate::api::Action::$kind::<$module::$action>()),*]
        }
    };
}
pub(crate) use actions;
