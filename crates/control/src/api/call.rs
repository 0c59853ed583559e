//! What a handler knows of its surroundings: the state as the caller may see it.

use aws_wire::error::rejection_error;
use aws_wire::paging::PageKey;
use aws_wire::session::SessionKey;
use aws_wire::{ApiError, Service};
use model::iam::{IamRejection, PolicyArn, RoleName, UserName};
use model::{
    AccountId, EndpointService, InstanceId, ManagedPolicy, Rejection, Role, State, Timestamp, User,
};

use super::identity::Authenticated;
use super::view::{Owned, View};
use crate::console::ConsoleOutput;
use crate::control::Control;
use crate::control::policies::CompiledPolicies;

/// One authenticated call of an action, on one state.
#[derive(Clone, Copy)]
pub(crate) struct Call<'s> {
    /// The service that is called.
    pub(crate) service: Service,
    /// The action's name.
    pub(crate) action: &'static str,
    /// The account that calls.
    pub(crate) caller: AccountId,
    /// Who in it calls.
    pub(crate) identity: &'s Authenticated,
    /// Everything there is, other accounts' resources included.
    pub(crate) state: &'s State,
    pub(super) control: &'s Control,
}

impl<'s> Call<'s> {
    /// Whether the caller may use an endpoint service.
    pub(crate) fn may_use(&self, service: &EndpointService) -> bool {
        self.state.admits(service, self.identity.caller)
    }

    /// The caller's resource with that id.
    ///
    /// # Errors
    /// Not found, also when it is another account's.
    pub(crate) fn own<R: Owned>(&self, id: R::Id) -> Result<View<'s, R>, ApiError> {
        match R::table(self.state).get(&id) {
            Some(resource) if resource.owner() == self.caller => Ok(self.view(resource)),
            Some(_) | None => Err(self.not_found(R::not_found(id))),
        }
    }

    /// The caller's user of a name.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub(crate) fn user(&self, name: &UserName) -> Result<&'s User, ApiError> {
        let user = self.state.user_named(self.caller, name);
        user.map(AsRef::as_ref)
            .ok_or_else(|| self.rejected(IamRejection::NoSuchUser(name.clone())))
    }

    /// The caller's role of a name.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub(crate) fn role(&self, name: &RoleName) -> Result<&'s Role, ApiError> {
        let role = self.state.role_named(self.caller, name);
        role.map(AsRef::as_ref)
            .ok_or_else(|| self.rejected(IamRejection::NoSuchRole(name.clone())))
    }

    /// The managed policy of an ARN, the caller's or AWS's own.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when it is another account's.
    pub(crate) fn managed_policy(&self, arn: &PolicyArn) -> Result<&'s ManagedPolicy, ApiError> {
        let policy = self.state.policy_of_arn(arn);
        let usable = policy.filter(|policy| policy.is_usable_by(self.caller));
        usable
            .map(AsRef::as_ref)
            .ok_or_else(|| self.rejected(IamRejection::NoSuchPolicy(arn.clone())))
    }

    /// The caller's managed policy of an ARN, which it can change.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when it is another account's; `AccessDenied` when it is AWS's own.
    pub(crate) fn own_managed_policy(
        &self,
        arn: &PolicyArn,
    ) -> Result<&'s ManagedPolicy, ApiError> {
        let policy = self.managed_policy(arn)?;
        match policy.owner {
            Some(_) => Ok(policy),
            None => Err(self.rejected(IamRejection::AwsPolicy(arn.clone()))),
        }
    }

    /// A resource that must be there, since another names it or a command has just made it.
    ///
    /// # Errors
    /// An internal one, with a log entry, when it is not.
    pub(crate) fn present<R: Owned>(&self, id: R::Id) -> Result<View<'s, R>, ApiError> {
        let resource = R::table(self.state).get(&id);
        let Some(resource) = resource else {
            tracing::error!(%id, action = self.action, "a resource that must be there is not");
            return Err(ApiError::internal(self.service.dialect()));
        };
        Ok(self.view(resource))
    }

    /// A resource with the state around it.
    pub(crate) const fn view<R>(&self, resource: &'s R) -> View<'s, R> {
        View::new(self.state, resource)
    }

    /// The answer for what does not exist.
    pub(crate) fn not_found(&self, missing: impl Into<Rejection>) -> ApiError {
        self.rejected(missing)
    }

    /// The answer to what the model would refuse.
    pub(crate) fn rejected(&self, rejection: impl Into<Rejection>) -> ApiError {
        rejection_error(self.service.dialect(), &rejection.into())
    }

    /// The answer to a wrong value, in EC2's words.
    pub(crate) fn invalid_value(&self, parameter: &str, value: &str, why: &str) -> ApiError {
        let message = format!("Value ({value}) for parameter {parameter} is invalid. {why}");
        ApiError::client("InvalidParameterValue", message)
    }

    /// What page tokens are sealed with.
    pub(super) fn pages(&self) -> &PageKey {
        self.control.pages()
    }

    /// What session tokens are sealed with.
    pub(super) fn sessions(&self) -> &SessionKey {
        self.control.sessions()
    }

    /// Policies that have been compiled.
    pub(super) fn policies(&self) -> &CompiledPolicies {
        self.control.policies()
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.control.clock().now()
    }

    /// What an instance has written to its console.
    pub(crate) fn console_output(&self, instance: InstanceId) -> Option<ConsoleOutput> {
        self.control.console_output(instance)
    }
}
