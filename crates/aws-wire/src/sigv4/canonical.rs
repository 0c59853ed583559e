//! The canonical request: one spelling for everything that means the same.
//!
//! Works on what was sent and never decodes a path, so that what is signed cannot differ from what is served.
//! Invariant: two requests with equal canonical requests have the same method, the same decoded query parameters, the
//! same signed headers up to white space, and paths that normalise alike. Source: AWS "Create a canonical request".

use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::{AuthError, RequestHead, SignedHeaders};
use crate::query::form;

/// Everything but RFC 3986's unreserved characters.
const QUERY: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The same, with the slash left alone.
const PATH: AsciiSet = QUERY.remove(b'/');

/// The text whose hash is signed, for a body whose hash is `payload_sha256`, in hexadecimal.
///
/// # Errors
/// When the query string is malformed or a signed header is absent.
pub fn canonical_request(
    head: &RequestHead<'_>,
    signed_headers: &SignedHeaders,
    payload_sha256: &str,
) -> Result<Vec<u8>, AuthError> {
    let mut out = Vec::with_capacity(512);
    for line in [
        head.method,
        &canonical_path(head.path),
        &canonical_query(head.query)?,
    ] {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(&canonical_headers(head.headers, signed_headers)?);
    out.push(b'\n');
    out.extend_from_slice(signed_headers.to_string().as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload_sha256.as_bytes());
    Ok(out)
}

/// The path without empty and dot segments, percent-encoded once more, as every service but S3 has it.
pub fn canonical_path(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut directory = true;
    for segment in path.split('/') {
        directory = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            name => kept.push(name),
        }
    }
    let mut normal = String::with_capacity(path.len() + 1);
    for segment in &kept {
        normal.push('/');
        normal.push_str(segment);
    }
    if directory || kept.is_empty() {
        normal.push('/');
    }
    percent_encode(normal.as_bytes(), &PATH).to_string()
}

/// The parameters, decoded, encoded in the one way, and sorted by name and value. A `+` is a space, as in forms.
///
/// # Errors
/// [`AuthError::QuerySyntax`] for a `%` without two hexadecimal digits after it.
pub fn canonical_query(query: &str) -> Result<String, AuthError> {
    let mut pairs = Vec::new();
    for (name, value) in form::raw_pairs(query.as_bytes()) {
        pairs.push((recode(name)?, recode(value)?));
    }
    pairs.sort_unstable();
    let mut out = String::with_capacity(query.len());
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(&name);
        out.push('=');
        out.push_str(&value);
    }
    Ok(out)
}

fn recode(raw: &[u8]) -> Result<String, AuthError> {
    let decoded = form::decode(raw).ok_or(AuthError::QuerySyntax)?;
    Ok(percent_encode(&decoded, &QUERY).to_string())
}

/// One line per signed header: `name:value`, values of repeated headers joined by commas in the order of arrival.
///
/// # Errors
/// [`AuthError::HeaderAbsent`] when a signed header is not in the request.
pub fn canonical_headers(
    headers: &HeaderMap,
    signed_headers: &SignedHeaders,
) -> Result<Vec<u8>, AuthError> {
    let mut out = Vec::with_capacity(256);
    for name in signed_headers.iter() {
        out.extend_from_slice(name.as_str().as_bytes());
        let mut separator = b':';
        for value in headers.get_all(name) {
            out.push(separator);
            push_trimmed(&mut out, value.as_bytes());
            separator = b',';
        }
        if separator == b':' {
            return Err(AuthError::HeaderAbsent(name.as_str().to_owned()));
        }
        out.push(b'\n');
    }
    Ok(out)
}

/// Without white space at the ends, and with one space for each run of white space in between.
fn push_trimmed(out: &mut Vec<u8>, value: &[u8]) {
    let words = value
        .split(|byte| matches!(byte, b' ' | b'\t'))
        .filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        if position > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}
