//! Services of which there is nothing: documents, and requests that no client sends.

use std::time::Duration;

use crate::world::{Answer, Client, World, exchange};

const ROUTE53: &str = "route53";

/// A request to Route 53 Resolver.
async fn resolver(client: &Client, target: &str, body: &str) -> Answer {
    let request = ("POST", "/", body);
    let header = ("x-amz-target", target);
    let headers = client.signed_with("route53resolver", request, header, Duration::ZERO);
    exchange(client.at, "POST", "/", &headers, body.as_bytes()).await
}

#[tokio::test]
async fn route_53_answers_by_method_and_path() {
    let world = World::start().await;
    let client = world.client();
    let zones = "/2013-04-01/hostedzone";
    let answer = client.send(ROUTE53, "GET", zones, "").await;
    assert_eq!(
        answer.body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ListHostedZonesResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HostedZones/>\
         <IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListHostedZonesResponse>"
    );
    assert_eq!(answer.header("content-type"), Some("text/xml"));
    for (method, path, status, code) in [
        ("GET", "/2013-04-01/hostedzone/Z1", 404, "NoSuchHostedZone"),
        (
            "GET",
            "/2013-04-01/hostedzone/Z1/rrset/",
            404,
            "NoSuchHostedZone",
        ),
        (
            "POST",
            "/2013-04-01/hostedzone/Z1/rrset/",
            400,
            "UnsupportedOperation",
        ),
        (
            "POST",
            "/2013-04-01/hostedzone",
            400,
            "UnsupportedOperation",
        ),
        ("PUT", "/2013-04-01/hostedzone", 400, "InvalidAction"),
        ("GET", "/2013-04-01/hostedzone/..", 400, "InvalidAction"),
        ("GET", "/2013-04-01/", 400, "InvalidAction"),
        ("GET", "/2012-12-12/hostedzone", 400, "InvalidAction"),
        ("POST", "/", 400, "InvalidAction"),
    ] {
        let answer = client.send(ROUTE53, method, path, "").await;
        let got = (answer.status, answer.text("Code"));
        assert_eq!(got, (status, code.to_owned()), "{method} {path}");
        let namespace = "<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">";
        assert!(answer.body.contains(namespace), "{}", answer.body);
    }
    let moved = client.signed(ROUTE53, "GET", zones, "", Duration::ZERO);
    let answer = exchange(client.at, "GET", "/2013-04-01/healthcheck", &moved, b"").await;
    assert_eq!(answer.text("Code"), "SignatureDoesNotMatch");
}

/// Targets, bodies, and the status and beginning of what is answered.
const CASES: &[(&str, &str, u16, &str)] = &[
    (
        "Route53Resolver.ListResolverRules",
        "{}",
        200,
        r#"{"ResolverRules":[]}"#,
    ),
    (
        "Route53Resolver.ListResolverRules",
        "[]",
        400,
        r#"{"__type":"SerializationException""#,
    ),
    (
        "Route53Resolver.ListResolverRules",
        "",
        400,
        r#"{"__type":"SerializationException""#,
    ),
    (
        "Route53Resolver.GetResolverRule",
        "{}",
        400,
        r#"{"__type":"InvalidParameterException""#,
    ),
    (
        "Route53Resolver.GetResolverRule",
        r#"{"ResolverRuleId": "<\"1\">"}"#,
        400,
        r#"{"__type":"ResourceNotFoundException","message":"Resolver rule with ID '<\"1\">' does not exist"}"#,
    ),
    (
        "Route53Resolver.CreateResolverRule",
        "{}",
        400,
        r#"{"__type":"UnsupportedOperation""#,
    ),
    (
        "Route53Resolver.Nonsense",
        "{}",
        400,
        r#"{"__type":"UnknownOperationException""#,
    ),
    (
        "Other.ListResolverRules",
        "{}",
        400,
        r#"{"__type":"UnknownOperationException""#,
    ),
];

#[tokio::test]
async fn route_53_resolver_answers_by_target_and_json() {
    let world = World::start().await;
    let client = world.client();
    for (target, body, status, words) in CASES {
        let answer = resolver(&client, target, body).await;
        assert_eq!(answer.status, *status, "{target} {body}: {}", answer.body);
        assert!(
            answer.body.starts_with(words),
            "{target} {body}: {}",
            answer.body
        );
        let content_type = answer.header("content-type");
        assert_eq!(content_type, Some("application/x-amz-json-1.1"));
    }
    let answer = client.send("route53resolver", "POST", "/", "{}").await;
    assert!(
        answer.body.contains("UnknownOperationException"),
        "{}",
        answer.body
    );
    let answer = client
        .send("route53resolver", "POST", "/elsewhere", "{}")
        .await;
    assert!(
        answer.body.starts_with(r#"{"__type":"InvalidURI""#),
        "{}",
        answer.body
    );
}
