//! An independent check of a plan against the state that it came from. It shares no code with the compiler: it
//! states what must hold, not how to get there.

use std::collections::BTreeMap;
use std::fmt;

use datapath::abi::{AddressKind, INTERFACE_WORKLOAD, RouteKey};
use datapath::{Capacity, Tables};
use model::network_interface::NetworkInterfaceKind;
use model::target_group::Probe;
use model::{State, VpcEndpoint};

use crate::fragment::HostPlan;
use crate::names::{Data, NameKey, Scope};
use crate::probe::ProbeKind;

/// An invariant that a plan breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding(String);

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Every invariant that `plan` and `tables` break; none for those of this crate's compiler.
pub fn check(state: &State, plan: &HostPlan, tables: &Tables) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    if let Err(error) = tables.check(&Capacity::default()) {
        findings.add(error.to_string());
    }
    addresses_have_owners(tables, &mut findings);
    interfaces_are_complete(state, tables, &mut findings);
    frontends_are_accepted(state, tables, &mut findings);
    backends_stay_in_their_network(tables, &mut findings);
    names_are_of_connected_endpoints(state, plan, &mut findings);
    hidden_zones_are_of_private_names(state, plan, &mut findings);
    probes_stay_in_their_network(plan, tables, &mut findings);
    probes_ask_what_their_group_says(state, plan, &mut findings);
    findings.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, text: String) {
        self.0.push(Finding(text));
    }

    fn unless(&mut self, holds: bool, text: impl FnOnce() -> String) {
        if !holds {
            self.add(text());
        }
    }
}

/// Whose address it is, it is the address of.
fn addresses_have_owners(tables: &Tables, findings: &mut Findings) {
    for (key, address) in &tables.addresses {
        let owner = tables.interfaces.get(&address.iface);
        let fits = match address.kind() {
            Some(AddressKind::Workload | AddressKind::Frontend | AddressKind::Node) => {
                owner.is_some_and(|owner| owner.vni == key.vni && owner.addr == key.addr)
            }
            Some(AddressKind::Resolver | AddressKind::Router) => address.iface == 0,
            None => false,
        };
        findings.unless(fits, || {
            format!(
                "address {:?} in {} belongs to nobody",
                key.addr.to_ip(),
                key.vni
            )
        });
    }
}

/// An interface is one of the state's, in its VPC's network, with a route and rules of that network.
fn interfaces_are_complete(state: &State, tables: &Tables, findings: &mut Findings) {
    let networks: BTreeMap<_, u32> = state
        .tables()
        .vpcs
        .iter()
        .map(|vpc| (vpc.id, vpc.vni))
        .collect();
    for (number, entry) in &tables.interfaces {
        let known = state.indexes().interface_of_number.first(number);
        let known = known.and_then(|id| state.tables().network_interfaces.get(id));
        let fits = known.is_some_and(|interface| {
            networks.get(&interface.vpc) == Some(&entry.vni)
                && datapath::abi::Addr::from(interface.address) == entry.addr
                && (entry.flags & INTERFACE_WORKLOAD != 0)
                    == matches!(interface.kind, NetworkInterfaceKind::Instance { .. })
                && interface.groups.len() == entry.groups().len()
        });
        findings.unless(fits, || {
            format!("interface {number} is not as the state has it")
        });
        let vpc_has_route = tables.routes.iter().any(|(key, route): (&RouteKey, _)| {
            key.route_table.get() == entry.route_table && route.vni == entry.vni
        });
        findings.unless(vpc_has_route, || format!("interface {number} has no route"));
        for group in entry.groups() {
            let has_rules = tables
                .rulesets
                .iter()
                .any(|(key, rules)| key.group == *group && rules.vni == entry.vni);
            findings.unless(has_rules, || {
                format!("interface {number} is in group {group} of another network")
            });
        }
    }
}

