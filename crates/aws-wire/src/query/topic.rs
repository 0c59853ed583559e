//! What Amazon SNS's parameters name: topics and subscriptions by ARN, and the texts that events are chosen by.
//!
//! Source: Amazon SNS API reference; `Invalid parameter: TopicArn` in public reports, 2026.

use model::SubscriptionId;
use model::connection_notification::ConnectionEventKind;
use model::id::AccountId;
use model::topic::{TopicAddress, TopicName};

use super::constraint::Constraint;
use super::mention::Mention;
use super::path::Path;
use super::reader::Scalar;
use super::spec::{Bounds, Kind};
use crate::error::ApiError;
use crate::service::Dialect;

/// The ARN of a topic: `arn:aws:sns:REGION:ACCOUNT:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicArn {
    /// Partition, to compare.
    pub partition: String,
    /// Region, to compare.
    pub region: String,
    /// Account and name.
    pub topic: TopicAddress,
}

/// The ARN of a subscription: a topic's, and the subscription's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubscriptionArn {
    /// The topic's.
    pub topic: TopicArn,
    /// The subscription.
    pub id: SubscriptionId,
}

/// The ARN and what follows the topic's name.
fn parse(text: &str) -> Option<(TopicArn, Option<&str>)> {
    let mut fields = text.splitn(7, ':');
    let mut next = || fields.next();
    let ("arn", partition, "sns", region) = (next()?, next()?, next()?, next()?) else {
        return None;
    };
    let owner: AccountId = next()?.parse().ok()?;
    let name = next()?.parse().ok()?;
    let arn = TopicArn {
        partition: partition.to_owned(),
        region: region.to_owned(),
        topic: TopicAddress { owner, name },
    };
    Some((arn, next()))
}

/// The error for a text that is no ARN, as each service words it.
fn malformed(what: &'static str, text: &str, path: &Path<'_>) -> ApiError {
    match path.dialect() {
        // CreateVpcEndpointConnectionNotification; EC2's own words for it are not documented.
        Dialect::Ec2 => ApiError::client(
            "InvalidParameter",
            format!("'{}' is not a valid {what} ARN", crate::error::echo(text)),
        ),
        Dialect::Query | Dialect::Sns => ApiError::client(
            "InvalidParameter",
            match text.split(':').count() {
                fields @ ..6 => format!(
                    "Invalid parameter: {path} Reason: An ARN must have at least 6 elements, not {fields}"
                ),
                _ => format!("Invalid parameter: {path} Reason: An ARN of a {what} is expected"),
            },
        ),
    }
}

impl Scalar for TopicArn {
    const KIND: Kind = Kind::Arn("topic");

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        match parse(text) {
            Some((arn, None)) => Ok(arn),
            Some((_, Some(_))) | None => Err(malformed("topic", text, path)),
        }
    }

    fn mentioned(&self) -> Option<Mention> {
        Some(Mention::Topic(self.clone()))
    }
}

impl Scalar for SubscriptionArn {
    const KIND: Kind = Kind::Arn("subscription");

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        let parsed = parse(text).and_then(|(topic, id)| Some((topic, id?.parse().ok()?)));
        match parsed {
            Some((topic, id)) => Ok(Self { topic, id }),
            None => Err(malformed("subscription", text, path)),
        }
    }

    fn mentioned(&self) -> Option<Mention> {
        Some(Mention::Topic(self.topic.clone()))
    }
}

impl Scalar for TopicName {
    const KIND: Kind = Kind::String;

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        if text.ends_with(".fifo") {
            return Err(ApiError::unsupported_value(
                path,
                "There are no FIFO topics.",
            ));
        }
        text.parse().map_err(|_| {
            let message = "Invalid parameter: Topic Name";
            ApiError::client("InvalidParameter", message)
        })
    }
}

impl Scalar for ConnectionEventKind {
    const KIND: Kind = Kind::Enumeration(&["Accept", "Connect", "Delete", "Reject"]);

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        let words = Self::ALL.map(Self::as_aws_str);
        let kind = Self::ALL.into_iter().find(|kind| kind.as_aws_str() == text);
        kind.ok_or_else(|| Constraint::OneOf(&words).broken(path, text))
    }
}
