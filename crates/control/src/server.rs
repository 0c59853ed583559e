//! The HTTP server: connections, their limits and their end. What a request means is its handler's business.
//!
//! Invariants: no client can hold more than its share of connections, memory or time; every request that was read
//! whole gets an answer with a request id, also when its handler panics or the server is full.

mod connection;
mod limits;
mod places;
mod stall;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use model::uuid::Uuid;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::limits::ServerLimits;
use self::places::Places;

/// How long accepting rests after it failed for want of descriptors or memory.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// A request whose head and body have been read.
#[derive(Debug)]
pub(crate) struct Request {
    /// Its number, for the answer and the log.
    pub(crate) id: RequestId,
    /// Where it comes from.
    pub(crate) peer: IpAddr,
    /// Request line and headers.
    pub(crate) head: http::request::Parts,
    /// The whole body.
    pub(crate) body: Bytes,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Status.
    pub(crate) status: StatusCode,
    /// `Content-Type`.
    pub(crate) content_type: &'static str,
    /// Body.
    pub(crate) body: Bytes,
}

/// Why the server answers a request without its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The body is longer than it may be.
    BodyTooLarge {
        /// The limit, in bytes.
        max: usize,
    },
    /// The body did not come in time, or not whole.
    BodyIncomplete,
    /// There are too many connections.
    TooManyConnections,
    /// The handler panicked.
    Panicked,
}

/// The number of a request, as AWS writes it: a random UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(Uuid);

impl RequestId {
    /// A number that no other request has.
    fn random() -> Self {
        Self(Uuid::from_bits(rand::random()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What answers requests.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Answers a request.
    fn respond(&self, request: Request) -> impl Future<Output = Reply> + Send;

    /// Words a refusal in the way that the client understands.
    fn refuse(&self, head: &http::request::Parts, id: RequestId, refusal: Refusal) -> Reply;
}

/// Accepts and serves connections until `shutdown` completes; then lets requests in progress end, for
/// [`ServerLimits::drain_timeout`] at most.
pub(crate) async fn run<H: Handler>(
    listener: TcpListener,
    handler: Arc<H>,
    limits: ServerLimits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let (draining, drained) = watch::channel(false);
    let mut server = Server {
        handler,
        places: Places::new(limits.connections_max, limits.connections_per_peer_max),
        limits: Arc::new(limits),
        draining: drained,
        serving: JoinSet::new(),
        refusing: JoinSet::new(),
    };
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => server.take(stream, peer),
                Err(error) => rest(&error).await,
            },
            Some(_) = server.serving.join_next() => {}
            Some(_) = server.refusing.join_next() => {}
        }
    }
    drop(listener);
    draining.send_replace(true);
    let patience = server.limits.drain_timeout;
    let all_end = async { while server.serving.join_next().await.is_some() {} };
    if tokio::time::timeout(patience, all_end).await.is_err() {
        tracing::warn!(
            connections = server.serving.len(),
            "cut connections that did not end"
        );
    }
}

/// After an error that concerns one connection the next may be fine; after others only time helps.
async fn rest(error: &io::Error) {
    use io::ErrorKind as Kind;
    let of_the_peer = [
        Kind::ConnectionAborted,
        Kind::ConnectionReset,
        Kind::Interrupted,
    ];
    if !of_the_peer.contains(&error.kind()) {
        tracing::warn!(%error, "cannot accept connections");
        tokio::time::sleep(ACCEPT_REST).await;
    }
}

struct Server<H> {
    handler: Arc<H>,
    limits: Arc<ServerLimits>,
    draining: watch::Receiver<bool>,
    places: Arc<Places>,
    /// Connections that are served.
    serving: JoinSet<()>,
    /// Connections that are told that there are too many.
    refusing: JoinSet<()>,
}

impl<H: Handler> Server<H> {
    fn take(&mut self, stream: TcpStream, peer: SocketAddr) {
        // Answers are written whole, so there is nothing to wait for; a failure only costs latency.
        let _ = stream.set_nodelay(true);
        let connection = connection::Connection {
            handler: Arc::clone(&self.handler),
            limits: Arc::clone(&self.limits),
            draining: self.draining.clone(),
            peer,
        };
        match self.places.take(peer.ip()) {
            Some(place) => {
                self.serving.spawn(connection.serve(stream, place));
            }
            None if self.refusing.len() < self.limits.refusals_max => {
                self.refusing.spawn(connection.refuse(stream));
            }
            // Closed without a word.
            None => {}
        }
    }
}
