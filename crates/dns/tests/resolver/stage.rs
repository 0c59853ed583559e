//! A resolver on loopback, names for it, clients and upstream resolvers that do as they are told.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, TcpListener};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use dns::{
    Answerer, ClientScope, Counter, Forwarder, HostSockets, Limits, Lookup, Question, RecordData,
    Rtype, Server, listen,
};
use domain::base::iana::{Opcode, Rcode};
use domain::base::{Message, MessageBuilder, Name, ToName};
use domain::rdata::AllRecordData;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// How long to wait for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const CLIENT: ClientScope = ClientScope {
    vni: 7,
    iface: 3,
    addr: Ipv4Addr::new(10, 0, 0, 5),
};

/// The zone that is ours.
pub(crate) const APEX: &str = "own.example";

/// Names of ours: by name, what it is to a type. A name with an alias has nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) records: BTreeMap<String, Vec<(Rtype, Vec<RecordData>)>>,
    pub(crate) aliases: BTreeMap<String, String>,
    pub(crate) nobody: bool,
}

impl Names {
    pub(crate) fn address(mut self, name: &str, addrs: &[Ipv4Addr]) -> Self {
        let data = addrs
            .iter()
            .map(|addr| RecordData::Address(*addr))
            .collect();
        self.records
            .entry(name.to_owned())
            .or_default()
            .push((Rtype::A, data));
        self
    }

    pub(crate) fn alias(mut self, name: &str, target: &str) -> Self {
        self.aliases.insert(name.to_owned(), target.to_owned());
        self
    }
}

impl Answerer for Names {
    fn client(&self, _: Ipv6Addr) -> Option<ClientScope> {
        (!self.nobody).then_some(CLIENT)
    }

    fn lookup(&self, client: &ClientScope, question: &Question<'_>) -> Lookup {
        assert_eq!(*client, CLIENT);
        if let Some(target) = self.aliases.get(question.name) {
            return Lookup::Alias {
                ttl_secs: 60,
                target: target.clone(),
            };
        }
        let apex = APEX.to_owned();
        match self.records.get(question.name) {
            Some(records) => match records.iter().find(|(rtype, _)| *rtype == question.rtype) {
                Some((_, data)) => Lookup::Records {
                    ttl_secs: 60,
                    data: data.clone(),
                },
                None => Lookup::NoData { apex },
            },
            None if question.name == APEX => Lookup::NoData { apex },
            None if question.name.ends_with(".own.example") => Lookup::NoSuchName { apex },
            None => Lookup::Foreign,
        }
    }
}

/// A resolver at work.
pub(crate) struct Stage {
    pub(crate) addr: SocketAddrV6,
    pub(crate) names: Arc<ArcSwap<Names>>,
    pub(crate) forwarder: Arc<Forwarder>,
    pub(crate) server: Server,
}

impl Stage {
    pub(crate) fn new(names: Names, upstreams: Vec<SocketAddr>, limits: Limits) -> Self {
        // A TCP port that is free may be taken as a UDP port: tried again then.
        let loopback = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 0, 0, 0);
        let mut tries = std::iter::repeat_with(|| listen(loopback, 2)).take(10);
        let sockets = tries.find_map(Result::ok).unwrap();
        let SocketAddr::V6(addr) = sockets.tcp.local_addr().unwrap() else {
            panic!("not IPv6");
        };
        let names = Arc::new(ArcSwap::from_pointee(names));
        let forwarder = Forwarder::new(upstreams, HostSockets, limits);
        let server = Server::start(sockets, names.clone(), forwarder.clone()).unwrap();
        Self {
            addr,
            names,
            forwarder,
            server,
        }
    }

    pub(crate) fn count(&self, counter: Counter) -> u64 {
        self.forwarder.counters().count(counter)
    }

    /// Waits until so many were counted.
    pub(crate) async fn counted(&self, counter: Counter, count: u64) {
        let counted = async {
            while self.count(counter) < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, counted).await;
        waited.unwrap_or_else(|_| panic!("{counter:?}: {} of {count}", self.count(counter)));
    }

    pub(crate) async fn udp(&self) -> UdpSocket {
        let socket = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).await.unwrap();
        socket.connect(self.addr).await.unwrap();
        socket
    }

    pub(crate) async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }

    /// Asks over UDP and waits for the reply.
    pub(crate) async fn ask(&self, ask: &Ask) -> Answer {
        let socket = self.udp().await;
        socket.send(&ask.packet()).await.unwrap();
        Answer(receive(&socket).await)
    }

    /// Asks over TCP, on a connection of its own.
    pub(crate) async fn ask_tcp(&self, ask: &Ask) -> Answer {
        let mut stream = self.tcp().await;
        stream.write_all(&framed(&ask.packet())).await.unwrap();
        Answer(read_framed(&mut stream).await.unwrap())
    }

    /// Sends any bytes over UDP, then a query, and tells what came back before its reply.
    pub(crate) async fn send_raw(&self, packet: &[u8]) -> Vec<Vec<u8>> {
        let socket = self.udp().await;
        socket.send(packet).await.unwrap();
        let last = Ask::new("last.own.example", Rtype::A).id(0xfffe);
        socket.send(&last.packet()).await.unwrap();
        let mut replies = Vec::new();
        loop {
            let reply = receive(&socket).await;
            if reply.starts_with(&[0xff, 0xfe]) {
                return replies;
            }
            replies.push(reply);
        }
    }
}

