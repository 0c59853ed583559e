//! Reading the Authorization header and the headers that belong to it.
//!
//! Nothing is checked against a secret or a clock here. Invariant: a [`SignedRequest`] is well-formed in every part,
//! so that verification only compares. Source: AWS "Create a signed AWS API request", "Add the signature to the
//! request", 2026.

use std::fmt;

use http::header::{AUTHORIZATION, DATE, HeaderMap, HeaderName};
use model::Timestamp;

use super::{AuthError, RequestHead};
use crate::query::form;
use crate::time::{parse_http_date, parse_iso_basic};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// Longest access key id, in characters (IAM API reference, `accessKeyIdType`).
const ACCESS_KEY_ID_CHARS_MAX: usize = 128;
/// Longest region or service in a scope, in characters; AWS's longest is 31.
const SCOPE_PART_CHARS_MAX: usize = 64;
/// Most headers that one signature may cover; SDKs sign at most about ten.
const SIGNED_HEADERS_MAX: usize = 64;

/// Where and when a signature is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    date: String,
    region: String,
    service: String,
}

impl Scope {
    /// The UTC day, `YYYYMMDD`.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The region's code.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The service's signing name.
    pub fn service(&self) -> &str {
        &self.service
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/{TERMINATOR}",
            self.date, self.region, self.service
        )
    }
}

/// The names of the headers that a signature covers: sorted, distinct, lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders(Vec<HeaderName>);

impl SignedHeaders {
    /// Reads the semicolon-delimited list.
    ///
    /// # Errors
    /// [`AuthError::SignedHeadersShape`] for anything but a sorted list of distinct lower-case header names.
    pub fn parse(list: &str) -> Result<Self, AuthError> {
        let mut names: Vec<HeaderName> = Vec::new();
        for text in list.split(';') {
            let name = HeaderName::from_bytes(text.as_bytes())
                .ok()
                .filter(|name| name.as_str() == text)
                .filter(|name| {
                    names
                        .last()
                        .is_none_or(|last| last.as_str() < name.as_str())
                })
                .ok_or(AuthError::SignedHeadersShape)?;
            if names.len() == SIGNED_HEADERS_MAX {
                return Err(AuthError::SignedHeadersShape);
            }
            names.push(name);
        }
        Ok(Self(names))
    }

    /// Whether the header of that lower-case name is covered.
    pub fn contains(&self, name: &str) -> bool {
        self.0
            .binary_search_by(|signed| signed.as_str().cmp(name))
            .is_ok()
    }

    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &HeaderName> {
        self.0.iter()
    }
}

impl fmt::Display for SignedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { ";" };
            write!(f, "{separator}{name}")?;
        }
        Ok(())
    }
}

/// What a request claims about who signed it, when and for what; not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    access_key_id: String,
    scope: Scope,
    signed_headers: SignedHeaders,
    signature: [u8; 32],
    signed_at: Timestamp,
    session_token: Option<String>,
}

impl SignedRequest {
    /// The claimed access key.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The claimed scope.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The headers that the signature covers.
    pub fn signed_headers(&self) -> &SignedHeaders {
        &self.signed_headers
    }

    /// When it was signed, to the second.
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// The token that temporary credentials come with; whether it belongs to the access key is for the caller to check.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    pub(super) fn signature(&self) -> &[u8; 32] {
        &self.signature
    }
}

/// Reads who claims to have signed a request.
///
/// # Errors
/// [`AuthError::Missing`] without an Authorization header, [`AuthError::Presigned`] for credentials in the query
/// string, and a variant per malformed or repeated part.
pub fn parse(head: &RequestHead<'_>) -> Result<SignedRequest, AuthError> {
    if is_presigned(head.query) {
        return Err(AuthError::Presigned);
    }
    let authorization = single(head.headers, &AUTHORIZATION, "Authorization")?;
    let fields = Fields::parse(authorization.ok_or(AuthError::Missing)?)?;
    let (access_key_id, scope) = parse_credential(fields.credential)?;
    let token_name = HeaderName::from_static("x-amz-security-token");
    let session_token = single(head.headers, &token_name, "X-Amz-Security-Token")?;
    Ok(SignedRequest {
        access_key_id,
        scope,
        signed_headers: SignedHeaders::parse(fields.signed_headers)?,
        signature: parse_signature(fields.signature)?,
        signed_at: parse_date(head.headers)?,
        session_token: session_token.map(str::to_owned),
    })
}

