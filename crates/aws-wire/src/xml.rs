//! Encoding of responses and errors as XML, in the forms of EC2 and of the query services.
//!
//! Response structs are declared with [`response!`](crate::response): members come out in the order of declaration,
//! `None` is left out, a `Vec` becomes `<item>`s or `<member>`s, and an empty one an empty element. Not a general XML
//! library: there are no attributes but the namespace, and nothing is parsed. Invariant: the output is well-formed
//! XML 1.0 whatever the text in it; characters that XML cannot carry become U+FFFD.
//! Source: EC2 API reference, "Making requests"; Smithy `awsQuery` and `ec2Query` protocol specifications, 2026.

mod content;
mod declare;
mod resource;

#[cfg(test)]
mod tests;

pub use content::{Content, ToXml};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::ApiError;
use crate::service::{Dialect, Service};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

crate::response! {
    /// The response of EC2 actions that return nothing else: `<return>true</return>`.
    pub struct Return {
        /// Always true; failures are errors.
        succeeded: bool = "return",
    }
}

impl Return {
    /// The one value.
    pub const TRUE: Self = Self { succeeded: true };
}

/// The result of query actions that return nothing: an empty element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Empty;

impl ToXml for Empty {
    fn to_xml(&self, _content: &mut Content<'_>) {}
}

/// Text that is percent-encoded by RFC 3986, as IAM shows policy documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlEncoded(pub String);

impl ToXml for UrlEncoded {
    fn to_xml(&self, content: &mut Content<'_>) {
        const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
            .remove(b'-')
            .remove(b'.')
            .remove(b'_')
            .remove(b'~');
        content.display(utf8_percent_encode(&self.0, ENCODED));
    }
}

/// A map in a response of the query services: `<entry><key>..</key><value>..</value></entry>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map(pub Vec<(&'static str, String)>);

impl ToXml for Map {
    fn to_xml(&self, content: &mut Content<'_>) {
        for (key, value) in &self.0 {
            content.member("entry", &MapEntry { key, value });
        }
    }
}

crate::response! {
    /// One entry of a map.
    struct MapEntry<'a> {
        /// Key.
        key: &'a str = "key",
        /// Value.
        value: &'a str = "value",
    }
}

/// The document of a successful response.
pub fn encode_response(
    service: Service,
    action: &'static str,
    request_id: &str,
    body: &impl ToXml,
) -> String {
    let namespace = service.xml_namespace();
    match service.dialect() {
        Dialect::Ec2 => {
            let mut out = format!("{DECLARATION}<{action}Response xmlns=\"{namespace}\">");
            let mut content = Content::new(&mut out, service);
            content.member("requestId", request_id);
            body.to_xml(&mut content);
            out.push_str(&format!("</{action}Response>"));
            out
        }
        Dialect::Query | Dialect::Sns => {
            let mut out = format!("<{action}Response xmlns=\"{namespace}\">");
            let mut content = Content::new(&mut out, service);
            content.member(&format!("{action}Result"), body);
            content.member("ResponseMetadata", &QueryMetadata { request_id });
            out.push_str(&format!("</{action}Response>"));
            out
        }
    }
}

/// The document of a successful response of a service with method and path.
pub fn encode_rest_response(service: Service, action: &str, body: &impl ToXml) -> String {
    let namespace = service.xml_namespace();
    let mut out = format!("{DECLARATION}<{action}Response xmlns=\"{namespace}\">");
    body.to_xml(&mut Content::new(&mut out, service));
    out.push_str(&format!("</{action}Response>"));
    out
}

/// The document of an error. Its status is [`ApiError::status`].
pub fn encode_error(service: Service, error: &ApiError, request_id: &str) -> String {
    match service.dialect() {
        Dialect::Ec2 => {
            let mut out = String::from(DECLARATION);
            Content::new(&mut out, service).member(
                "Response",
                &Ec2Failure {
                    errors: Ec2Errors { error },
                    request_id,
                },
            );
            out
        }
        Dialect::Query | Dialect::Sns => {
            let head = format!("<ErrorResponse xmlns=\"{}\">", service.xml_namespace());
            error_response(head, service, error, request_id)
        }
    }
}

/// The document of an error for the client of a service that is not answered here: in the form that most of AWS's services
/// with XML have, and in no service's namespace.
pub fn encode_foreign_error(error: &ApiError, request_id: &str) -> String {
    let head = "<ErrorResponse>".to_owned();
    // All query services write errors alike.
    error_response(head, Service::Sts, error, request_id)
}

fn error_response(mut out: String, service: Service, error: &ApiError, request_id: &str) -> String {
    let mut content = Content::new(&mut out, service);
    content.member("Error", &QueryError(error));
    content.member("RequestId", request_id);
    out.push_str("</ErrorResponse>");
    out
}

crate::response! {
    /// `<ResponseMetadata>`.
    struct QueryMetadata<'a> {
        /// The request's id.
        request_id: &'a str = "RequestId",
    }
}

crate::response! {
    /// EC2's error document.
    struct Ec2Failure<'a> {
        /// A list in form, but always of one.
        errors: Ec2Errors<'a> = "Errors",
        /// The request's id, with a capital D here only.
        request_id: &'a str = "RequestID",
    }
}

crate::response! {
    /// `<Errors>`.
    struct Ec2Errors<'a> {
        /// Code and message.
        error: &'a ApiError = "Error",
    }
}

/// Code and message, as EC2's documents and the `unsuccessful` lists of its responses have them.
impl ToXml for ApiError {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.member("Code", self.code());
        content.member("Message", self.message());
    }
}

/// `<Error>` of the query services.
struct QueryError<'a>(&'a ApiError);

impl ToXml for QueryError<'_> {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.member("Type", self.0.fault().as_str());
        self.0.to_xml(content);
    }
}
