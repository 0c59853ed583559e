//! EC2: VPCs, instances and PrivateLink.

mod absent;
mod attribute;
mod authorize;
mod managed_prefix_list;
mod permissions;
mod policy;
mod revoke;
mod route;
mod rule_descriptions;
mod topic;
mod unsuccessful;
mod view;

use crate::api::action::actions;

actions! {
    dry_run: |request| request.dry_run.0;
    // VPCs
    write create_vpc::CreateVpc,
    read describe_vpcs::DescribeVpcs,
    write delete_vpc::DeleteVpc,
    write modify_vpc_attribute::ModifyVpcAttribute,
    read describe_vpc_attribute::DescribeVpcAttribute,
    // Subnets
    write create_subnet::CreateSubnet,
    read describe_subnets::DescribeSubnets,
    write delete_subnet::DeleteSubnet,
    write modify_subnet_attribute::ModifySubnetAttribute,
    // Route tables and network ACLs
    write create_route_table::CreateRouteTable,
    read describe_route_tables::DescribeRouteTables,
    write delete_route_table::DeleteRouteTable,
    write associate_route_table::AssociateRouteTable,
    write disassociate_route_table::DisassociateRouteTable,
    write replace_route_table_association::ReplaceRouteTableAssociation,
    read create_route::CreateRoute,
    read replace_route::ReplaceRoute,
    read delete_route::DeleteRoute,
    read describe_network_acls::DescribeNetworkAcls,
    // Security groups
    write create_security_group::CreateSecurityGroup,
    read describe_security_groups::DescribeSecurityGroups,
    write delete_security_group::DeleteSecurityGroup,
    write authorize_security_group_ingress::AuthorizeSecurityGroupIngress,
    write authorize_security_group_egress::AuthorizeSecurityGroupEgress,
    write revoke_security_group_ingress::RevokeSecurityGroupIngress,
    write revoke_security_group_egress::RevokeSecurityGroupEgress,
    read describe_security_group_rules::DescribeSecurityGroupRules,
    write modify_security_group_rules::ModifySecurityGroupRules,
    write update_security_group_rule_descriptions_ingress::UpdateSecurityGroupRuleDescriptionsIngress,
    write update_security_group_rule_descriptions_egress::UpdateSecurityGroupRuleDescriptionsEgress,
    // Network interfaces
    write create_network_interface::CreateNetworkInterface,
    read describe_network_interfaces::DescribeNetworkInterfaces,
    read describe_network_interface_attribute::DescribeNetworkInterfaceAttribute,
    write delete_network_interface::DeleteNetworkInterface,
    write modify_network_interface_attribute::ModifyNetworkInterfaceAttribute,
    read attach_network_interface::AttachNetworkInterface,
    read detach_network_interface::DetachNetworkInterface,
    // Instances
    write run_instances::RunInstances,
    read describe_instances::DescribeInstances,
    read describe_instance_status::DescribeInstanceStatus,
    write modify_instance_attribute::ModifyInstanceAttribute,
    write modify_instance_metadata_options::ModifyInstanceMetadataOptions,
    read describe_instance_attribute::DescribeInstanceAttribute,
    read describe_instance_types::DescribeInstanceTypes,
    read describe_instance_credit_specifications::DescribeInstanceCreditSpecifications,
    write terminate_instances::TerminateInstances,
    read get_console_output::GetConsoleOutput,
    // Other networks
    read describe_vpc_block_public_access_options::DescribeVpcBlockPublicAccessOptions,
    read search_transit_gateway_routes::SearchTransitGatewayRoutes,
    // The installation and the account
    read describe_availability_zones::DescribeAvailabilityZones,
    read describe_regions::DescribeRegions,
    read describe_account_attributes::DescribeAccountAttributes,
    // Tags
    write create_tags::CreateTags,
    write delete_tags::DeleteTags,
    read describe_tags::DescribeTags,
    // Endpoints
    write create_vpc_endpoint::CreateVpcEndpoint,
    read describe_vpc_endpoints::DescribeVpcEndpoints,
    write modify_vpc_endpoint::ModifyVpcEndpoint,
    write delete_vpc_endpoints::DeleteVpcEndpoints,
    read describe_vpc_endpoint_services::DescribeVpcEndpointServices,
    read describe_vpc_endpoint_associations::DescribeVpcEndpointAssociations,
    read describe_prefix_lists::DescribePrefixLists,
    // Endpoint services
    write create_vpc_endpoint_service_configuration::CreateVpcEndpointServiceConfiguration,
    read describe_vpc_endpoint_service_configurations::DescribeVpcEndpointServiceConfigurations,
    write modify_vpc_endpoint_service_configuration::ModifyVpcEndpointServiceConfiguration,
    write start_vpc_endpoint_service_private_dns_verification::StartVpcEndpointServicePrivateDnsVerification,
    write delete_vpc_endpoint_service_configurations::DeleteVpcEndpointServiceConfigurations,
    write modify_vpc_endpoint_service_permissions::ModifyVpcEndpointServicePermissions,
    read describe_vpc_endpoint_service_permissions::DescribeVpcEndpointServicePermissions,
    read describe_vpc_endpoint_connections::DescribeVpcEndpointConnections,
    write accept_vpc_endpoint_connections::AcceptVpcEndpointConnections,
    write reject_vpc_endpoint_connections::RejectVpcEndpointConnections,
    // Notifications of connections
    write create_vpc_endpoint_connection_notification::CreateVpcEndpointConnectionNotification,
    read describe_vpc_endpoint_connection_notifications::DescribeVpcEndpointConnectionNotifications,
    write modify_vpc_endpoint_connection_notification::ModifyVpcEndpointConnectionNotification,
    write delete_vpc_endpoint_connection_notifications::DeleteVpcEndpointConnectionNotifications,
}

/// Lists of what there is none of.
pub(super) fn absent() -> Vec<crate::api::Action> {
    let parts = managed_prefix_list::actions();
    absent::actions().into_iter().chain(parts).collect()
}
