//! What a client asks of the server: 64 bytes at the start of a connection.
//!
//! Bytes 0-3 are a magic number, byte 4 the kind, bytes 8-11 its argument in network order, the rest is zero. A
//! request is always 64 bytes, because in two modes it is itself the payload that is measured.

use std::time::Duration;

/// Length of every request.
pub(crate) const REQUEST_BYTES: usize = 64;
/// Longest response that the server gives; it keeps one buffer of this size per thread.
pub(crate) const RESPONSE_BYTES_MAX: usize = 64 * 1024;

const MAGIC: [u8; 4] = *b"NLD1";

/// What the server does with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// Send this many bytes, then close.
    Once { response_bytes: u32 },
    /// Send this many bytes, then read the next request.
    Repeat { response_bytes: u32 },
    /// Read until the client shuts down its side, then send how many bytes that were (8 bytes, network order) and close.
    Sink,
    /// Send for this long, then close.
    Source { millis: u32 },
}

impl Request {
    /// [`Self::Source`] of the given length, rounded down to milliseconds.
    pub(crate) fn source(length: Duration) -> Self {
        Self::Source {
            millis: u32::try_from(length.as_millis()).unwrap_or(u32::MAX),
        }
    }

    /// The bytes to send.
    pub(crate) fn encode(self) -> [u8; REQUEST_BYTES] {
        let (kind, argument) = match self {
            Self::Once { response_bytes } => (1, response_bytes),
            Self::Repeat { response_bytes } => (2, response_bytes),
            Self::Sink => (3, 0),
            Self::Source { millis } => (4, millis),
        };
        let mut bytes = [0; REQUEST_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = kind;
        bytes[8..12].copy_from_slice(&argument.to_be_bytes());
        bytes
    }

    /// The request in `bytes`, or `None` if a netload client did not send them.
    pub(crate) fn decode(bytes: &[u8; REQUEST_BYTES]) -> Option<Self> {
        let [m0, m1, m2, m3, kind, _, _, _, a0, a1, a2, a3, ..] = *bytes;
        if [m0, m1, m2, m3] != MAGIC {
            return None;
        }
        let argument = u32::from_be_bytes([a0, a1, a2, a3]);
        match kind {
            1 => Some(Self::Once {
                response_bytes: argument,
            }),
            2 => Some(Self::Repeat {
                response_bytes: argument,
            }),
            3 => Some(Self::Sink),
            4 => Some(Self::Source { millis: argument }),
            _ => None,
        }
    }
}
