//! One connection: bytes on one side, what is said on the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::Change;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::frame::{LinkError, Reader, send, speak};
use super::message::{Entry, Hello, ToAgent, ToControl};

/// Connections at a time; others are closed at once.
const CONNECTIONS_MAX: usize = 16;
/// How long whoever connects may take to say what for.
const FOLLOW_PATIENCE: Duration = Duration::from_secs(10);
/// Messages that wait for the stream.
const OUTBOUND_MAX: usize = 16;

/// What comes from connections.
pub(super) enum Event {
    /// One is the control plane's from now on.
    Follows {
        number: u64,
        outbound: mpsc::Sender<ToControl>,
        /// The connection ends when this is dropped.
        connection: oneshot::Sender<()>,
    },
    /// It says something.
    Says { number: u64, said: Said },
    /// It has ended.
    Leaves { number: u64 },
}

/// What a control plane says after it has said who it is.
pub(super) enum Said {
    Snapshot,
    Changes(Vec<Change>),
    Commit { revision: u64 },
    Recorded { number: u64 },
    Count { question: u64 },
}

/// Takes connections for a link.
#[derive(Clone)]
pub struct Connector {
    hello: Arc<Hello>,
    events: mpsc::Sender<Event>,
    last: Arc<AtomicU64>,
    room: Arc<Semaphore>,
}

impl Connector {
    pub(super) fn new(hello: Hello, events: mpsc::Sender<Event>) -> Self {
        Self {
            hello: Arc::new(hello),
            events,
            last: Arc::default(),
            room: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        }
    }

    /// Greets who is at the other end of a stream, and serves them for as long as they stay.
    pub async fn serve(
        &self,
        read: impl AsyncRead + Unpin + Send,
        mut write: impl AsyncWrite + Unpin + Send,
    ) {
        let Ok(_room) = self.room.try_acquire() else {
            tracing::warn!("too many connections; one is refused");
            return;
        };
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let mut reader = Reader::new(read);
        let ended = match self.greet(&mut reader, &mut write).await {
            Ok(true) => self.follow(number, reader, write).await,
            Ok(false) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a connection broke"
            );
        }
        // Without a link there is nobody to tell.
        let _ = self.events.send(Event::Leaves { number }).await;
    }

    /// Says who is here; whether it is the control plane that wanted to know.
    async fn greet(
        &self,
        reader: &mut Reader<impl AsyncRead + Unpin>,
        write: &mut (impl AsyncWrite + Unpin),
    ) -> Result<bool, LinkError> {
        send(write, &*self.hello).await?;
        let first = tokio::time::timeout(FOLLOW_PATIENCE, reader.next()).await;
        Ok(matches!(first, Ok(Ok(Some(ToAgent::Follow)))))
    }

    async fn follow(
        &self,
        number: u64,
        reader: Reader<impl AsyncRead + Unpin>,
        write: impl AsyncWrite + Unpin,
    ) -> Result<(), LinkError> {
        let (outbound, due) = mpsc::channel(OUTBOUND_MAX);
        let (connection, released) = oneshot::channel();
        let follows = Event::Follows {
            number,
            outbound,
            connection,
        };
        if self.events.send(follows).await.is_err() {
            return Ok(());
        }
        tokio::select! {
            ended = self.listen(number, reader) => ended,
            ended = speak(due, write) => ended,
            _ = released => Ok(()),
        }
    }

    async fn listen(
        &self,
        number: u64,
        mut reader: Reader<impl AsyncRead + Unpin>,
    ) -> Result<(), LinkError> {
        while let Some(message) = reader.next().await? {
            let said = match message {
                // It said so already.
                ToAgent::Follow => continue,
                ToAgent::Snapshot => Said::Snapshot,
                ToAgent::Changes(entries) => {
                    let changes = entries.iter().map(Entry::change);
                    Said::Changes(changes.collect::<Result<_, _>>()?)
                }
                ToAgent::Commit { revision } => Said::Commit { revision },
                ToAgent::Recorded { number } => Said::Recorded { number },
                ToAgent::Count { question } => Said::Count { question },
            };
            if self
                .events
                .send(Event::Says { number, said })
                .await
                .is_err()
            {
                break;
            }
        }
        Ok(())
    }
}
