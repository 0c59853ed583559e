//! Hostile packets: whatever comes in, no panic, and nothing larger than allowed goes out.

use std::net::Ipv4Addr;

use domain::base::Message;
use domain::base::iana::Rtype;
use domain::base::name::ToLabelIter;
use proptest::prelude::*;

use super::*;
use crate::answerer::{Lookup, Question, RecordData};
use crate::forward::HostSockets;
use crate::limits::{Limits, UDP_PAYLOAD_MAX};

/// Says something of every kind, by the first letter of the name.
struct Anything;

impl Answerer for Anything {
    fn client(&self, _: Ipv6Addr) -> Option<ClientScope> {
        Some(CLIENT)
    }

    fn lookup(&self, _: &ClientScope, question: &Question<'_>) -> Lookup {
        let apex = "example".to_owned();
        match question.name.bytes().next().map(|byte| byte % 7) {
            Some(0) => Lookup::NoData { apex },
            Some(1) => Lookup::NoSuchName { apex },
            Some(2) => Lookup::Alias {
                ttl_secs: 1,
                target: format!("x{}", question.name),
            },
            Some(3) => Lookup::Records {
                ttl_secs: 1,
                data: vec![RecordData::Pointer("..".to_owned())],
            },
            Some(4) => Lookup::Records {
                ttl_secs: 1,
                data: vec![RecordData::Address(Ipv4Addr::LOCALHOST); 200],
            },
            Some(5) => Lookup::Records {
                ttl_secs: 1,
                data: vec![RecordData::Address(Ipv4Addr::LOCALHOST)],
            },
            _ => Lookup::Foreign,
        }
    }
}

const CLIENT: ClientScope = ClientScope {
    vni: 1,
    iface: 2,
    addr: Ipv4Addr::LOCALHOST,
};

fn core() -> Core<Anything> {
    Core {
        answerer: Arc::new(ArcSwap::from_pointee(Anything)),
        forwarder: Forwarder::new(vec![], HostSockets, Limits::default()),
        waiting: Shares::new(1, 1),
        connections: Shares::new(1, 1),
    }
}

/// What goes out over UDP for a packet.
fn reply(core: &Core<Anything>, packet: &[u8]) -> Option<Vec<u8>> {
    match core.handle(&CLIENT, packet) {
        Handled::Silence => None,
        Handled::Now(asked, reply) => {
            let max = usize::from(asked.udp_max());
            let message = core.encode(&asked, &reply, max);
            assert!(!message.is_empty() && message.len() <= max);
            Some(message)
        }
        Handled::Later(_) => None,
    }
}

/// Laws of every reply.
fn check(packet: &[u8], message: &[u8]) {
    assert!(message.len() <= usize::from(UDP_PAYLOAD_MAX));
    assert_eq!(message[..2], packet[..2], "the id");
    let reply = Message::from_octets(message).unwrap();
    assert!(reply.header().qr());
    for section in [reply.answer(), reply.authority(), reply.additional()] {
        for record in section.unwrap() {
            record.unwrap();
        }
    }
    if reply.header().tc() {
        assert_eq!(reply.header_counts().ancount(), 0);
        assert!(
            message.len() <= packet.len() + 11,
            "cut, it says nothing more than was asked"
        );
    }
}

