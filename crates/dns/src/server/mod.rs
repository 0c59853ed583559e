//! Serves queries. What our own names answer is answered at once, where the query was read; what has to be
//! asked elsewhere becomes a task, of which there is a bounded number, and of each client a bounded share.

mod tcp;
mod udp;

use std::io;
use std::net::Ipv6Addr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::base::Ttl;
use domain::base::iana::OptRcode;
use tokio::task::JoinSet;

use crate::answerer::{Answerer, ClientScope};
use crate::chain::{self, Chain, Own};
use crate::counters::{Counter, Counters};
use crate::forward::Forwarder;
use crate::listen::Sockets;
use crate::query::{Asked, Parsed, Query, parse};
use crate::reply::{Reply, encode};
use crate::shares::{Share, Shares};

/// A resolver at work. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    udp: Vec<udp::Serving>,
    tcp: JoinSet<()>,
}

impl Server {
    /// Serves these sockets from now on: those of UDP each by a thread, all else on the tokio runtime of the caller.
    ///
    /// Each query is answered from what `answerer` holds when it arrives; storing another one takes effect
    /// with the next query and waits for nobody.
    ///
    /// # Errors
    /// The operating system's, when it does not let the sockets be watched or has no thread.
    pub fn start<A: Answerer>(
        sockets: Sockets,
        answerer: Arc<ArcSwap<A>>,
        forwarder: Arc<Forwarder>,
    ) -> io::Result<Self> {
        let limits = forwarder.limits();
        let core = Arc::new(Core {
            answerer,
            waiting: Shares::new(limits.waiting_max, limits.waiting_per_client_max),
            connections: Shares::new(
                limits.tcp_connections_max,
                limits.tcp_connections_per_client_max,
            ),
            forwarder,
        });
        let udp = sockets
            .udp
            .into_iter()
            .map(|socket| udp::Serving::start(core.clone(), socket))
            .collect::<io::Result<_>>()?;
        let listener = tokio::net::TcpListener::from_std(sockets.tcp)?;
        let mut tcp = JoinSet::new();
        tcp.spawn(tcp::serve(core, listener));
        Ok(Self { udp, tcp })
    }

    /// Stops: what is not answered yet will not be.
    pub async fn stop(mut self) {
        self.udp.clear();
        self.tcp.shutdown().await;
    }
}

/// What all sockets share.
#[derive(Debug)]
struct Core<A> {
    answerer: Arc<ArcSwap<A>>,
    forwarder: Arc<Forwarder>,
    waiting: Shares,
    connections: Shares,
}

/// What became of a packet.
enum Handled {
    /// Nothing to say.
    Silence,
    /// The reply is known.
    Now(Asked, Reply),
    /// It has to be asked elsewhere.
    Later(Later),
}

/// A query that waits for upstream.
struct Later {
    client: ClientScope,
    query: Query,
    chain: Chain,
    _share: Share,
}

impl<A: Answerer> Core<A> {
    fn counters(&self) -> &Counters {
        self.forwarder.counters()
    }

    /// Who is at this address; a packet from nobody's is counted and to be dropped.
    fn client(&self, peer: Ipv6Addr) -> Option<ClientScope> {
        let client = self.answerer.load().client(peer);
        if client.is_none() {
            self.counters().add(Counter::DroppedUnknownClient);
        }
        client
    }

    fn handle(&self, client: &ClientScope, packet: &[u8]) -> Handled {
        let query = match parse(packet) {
            Parsed::Noise => {
                self.counters().add(Counter::DroppedNoQuery);
                return Handled::Silence;
            }
            Parsed::Refuse(asked, rcode) => return Handled::Now(asked, Reply::error(rcode)),
            Parsed::Query(query) => query,
        };
        let negative_ttl = self.forwarder.limits().own_negative_ttl;
        let answerer = self.answerer.load();
        match chain::start(answerer.as_ref(), client, &query, negative_ttl) {
            Own::Answered(reply) => {
                self.counters().add(Counter::OwnAnswers);
                Handled::Now(query.asked, reply)
            }
            Own::Foreign(chain) => match self.waiting.take(client) {
                Some(share) => Handled::Later(Later {
                    client: *client,
                    query,
                    chain,
                    _share: share,
                }),
                None => {
                    self.counters().add(Counter::Overloads);
                    Handled::Now(query.asked, Reply::error(OptRcode::SERVFAIL))
                }
            },
        }
    }

    async fn finish(&self, later: Later) -> (Asked, Reply) {
        let Later {
            client,
            query,
            chain,
            ..
        } = &later;
        // One view of the names to the end.
        let answerer = self.answerer.load_full();
        let reply = chain
            .clone()
            .finish(answerer.as_ref(), client, query, &self.forwarder);
        let mut reply = reply.await;
        let ttl_max = self.forwarder.limits().cache_ttl_max.as_secs();
        reply.cap_ttl(Ttl::from_secs(u32::try_from(ttl_max).unwrap_or(u32::MAX)));
        (later.query.asked, reply)
    }

    /// The reply's message, counted. Empty: nothing to send.
    fn encode(&self, asked: &Asked, reply: &Reply, max: usize) -> Vec<u8> {
        let (message, cut) = encode(asked, reply, max);
        if cut {
            self.counters().add(Counter::Truncated);
        }
        match reply.rcode.0 {
            OptRcode::FORMERR => self.counters().add(Counter::FormatErrors),
            OptRcode::SERVFAIL => self.counters().add(Counter::ServerFailures),
            OptRcode::NOTIMP | OptRcode::REFUSED | OptRcode::BADVERS => {
                self.counters().add(Counter::Refusals);
            }
            _ => {}
        }
        message
    }
}

#[cfg(test)]
mod tests;
