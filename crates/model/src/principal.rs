//! Principals that an endpoint service allows to connect.
//!
//! Source: PrivateLink guide, "Manage permissions", and EC2 API reference, `ModifyVpcEndpointServicePermissions` and
//! `AllowedPrincipal`, 2026. Whom a permission admits is [`crate::State::admits`]'s to say. One for an AWS service admits
//! nobody, since none calls here. There are no organizations, and so no `OrganizationUnit`.

use std::fmt;
use std::str::FromStr;

use crate::id::AccountId;
use crate::settings::Settings;

/// An allowed principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// `*`: everybody.
    All,
    /// `arn:aws:iam::ACCOUNT:root`: a whole account.
    Account {
        /// ARN partition.
        partition: String,
        /// The account.
        account: AccountId,
    },
    /// `arn:aws:iam::ACCOUNT:user/NAME`.
    User {
        /// ARN partition.
        partition: String,
        /// The account.
        account: AccountId,
        /// Path and name of the user.
        name: String,
    },
    /// `arn:aws:iam::ACCOUNT:role/NAME`.
    Role {
        /// ARN partition.
        partition: String,
        /// The account.
        account: AccountId,
        /// Path and name of the role.
        name: String,
    },
    /// `NAME.amazonaws.com`: an AWS service, by its whole name.
    Service(String),
}

impl Principal {
    /// AWS's `principalType`.
    pub const fn principal_type(&self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Account { .. } => "Account",
            Self::User { .. } => "User",
            Self::Role { .. } => "Role",
            Self::Service(_) => "Service",
        }
    }

    /// Whether a permission can be given to it: it is of this partition, and has no path, which AWS does not support.
    pub fn is_grantable(&self, settings: &Settings) -> bool {
        match self {
            Self::All | Self::Service(_) => true,
            Self::Account { partition, .. } => *partition == settings.partition,
            Self::User {
                partition, name, ..
            }
            | Self::Role {
                partition, name, ..
            } => *partition == settings.partition && !name.contains('/'),
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Account { partition, account } => {
                write!(f, "arn:{partition}:iam::{account}:root")
            }
            Self::User {
                partition,
                account,
                name,
            } => write!(f, "arn:{partition}:iam::{account}:user/{name}"),
            Self::Role {
                partition,
                account,
                name,
            } => write!(f, "arn:{partition}:iam::{account}:role/{name}"),
            Self::Service(name) => f.write_str(name),
        }
    }
}

/// A text that is not a [`Principal`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("Invalid principal: '{0}'")]
pub struct MalformedPrincipal(pub String);

impl FromStr for Principal {
    type Err = MalformedPrincipal;

    fn from_str(text: &str) -> Result<Self, MalformedPrincipal> {
        parse(text).ok_or_else(|| MalformedPrincipal(text.to_owned()))
    }
}

/// Whether a text is the name of an AWS service, in any partition.
fn is_service(text: &str) -> bool {
    let suffixes = [".amazonaws.com", ".amazonaws.com.cn"];
    let name = suffixes.iter().find_map(|suffix| text.strip_suffix(suffix));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(plain);
    text.len() <= 253 && name.is_some_and(|name| name.split('.').all(label))
}

fn parse(text: &str) -> Option<Principal> {
    if text == "*" {
        return Some(Principal::All);
    }
    if is_service(text) {
        return Some(Principal::Service(text.to_owned()));
    }
    let (partition, rest) = text.strip_prefix("arn:")?.split_once(":iam::")?;
    let (account, entity) = rest.split_once(':')?;
    let account = account.parse().ok()?;
    if partition.is_empty() || partition.contains(':') {
        return None;
    }
    let partition = partition.to_owned();
    let named = |name: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&b);
        let valid =
            (1..=576).contains(&name.len()) && name.bytes().all(plain) && !name.ends_with('/');
        valid.then(|| name.to_owned())
    };
    if entity == "root" {
        Some(Principal::Account { partition, account })
    } else if let Some(name) = entity.strip_prefix("user/") {
        Some(Principal::User {
            partition,
            account,
            name: named(name)?,
        })
    } else {
        let name = named(entity.strip_prefix("role/")?)?;
        Some(Principal::Role {
            partition,
            account,
            name,
        })
    }
}
