//! Refusals about topics, subscriptions, messages and notifications of connections, in Amazon SNS's codes and in EC2's.
//!
//! Source: the `errors` of Amazon SNS's public API model with their statuses; EC2 API reference, "Error codes", 2026.

use http::StatusCode;
use model::rejection::Messaging;

use super::ApiError;
use crate::service::Dialect;

/// Code and status of a refusal.
type Row = (&'static str, StatusCode);

const INVALID: Row = ("InvalidParameter", StatusCode::BAD_REQUEST);

pub(super) fn messaging_error(dialect: Dialect, refusal: &Messaging) -> ApiError {
    let (code, status) = match dialect {
        Dialect::Ec2 => (ec2(refusal), StatusCode::BAD_REQUEST),
        Dialect::Query | Dialect::Sns => sns(refusal),
    };
    ApiError::new(status, code, refusal.to_string())
}

fn sns(refusal: &Messaging) -> Row {
    match refusal {
        Messaging::NoTopic | Messaging::NoSubscription | Messaging::NoConnectionNotification(_) => {
            ("NotFound", StatusCode::NOT_FOUND)
        }
        Messaging::AuthenticationRequired => ("AuthorizationError", StatusCode::FORBIDDEN),
        Messaging::TopicQuota => ("TopicLimitExceeded", StatusCode::FORBIDDEN),
        Messaging::SubscriptionQuota => ("SubscriptionLimitExceeded", StatusCode::FORBIDDEN),
        Messaging::UndeliveredQuota => ("Throttled", StatusCode::TOO_MANY_REQUESTS),
        Messaging::Token
        | Messaging::TopicAttributesDiffer
        | Messaging::TopicTagsDiffer
        | Messaging::SubscriptionAttributesDiffer
        | Messaging::PendingConfirmation
        | Messaging::DisplayName
        | Messaging::PolicyLength
        | Messaging::EndpointLength
        | Messaging::Notification(_)
        | Messaging::NoConnectionEvents
        | Messaging::ConnectionNotificationQuota => INVALID,
    }
}

fn ec2(refusal: &Messaging) -> &'static str {
    match refusal {
        Messaging::NoConnectionNotification(_) => "InvalidConnectionNotification",
        Messaging::NoConnectionEvents => "MissingParameter",
        Messaging::ConnectionNotificationQuota => "LimitExceeded",
        Messaging::NoTopic
        | Messaging::NoSubscription
        | Messaging::AuthenticationRequired
        | Messaging::TopicQuota
        | Messaging::SubscriptionQuota
        | Messaging::UndeliveredQuota
        | Messaging::Token
        | Messaging::TopicAttributesDiffer
        | Messaging::TopicTagsDiffer
        | Messaging::SubscriptionAttributesDiffer
        | Messaging::PendingConfirmation
        | Messaging::DisplayName
        | Messaging::PolicyLength
        | Messaging::EndpointLength
        | Messaging::Notification(_) => "InvalidParameter",
    }
}
