//! Questions to upstream resolvers and their replies, as messages. Pure.
//!
//! A reply is believed only if it repeats the question byte for byte, in the letter case that was chosen at
//! random (draft-vixie-dnsext-dns0x20), with the random id, to the random port: together some 40 bits and
//! more for a forger to guess.

use bytes::Bytes;
use domain::base::iana::{Class, OptRcode, Rtype};
use domain::base::message_builder::{MessageBuilder, PushError};
use domain::base::wire::ParseError;
use domain::base::{Message, Question, ToName, Ttl};

use crate::limits::UDP_PAYLOAD_MAX;
use crate::record::{self, Data, Name, Record};

/// What makes two questions the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// In lower case, as on the wire.
    name: Bytes,
    rtype: u16,
    dnssec_ok: bool,
    checking_disabled: bool,
}

impl Key {
    pub(crate) fn new(name: &Name, rtype: Rtype, dnssec_ok: bool, checking_disabled: bool) -> Self {
        let name: Name = name.to_canonical_name();
        Self {
            name: name.into_octets(),
            rtype: rtype.to_int(),
            dnssec_ok,
            checking_disabled,
        }
    }

    fn rtype(&self) -> Rtype {
        Rtype::from_int(self.rtype)
    }
}

/// What upstream said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// NOERROR or NXDOMAIN.
    pub(crate) rcode: OptRcode,
    /// The AD flag.
    pub(crate) authentic: bool,
    pub(crate) answers: Vec<Record>,
    /// With an answer only for who checks signatures.
    pub(crate) authority: Vec<Record>,
    /// Bytes of the message it came in.
    pub(crate) size_bytes: usize,
    /// Whether the name has no record of the type asked for.
    pub(crate) negative: bool,
}

impl Response {
    /// How long it may be kept by what its records say; none: not at all (RFC 2308, 5).
    pub(crate) fn ttl(&self) -> Option<Ttl> {
        let answers = self.answers.iter().map(Record::ttl).min();
        if !self.negative {
            return answers;
        }
        let absence = self.authority.iter().find_map(|record| {
            let Data::Soa(soa) = record.data() else {
                return None;
            };
            Some(record.ttl().min(soa.minimum()))
        })?;
        Some(answers.map_or(absence, |answers| answers.min(absence)))
    }

    /// The same after some time: TTLs are lower by it.
    pub(crate) fn aged(&self, age: Ttl) -> Self {
        let mut aged = self.clone();
        for record in aged.answers.iter_mut().chain(&mut aged.authority) {
            record.set_ttl(Ttl::from_secs(
                record.ttl().as_secs().saturating_sub(age.as_secs()),
            ));
        }
        aged
    }
}

/// A question as it went out.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) packet: Vec<u8>,
    id: u16,
    /// In the case that it was sent in.
    name: Name,
    rtype: Rtype,
    dnssec_ok: bool,
}

/// Whether we speak EDNS to an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speak {
    Edns,
    Plain,
}

/// What a packet from upstream is to a question.
#[derive(Debug)]
pub(super) enum Received {
    Answer(Response),
    /// Cut: to be asked again over TCP.
    Truncated,
    /// Its reply in all but the letter case: to be asked again over TCP, where case does not matter.
    WrongCase,
    /// Another reply, or none: to be ignored.
    Stray,
    /// Its reply: an error.
    Refused(OptRcode),
    /// Its reply: unreadable.
    Malformed,
}

/// Writes a question with a random id and random letter case.
pub(super) fn compose(key: &Key, speak: Speak) -> Result<Sent, PushError> {
    let name = randomise_case(&key.name).ok_or(PushError::ShortBuf)?;
    let id = rand::random();
    let mut builder = MessageBuilder::new_vec();
    let header = builder.header_mut();
    header.set_id(id);
    header.set_rd(true);
    header.set_cd(key.checking_disabled);
    let mut builder = builder.question();
    builder.push((&name, key.rtype(), Class::IN))?;
    let mut builder = builder.additional();
    if speak == Speak::Edns {
        builder.opt(|opt| {
            opt.set_udp_payload_size(UDP_PAYLOAD_MAX);
            opt.set_dnssec_ok(key.dnssec_ok);
            Ok(())
        })?;
    }
    Ok(Sent {
        packet: builder.finish(),
        id,
        name,
        rtype: key.rtype(),
        dnssec_ok: key.dnssec_ok,
    })
}

