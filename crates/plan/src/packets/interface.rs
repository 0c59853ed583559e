//! Network interfaces: what the data plane knows of one, and who owns its address.

use datapath::Tables;
use datapath::abi::{
    Address, AddressKey, AddressKind, INTERFACE_FILTERED, INTERFACE_WORKLOAD, Interface,
    TooManyGroups,
};
use model::State;
use model::network_interface::NetworkInterface;

/// What the data plane knows of an interface; `None` while its surroundings are incomplete.
///
/// # Errors
/// It has more security groups than the tables hold.
pub(crate) fn interface_entry(
    state: &State,
    interface: &NetworkInterface,
    kind: AddressKind,
) -> Result<Option<Interface>, TooManyGroups> {
    let tables = state.tables();
    let vpc = tables.vpcs.get(&interface.vpc);
    let subnet = tables.subnets.get(&interface.subnet);
    let route_table = subnet.and_then(|subnet| state.route_table_of_subnet(subnet));
    let (Some(vpc), Some(route_table)) = (vpc, route_table) else {
        return Ok(None);
    };
    let groups: Vec<u32> = interface
        .groups
        .iter()
        .filter_map(|id| tables.security_groups.get(id))
        .map(|group| group.number)
        .collect();
    let filtered = if interface.groups.is_empty() {
        0
    } else {
        INTERFACE_FILTERED
    };
    let workload = if kind == AddressKind::Workload {
        INTERFACE_WORKLOAD
    } else {
        0
    };
    Interface {
        vni: vpc.vni,
        route_table: route_table.number,
        flags: filtered | workload,
        addr: interface.address.into(),
        ..Interface::default()
    }
    .with_groups(&groups)
    .map(Some)
}

/// Adds an interface and its address.
///
/// # Errors
/// See [`interface_entry`].
pub(crate) fn put_interface(
    state: &State,
    interface: &NetworkInterface,
    kind: AddressKind,
    tables: &mut Tables,
) -> Result<(), TooManyGroups> {
    if let Some(entry) = interface_entry(state, interface, kind)? {
        tables.interfaces.insert(interface.number, entry);
        let key = AddressKey {
            vni: entry.vni,
            addr: entry.addr,
        };
        tables
            .addresses
            .insert(key, Address::new(kind, interface.number));
    }
    Ok(())
}
