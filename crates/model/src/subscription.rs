//! Subscriptions: whom a topic's messages are sent to, by HTTP or HTTPS.
//!
//! Source: Amazon SNS API reference (`Subscribe`, `ConfirmSubscription`, `Unsubscribe`) and developer guide, "HTTP/HTTPS
//! notifications", 2026. Invariants: an account subscribes an endpoint to a topic at most once, and other accounts may do so
//! too; nothing but the message that asks for confirmation is sent to an endpoint that has not confirmed.

use crate::arn::Arn;
use crate::id::{AccountId, TopicId};
use crate::settings::Settings;
use crate::time::Timestamp;
use crate::topic::Topic;
use crate::uuid::SubscriptionId;

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Identifier.
    pub id: SubscriptionId,
    /// The topic.
    pub topic: TopicId,
    /// Account that subscribed.
    pub owner: AccountId,
    /// How messages are sent.
    pub protocol: Protocol,
    /// Where to: a URL of that protocol.
    pub endpoint: String,
    /// Whether messages are sent as they were published, without an envelope.
    pub raw_message_delivery: bool,
    /// State.
    pub state: SubscriptionState,
    /// What the endpoint confirms with.
    pub token: ConfirmationToken,
}

impl Subscription {
    /// Its ARN: the topic's, and its identifier.
    pub fn arn(&self, settings: &Settings, topic: &Topic) -> Arn {
        Arn::sns(
            settings,
            topic.owner,
            format_args!("{}:{}", topic.name, self.id),
        )
    }
}

/// The state of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriptionState {
    /// The endpoint was asked, and has not confirmed.
    Pending {
        /// When it is too late.
        expires: Timestamp,
    },
    /// It gets the topic's messages.
    Confirmed {
        /// Whether the confirmation was signed by an account.
        authenticated: bool,
        /// Whether only its owner can end it, and not everybody who has its link.
        authenticate_on_unsubscribe: bool,
    },
    /// It was ended by its link. Nobody sees it any more, but its endpoint can take that back with the token.
    Cancelled {
        /// When it is too late.
        expires: Timestamp,
    },
}

impl SubscriptionState {
    /// Whether the topic's messages are sent to it.
    pub const fn is_confirmed(self) -> bool {
        matches!(self, Self::Confirmed { .. })
    }

    /// Whether it is gone for everybody but its endpoint.
    pub const fn is_cancelled(self) -> bool {
        matches!(self, Self::Cancelled { .. })
    }
}

/// How messages are sent to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// By HTTP.
    Http,
    /// By HTTPS.
    Https,
}

impl Protocol {
    /// AWS's word, which is also the scheme of the endpoint's URL.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The secret that an endpoint confirms its subscription with: 64 hexadecimal digits, 256 random bits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfirmationToken(String);

impl ConfirmationToken {
    /// The token with this text, when it is one.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    pub(crate) fn from_bits(high: u128, low: u128) -> Self {
        Self(format!("{high:032x}{low:032x}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ConfirmationToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConfirmationToken(..)")
    }
}
