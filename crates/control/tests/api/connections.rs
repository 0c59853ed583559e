//! What each state of a connection lets happen, and what it holds.

use crate::link::Link;
use crate::world::{EC2, ELB};

/// In each state: what comes of accepting, of rejecting, and of the consumer's changing and deleting it. `-` is success.
const DECISIONS: &str = "
pendingAcceptance  -                           -                           -                              -
pending            -                           -                           -                              -
available          -                           -                           -                              -
rejected           -                           -                           -                              -
expired            InvalidState                InvalidState                -                              -
failed             InvalidState                InvalidState                -                              -
deleting           InvalidState                InvalidState                InvalidState                   -
deleted            InvalidVpcEndpoint.NotFound InvalidVpcEndpoint.NotFound InvalidVpcEndpointId.NotFound  InvalidVpcEndpoint.NotFound
";

#[tokio::test]
async fn each_state_takes_its_decisions_and_refuses_the_others_item_by_item() {
    let link = Link::new().await;
    let code = |codes: Vec<String>| codes.first().cloned().unwrap_or_else(|| "-".to_owned());
    for row in DECISIONS.lines().filter(|row| !row.is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [state, accept, reject, modify, delete] = words[..] else {
            panic!("{row}")
        };
        let endpoint = link.endpoint_in(state).await;
        assert_eq!(code(link.accept(&endpoint).await), accept, "{state}");
        let endpoint = link.endpoint_in(state).await;
        assert_eq!(code(link.reject(&endpoint).await), reject, "{state}");
        let endpoint = link.endpoint_in(state).await;
        let params = [
            ("VpcEndpointId", endpoint.as_str()),
            ("ResetPolicy", "true"),
        ];
        let answer = link.consumer.ask(EC2, "ModifyVpcEndpoint", &params).await;
        let modified = answer.texts("Code");
        assert_eq!(code(modified), modify, "{state}");
        assert_eq!(code(link.delete(&endpoint).await), delete, "{state}");
    }
}

#[tokio::test]
async fn one_item_that_fails_does_not_keep_others_from_being_done() {
    let link = Link::new().await;
    let (good, unknown) = (link.endpoint().await, "vpce-00000000000000000");
    for (action, expected) in [
        ("AcceptVpcEndpointConnections", "pending"),
        ("RejectVpcEndpointConnections", "rejected"),
    ] {
        let params = [
            ("ServiceId", link.service.id.as_str()),
            ("VpcEndpointId.1", unknown),
            ("VpcEndpointId.2", good.as_str()),
        ];
        let answer = link.provider.ec2(action, &params).await;
        assert_eq!(answer.texts("resourceId"), [unknown]);
        assert_eq!(answer.texts("code"), ["InvalidVpcEndpoint.NotFound"]);
        assert_eq!(link.state_of(&good).await, expected);
    }
}

#[tokio::test]
async fn a_service_is_held_by_connections_that_may_carry_and_by_no_others() {
    let link = Link::new().await;
    let service = [("ServiceId.1", link.service.id.as_str())];
    let delete = "DeleteVpcEndpointServiceConfigurations";
    for state in ["pendingAcceptance", "pending", "available"] {
        let endpoint = link.endpoint_in(state).await;
        let held = link.provider.ec2(delete, &service).await;
        assert_eq!(held.texts("code"), ["ExistingVpcEndpointConnections"]);
        assert_eq!(
            held.texts("message"),
            ["Service has existing active VPC Endpoint connections!"]
        );
        assert!(link.delete(&endpoint).await.is_empty());
    }
    for state in ["rejected", "failed", "expired", "deleting", "deleted"] {
        link.endpoint_in(state).await;
    }
    let balancer = [("LoadBalancerArn", link.service.load_balancer.as_str())];
    let in_use = link
        .provider
        .ask(ELB, "DeleteLoadBalancer", &balancer)
        .await;
    assert_eq!(in_use.text("Code"), "ResourceInUse");
    assert_eq!(
        in_use.text("Message"),
        format!(
            "Load balancer '{}' cannot be deleted because it is currently associated with another service",
            link.service.load_balancer
        )
    );
    let seen = link.connections().await;
    for state in ["rejected", "expired", "deleted"] {
        assert!(seen.contains(&state.to_owned()), "{state} in {seen:?}");
    }
    let gone = link.provider.ec2(delete, &service).await;
    assert!(gone.texts("code").is_empty(), "{}", gone.body);
    link.provider.elb("DeleteLoadBalancer", &balancer).await;
}

#[tokio::test]
async fn what_is_attached_to_an_endpoint_without_connection_can_be_taken_off_even_without_its_service()
 {
    let link = Link::new().await;
    for state in ["rejected", "expired"] {
        let endpoint = link.endpoint_in(state).await;
        let subnet = [
            ("VpcEndpointId", endpoint.as_str()),
            ("RemoveSubnetId.1", &link.network.subnet),
        ];
        link.consumer.ec2("ModifyVpcEndpoint", &subnet).await;
        assert_eq!(link.state_of(&endpoint).await, state);
    }
    let endpoint = link.endpoint_in("rejected").await;
    let service = [("ServiceId.1", link.service.id.as_str())];
    let delete = "DeleteVpcEndpointServiceConfigurations";
    assert_eq!(
        link.provider.ec2(delete, &service).await.texts("code"),
        [""; 0]
    );
    let subnet = [
        ("VpcEndpointId", endpoint.as_str()),
        ("RemoveSubnetId.1", &link.network.subnet),
    ];
    link.consumer.ec2("ModifyVpcEndpoint", &subnet).await;
    assert_eq!(link.state_of(&endpoint).await, "rejected");
}
