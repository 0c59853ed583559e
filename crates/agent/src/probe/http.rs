//! One check: an HTTP request over a connection that there is, and whether the answer's status means healthy.
//!
//! The request is a Network Load Balancer's: `GET` by HTTP/1.1, in the name of the node. A redirect is an answer
//! like any other. The answer is read to its end, so that a target that writes it in pieces is not cut off, but no
//! more than [`HEAD_MAX`] and [`BODY_MAX`] of it.
//!
//! Not here: TLS, and how long a check may take (who drops it ends it). Invariant: whatever bytes a target sends, it
//! is they that are judged; they are never taken for a fault of the host.
//! Source: AWS, "Health checks for Network Load Balancer target groups".

use std::error::Error;
use std::io;
use std::pin::pin;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use plan::HttpGet;
use tokio::net::TcpStream;

use super::health::Failure;
use super::supervise::CheckResult;
use super::tcp;

/// Bytes of an answer's status line and headers; one with more is malformed.
const HEAD_MAX: usize = 16 << 10;

/// Bytes of an answer's body that are read at least, if they come; more are not waited for.
const BODY_MAX: usize = 64 << 10;

/// Who asks, as load balancers introduce themselves.
const USER: &str = "ELB-HealthChecker/2.0";

/// What cannot stand for itself in a path or query. A `%` can: it begins what was encoded before.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Asks over `stream`, and compares the answer.
///
/// # Errors
/// The outer error says that nothing was learned of the target: the host's own fault.
pub(super) async fn get(stream: TcpStream, get: &HttpGet) -> CheckResult {
    let request = request(get).map_err(io::Error::other)?;
    match exchange(stream, request).await {
        Ok(status) if get.matcher.matches(status.as_u16()) => Ok(Ok(())),
        Ok(status) => Ok(Err(Failure::ResponseCodeMismatch(status.as_u16()))),
        Err(error) => failure(&error)
            .map(Err)
            .ok_or_else(|| io::Error::other(error)),
    }
}

fn request(get: &HttpGet) -> Result<Request<Empty<Bytes>>, impl Error + Send + Sync + 'static> {
    Request::get(utf8_percent_encode(&get.path, ENCODED).to_string())
        .header(HOST, get.host.to_string())
        .header(USER_AGENT, USER)
        .header(CONNECTION, "close")
        .body(Empty::new())
}

/// The status of an answer that came to its end.
async fn exchange(
    stream: TcpStream,
    request: Request<Empty<Bytes>>,
) -> Result<StatusCode, hyper::Error> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_MAX)
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await?;
    let mut connection = pin!(connection);
    let mut answer = pin!(async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        read(response.into_body()).await?;
        Ok(status)
    });
    tokio::select! {
        answer = &mut answer => return answer,
        // Whatever ended it, the answer's part learns it too.
        _ended = &mut connection => {}
    }
    answer.await
}

async fn read(mut body: Incoming) -> Result<(), hyper::Error> {
    let mut bytes = 0;
    while bytes < BODY_MAX
        && let Some(frame) = body.frame().await
    {
        bytes += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(())
}

/// What an error says of the target; `None` when it is the host's own fault.
fn failure(error: &hyper::Error) -> Option<Failure> {
    let cause = error.source();
    let cause = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    // Those of the kernel are about the connection, others about what was read.
    match cause.filter(|cause| cause.raw_os_error().is_some()) {
        Some(cause) => tcp::failure(cause.kind()),
        None => (!error.is_user()).then_some(Failure::FailedHealthChecks),
    }
}

#[cfg(test)]
mod tests;
