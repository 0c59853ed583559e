//! Connect, request, response, close: short connections, one after the other in each of several workers.
//!
//! **The server closes first.** The side that closes first keeps the connection in TIME_WAIT for a minute. If it were
//! the client, its 28,000 default ports would be used up within seconds, and what would be measured is how the kernel
//! finds a free one. Closing by RST instead would spare both sides TIME_WAIT, but also the packets of an orderly close,
//! which is what real connections send and what a translator has to track. With the server first, TIME_WAIT lies on the
//! accepting side, where a SYN with a newer timestamp takes over the old entry (RFC 6191); that is so for a direct
//! connection, for a translator (the target accepts) and for a proxy (the target, and the proxy's own listening side,
//! accept), so that no system runs out of ports and none saves a packet.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use serde::Serialize;

use crate::latency::{Latencies, Summary};
use crate::request::{RESPONSE_BYTES_MAX, Request};

/// Room for latencies of one worker; more is possible.
const CONNECTIONS_EXPECTED: usize = 1 << 16;

/// What one run did.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Connections with a whole response and an orderly close, done within the time. One that is late does not stretch
    /// the time for all the others, but its worker has done nothing else meanwhile.
    pub(crate) connections: usize,
    pub(crate) seconds: f64,
    pub(crate) connections_per_second: f64,
    /// Connections that were done after the time.
    pub(crate) late: usize,
    /// From connect to the server's close.
    pub(crate) latency: Summary,
    /// Connections that failed, by kind of failure.
    pub(crate) errors: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Worker {
    latencies: Latencies,
    late: usize,
    errors: BTreeMap<String, u64>,
}

/// Opens connections for `length` from `workers` threads.
///
/// # Errors
/// A response longer than [`RESPONSE_BYTES_MAX`] is asked for, or a worker panics. Failed connections are counted instead.
pub(crate) fn run(
    server: SocketAddr,
    workers: usize,
    length: Duration,
    response_bytes: u32,
) -> anyhow::Result<Report> {
    let response_length = usize::try_from(response_bytes)?;
    if response_length > RESPONSE_BYTES_MAX {
        return Err(anyhow!("a response has at most {RESPONSE_BYTES_MAX} bytes"));
    }
    let request = Request::Once { response_bytes }.encode();
    let end = Instant::now() + length;
    let done: Vec<Worker> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers.max(1))
            .map(|_| scope.spawn(|| work(server, &request, response_length, end)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow!("a worker panicked")))
            .collect::<anyhow::Result<_>>()
    })?;
    let seconds = length.as_secs_f64();
    let mut total = Worker::default();
    for worker in done {
        total.latencies.absorb(worker.latencies);
        total.late += worker.late;
        for (kind, count) in worker.errors {
            *total.errors.entry(kind).or_default() += count;
        }
    }
    let connections = total.latencies.count() - total.late;
    Ok(Report {
        connections,
        seconds,
        connections_per_second: connections as f64 / seconds,
        late: total.late,
        latency: total.latencies.summary(),
        errors: total.errors,
    })
}

fn work(server: SocketAddr, request: &[u8], response_length: usize, end: Instant) -> Worker {
    let mut worker = Worker {
        latencies: Latencies::with_capacity(CONNECTIONS_EXPECTED),
        ..Worker::default()
    };
    let mut buffer = vec![0; RESPONSE_BYTES_MAX + 1];
    let mut began = Instant::now();
    while began < end {
        let outcome = connection(server, request, response_length, &mut buffer);
        let ended = Instant::now();
        match outcome {
            Ok(()) => {
                worker.latencies.record(ended - began);
                worker.late += usize::from(ended > end);
            }
            Err(error) => *worker.errors.entry(error.kind().to_string()).or_default() += 1,
        }
        began = ended;
    }
    worker
}

/// One connection, from connect to close.
fn connection(
    server: SocketAddr,
    request: &[u8],
    response_length: usize,
    buffer: &mut [u8],
) -> io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(request)?;
    let mut received = 0;
    loop {
        let rest = buffer.get_mut(received..).ok_or(ErrorKind::InvalidData)?;
        match stream.read(rest)? {
            0 if received == response_length => return Ok(()),
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => received += count,
        }
    }
}
