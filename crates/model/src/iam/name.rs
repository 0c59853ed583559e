//! Names, paths and the ARNs of managed policies.
//!
//! Source: IAM user guide, "IAM identifiers" and "IAM and STS quotas" (names: letters, digits and `+=,.@_-`, "not
//! distinguished by case"), 2026.

use std::fmt;
use std::str::FromStr;

use crate::id::AccountId;
use crate::limits::{IAM_PATH_CHARS_MAX, POLICY_NAME_CHARS_MAX, USER_NAME_CHARS_MAX};
use crate::settings::Settings;

/// A text that is not a name, a path or a policy's ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed {what} \"{text}\"")]
pub struct MalformedName {
    /// What was expected.
    pub what: &'static str,
    /// The text as it was given.
    pub text: String,
}

fn malformed(what: &'static str, text: &str) -> MalformedName {
    let text = text.to_owned();
    MalformedName { what, text }
}

/// A name as names are compared: in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoldedName(String);

impl FoldedName {
    /// A text that is compared as names are.
    pub fn new(text: &str) -> Self {
        Self(text.to_ascii_lowercase())
    }

    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident($max:expr, $what:literal);)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name as names are compared.
            pub fn folded(&self) -> FoldedName {
                FoldedName::new(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = MalformedName;

            fn from_str(text: &str) -> Result<Self, MalformedName> {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
                if (1..=$max).contains(&text.len()) && text.bytes().all(plain) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(malformed($what, text))
                }
            }
        }
    )* };
}

names! {
    /// The name of a user.
    UserName(USER_NAME_CHARS_MAX, "user name");
    /// The name of a role.
    RoleName(USER_NAME_CHARS_MAX, "role name");
    /// The name of a policy, managed or inline.
    PolicyName(POLICY_NAME_CHARS_MAX, "policy name");
}

/// Where a user, role or policy stands in an account's own order: `/`, or `/division/team/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(String);

impl Default for Path {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl Path {
    /// The text, which begins and ends with a slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text without its first slash, as it follows the kind in an ARN.
    pub fn relative(&self) -> &str {
        self.0.strip_prefix('/').unwrap_or(&self.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Path {
    type Err = MalformedName;

    fn from_str(text: &str) -> Result<Self, MalformedName> {
        let enclosed = text.starts_with('/') && text.ends_with('/');
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if enclosed && plain && text.len() <= IAM_PATH_CHARS_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(malformed("path", text))
        }
    }
}

/// What the paths of a list begin with: `/`, or `/division/te`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathPrefix(String);

impl Default for PathPrefix {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl PathPrefix {
    /// The text, which begins with a slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path begins so.
    pub fn begins(&self, path: &Path) -> bool {
        path.as_str().starts_with(self.as_str())
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PathPrefix {
    type Err = MalformedName;

    fn from_str(text: &str) -> Result<Self, MalformedName> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.starts_with('/') && plain && text.len() <= IAM_PATH_CHARS_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(malformed("path prefix", text))
        }
    }
}

macro_rules! arns {
    ($($(#[$doc:meta])* $name:ident($kind:literal, $entity:ty, $what:literal);)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// Partition.
            pub partition: String,
            /// Whose it is; none for AWS's own.
            pub account: Option<AccountId>,
            /// Path.
            pub path: Path,
            /// Name.
            pub name: $entity,
        }

        impl $name {
            /// The ARN of what an account, or AWS itself, has under a path and name.
            pub fn new(
                settings: &Settings,
                account: Option<AccountId>,
                path: &Path,
                name: &$entity,
            ) -> Self {
                Self {
                    partition: settings.partition.clone(),
                    account,
                    path: path.clone(),
                    name: name.clone(),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self {
                    partition,
                    account,
                    path,
                    name,
                } = self;
                let owner = account.map_or("aws".to_owned(), |account| account.to_string());
                write!(f, concat!("arn:{}:iam::{}:", $kind, "{}{}"), partition, owner, path, name)
            }
        }

        impl FromStr for $name {
            type Err = MalformedName;

            fn from_str(text: &str) -> Result<Self, MalformedName> {
                let read = || {
                    let (partition, account, path, name) = arn_parts(text, $kind)?;
                    Some(Self {
                        partition,
                        account,
                        path,
                        name: name.parse().ok()?,
                    })
                };
                read().ok_or_else(|| malformed($what, text))
            }
        }
    )* };
}

arns! {
    /// The ARN of a managed policy: `arn:aws:iam::ACCOUNT:policy/PATH/NAME`.
    PolicyArn("policy", PolicyName, "policy ARN");
    /// The ARN of a role: `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
    RoleArn("role", RoleName, "role ARN");
}

/// Partition, account, path and name of an ARN of a kind.
fn arn_parts<'a>(text: &'a str, kind: &str) -> Option<(String, Option<AccountId>, Path, &'a str)> {
    let (partition, rest) = text.strip_prefix("arn:")?.split_once(":iam::")?;
    let (account, entity) = rest.split_once(':')?;
    let entity = entity.strip_prefix(kind)?.strip_prefix('/')?;
    let (path, name) = match entity.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), entity),
    };
    if partition.is_empty() || partition.contains(':') {
        return None;
    }
    let account = match account {
        "aws" => None,
        account => Some(account.parse().ok()?),
    };
    Some((partition.to_owned(), account, path.parse().ok()?, name))
}
