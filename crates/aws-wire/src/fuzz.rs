//! Entry points for fuzzing: any bytes in, nothing out, and none may panic or take long.
//!
//! A fuzz target is one call of one of these.

use http::{HeaderMap, HeaderName, HeaderValue};
use model::Timestamp;

use crate::filter::{Case, Pattern};
use crate::paging::{Listing, PageKey};
use crate::query::{Call, Params, Request};
use crate::service::{Dialect, Service};
use crate::session::SessionKey;
use crate::sigv4::{self, Expected, RequestHead};
use crate::xml;

/// A request head whose lines are: method, path, query, then `name: value` headers; an empty line starts the body.
pub fn sigv4(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (method, path, query) = (next(), next(), next());
    let mut headers = HeaderMap::new();
    for line in lines.take(1000) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let name = HeaderName::from_bytes(name.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.trim())) {
            headers.append(name, value);
        }
    }
    let head = RequestHead {
        method,
        path,
        query,
        headers: &headers,
    };
    let Ok(request) = sigv4::parse(&head) else {
        return;
    };
    let expected = Expected {
        regions: &[request.scope().region()],
        services: &Service::ALL,
    };
    let verified = sigv4::verify(
        &request,
        "secret",
        &head,
        &sigv4::payload_sha256(body.as_bytes()),
        request.signed_at(),
        &expected,
    );
    if let Err(error) = verified {
        let _ = error.to_api_error(Dialect::Query);
    }
}

/// A form, read as a call and as bare parameters.
pub fn query(bytes: &[u8]) {
    let _ = Params::parse(&[], bytes);
    for service in Service::ALL {
        match Call::parse(service, "", bytes) {
            Ok(call) => {
                let _ = xml::encode_error(service, &call.unknown_action(), call.action());
            }
            Err(error) => {
                let _ = xml::encode_error(service, &error, "r-1");
            }
        }
    }
}

/// A form, decoded as the request `R`.
pub fn request<R: Request>(bytes: &[u8]) {
    if let Ok(params) = Params::parse(&[], bytes) {
        let _ = R::decode(params);
    }
}

/// A pattern in the first line, the text in the rest.
pub fn filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, text) = text.split_once('\n').unwrap_or((&text, ""));
    for case in [Case::Exact, Case::Ignored] {
        let _ = Pattern::new(pattern, case).map(|pattern| pattern.matches(text));
    }
}

/// A page token.
pub fn page_token(bytes: &[u8]) {
    let key = PageKey::new(&[7; 32]);
    let Some(account) = model::id::AccountId::new(1) else {
        return;
    };
    let listing = Listing::new(account, "DescribeThings");
    let _ = key.open(Dialect::Ec2, &listing, &String::from_utf8_lossy(bytes));
}

/// A session token.
pub fn session_token(bytes: &[u8]) {
    if let Some(key) = SessionKey::new(&[7; 32]) {
        let _ = key.open(&String::from_utf8_lossy(bytes));
    }
}

/// A date in either form, and a number of milliseconds to write.
pub fn time(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = (
        crate::time::parse_iso_basic(&text),
        crate::time::parse_http_date(&text),
    );
    let millis = bytes
        .iter()
        .take(8)
        .fold(0, |millis: u64, byte| millis << 8 | u64::from(*byte));
    let _ = crate::time::iso_millis(Timestamp::from_millis(millis));
}
