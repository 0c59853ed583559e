//! Writes replies. Pure, and never larger than it is told.

use domain::base::Ttl;
use domain::base::iana::OptRcode;
use domain::base::message_builder::{MessageBuilder, PushError, StaticCompressor};

use crate::limits::UDP_PAYLOAD_MAX;
use crate::query::Asked;
use crate::record::Record;

/// The size of an OPT record without options, in bytes (RFC 6891, 6.1.2).
const OPT_BYTES: usize = 11;

/// An answer before it is a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) rcode: Rcode,
    /// The first name of the answer is ours.
    pub(crate) authoritative: bool,
    /// Upstream says that it has verified the data.
    pub(crate) authentic: bool,
    pub(crate) answers: Vec<Record>,
    pub(crate) authority: Vec<Record>,
}

/// A response code, NOERROR by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rcode(pub(crate) OptRcode);

impl Default for Rcode {
    fn default() -> Self {
        Self(OptRcode::NOERROR)
    }
}

impl Reply {
    /// A reply that says nothing else.
    pub(crate) fn error(rcode: OptRcode) -> Self {
        Self {
            rcode: Rcode(rcode),
            ..Self::default()
        }
    }

    /// Lowers every TTL to `max`.
    pub(crate) fn cap_ttl(&mut self, max: Ttl) {
        for record in self.answers.iter_mut().chain(&mut self.authority) {
            record.set_ttl(record.ttl().min(max));
        }
    }
}

/// A reply as a message of at most `max` bytes, and whether it was cut: then it has no records, and the
/// asker comes back over TCP (RFC 2181, 9).
pub(crate) fn encode(asked: &Asked, reply: &Reply, max: usize) -> (Vec<u8>, bool) {
    match compose(asked, reply, max, Cut::No) {
        Ok(message) => (message, false),
        Err(_) => {
            // A header, a question of at most 259 bytes and an OPT fit into the least maximum, 512. If
            // they did not, nothing would be sent.
            let message = compose(asked, reply, max, Cut::Yes);
            (message.unwrap_or_default(), true)
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    No,
    Yes,
}

fn compose(asked: &Asked, reply: &Reply, max: usize, cut: Cut) -> Result<Vec<u8>, PushError> {
    let target = StaticCompressor::new(Vec::with_capacity(max.min(usize::from(UDP_PAYLOAD_MAX))));
    let mut builder = MessageBuilder::from_target(target).map_err(|_| PushError::ShortBuf)?;
    let reserved = asked.edns.map_or(0, |_| OPT_BYTES);
    // The builder's limit is the first length that is too long.
    builder.set_push_limit(max.saturating_sub(reserved).saturating_add(1));
    let header = builder.header_mut();
    header.set_id(asked.header.id());
    header.set_qr(true);
    header.set_opcode(asked.header.opcode());
    header.set_aa(reply.authoritative);
    header.set_tc(cut == Cut::Yes);
    header.set_rd(asked.header.rd());
    header.set_ra(true);
    header.set_cd(asked.header.cd());
    // RFC 6840, 5.7 and 5.8: only to who understands it.
    header.set_ad(reply.authentic && (asked.header.ad() || asked.dnssec_ok()));
    header.set_rcode(reply.rcode.0.rcode());
    let mut builder = builder.question();
    if let Some((name, rtype, class)) = &asked.question {
        builder.push((name, *rtype, *class))?;
    }
    let mut builder = builder.answer();
    let records = cut == Cut::No;
    for record in reply.answers.iter().filter(|_| records) {
        builder.push(record)?;
    }
    let mut builder = builder.authority();
    for record in reply.authority.iter().filter(|_| records) {
        builder.push(record)?;
    }
    let mut builder = builder.additional();
    if let Some(edns) = asked.edns {
        builder.clear_push_limit();
        builder.opt(|opt| {
            opt.set_udp_payload_size(UDP_PAYLOAD_MAX);
            opt.set_rcode(reply.rcode.0);
            opt.set_dnssec_ok(edns.dnssec_ok);
            Ok(())
        })?;
    }
    Ok(builder.finish().into_target())
}
