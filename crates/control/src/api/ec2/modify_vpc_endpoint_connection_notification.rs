//! `ModifyVpcEndpointConnectionNotification`.

use aws_wire::query::{Bounds, DryRun, TopicArn};
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::connection_notification::ConnectionEventKind;
use model::{Command, ConnectionNotificationId, command};

use super::topic::{event_set, notifiable};
use super::view::connection_notification::NotificationView;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::listing::Listed;

request! {
    /// Changes the topic or the events of a notification of connections.
    pub(super) struct ModifyVpcEndpointConnectionNotification(
        Ec2,
        "EC2 API reference, ModifyVpcEndpointConnectionNotification"
    ) {
        /// Which.
        id: ConnectionNotificationId = "ConnectionNotificationId",
        /// The topic that is told; as before if not given.
        topic_arn: Option<TopicArn> = "ConnectionNotificationArn",
        /// Of which events; as before if not given.
        events: Vec<ConnectionEventKind> = "ConnectionEvents" [Bounds::items(0, 4)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for ModifyVpcEndpointConnectionNotification {
    const PERMISSION: Permission = Permission::Any;
}

impl Write for ModifyVpcEndpointConnectionNotification {
    type Response = Return;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let known = NotificationView::find(call, self.id)?.0;
        let topic = self.topic_arn.as_ref();
        let topic = topic.map(|arn| notifiable(call, arn, known.subject, known.owner)).transpose()?;
        let (notification, events) = (self.id, event_set(&self.events));
        let command =
            command::ModifyVpcEndpointConnectionNotification { notification, topic, events };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
