//! Messages on a stream: one line of JSON each.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// Longest message, bytes: a piece of the state and the largest resource that a store takes, with room.
pub const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why a connection is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The stream.
    #[error("the connection broke")]
    Stream(#[from] io::Error),
    /// Nobody is at the other end any more.
    #[error("the connection was closed")]
    Ended,
    /// A message that is none of this version.
    #[error("a message is not of this version")]
    Message(#[from] serde_json::Error),
    /// What a message carries.
    #[error("a message carries what cannot be read")]
    Content(#[from] schema::DecodeError),
    /// More bytes than [`FRAME_BYTES_MAX`].
    #[error("a message is longer than {FRAME_BYTES_MAX} bytes")]
    TooLong,
}

/// Reads messages.
#[derive(Debug)]
pub struct Reader<R> {
    stream: BufReader<R>,
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// Reads from a stream.
    pub fn new(stream: R) -> Self {
        Self {
            stream: BufReader::new(stream),
            line: Vec::new(),
        }
    }

    /// The next message; none at the end of the stream. Not safe to cancel.
    ///
    /// # Errors
    /// See [`LinkError`]. The stream is then of no more use.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, LinkError> {
        self.line.clear();
        let limit = u64::try_from(FRAME_BYTES_MAX).unwrap_or(u64::MAX);
        let mut limited = (&mut self.stream).take(limit);
        limited.read_until(b'\n', &mut self.line).await?;
        match self.line.last() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(serde_json::from_slice(&self.line)?)),
            Some(_) if self.line.len() >= FRAME_BYTES_MAX => Err(LinkError::TooLong),
            // It ended within a message.
            Some(_) => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        }
    }
}

/// Writes a message; it is on its way when this returns.
///
/// # Errors
/// The stream takes no more.
pub async fn send<W: AsyncWrite + Unpin>(
    stream: &mut W,
    message: &impl Serialize,
) -> Result<(), LinkError> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    Ok(stream.flush().await?)
}
