#![forbid(unsafe_code)]
//! The benchmarks' load: one small server and one client per measure, over plain blocking sockets.
//!
//! It is not a general tool: it makes one kind of load as cheaply as it can, so that what lies between client and
//! server is what is measured, and prints one JSON object. Client and server speak the 64-byte requests of
//! [`request`]. Every client ends by its own clock, and counts only what the far side has confirmed.

mod crr;
mod first_connect;
mod http;
mod latency;
mod request;
mod rr;
mod serve;
mod stream;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};
use serde::Serialize;

/// Makes TCP load and prints what came of it as JSON.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Debug, Subcommand)]
enum Mode {
    /// Answer every other mode but http, until killed
    Serve {
        #[arg(long)]
        listen: SocketAddr,
        /// Connections served at once; each has a thread
        #[arg(long, default_value_t = 64)]
        threads: usize,
    },
    /// Send (up) or receive (down) as much as goes through
    Stream {
        #[arg(long)]
        connect: SocketAddr,
        #[arg(long, default_value_t = 1)]
        connections: usize,
        #[arg(long, default_value_t = 2.0)]
        seconds: f64,
        #[arg(long, value_enum, default_value_t = stream::Direction::Up)]
        direction: stream::Direction,
    },
    /// Connect, send 64 bytes, receive a response, see the server close, close: again and again
    Crr {
        #[arg(long)]
        connect: SocketAddr,
        /// Connections open at once; each has a thread
        #[arg(long, default_value_t = 16)]
        workers: usize,
        #[arg(long, default_value_t = 2.0)]
        seconds: f64,
        #[arg(long, default_value_t = 256)]
        response_bytes: u32,
    },
    /// Request and response in turn on one connection
    Rr {
        #[arg(long)]
        connect: SocketAddr,
        #[arg(long, default_value_t = 2.0)]
        seconds: f64,
        #[arg(long, default_value_t = 64)]
        response_bytes: u32,
    },
    /// For each ADDRESS:PORT read from stdin: connect until it succeeds, and print how long that took
    FirstConnect {
        /// One attempt's limit: a lost SYN is sent again after this long, not after the kernel's second
        #[arg(long, default_value_t = 2)]
        attempt_ms: u64,
        /// When to give up on an address
        #[arg(long, default_value_t = 20.0)]
        give_up_secs: f64,
    },
    /// Send ready-made HTTP requests, one after another and from the start again
    Http {
        #[arg(long)]
        connect: SocketAddr,
        /// File with a request's bytes, head and body; one for each request
        #[arg(long, required = true)]
        request: Vec<PathBuf>,
        /// End before the time is up when each connection has sent so many
        #[arg(long, default_value_t = usize::MAX)]
        requests: usize,
        #[arg(long, default_value_t = 1)]
        connections: usize,
        #[arg(long, default_value_t = 2.0)]
        seconds: f64,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().mode {
        Mode::Serve { listen, threads } => {
            let listener =
                TcpListener::bind(listen).with_context(|| format!("listening on {listen}"))?;
            serve::serve(&listener, threads)
        }
        Mode::Stream {
            connect,
            connections,
            seconds,
            direction,
        } => print(&stream::run(
            connect,
            connections,
            duration(seconds)?,
            direction,
        )?),
        Mode::Crr {
            connect,
            workers,
            seconds,
            response_bytes,
        } => print(&crr::run(
            connect,
            workers,
            duration(seconds)?,
            response_bytes,
        )?),
        Mode::Rr {
            connect,
            seconds,
            response_bytes,
        } => print(&rr::run(connect, duration(seconds)?, response_bytes)?),
        Mode::FirstConnect {
            attempt_ms,
            give_up_secs,
        } => first_connect::run(
            io::stdin().lock(),
            Duration::from_millis(attempt_ms),
            duration(give_up_secs)?,
            print,
        ),
        Mode::Http {
            connect,
            request,
            requests,
            connections,
            seconds,
        } => {
            let until = http::Until {
                length: duration(seconds)?,
                requests,
            };
            let read = |path: &PathBuf| {
                std::fs::read(path).with_context(|| format!("reading {}", path.display()))
            };
            let bytes = request.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            print(&http::run(connect, &bytes, connections, until)?)
        }
    }
}

fn duration(seconds: f64) -> anyhow::Result<Duration> {
    Duration::try_from_secs_f64(seconds).with_context(|| format!("{seconds} seconds"))
}

/// Prints `report` as one line of JSON, at once.
fn print(report: &impl Serialize) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, report)?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}