pub(crate) async fn receive(socket: &UdpSocket) -> Vec<u8> {
    let mut buffer = vec![0; 65_536];
    let len = tokio::time::timeout(PATIENCE, socket.recv(&mut buffer)).await;
    buffer.truncate(len.expect("a reply in time").unwrap());
    buffer
}

pub(crate) fn framed(packet: &[u8]) -> Vec<u8> {
    let len = u16::try_from(packet.len()).unwrap();
    [&len.to_be_bytes()[..], packet].concat()
}

/// None: the connection was closed instead.
pub(crate) async fn read_framed(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let read = async {
        let len = stream.read_u16().await.ok()?;
        let mut packet = vec![0; len.into()];
        stream.read_exact(&mut packet).await.ok()?;
        Some(packet)
    };
    tokio::time::timeout(PATIENCE, read).await.expect("in time")
}

/// A query.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) id: u16,
    pub(crate) name: String,
    pub(crate) rtype: Rtype,
    pub(crate) recursion: bool,
    /// UDP payload size and DO.
    pub(crate) edns: Option<(u16, bool)>,
    pub(crate) checking_disabled: bool,
}

impl Ask {
    pub(crate) fn new(name: &str, rtype: Rtype) -> Self {
        Self {
            id: 0x1234,
            name: name.to_owned(),
            rtype,
            recursion: true,
            edns: None,
            checking_disabled: false,
        }
    }

    pub(crate) fn id(mut self, id: u16) -> Self {
        self.id = id;
        self
    }

    pub(crate) fn edns(mut self, size: u16, dnssec_ok: bool) -> Self {
        self.edns = Some((size, dnssec_ok));
        self
    }

    pub(crate) fn without_recursion(mut self) -> Self {
        self.recursion = false;
        self
    }

    pub(crate) fn packet(&self) -> Vec<u8> {
        let mut builder = MessageBuilder::new_vec();
        let header = builder.header_mut();
        header.set_id(self.id);
        header.set_rd(self.recursion);
        header.set_cd(self.checking_disabled);
        header.set_opcode(Opcode::QUERY);
        let mut builder = builder.question();
        let name = Name::<Bytes>::from_str(&self.name).unwrap();
        builder.push((name, self.rtype)).unwrap();
        let mut builder = builder.additional();
        if let Some((size, dnssec_ok)) = self.edns {
            let opt = builder.opt(|opt| {
                opt.set_udp_payload_size(size);
                opt.set_dnssec_ok(dnssec_ok);
                Ok(())
            });
            opt.unwrap();
        }
        builder.finish()
    }
}

/// A reply.
pub(crate) struct Answer(pub Vec<u8>);

impl Answer {
    pub(crate) fn message(&self) -> Message<&[u8]> {
        Message::from_octets(self.0.as_slice()).unwrap()
    }

    /// Response code, flags and records in short: `NOERROR aa ra | www.own.example. 60 A 10.0.0.1 | ...`.
    pub(crate) fn words(&self) -> String {
        let message = self.message();
        let header = message.header();
        let mut words = format!("{}", message.opt_rcode());
        for (flag, set) in [
            ("aa", header.aa()),
            ("tc", header.tc()),
            ("ra", header.ra()),
            ("ad", header.ad()),
        ] {
            if set {
                words += " ";
                words += flag;
            }
        }
        for section in [message.answer(), message.authority()] {
            words += " |";
            for record in section.unwrap() {
                let record = record.unwrap();
                let owner: Name<Vec<u8>> = record.owner().to_name();
                let data = record.to_any_record::<AllRecordData<_, _>>().unwrap();
                let (ttl, rtype) = (data.ttl().as_secs(), data.rtype());
                words += &format!(" {owner} {ttl} {rtype} {},", data.data());
            }
        }
        words
    }
}

/// A query as an upstream saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) packet: Vec<u8>,
    /// In the letter case it came in.
    pub(crate) name: String,
    pub(crate) rtype: Rtype,
    pub(crate) over_tcp: bool,
    pub(crate) port: u16,
}

impl Seen {
    pub(crate) fn message(&self) -> Message<&[u8]> {
        Message::from_octets(self.packet.as_slice()).unwrap()
    }

