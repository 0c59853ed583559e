//! Requests signed by the AWS SDK's own signer, and arbitrary bytes.

use proptest::prelude::*;

use super::*;

/// Signs with the AWS SDK's own signer.
fn sign_independently(message: &mut Message, service: &str, token: Option<&str>) {
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4::SigningParams;

    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_440_938_160);
    let token = token.map(str::to_owned);
    let identity =
        aws_credential_types::Credentials::new("AKIDEXAMPLE", SECRET, token, None, "test").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let question = if message.query.is_empty() { "" } else { "?" };
    let uri = format!(
        "https://example.test{}{question}{}",
        message.path, message.query
    );
    let headers: Vec<(String, String)> = message
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let request = SignableRequest::new(
        message.method.as_str(),
        uri,
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
        SignableBody::Bytes(message.body.as_bytes()),
    )
    .unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    for (name, value) in instructions.headers() {
        message.headers.insert(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
}

fn messages() -> impl Strategy<Value = Message> {
    let headers = proptest::collection::vec(("[a-wyz][a-z-]{0,8}", "[!-~][ -~]{0,20}"), 0..6);
    let path = "(/[a-zA-Z0-9._~!$'()*+,;=:@-]{0,6}(%[2-7][0-9A-F])?){0,4}";
    let query = "([a-zA-Z0-9._~+-]{1,4}(=[a-zA-Z0-9._~+-]{0,4}(%[2-7][0-9A-Fa-f])?)?&?){0,4}";
    ("GET|POST|PUT", path, query, headers, "[ -~]{0,60}").prop_map(
        |(method, path, query, extra, body)| {
            let path = if path.is_empty() {
                "/".to_owned()
            } else {
                path
            };
            let mut headers = HeaderMap::new();
            headers.insert("host", "example.test".parse().unwrap());
            for (name, value) in extra {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                if name != "host" && name != "authorization" && name != "date" {
                    headers.append(name, value.parse().unwrap());
                }
            }
            Message {
                method,
                path,
                query,
                headers,
                body,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_the_sdk_signs_verifies(
        mut message in messages(),
        token in proptest::option::of("[a-zA-Z0-9+/=]{1,40}"),
    ) {
        sign_independently(&mut message, "ec2", token.as_deref());
        let request = parse(&message.head()).unwrap();
        prop_assert_eq!(request.session_token(), token.as_deref());
        prop_assert_eq!(message.verify(), Ok(()));
    }

    #[test]
    fn what_the_sdk_signs_for_another_service_does_not(mut message in messages()) {
        sign_independently(&mut message, "sts", None);
        prop_assert_eq!(message.verify(), Err(AuthError::ScopeService("sts".to_owned())));
    }

    #[test]
    fn a_changed_byte_of_body_or_query_does_not_verify(
        mut message in messages(),
        body in any::<bool>(),
    ) {
        sign_independently(&mut message, "ec2", None);
        if body { message.body.push('!') } else { message.query.push_str("&added=1") }
        prop_assert_eq!(message.verify(), Err(AuthError::Mismatch));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        crate::fuzz::sigv4(&bytes);
        crate::fuzz::time(&bytes);
    }

    #[test]
    fn no_authorization_header_makes_it_panic(
        fields in "(Credential|SignedHeaders|Signature|X)?(=[!-~]{0,20}(/[!-~]{0,8}){0,6})?[, ]{0,2}",
        rest in "[ -~]{0,80}",
    ) {
        let text = format!("GET\n/\n\nhost: h\nx-amz-date: 20150830T123600Z\nauthorization: AWS4-HMAC-SHA256 {fields}{rest}");
        crate::fuzz::sigv4(text.as_bytes());
    }

    #[test]
    fn canonical_queries_are_fixed_points(query in "[a-c=&%+0-9A-F~]{0,40}") {
        if let Ok(canonical) = canonical_query(&query) {
            prop_assert_eq!(canonical_query(&canonical), Ok(canonical));
        }
    }
}
