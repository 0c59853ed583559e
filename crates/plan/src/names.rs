//! Names: what each VPC's resolver answers, as a pure function of the plan and a question.
//!
//! Endpoint and load balancer names are public in AWS: they resolve in every VPC, to private addresses. Instance
//! names and private names of endpoints resolve in their own VPC alone. Source: PrivateLink guide, "DNS names" and
//! "Manage DNS names"; VPC guide, "DNS attributes"; Route 53 guide, "Working with private hosted zones", 2026.
//! Invariant: an answer for one virtual network never holds what is scoped to another.

mod domains;
mod labels;
mod of_resources;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use model::settings::Settings;

use self::domains::Domains;
use self::labels::{Found, FoundData};
pub(crate) use self::of_resources::{
    EndpointAddress, of_endpoint, of_instance, of_load_balancer, private_of_endpoint,
};
use crate::fragment::Fragment;
use crate::hidden_zones::HiddenZones;
use crate::instance;

/// Who may ask for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Every VPC.
    Public,
    /// The VPC with this vni.
    Vpc(u32),
}

/// A name and who may ask for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey {
    /// Lower case.
    name: String,
    scope: Scope,
}

impl NameKey {
    /// `name` has no dot at its end; its letter case does not matter.
    pub fn new(name: &str, scope: Scope) -> Self {
        Self {
            name: name.to_ascii_lowercase(),
            scope,
        }
    }

    /// The name, without a dot at its end.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who may ask.
    pub fn scope(&self) -> Scope {
        self.scope
    }
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSet {
    /// Seconds that an answer may be kept.
    pub ttl_secs: u32,
    /// The answer.
    pub data: Data,
}

/// The data of a record set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// IPv4 addresses.
    Addresses(Vec<NodeAddress>),
    /// Another name (PTR).
    Pointer(String),
}

/// An address, and the load balancer node that it depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeAddress {
    /// The address.
    pub address: Ipv4Addr,
    /// Interface number of the node whose health decides whether it is given; `None`: always given.
    pub node: Option<u32>,
}

/// All names, and what is needed to answer for them. A clone is a snapshot and costs little however many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    domains: Domains,
    /// Nodes without a healthy target.
    unhealthy_nodes: BTreeSet<u32>,
    /// Zones of single VPCs.
    hidden_zones: HiddenZones,
}

/// What a resolver says to a question of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// These addresses, in the order to send.
    Addresses {
        /// Seconds to keep them.
        ttl_secs: u32,
        /// The addresses.
        addresses: Vec<Ipv4Addr>,
    },
    /// This name (PTR).
    Pointer {
        /// Seconds to keep it.
        ttl_secs: u32,
        /// The name.
        name: &'a str,
    },
    /// The name exists, without records of that type. Authority: the zone.
    NoData {
        /// The zone's name.
        apex: &'a str,
    },
    /// The name does not exist. Authority: the zone.
    NoSuchName {
        /// The zone's name.
        apex: &'a str,
    },
    /// Not a name of Adit's: to be asked elsewhere.
    Foreign,
}

/// Record types that have data here; others are [`Answer::NoData`] where the name exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A.
    Address,
    /// PTR.
    Pointer,
    /// Any other.
    Other,
}

/// Answers a question asked in the virtual network `vni`. `name` is in lower case, without a dot at its end;
/// `turn` chooses which address comes first (any number; successive ones rotate).
///
/// Addresses whose node has no healthy target are left out of names with several addresses, as long as one with a
/// healthy target remains; a zonal name always gives its address. Source: aws "Target group health", DNS failover.
/// Of two zones that hold the name the longer one answers.
pub fn answer<'a>(
    names: &'a Names,
    vni: u32,
    name: &str,
    wanted: Wanted,
    turn: usize,
) -> Answer<'a> {
    let apex = names.domains.apex_of(name);
    let hidden = names.hidden_zones.holding(vni, name);
    if let Some(zone) = hidden.filter(|zone| zone.len() >= apex.map_or(0, str::len)) {
        return names.answer_hidden(zone, vni, name, wanted, turn);
    }
    let record = names.domains.get(name, vni);
    let Some(apex) = apex else {
        return match record {
            Some(record) => names.give(record, wanted, turn, ""),
            None => Answer::Foreign,
        };
    };
    match record {
        Some(record) => names.give(record, wanted, turn, apex),
        None if names.domains.has_below(name, vni) => Answer::NoData { apex },
        None => Answer::NoSuchName { apex },
    }
}

