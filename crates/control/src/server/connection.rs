//! One connection: its requests are read within limits and answered one after another.

use std::convert::Infallible;
use std::future::{poll_fn, ready};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tracing::Instrument;

use super::places::Place;
use super::stall::StallGuard;
use super::{Handler, Refusal, Reply, Request, RequestId, ServerLimits};

/// The smallest limit on a head that the HTTP library takes, in bytes.
const HEADER_BYTES_MIN: usize = 8192;
/// What is thrown away is read in pieces of so many bytes.
const DISCARD_BUFFER_BYTES: usize = 16 * 1024;
/// How long a connection whose place is needed may take to end, unless it is answering a request.
const LEAVING_TIMEOUT: Duration = Duration::from_secs(1);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// A connection's bytes.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

pub(super) struct Connection<H> {
    pub(super) handler: Arc<H>,
    pub(super) limits: Arc<ServerLimits>,
    pub(super) draining: watch::Receiver<bool>,
    pub(super) peer: SocketAddr,
}

impl<H: Handler> Connection<H> {
    /// Serves requests until one side ends it, or another connection needs its place.
    pub(super) async fn serve(self, stream: TcpStream, place: Place) {
        let mut draining = self.draining.clone();
        let unread = AtomicBool::new(false);
        let io = TokioIo::new(StallGuard::new(stream, self.limits.write_stall_timeout));
        let answer = service_fn(|request| {
            let answer = self.answer(request, &unread, &place);
            let answer = answer.inspect(|_| place.end()).map(Ok::<_, Infallible>);
            answer.boxed()
        });
        let mut connection = self.builder(true).serve_connection(io, answer);
        let ended = tokio::select! {
            ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => Some(ended),
            () = drained(&mut draining) => None,
            () = place.wanted() => {
                Pin::new(&mut connection).graceful_shutdown();
                let mut ending = std::pin::pin!(poll_fn(|cx| connection.poll_without_shutdown(cx)));
                loop {
                    match tokio::time::timeout(LEAVING_TIMEOUT, &mut ending).await {
                        Ok(_) => return,
                        // What is left is half a request, or an answer that nobody takes.
                        Err(_) if !place.is_busy() => return,
                        Err(_) => {}
                    }
                }
            }
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                Pin::new(&mut connection).graceful_shutdown();
                poll_fn(|cx| connection.poll_without_shutdown(cx)).await
            }
        };
        let io = connection.into_parts().io.into_inner();
        self.end(io, ended, unread.into_inner()).await;
    }

    /// Answers one request with the word that there are too many connections.
    pub(super) async fn refuse(self, stream: TcpStream) {
        let io = TokioIo::new(StallGuard::new(stream, self.limits.write_stall_timeout));
        let answer = service_fn(|request: http::Request<Incoming>| {
            let (head, _) = request.into_parts();
            let id = RequestId::random();
            let reply = self.handler.refuse(&head, id, Refusal::TooManyConnections);
            ready(Ok::<_, Infallible>(response(id, reply, true)))
        });
        let mut connection = self.builder(false).serve_connection(io, answer);
        let ended = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
        let io = connection.into_parts().io.into_inner();
        self.end(io, ended, true).await;
    }

    /// Ends a connection, so that a peer that is still sending what nobody wants reads its answer all the same.
    async fn end(&self, mut io: impl Io, ended: hyper::Result<()>, unread: bool) {
        if let Err(error) = ended {
            tracing::debug!(peer = %self.peer, %error, "connection failed");
        }
        // From here on the peer is told that there is no more; what fails now has been answered.
        let shut = io.shutdown().await;
        if shut.is_err() || !unread {
            return;
        }
        let limits = &self.limits;
        let discarded = discard(io, limits.discarded_bytes_max);
        let _ = tokio::time::timeout(limits.discard_timeout, discarded).await;
    }

    fn builder(&self, keep_alive: bool) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_timeout)
            .max_headers(self.limits.headers_max)
            .max_buf_size(self.limits.header_bytes_max.max(HEADER_BYTES_MIN))
            .keep_alive(keep_alive);
        builder
    }

    /// Answers a request; `unread` says whether some of its body was left.
    async fn answer(
        &self,
        request: http::Request<Incoming>,
        unread: &AtomicBool,
        place: &Place,
    ) -> Response<Full<Bytes>> {
        let id = RequestId::random();
        let span = tracing::debug_span!(
            "request",
            %id,
            peer = %self.peer,
            service = tracing::field::Empty,
            action = tracing::field::Empty,
            account = tracing::field::Empty,
            principal = tracing::field::Empty,
        );
        async {
            let started = Instant::now();
            let (head, body) = request.into_parts();
            let (reply, close) = self.reply(id, head, body, place).await;
            if close {
                unread.store(true, Ordering::Relaxed);
            }
            tracing::debug!(
                status = reply.status.as_u16(),
                body_bytes = reply.body.len(),
                micros = started.elapsed().as_micros(),
                "answered"
            );
            response(id, reply, close)
        }
        .instrument(span)
        .await
    }

    /// The reply, and whether the connection ends with it because some of the body is unread.
    async fn reply(
        &self,
        id: RequestId,
        head: http::request::Parts,
        body: Incoming,
        place: &Place,
    ) -> (Reply, bool) {
        let body = match self.read(&head, body).await {
            Ok(body) => body,
            Err(refusal) => return (self.handler.refuse(&head, id, refusal), true),
        };
        // Not before: who sends a body slowly would have the place to itself.
        place.begin();
        let head_of_panic = head.clone();
        let responding = AssertUnwindSafe(self.handler.respond(Request {
            id,
            peer: self.peer.ip(),
            head,
            body,
        }));
        let reply = match responding.catch_unwind().await {
            Ok(reply) => reply,
            Err(panic) => {
                tracing::error!(panic = panic_text(&*panic), "a handler panicked");
                self.handler.refuse(&head_of_panic, id, Refusal::Panicked)
            }
        };
        (reply, false)
    }

    /// Reads the body, unless its declared length alone is reason to refuse it.
    async fn read(&self, head: &http::request::Parts, body: Incoming) -> Result<Bytes, Refusal> {
        let max = self.limits.body_bytes_max;
        let too_large = Refusal::BodyTooLarge { max };
        if body.size_hint().lower() > u64::try_from(max).unwrap_or(u64::MAX) {
            return Err(too_large);
        }
        let whole = Limited::new(body, max).collect();
        match tokio::time::timeout(self.limits.body_timeout, whole).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large),
            Ok(Err(error)) => {
                tracing::debug!(%error, path = head.uri.path(), "the body ended early");
                Err(Refusal::BodyIncomplete)
            }
            Err(_) => Err(Refusal::BodyIncomplete),
        }
    }
}

/// Completes when the server is to end, or has.
async fn drained(draining: &mut watch::Receiver<bool>) {
    let _ = draining.wait_for(|draining| *draining).await;
}

/// Takes what a peer still sends and throws it away: until it ends, or `max` bytes.
async fn discard(mut io: impl Io, max: usize) {
    let mut buffer = vec![0; DISCARD_BUFFER_BYTES];
    let mut left = max;
    while left > 0 {
        match io.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(taken) => left = left.saturating_sub(taken),
        }
    }
}

fn response(id: RequestId, reply: Reply, close: bool) -> Response<Full<Bytes>> {
    let length = reply.body.len();
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if close {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no message)")
}
