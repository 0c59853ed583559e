//! Request and response in turn on one connection: the latency of a round trip.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde::Serialize;

use crate::latency::{Latencies, Summary};
use crate::request::{RESPONSE_BYTES_MAX, Request};

/// Not recorded: caches, timers and the scheduler settle first.
const WARM_UP: Duration = Duration::from_millis(200);
/// Room for latencies; more is possible.
const ROUND_TRIPS_EXPECTED: usize = 1 << 20;

/// What one run did.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Round trips after the warm-up.
    pub(crate) round_trips: usize,
    pub(crate) seconds: f64,
    pub(crate) round_trips_per_second: f64,
    pub(crate) latency: Summary,
}

/// Sends requests for `length`, each after the response to the one before.
///
/// # Errors
/// The connection cannot be opened or breaks.
pub(crate) fn run(
    server: SocketAddr,
    length: Duration,
    response_bytes: u32,
) -> anyhow::Result<Report> {
    let response_length = usize::try_from(response_bytes)?;
    ensure!(
        response_length <= RESPONSE_BYTES_MAX,
        "a response has at most {RESPONSE_BYTES_MAX} bytes"
    );
    let mut stream =
        TcpStream::connect(server).with_context(|| format!("connecting to {server}"))?;
    stream.set_nodelay(true)?;
    let request = Request::Repeat { response_bytes }.encode();
    let mut response = vec![0; response_length];
    let mut latencies = Latencies::with_capacity(ROUND_TRIPS_EXPECTED);
    let warm = Instant::now() + WARM_UP;
    let mut began = Instant::now();
    while began < warm {
        round_trip(&mut stream, &request, &mut response)?;
        began = Instant::now();
    }
    let first = began;
    while began - first < length {
        round_trip(&mut stream, &request, &mut response)?;
        let ended = Instant::now();
        latencies.record(ended - began);
        began = ended;
    }
    let seconds = (began - first).as_secs_f64();
    let round_trips = latencies.count();
    Ok(Report {
        round_trips,
        seconds,
        round_trips_per_second: round_trips as f64 / seconds,
        latency: latencies.summary(),
    })
}

fn round_trip(stream: &mut TcpStream, request: &[u8], response: &mut [u8]) -> anyhow::Result<()> {
    stream.write_all(request).context("sending a request")?;
    stream
        .read_exact(response)
        .context("waiting for a response")
}
