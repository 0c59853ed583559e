//! `DeleteTopic`.

use aws_wire::query::TopicArn;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::{Command, command};

use super::topics;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a topic with its subscriptions and what was not delivered yet.
    pub(super) struct DeleteTopic(Sns, "Amazon SNS API reference, DeleteTopic") {
        /// Which; one that is not there is as good as deleted.
        topic_arn: TopicArn = "TopicArn",
    }
}

impl Permitted for DeleteTopic {
    const PERMISSION: Permission = Permission::on(&["TopicArn"]);
}

impl Write for DeleteTopic {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        topics::check_owner(call, &self.topic_arn)?;
        Ok(command::DeleteTopic { topic: self.topic_arn.topic.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
