//! Reads queries. Pure: bytes in, a query or a refusal out; whatever the bytes are, no panic.

use bytes::Bytes;
use domain::base::iana::{Class, Opcode, OptRcode, Rtype};
use domain::base::opt::OptRecord;
use domain::base::{Header, Message, ToName};

use crate::limits::UDP_PAYLOAD_MAX;
use crate::record::Name;

/// EDNS versions that we know: only the first.
const EDNS_VERSION: u8 = 0;
/// Bytes of a reply over UDP to who sends no EDNS (RFC 1035, 4.2.1).
const PLAIN_PAYLOAD_MAX: u16 = 512;

/// What of a query goes into its reply, answer or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// As it was received.
    pub(crate) header: Header,
    /// Name in the case it was asked in, type and class; none if it could not be read.
    pub(crate) question: Option<(Name, Rtype, Class)>,
    pub(crate) edns: Option<Edns>,
}

/// What the asker says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edns {
    udp_payload: u16,
    pub(crate) dnssec_ok: bool,
}

impl Asked {
    /// Bytes that the reply may have over UDP.
    pub(crate) fn udp_max(&self) -> u16 {
        let udp_payload = self.edns.map_or(PLAIN_PAYLOAD_MAX, |edns| edns.udp_payload);
        udp_payload.clamp(PLAIN_PAYLOAD_MAX, UDP_PAYLOAD_MAX)
    }

    pub(crate) fn dnssec_ok(&self) -> bool {
        self.edns.is_some_and(|edns| edns.dnssec_ok)
    }
}

/// A query that deserves an answer: one question, class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) asked: Asked,
    pub(crate) name: Name,
    pub(crate) rtype: Rtype,
}

/// What a packet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// No query: a response or too short for anything. Saying nothing is the only safe reply.
    Noise,
    /// To be answered with an error.
    Refuse(Asked, OptRcode),
    /// To be answered.
    Query(Query),
}

/// Reads a packet.
pub(crate) fn parse(packet: &[u8]) -> Parsed {
    let Ok(message) = Message::from_slice(packet) else {
        return Parsed::Noise;
    };
    let header = message.header();
    if header.qr() {
        return Parsed::Noise;
    }
    let mut asked = Asked {
        header,
        question: None,
        edns: None,
    };
    if header.opcode() != Opcode::QUERY {
        return Parsed::Refuse(asked, OptRcode::NOTIMP);
    }
    if message.header_counts().qdcount() != 1 {
        return Parsed::Refuse(asked, OptRcode::FORMERR);
    }
    let Ok(question) = message.sole_question() else {
        return Parsed::Refuse(asked, OptRcode::FORMERR);
    };
    let name: Name = question.qname().to_name::<Bytes>();
    let (rtype, class) = (question.qtype(), question.qclass());
    asked.question = Some((name.clone(), rtype, class));
    match edns(message) {
        Err(rcode) => return Parsed::Refuse(asked, rcode),
        Ok(None) => {}
        Ok(Some((edns, version))) => {
            asked.edns = Some(edns);
            if version != EDNS_VERSION {
                return Parsed::Refuse(asked, OptRcode::BADVERS);
            }
        }
    }
    let transfer = matches!(
        rtype,
        Rtype::AXFR | Rtype::IXFR | Rtype::MAILA | Rtype::MAILB
    );
    if class != Class::IN || transfer || rtype == Rtype::OPT {
        return Parsed::Refuse(asked, OptRcode::REFUSED);
    }
    Parsed::Query(Query { asked, name, rtype })
}

/// The OPT record and its version. Everything up to it must be readable, and there may be one only
/// (RFC 6891, 6.1.1).
fn edns(message: &Message<[u8]>) -> Result<Option<(Edns, u8)>, OptRcode> {
    let format_error = |_| OptRcode::FORMERR;
    let mut found = None;
    for record in message.additional().map_err(format_error)? {
        let record = record.map_err(format_error)?;
        if record.rtype() != Rtype::OPT {
            continue;
        }
        if found.is_some() || !record.owner().is_root() {
            return Err(OptRcode::FORMERR);
        }
        let opt = record.into_record().map_err(format_error)?;
        let opt = opt.map(OptRecord::from_record).ok_or(OptRcode::FORMERR)?;
        let edns = Edns {
            udp_payload: opt.udp_payload_size(),
            dnssec_ok: opt.dnssec_ok(),
        };
        found = Some((edns, opt.version()));
    }
    Ok(found)
}
