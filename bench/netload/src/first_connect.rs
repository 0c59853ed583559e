//! How long until an address can be connected to.
//!
//! It lives in the client's network from before the address works, and is told addresses on stdin, so that starting a
//! program is no part of what is measured. Whoever writes the line knows when that was by its own clock and adds it.

use std::io::BufRead;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;

/// Pause after an attempt that was refused at once: a busy loop would take the CPU from what it waits for.
const REFUSED_PAUSE: Duration = Duration::from_micros(200);

/// What came of one address.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) address: SocketAddr,
    pub(crate) connected: bool,
    /// From reading the address to the end of the last attempt.
    pub(crate) elapsed_us: f64,
    pub(crate) attempts: u64,
}

/// Reads an address per line until the input ends, and hands each outcome to `report` before the next is read.
///
/// # Errors
/// A line that is no address, or an error of reading or reporting.
pub(crate) fn run(
    lines: impl BufRead,
    attempt: Duration,
    give_up: Duration,
    mut report: impl FnMut(&Outcome) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for line in lines.lines() {
        let line = line.context("reading an address")?;
        let began = Instant::now();
        let address = line
            .trim()
            .parse()
            .with_context(|| format!("{line:?} as ADDRESS:PORT"))?;
        report(&connect(address, began, attempt, give_up))?;
    }
    Ok(())
}

/// Each attempt is a new socket with a short limit, since the kernel would repeat a lost SYN only after a second.
fn connect(address: SocketAddr, began: Instant, attempt: Duration, give_up: Duration) -> Outcome {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let started = Instant::now();
        let connected = TcpStream::connect_timeout(&address, attempt).is_ok();
        let elapsed = began.elapsed();
        if connected || elapsed >= give_up {
            return Outcome {
                address,
                connected,
                elapsed_us: elapsed.as_secs_f64() * 1e6,
                attempts,
            };
        }
        if started.elapsed() < attempt {
            thread::sleep(REFUSED_PAUSE);
        }
    }
}
