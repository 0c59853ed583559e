//! A private link to do things with, and an agent's word for what becomes of it.

use std::time::Duration;

use model::command::{EndpointApplied, EndpointFailed, EndpointRemoved};
use model::{Command, VpcEndpointId};

use crate::world::{Answer, Client, Network, Service, World, endpoint_params};

/// A provider's service, which a consumer may use, and the consumer's network.
pub(crate) struct Link {
    pub(crate) world: World,
    pub(crate) provider: Client,
    pub(crate) consumer: Client,
    pub(crate) provider_network: Network,
    pub(crate) network: Network,
    pub(crate) service: Service,
}

impl Link {
    pub(crate) async fn new() -> Self {
        let world = World::start().await;
        let provider = world.client();
        let consumer = world.tenant("consumer").await;
        let provider_network = Network::new(&provider).await;
        let service = Service::new(&provider, &provider_network).await;
        let root = format!("arn:aws:iam::{}:root", consumer.credentials.id);
        service.permit(&provider, &root).await;
        let network = Network::new(&consumer).await;
        Self {
            world,
            provider,
            consumer,
            provider_network,
            network,
            service,
        }
    }

    pub(crate) async fn endpoint(&self) -> String {
        let params = endpoint_params(&self.network, &self.service);
        let answer = self.consumer.ec2("CreateVpcEndpoint", &params).await;
        answer.text("vpcEndpointId")
    }

    /// Accepts or rejects; what is left undone.
    pub(crate) async fn decide(&self, action: &str, endpoint: &str) -> Answer {
        let params = [
            ("ServiceId", self.service.id.as_str()),
            ("VpcEndpointId.1", endpoint),
        ];
        self.provider.ec2(action, &params).await
    }

    pub(crate) async fn accept(&self, endpoint: &str) -> Vec<String> {
        let answer = self.decide("AcceptVpcEndpointConnections", endpoint).await;
        answer.texts("code")
    }

    pub(crate) async fn reject(&self, endpoint: &str) -> Vec<String> {
        let answer = self.decide("RejectVpcEndpointConnections", endpoint).await;
        answer.texts("code")
    }

    pub(crate) async fn delete(&self, endpoint: &str) -> Vec<String> {
        let params = [("VpcEndpointId.1", endpoint)];
        let answer = self.consumer.ec2("DeleteVpcEndpoints", &params).await;
        answer.texts("code")
    }

    /// Says what an agent would say of an endpoint's newest generation.
    pub(crate) async fn report(
        &self,
        endpoint: &str,
        command: impl Fn(VpcEndpointId, u64) -> Command,
    ) {
        let id = endpoint.parse().unwrap();
        let snapshot = self.world.control.snapshot();
        let known = snapshot.state.tables().vpc_endpoints.get(&id);
        let generation = known.unwrap().generation;
        self.world.report(command(id, generation)).await;
    }

    pub(crate) async fn applied(&self, endpoint: &str) {
        let applied = |endpoint, generation| {
            EndpointApplied {
                endpoint,
                generation,
            }
            .into()
        };
        self.report(endpoint, applied).await;
    }

    pub(crate) async fn state_of(&self, endpoint: &str) -> String {
        let params = [("VpcEndpointId.1", endpoint)];
        let answer = self.consumer.ec2("DescribeVpcEndpoints", &params).await;
        answer.text("state")
    }

    /// The provider's view: the states of all connections.
    pub(crate) async fn connections(&self) -> Vec<String> {
        let action = "DescribeVpcEndpointConnections";
        let answer = self.provider.ec2(action, &[]).await;
        answer.texts("vpcEndpointState")
    }

    /// An endpoint in a state, and nothing else of its kind.
    pub(crate) async fn endpoint_in(&self, state: &str) -> String {
        let endpoint = self.endpoint().await;
        match state {
            "pendingAcceptance" => {}
            "pending" => drop(self.accept(&endpoint).await),
            "available" => {
                self.accept(&endpoint).await;
                self.applied(&endpoint).await;
            }
            "rejected" => drop(self.reject(&endpoint).await),
            "failed" => {
                self.accept(&endpoint).await;
                let error = "no room".to_owned();
                let failed = |endpoint, generation| {
                    let error = error.clone();
                    EndpointFailed {
                        endpoint,
                        generation,
                        error,
                    }
                    .into()
                };
                self.report(&endpoint, failed).await;
            }
            "expired" => {
                self.world.clock.advance(Duration::from_secs(168 * 3600));
                let expired = async {
                    while self.state_of(&endpoint).await != "expired" {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                };
                let patience = Duration::from_secs(10);
                tokio::time::timeout(patience, expired).await.unwrap();
            }
            "deleting" => drop(self.delete(&endpoint).await),
            "deleted" => {
                self.delete(&endpoint).await;
                let removed = |endpoint, _| EndpointRemoved { endpoint }.into();
                self.report(&endpoint, removed).await;
            }
            other => panic!("{other}"),
        }
        assert_eq!(self.state_of(&endpoint).await, state);
        endpoint
    }
}
