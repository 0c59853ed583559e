//! The bounds of the HTTP server, by name. A test fills each.

use std::time::Duration;

/// What the server takes from its clients before it refuses or cuts them.
#[derive(Clone, Debug)]
pub struct ServerLimits {
    /// Connections open at a time. For one more, that which has waited longest for a whole request is closed; when all
    /// are being answered, the new one is answered 503.
    pub connections_max: usize,
    /// Connections open at a time from one IPv4 address or IPv6 network of 64 bits, so that no single peer can take them
    /// all; likewise.
    pub connections_per_peer_max: usize,
    /// Connections that are being told that there are too many; one more is closed without a word.
    pub refusals_max: usize,
    /// Bytes of a request's line and headers, at least 8 KiB. SDKs send about 1 KiB.
    pub header_bytes_max: usize,
    /// Number of a request's headers.
    pub headers_max: usize,
    /// Bytes of a request's body. The largest honest one is `RunInstances` with 16 KiB of user data.
    pub body_bytes_max: usize,
    /// Time from the end of a response, or the start of the connection, to the end of the next headers.
    pub header_timeout: Duration,
    /// Time from the end of the headers to the end of the body.
    pub body_timeout: Duration,
    /// Time that a client may take nothing of a response that waits for it.
    pub write_stall_timeout: Duration,
    /// Bytes that are still taken, and thrown away, of a request that was refused before it was read whole: a client that
    /// sends on before it listens then reads the answer, where closing at once would reset its connection.
    pub discarded_bytes_max: usize,
    /// Time for the same.
    pub discard_timeout: Duration,
    /// Time that requests in progress get when the server shuts down; more than any answer waits for the data plane.
    pub drain_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections_max: 1024,
            connections_per_peer_max: 768,
            refusals_max: 64,
            header_bytes_max: 32 * 1024,
            headers_max: 100,
            body_bytes_max: 1024 * 1024,
            header_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(20),
            write_stall_timeout: Duration::from_secs(20),
            discarded_bytes_max: 128 * 1024 * 1024,
            discard_timeout: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(8),
        }
    }
}
