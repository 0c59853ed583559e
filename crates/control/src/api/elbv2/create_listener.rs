//! `CreateListener`.

use aws_wire::query::{Bounds, LoadBalancerArn, Tag};
use aws_wire::{ApiError, Dialect, request};
use model::listener::Protocol;
use model::{Command, Listener, Reply, command};

use super::forward::{ActionParam, forward_to};
use super::view::listener::Listeners;
use crate::api::action::{Done, Write};
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Makes a listener.
    pub(super) struct CreateListener(ElasticLoadBalancing, "ELBv2 API reference, CreateListener") {
        /// Of which load balancer.
        load_balancer_arn: LoadBalancerArn = "LoadBalancerArn",
        /// Which packets it takes.
        protocol: Protocol = "Protocol",
        /// On which port.
        port: u16 = "Port" [Bounds::range(1, 65_535)],
        /// Where it forwards.
        default_actions: Vec<ActionParam> = "DefaultActions" [Bounds::items(1, 10)],
        /// Tags.
        tags: Vec<Tag> = "Tags",
    }
    refused {
        /// There is no TLS.
        "AlpnPolicy": Vec<String>,
        /// There is no TLS.
        "Certificates": Option<String>,
        /// There is no TLS.
        "MutualAuthentication": Option<String>,
        /// There is no TLS.
        "SslPolicy": Option<String>,
    }
}

impl Permitted for CreateListener {
    const PERMISSION: Permission = Permission::on(&["LoadBalancerArn"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        if self.tags.is_empty() {
            return;
        }
        let tagged = demand.targets.first().cloned();
        demand.also.extend(tagged.map(|mut target| {
            target.arn = format!("{}/*", target.arn.replace(":loadbalancer/", ":listener/"));
            target.context.insert("elasticloadbalancing:CreateAction", "CreateListener");
            ("elasticloadbalancing:AddTags".to_owned(), target)
        }));
    }
}

impl Write for CreateListener {
    type Response = Listeners;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let tags = Tag::collect(Dialect::Query, &self.tags)?;
        let load_balancer = load_balancer(call, &self.load_balancer_arn)?.id;
        let forward = forward_to(call, &self.default_actions)?.ok_or_else(|| {
            ApiError::client("ValidationError", "A default action must be specified")
        })?;
        let (protocol, port) = (self.protocol, self.port);
        Ok(command::CreateListener { load_balancer, protocol, port, forward, tags }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Listeners, ApiError> {
        let Reply::Listener(id) = done.reply else { return Err(done.foreign_reply()) };
        let listener = done.call.present::<Listener>(*id)?.into();
        Ok(Listeners { listeners: vec![listener], next_marker: None })
    }
}
