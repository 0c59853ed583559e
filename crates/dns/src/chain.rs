//! From a question to its answer: our names, their aliases, and the way from ours to others and back.
//!
//! An alias (CNAME) of ours may lead to a foreign name, and a foreign one to a name of ours (a
//! customer's own name for an endpoint): the answer then holds all of it, looked up for this client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::base::charstr::CharStr;
use domain::base::iana::{OptRcode, Rtype};
use domain::base::{RelativeName, Serial, ToName, Ttl};
use domain::rdata::{Cname, Hinfo, Soa};

use crate::answerer::{Answerer, ClientScope, Lookup, Question, RecordData};
use crate::forward::{Forwarder, Key, Response};
use crate::query::Query;
use crate::record::{self, Data, Name, Record};
use crate::reply::{Rcode, Reply};

/// Aliases followed for one question. BIND's limit is 16, unbound's 11.
const LINKS_MAX: usize = 12;

/// Zone timers, in seconds: Route 53's own defaults. Nobody transfers these zones.
const SOA_REFRESH_SECS: u32 = 7200;
const SOA_RETRY_SECS: u32 = 900;
const SOA_EXPIRE_SECS: u32 = 1_209_600;
/// Whom to write to, below the zone: `hostmaster` (RFC 2142, 7).
const SOA_CONTACT: &[u8] = b"\x0ahostmaster";

/// An answer in the making.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    reply: Reply,
    /// What is to be answered next.
    name: Name,
    rtype: Rtype,
    links: usize,
}

/// How far our own names lead.
#[derive(Debug)]
pub(crate) enum Own {
    /// To the end.
    Answered(Reply),
    /// To a name that is to be asked elsewhere.
    Foreign(Chain),
}

/// Answers as far as our own names lead. Pure.
pub(crate) fn start(
    answerer: &impl Answerer,
    client: &ClientScope,
    query: &Query,
    negative_ttl: Duration,
) -> Own {
    let chain = Chain {
        reply: Reply::default(),
        name: query.name.clone(),
        rtype: query.rtype,
        links: 0,
    };
    chain.follow(answerer, client, query, negative_ttl)
}

impl Chain {
    fn follow(
        mut self,
        answerer: &impl Answerer,
        client: &ClientScope,
        query: &Query,
        negative_ttl: Duration,
    ) -> Own {
        let any = self.rtype == Rtype::ANY;
        loop {
            let text = record::text(&self.name);
            let question = Question {
                name: &text,
                rtype: if any { Rtype::HINFO } else { self.rtype },
                turn: usize::from(query.asked.header.id()),
            };
            let lookup = answerer.lookup(client, &question);
            if self.links == 0 {
                self.reply.authoritative = lookup != Lookup::Foreign;
            }
            let whole = match lookup {
                Lookup::Foreign => return self.leave(query),
                Lookup::Alias { ttl_secs, target } => {
                    let alias = self.alias(ttl_secs, &target);
                    if alias.is_some() && !any && self.rtype != Rtype::CNAME {
                        if self.links > LINKS_MAX {
                            return Own::Answered(Reply::error(OptRcode::SERVFAIL));
                        }
                        continue;
                    }
                    alias
                }
                Lookup::Records { ttl_secs, data } => self.records(ttl_secs, &data),
                Lookup::NoData { .. } if any => self.any(negative_ttl),
                Lookup::NoData { apex } => self.no_data(&apex, negative_ttl),
                Lookup::NoSuchName { apex } => self.no_such_name(&apex, negative_ttl),
            };
            return Own::Answered(match whole {
                Some(()) => self.reply,
                None => {
                    tracing::warn!(name = %self.name, "an answer of ours holds no valid name");
                    Reply::error(OptRcode::SERVFAIL)
                }
            });
        }
    }

    /// At a foreign name: to be asked elsewhere, if the asker wants that.
    fn leave(self, query: &Query) -> Own {
        if query.asked.header.rd() {
            return Own::Foreign(self);
        }
        Own::Answered(if self.links == 0 {
            Reply::error(OptRcode::REFUSED)
        } else {
            self.reply
        })
    }

    /// Adds an alias and goes on to its target. None if that is no name.
    fn alias(&mut self, ttl_secs: u32, target: &str) -> Option<()> {
        let target = record::name(target)?;
        let alias = record::record(&self.name, ttl_secs, Cname::new(target.clone()));
        self.reply.answers.push(alias);
        self.name = target;
        self.links += 1;
        Some(())
    }

