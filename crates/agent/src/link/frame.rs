//! Messages on a stream: one line of JSON each.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

/// Longest message, bytes: a piece of the state and the largest resource that a store takes, with room.
pub const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes after which messages are written without waiting for more.
const WRITE_BYTES: usize = 64 * 1024;

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
    let mut lines = Vec::new();
    write_line(&mut lines, message)?;
    write_out(stream, &mut lines).await
}

/// Writes messages as they come, until nobody can send any more. Those that have come together are written together: each
/// write wakes the reader.
///
/// # Errors
/// The stream takes no more.
pub async fn speak<W: AsyncWrite + Unpin, T: Serialize>(
    mut due: mpsc::Receiver<T>,
    mut stream: W,
) -> Result<(), LinkError> {
    let mut messages = Vec::new();
    while due.recv_many(&mut messages, usize::MAX).await > 0 {
        let mut lines = Vec::new();
        for message in messages.drain(..) {
            write_line(&mut lines, &message)?;
            if lines.len() >= WRITE_BYTES {
                write_out(&mut stream, &mut lines).await?;
            }
        }
        write_out(&mut stream, &mut lines).await?;
    }
    Ok(())
}

fn write_line(lines: &mut Vec<u8>, message: &impl Serialize) -> Result<(), LinkError> {
    serde_json::to_writer(&mut *lines, message)?;
    lines.push(b'\n');
    Ok(())
}

async fn write_out<W: AsyncWrite + Unpin>(
    stream: &mut W,
    lines: &mut Vec<u8>,
) -> Result<(), LinkError> {
    stream.write_all(lines).await?;
    lines.clear();
    Ok(stream.flush().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_that_come_together_arrive_one_by_one_and_in_order() {
        let sizes = [0, 1, WRITE_BYTES / 2, WRITE_BYTES, 3 * WRITE_BYTES, 7, 0];
        let messages: Vec<String> = sizes.iter().map(|size| "m".repeat(*size)).collect();
        let (sender, due) = mpsc::channel(sizes.len());
        for message in &messages {
            sender.try_send(message.clone()).unwrap();
        }
        drop(sender);
        // It takes less at once than any of the large ones.
        let (near, far) = tokio::io::duplex(1000);
        let mut reader = Reader::new(far);
        let hear = async {
            let mut heard = Vec::new();
            while let Some(message) = reader.next::<String>().await.unwrap() {
                heard.push(message);
            }
            heard
        };
        let (spoken, heard) = tokio::join!(speak(due, near), hear);
        spoken.unwrap();
        assert_eq!(heard, messages);
    }
}
