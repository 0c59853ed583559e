//! Refusals about topics, subscriptions, messages and notifications of connections.

use crate::id::ConnectionNotificationId;

/// Why a command about messages is refused. The names in parentheses are Amazon SNS's codes, or EC2's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Messaging {
    /// No such topic, or it is another account's. (NotFound; EC2 InvalidParameter)
    #[error("Topic does not exist")]
    NoTopic,
    /// No such subscription, or it is another account's. (NotFound)
    #[error("Subscription does not exist")]
    NoSubscription,
    /// (InvalidConnectionNotification)
    #[error("The connection notification ID '{0}' does not exist")]
    NoConnectionNotification(ConnectionNotificationId),
    /// A token that no subscription of the topic has, or has any more. (InvalidParameter)
    #[error("Invalid parameter: Token")]
    Token,
    /// (InvalidParameter)
    #[error("Invalid parameter: Attributes Reason: Topic already exists with different attributes")]
    TopicAttributesDiffer,
    /// (InvalidParameter)
    #[error("Invalid parameter: Tags Reason: Topic already exists with different tags")]
    TopicTagsDiffer,
    /// (InvalidParameter)
    #[error(
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    )]
    SubscriptionAttributesDiffer,
    /// (InvalidParameter)
    #[error(
        "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation"
    )]
    PendingConfirmation,
    /// A subscription that only its owner can end. (AuthorizationError)
    #[error("User is not authorized to perform: SNS:Unsubscribe without authentication")]
    AuthenticationRequired,
    /// (InvalidParameter)
    #[error("Invalid parameter: DisplayName")]
    DisplayName,
    /// (InvalidParameter)
    #[error(
        "Invalid parameter: Policy Error: the policy is longer than 30720 characters, or empty"
    )]
    PolicyLength,
    /// (InvalidParameter)
    #[error("Invalid parameter: Endpoint Reason: the URL is longer than 2048 characters")]
    EndpointLength,
    /// Subject, text or attributes are too long or empty. (InvalidParameter)
    #[error("{0}")]
    Notification(&'static str),
    /// (MissingParameter)
    #[error("The request must contain the parameter ConnectionEvents")]
    NoConnectionEvents,
    /// (TopicLimitExceeded)
    #[error("The account already owns the maximum allowed number of topics")]
    TopicQuota,
    /// (SubscriptionLimitExceeded)
    #[error("The topic already has the maximum allowed number of subscriptions")]
    SubscriptionQuota,
    /// (LimitExceeded)
    #[error("The maximum number of VPC endpoint connection notifications has been reached.")]
    ConnectionNotificationQuota,
    /// Too many messages of the topic have not arrived yet. (Throttled)
    #[error("Rate exceeded: too many messages of the topic are still being delivered")]
    UndeliveredQuota,
}