/// Nothing leads out of a network but the interfaces of connected endpoints, and they to their own service.
fn frontends_are_accepted(state: &State, tables: &Tables, findings: &mut Findings) {
    for (number, frontend) in &tables.frontends {
        let endpoint = endpoint_of(state, *number);
        let service =
            endpoint.and_then(|endpoint| state.tables().endpoint_services.get(&endpoint.service));
        let node_fits = service.is_some_and(|service| {
            service
                .load_balancers
                .keys()
                .filter_map(|id| state.tables().load_balancers.get(id))
                .any(|balancer| {
                    state
                        .tables()
                        .vpcs
                        .get(&balancer.vpc)
                        .is_some_and(|vpc| vpc.vni == frontend.backend_vni)
                        && balancer.nodes.values().any(|node| {
                            datapath::abi::Addr::from(node.address) == frontend.node_addr
                                && state
                                    .tables()
                                    .network_interfaces
                                    .get(&node.network_interface)
                                    .is_some_and(|interface| interface.number == frontend.node)
                        })
                })
        });
        let connected = endpoint.is_some_and(|endpoint| endpoint.state.is_connected());
        findings.unless(connected && node_fits, || {
            format!("frontend {number} leads where nobody accepted")
        });
        let own = tables
            .interfaces
            .get(number)
            .is_some_and(|entry| entry.vni == frontend.vni);
        let node = tables
            .interfaces
            .get(&frontend.node)
            .is_some_and(|entry| entry.vni == frontend.backend_vni);
        findings.unless(own && node, || format!("frontend {number} misses an end"));
    }
}

fn endpoint_of(state: &State, number: u32) -> Option<&VpcEndpoint> {
    let id = state.indexes().interface_of_number.first(&number)?;
    match state.tables().network_interfaces.get(id)?.kind {
        NetworkInterfaceKind::VpcEndpoint { endpoint, .. } => state
            .tables()
            .vpc_endpoints
            .get(&endpoint)
            .map(AsRef::as_ref),
        NetworkInterfaceKind::Detached
        | NetworkInterfaceKind::Instance { .. }
        | NetworkInterfaceKind::LoadBalancer { .. } => None,
    }
}

/// From node to listener to backend set to backend to workload, all are of one network.
fn backends_stay_in_their_network(tables: &Tables, findings: &mut Findings) {
    for (id, backend) in &tables.backends {
        let workload = tables.interfaces.get(&backend.iface);
        let fits = workload
            .is_none_or(|workload| workload.vni == backend.vni && workload.addr == backend.addr);
        findings.unless(fits, || format!("backend {id} is not where it says"));
    }
    for (set, slots) in &tables.backend_sets {
        for id in slots.iter() {
            findings.unless(tables.backends.contains_key(id), || {
                format!("set {set} names backend {id}, which is not")
            });
        }
    }
    for (key, listener) in &tables.listeners {
        let node = tables.interfaces.get(&key.node);
        findings.unless(node.is_some_and(|node| node.vni == listener.vni), || {
            format!("a listener of node {} is of another network", key.node)
        });
        let slots = tables.backend_sets.get(&listener.backend_set);
        let same = slots.into_iter().flat_map(|slots| slots.iter()).all(|id| {
            tables
                .backends
                .get(id)
                .is_some_and(|backend| backend.vni == listener.vni)
        });
        findings.unless(same, || {
            format!("a listener of node {} leads to another network", key.node)
        });
    }
}

/// A public name that gives an endpoint's address is one of a connected endpoint's.
fn names_are_of_connected_endpoints(state: &State, plan: &HostPlan, findings: &mut Findings) {
    let settings = state.settings();
    let suffix = format!(".vpce.{}", settings.dns_suffix);
    let connected: std::collections::BTreeSet<String> = state
        .tables()
        .vpc_endpoints
        .iter()
        .filter(|endpoint| endpoint.state.is_connected())
        .flat_map(|endpoint| endpoint.dns_names(settings))
        .map(|name| name.name)
        .collect();
    for (key, record) in plan.names.iter() {
        let name = key.name();
        if key.scope() == Scope::Public && name.ends_with(&suffix) {
            findings.unless(connected.contains(name), || {
                format!("{name} is of no connected endpoint")
            });
        }
        if let Data::Addresses(addresses) = &record.data {
            findings.unless(!addresses.is_empty(), || format!("{name} has no address"));
        }
    }
}

