//! Who calls, as policies see it.

use std::collections::BTreeMap;

use iam::Principal;
use model::{AccountId, Caller, Identity, Role, State, User};

use super::session::{SessionOf, TemporarySession};

/// Tags of a principal by their keys in lower case, which is all that policies tell them apart by. There are no more than
/// twice [`model::limits::TAGS_MAX`]: those of the user or role, and those of the session, which count where both are.
pub(super) type PrincipalTags = BTreeMap<String, String>;

fn folded<'t>(tags: impl Iterator<Item = (&'t str, &'t str)>) -> PrincipalTags {
    tags.map(|(key, value)| (key.to_lowercase(), value.to_owned()))
        .collect()
}

/// An authenticated caller.
#[derive(Clone, Debug)]
pub(crate) struct Authenticated {
    /// Who, for the model.
    pub(crate) caller: Caller,
    /// Who, for policies.
    pub(super) principal: Principal,
    /// Tags of the principal, session tags included.
    pub(super) tags: PrincipalTags,
    /// What the caller has instead of an access key of its own.
    pub(super) session: Option<TemporarySession>,
}

/// The ARN of a session of a role.
pub(super) fn session_arn(state: &State, role: &Role, session: &str) -> String {
    let partition = &state.settings().partition;
    let (account, name) = (role.owner, &role.name);
    format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
}

impl Authenticated {
    /// An account's root user.
    pub(super) fn root(state: &State, account: AccountId) -> Self {
        let arn = model::arn::Arn::iam(state.settings(), account, "root");
        Self {
            caller: account.into(),
            principal: Principal::Root {
                arn: arn.to_string(),
                account: account.to_string(),
            },
            tags: PrincipalTags::new(),
            session: None,
        }
    }

    /// A user.
    pub(super) fn user(state: &State, user: &User) -> Self {
        let (account, identity) = (user.owner, Identity::User(user.id));
        Self {
            caller: Caller { account, identity },
            principal: Principal::User {
                arn: user.arn(state.settings()).to_string(),
                account: account.to_string(),
                id: user.id.to_string(),
            },
            tags: folded(user.tags.iter()),
            session: None,
        }
    }

    fn role(state: &State, role: &Role, session: &str) -> Self {
        let (account, identity) = (role.owner, Identity::Role(role.id));
        Self {
            caller: Caller { account, identity },
            principal: Principal::RoleSession {
                arn: session_arn(state, role, session),
                role: role.arn(state.settings()).to_string(),
                account: account.to_string(),
                role_id: role.id.to_string(),
                session: session.to_owned(),
            },
            tags: folded(role.tags.iter()),
            session: None,
        }
    }

    /// Whom a session is of; none when they are gone.
    pub(super) fn temporary(state: &State, session: TemporarySession) -> Option<Self> {
        let tables = state.tables();
        let mut identity = match &session.of {
            SessionOf::Root(account) => {
                let account = tables.accounts.get(account)?;
                Self::root(state, account.id)
            }
            SessionOf::User(id) => Self::user(state, tables.users.get(id)?),
            SessionOf::Role { id, name } => Self::role(state, tables.roles.get(id)?, name),
        };
        let tags = session.tags.iter();
        identity.tags.extend(folded(
            tags.map(|(key, value)| (key.as_str(), value.as_str())),
        ));
        identity.session = Some(session);
        Some(identity)
    }

    /// Its ARN, by which messages name it.
    pub(crate) fn arn(&self) -> &str {
        self.principal.arn().unwrap_or_default()
    }

    /// AWS's unique id of it, as `GetCallerIdentity` and `aws:userid` tell it.
    pub(super) fn unique_id(&self) -> String {
        match &self.principal {
            Principal::RoleSession {
                role_id, session, ..
            } => format!("{role_id}:{session}"),
            Principal::User { id, .. } => id.clone(),
            Principal::Root { account, .. } => account.clone(),
            Principal::FederatedUser { .. }
            | Principal::Federated { .. }
            | Principal::Service { .. }
            | Principal::Anonymous => String::new(),
        }
    }

    /// Whether it is the account's root user.
    pub(super) fn is_root(&self) -> bool {
        self.caller.identity == Identity::Root
    }

    /// Whether it is a session of a role.
    pub(super) fn is_role(&self) -> bool {
        matches!(self.caller.identity, Identity::Role(_))
    }
}
