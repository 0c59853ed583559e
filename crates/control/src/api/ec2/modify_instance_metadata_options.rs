//! `ModifyInstanceMetadataOptions`, and the options as requests and responses have them.

use aws_wire::query::{Bounds, DryRun};
use aws_wire::{ApiError, enumeration, request, response, structure};
use model::{
    Command, Instance, InstanceChange, InstanceId, MetadataOptions, MetadataOptionsChange, command,
};

use super::modify_instance_attribute::network_of;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

enumeration! {
    /// Whether requests to the instance metadata service need the token of a session.
    pub(super) enum HttpTokens {
        /// They need none.
        Optional = "optional",
        /// They need one.
        Required = "required",
    }
}

enumeration! {
    /// Whether something is there.
    pub(super) enum Switch {
        /// It is not.
        Disabled = "disabled",
        /// It is.
        Enabled = "enabled",
    }
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Self::Enabled } else { Self::Disabled }
    }
}

structure! {
    /// How the instance metadata service is wanted. It is shown as it was given, and there is no such service.
    pub(super) struct MetadataOptionsRequest("EC2 API reference, InstanceMetadataOptionsRequest") {
        /// Whether the instance reaches it.
        http_endpoint: Option<Switch> = "HttpEndpoint",
        /// Whether requests need the token of a session.
        http_tokens: Option<HttpTokens> = "HttpTokens",
        /// How many hops answers travel.
        hop_limit: Option<u32> = "HttpPutResponseHopLimit" [Bounds::range(1, 64)],
        /// Whether it tells the instance's tags.
        instance_tags: Option<Switch> = "InstanceMetadataTags",
    }
    refused {
        /// There is no IPv6.
        "HttpProtocolIpv6" except ["disabled"]: Option<String>,
    }
}

impl From<&MetadataOptionsRequest> for MetadataOptionsChange {
    fn from(request: &MetadataOptionsRequest) -> Self {
        let is_on = |switch: Switch| switch == Switch::Enabled;
        Self {
            enabled: request.http_endpoint.map(is_on),
            tokens_required: request.http_tokens.map(|tokens| tokens == HttpTokens::Required),
            hop_limit: request.hop_limit.and_then(|hops| u8::try_from(hops).ok()),
            tags: request.instance_tags.map(is_on),
        }
    }
}

response! {
    /// How the instance metadata service is wanted.
    pub(super) struct MetadataOptionsItem {
        /// Whether changes have been taken over.
        state: &'static str = "state",
        /// Whether requests need the token of a session.
        http_tokens: &'static str = "httpTokens",
        /// How many hops answers travel.
        hop_limit: u8 = "httpPutResponseHopLimit",
        /// Whether the instance reaches it.
        http_endpoint: &'static str = "httpEndpoint",
        /// Whether it is there for IPv6.
        ipv6: &'static str = "httpProtocolIpv6",
        /// Whether it tells the instance's tags.
        instance_tags: &'static str = "instanceMetadataTags",
    }
}

impl From<MetadataOptions> for MetadataOptionsItem {
    fn from(options: MetadataOptions) -> Self {
        let tokens =
            if options.tokens_required { HttpTokens::Required } else { HttpTokens::Optional };
        Self {
            state: "applied",
            http_tokens: tokens.as_str(),
            hop_limit: options.hop_limit,
            http_endpoint: Switch::from(options.enabled).as_str(),
            ipv6: Switch::Disabled.as_str(),
            instance_tags: Switch::from(options.tags).as_str(),
        }
    }
}

request! {
    /// Changes what is wanted of the instance metadata service, of which there is none.
    pub(super) struct ModifyInstanceMetadataOptions(Ec2, "EC2 API reference, ModifyInstanceMetadataOptions") {
        /// Which instance.
        instance_id: InstanceId = "InstanceId",
    }
    groups {
        /// What is to be otherwise.
        options: MetadataOptionsRequest,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

response! {
    /// The options from now on.
    pub(super) struct Response {
        /// Which instance.
        instance_id: InstanceId = "instanceId",
        /// Its options.
        options: Option<MetadataOptionsItem> = "instanceMetadataOptions",
    }
}

impl Permitted for ModifyInstanceMetadataOptions {
    const PERMISSION: Permission = Permission::on(&["InstanceId"]);
}

impl Write for ModifyInstanceMetadataOptions {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        network_of(&call.own::<Instance>(self.instance_id)?)?;
        let change = InstanceChange::MetadataOptions((&self.options).into());
        let instance = self.instance_id;
        Ok(command::ModifyInstanceAttribute { instance, change }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let instance = done.call.present::<Instance>(self.instance_id)?;
        let options = instance.metadata_options.map(Into::into);
        Ok(Response { instance_id: instance.id, options })
    }
}
