//! Verification: refusals case by case. Beside it AWS's published vectors, the header's forms, an independent signer.

use http::{HeaderMap, HeaderName, HeaderValue};
use model::Timestamp;

use super::*;
use crate::service::Dialect;
use crate::time::parse_iso_basic;

mod authorization;
mod signer;
mod vectors;

/// The secret of AWS's published examples.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const EXPECTED: Expected<'static> = Expected {
    regions: &["us-east-1"],
    services: &[Service::Ec2],
};

/// A request as text: `METHOD path?query`, headers, an empty line and a body, as in AWS's test suite.
#[derive(Clone, Debug)]
struct Message {
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: String,
}

impl Message {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.to_owned(),
        }
    }

    fn head(&self) -> RequestHead<'_> {
        RequestHead {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
        }
    }

    fn authorize(&mut self, authorization: &str) {
        self.headers
            .insert("authorization", authorization.parse().unwrap());
    }

    /// Adds what our own functions compute, for tests of what comes after.
    fn sign(&mut self, scope: &str, signed_headers: &str) {
        let zeros = "0".repeat(64);
        let fields = |signature: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
            )
        };
        self.authorize(&fields(&zeros));
        let claimed = parse(&self.head()).unwrap();
        let payload = hex::encode(payload_sha256(self.body.as_bytes()));
        let canonical =
            canonical_request(&self.head(), claimed.signed_headers(), &payload).unwrap();
        let text = string_to_sign(claimed.signed_at(), claimed.scope(), &canonical);
        let signature = signature(&signing_key(SECRET, claimed.scope()), &text);
        self.authorize(&fields(&hex::encode(signature)));
    }

    fn verify_at(&self, now: Timestamp, expected: &Expected<'_>) -> Result<(), AuthError> {
        let request = parse(&self.head())?;
        let body = payload_sha256(self.body.as_bytes());
        verify(&request, SECRET, &self.head(), &body, now, expected)
    }

    fn verify(&self) -> Result<(), AuthError> {
        self.verify_at(at("20150830T123600Z"), &EXPECTED)
    }
}

fn at(text: &str) -> Timestamp {
    parse_iso_basic(text).unwrap()
}

/// A request to EC2 as boto3 sends it, signed.
fn signed_example() -> Message {
    let mut message = Message::parse(
        "POST /\nhost:127.0.0.1:4566\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\n\
         x-amz-date:20150830T123600Z\n\nAction=DescribeVpcs&Version=2016-11-15",
    );
    message.sign(
        "20150830/us-east-1/ec2/aws4_request",
        "content-type;host;x-amz-date",
    );
    message
}

#[test]
fn the_date_is_taken_from_x_amz_date_before_date() {
    let scope = "20150830/us-east-1/ec2/aws4_request";
    let mut both = Message::parse(
        "POST /\nhost:h\ndate:Mon, 31 Aug 2015 00:00:00 GMT\nx-amz-date:20150830T123600Z",
    );
    both.sign(scope, "date;host;x-amz-date");
    assert_eq!(both.verify(), Ok(()));

    let mut basic = Message::parse("POST /\nhost:h\ndate:20150830T123600Z");
    basic.sign(scope, "date;host");
    assert_eq!(basic.verify(), Ok(()));

    let signed = signed_example();
    for (headers, expected) in [
        (vec![], AuthError::DateMissing),
        (vec!["2015-08-30T12:36:00Z"], AuthError::DateShape),
        (vec!["Sun, 30 Aug 2015 12:36:00 GMT"], AuthError::DateShape),
        (
            vec!["20150830T123600Z", "20150830T123600Z"],
            AuthError::HeaderShape("X-Amz-Date"),
        ),
    ] {
        let mut headers_of = signed.headers.clone();
        headers_of.remove("x-amz-date");
        for value in headers {
            headers_of.append("x-amz-date", value.parse().unwrap());
        }
        let head = RequestHead {
            headers: &headers_of,
            ..signed.head()
        };
        assert_eq!(parse(&head).unwrap_err(), expected);
    }
}

