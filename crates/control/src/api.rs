//! The AWS API: requests are authenticated, dispatched to their action, and answered in their service's dialect.
//!
//! An action is one file below the folder of its service, and one line in that service's list. Here is what happens to
//! all of them alike. Order of checks: authentication, then whether there is such an action, the form of its parameters,
//! whether the caller may, what the parameters name, and the state of that. Invariant: nothing is looked at on behalf of
//! a caller who is not authenticated, or who may not do what it asks, but for the links in messages, which are secrets
//! themselves.

mod access;
mod action;
mod arn;
mod authentication;
mod call;
mod ec2;
mod elbv2;
mod empty_service;
#[cfg(test)]
mod fidelity;
mod foreign;
mod hosted_zone;
mod iam;
mod identity;
mod listing;
mod permission;
mod refused;
mod session;
mod sns;
mod sts;
mod tagged;
mod target;
mod view;

use std::collections::BTreeMap;

use aws_wire::sigv4::AuthError;
use aws_wire::{ApiError, Dialect, Protocol, Service, json, query, xml};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};

use self::access::Origin;
pub(crate) use self::action::Action;
use self::action::Session;
use self::foreign::ForeignForm;
use self::identity::Authenticated;
use crate::control::Control;
use crate::server::{Handler, Refusal, Reply, Request, RequestId};

/// Every action that is served, by service and name.
pub(crate) fn actions() -> impl Iterator<Item = Action> {
    ec2::actions()
        .into_iter()
        .chain(ec2::absent())
        .chain(elbv2::actions())
        .chain(iam::actions())
        .chain(iam::absent())
        .chain(sts::actions())
        .chain(sns::actions())
}

/// What answers requests.
pub(crate) struct Api {
    control: Control,
    actions: BTreeMap<Service, BTreeMap<&'static str, Action>>,
}

impl Api {
    pub(crate) fn new(control: Control) -> Self {
        let mut by_service: BTreeMap<Service, BTreeMap<&'static str, Action>> = BTreeMap::new();
        for action in actions() {
            by_service
                .entry(action.spec.service)
                .or_default()
                .insert(action.spec.name, action);
        }
        Self {
            control,
            actions: by_service,
        }
    }

    /// Answers a request that was authenticated as the caller's.
    async fn dispatch(
        &self,
        service: Service,
        identity: Authenticated,
        request: &Request,
    ) -> Result<String, ApiError> {
        match service.protocol() {
            Protocol::Query => {}
            Protocol::RestXml | Protocol::Json => {
                let session = self.session(identity, request);
                return empty_service::answer(&session, service, request);
            }
        }
        let form_in_body = request.head.method == Method::POST;
        let body = if form_in_body { &*request.body } else { &[] };
        let wire = query::Call::parse(service, request.head.uri.query().unwrap_or_default(), body)?;
        self.run(identity, wire, request).await
    }

    /// Runs what was called on the caller's behalf.
    async fn run(
        &self,
        identity: Authenticated,
        wire: query::Call,
        request: &Request,
    ) -> Result<String, ApiError> {
        let service = wire.service();
        let Some(action) = self
            .actions
            .get(&service)
            .and_then(|all| all.get(wire.action()))
        else {
            let refused = refused::refusal(service, wire.action());
            return Err(refused.unwrap_or_else(|| wire.unknown_action()));
        };
        tracing::Span::current().record("action", action.spec.name);
        action.run(&self.session(identity, request), wire).await
    }

    fn session(&self, identity: Authenticated, request: &Request) -> Session<'_> {
        Session {
            control: &self.control,
            identity,
            origin: Origin::new(request.peer, &request.head.headers),
            request_id: request.id.to_string(),
        }
    }

    async fn answer(&self, request: &Request) -> Result<(Service, String), Failure> {
        let head = &request.head;
        check_service(head)?;
        check_target(request).map_err(|error| Failure::at(head, |_| error))?;
        if sns::is_public(request) {
            return self.answer_link(request).await;
        }
        let authenticated = authentication::authenticate(&self.control, request);
        let (service, identity) = authenticated.map_err(|error| {
            // AWS's words do not say what is wrong with credentials; the operator may know.
            tracing::info!(%error, "a request was not authenticated");
            let unsigned = (error == AuthError::Missing).then(|| sts::refuse_unsigned(request));
            let refused = unsigned.flatten();
            let refused = refused.map(|error| Failure::of(Service::Sts, error));
            refused.unwrap_or_else(|| Failure::at(head, |dialect| error.to_api_error(dialect)))
        })?;
        let span = tracing::Span::current();
        span.record("service", service.signing_name())
            .record("account", identity.caller.account.to_string())
            .record("principal", identity.arn());
        let answer = self.dispatch(service, identity, request).await;
        match answer {
            Ok(body) => Ok((service, body)),
            Err(error) => Err(Failure::of(service, error)),
        }
    }
}

