//! What is wrong is said with key and field.

use std::error::Error;

use model::Resource;
use schema::{DecodeError, decode, decode_key, decode_report, encode, encode_key};

use crate::examples::{KINDS, Source};

/// The message of an error with its sources.
fn message(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// What decoding says when a piece of a VPC's value is replaced.
fn with_replaced(from: &str, to: &str) -> String {
    let vpc = Source(3).resource(3);
    let value = String::from_utf8(encode(&vpc)).unwrap();
    assert!(value.contains(from), "{value}");
    let value = value.replacen(from, to, 1);
    message(&decode(&encode_key(&vpc.key()), value.as_bytes()).unwrap_err())
}

#[test]
fn a_wrong_value_is_named_by_key_and_field() {
    for (from, to, expected) in [
        (
            "\"cidr\":\"",
            "\"cidr\":\"x",
            "field cidr: invalid IP address syntax",
        ),
        ("\"owner\":\"", "\"owner\":\"x", "field owner: malformed id"),
        ("\"vni\":", "\"vni\":-", "invalid value: integer `-"),
        ("\"vni\":", "\"added\":1,\"vni\":", "unknown field `added`"),
        ("\"vni\":", "\"Vni\":", "unknown field `Vni`"),
        ("\"tags\":", "\"vni\":1,\"tags\":", "duplicate field `vni`"),
    ] {
        let text = with_replaced(from, to);
        assert!(text.contains("/adit/v1/vpc/vpc-"), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_time_of_a_load_balancer_that_is_not_the_service_s_is_refused() {
    let mut seen = 0;
    for kind in 0..KINDS {
        let resource = Source(3).resource(kind);
        let value = String::from_utf8(encode(&resource)).unwrap();
        let other = value.replace(r#""attached":{""#, r#""attached":{"0123456789abcdef":1,""#);
        if other != value && matches!(resource, Resource::EndpointService(_)) {
            seen += 1;
            let refused = decode(&encode_key(&resource.key()), other.as_bytes()).unwrap_err();
            assert!(message(&refused).contains("field attached: "), "{refused}");
        }
    }
    assert_eq!(seen, 1);
}

#[test]
fn a_value_under_another_key_is_refused() {
    let (one, other) = (Source(1).resource(3), Source(2).resource(3));
    let error = decode(&encode_key(&one.key()), &encode(&other)).unwrap_err();
    assert!(matches!(error, DecodeError::Misplaced { .. }));
}

#[test]
fn keys_of_other_versions_and_shapes_are_refused() {
    for key in [
        "",
        "/adit/v2/settings",
        "/adit/v1/",
        "/adit/v1/vpc",
        "/adit/v1/vpc/",
        "/adit/v1/vpc/subnet-00000000000000001",
        "/adit/v1/unknown/x",
        "/adit/v1/counter/apples",
        "/adit/v1/target/0000000000000001/10.0.0.1/080",
        "/adit/v1/target/0000000000000001/10.0.0.1",
        "/adit/v1/client-token/111111111111/unknown/x",
    ] {
        let error = decode_key(key.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), format!("malformed key \"{key}\""));
    }
    assert!(decode_key(b"/adit/v1/vpc/\xff").is_err());
}

#[test]
fn a_wrong_report_is_named_by_its_field() {
    for (report, expected) in [
        (
            r#"{"endpoint-removed":{"endpoint":"vpce-x"}}"#,
            "field endpoint: malformed id",
        ),
        (r#"{"endpoint-removed":{}}"#, "missing field `endpoint`"),
        (
            r#"{"load-balancer-applied":{"load_balancer":"x","why":1}}"#,
            "unknown field `why`",
        ),
        (r#"{"vpc-observed":{}}"#, "unknown variant `vpc-observed`"),
    ] {
        let text = message(&decode_report(report.as_bytes()).unwrap_err());
        assert!(text.starts_with("malformed value of \"report\""), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}