    /// A reply with these answers (owner, TTL, address or alias) and this SOA minimum.
    pub(crate) fn reply(
        &self,
        rcode: Rcode,
        answers: &[(&str, u32, &str)],
        soa: Option<u32>,
    ) -> Vec<u8> {
        use domain::base::{Serial, Ttl};
        use domain::rdata::{A, Cname, Soa};
        let builder = MessageBuilder::new_vec();
        let message = self.message();
        let mut builder = builder.start_answer(&message, rcode).unwrap();
        builder.header_mut().set_ra(true);
        let name = |text: &str| Name::<Bytes>::from_str(text).unwrap();
        for (owner, ttl, data) in answers {
            match data.parse::<Ipv4Addr>() {
                Ok(addr) => builder.push((name(owner), *ttl, A::new(addr))).unwrap(),
                Err(_) => builder
                    .push((name(owner), *ttl, Cname::new(name(data))))
                    .unwrap(),
            }
        }
        let mut builder = builder.authority();
        if let Some(minimum) = soa {
            let secs = Ttl::from_secs;
            let ns = name("ns.elsewhere.example");
            let soa = Soa::new(
                ns.clone(),
                ns,
                Serial(1),
                secs(1),
                secs(1),
                secs(1),
                secs(minimum),
            );
            builder
                .push((name("elsewhere.example"), 86_400, soa))
                .unwrap();
        }
        builder.finish()
    }
}

impl Seen {
    /// A reply with these texts, each of several strings, of the name that was asked about.
    pub(crate) fn reply_with_texts(&self, texts: &[&[&str]]) -> Vec<u8> {
        use domain::rdata::rfc1035::TxtBuilder;
        let builder = MessageBuilder::new_vec();
        let mut builder = builder
            .start_answer(&self.message(), Rcode::NOERROR)
            .unwrap();
        let name = Name::<Bytes>::from_str(&self.name).unwrap();
        for strings in texts {
            let mut text = TxtBuilder::<Vec<u8>>::new();
            for string in *strings {
                text.append_charstr(
                    &domain::base::CharStr::from_octets(string.as_bytes()).unwrap(),
                )
                .unwrap();
            }
            builder
                .push((name.clone(), 300, text.finish().unwrap()))
                .unwrap();
        }
        builder.finish()
    }
}

type Behaviour = dyn Fn(&Seen) -> Vec<Vec<u8>> + Send + Sync;

/// An upstream resolver. Its behaviour is what packets it sends back to each query.
pub(crate) struct Upstream {
    pub(crate) addr: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Upstream {
    pub(crate) fn new(behaviour: impl Fn(&Seen) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        // The TCP port first; that another takes the UDP port meanwhile is bad luck to be tried again.
        let (tcp, udp) = loop {
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            if let Ok(udp) = std::net::UdpSocket::bind(tcp.local_addr().unwrap()) {
                break (tcp, udp);
            }
        };
        tcp.set_nonblocking(true).unwrap();
        udp.set_nonblocking(true).unwrap();
        let addr = tcp.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let udp = UdpSocket::from_std(udp).unwrap();
        tokio::spawn(serve_udp(udp, behaviour.clone(), seen.clone()));
        let tcp = tokio::net::TcpListener::from_std(tcp).unwrap();
        tokio::spawn(serve_tcp(tcp, behaviour, seen.clone()));
        Self { addr, seen }
    }

    /// One that answers every A question with one address and this TTL.
    pub(crate) fn simple(addr: &'static str, ttl: u32) -> Self {
        Self::new(move |seen| vec![seen.reply(Rcode::NOERROR, &[(&seen.name, ttl, addr)], None)])
    }

    /// One that never answers.
    pub(crate) fn silent() -> Self {
        Self::new(|_| vec![])
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn see(packet: &[u8], port: u16, over_tcp: bool) -> Seen {
    let message = Message::from_octets(packet).unwrap();
    let question = message.sole_question().unwrap();
    Seen {
        packet: packet.to_vec(),
        name: question.qname().to_string(),
        rtype: question.qtype(),
        over_tcp,
        port,
    }
}

async fn serve_udp(socket: UdpSocket, behaviour: Arc<Behaviour>, log: Arc<Mutex<Vec<Seen>>>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let (len, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let seen = see(&buffer[..len], peer.port(), false);
        log.lock().unwrap().push(seen.clone());
        for reply in behaviour(&seen) {
            socket.send_to(&reply, peer).await.unwrap();
        }
    }
}

async fn serve_tcp(
    listener: tokio::net::TcpListener,
    behaviour: Arc<Behaviour>,
    log: Arc<Mutex<Vec<Seen>>>,
) {
    loop {
        let (mut stream, peer) = listener.accept().await.unwrap();
        let (behaviour, log) = (behaviour.clone(), log.clone());
        tokio::spawn(async move {
            while let Some(packet) = read_framed(&mut stream).await {
                let seen = see(&packet, peer.port(), true);
                log.lock().unwrap().push(seen.clone());
                for reply in behaviour(&seen) {
                    stream.write_all(&framed(&reply)).await.unwrap();
                }
            }
        });
    }
}