#[test]
fn any_change_after_signing_is_noticed() {
    type Change = (&'static str, fn(&mut Message));
    let changes: [Change; 10] = [
        ("method", |message| message.method = "PUT".to_owned()),
        ("path", |message| message.path = "/x".to_owned()),
        ("query", |message| message.query = "a=b".to_owned()),
        ("body", |message| message.body.push('x')),
        ("host", |message| {
            message
                .headers
                .insert("host", "127.0.0.1:4567".parse().unwrap());
        }),
        ("second host", |message| {
            message.headers.append("host", "other".parse().unwrap());
        }),
        ("content type", |message| {
            message
                .headers
                .insert("content-type", "text/plain".parse().unwrap());
        }),
        ("date", |message| {
            message
                .headers
                .insert("x-amz-date", "20150830T123601Z".parse().unwrap());
        }),
        ("access key stays, region of the scope changes", |message| {
            let header = message.headers["authorization"]
                .to_str()
                .unwrap()
                .to_owned();
            message.authorize(&header.replace("us-east-1", "us-east-2"));
        }),
        ("signature", |message| {
            let header = message.headers["authorization"]
                .to_str()
                .unwrap()
                .to_owned();
            let last = if header.ends_with('0') { "1" } else { "0" };
            message.authorize(&format!("{}{last}", &header[..header.len() - 1]));
        }),
    ];
    assert_eq!(signed_example().verify(), Ok(()));
    let anywhere = Expected {
        regions: &["us-east-2"],
        ..EXPECTED
    };
    for (what, change) in changes {
        let mut message = signed_example();
        change(&mut message);
        let expected = if what.contains("region") {
            &anywhere
        } else {
            &EXPECTED
        };
        let result = message.verify_at(at("20150830T123600Z"), expected);
        assert_eq!(result, Err(AuthError::Mismatch), "{what}");
    }
}

#[test]
fn another_secret_does_not_verify() {
    let message = signed_example();
    let request = parse(&message.head()).unwrap();
    let body = payload_sha256(message.body.as_bytes());
    let now = request.signed_at();
    let result = verify(&request, "another", &message.head(), &body, now, &EXPECTED);
    assert_eq!(result, Err(AuthError::Mismatch));
}

#[test]
fn a_signature_holds_for_fifteen_minutes_either_way() {
    let message = signed_example();
    let verify = |now: &str| message.verify_at(at(now), &EXPECTED);
    assert_eq!(verify("20150830T125100Z"), Ok(()));
    assert_eq!(verify("20150830T122100Z"), Ok(()));
    let expired = verify("20150830T125101Z").unwrap_err();
    assert_eq!(
        expired.to_string(),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)",
    );
    let early = verify("20150830T122059Z").unwrap_err();
    assert!(matches!(early, AuthError::NotYetCurrent { .. }));
    for error in [expired, early] {
        assert_eq!(error.to_api_error(Dialect::Ec2).code(), "RequestExpired");
        assert_eq!(
            error.to_api_error(Dialect::Query).code(),
            "SignatureDoesNotMatch"
        );
    }
}

#[test]
fn the_scope_must_name_the_day_the_region_and_a_served_service() {
    let head = "POST /\nhost:h\nx-amz-date:20150830T123600Z";
    for (scope, expected) in [
        (
            "20150829/us-east-1/ec2/aws4_request",
            AuthError::ScopeDate {
                scope: "20150829".to_owned(),
                signed_at: "20150830T123600Z".to_owned(),
            },
        ),
        (
            "20150830/eu-west-1/ec2/aws4_request",
            AuthError::ScopeRegion {
                scope: "eu-west-1".to_owned(),
                served: "us-east-1".to_owned(),
            },
        ),
        (
            "20150830/us-east-1/sts/aws4_request",
            AuthError::ScopeService("sts".to_owned()),
        ),
        (
            "20150830/us-east-1/EC2/aws4_request",
            AuthError::ScopeService("EC2".to_owned()),
        ),
    ] {
        let mut message = Message::parse(head);
        message.sign(scope, "host;x-amz-date");
        assert_eq!(message.verify(), Err(expected), "{scope}");
    }
}

#[test]
fn host_and_every_amz_header_must_be_signed() {
    let scope = "20150830/us-east-1/ec2/aws4_request";
    let mut message = Message::parse("POST /\nhost:h\nx-amz-date:20150830T123600Z");
    message.sign(scope, "x-amz-date");
    assert_eq!(message.verify(), Err(AuthError::HostNotSigned));
    message.sign(scope, "host");
    assert_eq!(
        message.verify(),
        Err(AuthError::HeaderNotSigned("x-amz-date".to_owned()))
    );
    message.sign(scope, "host;x-amz-date");
    assert_eq!(message.verify(), Ok(()));
    message
        .headers
        .insert("x-amz-security-token", "t".parse().unwrap());
    let unsigned_token = AuthError::HeaderNotSigned("x-amz-security-token".to_owned());
    assert_eq!(message.verify(), Err(unsigned_token));
    message.headers.remove("x-amz-security-token");
    message
        .headers
        .insert("x-amzn-trace-id", "added-by-a-proxy".parse().unwrap());
    message
        .headers
        .insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(message.verify(), Ok(()));
    message.headers.remove("host");
    assert_eq!(
        message.verify(),
        Err(AuthError::HeaderAbsent("host".to_owned()))
    );
}

