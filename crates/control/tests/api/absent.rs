//! What there is none of: clients that look for it find an empty list.

use crate::world::{EC2, Network, Service, World, endpoint_params};

/// Actions, what they list, a name for one of it, and the error for one that there is not.
const LISTS: [(&str, &str, &str, &str); 9] = [
    (
        "DescribeImages",
        "imagesSet",
        "ImageId.1",
        "InvalidAMIID.NotFound",
    ),
    (
        "DescribeAddresses",
        "addressesSet",
        "PublicIp.1",
        "InvalidAddress.NotFound",
    ),
    (
        "DescribeAddresses",
        "addressesSet",
        "AllocationId.1",
        "InvalidAllocationID.NotFound",
    ),
    (
        "DescribeLaunchTemplates",
        "launchTemplates",
        "LaunchTemplateName.1",
        "InvalidLaunchTemplateName.NotFoundException",
    ),
    (
        "DescribePlacementGroups",
        "placementGroupSet",
        "GroupId.1",
        "InvalidPlacementGroup.Unknown",
    ),
    (
        "DescribeSnapshots",
        "snapshotSet",
        "SnapshotId.1",
        "InvalidSnapshot.NotFound",
    ),
    (
        "DescribeTransitGatewayRouteTables",
        "transitGatewayRouteTables",
        "TransitGatewayRouteTableIds.1",
        "InvalidRouteTableID.NotFound",
    ),
    (
        "DescribeVpcBlockPublicAccessExclusions",
        "vpcBlockPublicAccessExclusionSet",
        "ExclusionId.1",
        "InvalidVpcBlockPublicAccessExclusionId.NotFound",
    ),
    (
        "DescribeVpcEndpointAssociations",
        "vpcEndpointAssociationSet",
        "VpcEndpointId.1",
        "InvalidVpcEndpointId.NotFound",
    ),
];

#[tokio::test]
async fn what_there_is_none_of_is_an_empty_list_and_no_id_names_one() {
    let world = World::start().await;
    let client = world.client();
    for (action, set, parameter, code) in LISTS {
        let answer = client.ec2(action, &[]).await;
        assert!(
            answer.body.contains(&format!("<{set}/>")),
            "{}",
            answer.body
        );
        let id = [(parameter, "vpce-0123456789abcdef0")];
        assert_eq!(client.error(EC2, action, &id).await, code);
    }
    let list = [("PrefixListId", "pl-0123456789abcdef0")];
    for action in [
        "GetManagedPrefixListAssociations",
        "GetManagedPrefixListEntries",
    ] {
        let code = client.error(EC2, action, &list).await;
        assert_eq!(code, "InvalidPrefixListID.NotFound");
        assert_eq!(client.error(EC2, action, &[]).await, "MissingParameter");
    }
    let image = [("ImageId.1", "ami-0123456789abcdef0")];
    let answer = client.ask(EC2, "DescribeImages", &image).await;
    let message = answer.text("Message");
    assert_eq!(
        message,
        "The image id '[ami-0123456789abcdef0]' does not exist"
    );
    let own = [("Owner.1", "self"), ("ExecutableBy.1", "self")];
    client.ec2("DescribeImages", &own).await;
    let search = [
        ("TransitGatewayRouteTableId", "tgw-rtb-0123456789abcdef0"),
        ("Filter.1.Name", "state"),
        ("Filter.1.Value.1", "active"),
    ];
    let code = client
        .error(EC2, "SearchTransitGatewayRoutes", &search)
        .await;
    assert_eq!(code, "InvalidRouteTableID.NotFound");
    let options = client.ec2("DescribeVpcBlockPublicAccessOptions", &[]).await;
    assert_eq!(options.text("internetGatewayBlockMode"), "off");

    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let params = endpoint_params(&network, &service);
    let made = client.ec2("CreateVpcEndpoint", &params).await;
    let endpoint = made.text("vpcEndpointId");
    let of_it = [("VpcEndpointId.1", endpoint.as_str())];
    let answer = client.ec2("DescribeVpcEndpointAssociations", &of_it).await;
    assert!(
        answer.body.contains("<vpcEndpointAssociationSet/>"),
        "{}",
        answer.body
    );
}
