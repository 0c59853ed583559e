//! An answer that says that something is forbidden comes when it is.

use std::time::Duration;

use tokio::sync::watch;

use crate::world::{EC2, Network, Service, World, endpoint_params};

#[tokio::test]
async fn a_reject_is_answered_when_the_data_plane_follows_it() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let answer = client
        .ec2("CreateVpcEndpoint", &endpoint_params(&network, &service))
        .await;
    let endpoint = answer.text("vpcEndpointId");
    let (applied, reader) = watch::channel(0);
    world.control.follow_applied(reader);

    let before = world.control.snapshot().revision;
    let params = [
        ("ServiceId", service.id.as_str()),
        ("VpcEndpointId.1", endpoint.as_str()),
    ];
    let mut rejecting = Box::pin(client.ec2("RejectVpcEndpointConnections", &params));
    let committed = async {
        while world.control.snapshot().revision == before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        _ = &mut rejecting => panic!("answered before it was even stored"),
        () = committed => {}
    }
    // It is stored, and not answered as long as the data plane is behind.
    applied.send_replace(before);
    let soon = tokio::time::timeout(Duration::from_millis(100), &mut rejecting).await;
    assert!(soon.is_err(), "answered before the data plane followed");
    applied.send_replace(world.control.snapshot().revision);
    let answer = tokio::time::timeout(Duration::from_secs(4), rejecting)
        .await
        .expect("in time");
    assert!(answer.texts("code").is_empty());
}

#[tokio::test]
async fn a_data_plane_that_does_not_follow_makes_a_forbidding_answer_an_error() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let answer = client
        .ec2("CreateVpcEndpoint", &endpoint_params(&network, &service))
        .await;
    let endpoint = answer.text("vpcEndpointId");
    let group = client
        .ec2("DescribeSecurityGroups", &[])
        .await
        .text("groupId");
    // Its agent is gone.
    let (_, reader) = watch::channel(0);
    world.control.follow_applied(reader);

    let everything = [
        ("GroupId", group.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    let answer = client
        .ask(EC2, "RevokeSecurityGroupEgress", &everything)
        .await;
    assert_eq!(
        (answer.status, answer.text("Code").as_str()),
        (503, "Unavailable")
    );
    // What is being deleted says so itself.
    client
        .ec2(
            "DeleteVpcEndpoints",
            &[("VpcEndpointId.1", endpoint.as_str())],
        )
        .await;
    let params = [("VpcEndpointId.1", endpoint.as_str())];
    assert_eq!(
        client
            .ec2("DescribeVpcEndpoints", &params)
            .await
            .text("state"),
        "deleting"
    );
    // What only allows waits for nobody.
    client
        .ec2("CreateVpc", &[("CidrBlock", "10.1.0.0/16")])
        .await;
}
