//! The server, with clients that behave well and clients that do not.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

/// Answers with the path and body's length; some paths do what a test needs.
#[derive(Default)]
struct Echo {
    entered: Notify,
    release: Notify,
}

impl Handler for Echo {
    async fn respond(&self, request: Request) -> Reply {
        let path = request.head.uri.path();
        let body = match path {
            "/panic" => panic!("as asked"),
            "/wait" => {
                self.entered.notify_one();
                self.release.notified().await;
                Bytes::from_static(b"waited")
            }
            "/large" => Bytes::from(vec![b'x'; 64 << 20]),
            _ => Bytes::from(format!("{path} {}", request.body.len())),
        };
        Reply {
            status: StatusCode::OK,
            content_type: "text/plain",
            body,
        }
    }

    fn refuse(&self, _head: &http::request::Parts, id: RequestId, refusal: Refusal) -> Reply {
        let status = match refusal {
            Refusal::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::BodyIncomplete => StatusCode::REQUEST_TIMEOUT,
            Refusal::TooManyConnections => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Reply {
            status,
            content_type: "text/plain",
            body: id.to_string().into(),
        }
    }
}

struct Running {
    at: SocketAddr,
    handler: Arc<Echo>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

async fn start(limits: ServerLimits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let handler = Arc::new(Echo::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(run(listener, Arc::clone(&handler), limits, async {
        let _ = stopped.await;
    }));
    Running {
        at,
        handler,
        stop: Some(stop),
        task,
    }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.at).await.unwrap()
    }

    async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        within(self.task).await.unwrap();
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .expect("in time")
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Reads one response with a length: its head and its body.
async fn receive(stream: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(stream.read_u8()).await.expect("more of the head"));
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .map_or("0", |rest| rest.split("\r\n").next().unwrap());
    let mut body = vec![0; length.parse().unwrap()];
    within(stream.read_exact(&mut body)).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

async fn post(stream: &mut TcpStream, path: &str, body: &str) -> (String, String) {
    let length = body.len();
    send(
        stream,
        &format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}"),
    )
    .await;
    receive(stream).await
}

/// Reads to the end of the connection, however it ends.
async fn rest_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = within(stream.read_to_end(&mut rest)).await;
    rest
}

