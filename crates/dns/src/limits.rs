//! Every bound of the resolver by name. Each is filled by a test.

use std::time::Duration;

/// Bytes of a reply over UDP at most, and what we say we take (RFC 6891; value of DNS flag day 2020: no
/// fragment on any usual link).
pub const UDP_PAYLOAD_MAX: u16 = 1232;

/// The bounds of one resolver.
#[derive(Clone, Debug)]
pub struct Limits {
    /// TCP connections at a time.
    pub tcp_connections_max: usize,
    /// TCP connections of one client (interface) at a time.
    pub tcp_connections_per_client_max: usize,
    /// Queries of one TCP connection that wait for upstream at a time; then nothing is read from it.
    pub tcp_pipeline_max: usize,
    /// Bytes of a query over TCP; a longer one ends the connection. Queries are well below.
    pub tcp_query_bytes_max: usize,
    /// A TCP connection is closed after this time without a query, a query half sent or a reply not taken
    /// (RFC 7766, 6.2.3: a few seconds).
    pub tcp_idle: Duration,
    /// Queries of all clients that wait for upstream at a time; more are answered SERVFAIL.
    pub waiting_max: usize,
    /// Queries of one client (interface) that wait for upstream at a time; more are answered SERVFAIL.
    pub waiting_per_client_max: usize,
    /// Different questions asked of upstream at a time, a socket each; more are answered SERVFAIL.
    pub forwards_max: usize,
    /// Upstream resolvers; later ones are left out (resolv.conf's MAXNS).
    pub upstreams_max: usize,
    /// How long one upstream may take before the next is asked.
    pub upstream_timeout: Duration,
    /// How often the list of upstreams is gone through.
    pub upstream_rounds: usize,
    /// How long a question may take upstream in all. Stub resolvers wait 5 s.
    pub forward_deadline: Duration,
    /// Answers kept.
    pub cache_entries_max: usize,
    /// Bytes of answers kept, as they came.
    pub cache_bytes_max: usize,
    /// How long an answer is kept and may be kept by clients, whatever it says.
    pub cache_ttl_max: Duration,
    /// How long an answer that something is not there is kept (RFC 2308, 5: one to three hours at most).
    pub cache_negative_ttl_max: Duration,
    /// How long it is remembered that nobody could answer (RFC 9520: at least a second).
    pub cache_failure_ttl: Duration,
    /// How long clients may keep that a name of ours is not there. Short: it may soon be.
    pub own_negative_ttl: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tcp_connections_max: 1024,
            tcp_connections_per_client_max: 32,
            tcp_pipeline_max: 32,
            tcp_query_bytes_max: 4096,
            tcp_idle: Duration::from_secs(10),
            waiting_max: 4096,
            waiting_per_client_max: 256,
            forwards_max: 512,
            upstreams_max: 3,
            upstream_timeout: Duration::from_millis(1500),
            upstream_rounds: 2,
            forward_deadline: Duration::from_secs(5),
            cache_entries_max: 16_384,
            cache_bytes_max: 16 * 1024 * 1024,
            cache_ttl_max: Duration::from_secs(3600),
            cache_negative_ttl_max: Duration::from_secs(900),
            cache_failure_ttl: Duration::from_secs(1),
            own_negative_ttl: Duration::from_secs(5),
        }
    }
}
