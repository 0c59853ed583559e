//! Elastic Load Balancing, version 2: network load balancers.

mod attributes;
mod forward;
mod health_check;
mod subnet_mappings;
mod targets;
mod view;

use crate::api::action::actions;

actions! {
    dry_run: |_| false;
    // Load balancers
    write create_load_balancer::CreateLoadBalancer,
    read describe_load_balancers::DescribeLoadBalancers,
    write delete_load_balancer::DeleteLoadBalancer,
    write modify_load_balancer_attributes::ModifyLoadBalancerAttributes,
    read describe_load_balancer_attributes::DescribeLoadBalancerAttributes,
    write set_subnets::SetSubnets,
    write set_security_groups::SetSecurityGroups,
    read set_ip_address_type::SetIpAddressType,
    read describe_capacity_reservation::DescribeCapacityReservation,
    // Target groups
    write create_target_group::CreateTargetGroup,
    read describe_target_groups::DescribeTargetGroups,
    write modify_target_group::ModifyTargetGroup,
    write delete_target_group::DeleteTargetGroup,
    write modify_target_group_attributes::ModifyTargetGroupAttributes,
    read describe_target_group_attributes::DescribeTargetGroupAttributes,
    write register_targets::RegisterTargets,
    write deregister_targets::DeregisterTargets,
    read describe_target_health::DescribeTargetHealth,
    // Listeners
    write create_listener::CreateListener,
    read describe_listeners::DescribeListeners,
    write modify_listener::ModifyListener,
    write delete_listener::DeleteListener,
    write modify_listener_attributes::ModifyListenerAttributes,
    read describe_listener_attributes::DescribeListenerAttributes,
    read describe_rules::DescribeRules,
    // Quotas
    read describe_account_limits::DescribeAccountLimits,
    // Tags
    write add_tags::AddTags,
    write remove_tags::RemoveTags,
    read describe_tags::DescribeTags,
}