fn randomise_case(name: &[u8]) -> Option<Name> {
    // One random bit for each byte of the longest name.
    let bits: [u8; 32] = rand::random();
    let bit = |at: usize| {
        bits.get(at / 8)
            .is_some_and(|byte| byte >> (at % 8) & 1 == 1)
    };
    // Length bytes are at most 63, below all letters.
    let mixed = name.iter().enumerate().map(|(at, byte)| match byte {
        b'a'..=b'z' if bit(at) => byte.to_ascii_uppercase(),
        other => *other,
    });
    Name::from_octets(mixed.collect::<Bytes>()).ok()
}

/// Reads what came back. Over TCP letter case is not compared: there is nobody between.
pub(super) fn read(sent: &Sent, packet: Bytes, over_tcp: bool) -> Received {
    let size_bytes = packet.len();
    let Ok(message) = Message::from_octets(packet) else {
        return Received::Stray;
    };
    let header = message.header();
    if header.id() != sent.id || !header.qr() {
        return Received::Stray;
    }
    let Ok(question) = message.sole_question() else {
        // Some say what they do not understand without repeating the question.
        let bare = message.header_counts().qdcount() == 0
            && header.rcode() != domain::base::iana::Rcode::NOERROR;
        return match bare {
            true => Received::Refused(header.rcode().into()),
            false => Received::Stray,
        };
    };
    match same_question(sent, &question) {
        Same::No => return Received::Stray,
        Same::InAnotherCase if !over_tcp => return Received::WrongCase,
        Same::InAnotherCase | Same::Exactly => {}
    }
    if header.tc() && !over_tcp {
        return Received::Truncated;
    }
    let rcode = message.opt_rcode();
    if rcode != OptRcode::NOERROR && rcode != OptRcode::NXDOMAIN {
        return Received::Refused(rcode);
    }
    match records(&message) {
        Ok((answers, authority)) => Received::Answer(response(
            sent,
            Response {
                rcode,
                authentic: header.ad(),
                answers,
                authority,
                size_bytes,
                negative: false,
            },
        )),
        Err(_) => Received::Malformed,
    }
}

enum Same {
    Exactly,
    InAnotherCase,
    No,
}

fn same_question(sent: &Sent, question: &Question<domain::base::ParsedName<Bytes>>) -> Same {
    if question.qtype() != sent.rtype || question.qclass() != Class::IN {
        return Same::No;
    }
    let name: Name = question.qname().to_name();
    if name.as_slice() == sent.name.as_slice() {
        return Same::Exactly;
    }
    match name == sent.name {
        true => Same::InAnotherCase,
        false => Same::No,
    }
}

type Sections = (Vec<Record>, Vec<Record>);

/// The answer and authority sections; nothing in the additional one is for a stub resolver.
fn records(message: &Message<Bytes>) -> Result<Sections, ParseError> {
    let section = |section: domain::base::RecordSection<'_, Bytes>| {
        let inside = section.filter(|record| {
            record
                .as_ref()
                .map_or(true, |record| record.class() == Class::IN)
        });
        inside
            .map(|record| record::detach(&record?))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok((section(message.answer()?)?, section(message.authority()?)?))
}

/// Completes what was read: is it an answer, and is its authority section of use?
fn response(sent: &Sent, mut response: Response) -> Response {
    let wanted = |record: &Record| record.rtype() == sent.rtype || sent.rtype == Rtype::ANY;
    response.negative = !response.answers.iter().any(wanted);
    if !response.negative && !sent.dnssec_ok {
        response.authority.clear();
    }
    for record in response.answers.iter_mut().chain(&mut response.authority) {
        // RFC 2181, 8: with the highest bit set it is zero.
        if record.ttl().as_secs() > i32::MAX.unsigned_abs() {
            record.set_ttl(Ttl::ZERO);
        }
    }
    response
}

#[cfg(test)]
mod tests;
