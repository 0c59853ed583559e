//! Services that are not offered, whose clients may have been sent here by one endpoint for all: errors in the form that
//! they read, so that they show what is wrong.
//!
//! Source: Smithy `awsJson` and `restJson` protocol specifications; Amazon S3 API reference, "Error responses", 2026.

use aws_wire::xml::{Content, encode_foreign_error};
use aws_wire::{ApiError, Service, json, response};
use http::request::Parts;
use http::{HeaderMap, Method, header};

/// Services whose errors are XML without an envelope.
const BARE_XML: &[&str] = &["s3", "s3-outposts", "s3express"];
/// Services with XML that is not called by a form.
const REST_XML: &[&str] = &["cloudfront"];

/// A form of errors that none of the offered services has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForeignForm {
    /// A JSON object.
    Json,
    /// An `<ErrorResponse>` in no namespace.
    Xml,
    /// An `<Error>`.
    BareXml,
}

response! {
    /// `<Error>`.
    struct RestError<'a> {
        /// Code.
        code: &'a str = "Code",
        /// Text for people.
        message: &'a str = "Message",
        /// The request's id.
        request_id: &'a str = "RequestId",
    }
}

impl ForeignForm {
    /// The form for who sent this, and signed it for the service of that name, if any; none for clients of what is
    /// offered, and for those who did not sign what those could have sent.
    pub(super) fn of(head: &Parts, service: Option<&str>) -> Option<Self> {
        if service.and_then(Service::from_signing_name).is_some() {
            return None;
        }
        let content_type = text(&head.headers, header::CONTENT_TYPE.as_str());
        if head.headers.contains_key("x-amz-target") || content_type.contains("json") {
            return Some(Self::Json);
        }
        let is_form = content_type.starts_with("application/x-www-form-urlencoded");
        match service {
            Some(name) if BARE_XML.contains(&name) => Some(Self::BareXml),
            Some(name) if is_form || REST_XML.contains(&name) => Some(Self::Xml),
            Some(_) => Some(Self::Json),
            None => (!is_form && is_no_query(head)).then_some(Self::BareXml),
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml | Self::BareXml => "text/xml",
        }
    }

    /// The document of an error.
    pub(super) fn encode(self, error: &ApiError, request_id: &str) -> String {
        let (code, message) = (error.code(), error.message());
        match self {
            Self::Json => json::encode_error(error),
            Self::Xml => encode_foreign_error(error, request_id),
            Self::BareXml => {
                let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
                let error = RestError {
                    code,
                    message,
                    request_id,
                };
                Content::new(&mut out, Service::Ec2).member("Error", &error);
                out
            }
        }
    }
}

/// Whether an unsigned request is none of a query protocol: those go to `/` and say an action.
fn is_no_query(head: &Parts) -> bool {
    let query = head.uri.query().unwrap_or_default();
    head.uri.path() != "/" || (head.method != Method::POST && !query.contains("Action="))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}
