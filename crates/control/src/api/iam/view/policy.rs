//! Managed policies and inline ones.

use std::sync::Arc;

use aws_wire::response;
use aws_wire::xml::UrlEncoded;
use model::iam::{
    IdentityPolicies, Path, PathPrefix, PolicyArn, PolicyName, PolicyVersion, VersionId,
};
use model::{ManagedPolicy, PolicyId, State, Timestamp};

use super::tag::TagItem;
use crate::api::call::Call;

response! {
    /// A managed policy.
    pub(in crate::api::iam) struct PolicyItem {
        /// Name.
        policy_name: PolicyName = "PolicyName",
        /// Unique id.
        policy_id: PolicyId = "PolicyId",
        /// ARN.
        arn: PolicyArn = "Arn",
        /// Path.
        path: Path = "Path",
        /// The version in force.
        default_version_id: VersionId = "DefaultVersionId",
        /// How many of the account's users and roles it is attached to.
        attachment_count: usize = "AttachmentCount",
        /// How many have it as boundary, which nobody has here.
        permissions_boundary_usage_count: usize = "PermissionsBoundaryUsageCount",
        /// Whether it can be attached.
        is_attachable: bool = "IsAttachable",
        /// Description, which lists leave out.
        description: Option<String> = "Description",
        /// When it was made.
        create_date: Timestamp = "CreateDate",
        /// When its versions last changed.
        update_date: Timestamp = "UpdateDate",
        /// Tags, which lists leave out.
        tags: Option<Vec<TagItem>> = "Tags",
    }
}

impl PolicyItem {
    /// A policy as lists show it to an account.
    pub(in crate::api::iam) fn listed(call: &Call<'_>, policy: &ManagedPolicy) -> Self {
        let (state, account) = (call.state, call.caller);
        Self {
            policy_name: policy.name.clone(),
            policy_id: policy.id,
            arn: policy.arn(state.settings()),
            path: policy.path.clone(),
            default_version_id: policy.default_version,
            attachment_count: state.attachments(account, policy.id),
            permissions_boundary_usage_count: 0,
            is_attachable: true,
            description: None,
            create_date: policy.created,
            update_date: policy.updated,
            tags: None,
        }
    }

    /// A policy in full.
    pub(in crate::api::iam) fn whole(call: &Call<'_>, policy: &ManagedPolicy) -> Self {
        Self {
            description: Some(policy.description.clone()).filter(|text| !text.is_empty()),
            tags: Some(TagItem::all(&policy.tags)),
            ..Self::listed(call, policy)
        }
    }
}

response! {
    /// One managed policy.
    pub(in crate::api::iam) struct OnePolicy {
        /// It.
        policy: PolicyItem = "Policy",
    }
}

response! {
    /// A version of a managed policy.
    pub(in crate::api::iam) struct PolicyVersionItem {
        /// The document, which lists leave out.
        document: Option<UrlEncoded> = "Document",
        /// Which.
        version_id: VersionId = "VersionId",
        /// Whether it is in force.
        is_default_version: bool = "IsDefaultVersion",
        /// When it was made.
        create_date: Timestamp = "CreateDate",
    }
}

impl PolicyVersionItem {
    /// A version without its document.
    pub(in crate::api::iam) fn listed(
        policy: &ManagedPolicy,
        id: VersionId,
        version: &PolicyVersion,
    ) -> Self {
        Self {
            document: None,
            version_id: id,
            is_default_version: policy.default_version == id,
            create_date: version.created,
        }
    }
}

response! {
    /// One version.
    pub(in crate::api::iam) struct OnePolicyVersion {
        /// It.
        policy_version: PolicyVersionItem = "PolicyVersion",
    }
}

/// The attached policies of a user or role, by name, whose paths begin so.
pub(in crate::api::iam) fn attached(
    state: &State,
    policies: &IdentityPolicies,
    prefix: &PathPrefix,
) -> Vec<(String, AttachedPolicyItem)> {
    let attached = policies.attached.iter();
    let attached = attached.filter_map(|id| state.managed_policy(*id));
    let wanted = attached.filter(|policy| prefix.begins(&policy.path));
    let item = |policy: &Arc<ManagedPolicy>| AttachedPolicyItem {
        policy_name: policy.name.clone(),
        policy_arn: policy.arn(state.settings()),
    };
    let mut all: Vec<_> = wanted
        .map(|policy| (policy.name.folded().as_str().to_owned(), item(policy)))
        .collect();
    all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    all
}

response! {
    /// A managed policy that is attached.
    pub(in crate::api::iam) struct AttachedPolicyItem {
        /// Name.
        policy_name: PolicyName = "PolicyName",
        /// ARN.
        policy_arn: PolicyArn = "PolicyArn",
    }
}
