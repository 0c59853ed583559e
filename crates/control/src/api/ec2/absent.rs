//! Lists of what there is none of: gateways, peerings, prefix lists and so on.
//!
//! Clients look for these before they do something else, and take an empty list as that of a fresh account. Asking for
//! one by its id is answered by AWS's code for one that does not exist, in AWS's words where they are known. As all are
//! empty, filters find nothing whatever they say; their names are not checked.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};

use crate::api::Action;
use crate::api::action::{DryRunnable, Read};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

/// The message for an id of what does not exist.
macro_rules! does_not_exist {
    ($id:expr) => {
        does_not_exist!($id, "The ID '{}' does not exist")
    };
    ($id:expr, $words:literal) => {
        format!($words, $id)
    };
}

/// The error for another name of what does not exist: one of its own, or that for ids.
macro_rules! by_name {
    ($name:expr, $by_id:expr) => {
        $by_id($name)
    };
    ($name:expr, $by_id:expr, $code:literal, $words:literal) => {
        ApiError::client($code, format!($words, $name))
    };
}

macro_rules! absent {
    ($($module:ident: $action:ident<$($page:ident)?>(
        $ids:literal $(, $name:ident = $named:literal $(: $named_code:literal in $named_words:literal)?)*
        $(; $choice:literal: $choice_type:ty)*
    ) -> $set:literal, $not_found:literal $(in $words:literal)?, $doc:literal;)*) => {
        $(mod $module {
            use super::*;

            request! {
                #[doc = $doc]
                pub(super) struct $action(Ec2, "EC2 API reference") {
                    /// Which; all if none is given.
                    ids: Vec<String> = $ids,
                    $(
                        /// Which, by another name of theirs.
                        $name: Vec<String> = $named,
                    )*
                }
                groups {
                    /// What they must match.
                    filters: Filters,
                    $(
                        /// How many, and from where on.
                        page: $page,
                    )?
                    /// Whether to stop before the answer.
                    dry_run: DryRun,
                }
                accepted {
                    $(
                        /// There is nothing that it could choose.
                        $choice: $choice_type,
                    )*
                }
            }

            response! {
                /// Nothing.
                pub(super) struct Response {
                    /// Nothing.
                    none: Vec<String> = $set,
                }
            }

            impl DryRunnable for $action {
                fn is_dry_run(&self) -> bool {
                    self.dry_run.0
                }
            }

            impl Permitted for $action {
                const PERMISSION: Permission = Permission::Any;
            }

            impl Read for $action {
                type Response = Response;

                fn answer(&self, _call: &Call<'_>) -> Result<Response, ApiError> {
                    let refused = |id: &String| {
                        ApiError::client($not_found, does_not_exist!(id $(, $words)?))
                    };
                    if let Some(id) = self.ids.first() {
                        return Err(refused(id));
                    }
                    $(if let Some(name) = self.$name.first() {
                        return Err(by_name!(name, refused $(, $named_code, $named_words)?));
                    })*
                    Ok(Response { none: Vec::new() })
                }
            }
        })*

        /// Every one of them.
        pub(super) fn actions() -> Vec<Action> {
            vec![$(Action::read::<$module::$action>()),*]
        }
    };
}

