//! Roles.

use aws_wire::response;
use aws_wire::xml::UrlEncoded;
use model::arn::Arn;
use model::iam::{Path, RoleName};
use model::{Role, RoleId, Settings, Timestamp};

use super::tag::TagItem;

response! {
    /// A role.
    pub(in crate::api::iam) struct RoleItem {
        /// Path.
        path: Path = "Path",
        /// Name.
        role_name: RoleName = "RoleName",
        /// Unique id.
        role_id: RoleId = "RoleId",
        /// ARN.
        arn: Arn = "Arn",
        /// When it was made.
        create_date: Timestamp = "CreateDate",
        /// Who may assume it.
        assume_role_policy_document: UrlEncoded = "AssumeRolePolicyDocument",
        /// Description.
        description: Option<String> = "Description",
        /// The longest session, in seconds.
        max_session_duration: u32 = "MaxSessionDuration",
        /// Tags, which lists leave out.
        tags: Option<Vec<TagItem>> = "Tags",
    }
}

impl RoleItem {
    /// A role as lists show it.
    pub(in crate::api::iam) fn listed(settings: &Settings, role: &Role) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id,
            arn: role.arn(settings),
            create_date: role.created,
            assume_role_policy_document: UrlEncoded(role.trust_policy.clone()),
            description: Some(role.description.clone()).filter(|text| !text.is_empty()),
            max_session_duration: role.max_session_secs,
            tags: None,
        }
    }

    /// A role in full.
    pub(in crate::api::iam) fn whole(settings: &Settings, role: &Role) -> Self {
        let tags = Some(TagItem::all(&role.tags)).filter(|tags| !tags.is_empty());
        Self {
            tags,
            ..Self::listed(settings, role)
        }
    }
}

response! {
    /// One role.
    pub(in crate::api::iam) struct OneRole {
        /// It.
        role: RoleItem = "Role",
    }
}
