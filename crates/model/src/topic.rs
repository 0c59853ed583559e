//! Topics: where messages are published to, and what their subscribers get.
//!
//! Source: Amazon SNS API reference (`CreateTopic`, `SetTopicAttributes`) and developer guide, 2026. Who may publish to a
//! topic is said by its policy, which is text here: what it means is judged by who knows the policy language. Invariant:
//! an account has at most one topic of a name.

use std::fmt;
use std::str::FromStr;

use crate::arn::Arn;
use crate::id::{AccountId, TopicId};
use crate::settings::Settings;
use crate::tag::Tags;
use crate::time::Timestamp;

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Identifier; it stands in no ARN, since a topic is known by its name.
    pub id: TopicId,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its name.
    pub name: TopicName,
    /// What is shown for its name to people; may be empty.
    pub display_name: String,
    /// Policy document, as given; the owner's default one if none was.
    pub policy: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
}

impl Topic {
    /// What others know it by.
    pub fn address(&self) -> TopicAddress {
        TopicAddress {
            owner: self.owner,
            name: self.name.clone(),
        }
    }

    /// Its ARN.
    pub fn arn(&self, settings: &Settings) -> Arn {
        self.address().arn(settings)
    }
}

/// What a topic is known by within a region, whether it exists or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicAddress {
    /// Account that owns it.
    pub owner: AccountId,
    /// Its name.
    pub name: TopicName,
}

impl TopicAddress {
    /// The ARN: `arn:aws:sns:REGION:ACCOUNT:NAME`.
    pub fn arn(&self, settings: &Settings) -> Arn {
        Arn::sns(settings, self.owner, &self.name)
    }
}

/// A topic's name: 1 to 256 letters, digits, hyphens and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(String);

impl TopicName {
    /// Longest name, in characters (Amazon SNS API reference, `CreateTopic`).
    pub const CHARS_MAX: usize = 256;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a [`TopicName`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("'{0}' is no topic name: 1 to 256 letters, digits, hyphens and underscores")]
pub struct MalformedTopicName(pub String);

impl FromStr for TopicName {
    type Err = MalformedTopicName;

    fn from_str(text: &str) -> Result<Self, MalformedTopicName> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedTopicName(text.to_owned()))
        }
    }
}
