//! What a run has seen, to know that it has seen everything.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::IpAddr;

use datapath::abi::{
    AddressKey, FLOW_ANSWERED, FLOW_FIN_PEER, FLOW_FIN_SELF, FLOW_RST, FRONTEND_NODE_RULES,
    Frontend,
};
use datapath::packet::dissect;
use datapath::{DropReason, Flows, Tables, Verdict};

use crate::packets::Arrival;

/// How often it has seen what.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) packets: usize,
    pub(crate) outcomes: BTreeMap<String, usize>,
}

/// What packets do to flows, beside making and removing them.
const TRANSITIONS: [&str; 12] = [
    "promoted",
    "removed",
    "cut",
    "cut, towards the fabric",
    "rechecked",
    "touched",
    "answered",
    "first FIN",
    "second FIN",
    "RST",
    "RST taken back",
    "counted anew in a later second",
];

/// What a node does not send to a backend. It has the drop reason of what it does not take from a
/// client.
const NODE_EGRESS: &str = "drop by a node's rules about backends";

impl Tally {
    fn count(&mut self, outcome: impl Into<String>) {
        *self.outcomes.entry(outcome.into()).or_default() += 1;
    }

    pub(crate) fn note_verdict(&mut self, arrival: &Arrival, verdict: &Verdict) {
        let (kind, what): (&str, &dyn Debug) = match verdict {
            Verdict::Drop(reason) => ("drop", reason),
            Verdict::Redirect { to, .. } => ("redirect", to),
            Verdict::Reply {
                reason: Some(reason),
                ..
            } => ("reset", reason),
            Verdict::Reply { reason: None, .. } => ("reply", &"Arp"),
        };
        if let Verdict::Reply {
            reason: Some(DropReason::FlowRevoked),
            cut,
            ..
        } = verdict
        {
            self.count(match cut {
                Some(_) => "flow cut",
                None => "flow cut, towards the fabric",
            });
        }
        self.packets += 1;
        self.count(format!("{:?} {kind} {what:?}", arrival.hook));
    }

    pub(crate) fn note_node_egress(
        &mut self,
        tables: &Tables,
        arrival: &Arrival,
        verdict: &Verdict,
    ) {
        if *verdict != Verdict::Drop(DropReason::RulesNode) {
            return;
        }
        let frontend = frontend_of(tables, arrival).expect("a node is behind a frontend");
        if frontend.flags & FRONTEND_NODE_RULES == 0 {
            self.count(NODE_EGRESS);
        }
    }

    pub(crate) fn note_transitions(&mut self, before: &Flows, after: &Flows) {
        let both_fins = FLOW_FIN_SELF | FLOW_FIN_PEER;
        if after.flows.len() > before.flows.len() {
            self.count("flow promoted");
        }
        if after.flows.len() < before.flows.len() {
            self.count("flow removed");
        }
        let windows = &before.resolver_windows;
        if windows.iter().any(|(iface, window)| {
            let now = after.resolver_windows.get(iface);
            now.is_some_and(|now| now.second != window.second)
        }) {
            self.count("flow counted anew in a later second");
        }
        let pairs = [
            (&before.flows, &after.flows),
            (&before.half_open, &after.half_open),
        ];
        for (old, new) in pairs
            .into_iter()
            .flat_map(|(before, after)| after.iter().map(|(key, new)| (before.get(key), new)))
            .filter_map(|(old, new)| Some((old?, new)))
        {
            let set = new.state & !old.state;
            let noted = [
                ("flow rechecked", new.epoch != old.epoch),
                ("flow touched", new.last_seen != old.last_seen),
                ("flow answered", set & FLOW_ANSWERED != 0),
                (
                    "flow first FIN",
                    set & both_fins != 0 && old.state & both_fins == 0,
                ),
                (
                    "flow second FIN",
                    set & both_fins != 0 && old.state & both_fins != 0,
                ),
                ("flow RST", set & FLOW_RST != 0),
                (
                    "flow RST taken back",
                    old.state & !new.state & FLOW_RST != 0,
                ),
            ];
            for (name, is_true) in noted {
                if is_true {
                    self.count(name);
                }
            }
        }
    }
}

/// The frontend that a workload's packet goes to.
fn frontend_of<'a>(tables: &'a Tables, arrival: &Arrival) -> Option<&'a Frontend> {
    let frame = dissect(&arrival.bytes)?;
    let IpAddr::V4(dst) = frame.ip()?.dst else {
        return None;
    };
    let vni = tables.interfaces.get(&arrival.ifindex)?.vni;
    let addr = dst.into();
    let address = tables.addresses.get(&AddressKey { vni, addr })?;
    tables.frontends.get(&address.iface)
}

/// A test that never gets somewhere proves nothing about it.
pub(crate) fn everything_was_seen(tally: &Tally) {
    // Only a helper's failure leads there.
    let never = [DropReason::Internal];
    for reason in DropReason::ALL {
        let name = format!("{reason:?}");
        let seen = tally
            .outcomes
            .keys()
            .any(|outcome| outcome.ends_with(&format!(" {name}")));
        assert!(seen || never.contains(reason), "no packet met {name}");
    }
    assert!(tally.outcomes.contains_key(NODE_EGRESS), "no {NODE_EGRESS}");
    for transition in TRANSITIONS {
        let name = format!("flow {transition}");
        assert!(tally.outcomes.contains_key(&name), "no {name}");
    }
}
