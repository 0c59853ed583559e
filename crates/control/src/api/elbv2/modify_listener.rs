//! `ModifyListener`.

use aws_wire::query::{Bounds, ListenerArn};
use aws_wire::{ApiError, request};
use model::listener::Protocol;
use model::{Command, Listener, command};

use super::forward::{ActionParam, forward_to};
use super::view::listener::Listeners;
use crate::api::action::{Done, Write};
use crate::api::arn::listener;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes a listener; what is not given stays.
    pub(super) struct ModifyListener(ElasticLoadBalancing, "ELBv2 API reference, ModifyListener") {
        /// Which.
        arn: ListenerArn = "ListenerArn",
        /// Which packets it takes.
        protocol: Option<Protocol> = "Protocol",
        /// On which port.
        port: Option<u16> = "Port" [Bounds::range(1, 65_535)],
        /// Where it forwards.
        default_actions: Vec<ActionParam> = "DefaultActions" [Bounds::items(0, 10)],
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

impl Permitted for ModifyListener {
    const PERMISSION: Permission = Permission::on(&["ListenerArn"]);
}

impl Write for ModifyListener {
    type Response = Listeners;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::ModifyListener {
            listener: listener(call, &self.arn)?.id,
            protocol: self.protocol,
            port: self.port,
            forward: forward_to(call, &self.default_actions)?,
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Listeners, ApiError> {
        let listener = done.call.present::<Listener>(self.arn.id)?.into();
        Ok(Listeners { listeners: vec![listener], next_marker: None })
    }
}
