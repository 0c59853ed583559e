//! IAM's names, paths and ARNs as parameters, and its paging.
//!
//! Source: IAM API reference, "Common parameters" of each action, and its patterns, 2026.

use model::iam::{
    AccessKeyStatus, Path as IamPath, PathPrefix, PolicyArn, PolicyName, RoleArn, RoleName,
    UserName, VersionId,
};
use model::limits::{POLICY_NAME_CHARS_MAX, USER_NAME_CHARS_MAX};

use super::common::optional;
use super::constraint::Constraint;
use super::mention::Mention;
use super::path::Path;
use super::reader::{Members, Reader, Scalar};
use super::spec::{Bounds, Kind, MembersSpec};
use crate::error::{ApiError, echo};

macro_rules! names {
    ($($type:ty: $kind:expr, $error:expr $(, $mention:expr)?;)*) => { $(
        impl Scalar for $type {
            const KIND: Kind = $kind;

            fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
                text.parse().map_err(|_| $error(text, path))
            }

            $(
                fn mentioned(&self) -> Option<Mention> {
                    Some($mention(self.clone()))
                }
            )?
        }
    )* };
}

/// The error for a text of another form, as the services check it by themselves.
fn form(sentence: &'static str) -> impl Fn(&str, &Path<'_>) -> ApiError {
    move |text, path| Constraint::Form(sentence).broken(path, text)
}

/// The error for a name of other characters than names have, in IAM's words.
fn characters(what: &'static str, max: usize) -> impl Fn(&str, &Path<'_>) -> ApiError {
    move |text, path| {
        if text.chars().count() > max {
            return Constraint::ShorterThan(max).broken(path, text);
        }
        let message = format!(
            "The specified value for {what} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        );
        ApiError::client("ValidationError", message)
    }
}

/// The error for a text that is no ARN of a policy, in IAM's words.
fn policy_arn(text: &str, _path: &Path<'_>) -> ApiError {
    ApiError::client(
        "ValidationError",
        format!("ARN {} is not valid.", echo(text)),
    )
}

names! {
    UserName: Kind::String, characters("userName", USER_NAME_CHARS_MAX), Mention::User;
    RoleName: Kind::String, characters("roleName", USER_NAME_CHARS_MAX), Mention::Role;
    PolicyName: Kind::String, characters("policyName", POLICY_NAME_CHARS_MAX);
    IamPath: Kind::String,
        form("Member must have 1 to 512 characters and satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)");
    PathPrefix: Kind::String,
        form("Member must have 1 to 512 characters and satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*");
    PolicyArn: Kind::Arn("managed policy"), policy_arn, Mention::Policy;
    RoleArn: Kind::Arn("role"), form("Member must be the ARN of a role");
    VersionId: Kind::String, form("Member must satisfy regular expression pattern: v[1-9][0-9]*");
}

impl Scalar for AccessKeyStatus {
    const KIND: Kind = Kind::Enumeration(&["Active", "Inactive"]);

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        let known = [Self::Active, Self::Inactive];
        let found = known.into_iter().find(|status| status.as_aws_str() == text);
        found.ok_or_else(|| Constraint::OneOf(&["Active", "Inactive"]).broken(path, text))
    }
}

/// IAM's paging: `MaxItems` from 1 to 1000, 100 unless given, and the marker of the next page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemsPage {
    max_items: Option<u16>,
    marker: Option<String>,
}

impl ItemsPage {
    const DEFAULT: u16 = 100;
    const BOUNDS: Bounds = Bounds::range(1, 1000);

    /// How many results to return at most.
    pub fn limit(&self) -> usize {
        usize::from(self.max_items.unwrap_or(Self::DEFAULT))
    }

    /// The marker of the page that is wanted; see [`crate::paging`].
    pub fn token(&self) -> Option<&str> {
        self.marker.as_deref()
    }
}

impl Members for ItemsPage {
    const SPEC: MembersSpec = MembersSpec {
        members: &[
            optional(
                "Marker",
                Kind::String,
                Bounds::NONE,
                "From the response before.",
            ),
            optional(
                "MaxItems",
                Kind::Integer,
                Self::BOUNDS,
                "Most results of one response.",
            ),
        ],
        groups: &[],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            marker: reader.field("Marker", &Bounds::NONE)?,
            max_items: reader.field("MaxItems", &Self::BOUNDS)?,
        })
    }
}