impl Names {
    /// How many names there are.
    pub fn len(&self) -> usize {
        self.domains.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every name with what it stands for, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (NameKey, RecordSet)> {
        self.domains.iter()
    }

    pub(crate) fn add(&mut self, fragment: &Fragment) {
        for (key, record) in &fragment.names {
            self.domains.insert(key, record.clone());
        }
        self.unhealthy_nodes.extend(&fragment.unhealthy_nodes);
        for zone in &fragment.hidden_zones {
            self.hidden_zones.insert(zone);
        }
    }

    pub(crate) fn retract(&mut self, fragment: &Fragment) {
        for key in fragment.names.keys() {
            self.domains.remove(key);
        }
        for node in &fragment.unhealthy_nodes {
            self.unhealthy_nodes.remove(node);
        }
        for zone in &fragment.hidden_zones {
            self.hidden_zones.remove(zone);
        }
    }

    pub(crate) fn set_apexes(&mut self, settings: &Settings) {
        let Settings {
            region, dns_suffix, ..
        } = settings;
        let apexes = [
            format!("{region}.vpce.{dns_suffix}"),
            format!("elb.{region}.{dns_suffix}"),
            instance::domain(settings),
        ];
        self.domains.set_apexes(apexes.into());
    }

    /// The hidden zones, for checks.
    pub(crate) fn hidden_zones(&self) -> &HiddenZones {
        &self.hidden_zones
    }

    /// What a hidden zone says about a name in it: only its own records exist, of which one may stand for all names
    /// below the zone's own (RFC 4592).
    fn answer_hidden<'a>(
        &'a self,
        zone: &'a str,
        vni: u32,
        name: &str,
        wanted: Wanted,
        turn: usize,
    ) -> Answer<'a> {
        let own = |name: &str| self.domains.get_own(name, vni);
        let is_apex = name == zone;
        let record = match own(name) {
            None if !is_apex => own(&format!("*.{zone}")),
            found => found,
        };
        match record {
            Some(record) => self.give(record, wanted, turn, zone),
            None if is_apex => Answer::NoData { apex: zone },
            None => Answer::NoSuchName { apex: zone },
        }
    }

    fn give<'a>(
        &'a self,
        Found { ttl_secs, data }: Found<'a>,
        wanted: Wanted,
        turn: usize,
        apex: &'a str,
    ) -> Answer<'a> {
        match (data, wanted) {
            (FoundData::Addresses(all), Wanted::Address) => Answer::Addresses {
                ttl_secs,
                addresses: self.choose(all, turn),
            },
            (FoundData::Pointer(name), Wanted::Pointer) => Answer::Pointer { ttl_secs, name },
            (
                FoundData::Addresses(_) | FoundData::Pointer(_),
                Wanted::Address | Wanted::Pointer | Wanted::Other,
            ) => Answer::NoData { apex },
        }
    }

    fn choose(&self, all: &[NodeAddress], turn: usize) -> Vec<Ipv4Addr> {
        let is_healthy = |entry: &&NodeAddress| {
            entry
                .node
                .is_some_and(|node| !self.unhealthy_nodes.contains(&node))
        };
        let mut chosen: Vec<Ipv4Addr> = all
            .iter()
            .filter(is_healthy)
            .map(|entry| entry.address)
            .collect();
        if chosen.is_empty() || all.len() == 1 {
            chosen = all.iter().map(|entry| entry.address).collect();
        }
        let first = turn.checked_rem(chosen.len()).unwrap_or_default();
        chosen.rotate_left(first);
        chosen
    }
}
