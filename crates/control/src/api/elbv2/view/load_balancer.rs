//! Load balancers.

use std::net::Ipv4Addr;

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::load_balancer::{LoadBalancerNode, LoadBalancerState};
use model::rejection::NotFound;
use model::{LoadBalancer, LoadBalancerId, SecurityGroupId, SubnetId, Timestamp, VpcId};

use crate::api::hosted_zone;
use crate::api::listing::Described;
use crate::api::view::{View, owned};

owned!(
    LoadBalancer,
    LoadBalancerId,
    load_balancers,
    load_balancers_by_account,
    NotFound::LoadBalancer
);

impl Described for LoadBalancer {}

/// ELBv2 has no filters.
impl Filterable for View<'_, LoadBalancer> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        Vec::new()
    }
}

response! {
    /// A load balancer.
    pub(in crate::api::elbv2) struct LoadBalancerItem {
        /// ARN.
        arn: String = "LoadBalancerArn",
        /// Name in DNS.
        dns_name: String = "DNSName",
        /// Zone of that in Route 53.
        canonical_hosted_zone_id: String = "CanonicalHostedZoneId",
        /// When it was made.
        created_time: Timestamp = "CreatedTime",
        /// Name.
        name: String = "LoadBalancerName",
        /// Scheme.
        scheme: &'static str = "Scheme",
        /// VPC.
        vpc_id: VpcId = "VpcId",
        /// State.
        state: StateItem = "State",
        /// Type.
        kind: &'static str = "Type",
        /// Its nodes.
        availability_zones: Vec<AvailabilityZoneItem> = "AvailabilityZones",
        /// Security groups.
        security_groups: Vec<SecurityGroupId> = "SecurityGroups",
        /// Kinds of addresses.
        ip_address_type: &'static str = "IpAddressType",
        /// Whether rules apply to traffic through endpoints; only with security groups.
        enforce_inbound_rules: Option<&'static str> =
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
    }
}

response! {
    /// The state of a load balancer.
    pub(in crate::api::elbv2) struct StateItem {
        /// AWS's word.
        code: &'static str = "Code",
        /// Why it failed.
        reason: Option<String> = "Reason",
    }
}

response! {
    /// A node of a load balancer.
    pub(in crate::api::elbv2) struct AvailabilityZoneItem {
        /// Zone.
        zone_name: String = "ZoneName",
        /// Subnet.
        subnet_id: SubnetId = "SubnetId",
        /// The address, when the user chose it.
        load_balancer_addresses: Vec<LoadBalancerAddressItem> = "LoadBalancerAddresses",
    }
}

response! {
    /// A static address of a node.
    pub(in crate::api::elbv2) struct LoadBalancerAddressItem {
        /// The address of an internal load balancer, which all are.
        private_ipv4_address: Ipv4Addr = "PrivateIPv4Address",
    }
}

/// The kind of every address.
pub(in crate::api::elbv2) const IPV4: &str = "ipv4";

/// AWS's word for a switch.
pub(in crate::api::elbv2) const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

impl LoadBalancerAddressItem {
    fn of(node: &LoadBalancerNode) -> Vec<Self> {
        let chosen = node.address_chosen.then_some(node.address);
        let item = |private_ipv4_address| Self {
            private_ipv4_address,
        };
        chosen.into_iter().map(item).collect()
    }
}

impl View<'_, LoadBalancer> {
    /// Its nodes.
    pub(in crate::api::elbv2) fn availability_zones(&self) -> Vec<AvailabilityZoneItem> {
        let settings = self.state.settings();
        let nodes = self
            .nodes
            .iter()
            .map(|(subnet, node)| AvailabilityZoneItem {
                zone_name: settings.zone_name(&node.zone).to_owned(),
                subnet_id: *subnet,
                load_balancer_addresses: LoadBalancerAddressItem::of(node),
            });
        nodes.collect()
    }

    /// Whether rules apply to traffic through endpoints, where there are any rules.
    pub(in crate::api::elbv2) fn enforcement(&self) -> Option<&'static str> {
        let enforced = on_off(self.enforce_inbound_rules_on_private_link);
        (!self.security_groups.is_empty()).then_some(enforced)
    }
}

impl From<View<'_, LoadBalancer>> for LoadBalancerItem {
    fn from(balancer: View<'_, LoadBalancer>) -> Self {
        let settings = balancer.state.settings();
        let reason = match &balancer.resource().state {
            LoadBalancerState::Failed { reason } => Some(reason.clone()),
            LoadBalancerState::Active | LoadBalancerState::Provisioning => None,
        };
        Self {
            arn: balancer.arn(settings).to_string(),
            dns_name: balancer.dns_name(settings),
            canonical_hosted_zone_id: hosted_zone::of_load_balancers(&settings.region),
            created_time: balancer.created,
            name: balancer.name.to_string(),
            scheme: balancer.scheme.as_aws_str(),
            vpc_id: balancer.vpc,
            state: StateItem {
                code: balancer.resource().state.as_aws_str(),
                reason,
            },
            kind: "network",
            availability_zones: balancer.availability_zones(),
            security_groups: balancer.security_groups.iter().copied().collect(),
            ip_address_type: IPV4,
            enforce_inbound_rules: balancer.enforcement(),
        }
    }
}

response! {
    /// Load balancers.
    pub(in crate::api::elbv2) struct LoadBalancers {
        /// The load balancers.
        load_balancers: Vec<LoadBalancerItem> = "LoadBalancers",
        /// Where the next page begins.
        next_marker: Option<String> = "NextMarker",
    }
}
