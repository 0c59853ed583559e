//! What is answered to requests that are not calls.

use std::time::Duration;

use crate::world::{EC2, STS, World, exchange};

#[tokio::test]
async fn an_unknown_action_is_invalid_with_status_400_in_every_service() {
    let world = World::start().await;
    let client = world.client();
    for service in [EC2, STS] {
        let answer = client.ask(service, "NoSuchAction", &[]).await;
        assert_eq!(
            (answer.status, answer.text("Code").as_str()),
            (400, "InvalidAction")
        );
        assert!(answer.body.contains("NoSuchAction"), "{}", answer.body);
    }
    // An action of another service is none of this one's.
    let answer = client.ask(STS, "DescribeVpcs", &[]).await;
    assert_eq!(answer.text("Code"), "InvalidAction");
}

#[tokio::test]
async fn every_answer_has_its_request_id_in_head_and_body() {
    let world = World::start().await;
    let client = world.client();
    for (service, action, element) in [
        (EC2, "DescribeVpcs", "requestId"),
        (EC2, "NoSuchAction", "RequestID"),
        (STS, "GetCallerIdentity", "RequestId"),
        (STS, "NoSuchAction", "RequestId"),
    ] {
        let answer = client.ask(service, action, &[]).await;
        let id = answer.header("x-amzn-requestid").expect("a request id");
        assert_eq!(answer.text(element), id, "{service} {action}");
    }
}

#[tokio::test]
async fn a_call_can_also_be_a_get_with_its_parameters_in_the_query() {
    let world = World::start().await;
    let client = world.client();
    let uri = "/?Action=DescribeRegions&Version=2016-11-15";
    let answer = client.send(EC2, "GET", uri, "").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.text("regionName"), "us-east-1");
    let answer = client.send(EC2, "HEAD", uri, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
}

#[tokio::test]
async fn other_methods_and_paths_are_errors_that_aws_clients_read() {
    let world = World::start().await;
    let client = world.client();
    let cases = [
        ("PUT", "/", 405, "MethodNotAllowed"),
        ("POST", "/bucket/key", 404, "InvalidURI"),
        ("GET", "/", 403, "MissingAuthenticationToken"),
    ];
    for (method, uri, status, code) in cases {
        let answer = exchange(client.at, method, uri, &[], b"").await;
        assert_eq!(
            (answer.status, answer.text("Code").as_str()),
            (status, code),
            "{method} {uri}"
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let world = World::start().await;
    let client = world.client();
    let body = "x".repeat(100_001);
    let headers = client.signed(STS, "POST", "/", &body, Duration::ZERO);
    // Of the body nothing is sent: its length is enough.
    let announced: Vec<_> = headers.into_iter().collect();
    let answer = announce(client.at, &announced, body.len()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(
        answer.contains("<Code>RequestEntityTooLarge</Code>"),
        "{answer}"
    );
}

/// Sends a head that announces a body, and reads what comes back.
async fn announce(at: std::net::SocketAddr, headers: &[(String, String)], length: usize) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
    let mut head = format!("POST / HTTP/1.1\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .expect("in time");
    answer
}

#[tokio::test]
async fn malformed_forms_are_the_senders_fault() {
    let world = World::start().await;
    let client = world.client();
    let cases = [
        ("", "MissingAction"),
        ("Action=DescribeVpcs", "MissingParameter"),
        ("Action=DescribeVpcs&Version=2011-01-01", "NoSuchVersion"),
        (
            "Action=DescribeVpcs&Version=2016-11-15&Action=X",
            "MalformedQueryString",
        ),
        (
            "Action=DescribeVpcs&Version=2016-11-15&VpcId=%zz",
            "MalformedQueryString",
        ),
        (
            "Action=DescribeVpcs&Version=2016-11-15&Nonsense=1",
            "UnknownParameter",
        ),
        (
            "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=1",
            "InvalidVpcID.Malformed",
        ),
        ("Action=CreateVpc&Version=2016-11-15", "MissingParameter"),
        (
            "Action=CreateVpc&Version=2016-11-15&CidrBlock=x",
            "InvalidParameterValue",
        ),
    ];
    for (body, code) in cases {
        let answer = client.send(EC2, "POST", "/", body).await;
        assert_eq!(
            (answer.status, answer.text("Code").as_str()),
            (400, code),
            "{body}"
        );
    }
}
