//! Queries over TCP (RFC 7766): many on one connection, answered as they are ready, in any order.

use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Core, Handled};
use crate::answerer::{Answerer, ClientScope};
use crate::counters::Counter;

/// Bytes of a message at most: its length has 16 bits.
const MESSAGE_BYTES_MAX: usize = 65_535;
/// After an error of the listener (no file descriptors, say), so that it does not keep a CPU busy.
const ERROR_PAUSE: Duration = Duration::from_millis(50);

/// Serves the listener until it is stopped; its connections end with it.
pub(super) async fn serve<A: Answerer>(core: Arc<Core<A>>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => accept(&core, stream, peer.ip(), &mut connections),
                Err(error) => {
                    tracing::warn!(%error, "a resolver cannot accept connections");
                    tokio::time::sleep(ERROR_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

fn accept<A: Answerer>(
    core: &Arc<Core<A>>,
    stream: TcpStream,
    peer: IpAddr,
    connections: &mut JoinSet<()>,
) {
    let peer: Ipv6Addr = match peer {
        IpAddr::V6(peer) => peer,
        IpAddr::V4(peer) => peer.to_ipv6_mapped(),
    };
    let Some(client) = core.client(peer) else {
        return;
    };
    let Some(share) = core.connections.take(&client) else {
        core.counters().add(Counter::DroppedConnections);
        return;
    };
    let core = core.clone();
    connections.spawn(async move {
        if let Err(error) = converse(core, stream, client).await {
            tracing::debug!(%error, "a resolver's connection failed");
        }
        drop(share);
    });
}

/// Reads queries until the client has no more, and writes replies until all are written.
async fn converse<A: Answerer>(
    core: Arc<Core<A>>,
    stream: TcpStream,
    client: ClientScope,
) -> io::Result<()> {
    let limits = core.forwarder.limits();
    let idle = limits.tcp_idle;
    // Each reply is one write, and the client waits for it.
    stream.set_nodelay(true)?;
    let (queries, replies) = stream.into_split();
    let (sender, receiver) = mpsc::channel(limits.tcp_pipeline_max.max(1));
    // Lives as long as something is to be written; dropped with everything else when writing fails.
    let mut waiting = JoinSet::new();
    let reading = async {
        read_queries(&core, BufReader::new(queries), client, sender, &mut waiting).await;
        std::future::pending().await
    };
    tokio::select! {
        written = write_replies(replies, receiver, idle) => written,
        () = reading => Ok(()),
    }
}

/// Returns when the client has closed its side, is idle or breaks the rules; the sender goes then.
async fn read_queries<A: Answerer>(
    core: &Arc<Core<A>>,
    mut queries: BufReader<OwnedReadHalf>,
    client: ClientScope,
    sender: mpsc::Sender<Vec<u8>>,
    waiting: &mut JoinSet<()>,
) {
    let limits = core.forwarder.limits();
    let places = Arc::new(Semaphore::new(limits.tcp_pipeline_max.max(1)));
    loop {
        // No place: what comes next stays in the kernel, and then with the client.
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        while waiting.try_join_next().is_some() {}
        match timeout(limits.tcp_idle, queries.fill_buf()).await {
            Ok(Ok(bytes)) if !bytes.is_empty() => {}
            // Who still waits for an answer is not idle.
            Err(_) if !waiting.is_empty() => continue,
            Ok(_) | Err(_) => return,
        }
        let packet = read_packet(&mut queries, limits.tcp_query_bytes_max);
        let Ok(Ok(packet)) = timeout(limits.tcp_idle, packet).await else {
            return;
        };
        core.counters().add(Counter::TcpQueries);
        match core.handle(&client, &packet) {
            Handled::Silence => return,
            Handled::Now(asked, reply) => {
                let message = core.encode(&asked, &reply, MESSAGE_BYTES_MAX);
                if sender.send(message).await.is_err() {
                    return;
                }
            }
            Handled::Later(later) => {
                let (core, sender) = (core.clone(), sender.clone());
                waiting.spawn(async move {
                    let (asked, reply) = core.finish(later).await;
                    let message = core.encode(&asked, &reply, MESSAGE_BYTES_MAX);
                    // The connection may be gone.
                    let _ = sender.send(message).await;
                    drop(place);
                });
            }
        }
    }
}

async fn read_packet(
    queries: &mut BufReader<OwnedReadHalf>,
    bytes_max: usize,
) -> io::Result<Vec<u8>> {
    let len = usize::from(queries.read_u16().await?);
    if len > bytes_max {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let mut packet = vec![0; len];
    queries.read_exact(&mut packet).await?;
    Ok(packet)
}

/// Returns when there will be no more, or the client does not take them.
async fn write_replies(
    mut replies: OwnedWriteHalf,
    mut messages: mpsc::Receiver<Vec<u8>>,
    idle: Duration,
) -> io::Result<()> {
    while let Some(message) = messages.recv().await {
        let Ok(len) = u16::try_from(message.len()) else {
            continue;
        };
        let mut framed = Vec::with_capacity(2 + message.len());
        framed.extend(len.to_be_bytes());
        framed.extend(message);
        timeout(idle, replies.write_all(&framed)).await??;
    }
    Ok(())
}
