//! Services of which there is nothing here: Route 53 and its Resolver. Reads answer as a fresh account's would, and what
//! would make or change something is refused by name.
//!
//! A service is one table of its actions. Callers are authenticated and authorised as everywhere; beyond that a request's
//! parameters are not looked at, but for the id of what it wants to see, as there is nothing that they could choose.
//! Source: Route 53 API reference; Route 53 Resolver API reference; Smithy `restXml` and `awsJson1_1` protocol
//! specifications, 2026.

mod encode;
mod route53;
mod route53resolver;

use aws_wire::{ApiError, Protocol, Service};
use iam::Context;

use self::encode::encode;
use super::access::permit;
use super::action::Session;
use super::call::Call;
use super::permission::{Demand, Target};
use super::refused::unsupported;
use crate::server::Request;

/// An action.
pub(super) struct EmptyAction {
    /// Its name.
    pub(super) name: &'static str,
    /// For a service with method and path: both, the path below the version, and `*` for an id. For one with JSON: the
    /// member that has the id of what is asked for, if any.
    pub(super) place: &'static str,
    /// What it answers.
    pub(super) answer: Answer,
}

/// What an action answers.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// An empty list of this name, and what else belongs to it.
    List(&'static str, &'static [Member]),
    /// That there are 0, under this name.
    Count(&'static str),
    /// That there is no such thing.
    NoSuch {
        /// The error.
        code: &'static str,
        /// What there is none of, as messages say it.
        what: &'static str,
    },
    /// `UnsupportedOperation`, with the rest of the sentence that begins with the action's name.
    Unsupported(&'static str),
}

/// What stands beside an empty list.
#[derive(Clone, Copy)]
pub(super) enum Member {
    /// That nothing was left out.
    NotTruncated,
    /// How many were asked for at most.
    MaxItems,
    /// That there are 0, under this name.
    Count(&'static str),
}

/// Declares the actions of a service: name, place, answer.
macro_rules! empty_actions {
    ($($name:ident: $($place:literal)? => $answer:expr;)*) => {
        /// Every action of the service.
        pub(super) const ACTIONS: &[$crate::api::empty_service::EmptyAction] = &[
            $($crate::api::empty_service::EmptyAction {
                name: stringify!($name),
                place: concat!($($place)?),
                answer: $answer,
            }),*
        ];
    };
}
use empty_actions;

/// The actions of a service; none for services of which there is something.
pub(super) const fn actions(service: Service) -> &'static [EmptyAction] {
    match service {
        Service::Route53 => route53::ACTIONS,
        Service::Route53Resolver => route53resolver::ACTIONS,
        Service::Ec2
        | Service::ElasticLoadBalancing
        | Service::Iam
        | Service::Sts
        | Service::Sns => &[],
    }
}

/// What a request asks.
struct Asked {
    action: &'static EmptyAction,
    /// The id of what it wants to see.
    id: Option<String>,
}

/// Answers a request to one of the services.
///
/// # Errors
/// AWS's error for the first thing wrong, or `UnsupportedOperation`.
pub(super) fn answer(
    session: &Session<'_>,
    service: Service,
    request: &Request,
) -> Result<String, ApiError> {
    let asked = match service.protocol() {
        Protocol::RestXml => by_path(service, request),
        Protocol::Query | Protocol::Json => by_target(service, request),
    }?;
    let Asked { action, id } = &asked;
    tracing::Span::current().record("action", action.name);
    if let Answer::Unsupported(why) = action.answer {
        return Err(unsupported(action.name, why));
    }
    let snapshot = session.control.snapshot();
    let call = session.call_of(service, action.name, &snapshot.state);
    permit(&call, &session.origin, || Demand {
        action: format!("{service}:{}", action.name),
        targets: target(&call, &asked).into_iter().collect(),
        also: Vec::new(),
        context: Context::new(),
    })?;
    if let Answer::NoSuch { code, what } = action.answer {
        return Err(no_such(service, code, what, id.as_deref()));
    }
    encode(service, action, &request.head.uri)
}

/// The action at a path.
fn by_path(service: Service, request: &Request) -> Result<Asked, ApiError> {
    let (method, path) = (request.head.method.as_str(), request.head.uri.path());
    let below = path
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(service.api_version()));
    let below = below
        .and_then(|path| path.strip_prefix('/'))
        .unwrap_or_default();
    let segments: Vec<&str> = below.trim_end_matches('/').split('/').collect();
    let found = actions(service).iter().find_map(|action| {
        let (wanted, place) = action.place.split_once(' ')?;
        let parts: Vec<&str> = place.split('/').collect();
        let fits = |(part, segment): (&&str, &&str)| match *part {
            "*" => !["", ".", ".."].contains(segment),
            part => part == *segment,
        };
        let same = wanted == method
            && parts.len() == segments.len()
            && parts.iter().zip(&segments).all(fits);
        let id = parts.iter().zip(&segments).find(|(part, _)| **part == "*");
        same.then(|| Asked {
            action,
            id: id.map(|(_, segment)| (*segment).to_owned()),
        })
    });
    found.ok_or_else(|| {
        ApiError::invalid_action(service, &format!("{method} {path}"), service.api_version())
    })
}

/// The action that a header names.
fn by_target(service: Service, request: &Request) -> Result<Asked, ApiError> {
    let target = request.head.headers.get("x-amz-target");
    let target = target
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let name = target.strip_prefix("Route53Resolver.");
    let mut all = actions(service).iter();
    let action = all.find(|action| name == Some(action.name));
    let action =
        action.ok_or_else(|| ApiError::invalid_action(service, target, service.api_version()))?;
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&request.body)
        .map_err(|_| {
            ApiError::client("SerializationException", "The body is not a JSON object.")
        })?;
    if action.place.is_empty() {
        return Ok(Asked { action, id: None });
    }
    let id = members.get(action.place).and_then(|id| id.as_str());
    let id = id.ok_or_else(|| {
        let message = format!("{} is required", action.place);
        ApiError::client("InvalidParameterException", message)
    })?;
    let id = Some(id.to_owned());
    Ok(Asked { action, id })
}

/// What permission is needed on: the thing that is asked for.
fn target(call: &Call<'_>, asked: &Asked) -> Option<Target> {
    let (Answer::NoSuch { what, .. }, Some(id)) = (asked.action.answer, &asked.id) else {
        return None;
    };
    if id.starts_with("arn:") {
        return Some(Target::own(id.clone()));
    }
    let settings = call.state.settings();
    let partition = &settings.partition;
    Some(Target::own(match call.service.protocol() {
        // What Route 53 has is in no region and no account.
        Protocol::RestXml => {
            let kind = what.replace(' ', "");
            format!("arn:{partition}:{}:::{kind}/{id}", call.service)
        }
        Protocol::Query | Protocol::Json => {
            let (region, account) = (&settings.region, call.caller);
            let kind = what.replace(' ', "-").to_ascii_lowercase();
            format!(
                "arn:{partition}:{}:{region}:{account}:{kind}/{id}",
                call.service
            )
        }
    }))
}

fn no_such(service: Service, code: &'static str, what: &str, id: Option<&str>) -> ApiError {
    let id = id.unwrap_or_default();
    match service.protocol() {
        Protocol::RestXml => {
            let message = format!("No {what} found with ID: {id}");
            ApiError::new(http::StatusCode::NOT_FOUND, code, message)
        }
        Protocol::Query | Protocol::Json => {
            ApiError::client(code, format!("{what} with ID '{id}' does not exist"))
        }
    }
}
