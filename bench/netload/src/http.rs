//! Ready-made HTTP/1.1 requests, sent in turn again and again on kept-alive connections.
//!
//! Not an HTTP client: it understands just enough of a response (status, Content-Length, chunks, Connection) to know
//! where it ends, and reconnects when the server closes. RFC 9112, sections 6 and 9.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use serde::Serialize;

use crate::latency::{Latencies, Summary};

const BUFFER_BYTES: usize = 256 * 1024;
/// Longest line of a head that is accepted.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// What one run did.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Responses with status 200, complete.
    pub(crate) responses: usize,
    /// Responses with another status.
    pub(crate) other_statuses: u64,
    pub(crate) seconds: f64,
    pub(crate) responses_per_second: f64,
    /// Body bytes of all responses together.
    pub(crate) body_bytes: u64,
    /// Connections opened: more than were asked for when the server does not keep them.
    pub(crate) connects: u64,
    pub(crate) latency: Summary,
}

#[derive(Default)]
struct Tally {
    latencies: Latencies,
    other_statuses: u64,
    body_bytes: u64,
    connects: u64,
}

/// One response, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
    /// The connection can carry another request.
    pub(crate) keep: bool,
}

/// Where a connection ends: whichever comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    pub(crate) length: Duration,
    pub(crate) requests: usize,
}

/// Sends `requests` in turn on `connections` connections at once, a thread for each.
///
/// # Errors
/// There is no request; a connection cannot be opened, breaks within a response, or answers what is not HTTP.
pub(crate) fn run(
    server: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    until: Until,
) -> anyhow::Result<Report> {
    ensure!(!requests.is_empty(), "there is no request to send");
    let began = Instant::now();
    let end = began + until.length;
    let mut total = Tally::default();
    thread::scope(|scope| -> anyhow::Result<()> {
        let threads: Vec<_> = (0..connections.max(1))
            .map(|_| scope.spawn(|| repeat(server, requests, end, until.requests)))
            .collect();
        for thread in threads {
            let tally = thread
                .join()
                .map_err(|_| anyhow!("a connection's thread panicked"))??;
            total.latencies.absorb(tally.latencies);
            total.other_statuses += tally.other_statuses;
            total.body_bytes += tally.body_bytes;
            total.connects += tally.connects;
        }
        Ok(())
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let responses = total.latencies.count();
    Ok(Report {
        responses,
        other_statuses: total.other_statuses,
        seconds,
        responses_per_second: responses as f64 / seconds,
        body_bytes: total.body_bytes,
        connects: total.connects,
        latency: total.latencies.summary(),
    })
}

fn repeat(
    server: SocketAddr,
    requests: &[Vec<u8>],
    end: Instant,
    count: usize,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut connection: Option<BufReader<TcpStream>> = None;
    for request in requests.iter().cycle().take(count) {
        let began = Instant::now();
        if began >= end {
            break;
        }
        let mut reader = match connection.take() {
            Some(reader) => reader,
            None => {
                tally.connects += 1;
                let stream = TcpStream::connect(server)
                    .with_context(|| format!("connecting to {server}"))?;
                stream.set_nodelay(true)?;
                BufReader::with_capacity(BUFFER_BYTES, stream)
            }
        };
        reader
            .get_mut()
            .write_all(request)
            .context("sending a request")?;
        let response = read_response(&mut reader)?;
        tally.body_bytes += response.body_bytes;
        if response.status == 200 {
            tally.latencies.record(began.elapsed());
        } else {
            tally.other_statuses += 1;
        }
        if response.keep {
            connection = Some(reader);
        }
    }
    Ok(tally)
}

/// Reads one response up to its end, and nothing after it.
///
/// # Errors
/// The stream ends or fails within the response, or is not HTTP.
pub(crate) fn read_response(reader: &mut impl BufRead) -> anyhow::Result<Response> {
    let head = read_line(reader)?;
    let mut words = head.split_ascii_whitespace();
    let version = words.next().unwrap_or_default();
    ensure!(version.starts_with("HTTP/1."), "not HTTP: {head:?}");
    let status = words.next().and_then(|word| word.parse().ok());
    let status = status.with_context(|| format!("no status in {head:?}"))?;
    let mut keep = version == "HTTP/1.1";
    let mut length = None;
    let mut chunked = false;
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line
            .split_once(':')
            .with_context(|| format!("a header: {line:?}"))?;
        let value = value.trim().to_ascii_lowercase();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Some(value.parse().context("Content-Length")?),
            "transfer-encoding" => chunked = value == "chunked",
            "connection" => keep = value != "close" && (keep || value == "keep-alive"),
            _ => {}
        }
    }
    let body_bytes = match (chunked, length) {
        (true, _) => skip_chunks(reader)?,
        (false, Some(length)) => skip(reader, length)?,
        (false, None) => {
            keep = false;
            std::io::copy(reader, &mut std::io::sink()).context("reading a body")?
        }
    };
    Ok(Response {
        status,
        body_bytes,
        keep,
    })
}

fn read_line(reader: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    reader
        .take(LINE_BYTES_MAX)
        .read_line(&mut line)
        .context("reading a head")?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.trim_end_matches('\r').to_owned()),
        None => bail!("a head ends after {} bytes of a line", line.len()),
    }
}

fn skip_chunks(reader: &mut impl BufRead) -> anyhow::Result<u64> {
    let mut total = 0;
    loop {
        let line = read_line(reader)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).with_context(|| format!("a chunk: {line:?}"))?;
        if size == 0 {
            while !read_line(reader)?.is_empty() {}
            return Ok(total);
        }
        total += skip(reader, size)?;
        ensure!(
            read_line(reader)?.is_empty(),
            "a chunk is longer than it says"
        );
    }
}

/// Discards exactly `length` bytes, without copying them.
fn skip(reader: &mut impl BufRead, length: u64) -> anyhow::Result<u64> {
    let mut left = length;
    while left > 0 {
        let here = reader.fill_buf().context("reading a body")?.len();
        ensure!(
            here > 0,
            "the stream ends {left} bytes before its body does"
        );
        let used = usize::try_from(left).map_or(here, |left| left.min(here));
        reader.consume(used);
        left -= used as u64;
    }
    Ok(length)
}
