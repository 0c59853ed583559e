//! Users, roles and managed policies.

use std::collections::BTreeMap;

use model::iam::{
    AccessKeyStatus as ModelStatus, IdentityPolicies as ModelPolicies,
    PolicyVersion as ModelVersion, UserAccessKey as ModelKey,
};
use model::{AccessKeyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{TagMap, read_tags, tag_map};
use crate::error::{FieldError, parse, parse_all, texts};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    id: String,
    owner: String,
    path: String,
    name: String,
    access_keys: BTreeMap<String, UserAccessKey>,
    policies: IdentityPolicies,
    created: u64,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserAccessKey {
    secret: String,
    #[serde(with = "AccessKeyStatus")]
    status: ModelStatus,
    created: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelStatus", rename_all = "kebab-case")]
enum AccessKeyStatus {
    Active,
    Inactive,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityPolicies {
    inline: BTreeMap<String, String>,
    attached: Vec<String>,
}

impl From<&ModelPolicies> for IdentityPolicies {
    fn from(policies: &ModelPolicies) -> Self {
        let inline = policies.inline.iter();
        Self {
            inline: inline
                .map(|(name, document)| (name.to_string(), document.clone()))
                .collect(),
            attached: texts(&policies.attached),
        }
    }
}

impl TryFrom<IdentityPolicies> for ModelPolicies {
    type Error = FieldError;

    fn try_from(record: IdentityPolicies) -> Result<Self, FieldError> {
        let named =
            |(name, document): (String, String)| Ok((parse("policies.inline", &name)?, document));
        let inline = record.inline.into_iter().map(named);
        Ok(Self {
            inline: inline.collect::<Result<_, _>>()?,
            attached: parse_all("policies.attached", &record.attached)?,
        })
    }
}

impl From<&model::User> for User {
    fn from(user: &model::User) -> Self {
        let key = |key: &ModelKey| UserAccessKey {
            secret: key.secret.clone(),
            status: key.status,
            created: key.created.as_millis(),
        };
        let keys = user.access_keys.iter();
        Self {
            id: user.id.to_string(),
            owner: user.owner.to_string(),
            path: user.path.to_string(),
            name: user.name.to_string(),
            access_keys: keys.map(|(id, own)| (id.to_string(), key(own))).collect(),
            policies: (&user.policies).into(),
            created: user.created.as_millis(),
            tags: tag_map(&user.tags),
        }
    }
}

impl TryFrom<User> for model::User {
    type Error = FieldError;

    fn try_from(record: User) -> Result<Self, FieldError> {
        let key = |(id, key): (String, UserAccessKey)| {
            let own = ModelKey {
                secret: key.secret,
                status: key.status,
                created: Timestamp::from_millis(key.created),
            };
            (AccessKeyId(id), own)
        };
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            path: parse("path", &record.path)?,
            name: parse("name", &record.name)?,
            access_keys: record.access_keys.into_iter().map(key).collect(),
            policies: record.policies.try_into()?,
            created: Timestamp::from_millis(record.created),
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    id: String,
    owner: String,
    path: String,
    name: String,
    description: String,
    trust_policy: String,
    max_session_secs: u32,
    policies: IdentityPolicies,
    created: u64,
    tags: TagMap,
}

impl From<&model::Role> for Role {
    fn from(role: &model::Role) -> Self {
        Self {
            id: role.id.to_string(),
            owner: role.owner.to_string(),
            path: role.path.to_string(),
            name: role.name.to_string(),
            description: role.description.clone(),
            trust_policy: role.trust_policy.clone(),
            max_session_secs: role.max_session_secs,
            policies: (&role.policies).into(),
            created: role.created.as_millis(),
            tags: tag_map(&role.tags),
        }
    }
}

impl TryFrom<Role> for model::Role {
    type Error = FieldError;

    fn try_from(record: Role) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            path: parse("path", &record.path)?,
            name: parse("name", &record.name)?,
            description: record.description,
            trust_policy: record.trust_policy,
            max_session_secs: record.max_session_secs,
            policies: record.policies.try_into()?,
            created: Timestamp::from_millis(record.created),
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManagedPolicy {
    id: String,
    owner: String,
    path: String,
    name: String,
    description: String,
    versions: BTreeMap<String, PolicyVersion>,
    default_version: String,
    next_version: String,
    created: u64,
    updated: u64,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyVersion {
    document: String,
    created: u64,
}

impl From<&model::ManagedPolicy> for ManagedPolicy {
    fn from(policy: &model::ManagedPolicy) -> Self {
        let version = |version: &ModelVersion| PolicyVersion {
            document: version.document.clone(),
            created: version.created.as_millis(),
        };
        let versions = policy.versions.iter();
        Self {
            id: policy.id.to_string(),
            // AWS's own have none, and lie in no table.
            owner: policy
                .owner
                .map_or_else(String::new, |owner| owner.to_string()),
            path: policy.path.to_string(),
            name: policy.name.to_string(),
            description: policy.description.clone(),
            versions: versions
                .map(|(id, own)| (id.to_string(), version(own)))
                .collect(),
            default_version: policy.default_version.to_string(),
            next_version: policy.next_version.to_string(),
            created: policy.created.as_millis(),
            updated: policy.updated.as_millis(),
            tags: tag_map(&policy.tags),
        }
    }
}

impl TryFrom<ManagedPolicy> for model::ManagedPolicy {
    type Error = FieldError;

    fn try_from(record: ManagedPolicy) -> Result<Self, FieldError> {
        let version = |(id, version): (String, PolicyVersion)| {
            let own = ModelVersion {
                document: version.document,
                created: Timestamp::from_millis(version.created),
            };
            Ok((parse("versions", &id)?, own))
        };
        let versions = record.versions.into_iter().map(version);
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: Some(parse("owner", &record.owner)?),
            path: parse("path", &record.path)?,
            name: parse("name", &record.name)?,
            description: record.description,
            versions: versions.collect::<Result<_, _>>()?,
            default_version: parse("default_version", &record.default_version)?,
            next_version: parse("next_version", &record.next_version)?,
            created: Timestamp::from_millis(record.created),
            updated: Timestamp::from_millis(record.updated),
            tags: read_tags("tags", record.tags)?,
        })
    }
}