#[test]
fn a_declared_payload_hash_must_be_that_of_the_body() {
    let scope = "20150830/us-east-1/ec2/aws4_request";
    let signed = "host;x-amz-content-sha256;x-amz-date";
    let good = hex::encode(payload_sha256(b"body"));
    for (declared, expected) in [
        (good.as_str(), Ok(())),
        (&good.to_uppercase(), Err(AuthError::Payload)),
        ("UNSIGNED-PAYLOAD", Err(AuthError::Payload)),
        (
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Err(AuthError::Payload),
        ),
        ("", Err(AuthError::Payload)),
    ] {
        let mut message = Message::parse("POST /\nhost:h\nx-amz-date:20150830T123600Z\n\nbody");
        message
            .headers
            .insert("x-amz-content-sha256", declared.parse().unwrap());
        message.sign(scope, signed);
        assert_eq!(message.verify(), expected, "{declared}");
    }
}

#[test]
fn queries_have_one_canonical_spelling() {
    for (query, expected) in [
        ("", Ok("")),
        ("&&", Ok("")),
        ("a", Ok("a=")),
        ("b=2&a=1", Ok("a=1&b=2")),
        ("a=2&a=10&a=1", Ok("a=1&a=10&a=2")),
        ("a=%7e%2F+%20*", Ok("a=~%2F%20%20%2A")),
        ("a=b=c", Ok("a=b%3Dc")),
        ("A=1&a=1&%41=0", Ok("A=0&A=1&a=1")),
        ("a=%FF%00", Ok("a=%FF%00")),
        ("a=%", Err(AuthError::QuerySyntax)),
        ("a=%4", Err(AuthError::QuerySyntax)),
        ("a=%zz", Err(AuthError::QuerySyntax)),
        ("a=%+1", Err(AuthError::QuerySyntax)),
    ] {
        assert_eq!(
            canonical_query(query).as_deref().map_err(Clone::clone),
            expected,
            "{query}"
        );
    }
}

#[test]
fn paths_are_normalised_and_encoded_once_more() {
    for (path, expected) in [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/a/../..", "/"),
        ("/a/./b/../c/", "/a/c/"),
        ("/a/b/..", "/a/"),
        ("/a%20b", "/a%2520b"),
        ("/2013-04-01/hostedzone", "/2013-04-01/hostedzone"),
    ] {
        assert_eq!(canonical_path(path), expected, "{path}");
    }
}

#[test]
fn each_dialect_has_its_code_and_status_for_each_kind_of_failure() {
    let region = AuthError::ScopeRegion {
        scope: "x".to_owned(),
        served: "y".to_owned(),
    };
    for (error, ec2, query) in [
        (
            AuthError::Missing,
            (403, "MissingAuthenticationToken"),
            (403, "MissingAuthenticationToken"),
        ),
        (
            AuthError::FieldShape,
            (400, "IncompleteSignature"),
            (400, "IncompleteSignature"),
        ),
        (
            AuthError::DateMissing,
            (400, "IncompleteSignature"),
            (400, "IncompleteSignature"),
        ),
        (
            AuthError::QuerySyntax,
            (400, "MalformedQueryString"),
            (400, "MalformedQueryString"),
        ),
        (
            AuthError::UnknownAccessKey,
            (401, "AuthFailure"),
            (403, "InvalidClientTokenId"),
        ),
        (
            AuthError::Mismatch,
            (401, "AuthFailure"),
            (403, "SignatureDoesNotMatch"),
        ),
        (region, (401, "AuthFailure"), (403, "SignatureDoesNotMatch")),
        (
            AuthError::TokenExpired,
            (400, "RequestExpired"),
            (403, "ExpiredToken"),
        ),
    ] {
        for (dialect, expected) in [(Dialect::Ec2, ec2), (Dialect::Query, query)] {
            let answer = error.to_api_error(dialect);
            assert_eq!(
                (answer.status().as_u16(), answer.code()),
                expected,
                "{error:?}"
            );
        }
    }
}

#[test]
fn keys_do_not_show_in_debug_output() {
    let message = signed_example();
    let request = parse(&message.head()).unwrap();
    assert_eq!(
        format!("{:?}", signing_key(SECRET, request.scope())),
        "SigningKey(..)"
    );
}