/// What is answered to whoever asks.
impl Api {
    async fn answer_link(&self, request: &Request) -> Result<(Service, String), Failure> {
        let answer = async {
            let (wire, caller) = sns::public_call(request)?;
            let nobody = Authenticated::root(&self.control.snapshot().state, caller);
            self.run(nobody, wire, request).await
        };
        let (service, answer) = (Service::Sns, answer.await);
        answer
            .map(|body| (service, body))
            .map_err(|error| Failure::of(service, error))
    }

    /// The certificate of the key that messages are signed with, when that is asked for.
    fn certificate(&self, request: &Request) -> Option<String> {
        let signer = self.control.signer()?;
        let asked = request.head.method == Method::GET
            && request.head.uri.path() == signer.certificate_path();
        asked.then(|| signer.certificate().to_owned())
    }
}

/// An error and whose words to put it in.
struct Failure {
    form: Form,
    error: ApiError,
}

/// How an error is written.
enum Form {
    /// As this service does.
    Own(Service),
    /// As the client of a service reads it that is not answered here.
    Foreign(ForeignForm),
}

impl Failure {
    /// An error of a request whose service is known by its headers at best.
    fn at(head: &Parts, error: impl FnOnce(Dialect) -> ApiError) -> Self {
        let claimed = authentication::claimed_service(&head.headers);
        let service = claimed.as_deref().and_then(Service::from_signing_name);
        let own = service.unwrap_or(Service::Ec2);
        match ForeignForm::of(head, claimed.as_deref()) {
            Some(form) => Self {
                form: Form::Foreign(form),
                error: error(Dialect::Query),
            },
            None => Self::of(own, error(own.dialect())),
        }
    }

    /// An error of a service.
    fn of(service: Service, error: ApiError) -> Self {
        let error = match service.protocol() {
            Protocol::Query | Protocol::RestXml => error,
            Protocol::Json => json::named(error),
        };
        let form = Form::Own(service);
        Self { form, error }
    }

    fn into_reply(self, id: RequestId) -> Reply {
        tracing::debug!(
            code = self.error.code(),
            message = self.error.message(),
            "refused"
        );
        let id = id.to_string();
        let (content_type, body) = match self.form {
            Form::Own(service) => {
                let body = match service.protocol() {
                    Protocol::Query | Protocol::RestXml => {
                        xml::encode_error(service, &self.error, &id)
                    }
                    Protocol::Json => json::encode_error(&self.error),
                };
                (service.content_type(), body)
            }
            Form::Foreign(form) => (form.content_type(), form.encode(&self.error, &id)),
        };
        Reply {
            status: self.error.status(),
            content_type,
            body: Bytes::from(body),
        }
    }
}

/// Refuses requests that are signed for a service that is not offered, whatever they ask.
fn check_service(head: &Parts) -> Result<(), Failure> {
    match authentication::claimed_service(&head.headers) {
        Some(name) if Service::from_signing_name(&name).is_none() => {
            let error = AuthError::ScopeService(name);
            tracing::info!(%error, "a request for another service");
            Err(Failure::at(head, |dialect| error.to_api_error(dialect)))
        }
        Some(_) | None => Ok(()),
    }
}

/// All actions are at `/`, by `POST` with a form or by `GET` with a query string, but for services with method and path.
fn check_target(request: &Request) -> Result<(), ApiError> {
    let claimed = authentication::claimed_service(&request.head.headers);
    let service = claimed.as_deref().and_then(Service::from_signing_name);
    if service.is_some_and(|service| service.protocol() == Protocol::RestXml) {
        return Ok(());
    }
    let allowed = [Method::POST, Method::GET, Method::HEAD].contains(&request.head.method);
    if request.head.uri.path() != "/" {
        let message = "There is nothing at this path.";
        Err(ApiError::new(StatusCode::NOT_FOUND, "InvalidURI", message))
    } else if !allowed {
        let message = "The specified method is not allowed against this resource.";
        Err(ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            message,
        ))
    } else {
        Ok(())
    }
}

impl Handler for Api {
    async fn respond(&self, request: Request) -> Reply {
        let id = request.id;
        if let Some(certificate) = self.certificate(&request) {
            return Reply {
                status: StatusCode::OK,
                content_type: "application/x-pem-file",
                body: Bytes::from(certificate),
            };
        }
        let answer = self.answer(&request).await;
        match answer {
            Ok((service, body)) => Reply {
                status: StatusCode::OK,
                content_type: service.content_type(),
                body: Bytes::from(body),
            },
            Err(failure) => failure.into_reply(id),
        }
    }

    fn refuse(&self, head: &Parts, id: RequestId, refusal: Refusal) -> Reply {
        let error = |dialect: Dialect| match refusal {
            Refusal::BodyTooLarge { max } => ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                format!("The request body is longer than {max} bytes."),
            ),
            Refusal::BodyIncomplete => ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "RequestTimeout",
                "The request body did not arrive whole and in time.",
            ),
            Refusal::TooManyConnections => ApiError::unavailable(dialect),
            Refusal::Panicked => ApiError::internal(dialect),
        };
        Failure::at(head, error).into_reply(id)
    }
}
