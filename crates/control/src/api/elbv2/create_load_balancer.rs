//! `CreateLoadBalancer`.

use aws_wire::query::Tag;
use aws_wire::{ApiError, Dialect, enumeration, request};
use model::load_balancer::{ElbName, Scheme};
use model::{Command, LoadBalancer, Reply, SecurityGroupId, command};

use super::subnet_mappings::SubnetParams;
use super::view::load_balancer::LoadBalancers;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

enumeration! {
    /// A type of load balancer.
    pub(super) enum LoadBalancerType {
        /// For HTTP.
        Application = "application",
        /// For TCP and UDP.
        Network = "network",
        /// For appliances.
        Gateway = "gateway",
    }
}

request! {
    /// Makes a network load balancer; one with the same name and settings is returned as it is.
    pub(super) struct CreateLoadBalancer(ElasticLoadBalancing, "ELBv2 API reference, CreateLoadBalancer") {
        /// Name, unique in the account.
        name: ElbName = "Name",
        /// Type; as in AWS it is `application` unless given, which there is none of.
        kind: Option<LoadBalancerType> = "Type",
        /// Scheme; as in AWS it is `internet-facing` unless given.
        scheme: Option<Scheme> = "Scheme",
        /// Security groups, or none for good.
        security_groups: Vec<SecurityGroupId> = "SecurityGroups",
        /// Tags.
        tags: Vec<Tag> = "Tags",
    }
    groups {
        /// Where it has nodes.
        subnets: SubnetParams,
    }
    refused {
        /// There are no outposts.
        "CustomerOwnedIpv4Pool": Option<String>,
        /// There is no address manager.
        "IpamPools": Option<String>,
    }
}

impl Permitted for CreateLoadBalancer {
    const PERMISSION: Permission = Permission::creating(&["loadbalancer/net"], &[]);

    fn created(&self) -> String {
        format!("{}/*", self.name)
    }
}

impl Write for CreateLoadBalancer {
    type Response = LoadBalancers;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        match self.kind.unwrap_or(LoadBalancerType::Application) {
            LoadBalancerType::Network => {}
            LoadBalancerType::Application | LoadBalancerType::Gateway => {
                return Err(ApiError::unsupported_value("Type", "There are network load balancers alone; their type is network."));
            }
        }
        let command = command::CreateLoadBalancer {
            name: self.name.clone(),
            scheme: self.scheme.unwrap_or(Scheme::InternetFacing),
            subnets: self.subnets.mappings()?,
            security_groups: self.security_groups.clone(),
            tags: Tag::collect(Dialect::Query, &self.tags)?,
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<LoadBalancers, ApiError> {
        let Reply::LoadBalancer(id) = done.reply else { return Err(done.foreign_reply()) };
        let balancer = done.call.present::<LoadBalancer>(*id)?.into();
        Ok(LoadBalancers { load_balancers: vec![balancer], next_marker: None })
    }
}