/// Whether the query string carries credentials of any version, whatever their letter case.
fn is_presigned(query: &str) -> bool {
    const NAMES: [&str; 5] = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Signature",
        "AWSAccessKeyId",
        "Signature",
    ];
    form::raw_pairs(query.as_bytes()).any(|(name, _)| {
        let name = form::decode(name).unwrap_or_default();
        NAMES
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// The one value of a header, or none.
fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    shown: &'static str,
) -> Result<Option<&'a str>, AuthError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .map(Some)
            .map_err(|_| AuthError::HeaderShape(shown)),
        (Some(_), Some(_)) => Err(AuthError::HeaderShape(shown)),
    }
}

/// The three fields of the header, each exactly once, in any order.
struct Fields<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Fields<'a> {
    fn parse(header: &'a str) -> Result<Self, AuthError> {
        let (algorithm, rest) = header
            .trim()
            .split_once(' ')
            .ok_or(AuthError::UnsupportedAlgorithm)?;
        if algorithm != ALGORITHM {
            return Err(AuthError::UnsupportedAlgorithm);
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for field in rest.split(',') {
            let (name, value) = field.trim().split_once('=').ok_or(AuthError::FieldShape)?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(AuthError::FieldShape),
            };
            if value.is_empty() || slot.replace(value).is_some() {
                return Err(AuthError::FieldShape);
            }
        }
        Ok(Self {
            credential: credential.ok_or(AuthError::FieldMissing("Credential"))?,
            signed_headers: signed_headers.ok_or(AuthError::FieldMissing("SignedHeaders"))?,
            signature: signature.ok_or(AuthError::FieldMissing("Signature"))?,
        })
    }
}

fn parse_credential(text: &str) -> Result<(String, Scope), AuthError> {
    let mut parts = text.split('/');
    let mut next = || parts.next().ok_or(AuthError::CredentialShape);
    let (access_key_id, date, region, service, terminator) =
        (next()?, next()?, next()?, next()?, next()?);
    let word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let label = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let shaped = word(access_key_id)
        && (1..=ACCESS_KEY_ID_CHARS_MAX).contains(&access_key_id.len())
        && date.len() == 8
        && date.bytes().all(|b| b.is_ascii_digit())
        && [region, service]
            .iter()
            .all(|part| label(part) && (1..=SCOPE_PART_CHARS_MAX).contains(&part.len()));
    if !shaped || parts.next().is_some() {
        return Err(AuthError::CredentialShape);
    }
    if terminator != TERMINATOR {
        return Err(AuthError::ScopeTerminator);
    }
    let scope = Scope {
        date: date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
    };
    Ok((access_key_id.to_owned(), scope))
}

fn parse_signature(text: &str) -> Result<[u8; 32], AuthError> {
    let mut signature = [0; 32];
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match hex::decode_to_slice(text, &mut signature) {
        Ok(()) if lower => Ok(signature),
        Ok(()) | Err(_) => Err(AuthError::SignatureShape),
    }
}

/// `X-Amz-Date` when present, otherwise `Date`, which may also be in HTTP's form.
fn parse_date(headers: &HeaderMap) -> Result<Timestamp, AuthError> {
    let x_amz_date = HeaderName::from_static("x-amz-date");
    if let Some(text) = single(headers, &x_amz_date, "X-Amz-Date")? {
        return parse_iso_basic(text.trim()).ok_or(AuthError::DateShape);
    }
    let text = single(headers, &DATE, "Date")?
        .ok_or(AuthError::DateMissing)?
        .trim();
    parse_iso_basic(text)
        .or_else(|| parse_http_date(text))
        .ok_or(AuthError::DateShape)
}
