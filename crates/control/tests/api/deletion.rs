//! Deleted endpoints can be looked at for a while, and go by themselves.

use std::time::Duration;

use crate::world::{EC2, Network, Service, World, endpoint_params};

/// What the provider sees of an endpoint, whichever state it is in.
const CONNECTIONS: &str = "DescribeVpcEndpointConnections";

#[tokio::test]
async fn a_deleted_endpoint_is_listed_across_a_restart_and_then_goes_by_itself() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let params = endpoint_params(&network, &service);
    let made = client.ec2("CreateVpcEndpoint", &params).await;
    let (id, vpc) = (made.text("vpcEndpointId"), network.vpc.as_str());
    let one = [("VpcEndpointId.1", id.as_str())];
    client.ec2("DeleteVpcEndpoints", &one).await;
    let shown = client.ec2("DescribeVpcEndpoints", &one).await;
    assert_eq!(shown.text("state"), "deleting");
    let endpoint = id.parse().unwrap();
    world
        .report(model::command::EndpointRemoved { endpoint })
        .await;

    let world = world.restart().await;
    let client = world.client();
    let by_vpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc)];
    let by_state = [
        ("Filter.1.Name", "vpc-endpoint-state"),
        ("Filter.1.Value.1", "deleted"),
    ];
    for params in [&one[..], &by_vpc, &by_state] {
        let shown = client.ec2("DescribeVpcEndpoints", params).await;
        assert_eq!(shown.texts("vpcEndpointId"), [id.as_str()], "{params:?}");
        assert_eq!(shown.text("state"), "deleted");
        for nothing in ["subnetIdSet", "networkInterfaceIdSet", "groupSet"] {
            assert!(shown.body.contains(&format!("<{nothing}/>")), "{nothing}");
        }
    }
    let seen = client.ec2(CONNECTIONS, &by_state).await;
    assert_eq!(seen.texts("vpcEndpointState"), ["deleted"]);
    let interfaces = client.ec2("DescribeNetworkInterfaces", &by_vpc).await;
    let kinds = interfaces.texts("interfaceType");
    assert!(!kinds.contains(&"vpc_endpoint".to_owned()), "{kinds:?}");
    let again = client.ec2("DeleteVpcEndpoints", &one).await;
    assert_eq!(again.texts("code"), ["InvalidVpcEndpoint.NotFound"]);

    world.clock.advance(Duration::from_secs(60));
    let gone = async {
        while !world
            .control
            .snapshot()
            .state
            .tables()
            .vpc_endpoints
            .is_empty()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .expect("in time");
    let code = client.error(EC2, "DescribeVpcEndpoints", &one).await;
    assert_eq!(code, "InvalidVpcEndpointId.NotFound");
    let seen = client.ec2(CONNECTIONS, &[]).await;
    assert!(seen.texts("vpcEndpointState").is_empty());
}
