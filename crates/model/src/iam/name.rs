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
    /// Before every name.
    pub const FIRST: Self = Self(String::new());

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
                FoldedName(self.0.to_ascii_lowercase())
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

/// The ARN of a managed policy: `arn:aws:iam::ACCOUNT:policy/PATH/NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyArn {
    /// Partition.
    pub partition: String,
    /// Whose it is; none for policies of AWS's own, of which there are none here.
    pub account: Option<AccountId>,
    /// Path.
    pub path: Path,
    /// Name.
    pub name: PolicyName,
}

impl PolicyArn {
    /// The ARN of a policy of an account.
    pub fn new(settings: &Settings, account: AccountId, path: &Path, name: &PolicyName) -> Self {
        Self {
            partition: settings.partition.clone(),
            account: Some(account),
            path: path.clone(),
            name: name.clone(),
        }
    }
}

impl fmt::Display for PolicyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            account,
            path,
            name,
        } = self;
        let owner = account.map_or("aws".to_owned(), |account| account.to_string());
        write!(f, "arn:{partition}:iam::{owner}:policy{path}{name}")
    }
}

impl FromStr for PolicyArn {
    type Err = MalformedName;

    fn from_str(text: &str) -> Result<Self, MalformedName> {
        let read = || {
            let (partition, rest) = text.strip_prefix("arn:")?.split_once(":iam::")?;
            let (account, policy) = rest.split_once(":policy/")?;
            let (path, name) = match policy.rsplit_once('/') {
                Some((path, name)) => (format!("/{path}/"), name),
                None => ("/".to_owned(), policy),
            };
            if partition.is_empty() || partition.contains(':') {
                return None;
            }
            let account = match account {
                "aws" => None,
                account => Some(account.parse().ok()?),
            };
            Some(Self {
                partition: partition.to_owned(),
                account,
                path: path.parse().ok()?,
                name: name.parse().ok()?,
            })
        };
        read().ok_or_else(|| malformed("policy ARN", text))
    }
}
