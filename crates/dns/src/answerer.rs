//! What this crate asks of whoever knows the names.

use std::net::{Ipv4Addr, Ipv6Addr};

use domain::base::iana::Rtype;

/// Who asks, as the fabric's address plan tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientScope {
    /// Virtual network.
    pub vni: u32,
    /// Interface that the query entered by.
    pub iface: u32,
    /// The client's address inside the virtual network.
    pub addr: Ipv4Addr,
}

/// A question of class IN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'q> {
    /// In lower case, in presentation form, without a dot at its end; empty for the root.
    pub name: &'q str,
    /// The type of record asked for, never ANY.
    pub rtype: Rtype,
    /// Another number for each query: whoever lists several addresses may begin at it.
    pub turn: usize,
}

/// The data of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordData {
    /// A.
    Address(Ipv4Addr),
    /// AAAA.
    Address6(Ipv6Addr),
    /// PTR: a name in presentation form.
    Pointer(String),
}

/// What a name is to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It has these records of the type asked for, in the order to send.
    Records {
        /// Seconds that they may be kept.
        ttl_secs: u32,
        /// At least one.
        data: Vec<RecordData>,
    },
    /// It is another name for something (CNAME), ours or not.
    Alias {
        /// Seconds that this may be kept.
        ttl_secs: u32,
        /// A name in presentation form.
        target: String,
    },
    /// It exists, without records of that type.
    NoData {
        /// The zone that it is in.
        apex: String,
    },
    /// It does not exist.
    NoSuchName {
        /// The zone that it would be in.
        apex: String,
    },
    /// It is not ours: to be asked elsewhere.
    Foreign,
}

/// Knows the names. Its methods are called for every query and must not block.
pub trait Answerer: Send + Sync + 'static {
    /// Who sends from this address; `None` when nobody should, and the query is dropped.
    fn client(&self, peer: Ipv6Addr) -> Option<ClientScope>;

    /// What a name is to a client.
    fn lookup(&self, client: &ClientScope, question: &Question<'_>) -> Lookup;
}