absent! {
    internet_gateways: DescribeInternetGateways<Page>("InternetGatewayId") -> "internetGatewaySet",
        "InvalidInternetGatewayID.NotFound", "Lists internet gateways, of which there are none.";
    egress_only_internet_gateways: DescribeEgressOnlyInternetGateways<Page>("EgressOnlyInternetGatewayId")
        -> "egressOnlyInternetGatewaySet", "InvalidGatewayID.NotFound",
        "Lists egress-only internet gateways, of which there are none.";
    carrier_gateways: DescribeCarrierGateways<Page>("CarrierGatewayId") -> "carrierGatewaySet",
        "InvalidCarrierGatewayID.NotFound", "Lists carrier gateways, of which there are none.";
    nat_gateways: DescribeNatGateways<Page>("NatGatewayId") -> "natGatewaySet", "NatGatewayNotFound",
        "Lists NAT gateways, of which there are none.";
    addresses: DescribeAddresses<>(
        "AllocationId", public_ips = "PublicIp": "InvalidAddress.NotFound" in "Address '{}' not found."
    ) -> "addressesSet", "InvalidAllocationID.NotFound",
        "Lists elastic addresses, of which there are none.";
    vpc_peering_connections: DescribeVpcPeeringConnections<Page>("VpcPeeringConnectionId") -> "vpcPeeringConnectionSet",
        "InvalidVpcPeeringConnectionID.NotFound", "Lists peerings, of which there are none.";
    vpn_gateways: DescribeVpnGateways<>("VpnGatewayId") -> "vpnGatewaySet", "InvalidVpnGatewayID.NotFound",
        "Lists VPN gateways, of which there are none.";
    vpn_connections: DescribeVpnConnections<>("VpnConnectionId") -> "vpnConnectionSet",
        "InvalidVpnConnectionID.NotFound", "Lists VPN connections, of which there are none.";
    customer_gateways: DescribeCustomerGateways<>("CustomerGatewayId") -> "customerGatewaySet",
        "InvalidCustomerGatewayID.NotFound", "Lists customer gateways, of which there are none.";
    transit_gateways: DescribeTransitGateways<Page>("TransitGatewayIds") -> "transitGatewaySet",
        "InvalidTransitGatewayID.NotFound", "Lists transit gateways, of which there are none.";
    transit_gateway_attachments: DescribeTransitGatewayAttachments<Page>("TransitGatewayAttachmentIds")
        -> "transitGatewayAttachments", "InvalidTransitGatewayAttachmentID.NotFound",
        "Lists attachments to transit gateways, of which there are none.";
    transit_gateway_vpc_attachments: DescribeTransitGatewayVpcAttachments<Page>("TransitGatewayAttachmentIds")
        -> "transitGatewayVpcAttachments", "InvalidTransitGatewayAttachmentID.NotFound",
        "Lists attachments of VPCs to transit gateways, of which there are none.";
    transit_gateway_route_tables: DescribeTransitGatewayRouteTables<Page>("TransitGatewayRouteTableIds")
        -> "transitGatewayRouteTables", "InvalidRouteTableID.NotFound"
        in "Transit Gateway Route Table {} was deleted or does not exist.",
        "Lists route tables of transit gateways, of which there are none.";
    managed_prefix_lists: DescribeManagedPrefixLists<Page>("PrefixListId") -> "prefixListSet",
        "InvalidPrefixListID.NotFound", "Lists managed prefix lists, of which there are none.";
    dhcp_options: DescribeDhcpOptions<Page>("DhcpOptionsId") -> "dhcpOptionsSet", "InvalidDhcpOptionID.NotFound",
        "Lists DHCP option sets, of which there are none: instances are told by the host.";
    flow_logs: DescribeFlowLogs<Page>("FlowLogId") -> "flowLogSet", "InvalidFlowLogId.NotFound",
        "Lists flow logs, of which there are none.";
    volumes: DescribeVolumes<Page>("VolumeId"; "IncludeManagedResources": Option<bool>) -> "volumeSet", "InvalidVolume.NotFound",
        "Lists volumes, of which there are none: instances share the host's files.";
    snapshots: DescribeSnapshots<Page>("SnapshotId"; "Owner": Vec<String>; "RestorableBy": Vec<String>)
        -> "snapshotSet", "InvalidSnapshot.NotFound" in "The snapshot '{}' does not exist.",
        "Lists snapshots of volumes, of which there are none.";
    images: DescribeImages<Page>(
        "ImageId"; "ExecutableBy": Vec<String>; "Owner": Vec<String>; "IncludeDeprecated": Option<bool>
        ; "IncludeDisabled": Option<bool>
    ) -> "imagesSet", "InvalidAMIID.NotFound" in "The image id '[{}]' does not exist",
        "Lists images, of which there are none: instances share the host's files.";
    key_pairs: DescribeKeyPairs<>("KeyName", ids_of_pairs = "KeyPairId"; "IncludePublicKey": Option<bool>) -> "keySet", "InvalidKeyPair.NotFound",
        "Lists key pairs, of which there are none.";
    vpc_block_public_access_exclusions: DescribeVpcBlockPublicAccessExclusions<Page>("ExclusionId")
        -> "vpcBlockPublicAccessExclusionSet", "InvalidVpcBlockPublicAccessExclusionId.NotFound",
        "Lists exclusions from blocked public access, of which there are none.";
    launch_templates: DescribeLaunchTemplates<Page>(
        "LaunchTemplateId",
        launch_template_names = "LaunchTemplateName": "InvalidLaunchTemplateName.NotFoundException"
            in "At least one of the launch templates specified in the request does not exist. ({})"
        ; "IncludeManagedResources": Option<bool>
    ) -> "launchTemplates", "InvalidLaunchTemplateId.NotFound" in "The specified launch template, with template ID {}, does not exist.",
        "Lists launch templates, of which there are none.";
    placement_groups: DescribePlacementGroups<>("GroupName", ids_of_groups = "GroupId") -> "placementGroupSet",
        "InvalidPlacementGroup.Unknown" in "The Placement Group '{}' is unknown.",
        "Lists placement groups, of which there are none.";
    hosts: DescribeHosts<Page>("HostId") -> "hostSet", "InvalidHostID.NotFound",
        "Lists dedicated hosts, of which there are none.";
    spot_instance_requests: DescribeSpotInstanceRequests<Page>("SpotInstanceRequestId") -> "spotInstanceRequestSet",
        "InvalidSpotInstanceRequestID.NotFound" in "The spot instance request ID '{}' does not exist",
        "Lists requests for spot instances, of which there are none.";
    iam_instance_profile_associations: DescribeIamInstanceProfileAssociations<Page>("AssociationId")
        -> "iamInstanceProfileAssociationSet", "InvalidAssociationID.NotFound"
        in "The association ID '{}' does not exist", "Lists which instances have roles: none.";
    instance_connect_endpoints: DescribeInstanceConnectEndpoints<Page>("InstanceConnectEndpointId")
        -> "instanceConnectEndpointSet", "InvalidInstanceConnectEndpointId.NotFound",
        "Lists EC2 Instance Connect endpoints, of which there are none.";
}
