//! Checks of real servers on the loopback, each with an answer of its own.

use std::net::{Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::sync::Arc;
use std::time::Duration;

use model::target_group::StatusMatcher;
use plan::ProbeKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use super::*;
use crate::probe::supervise::Check;
use crate::probe::{Probe, Sockets};

/// What a server does, once it has read a request where nothing else is said.
#[derive(Clone)]
enum Answer {
    /// Sends this and closes.
    Text(String),
    /// Sends this before there is a request, and closes.
    Eager(&'static str),
    /// Sends nothing and keeps the connection.
    Nothing,
    /// Sends this, then one byte of `x` every 10 ms, forever.
    Drip(&'static str),
    /// Sends this, then a flood of `x`, forever.
    Flood(&'static str),
    /// Sends this and cuts the connection.
    Cut(&'static str),
}

fn text(answer: &str) -> Answer {
    Answer::Text(answer.to_owned())
}

/// An answer with a header of so many bytes.
fn with_header(bytes: usize) -> Answer {
    let value = "x".repeat(bytes);
    Answer::Text(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nFiller: {value}\r\n\r\n"
    ))
}

/// Serves one connection; what was asked.
async fn serve(listener: TcpListener, answer: Answer) -> io::Result<String> {
    let (mut stream, _) = listener.accept().await?;
    let mut request = Vec::new();
    while !matches!(answer, Answer::Eager(_)) && !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    let sent = match answer {
        Answer::Text(text) => stream.write_all(text.as_bytes()).await,
        Answer::Eager(text) => stream.write_all(text.as_bytes()).await,
        Answer::Nothing => stream.read_u8().await.map(|_| ()),
        Answer::Cut(text) => {
            stream.write_all(text.as_bytes()).await?;
            stream.set_zero_linger()
        }
        Answer::Drip(text) => {
            stream.write_all(text.as_bytes()).await?;
            loop {
                stream.write_u8(b'x').await?;
                sleep(Duration::from_millis(10)).await;
            }
        }
        Answer::Flood(text) => {
            stream.write_all(text.as_bytes()).await?;
            loop {
                stream.write_all(&[b'x'; 4096]).await?;
            }
        }
    };
    sent?;
    Ok(String::from_utf8(request).unwrap())
}

fn probe(port: u16, path: &str, matcher: &str) -> Probe {
    Probe {
        source: Ipv6Addr::LOCALHOST,
        target: SocketAddrV6::new(Ipv6Addr::LOCALHOST, port, 0, 0),
        kind: ProbeKind::Http(Arc::new(HttpGet {
            host: SocketAddrV4::new([10, 0, 1, 9].into(), 8080),
            path: path.to_owned(),
            matcher: StatusMatcher::new(matcher).unwrap(),
        })),
        interval: Duration::from_secs(10),
        timeout: Duration::from_secs(10),
        healthy_threshold: 2,
        unhealthy_threshold: 2,
    }
}

/// What a check finds, `None` when it does not end in `patience`; and what was asked.
async fn check(
    answer: Answer,
    path: &str,
    matcher: &str,
    patience: Duration,
) -> (Option<Result<(), Failure>>, Option<String>) {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.unwrap();
    let probe = probe(listener.local_addr().unwrap().port(), path, matcher);
    let server = tokio::spawn(serve(listener, answer));
    let result = timeout(patience, Sockets.check(&probe)).await;
    let asked = server.await.unwrap().ok();
    let result = result.ok();
    (
        result.map(|result| result.expect("no fault of the host")),
        asked,
    )
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

const REDIRECT: &str = "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n";
const SWITCH: &str =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
const MISSING: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn the_status_decides() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let early = format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{ok}");
    let mismatch = |status| Err(Failure::ResponseCodeMismatch(status));
    let cases = [
        (ok, "200-399", Ok(())),
        ("HTTP/1.0 200 OK\r\n\r\nuntil it closes", "200-399", Ok(())),
        ("HTTP/1.1 204 No Content\r\n\r\n", "200,204", Ok(())),
        (&format!("{CHUNKED}2\r\nok\r\n0\r\n\r\n"), "200", Ok(())),
        (&early, "200", Ok(())),
        // Not followed: the redirect is the answer.
        (REDIRECT, "200-399", Ok(())),
        (REDIRECT, "200-299", mismatch(302)),
        (MISSING, "200-399", mismatch(404)),
        (MISSING, "404", Ok(())),
        ("HTTP/1.1 500 No\r\n\r\n", "200-399", mismatch(500)),
        ("HTTP/1.1 999 Odd\r\n\r\n", "200-399", mismatch(999)),
        (SWITCH, "200-399", mismatch(101)),
    ];
    for (answer, matcher, expected) in cases {
        let (result, _) = check(text(answer), "/", matcher, LONG).await;
        assert_eq!(result, Some(expected), "{answer:?} by {matcher}");
    }
}

#[tokio::test]
async fn what_is_no_answer_fails() {
    let cases = [
        text(""),
        text("garbage\r\n\r\n"),
        text("SSH-2.0-OpenSSH_9.2\r\n"),
        text("HTTP/1.1 two hundred\r\n\r\n"),
        text("HTTP/2.0 200 OK\r\n\r\n"),
        text("HTTP/1.1 200 OK\r\nContent-Le"),
        text("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
        text("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
        text(&format!("{CHUNKED}nonsense\r\n")),
        text(&format!("{CHUNKED}5\r\nshort")),
        text(&format!(
            "HTTP/1.1 200 OK\r\n{}\r\n",
            "A: b\r\n".repeat(1000)
        )),
        with_header(HEAD_MAX),
        Answer::Flood("HTTP/1.1 200 OK\r\nFiller: "),
        Answer::Flood(""),
        Answer::Eager(""),
        Answer::Eager("SSH-2.0-OpenSSH_9.2\r\n"),
        Answer::Cut(""),
        Answer::Cut("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
    ];
    for (number, answer) in cases.into_iter().enumerate() {
        let (result, _) = check(answer, "/", "200-399", LONG).await;
        assert_eq!(
            result,
            Some(Err(Failure::FailedHealthChecks)),
            "case {number}"
        );
    }
}

#[tokio::test]
async fn enough_of_an_answer_is_enough() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let cases = [
        with_header(HEAD_MAX / 2),
        Answer::Flood("HTTP/1.1 200 OK\r\n\r\n"),
        Answer::Flood("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"),
        // What comes after its end is not asked for, nor that the connection ends.
        Answer::Flood(whole),
        Answer::Drip(whole),
    ];
    for answer in cases {
        let (result, _) = check(answer, "/", "200-399", LONG).await;
        assert_eq!(result, Some(Ok(())));
    }
}

#[tokio::test]
async fn an_answer_that_does_not_end_takes_until_the_check_is_given_up() {
    let cases = [
        Answer::Nothing,
        Answer::Drip("HTTP/1.1 200 "),
        Answer::Drip("HTTP/1.1 200 OK\r\nFiller: "),
        Answer::Drip("HTTP/1.1 200 OK\r\n\r\n"),
    ];
    for (number, answer) in cases.into_iter().enumerate() {
        let (result, asked) = check(answer, "/", "200-399", SHORT).await;
        assert_eq!(result, None, "case {number}");
        // The server's side has ended too, by an error: the connection was cut.
        assert_eq!(asked, None, "case {number}");
    }
}

#[tokio::test]
async fn the_request_is_a_load_balancers() {
    let cases = [
        ("/", "/"),
        ("/health?deep=1&a=%20", "/health?deep=1&a=%20"),
        ("//a/../b", "//a/../b"),
        (
            "/a#b\"c<d>e`f{g}|h\\i^j[k]",
            "/a%23b%22c%3Cd%3Ee%60f%7Bg%7D%7Ch%5Ci%5Ej%5Bk%5D",
        ),
        ("/?q#b\"c<d>", "/?q%23b%22c%3Cd%3E"),
    ];
    for (path, sent) in cases {
        let (result, asked) = check(text(MISSING), path, "404", LONG).await;
        assert_eq!(result, Some(Ok(())), "{path}");
        let expected = format!(
            "GET {sent} HTTP/1.1\r\nHost: 10.0.1.9:8080\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\
             Connection: close\r\n\r\n"
        );
        assert_eq!(asked, Some(expected));
    }
    // Whatever the path, as long as it may be one.
    let all: String = ('!'..='~').collect();
    let (result, _) = check(text(MISSING), &format!("/{all}?{all}"), "404", LONG).await;
    assert_eq!(result, Some(Ok(())));
}

#[tokio::test]
async fn a_closed_port_fails_at_once() {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.unwrap();
    let probe = probe(listener.local_addr().unwrap().port(), "/", "200");
    drop(listener);
    let result = timeout(LONG, Sockets.check(&probe)).await.unwrap();
    assert_eq!(result.unwrap(), Err(Failure::FailedHealthChecks));
}
