//! Users, roles and managed policies.

use model::iam::{AccessKeyStatus, IdentityPolicies, PolicyVersion, UserAccessKey, VersionId};
use model::*;

use super::Source;

impl Source {
    fn path(&mut self) -> iam::Path {
        self.one(&["/", "/team/", "/division/team/"])
            .parse()
            .unwrap()
    }

    fn policies(&mut self) -> IdentityPolicies {
        let name = |from: &mut Self| from.one(&["a", "B+=,.@_-"]).parse().unwrap();
        IdentityPolicies {
            inline: self.many(|from| (name(from), from.text())),
            attached: self.many(|from| PolicyId::from_bits(from.bits())),
        }
    }

    pub(super) fn user(&mut self) -> User {
        let key = |from: &mut Self| UserAccessKey {
            secret: from.text(),
            status: from.one(&[AccessKeyStatus::Active, AccessKeyStatus::Inactive]),
            created: from.time(),
        };
        User {
            id: UserId::from_bits(self.bits()),
            owner: self.account(),
            path: self.path(),
            name: self.one(&["alice", "Bob_2"]).parse().unwrap(),
            access_keys: self.many(|from| (AccessKeyId(from.text()), key(from))),
            policies: self.policies(),
            created: self.time(),
            tags: self.tags(),
        }
    }

    pub(super) fn role(&mut self) -> Role {
        Role {
            id: RoleId::from_bits(self.bits()),
            owner: self.account(),
            path: self.path(),
            name: self.one(&["deploy", "Audit"]).parse().unwrap(),
            description: self.text(),
            trust_policy: self.text(),
            max_session_secs: self.u32(),
            policies: self.policies(),
            created: self.time(),
            tags: self.tags(),
        }
    }

    pub(super) fn managed_policy(&mut self) -> ManagedPolicy {
        let version = |from: &mut Self| VersionId(from.u32().max(1));
        let content = |from: &mut Self| PolicyVersion {
            document: from.text(),
            created: from.time(),
        };
        ManagedPolicy {
            id: PolicyId::from_bits(self.bits()),
            owner: Some(self.account()),
            path: self.path(),
            name: self.one(&["ReadOnly", "x"]).parse().unwrap(),
            description: self.text(),
            versions: self.many(|from| (version(from), content(from))),
            default_version: version(self),
            next_version: version(self),
            created: self.time(),
            updated: self.time(),
            tags: self.tags(),
        }
    }
}
