//! Instances: what to run where, and their tables.

use std::net::Ipv4Addr;
use std::sync::Arc;

use datapath::abi::{AddressKind, TooManyGroups};
use model::InstanceId;
use model::State;
use model::instance::{Instance, InstanceState};
use model::settings::Settings;

use crate::fragment::Fragment;
use crate::names;
use crate::packets::{put_interface, resolver_address};

/// What shall become of an instance on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceWish {
    /// It shall run.
    Run(Arc<InstancePlan>),
    /// Nothing shall be left of it; once that is so, the agent tells.
    Gone {
        /// Number of its interface, as long as that is known.
        interface: Option<u32>,
    },
}

/// An instance that shall run on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstancePlan {
    /// The instance.
    pub id: InstanceId,
    /// Number of its interface: also the interface index of its link's host side.
    pub interface: u32,
    /// Its address.
    pub address: Ipv4Addr,
    /// Prefix length of its subnet.
    pub prefix_len: u8,
    /// Its first hop.
    pub router: Ipv4Addr,
    /// The VPC's resolver.
    pub resolver: Ipv4Addr,
    /// Host name, without domain.
    pub hostname: String,
    /// Domain that names without a dot are looked up in.
    pub search_domain: String,
    /// Script to run when it starts.
    pub user_data: Vec<u8>,
}

/// The domain of instances' names.
pub(crate) fn domain(settings: &Settings) -> String {
    match settings.region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    }
}

/// Host name of an instance: `ip-10-0-1-5`.
pub(crate) fn hostname(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("ip-{a}-{b}-{c}-{d}")
}

/// The private name of an address: `ip-10-0-1-5.ec2.internal` in us-east-1, `ip-10-0-1-5.REGION.compute.internal`
/// elsewhere. Its VPC's resolver knows it as long as an instance has the address.
pub fn private_dns_name(settings: &Settings, address: Ipv4Addr) -> String {
    format!("{}.{}", hostname(address), domain(settings))
}

/// An instance: its interface and names as long as it is to run, and what shall become of it.
///
/// # Errors
/// See [`put_interface`].
pub(crate) fn compile(
    state: &State,
    instance: &Instance,
) -> Result<Option<Fragment>, TooManyGroups> {
    match instance.state {
        InstanceState::Pending | InstanceState::Running => {}
        InstanceState::ShuttingDown => {
            let wish = InstanceWish::Gone {
                interface: interface_number(state, instance),
            };
            return Ok(Some(Fragment {
                instance: Some((instance.id, wish)),
                ..Fragment::default()
            }));
        }
        InstanceState::Terminated { .. } => return Ok(None),
    }
    let tables = state.tables();
    let Some(network) = &instance.network else {
        return Ok(None);
    };
    let interface = tables.network_interfaces.get(&network.network_interface);
    let (Some(interface), Some(vpc), Some(subnet)) = (
        interface,
        tables.vpcs.get(&network.vpc),
        tables.subnets.get(&network.subnet),
    ) else {
        return Ok(None);
    };
    let mut fragment = Fragment::default();
    put_interface(
        state,
        interface,
        AddressKind::Workload,
        &mut fragment.tables,
    )?;
    fragment.names = names::of_instance(state.settings(), vpc, interface.address);
    let plan = InstancePlan {
        id: instance.id,
        interface: interface.number,
        address: interface.address,
        prefix_len: subnet.cidr.prefix_len(),
        router: subnet.router(),
        resolver: resolver_address(vpc),
        hostname: hostname(interface.address),
        search_domain: domain(state.settings()),
        user_data: instance.user_data.clone(),
    };
    fragment.instance = Some((instance.id, InstanceWish::Run(Arc::new(plan))));
    Ok(Some(fragment))
}

fn interface_number(state: &State, instance: &Instance) -> Option<u32> {
    let network = instance.network.as_ref()?;
    Some(
        state
            .tables()
            .network_interfaces
            .get(&network.network_interface)?
            .number,
    )
}
