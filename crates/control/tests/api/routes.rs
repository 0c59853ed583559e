//! Routes: a table has the local one alone, and whoever wants others hears why there are none.

use crate::world::{Answer, Client, EC2, Network, Service, World, endpoint_params};

const LOCAL: (&str, &str) = ("DestinationCidrBlock", "10.0.0.0/16");
const WORLD: (&str, &str) = ("DestinationCidrBlock", "0.0.0.0/0");
const PART: (&str, &str) = ("DestinationCidrBlock", "10.0.1.0/24");
const GATEWAY: (&str, &str) = ("GatewayId", "igw-0123456789abcdef0");

/// A network with a route table, an interface and an instance.
struct Routed {
    client: Client,
    network: Network,
    table: String,
    interface: String,
    instance: String,
}

impl Routed {
    async fn new(world: &World) -> Self {
        let client = world.client();
        let network = Network::new(&client).await;
        let vpc = [("VpcId", network.vpc.as_str())];
        let table = client
            .ec2("CreateRouteTable", &vpc)
            .await
            .text("routeTableId");
        let subnet = ("SubnetId", network.subnet.as_str());
        let made = client.ec2("CreateNetworkInterface", &[subnet]).await;
        let interface = made.text("networkInterfaceId");
        let run = [
            ("ImageId", "ami-1"),
            ("MinCount", "1"),
            ("MaxCount", "1"),
            subnet,
        ];
        let instance = client.ec2("RunInstances", &run).await.text("instanceId");
        Self {
            client,
            network,
            table,
            interface,
            instance,
        }
    }

    async fn ask(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        let table = [("RouteTableId", self.table.as_str())];
        self.client
            .ask(EC2, action, &[&table, params].concat())
            .await
    }

