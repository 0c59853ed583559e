//! One call: which action of which version, with which parameters.
//!
//! Not the decoding of the parameters, which needs the action's declaration.

use super::form::{FormError, Params};
use super::reader::Request;
use super::spec::{Kind, MembersSpec, Presence, Status};
use crate::error::ApiError;
use crate::service::{Dialect, Service};

/// A call to a service, before it is known whether there is such an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    service: Service,
    action: String,
    params: Params,
}

impl Call {
    /// Reads a call from the query string (without `?`) and the form in the body; either may be empty.
    ///
    /// # Errors
    /// `MalformedQueryString` for a malformed form, `MissingAction`, and for a `Version` other than the served one
    /// what the service answers.
    pub fn parse(service: Service, query: &str, body: &[u8]) -> Result<Self, ApiError> {
        let mut params = Params::parse(query.as_bytes(), body)?;
        let action = take(&mut params, "Action").ok_or_else(ApiError::missing_action)?;
        match take(&mut params, "Version").as_deref() {
            Some(version) if version == service.api_version() => Ok(Self {
                service,
                action,
                params,
            }),
            Some(version) => Err(ApiError::no_such_version(service, version)),
            None => Err(match service.dialect() {
                Dialect::Ec2 => ApiError::client(
                    "MissingParameter",
                    "The request must contain the parameter Version",
                ),
                Dialect::Query | Dialect::Sns => {
                    ApiError::invalid_action(service, &action, "NO_VERSION_SPECIFIED")
                }
            }),
        }
    }

    /// The service that is called.
    pub fn service(&self) -> Service {
        self.service
    }

    /// The value of `Action`.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Decodes the parameters of the declared request `R`.
    ///
    /// # Errors
    /// `InvalidAction` when another action is called than `R`'s; otherwise AWS's error for the first parameter that is
    /// missing, malformed, unknown or unsupported.
    pub fn decode<R: Request>(self) -> Result<R, ApiError> {
        if (R::ACTION.service, R::ACTION.name) != (self.service, self.action.as_str()) {
            return Err(self.unknown_action());
        }
        R::decode(self.params)
    }

    /// The parameters that were given a value and are declared to have no effect, by their names on the wire.
    pub fn without_effect(&self, declared: &MembersSpec) -> Vec<String> {
        let mut found = Vec::new();
        collect_without_effect(&self.params, declared, "", &mut found);
        found
    }

    /// The error for an action that nobody declared.
    pub fn unknown_action(&self) -> ApiError {
        ApiError::invalid_action(self.service, &self.action, self.service.api_version())
    }
}

fn collect_without_effect(
    given: &Params,
    declared: &MembersSpec,
    prefix: &str,
    found: &mut Vec<String>,
) {
    for (name, value) in &given.members {
        let Some(param) = declared
            .member(name)
            .filter(|_| !value.all_values(&str::is_empty))
        else {
            continue;
        };
        let path = format!("{prefix}{name}");
        match (param.status, param.kind) {
            (Status::AcceptedWithoutEffect, _) => found.push(path),
            (Status::Implemented, Kind::Structure(inner)) if param.presence == Presence::List => {
                let numbered = value.members.get("member").unwrap_or(value);
                for (number, item) in &numbered.members {
                    collect_without_effect(item, inner, &format!("{path}.{number}."), found);
                }
            }
            (Status::Implemented, Kind::Structure(inner)) => {
                collect_without_effect(value, inner, &format!("{path}."), found);
            }
            (Status::Implemented | Status::Refused { .. }, _) => {}
        }
    }
}

/// Takes a plain parameter; an empty one counts as absent.
fn take(params: &mut Params, name: &str) -> Option<String> {
    let node = params.members.get_mut(name)?;
    let value = node.value.take();
    if node.is_empty() {
        params.members.remove(name);
    }
    value.filter(|value| !value.is_empty())
}

impl From<FormError> for ApiError {
    fn from(error: FormError) -> Self {
        Self::malformed_query(error)
    }
}