    fn records(&mut self, ttl_secs: u32, data: &[RecordData]) -> Option<()> {
        for data in data {
            let record = record::own(&self.name, ttl_secs, data)?;
            self.reply.answers.push(record);
        }
        Some(())
    }

    fn no_data(&mut self, apex: &str, ttl: Duration) -> Option<()> {
        let soa = soa(apex, &self.name, ttl)?;
        if self.rtype == Rtype::SOA && *soa.owner() == self.name {
            self.reply.answers.push(soa);
        } else {
            self.reply.authority.push(soa);
        }
        Some(())
    }

    fn no_such_name(&mut self, apex: &str, ttl: Duration) -> Option<()> {
        self.reply.rcode = Rcode(OptRcode::NXDOMAIN);
        let soa = soa(apex, &self.name, ttl)?;
        self.reply.authority.push(soa);
        Some(())
    }

    /// ANY is answered by one record that says no more than that it will not be (RFC 8482, 4.2).
    fn any(&mut self, ttl: Duration) -> Option<()> {
        let cpu = CharStr::from_octets(Bytes::from_static(b"RFC8482")).ok()?;
        let os = CharStr::from_octets(Bytes::new()).ok()?;
        let hinfo = record::record(&self.name, secs(ttl), Hinfo::new(cpu, os));
        self.reply.answers.push(hinfo);
        Some(())
    }

    /// Asks elsewhere, and goes on here where an alias leads back.
    pub(crate) async fn finish(
        mut self,
        answerer: &impl Answerer,
        client: &ClientScope,
        query: &Query,
        forwarder: &Arc<Forwarder>,
    ) -> Reply {
        loop {
            let key = Key::new(
                &self.name,
                self.rtype,
                query.asked.dnssec_ok(),
                query.asked.header.cd(),
            );
            let Ok(response) = forwarder.ask(key).await else {
                return Reply::error(OptRcode::SERVFAIL);
            };
            if !self.cross(&response, answerer, client, query) {
                return self.foreign_end(&response);
            }
            if self.links > LINKS_MAX {
                return Reply::error(OptRcode::SERVFAIL);
            }
            let negative_ttl = forwarder.limits().own_negative_ttl;
            match self.follow(answerer, client, query, negative_ttl) {
                Own::Answered(reply) => return reply,
                Own::Foreign(chain) => self = chain,
            }
        }
    }

    /// If the aliases in a response lead to a name of ours: takes them and stands at that name.
    fn cross(
        &mut self,
        response: &Response,
        answerer: &impl Answerer,
        client: &ClientScope,
        query: &Query,
    ) -> bool {
        if matches!(self.rtype, Rtype::CNAME | Rtype::ANY) {
            return false;
        }
        let mut taken: Vec<Record> = Vec::new();
        let mut name = self.name.clone();
        while self.links + taken.len() <= LINKS_MAX {
            let alias = response.answers.iter().find_map(|record| {
                let Data::Cname(alias) = record.data() else {
                    return None;
                };
                (*record.owner() == name).then_some((record, alias.cname()))
            });
            let Some((record, target)) = alias else {
                return false;
            };
            taken.push(record.clone());
            name = target.clone();
            let question = Question {
                name: &record::text(&name),
                rtype: self.rtype,
                turn: usize::from(query.asked.header.id()),
            };
            if answerer.lookup(client, &question) != Lookup::Foreign {
                self.links += taken.len();
                self.reply.answers.append(&mut taken);
                self.name = name;
                return true;
            }
        }
        false
    }

    fn foreign_end(mut self, response: &Response) -> Reply {
        self.reply.rcode = Rcode(response.rcode);
        self.reply.authentic = response.authentic && self.links == 0;
        self.reply.answers.extend(response.answers.iter().cloned());
        self.reply
            .authority
            .extend(response.authority.iter().cloned());
        self.reply
    }
}

/// The zone of ours at `apex`, in which a name is, and which says how long an absence may be remembered.
fn soa(apex: &str, inside: &Name, negative_ttl: Duration) -> Option<Record> {
    let apex = record::zone(apex, inside)?;
    let contact = RelativeName::from_octets(SOA_CONTACT).ok()?;
    let contact: Name = contact.chain(&apex).ok()?.to_name();
    let minimum = Ttl::from_secs(secs(negative_ttl));
    let soa = Soa::new(
        apex.clone(),
        contact,
        Serial(1),
        Ttl::from_secs(SOA_REFRESH_SECS),
        Ttl::from_secs(SOA_RETRY_SECS),
        Ttl::from_secs(SOA_EXPIRE_SECS),
        minimum,
    );
    Some(record::record(&apex, minimum.as_secs(), soa))
}

fn secs(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}