#[tokio::test]
async fn requests_of_one_connection_are_answered_in_order_each_with_an_id() {
    let server = start(ServerLimits::default()).await;
    let mut stream = server.connect().await;
    let (first, body) = post(&mut stream, "/a", "xyz").await;
    assert!(first.starts_with("http/1.1 200"), "{first}");
    assert_eq!(body, "/a 3");
    let (second, body) = post(&mut stream, "/b", "").await;
    assert_eq!(body, "/b 0");
    let id = |head: &str| {
        head.split("x-amzn-requestid: ")
            .nth(1)
            .map(|rest| rest[..36].to_owned())
    };
    assert!(id(&first).is_some() && id(&first) != id(&second));
    server.stop().await;
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_connection_lives_on() {
    let server = start(ServerLimits::default()).await;
    let mut stream = server.connect().await;
    let (head, id) = post(&mut stream, "/panic", "").await;
    assert!(head.starts_with("http/1.1 500"), "{head}");
    assert!(head.contains(&format!("x-amzn-requestid: {id}")), "{head}");
    assert_eq!(post(&mut stream, "/a", "").await.1, "/a 0");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_by_its_declared_length_alone() {
    let server = start(ServerLimits {
        body_bytes_max: 10,
        ..ServerLimits::default()
    })
    .await;
    let mut stream = server.connect().await;
    assert_eq!(post(&mut stream, "/a", "0123456789").await.1, "/a 10");
    send(
        &mut stream,
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n",
    )
    .await;
    let (head, _) = receive(&mut stream).await;
    assert!(head.starts_with("http/1.1 413"), "{head}");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_refused_when_it_passes_the_limit() {
    let server = start(ServerLimits {
        body_bytes_max: 10,
        ..ServerLimits::default()
    })
    .await;
    let mut stream = server.connect().await;
    send(
        &mut stream,
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    )
    .await;
    send(&mut stream, "6\r\nabcdef\r\n6\r\nabcdef\r\n").await;
    let (head, _) = receive(&mut stream).await;
    assert!(head.starts_with("http/1.1 413"), "{head}");
}

#[tokio::test]
async fn nothing_is_read_after_a_request_with_two_lengths() {
    let server = start(ServerLimits::default()).await;
    // Whoever goes by the other length sees a second request where this one ends, or none where there is one.
    let lengths = ["Content-Length: 4", "Transfer-Encoding: chunked"];
    for [first, second] in [lengths, [lengths[1], lengths[0]]] {
        let mut stream = server.connect().await;
        let head = format!("POST /a HTTP/1.1\r\nHost: h\r\n{first}\r\n{second}\r\n\r\n");
        let hidden = "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
        send(&mut stream, &format!("{head}2\r\nab\r\n0\r\n\r\n{hidden}")).await;
        let (head, body) = receive(&mut stream).await;
        assert!(head.contains("connection: close"), "{head}");
        assert_eq!(body, "/a 2");
        assert!(rest_of(&mut stream).await.is_empty());
    }
}

/// Sends the head of a request and `length` bytes of its body, and returns how many bytes the server took.
async fn upload(stream: &mut TcpStream, length: usize) -> usize {
    let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
    send(stream, &head).await;
    let mut sent = 0;
    while sent < length {
        let piece = vec![b'x'; (length - sent).min(1 << 16)];
        match within(stream.write(&piece)).await {
            Ok(taken) => sent += taken,
            Err(_) => return sent,
        }
    }
    sent
}

#[tokio::test]
async fn a_client_that_sends_all_before_it_listens_reads_why_it_was_refused() {
    let server = start(ServerLimits::default()).await;
    for length in [2 << 20, 100 << 20] {
        let mut stream = server.connect().await;
        assert_eq!(upload(&mut stream, length).await, length);
        let (head, _) = receive(&mut stream).await;
        assert!(head.starts_with("http/1.1 413"), "{head}");
        assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
        assert!(rest_of(&mut stream).await.is_empty());
    }
    server.stop().await;
}

#[tokio::test]
async fn what_nobody_wants_is_taken_within_bounds() {
    let few_bytes = ServerLimits {
        body_bytes_max: 10,
        discarded_bytes_max: 1 << 20,
        discard_timeout: DEADLINE,
        ..ServerLimits::default()
    };
    let little_time = ServerLimits {
        discarded_bytes_max: usize::MAX,
        discard_timeout: Duration::from_millis(50),
        ..few_bytes.clone()
    };
    for limits in [few_bytes, little_time] {
        let server = start(limits).await;
        let mut stream = server.connect().await;
        let length = 64 << 30;
        assert!(upload(&mut stream, length).await < length);
        // The connection's share is free again.
        server.stop().await;
    }
}

#[tokio::test]
async fn a_client_that_is_told_of_too_many_connections_can_be_sending_still() {
    let server = start(ServerLimits {
        connections_max: 0,
        ..ServerLimits::default()
    })
    .await;
    let mut stream = server.connect().await;
    let length = 8 << 20;
    assert_eq!(upload(&mut stream, length).await, length);
    let (head, _) = receive(&mut stream).await;
    assert!(head.starts_with("http/1.1 503"), "{head}");
}

#[tokio::test]
async fn heads_over_a_limit_are_refused() {
    let limits = ServerLimits {
        header_bytes_max: 8192,
        headers_max: 5,
        ..ServerLimits::default()
    };
    let server = start(limits).await;
    for extra in [format!("X: {}\r\n", "x".repeat(9000)), "X: x\r\n".repeat(6)] {
        let mut stream = server.connect().await;
        send(&mut stream, &format!("GET / HTTP/1.1\r\n{extra}\r\n")).await;
        let (head, _) = receive(&mut stream).await;
        assert!(head.starts_with("http/1.1 431"), "{head}");
        assert!(rest_of(&mut stream).await.is_empty());
    }
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_head_is_cut() {
    let header_timeout = Duration::from_millis(100);
    let server = start(ServerLimits {
        header_timeout,
        ..ServerLimits::default()
    })
    .await;
    let mut idle = server.connect().await;
    let mut slow = server.connect().await;
    send(&mut slow, "GET / HT").await;
    assert!(rest_of(&mut idle).await.is_empty());
    assert!(rest_of(&mut slow).await.is_empty());
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_body_is_answered_and_cut() {
    let body_timeout = Duration::from_millis(100);
    let server = start(ServerLimits {
        body_timeout,
        ..ServerLimits::default()
    })
    .await;
    let mut stream = server.connect().await;
    send(
        &mut stream,
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc",
    )
    .await;
    let (head, _) = receive(&mut stream).await;
    assert!(head.starts_with("http/1.1 408"), "{head}");
    assert!(rest_of(&mut stream).await.is_empty());
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_cut() {
    let write_stall_timeout = Duration::from_millis(100);
    let server = start(ServerLimits {
        write_stall_timeout,
        ..ServerLimits::default()
    })
    .await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.at).await.unwrap();
    send(&mut stream, "GET /large HTTP/1.1\r\nHost: h\r\n\r\n").await;
    within(stream.read_u8()).await.unwrap();
    // The server's drain waits for the connection, so it ends in time only if the connection was cut.
    let limits = ServerLimits::default();
    let started = std::time::Instant::now();
    server.stop().await;
    assert!(started.elapsed() < limits.drain_timeout);
    assert!(rest_of(&mut stream).await.len() < 64 << 20);
}

#[tokio::test]
async fn connections_over_the_limit_are_told_so_until_one_ends() {
    for limits in [
        ServerLimits {
            connections_max: 2,
            ..ServerLimits::default()
        },
        ServerLimits {
            connections_per_peer_max: 2,
            ..ServerLimits::default()
        },
    ] {
        let server = start(limits).await;
        let mut busy = [server.connect().await, server.connect().await];
        for stream in &mut busy {
            send(stream, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").await;
            within(server.handler.entered.notified()).await;
        }
        let mut third = server.connect().await;
        let (head, _) = post(&mut third, "/a", "").await;
        assert!(head.starts_with("http/1.1 503"), "{head}");
        assert!(rest_of(&mut third).await.is_empty());
        for stream in &mut busy {
            server.handler.release.notify_one();
            assert_eq!(receive(stream).await.1, "waited");
        }
        // Both only wait now, so the next one gets the place of one of them.
        let mut next = server.connect().await;
        assert_eq!(post(&mut next, "/a", "").await.1, "/a 0");
    }
}

#[tokio::test]
async fn open_connections_however_many_do_not_stop_a_new_one() {
    let limits = ServerLimits {
        connections_max: 100,
        ..ServerLimits::default()
    };
    let server = start(limits).await;
    let mut open = Vec::new();
    for number in 0..1_000 {
        let mut stream = server.connect().await;
        // Some have asked something, some have begun to, and some never spoke.
        match number % 3 {
            0 => drop(post(&mut stream, "/a", "").await),
            1 => send(&mut stream, "POST /a HTTP/1.1\r\nHo").await,
            _ => {}
        }
        open.push(stream);
    }
    let mut next = server.connect().await;
    assert_eq!(post(&mut next, "/a", "").await.1, "/a 0");
    let latest = open.iter_mut().rev().find(|_| true).unwrap();
    assert_eq!(post(latest, "/b", "").await.1, "/b 0");
    assert!(
        rest_of(&mut open[0]).await.is_empty(),
        "the first has made room"
    );
}

#[tokio::test]
async fn bodies_that_never_end_do_not_stop_a_new_connection() {
    let limits = ServerLimits {
        connections_max: 10,
        ..ServerLimits::default()
    };
    let server = start(limits).await;
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut stream = server.connect().await;
        let begun = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc";
        send(&mut stream, begun).await;
        open.push(stream);
    }
    let mut next = server.connect().await;
    assert_eq!(post(&mut next, "/a", "").await.1, "/a 0");
    assert!(
        rest_of(&mut open[0]).await.is_empty(),
        "the first has made room"
    );
    let latest = open.last_mut().unwrap();
    send(latest, "defghij").await;
    assert_eq!(
        receive(latest).await.1,
        "/a 10",
        "it came to its end after all"
    );
}

#[tokio::test]
async fn more_refusals_than_allowed_are_closed_without_a_word() {
    let limits = ServerLimits {
        connections_max: 0,
        refusals_max: 1,
        ..ServerLimits::default()
    };
    let server = start(limits).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    assert!(rest_of(&mut second).await.is_empty());
    assert!(
        post(&mut first, "/a", "")
            .await
            .0
            .starts_with("http/1.1 503")
    );
}

#[tokio::test]
async fn a_shutdown_lets_a_request_in_progress_end() {
    let server = start(ServerLimits::default()).await;
    let mut idle = server.connect().await;
    let mut busy = server.connect().await;
    send(&mut busy, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").await;
    within(server.handler.entered.notified()).await;
    let handler = Arc::clone(&server.handler);
    let at = server.at;
    let stopping = tokio::spawn(server.stop());
    assert!(rest_of(&mut idle).await.is_empty());
    assert!(TcpStream::connect(at).await.is_err());
    handler.release.notify_one();
    assert_eq!(receive(&mut busy).await.1, "waited");
    within(stopping).await.unwrap();
}