    async fn refused(&self, action: &str, params: &[(&str, &str)], code: &str) {
        let answer = self.ask(action, params).await;
        assert_eq!(
            answer.text("Code"),
            code,
            "{action} {params:?}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn a_route_through_what_does_not_exist_names_what_is_missing() {
    let world = World::start().await;
    let routed = Routed::new(&world).await;
    let service = Service::new(&routed.client, &routed.network).await;
    let params = endpoint_params(&routed.network, &service);
    let made = routed.client.ec2("CreateVpcEndpoint", &params).await;
    let endpoint = made.text("vpcEndpointId");
    let unknown = "vpce-0123456789abcdef0";
    for (through, code) in [
        (GATEWAY, "InvalidGatewayID.NotFound"),
        (("GatewayId", unknown), "InvalidVpcEndpointId.NotFound"),
        (("GatewayId", &endpoint), "InvalidParameterValue"),
        (("VpcEndpointId", &endpoint), "InvalidParameterValue"),
        (("VpcEndpointId", unknown), "InvalidVpcEndpointId.NotFound"),
        (
            ("NatGatewayId", "nat-0123456789abcdef0"),
            "InvalidNatGatewayID.NotFound",
        ),
        (
            ("VpcPeeringConnectionId", "pcx-0123456789abcdef0"),
            "InvalidVpcPeeringConnectionID.NotFound",
        ),
        (
            ("TransitGatewayId", "tgw-0123456789abcdef0"),
            "InvalidTransitGatewayID.NotFound",
        ),
        (
            ("EgressOnlyInternetGatewayId", "eigw-1"),
            "InvalidGatewayID.NotFound",
        ),
        (
            ("CarrierGatewayId", "cagw-1"),
            "InvalidCarrierGatewayID.NotFound",
        ),
        (
            ("LocalGatewayId", "lgw-1"),
            "InvalidLocalGatewayID.NotFound",
        ),
        (
            ("CoreNetworkArn", "arn:x"),
            "InvalidCoreNetworkArn.NotFound",
        ),
        (("OdbNetworkArn", "arn:x"), "InvalidOdbNetworkArn.NotFound"),
        (
            ("NetworkInterfaceId", "eni-0123456789abcdef0"),
            "InvalidNetworkInterfaceID.NotFound",
        ),
        (
            ("InstanceId", "i-0123456789abcdef0"),
            "InvalidInstanceID.NotFound",
        ),
        (
            ("NetworkInterfaceId", &routed.interface),
            "UnsupportedOperation",
        ),
        (("InstanceId", &routed.instance), "UnsupportedOperation"),
    ] {
        routed.refused("CreateRoute", &[WORLD, through], code).await;
    }
    let answer = routed.ask("CreateRoute", &[WORLD, GATEWAY]).await;
    let message = "The gateway ID 'igw-0123456789abcdef0' does not exist";
    assert_eq!(answer.text("Message"), message);
}

#[tokio::test]
async fn a_new_route_leads_to_one_place_beside_the_local_one() {
    let world = World::start().await;
    let routed = Routed::new(&world).await;
    let interface = ("NetworkInterfaceId", routed.interface.as_str());
    for (params, code) in [
        (&[][..], "MissingParameter"),
        (&[GATEWAY], "MissingParameter"),
        (&[WORLD], "MissingParameter"),
        (
            &[WORLD, ("DestinationIpv6CidrBlock", "::/0"), GATEWAY],
            "InvalidParameterCombination",
        ),
        (&[WORLD, GATEWAY, interface], "InvalidParameterCombination"),
        (
            &[("DestinationCidrBlock", "10.0.0.0"), GATEWAY],
            "InvalidParameterValue",
        ),
        (
            &[("DestinationIpv6CidrBlock", "::/0"), GATEWAY],
            "UnsupportedOperation",
        ),
        (
            &[("DestinationPrefixListId", "pl-1"), GATEWAY],
            "InvalidPrefixListID.NotFound",
        ),
        (&[LOCAL, GATEWAY], "RouteAlreadyExists"),
        // The bits beyond the prefix are no part of it.
        (
            &[("DestinationCidrBlock", "10.0.9.9/16"), GATEWAY],
            "RouteAlreadyExists",
        ),
        (&[PART, GATEWAY], "InvalidParameterValue"),
        (&[PART, interface], "UnsupportedOperation"),
    ] {
        routed.refused("CreateRoute", params, code).await;
    }
    let table = [("RouteTableId", "rtb-0123456789abcdef0"), WORLD, GATEWAY];
    for action in ["CreateRoute", "ReplaceRoute", "DeleteRoute"] {
        let table = if action == "DeleteRoute" {
            &table[..2]
        } else {
            &table
        };
        let code = routed.client.error(EC2, action, table).await;
        assert_eq!(code, "InvalidRouteTableID.NotFound", "{action}");
    }
    let stranger = world.tenant("stranger").await;
    let params = [("RouteTableId", routed.table.as_str()), LOCAL];
    let code = stranger.error(EC2, "DeleteRoute", &params).await;
    assert_eq!(code, "InvalidRouteTableID.NotFound");
}

#[tokio::test]
async fn the_local_route_stays_as_it_is() {
    let world = World::start().await;
    let routed = Routed::new(&world).await;
    let local_target = ("LocalTarget", "true");
    let interface = ("NetworkInterfaceId", routed.interface.as_str());
    for (params, code) in [
        (&[LOCAL][..], "MissingParameter"),
        (
            &[LOCAL, local_target, GATEWAY],
            "InvalidParameterCombination",
        ),
        (&[LOCAL, GATEWAY], "InvalidGatewayID.NotFound"),
        (&[LOCAL, interface], "UnsupportedOperation"),
        (&[WORLD, local_target], "InvalidParameterValue"),
        (&[WORLD, GATEWAY], "InvalidParameterValue"),
    ] {
        routed.refused("ReplaceRoute", params, code).await;
    }
    let reset = routed.ask("ReplaceRoute", &[LOCAL, local_target]).await;
    assert_eq!(reset.text("return"), "true");
    let dry = [LOCAL, local_target, ("DryRun", "true")];
    routed
        .refused("ReplaceRoute", &dry, "DryRunOperation")
        .await;

    for (destination, code) in [
        (LOCAL, "InvalidParameterValue"),
        (WORLD, "InvalidRoute.NotFound"),
        (
            ("DestinationIpv6CidrBlock", "::/0"),
            "InvalidRoute.NotFound",
        ),
        (("DestinationPrefixListId", "pl-1"), "InvalidRoute.NotFound"),
    ] {
        routed.refused("DeleteRoute", &[destination], code).await;
    }
    routed.refused("DeleteRoute", &[], "MissingParameter").await;
    let table = &routed.table;
    let answer = routed.ask("DeleteRoute", &[LOCAL]).await;
    let message = format!("cannot remove local route 10.0.0.0/16 in route table {table}");
    assert_eq!(answer.text("Message"), message);
    let answer = routed.ask("DeleteRoute", &[WORLD]).await;
    let message = format!("no route with destination-cidr-block 0.0.0.0/0 in route table {table}");
    assert_eq!(answer.text("Message"), message);
}
