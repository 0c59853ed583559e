//! One question to one upstream resolver: over UDP, and over TCP where that does not do.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use domain::base::iana::OptRcode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;

use super::UpstreamSockets;
use super::message::{Key, Received, Response, Sent, Speak, compose, read};
use crate::counters::{Counter, Counters};
use crate::limits::UDP_PAYLOAD_MAX;

/// Stray packets taken for chance. From then on somebody is guessing, and TCP is the answer.
const STRAYS_MAX: usize = 8;

/// Why an upstream did not answer.
#[derive(Debug)]
pub(super) enum Failure {
    Io(io::Error),
    Refused(OptRcode),
    Malformed,
}

impl From<io::Error> for Failure {
    fn from(err: io::Error) -> Self {
        Self::Io(err)
    }
}

/// One question to one upstream. The caller sets the time.
#[derive(Debug)]
pub(super) struct Exchange<'f> {
    pub(super) sockets: &'f dyn UpstreamSockets,
    pub(super) upstream: SocketAddr,
    pub(super) key: &'f Key,
    pub(super) counters: &'f Counters,
}

impl Exchange<'_> {
    pub(super) async fn run(&self) -> Result<Response, Failure> {
        let answered = self.speak(Speak::Edns).await;
        // RFC 6891, 6.2.2: it may not know EDNS.
        if let Err(Failure::Refused(OptRcode::FORMERR | OptRcode::NOTIMP | OptRcode::BADVERS)) =
            answered
        {
            return self.speak(Speak::Plain).await;
        }
        answered
    }

    async fn speak(&self, speak: Speak) -> Result<Response, Failure> {
        let mut received = self.over_udp(&self.compose(speak)?).await?;
        if let Received::Truncated | Received::WrongCase | Received::Stray = received {
            received = self.over_tcp(&self.compose(speak)?).await?;
        }
        match received {
            Received::Answer(response) => Ok(response),
            Received::Refused(rcode) => Err(Failure::Refused(rcode)),
            Received::Malformed | Received::Stray | Received::Truncated | Received::WrongCase => {
                Err(Failure::Malformed)
            }
        }
    }

    fn compose(&self, speak: Speak) -> Result<Sent, Failure> {
        compose(self.key, speak).map_err(|_| Failure::Malformed)
    }

    /// What the reply is; [`Received::Stray`] after too many that were none.
    async fn over_udp(&self, sent: &Sent) -> Result<Received, Failure> {
        let socket = UdpSocket::from_std(self.sockets.udp(self.upstream)?)?;
        // Connected, so that nobody else's packets come in.
        socket.connect(self.upstream).await?;
        socket.send(&sent.packet).await?;
        let mut buffer = vec![0; usize::from(UDP_PAYLOAD_MAX)];
        for _ in 0..STRAYS_MAX {
            let len = socket.recv(&mut buffer).await?;
            let packet = buffer.get(..len).unwrap_or_default();
            let received = read(sent, Bytes::copy_from_slice(packet), false);
            if !matches!(received, Received::Stray) {
                return Ok(received);
            }
            self.counters.add(Counter::UpstreamMismatches);
        }
        Ok(Received::Stray)
    }

    async fn over_tcp(&self, sent: &Sent) -> Result<Received, Failure> {
        let socket = self.sockets.tcp(self.upstream)?;
        let mut stream = socket.connect(self.upstream).await?;
        let len = u16::try_from(sent.packet.len()).map_err(io::Error::other)?;
        let mut framed = len.to_be_bytes().to_vec();
        framed.extend(&sent.packet);
        stream.write_all(&framed).await?;
        let mut packet = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut packet).await?;
        Ok(read(sent, Bytes::from(packet), true))
    }
}