/// A VPC answers for a domain exactly as long as a connected endpoint in it has a private name there and both of its DNS
/// attributes are on; the name gives addresses of that endpoint.
fn hidden_zones_are_of_private_names(state: &State, plan: &HostPlan, findings: &mut Findings) {
    let tables = state.tables();
    let mut expected = BTreeMap::new();
    for endpoint in tables.vpc_endpoints.iter() {
        let vpc = tables.vpcs.get(&endpoint.vpc);
        let vpc = vpc.filter(|vpc| vpc.enable_dns_support && vpc.enable_dns_hostnames);
        let has_way = endpoint.state.is_connected() && !endpoint.interfaces.is_empty();
        if let (Some(vpc), Some(own), true) = (vpc, &endpoint.private_dns, has_way) {
            expected.insert((vpc.vni, own.name.domain()), (own.name.as_str(), endpoint));
        }
    }
    let mut zones = 0;
    for (vni, domain) in plan.names.hidden_zones().iter() {
        zones += 1;
        findings.unless(expected.contains_key(&(vni, domain)), || {
            format!("network {vni} answers for {domain}, which is no endpoint's")
        });
    }
    findings.unless(zones == expected.len(), || {
        "a private name has no zone".to_owned()
    });
    for ((vni, _), (name, endpoint)) in expected {
        let key = NameKey::new(name, Scope::Vpc(vni));
        let found = plan.names.iter().find(|(known, _)| *known == key);
        let own = |given: std::net::Ipv4Addr| {
            let mut interfaces = endpoint.interfaces.values();
            interfaces.any(|interface| interface.address == given)
        };
        let fits = found.is_some_and(|(_, record)| match &record.data {
            Data::Addresses(given) => given.iter().all(|entry| own(entry.address)),
            Data::Pointer(_) => false,
        });
        findings.unless(fits, || format!("{name} in {vni} is not its endpoint's"));
    }
}

fn probes_stay_in_their_network(plan: &HostPlan, tables: &Tables, findings: &mut Findings) {
    for probe in plan.probes.values() {
        for number in [Some(probe.node), probe.target].into_iter().flatten() {
            let entry = tables.interfaces.get(&number);
            findings.unless(entry.is_none_or(|entry| entry.vni == probe.vni), || {
                format!("a probe of {} crosses networks", probe.key.id)
            });
        }
    }
}

/// A target is asked what its own group says, in the name of a node and a listener that lead to the group.
fn probes_ask_what_their_group_says(state: &State, plan: &HostPlan, findings: &mut Findings) {
    for probe in plan.probes.values() {
        let group = state.tables().target_groups.get(&probe.key.group);
        let fits = group.is_some_and(|group| match (&group.health_check.probe, &probe.kind) {
            (Probe::Tcp, ProbeKind::Tcp) => true,
            (Probe::Http(said), ProbeKind::Http(asked)) => {
                let leads_here = state.tables().listeners.iter().any(|listener| {
                    listener.forward.target_group == group.id && listener.port == asked.host.port()
                });
                (&said.path, &said.matcher) == (&asked.path, &asked.matcher)
                    && leads_here
                    && *asked.host.ip() == probe.node_address
            }
            (Probe::Tcp, ProbeKind::Http(_)) | (Probe::Http(_), ProbeKind::Tcp) => false,
        });
        findings.unless(fits, || {
            format!(
                "a probe of {} asks what its group does not say",
                probe.key.id
            )
        });
    }
}
