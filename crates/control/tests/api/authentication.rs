//! Who is let in, and what the others are told in each service's words.

use std::time::Duration;

use crate::world::{EC2, ELB, STS, World, exchange};

const CALL: &str = "Action=GetCallerIdentity&Version=2011-06-15";

#[tokio::test]
async fn the_owner_of_a_key_is_told_who_it_is() {
    let world = World::start().await;
    let client = world.client();
    let answer = client.ask(STS, "GetCallerIdentity", &[]).await;
    let account = client.credentials.id.to_string();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text("Account"), account);
    assert_eq!(answer.text("Arn"), format!("arn:aws:iam::{account}:root"));
    assert_eq!(answer.header("content-type"), Some("text/xml"));
}

#[tokio::test]
async fn a_key_that_nobody_has_is_refused_in_the_words_of_the_service() {
    let world = World::start().await;
    let mut client = world.client();
    client.credentials.access_key_id = "AKIAAAAAAAAAAAAAAAAA".to_owned();
    let cases = [
        (EC2, 401, "AuthFailure"),
        (ELB, 403, "InvalidClientTokenId"),
        (STS, 403, "InvalidClientTokenId"),
    ];
    for (service, status, code) in cases {
        let answer = client.ask(service, "DescribeTags", &[]).await;
        assert_eq!(
            (answer.status, answer.text("Code").as_str()),
            (status, code),
            "{service}"
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_the_words_of_the_service() {
    let world = World::start().await;
    let mut client = world.client();
    client.credentials.secret_access_key = "wrong".to_owned();
    let cases = [
        (EC2, 401, "AuthFailure"),
        (ELB, 403, "SignatureDoesNotMatch"),
    ];
    for (service, status, code) in cases {
        let answer = client.ask(service, "DescribeTags", &[]).await;
        assert_eq!(
            (answer.status, answer.text("Code").as_str()),
            (status, code),
            "{service}"
        );
    }
}

#[tokio::test]
async fn a_body_other_than_the_signed_one_is_refused() {
    let world = World::start().await;
    let client = world.client();
    let headers = client.signed(STS, "POST", "/", CALL, Duration::ZERO);
    let other = CALL.replace("Caller", "caller");
    let answer = exchange(client.at, "POST", "/", &headers, other.as_bytes()).await;
    assert_eq!(answer.text("Code"), "SignatureDoesNotMatch");
    let answer = exchange(client.at, "POST", "/", &headers, CALL.as_bytes()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_clock_that_is_off_by_more_than_a_quarter_of_an_hour_is_told() {
    let world = World::start().await;
    let client = world.client();
    let call = "Action=DescribeVpcs&Version=2016-11-15";
    let cases = [
        (EC2, call, 400, "RequestExpired"),
        (STS, CALL, 403, "SignatureDoesNotMatch"),
    ];
    for (service, call, status, code) in cases {
        let ago = Duration::from_secs(15 * 60 + 1);
        let headers = client.signed(service, "POST", "/", call, ago);
        let answer = exchange(client.at, "POST", "/", &headers, call.as_bytes()).await;
        assert_eq!(
            (answer.status, answer.text("Code").as_str()),
            (status, code),
            "{service}"
        );
    }
}

#[tokio::test]
async fn a_request_without_a_signature_is_refused() {
    let world = World::start().await;
    let client = world.client();
    let answer = exchange(client.at, "POST", "/", &[], CALL.as_bytes()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.text("Code"), "MissingAuthenticationToken");
}

#[tokio::test]
async fn another_region_or_service_is_refused() {
    let world = World::start().await;
    let mut client = world.client();
    let answer = client.ask("s3", "GetCallerIdentity", &[]).await;
    assert_eq!(
        (answer.status, answer.text("Code").as_str()),
        (400, "InvalidAction")
    );
    assert!(answer.body.contains("'s3'"), "{}", answer.body);
    client.credentials.region = "eu-west-1".to_owned();
    let answer = client.ask(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(
        (answer.status, answer.text("Code").as_str()),
        (403, "SignatureDoesNotMatch")
    );
    assert!(answer.body.contains("eu-west-1"), "{}", answer.body);
    let answer = client.ask(EC2, "DescribeVpcs", &[]).await;
    assert_eq!(
        (answer.status, answer.text("Code").as_str()),
        (401, "AuthFailure")
    );
    assert!(
        answer
            .text("Message")
            .ends_with("serves the region 'us-east-1', not 'eu-west-1'")
    );
}

#[tokio::test]
async fn clients_of_other_services_are_told_in_their_own_form_that_there_is_none() {
    let world = World::start().await;
    let client = world.client();
    let json = "application/x-amz-json-1.0";
    let cases = [
        (
            ("s3", "GET", "/bucket?list-type=2", ""),
            "<Error><Code>InvalidAction</Code><Message>The service 's3' is not offered here.",
        ),
        (
            ("cloudfront", "GET", "/2020-05-31/distribution", ""),
            "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>The service 'cloudfront' is",
        ),
        (
            ("dynamodb", "POST", "/", json),
            r#"{"__type":"InvalidAction","message":"The service 'dynamodb' is not offered here."#,
        ),
        (
            ("lambda", "GET", "/2015-03-31/functions/", ""),
            r#"{"__type":"InvalidAction","message":"The service 'lambda' is"#,
        ),
    ];
    for ((service, method, uri, content_type), words) in cases {
        let mut headers = client.signed(service, method, uri, "", Duration::ZERO);
        headers.retain(|(name, _)| name != "content-type");
        if !content_type.is_empty() {
            headers.push(("content-type".to_owned(), content_type.to_owned()));
        }
        let answer = exchange(client.at, method, uri, &headers, b"").await;
        assert_eq!(answer.status, 400, "{service}");
        assert!(answer.body.contains(words), "{service}: {}", answer.body);
        headers.retain(|(name, _)| name != "authorization");
        let unsigned = exchange(client.at, method, uri, &headers, b"").await;
        let readable = ["<Error><Code>", "__type"].map(|form| unsigned.body.contains(form));
        assert!(readable.contains(&true), "{service}: {}", unsigned.body);
    }
}

#[tokio::test]
async fn sessions_by_identity_providers_are_refused_without_a_signature() {
    let world = World::start().await;
    let client = world.client();
    for action in ["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"] {
        let body = format!("Action={action}&Version=2011-06-15&RoleArn=x");
        let answer = exchange(client.at, "POST", "/", &[], body.as_bytes()).await;
        assert_eq!(
            (answer.status, answer.text("Code").as_str()),
            (400, "UnsupportedOperation")
        );
        assert!(answer.body.contains("there are no identity providers"));
    }
}

#[tokio::test]
async fn a_session_token_that_was_never_given_out_is_refused() {
    let world = World::start().await;
    let mut client = world.client();
    client.token = Some("token".to_owned());
    let answer = client.ask(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(
        (answer.status, answer.text("Code").as_str()),
        (403, "InvalidClientTokenId")
    );
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_which_actions_there_are() {
    let world = World::start().await;
    let mut client = world.client();
    client.credentials.secret_access_key = "wrong".to_owned();
    let unknown = client.ask(EC2, "NoSuchAction", &[]).await;
    let known = client.ask(EC2, "DescribeVpcs", &[]).await;
    assert_eq!(unknown.text("Code"), known.text("Code"));
}
