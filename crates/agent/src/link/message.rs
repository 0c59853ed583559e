//! What is said on the stream.

use std::collections::BTreeMap;

use model::{Change, Command, Key};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::LinkError;

/// The version of what is said. Another one is not understood.
pub const PROTOCOL: u32 = 1;
/// Bytes of state after which a piece is full; its last entry may be larger by itself.
pub const PIECE_BYTES: usize = 256 * 1024;

/// The first message of an agent. Every version of the protocol can be told by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of the protocol that it speaks.
    pub protocol: u32,
    /// Its process.
    pub pid: u32,
    /// What it runs as, in the words of who started it: for them to compare.
    pub setup: String,
}

/// What a control plane says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ToAgent {
    /// It is the agent's control plane from now on.
    Follow,
    /// What comes until the next commit is the whole state.
    Snapshot,
    /// A piece of what the next commit changes.
    Changes(Vec<Entry>),
    /// All changes up to that revision have been sent.
    Commit {
        /// The revision.
        revision: u64,
    },
    /// A report has been dealt with: it is on record, or says nothing.
    Recorded {
        /// Its number.
        number: u64,
    },
    /// Asks for [`ToControl::Counts`].
    Count {
        /// Comes back with the answer.
        question: u64,
    },
}

/// What an agent says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ToControl {
    /// Something has been found.
    Report {
        /// The report's number, ascending.
        number: u64,
        /// In `schema`'s encoding.
        report: Box<RawValue>,
    },
    /// Everything that was found without this control plane has been told: the state may come.
    CaughtUp,
    /// The kernel follows this revision.
    Applied {
        /// The revision.
        revision: u64,
    },
    /// The answer to [`ToAgent::Count`].
    Counts {
        /// The question's.
        question: u64,
        /// The counts, or why there are none.
        counts: Result<Counts, String>,
    },
    /// What the agent logs.
    Log {
        /// Lines that were dropped before these.
        lost: u64,
        /// Lines, each with its end.
        lines: Vec<String>,
    },
}

impl ToControl {
    /// A report; none for what agents do not report.
    pub(super) fn report(number: u64, command: &Command) -> Option<Self> {
        let report = serde_json::from_slice(&schema::encode_report(command)?).ok()?;
        Some(Self::Report { number, report })
    }
}

/// What the kernel counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Established flows.
    pub flows: u64,
    /// How many there may be.
    pub flows_max: u64,
    /// Packets not passed on, by the name of the reason; reasons that never happened are left out.
    pub drops: BTreeMap<String, u64>,
}

/// One change in `schema`'s encoding.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    key: String,
    /// None for what is deleted.
    value: Option<Box<RawValue>>,
}

impl Entry {
    fn new(change: &Change) -> Result<Self, LinkError> {
        let (key, value) = schema::encode_change(change);
        let value = value.map(|value| serde_json::from_slice(&value));
        Ok(Self {
            key: String::from_utf8_lossy(&key).into_owned(),
            value: value.transpose()?,
        })
    }

    fn bytes(&self) -> usize {
        let value = self.value.as_ref().map_or(0, |value| value.get().len());
        self.key.len() + value
    }

    /// The change.
    ///
    /// # Errors
    /// It is not of this version.
    pub(super) fn change(&self) -> Result<Change, LinkError> {
        let value = self.value.as_ref().map(|value| value.get().as_bytes());
        Ok(schema::decode_change(self.key.as_bytes(), value)?)
    }
}

/// Whether agents are told of a resource: secrets, the memory of requests and messages are none of their business.
const fn is_for_agents(key: &Key) -> bool {
    match key {
        Key::Account(_)
        | Key::ClientToken(_)
        | Key::Counter(_)
        | Key::ManagedPolicy(_)
        | Key::Role(_)
        | Key::User(_)
        | Key::Topic(_)
        | Key::Subscription(_)
        | Key::Message(_)
        | Key::Delivery(_)
        | Key::ConnectionNotification(_)
        | Key::ConnectionEvent(_) => false,
        Key::Settings(_)
        | Key::Vpc(_)
        | Key::Subnet(_)
        | Key::RouteTable(_)
        | Key::NetworkAcl(_)
        | Key::SecurityGroup(_)
        | Key::NetworkInterface(_)
        | Key::Instance(_)
        | Key::LoadBalancer(_)
        | Key::Listener(_)
        | Key::TargetGroup(_)
        | Key::Target(_)
        | Key::EndpointService(_)
        | Key::VpcEndpoint(_) => true,
    }
}

/// Changes as an agent is told of them, one after another.
pub fn entries(
    changes: impl IntoIterator<Item = Change>,
) -> impl Iterator<Item = Result<Entry, LinkError>> {
    changes
        .into_iter()
        .filter(|change| is_for_agents(&change.key()))
        .map(|change| Entry::new(&change))
}

/// Entries in messages of about [`PIECE_BYTES`], made one at a time.
pub fn pieces(
    entries: impl Iterator<Item = Result<Entry, LinkError>>,
) -> impl Iterator<Item = Result<ToAgent, LinkError>> {
    let mut entries = entries.peekable();
    std::iter::from_fn(move || {
        entries.peek()?;
        let (mut piece, mut bytes) = (Vec::new(), 0);
        while bytes < PIECE_BYTES {
            match entries.next() {
                Some(Ok(entry)) => {
                    bytes += entry.bytes();
                    piece.push(entry);
                }
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        Some(Ok(ToAgent::Changes(piece)))
    })
}
