//! `CreateVpcEndpointConnectionNotification`.

use aws_wire::query::{Bounds, ClientToken, DryRun, TopicArn};
use aws_wire::{ApiError, Dialect, request, response};
use model::connection_notification::{ConnectionEventKind, NotificationSubject};
use model::{Command, EndpointService, EndpointServiceId, Reply, VpcEndpoint, VpcEndpointId, command};

use super::topic::{event_set, notifiable};
use super::view::connection_notification::{NotificationItem, NotificationView};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::listing::Listed;

request! {
    /// Makes a notification of what happens to the connections of an endpoint service, or to one endpoint.
    pub(super) struct CreateVpcEndpointConnectionNotification(
        Ec2,
        "EC2 API reference, CreateVpcEndpointConnectionNotification"
    ) {
        /// The topic that is told.
        topic_arn: TopicArn = "ConnectionNotificationArn",
        /// Of which events.
        events: Vec<ConnectionEventKind> = "ConnectionEvents" [Bounds::items(1, 4)],
        /// About which service.
        service_id: Option<EndpointServiceId> = "ServiceId",
        /// About which endpoint.
        vpc_endpoint_id: Option<VpcEndpointId> = "VpcEndpointId",
    }
    groups {
        /// What makes a repetition return the first result.
        client_token: ClientToken,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

response! {
    /// The notification.
    pub(super) struct Response {
        /// The notification.
        notification: NotificationItem = "connectionNotification",
        /// The token of the request.
        client_token: Option<String> = "clientToken",
    }
}

impl CreateVpcEndpointConnectionNotification {
    /// What it is about, which must be the caller's: so the topic's policy is not asked about others' resources.
    fn subject(&self, call: &Call<'_>) -> Result<NotificationSubject, ApiError> {
        match (self.service_id, self.vpc_endpoint_id) {
            (Some(id), None) => {
                call.own::<EndpointService>(id)?;
                Ok(NotificationSubject::Service(id))
            }
            (None, Some(id)) => {
                call.own::<VpcEndpoint>(id)?;
                Ok(NotificationSubject::Endpoint(id))
            }
            (None, None) | (Some(_), Some(_)) => {
                let message = "Exactly one of ServiceId and VpcEndpointId must be specified";
                Err(ApiError::invalid_combination(Dialect::Ec2, message))
            }
        }
    }
}

impl Permitted for CreateVpcEndpointConnectionNotification {
    const PERMISSION: Permission = Permission::on(&["ServiceId", "VpcEndpointId"]);
}

impl Write for CreateVpcEndpointConnectionNotification {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let subject = self.subject(call)?;
        let command = command::CreateVpcEndpointConnectionNotification {
            subject,
            topic: notifiable(call, &self.topic_arn, subject, call.caller)?,
            events: event_set(&self.events),
            client_token: self.client_token.0.clone(),
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::ConnectionNotification(id) = done.reply else {
            return Err(done.foreign_reply());
        };
        let notification = NotificationView::find(&done.call, *id)?.into();
        Ok(Response { notification, client_token: self.client_token.0.clone() })
    }
}