/// A well-formed query, to be damaged.
fn query() -> impl Strategy<Value = Vec<u8>> {
    let label = prop::collection::vec(any::<u8>(), 1..20);
    let labels = prop::collection::vec(label, 0..6);
    let rtype = prop_oneof![Just(1_u16), Just(255), Just(6), Just(28), any::<u16>()];
    let edns = prop::option::of((any::<u16>(), prop::bool::weighted(0.9), any::<bool>()));
    (any::<[u8; 2]>(), any::<bool>(), labels, rtype, edns).prop_map(
        |(id, rd, labels, rtype, edns)| {
            let mut packet = id.to_vec();
            packet.extend([
                u8::from(rd),
                0,
                0,
                1,
                0,
                0,
                0,
                0,
                0,
                u8::from(edns.is_some()),
            ]);
            for label in labels {
                packet.push(u8::try_from(label.len()).unwrap());
                packet.extend(label);
            }
            packet.push(0);
            packet.extend(rtype.to_be_bytes());
            packet.extend([0, 1]);
            if let Some((size, known, dnssec_ok)) = edns {
                packet.extend([0, 0, 41]);
                packet.extend(size.to_be_bytes());
                packet.extend([0, u8::from(!known), u8::from(dnssec_ok) << 7, 0, 0, 0]);
            }
            packet
        },
    )
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let cut = prop::option::weighted(0.2, any::<prop::sample::Index>());
    (query(), damage, cut).prop_map(|(mut packet, damage, cut)| {
        for (at, byte) in damage {
            let at = at.index(packet.len());
            packet[at] = byte;
        }
        if let Some(cut) = cut {
            packet.truncate(cut.index(packet.len()));
        }
        packet
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn noise_is_survived(packet in prop::collection::vec(any::<u8>(), 0..600)) {
        let core = core();
        if let Some(message) = reply(&core, &packet) {
            check(&packet, &message);
        }
    }

    #[test]
    fn damaged_queries_are_survived(packet in damaged()) {
        let core = core();
        if let Some(message) = reply(&core, &packet) {
            check(&packet, &message);
        }
    }

    #[test]
    fn the_question_comes_back_byte_for_byte(packet in query()) {
        let core = core();
        if let Some(message) = reply(&core, &packet) {
            check(&packet, &message);
            let asked = Message::from_octets(packet.as_slice()).unwrap();
            let name = asked.sole_question().unwrap().into_qname();
            let end = 12 + usize::from(name.compose_len()) + 4;
            prop_assert_eq!(&message[12..end], &packet[12..end]);
            let reply = Message::from_octets(message.as_slice()).unwrap();
            prop_assert_eq!(reply.opt().is_some(), asked.opt().is_some());
        }
    }
}

#[test]
fn compression_loops_end() {
    let header = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    // A name that points to itself, forward, into the header, and far beyond.
    for name in [
        &[0xc0, 12][..],
        &[0xc0, 14],
        &[0xc0, 0],
        &[0xff, 0xff],
        &[1, b'a', 0xc0, 12],
    ] {
        let packet = [&header[..], name, &[0, 1, 0, 1]].concat();
        if let Some(message) = reply(&core(), &packet) {
            check(&packet, &message);
        }
    }
}

#[test]
fn aliases_without_end_are_given_up() {
    // A name that begins with 'r' (114 = 2 mod 7) leads to one with 'x' (1 mod 7), so make a loop of its own.
    struct Loop;
    impl Answerer for Loop {
        fn client(&self, _: Ipv6Addr) -> Option<ClientScope> {
            Some(CLIENT)
        }
        fn lookup(&self, _: &ClientScope, question: &Question<'_>) -> Lookup {
            let other = if question.name == "a" { "b" } else { "a" };
            Lookup::Alias {
                ttl_secs: 1,
                target: other.to_owned(),
            }
        }
    }
    let core = Core {
        answerer: Arc::new(ArcSwap::from_pointee(Loop)),
        forwarder: Forwarder::new(vec![], HostSockets, Limits::default()),
        waiting: Shares::new(1, 1),
        connections: Shares::new(1, 1),
    };
    let packet = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1];
    let Handled::Now(_, reply) = core.handle(&CLIENT, &packet) else {
        panic!("not answered");
    };
    assert_eq!(reply.rcode.0, OptRcode::SERVFAIL);
    assert!(reply.answers.is_empty());
    let alias_itself = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 5, 0, 1];
    let Handled::Now(_, reply) = core.handle(&CLIENT, &alias_itself) else {
        panic!("not answered");
    };
    assert_eq!(reply.rcode.0, OptRcode::NOERROR);
    assert_eq!(reply.answers.len(), 1);
    assert_eq!(reply.answers[0].rtype(), Rtype::CNAME);
}
