//! Forms of the Authorization header.

use super::*;

#[test]
fn an_authorization_header_is_read_with_or_without_spaces_and_in_any_order() {
    let signature = "ab".repeat(32);
    for header in [
        format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/ec2/aws4_request, SignedHeaders=host;x-amz-date, Signature={signature}"
        ),
        format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/ec2/aws4_request,SignedHeaders=host;x-amz-date,Signature={signature}"
        ),
        format!(
            "AWS4-HMAC-SHA256   Signature={signature} , SignedHeaders=host;x-amz-date , Credential=AKID/20150830/us-east-1/ec2/aws4_request  "
        ),
    ] {
        let mut message =
            Message::parse("POST /\nhost:h\nx-amz-date:20150830T123600Z\nx-amz-security-token:tok");
        message.authorize(&header);
        let request = parse(&message.head()).unwrap();
        assert_eq!(request.access_key_id(), "AKID");
        assert_eq!(
            request.scope().to_string(),
            "20150830/us-east-1/ec2/aws4_request"
        );
        assert_eq!(request.signed_headers().to_string(), "host;x-amz-date");
        assert_eq!(request.signed_at(), at("20150830T123600Z"));
        assert_eq!(request.session_token(), Some("tok"));
    }
}

/// `Credential`, `SignedHeaders`, `Signature`.
fn fields(credential: &str, signed: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}"
    )
}

fn check(cases: Vec<(String, AuthError)>) {
    for (header, expected) in cases {
        let mut message = Message::parse("POST /\nhost:h\nx-amz-date:20150830T123600Z");
        message.authorize(&header);
        assert_eq!(parse(&message.head()).unwrap_err(), expected, "{header}");
    }
}

const CREDENTIAL: &str = "AKID/20150830/us-east-1/ec2/aws4_request";

#[test]
fn malformed_authorizations_are_refused() {
    let signature = "ab".repeat(32);
    let good = fields(CREDENTIAL, "host", &signature);
    let credential_only = format!("AWS4-HMAC-SHA256 Credential={CREDENTIAL}");
    check(vec![
        (String::new(), AuthError::UnsupportedAlgorithm),
        (
            "Basic dXNlcjpwYXNz".to_owned(),
            AuthError::UnsupportedAlgorithm,
        ),
        (
            good.replacen("HMAC", "ECDSA-P256", 1),
            AuthError::UnsupportedAlgorithm,
        ),
        (
            "AWS4-HMAC-SHA256 Credential".to_owned(),
            AuthError::FieldShape,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=".to_owned(),
            AuthError::FieldShape,
        ),
        (credential_only, AuthError::FieldMissing("SignedHeaders")),
        (
            format!("{good}, Signature={signature}"),
            AuthError::FieldShape,
        ),
        (format!("{good}, Extra=1"), AuthError::FieldShape),
    ]);
}

#[test]
fn malformed_credentials_are_refused() {
    let of = |credential: &str| fields(credential, "host", &"ab".repeat(32));
    check(vec![
        (
            of("AKID/20150830/us-east-1/ec2"),
            AuthError::CredentialShape,
        ),
        (
            of(&format!("{CREDENTIAL}/more")),
            AuthError::CredentialShape,
        ),
        (
            of("/20150830/us-east-1/ec2/aws4_request"),
            AuthError::CredentialShape,
        ),
        (
            of("A-B/20150830/us-east-1/ec2/aws4_request"),
            AuthError::CredentialShape,
        ),
        (
            of("AKID/2015083/us-east-1/ec2/aws4_request"),
            AuthError::CredentialShape,
        ),
        (
            of("AKID/20150830//ec2/aws4_request"),
            AuthError::CredentialShape,
        ),
        (
            of("AKID/20150830/us-east-1/ec2/aws5_request"),
            AuthError::ScopeTerminator,
        ),
    ]);
}

#[test]
fn malformed_signed_headers_are_refused() {
    let of = |signed: &str| {
        (
            fields(CREDENTIAL, signed, &"ab".repeat(32)),
            AuthError::SignedHeadersShape,
        )
    };
    let many: Vec<String> = (0..65).map(|number| format!("h{number:02}")).collect();
    check(vec![
        of("host;"),
        of("Host"),
        of("host;host"),
        of("x-amz-date;host"),
        of("ho st"),
        of(&many.join(";")),
    ]);
    assert!(SignedHeaders::parse(&many[..64].join(";")).is_ok());
}

#[test]
fn malformed_signatures_are_refused() {
    let of = |signature: &str| {
        (
            fields(CREDENTIAL, "host", signature),
            AuthError::SignatureShape,
        )
    };
    check(vec![
        of(&"AB".repeat(32)),
        of(&"ab".repeat(31)),
        of(&"ab".repeat(33)),
        of(&"zz".repeat(32)),
    ]);
}

#[test]
fn the_authorization_header_must_be_there_once_and_in_ascii() {
    let mut message = signed_example();
    let authorization = message.headers.remove("authorization").unwrap();
    assert_eq!(message.verify(), Err(AuthError::Missing));
    message
        .headers
        .append("authorization", authorization.clone());
    message.headers.append("authorization", authorization);
    assert_eq!(
        message.verify(),
        Err(AuthError::HeaderShape("Authorization"))
    );
    message.headers.insert(
        "authorization",
        HeaderValue::from_bytes(b"AWS4\xff").unwrap(),
    );
    assert_eq!(
        message.verify(),
        Err(AuthError::HeaderShape("Authorization"))
    );
}

#[test]
fn credentials_in_the_query_string_are_refused_even_beside_a_header() {
    for query in [
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00",
        "Action=A&x-amz-signature=00",
        "X%2DAmz%2DCredential=AKID",
        "AWSAccessKeyId=AKID&Signature=x&SignatureVersion=2",
    ] {
        let mut message = signed_example();
        message.query = query.to_owned();
        let error = message.verify().unwrap_err();
        assert_eq!(error, AuthError::Presigned, "{query}");
        assert_eq!(
            error.to_api_error(Dialect::Ec2).code(),
            "UnsupportedOperation"
        );
    }
}
