//! What happened, counted. Every query that gets no answer or a poor one has a reason here.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)*) => {
        /// Something that is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Counter {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Counter {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in metrics.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

counters! {
    /// Queries received over UDP.
    UdpQueries = "udp_queries",
    /// Queries received over TCP.
    TcpQueries = "tcp_queries",
    /// Queries answered from our own names alone.
    OwnAnswers = "own_answers",
    /// Questions that the cache answered.
    CacheHits = "cache_hits",
    /// Questions that joined the same question already on its way.
    Joined = "joined",
    /// Questions asked of upstream.
    Forwards = "forwards",
    /// Upstreams that did not answer in time.
    UpstreamTimeouts = "upstream_timeouts",
    /// Upstreams that answered with an error, or could not be reached.
    UpstreamFailures = "upstream_failures",
    /// Replies from upstream that were not to our question: strays or forgeries.
    UpstreamMismatches = "upstream_mismatches",
    /// Replies cut to fit UDP.
    Truncated = "truncated",
    /// Queries answered FORMERR.
    FormatErrors = "format_errors",
    /// Queries answered NOTIMP, REFUSED or BADVERS.
    Refusals = "refusals",
    /// Queries answered SERVFAIL.
    ServerFailures = "server_failures",
    /// Of these, because too much was waiting for upstream.
    Overloads = "overloads",
    /// Packets dropped because they are no query.
    DroppedNoQuery = "dropped_no_query",
    /// Packets and connections dropped because their sender is nobody's address.
    DroppedUnknownClient = "dropped_unknown_client",
    /// Connections closed because there were too many.
    DroppedConnections = "dropped_connections",
}

/// The counts.
#[derive(Debug)]
pub struct Counters([AtomicU64; Counter::ALL.len()]);

impl Default for Counters {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; Counter::ALL.len()])
    }
}

impl Counters {
    /// How often it happened.
    #[must_use]
    pub fn count(&self, counter: Counter) -> u64 {
        let count = self.0.get(counter as usize);
        count.map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub(crate) fn add(&self, counter: Counter) {
        if let Some(count) = self.0.get(counter as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
