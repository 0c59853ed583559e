//! The server: a pool of threads that block in accept and serve one connection each.
//!
//! Threads and not readiness events: a thread that sleeps in accept or read costs one wake-up per event and no system
//! call besides the read itself, and the kernel wakes exactly one of the threads for a new connection. The pool's size
//! bounds the connections served at once; more wait in the listener's queue.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::request::{REQUEST_BYTES, RESPONSE_BYTES_MAX, Request};
use crate::stream::BUFFER_BYTES;

/// Serves until accept fails for good, which is the only way that it returns.
///
/// # Errors
/// A failure of accept that concerns the listener and not one connection.
pub(crate) fn serve(listener: &TcpListener, threads: usize) -> anyhow::Result<()> {
    let (failed, failures) = mpsc::sync_channel(threads.max(1));
    for _ in 0..threads.max(1) {
        let listener = listener.try_clone().context("sharing the listener")?;
        let failed = failed.clone();
        thread::spawn(move || {
            let error = accept_all(&listener);
            // Nobody listens any more when another thread has failed first.
            let _ = failed.send(error);
        });
    }
    drop(failed);
    match failures.recv() {
        Ok(error) => Err(error).context("accepting"),
        Err(_) => Ok(()),
    }
}

fn accept_all(listener: &TcpListener) -> io::Error {
    let mut buffer = vec![0; RESPONSE_BYTES_MAX];
    loop {
        match listener.accept() {
            // A client that goes away or talks nonsense ends its own connection only.
            Ok((stream, _)) => {
                let _ = answer(stream, &mut buffer);
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionAborted
                        | ErrorKind::ConnectionReset
                        | ErrorKind::Interrupted
                ) => {}
            Err(error) => return error,
        }
    }
}

/// Does what the connection's requests say. Returning closes it.
fn answer(mut stream: TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    let mut bytes = [0; REQUEST_BYTES];
    let mut nodelay = false;
    loop {
        stream.read_exact(&mut bytes)?;
        match Request::decode(&bytes) {
            None => return Err(ErrorKind::InvalidData.into()),
            Some(Request::Once { response_bytes }) => {
                return stream.write_all(response(buffer, response_bytes)?);
            }
            Some(Request::Repeat { response_bytes }) => {
                if !nodelay {
                    stream.set_nodelay(true)?;
                    nodelay = true;
                }
                stream.write_all(response(buffer, response_bytes)?)?;
            }
            Some(Request::Sink) => {
                let received = drain(&mut stream)?;
                return stream.write_all(&received.to_be_bytes());
            }
            Some(Request::Source { millis }) => {
                return pour(&mut stream, Duration::from_millis(u64::from(millis)));
            }
        }
    }
}

fn response(buffer: &[u8], bytes: u32) -> io::Result<&[u8]> {
    let length = usize::try_from(bytes).map_err(|_| ErrorKind::InvalidData)?;
    buffer
        .get(..length)
        .ok_or_else(|| ErrorKind::InvalidData.into())
}

/// Reads to the end of the stream; returns how many bytes came.
pub(crate) fn drain(stream: &mut TcpStream) -> io::Result<u64> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut total = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => total += count as u64,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes for `length`.
pub(crate) fn pour(stream: &mut TcpStream, length: Duration) -> io::Result<()> {
    let buffer = vec![0; BUFFER_BYTES];
    let end = Instant::now() + length;
    while Instant::now() < end {
        stream.write_all(&buffer)?;
    }
    Ok(())
}
