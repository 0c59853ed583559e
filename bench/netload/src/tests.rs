//! Each mode against a real server on loopback, and the parts that can be wrong quietly.

use std::io::{Cursor, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::latency::Latencies;
use crate::request::{REQUEST_BYTES, RESPONSE_BYTES_MAX, Request};
use crate::{crr, first_connect, http, rr, serve, stream};

const SHORT: Duration = Duration::from_millis(150);

/// An address that nobody listens on. Clients connect to it from 127.0.0.1, so that none can happen to take its very
/// port and connect to itself.
fn closed_address() -> SocketAddr {
    TcpListener::bind("127.0.0.2:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve::serve(&listener, 8));
    address
}

#[test]
fn requests_survive_their_encoding() {
    for request in [
        Request::Once {
            response_bytes: 256,
        },
        Request::Repeat { response_bytes: 1 },
        Request::Sink,
        Request::Source { millis: u32::MAX },
    ] {
        assert_eq!(Request::decode(&request.encode()), Some(request));
    }
    assert_eq!(Request::decode(&[0; REQUEST_BYTES]), None);
    let mut unknown = Request::Sink.encode();
    unknown[4] = 99;
    assert_eq!(Request::decode(&unknown), None);
}

#[test]
fn streams_count_what_arrives_in_both_directions() {
    let server = server();
    for direction in [stream::Direction::Up, stream::Direction::Down] {
        for connections in [1, 3] {
            let report = stream::run(server, connections, SHORT, direction).unwrap();
            assert!(report.bytes > 0, "{direction:?}");
            assert!(report.seconds >= SHORT.as_secs_f64(), "{direction:?}");
            assert!(report.connection_bytes_min > 0 && report.connection_bytes_max <= report.bytes);
        }
    }
}

#[test]
fn the_sink_tells_exactly_how_much_it_read() {
    let mut stream = TcpStream::connect(server()).unwrap();
    stream.write_all(&Request::Sink.encode()).unwrap();
    stream.write_all(&[7; 100_001]).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut total = Vec::new();
    stream.read_to_end(&mut total).unwrap();
    assert_eq!(total, 100_001_u64.to_be_bytes());
}

#[test]
fn short_connections_complete_without_errors() {
    let report = crr::run(server(), 4, SHORT, 256).unwrap();
    assert!(report.connections > 0);
    assert!(
        report.late <= 4,
        "each worker has one connection open when time is up"
    );
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    assert!(report.latency.p50_us > 0.0 && report.latency.p50_us <= report.latency.p99_us);
}

#[test]
fn failed_connections_are_counted_and_not_taken_for_done() {
    let report = crr::run(closed_address(), 1, Duration::from_millis(20), 256).unwrap();
    assert_eq!(report.connections, 0);
    assert!(report.errors["connection refused"] > 0);
}

#[test]
fn the_server_closes_connections_that_ask_for_too_much_or_talk_nonsense() {
    let server = server();
    let response_bytes = u32::try_from(RESPONSE_BYTES_MAX).unwrap() + 1;
    let too_much = Request::Once { response_bytes }.encode();
    for bytes in [too_much, [b'x'; REQUEST_BYTES]] {
        let mut stream = TcpStream::connect(server).unwrap();
        stream.write_all(&bytes).unwrap();
        assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
    }
    assert!(crr::run(server, 1, SHORT, response_bytes).is_err());
}

#[test]
fn round_trips_are_timed_one_by_one() {
    let report = rr::run(server(), SHORT, 64).unwrap();
    assert!(report.round_trips > 10);
    assert!(report.latency.mean_us > 0.0 && report.latency.mean_us <= report.latency.max_us);
}

#[test]
fn an_address_that_opens_late_is_reached_and_one_that_never_does_is_given_up() {
    let late = closed_address();
    let opener = thread::spawn(move || {
        thread::sleep(SHORT);
        TcpListener::bind(late).unwrap()
    });
    let mut outcomes = Vec::new();
    let mut collect = |input: String, give_up| {
        first_connect::run(
            Cursor::new(input),
            Duration::from_millis(5),
            give_up,
            |outcome| {
                outcomes.push((outcome.connected, outcome.attempts, outcome.elapsed_us));
                Ok(())
            },
        )
    };
    collect(format!("{late}\n"), Duration::from_secs(20)).unwrap();
    drop(opener.join().unwrap());
    collect(format!("{late}\n"), Duration::from_millis(30)).unwrap();
    assert!(collect("nowhere\n".to_owned(), SHORT).is_err());
    assert!(outcomes[0].0 && outcomes[0].1 > 1, "{outcomes:?}");
    assert!(!outcomes[1].0 && outcomes[1].2 >= 30_000.0, "{outcomes:?}");
    assert_eq!(outcomes.len(), 2);
}

#[test]
fn percentiles_are_nearest_ranks() {
    let mut latencies = Latencies::default();
    for micros in (1..=1000).rev() {
        latencies.record(Duration::from_micros(micros));
    }
    let summary = latencies.summary();
    assert_eq!(
        (
            summary.p50_us,
            summary.p99_us,
            summary.p999_us,
            summary.max_us
        ),
        (500.0, 990.0, 999.0, 1000.0)
    );
    assert_eq!(summary.mean_us, 500.5);
    let mut one = Latencies::default();
    one.record(Duration::from_micros(3));
    assert_eq!(one.summary().p99_us, 3.0);
    assert_eq!(Latencies::default().summary().max_us, 0.0);
}

#[test]
fn responses_end_where_they_say() {
    let cases = [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            Some((200, 3, true)),
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            Some((404, 0, true)),
        ),
        (
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
            Some((200, 1, false)),
        ),
        (
            "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
            Some((200, 1, false)),
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na;x=y\r\n0123456789\r\n0\r\n\r\n",
            Some((200, 13, true)),
        ),
        (
            "HTTP/1.1 200 OK\r\n\r\nuntil the end",
            Some((200, 13, false)),
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", None),
        ("SSH-2.0-x\r\n", None),
        ("HTTP/1.1 200 OK\r\nContent-", None),
    ];
    for (text, expected) in cases {
        let mut input = Cursor::new(text);
        let response = http::read_response(&mut input).ok();
        let found = response.map(|found| (found.status, found.body_bytes, found.keep));
        assert_eq!(found, expected, "{text:?}");
        if expected.is_some() {
            assert_eq!(input.position(), text.len() as u64, "{text:?}");
        }
    }
}

/// Answers requests of 16 bytes with 200, each connection closed after `per_connection`; tells each one's first byte.
fn http_server(per_connection: usize) -> (SocketAddr, mpsc::Receiver<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            for left in (0..per_connection).rev() {
                let mut request = [0; 16];
                if stream.read_exact(&mut request).is_err() {
                    break;
                }
                let _ = tell.send(request[0]);
                let connection = if left == 0 { "close" } else { "keep-alive" };
                let response = format!(
                    "HTTP/1.1 200 OK\r\nConnection: {connection}\r\nContent-Length: 2\r\n\r\nok"
                );
                if stream.write_all(response.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    (address, told)
}

#[test]
fn requests_are_repeated_on_one_connection_until_the_server_closes_it() {
    let (address, _told) = http_server(3);
    let until = http::Until {
        length: SHORT,
        requests: usize::MAX,
    };
    let report = http::run(address, &[b"GET / HTTP/1.1\r\n".to_vec()], 1, until).unwrap();
    assert!(report.responses > 3);
    assert_eq!(report.body_bytes, 2 * report.responses as u64);
    assert_eq!(report.connects, report.responses.div_ceil(3) as u64);
    assert_eq!(report.other_statuses, 0);
}

#[test]
fn several_requests_are_sent_in_turn_as_often_as_wanted() {
    let (address, told) = http_server(100);
    let until = http::Until {
        length: Duration::from_secs(20),
        requests: 5,
    };
    let requests = [b"aaaaaaaaaaaaaaaa".to_vec(), b"bbbbbbbbbbbbbbbb".to_vec()];
    let report = http::run(address, &requests, 1, until).unwrap();
    assert_eq!((report.responses, report.connects), (5, 1));
    assert_eq!(told.iter().take(5).collect::<Vec<_>>(), b"ababa");
    assert!(http::run(address, &[], 1, until).is_err());
}
