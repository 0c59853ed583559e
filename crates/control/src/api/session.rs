//! Temporary credentials: what their token says, and how it is made and read.
//!
//! The token is all there is of a session. Invariant: a session ends at its time, and before that when whom it is of
//! goes: a user or role is known by its unique id, which nobody gets again.
//! Source: STS API reference, `AssumeRole`, `GetSessionToken`; IAM user guide, "Temporary security credentials", 2026.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_wire::session::{SEAL_NONCE_BYTES, SessionCredentials, SessionKey, SessionTooLarge};
use model::{AccountId, PolicyId, RoleId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SessionOf {
    /// The root user of an account.
    Root(AccountId),
    /// A user.
    User(UserId),
    /// A role.
    Role {
        /// Which.
        id: RoleId,
        /// The session's name.
        name: String,
    },
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TemporarySession {
    /// Whose it is.
    pub(super) of: SessionOf,
    /// When it began.
    pub(super) issued: Timestamp,
    /// When it ends.
    pub(super) expires: Timestamp,
    /// What it may do at most, if that is less than whom it is of.
    pub(super) limits: Option<SessionPolicies>,
    /// Session tags.
    pub(super) tags: BTreeMap<String, String>,
}

/// The session policies that were passed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionPolicies {
    /// A document.
    pub(super) document: Option<String>,
    /// Managed policies, by id.
    #[serde(with = "policy_ids")]
    pub(super) managed: Vec<PolicyId>,
}

mod policy_ids {
    use model::PolicyId;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(ids: &[PolicyId], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ids.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<PolicyId>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let ids = texts
            .iter()
            .map(|text| text.parse().map_err(D::Error::custom));
        ids.collect()
    }
}

/// A session as it is sealed. Times are milliseconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    of: SealedOf,
    issued: u64,
    expires: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limits: Option<SessionPolicies>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SealedOf {
    Root(String),
    User(String),
    Role { id: String, name: String },
}

/// A token with what goes with it.
pub(super) struct IssuedCredentials {
    pub(super) token: String,
    pub(super) credentials: SessionCredentials,
    pub(super) expires: Timestamp,
}

impl TemporarySession {
    /// A session from now on, for so long.
    pub(super) fn new(of: SessionOf, now: Timestamp, secs: u32) -> Self {
        Self {
            of,
            issued: now,
            expires: now.plus(Duration::from_secs(u64::from(secs))),
            limits: None,
            tags: BTreeMap::new(),
        }
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// Makes its credentials.
    ///
    /// # Errors
    /// When session policies and tags are too much for a token.
    pub(super) fn issue(&self, key: &SessionKey) -> Result<IssuedCredentials, SessionTooLarge> {
        let of = match &self.of {
            SessionOf::Root(account) => SealedOf::Root(account.to_string()),
            SessionOf::User(id) => SealedOf::User(id.to_string()),
            SessionOf::Role { id, name } => SealedOf::Role {
                id: id.to_string(),
                name: name.clone(),
            },
        };
        let sealed = Sealed {
            of,
            issued: self.issued.as_millis(),
            expires: self.expires.as_millis(),
            limits: self.limits.clone(),
            tags: self.tags.clone(),
        };
        let contents = serde_json::to_vec(&sealed).map_err(|_| SessionTooLarge)?;
        let nonce: [u8; SEAL_NONCE_BYTES] = rand::random();
        let token = key.seal(nonce, &contents)?;
        Ok(IssuedCredentials {
            credentials: key.credentials(&token),
            expires: self.expires,
            token,
        })
    }

    /// The session of a token; none for a token that was not issued here.
    pub(super) fn open(key: &SessionKey, token: &str) -> Option<Self> {
        let contents = key.open(token)?;
        let sealed: Sealed = serde_json::from_slice(&contents).ok()?;
        let of = match sealed.of {
            SealedOf::Root(account) => SessionOf::Root(account.parse().ok()?),
            SealedOf::User(id) => SessionOf::User(id.parse().ok()?),
            SealedOf::Role { id, name } => SessionOf::Role {
                id: id.parse().ok()?,
                name,
            },
        };
        Some(Self {
            of,
            issued: Timestamp::from_millis(sealed.issued),
            expires: Timestamp::from_millis(sealed.expires),
            limits: sealed.limits,
            tags: sealed.tags,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_as_it_was_issued() {
        let key = SessionKey::new(&[1; 32]).unwrap();
        let now = Timestamp::from_millis(1_000);
        let role = SessionOf::Role {
            id: RoleId::from_bits(7),
            name: "shift".to_owned(),
        };
        let account = AccountId::new(111_111_111_111).unwrap();
        for of in [
            SessionOf::Root(account),
            SessionOf::User(UserId::from_bits(9)),
            role,
        ] {
            let mut session = TemporarySession::new(of, now, 900);
            session.limits = Some(SessionPolicies {
                document: Some("{}".to_owned()),
                managed: vec![PolicyId::from_bits(3)],
            });
            session.tags.insert("team".to_owned(), "a".to_owned());
            let issued = session.issue(&key).unwrap();
            assert_eq!(
                TemporarySession::open(&key, &issued.token),
                Some(session.clone())
            );
            assert!(!session.has_ended(Timestamp::from_millis(900_999)));
            assert!(session.has_ended(issued.expires));
        }
    }

    #[test]
    fn a_session_that_is_too_much_for_a_token_is_refused() {
        let key = SessionKey::new(&[1; 32]).unwrap();
        let account = AccountId::new(111_111_111_111).unwrap();
        let now = Timestamp::from_millis(1_000);
        let mut session = TemporarySession::new(SessionOf::Root(account), now, 900);
        session.tags.insert("k".to_owned(), "v".repeat(4_000));
        assert!(session.issue(&key).is_err());
    }
}
