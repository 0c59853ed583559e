//! Notifications of connections.

use aws_wire::ApiError;
use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::connection_notification::NotificationSubject;
use model::rejection::Messaging;
use model::{ConnectionNotification, ConnectionNotificationId, EndpointServiceId, VpcEndpointId};

use crate::api::call::Call;
use crate::api::listing::{Ids, Item, Listed, Wanted};
use crate::api::view::View;
use crate::topic_policy;

/// The one type of notifications.
const TOPIC: &str = "Topic";

/// A notification of the caller.
pub(in crate::api::ec2) struct NotificationView<'s>(
    pub(in crate::api::ec2) View<'s, ConnectionNotification>,
);

impl NotificationView<'_> {
    fn service(&self) -> Option<EndpointServiceId> {
        match self.0.subject {
            NotificationSubject::Service(id) => Some(id),
            NotificationSubject::Endpoint(_) => None,
        }
    }

    fn endpoint(&self) -> Option<VpcEndpointId> {
        match self.0.subject {
            NotificationSubject::Service(_) => None,
            NotificationSubject::Endpoint(id) => Some(id),
        }
    }

    fn topic_arn(&self) -> String {
        self.0.topic.arn(self.0.state.settings()).to_string()
    }

    /// Whether what happens now would be published.
    fn state(&self) -> &'static str {
        let one = self.0.resource();
        match topic_policy::admits_events(self.0.state, &one.topic, one.subject, one.owner) {
            Ok(()) => "Enabled",
            Err(_) => "Disabled",
        }
    }
}

response! {
    /// A notification.
    pub(in crate::api::ec2) struct NotificationItem {
        /// Id.
        id: ConnectionNotificationId = "connectionNotificationId",
        /// The service it is about.
        service_id: Option<EndpointServiceId> = "serviceId",
        /// The endpoint it is about.
        vpc_endpoint_id: Option<VpcEndpointId> = "vpcEndpointId",
        /// Type.
        notification_type: &'static str = "connectionNotificationType",
        /// The topic.
        topic_arn: String = "connectionNotificationArn",
        /// Events that it tells of.
        events: Vec<&'static str> = "connectionEvents",
        /// State.
        state: &'static str = "connectionNotificationState",
    }
}

impl From<NotificationView<'_>> for NotificationItem {
    fn from(view: NotificationView<'_>) -> Self {
        Self {
            id: view.0.id,
            service_id: view.service(),
            vpc_endpoint_id: view.endpoint(),
            notification_type: TOPIC,
            topic_arn: view.topic_arn(),
            events: view.0.events.iter().map(|kind| kind.as_aws_str()).collect(),
            state: view.state(),
        }
    }
}

impl Filterable for NotificationView<'_> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("connection-notification-arn", |it, values| {
                values.text(&it.topic_arn());
            }),
            FilterSpec::exact("connection-notification-id", |it, values| {
                values.display(it.0.id);
            }),
            FilterSpec::any_case("connection-notification-state", |it, values| {
                values.text(it.state());
            }),
            FilterSpec::any_case("connection-notification-type", |_, values| {
                values.text(TOPIC);
            }),
            FilterSpec::exact("service-id", |it, values| {
                it.service().into_iter().for_each(|id| values.display(id));
            }),
            FilterSpec::exact("vpc-endpoint-id", |it, values| {
                it.endpoint().into_iter().for_each(|id| values.display(id));
            }),
        ]
    }
}

impl Item for NotificationView<'_> {
    type Id = ConnectionNotificationId;

    fn id(&self) -> ConnectionNotificationId {
        self.0.id
    }
}

impl<'s> Listed<'s> for NotificationView<'s> {
    fn find(call: &Call<'s>, id: ConnectionNotificationId) -> Result<Self, ApiError> {
        let found = call.state.tables().connection_notifications.get(&id);
        match found {
            Some(own) if own.owner == call.caller => Ok(Self(call.view(own))),
            Some(_) | None => Err(call.not_found(Messaging::NoConnectionNotification(id))),
        }
    }

    fn all(
        call: &Call<'s>,
        after: Option<ConnectionNotificationId>,
    ) -> Box<dyn Iterator<Item = Self> + 's> {
        let call = *call;
        let indexes = call.state.indexes();
        let own = &indexes.connection_notifications_by_account;
        let ids = own.of_after(&call.caller, after.as_ref());
        Box::new(ids.filter_map(move |id| Self::find(&call, *id).ok()))
    }

    fn narrowed(
        _call: &Call<'s>,
        filter: &str,
        wanted: Wanted<'_, ConnectionNotificationId>,
    ) -> Option<Ids<'s, ConnectionNotificationId>> {
        match filter {
            "connection-notification-id" => Some(wanted.itself()),
            _ => None,
        }
    }
}
