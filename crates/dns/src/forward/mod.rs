//! Asks upstream resolvers: once for equal questions asked at the same time, and not again while the answer
//! may be kept.

mod cache;
mod exchange;
mod message;
mod texts;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpSocket;
use tokio::sync::watch;
use tokio::time::Instant;

use self::cache::Cache;
use self::exchange::{Exchange, Failure};
pub(crate) use self::message::{Key, Response};
pub use self::texts::LookupError;
use crate::counters::{Counter, Counters};
use crate::limits::Limits;

/// Makes the sockets that upstream resolvers are asked through, in the network namespace where these can
/// be reached: that is its whole point.
pub trait UpstreamSockets: Debug + Send + Sync + 'static {
    /// A non-blocking UDP socket of the upstream's family, bound to a port that nobody can guess.
    ///
    /// # Errors
    /// The operating system's.
    fn udp(&self, upstream: SocketAddr) -> io::Result<UdpSocket>;

    /// A TCP socket of the upstream's family.
    ///
    /// # Errors
    /// The operating system's.
    fn tcp(&self, upstream: SocketAddr) -> io::Result<TcpSocket>;
}

/// Sockets in the namespace of the threads that run the resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostSockets;

impl UpstreamSockets for HostSockets {
    fn udp(&self, upstream: SocketAddr) -> io::Result<UdpSocket> {
        // Port 0: the kernel chooses one at random.
        let socket = match upstream {
            SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
            SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
        };
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    fn tcp(&self, upstream: SocketAddr) -> io::Result<TcpSocket> {
        match upstream {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }
    }
}

/// Nobody could answer, or too much is being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unanswered;

type Outcome = Result<Arc<Response>, Unanswered>;

/// Forwards questions to upstream resolvers.
#[derive(Debug)]
pub struct Forwarder {
    upstreams: ArcSwap<Vec<SocketAddr>>,
    /// The upstream to begin with: the one that answered last.
    preferred: AtomicUsize,
    sockets: Box<dyn UpstreamSockets>,
    cache: Mutex<Cache>,
    /// Questions on their way, and where their outcome will be.
    in_flight: Mutex<BTreeMap<Key, watch::Receiver<Option<Outcome>>>>,
    limits: Limits,
    counters: Counters,
}

impl Forwarder {
    /// A forwarder to these upstreams, in the order of preference. Without any it answers SERVFAIL.
    pub fn new(
        upstreams: Vec<SocketAddr>,
        sockets: impl UpstreamSockets,
        limits: Limits,
    ) -> Arc<Self> {
        let forwarder = Self {
            upstreams: ArcSwap::default(),
            preferred: AtomicUsize::new(0),
            sockets: Box::new(sockets),
            cache: Mutex::new(Cache::new(&limits)),
            in_flight: Mutex::default(),
            limits,
            counters: Counters::default(),
        };
        forwarder.set_upstreams(upstreams);
        Arc::new(forwarder)
    }

    /// Replaces the upstreams, for what is asked from now on. Answers kept stay.
    pub fn set_upstreams(&self, mut upstreams: Vec<SocketAddr>) {
        upstreams.truncate(self.limits.upstreams_max);
        self.upstreams.store(Arc::new(upstreams));
        self.preferred.store(0, Ordering::Relaxed);
    }

    /// What happened so far, here and in the server that uses it.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The answer: kept, on its way, or asked for now. TTLs are what is left of them.
    pub(crate) async fn ask(self: &Arc<Self>, key: Key) -> Result<Response, Unanswered> {
        if let Some(kept) = lock(&self.cache).get(&key, Instant::now()) {
            self.counters.add(Counter::CacheHits);
            return kept;
        }
        let mut outcome = self.join(key)?;
        let outcome = outcome.wait_for(Option::is_some).await;
        match outcome.as_deref() {
            Ok(Some(Ok(response))) => Ok(response.as_ref().clone()),
            Ok(Some(Err(Unanswered)) | None) | Err(_) => Err(Unanswered),
        }
    }

    /// Joins the same question on its way, or sends it out. It is finished even if who asked goes away, for
    /// those who joined and for the cache.
    fn join(self: &Arc<Self>, key: Key) -> Result<watch::Receiver<Option<Outcome>>, Unanswered> {
        let mut in_flight = lock(&self.in_flight);
        if let Some(outcome) = in_flight.get(&key) {
            self.counters.add(Counter::Joined);
            return Ok(outcome.clone());
        }
        if in_flight.len() >= self.limits.forwards_max {
            self.counters.add(Counter::Overloads);
            return Err(Unanswered);
        }
        let (sender, outcome) = watch::channel(None);
        in_flight.insert(key.clone(), outcome.clone());
        drop(in_flight);
        let flight = Flight {
            forwarder: self.clone(),
            key,
        };
        tokio::spawn(async move {
            let result = flight.forwarder.forward(&flight.key).await.map(Arc::new);
            lock(&flight.forwarder.cache).keep(&flight.key, result.as_ref().ok(), Instant::now());
            // Off the list before it is told, so that who comes later finds it in the cache.
            drop(flight);
            sender.send_replace(Some(result));
        });
        Ok(outcome)
    }

    async fn forward(&self, key: &Key) -> Result<Response, Unanswered> {
        self.counters.add(Counter::Forwards);
        let upstreams = self.upstreams.load_full();
        let first = self.preferred.load(Ordering::Relaxed);
        let all = async {
            for turn in 0..upstreams.len() * self.limits.upstream_rounds {
                let index = (first + turn) % upstreams.len();
                let Some(upstream) = upstreams.get(index) else {
                    continue;
                };
                if let Some(response) = self.forward_to(*upstream, key).await {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(response);
                }
            }
            Err(Unanswered)
        };
        let deadline = self.limits.forward_deadline;
        tokio::time::timeout(deadline, all)
            .await
            .unwrap_or(Err(Unanswered))
    }

    async fn forward_to(&self, upstream: SocketAddr, key: &Key) -> Option<Response> {
        let exchange = Exchange {
            sockets: self.sockets.as_ref(),
            upstream,
            key,
            counters: &self.counters,
        };
        let timeout: Duration = self.limits.upstream_timeout;
        let failure = match tokio::time::timeout(timeout, exchange.run()).await {
            Ok(Ok(response)) => return Some(response),
            Ok(Err(failure)) => failure,
            Err(_) => {
                self.counters.add(Counter::UpstreamTimeouts);
                tracing::debug!(%upstream, "an upstream resolver did not answer in time");
                return None;
            }
        };
        self.counters.add(Counter::UpstreamFailures);
        match failure {
            Failure::Io(error) => tracing::debug!(%upstream, %error, "an upstream resolver failed"),
            Failure::Refused(rcode) => {
                tracing::debug!(%upstream, %rcode, "an upstream resolver refused")
            }
            Failure::Malformed => tracing::debug!(%upstream, "an upstream resolver sent nonsense"),
        }
        None
    }
}

/// A question on its way; whatever ends it takes it off the list.
struct Flight {
    forwarder: Arc<Forwarder>,
    key: Key,
}

impl Drop for Flight {
    fn drop(&mut self) {
        lock(&self.forwarder.in_flight).remove(&self.key);
    }
}

/// What is behind these locks is whole between any two statements that could panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
