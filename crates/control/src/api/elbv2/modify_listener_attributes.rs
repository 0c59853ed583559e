//! `ModifyListenerAttributes`.

use aws_wire::query::{Bounds, ListenerArn};
use aws_wire::{ApiError, request};
use model::{Command, Listener, command};

use super::attributes::{AttributeParam, Response, pairs};
use crate::api::action::{Done, Write};
use crate::api::arn::listener;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes attributes of a listener.
    pub(super) struct ModifyListenerAttributes(ElasticLoadBalancing, "ELBv2 API reference, ModifyListenerAttributes") {
        /// Which.
        arn: ListenerArn = "ListenerArn",
        /// The attributes to set.
        attributes: Vec<AttributeParam> = "Attributes" [Bounds::items(1, 50)],
    }
}

impl Permitted for ModifyListenerAttributes {
    const PERMISSION: Permission = Permission::on(&["ListenerArn"]);
}

impl Write for ModifyListenerAttributes {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let listener = listener(call, &self.arn)?.id;
        let attributes = pairs(&self.attributes);
        Ok(command::ModifyListenerAttributes { listener, attributes }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        Ok((&done.call.present::<Listener>(self.arn.id)?.attributes).into())
    }
}
