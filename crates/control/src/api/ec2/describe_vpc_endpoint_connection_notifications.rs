//! `DescribeVpcEndpointConnectionNotifications`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::ConnectionNotificationId;

use super::view::connection_notification::{NotificationItem, NotificationView};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::listing::list;

request! {
    /// Lists notifications of connections.
    pub(super) struct DescribeVpcEndpointConnectionNotifications(
        Ec2,
        "EC2 API reference, DescribeVpcEndpointConnectionNotifications"
    ) {
        /// Which; all if none is given.
        id: Option<ConnectionNotificationId> = "ConnectionNotificationId",
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// How many, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

response! {
    /// Notifications.
    pub(super) struct Response {
        /// The notifications.
        notifications: Vec<NotificationItem> = "connectionNotificationSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeVpcEndpointConnectionNotifications {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeVpcEndpointConnectionNotifications {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let (ids, cut) = (self.id.as_slice(), (&self.page).into());
        let (found, next_token) = list::<NotificationView<'_>>(call, ids, &self.filters.0, cut)?;
        Ok(Response { notifications: found.into_iter().map(Into::into).collect(), next_token })
    }
}
