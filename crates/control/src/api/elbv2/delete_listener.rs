//! `DeleteListener`.

use aws_wire::query::ListenerArn;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::{Command, command};

use crate::api::action::{Answered, Done, Write};
use crate::api::arn::listener;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a listener.
    pub(super) struct DeleteListener(ElasticLoadBalancing, "ELBv2 API reference, DeleteListener") {
        /// Which.
        arn: ListenerArn = "ListenerArn",
    }
}

impl Permitted for DeleteListener {
    const PERMISSION: Permission = Permission::on(&["ListenerArn"]);
}

impl Write for DeleteListener {
    type Response = Empty;

    /// Its port is closed then.
    const ANSWERED: Answered = Answered::Applied;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteListener { listener: listener(call, &self.arn)?.id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
