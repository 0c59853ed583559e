//! Many clients at once.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::world::{Network, Service, World, endpoint_params};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_created_at_once_get_addresses_of_their_own() {
    const CLIENTS: usize = 40;
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let params = endpoint_params(&network, &service);
    let answers = join_all((0..CLIENTS).map(|_| client.ec2("CreateVpcEndpoint", &params))).await;
    let endpoints: BTreeSet<String> = answers
        .iter()
        .map(|answer| answer.text("vpcEndpointId"))
        .collect();
    assert_eq!(endpoints.len(), CLIENTS);

    let listed = client.ec2("DescribeVpcEndpoints", &[]).await;
    assert_eq!(
        listed
            .texts("vpcEndpointId")
            .into_iter()
            .collect::<BTreeSet<_>>(),
        endpoints
    );
    let snapshot = world.control.snapshot();
    let interfaces = &snapshot.state.tables().network_interfaces;
    let addresses: BTreeSet<_> = interfaces
        .iter()
        .map(|interface| interface.address)
        .collect();
    // Each endpoint has one, and so has the load balancer's node.
    assert_eq!(
        (interfaces.len(), addresses.len()),
        (CLIENTS + 1, CLIENTS + 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_wanted_by_many_goes_to_one() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let params = [
        ("VpcId", network.vpc.as_str()),
        ("GroupName", "web"),
        ("GroupDescription", "web"),
    ];
    let asked = (0..20).map(|_| client.ask(crate::world::EC2, "CreateSecurityGroup", &params));
    let statuses: Vec<u16> = join_all(asked)
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 400).count(),
        19,
        "{statuses:?}"
    );
}
