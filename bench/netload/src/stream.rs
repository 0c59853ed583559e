//! Bulk transfer on one or more connections.
//!
//! What counts is what arrived: upwards the server tells how many bytes it has read up to the end of the stream,
//! downwards the client counts. The clock runs from the moment that all connections stand until the last one is
//! drained, so bytes that sit in somebody's buffer at the end are paid for.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use serde::Serialize;

use crate::request::Request;
use crate::serve::{drain, pour};

/// One read or write. Large enough that system calls do not count, small enough to stay in the second-level cache.
pub(crate) const BUFFER_BYTES: usize = 256 * 1024;

/// Which way the bytes go, seen from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What one run moved.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Bytes that arrived, over all connections.
    pub(crate) bytes: u64,
    /// From all connections open to all drained.
    pub(crate) seconds: f64,
    /// The quotient of both.
    pub(crate) bytes_per_second: f64,
    /// Least and most that one connection moved: how fairly they shared.
    pub(crate) connection_bytes_min: u64,
    pub(crate) connection_bytes_max: u64,
}

/// Moves bytes for `length` on `connections` connections at once, a thread for each.
///
/// # Errors
/// Any connection that cannot be opened or breaks.
pub(crate) fn run(
    server: SocketAddr,
    connections: usize,
    length: Duration,
    direction: Direction,
) -> anyhow::Result<Report> {
    let streams: Vec<TcpStream> = (0..connections.max(1))
        .map(|_| TcpStream::connect(server).with_context(|| format!("connecting to {server}")))
        .collect::<anyhow::Result<_>>()?;
    let ready = Barrier::new(streams.len());
    let moved: Vec<(u64, Instant, Instant)> = thread::scope(|scope| {
        let threads: Vec<_> = streams
            .into_iter()
            .map(|stream| scope.spawn(|| transfer(stream, &ready, length, direction)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .map_err(|_| anyhow!("a connection's thread panicked"))?
            })
            .collect::<anyhow::Result<_>>()
    })?;
    let began = moved
        .iter()
        .map(|(_, began, _)| *began)
        .min()
        .context("no connections")?;
    let ended = moved
        .iter()
        .map(|(_, _, ended)| *ended)
        .max()
        .context("no connections")?;
    let bytes = moved.iter().map(|(bytes, _, _)| bytes).sum();
    let seconds = (ended - began).as_secs_f64();
    Ok(Report {
        bytes,
        seconds,
        bytes_per_second: bytes as f64 / seconds,
        connection_bytes_min: moved.iter().map(|(bytes, _, _)| *bytes).min().unwrap_or(0),
        connection_bytes_max: moved.iter().map(|(bytes, _, _)| *bytes).max().unwrap_or(0),
    })
}

/// One connection: how many bytes arrived, when it began, when it was drained.
fn transfer(
    mut stream: TcpStream,
    ready: &Barrier,
    length: Duration,
    direction: Direction,
) -> anyhow::Result<(u64, Instant, Instant)> {
    ready.wait();
    let began = Instant::now();
    let bytes = match direction {
        Direction::Up => {
            stream.write_all(&Request::Sink.encode())?;
            pour(&mut stream, length)?;
            stream.shutdown(Shutdown::Write)?;
            let mut total = [0; 8];
            stream
                .read_exact(&mut total)
                .context("waiting for the server's count")?;
            u64::from_be_bytes(total)
        }
        Direction::Down => {
            stream.write_all(&Request::source(length).encode())?;
            drain(&mut stream)?
        }
    };
    Ok((bytes, began, Instant::now()))
}
