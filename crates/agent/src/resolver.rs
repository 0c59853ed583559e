//! The resolver of every VPC: `dns`'s sockets in the fabric around `plan`'s answers.

use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use datapath::abi::{FabricAddr, FabricKind};
use dns::{
    Answerer, ClientScope, DNS_PORT, Forwarder, HostSockets, Limits, Lookup, Question, RecordData,
    Rtype, Server, Upstreams,
};
use plan::{Answer, Names, Wanted};

use crate::net::FABRIC_PREFIX;
use crate::netns::{Netns, NetnsError};

/// How often it is looked which resolvers are to be asked.
const UPSTREAMS_INTERVAL: Duration = Duration::from_secs(5);
/// Most sockets that queries over UDP are spread over.
const UDP_SOCKETS_MAX: usize = 8;

/// What queries are answered from.
struct View(Names);

impl Answerer for View {
    fn client(&self, peer: Ipv6Addr) -> Option<ClientScope> {
        let FabricAddr {
            kind,
            vni,
            iface,
            addr,
        } = FabricAddr::from_ipv6(FABRIC_PREFIX, peer)?;
        (kind == FabricKind::Remote).then_some(ClientScope { vni, iface, addr })
    }

    fn lookup(&self, client: &ClientScope, question: &Question<'_>) -> Lookup {
        let wanted = match question.rtype {
            Rtype::A => Wanted::Address,
            Rtype::PTR => Wanted::Pointer,
            _ => Wanted::Other,
        };
        match plan::answer(&self.0, client.vni, question.name, wanted, question.turn) {
            Answer::Addresses {
                ttl_secs,
                addresses,
            } => Lookup::Records {
                ttl_secs,
                data: addresses.into_iter().map(RecordData::Address).collect(),
            },
            Answer::Pointer { ttl_secs, name } => Lookup::Records {
                ttl_secs,
                data: vec![RecordData::Pointer(name.to_owned())],
            },
            Answer::NoData { apex } => Lookup::NoData {
                apex: apex.to_owned(),
            },
            Answer::NoSuchName { apex } => Lookup::NoSuchName {
                apex: apex.to_owned(),
            },
            Answer::Foreign => Lookup::Foreign,
        }
    }
}

/// What keeps the resolver from starting.
#[derive(Debug, thiserror::Error)]
pub enum ResolverError {
    /// The fabric could not be entered.
    #[error(transparent)]
    Netns(#[from] NetnsError),
    /// The sockets.
    #[error("cannot listen on port {DNS_PORT} in the fabric")]
    Listen(#[source] io::Error),
}

/// The running resolver; it ends when this is dropped.
pub(crate) struct Resolver {
    view: Arc<ArcSwap<View>>,
    _server: Server,
}

impl Resolver {
    /// Starts with no names: everything is asked upstream.
    ///
    /// # Errors
    /// See [`ResolverError`].
    pub(crate) fn start(fabric: &Netns, upstreams: Upstreams) -> Result<Self, ResolverError> {
        let address = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, DNS_PORT, 0, 0);
        let sockets = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(UDP_SOCKETS_MAX);
        let sockets = fabric
            .enter(|| dns::listen(address, sockets))?
            .map_err(ResolverError::Listen)?;
        let view = Arc::new(ArcSwap::from_pointee(View(Names::default())));
        let forwarder = Forwarder::new(upstreams.current(), HostSockets, Limits::default());
        tokio::spawn(follow(upstreams, Arc::downgrade(&forwarder)));
        let server =
            Server::start(sockets, Arc::clone(&view), forwarder).map_err(ResolverError::Listen)?;
        Ok(Self {
            view,
            _server: server,
        })
    }

    /// Answers by these names from now on.
    pub(crate) fn serve(&self, names: Names) {
        self.view.store(Arc::new(View(names)));
    }
}

/// Keeps asking the right resolvers: the host's change when it moves between networks.
async fn follow(upstreams: Upstreams, forwarder: Weak<Forwarder>) {
    let mut known = upstreams.current();
    let mut look = tokio::time::interval(UPSTREAMS_INTERVAL);
    loop {
        look.tick().await;
        let Some(forwarder) = forwarder.upgrade() else {
            return;
        };
        let found = upstreams.current();
        if found != known {
            tracing::info!(resolvers = ?found, "the resolvers to ask have changed");
            forwarder.set_upstreams(found.clone());
            known = found;
        }
    }
}
