//! Who makes a request, and whom a policy means.
//!
//! Invariant: a policy's principal is exact: `*` is everyone, and never a part of a name.
//! Source: IAM User Guide, `reference_policies_elements_principal`, `reference_policies_elements_notprincipal`,
//! `reference_policies_evaluation-logic_policy-eval-basics`, `reference_policies_variables` ("Principal key values").

use crate::context::Context;

/// Who makes a request. ARNs are complete; account ids have twelve digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An account's root user.
    Root {
        /// `arn:aws:iam::111122223333:root`
        arn: String,
        /// Its account.
        account: String,
    },
    /// An IAM user.
    User {
        /// `arn:aws:iam::111122223333:user/division/name`
        arn: String,
        /// Its account.
        account: String,
        /// Its unique id, `AIDA...`.
        id: String,
    },
    /// A role that was assumed.
    RoleSession {
        /// `arn:aws:sts::111122223333:assumed-role/name/session`
        arn: String,
        /// The role's ARN, `arn:aws:iam::111122223333:role/path/name`.
        role: String,
        /// The role's account.
        account: String,
        /// The role's unique id, `AROA...`.
        role_id: String,
        /// The session's name.
        session: String,
    },
    /// A session of `GetFederationToken`.
    FederatedUser {
        /// `arn:aws:sts::111122223333:federated-user/name`
        arn: String,
        /// ARN of the user (or root user) whose permissions it has.
        user: String,
        /// Its account.
        account: String,
        /// The session's name.
        name: String,
    },
    /// Someone whom an identity provider vouches for, before they have assumed a role.
    Federated {
        /// As in policies: an ARN of a provider, or a name such as `accounts.google.com`.
        provider: String,
    },
    /// An AWS service on its own behalf.
    Service {
        /// `vpce.amazonaws.com`
        name: String,
    },
    /// Nobody in particular: an unsigned request.
    Anonymous,
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl Principal {
    /// The account that the principal belongs to.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account, .. }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => Some(account),
            Self::Federated { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// The ARN that names the principal in messages and logs.
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Root { arn, .. }
            | Self::User { arn, .. }
            | Self::RoleSession { arn, .. }
            | Self::FederatedUser { arn, .. } => Some(arn),
            Self::Federated { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// The ARN of the role or user whose session it is.
    fn issuer(&self) -> Option<&str> {
        match self {
            Self::RoleSession { role, .. } => Some(role),
            Self::FederatedUser { user, .. } => Some(user),
            Self::Root { .. }
            | Self::User { .. }
            | Self::Federated { .. }
            | Self::Service { .. }
            | Self::Anonymous => None,
        }
    }

    /// Sets the keys that say who the principal is: `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`,
    /// `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName`, `aws:userid` and `aws:username`, as far as this kind
    /// of principal has them. Tags are the caller's to set.
    pub fn describe(&self, context: &mut Context) {
        if let Some(account) = self.account() {
            context.insert("aws:PrincipalAccount", account);
        }
        let service = matches!(self, Self::Service { .. });
        context.insert("aws:PrincipalIsAWSService", service);
        let (kind, arn, id) = match self {
            Self::Root { arn, account } => ("Account", Some(arn), Some(account.clone())),
            Self::User { arn, id, .. } => {
                context.insert("aws:username", last(arn));
                ("User", Some(arn), Some(id.clone()))
            }
            Self::RoleSession {
                role,
                role_id,
                session,
                ..
            } => (
                "AssumedRole",
                Some(role),
                Some(format!("{role_id}:{session}")),
            ),
            Self::FederatedUser {
                arn, account, name, ..
            } => (
                "FederatedUser",
                Some(arn),
                Some(format!("{account}:{name}")),
            ),
            Self::Federated { .. } => return,
            Self::Service { name } => {
                context.insert("aws:PrincipalServiceName", name.as_str());
                return;
            }
            Self::Anonymous => ("Anonymous", None, None),
        };
        context.insert("aws:PrincipalType", kind);
        if let Some(arn) = arn {
            context.insert("aws:PrincipalArn", arn.as_str());
        }
        if let Some(id) = id {
            context.insert("aws:userid", id);
        }
    }
}

/// Whom a policy means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalPattern {
    /// `*`: everyone, anonymous callers too.
    Everyone,
    /// An account, by id or by the ARN of its root: everyone in it whom it permits.
    Account(String),
    /// A user, a role, or a session, by ARN.
    Arn(String),
    /// A user or a role by its unique id.
    Id(String),
    /// An AWS service.
    Service(String),
    /// An identity provider.
    Federated(String),
}

/// How closely a policy names a principal: the closer, the fewer other policies can still hold back what it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// By the account: it still has to permit its user.
    Account,
    /// By the role or user that a session is of: boundaries and session policies still count.
    Issuer,
    /// By itself.
    Direct,
}

impl PrincipalPattern {
    /// How closely this names `principal`, if at all.
    pub(crate) fn reach(&self, principal: &Principal) -> Option<Reach> {
        match self {
            Self::Everyone => Some(Reach::Direct),
            Self::Account(wanted) => {
                let root = matches!(principal, Principal::Root { .. });
                let reach = if root { Reach::Direct } else { Reach::Account };
                (principal.account() == Some(wanted)).then_some(reach)
            }
            Self::Arn(wanted) if principal.issuer() == Some(wanted) => Some(Reach::Issuer),
            Self::Arn(wanted) => (principal.arn() == Some(wanted)).then_some(Reach::Direct),
            Self::Id(wanted) => match principal {
                Principal::User { id, .. } => (id == wanted).then_some(Reach::Direct),
                Principal::RoleSession { role_id, .. } => {
                    (role_id == wanted).then_some(Reach::Issuer)
                }
                Principal::Root { .. }
                | Principal::FederatedUser { .. }
                | Principal::Federated { .. }
                | Principal::Service { .. }
                | Principal::Anonymous => None,
            },
            Self::Service(wanted) => {
                matches!(principal, Principal::Service { name } if name == wanted)
                    .then_some(Reach::Direct)
            }
            Self::Federated(wanted) => {
                matches!(principal, Principal::Federated { provider } if provider == wanted)
                    .then_some(Reach::Direct)
            }
        }
    }
}

/// Whether a `NotPrincipal` of these spares `principal`. As AWS asks of its authors, everything that the principal is
/// must be there: its account, its user or role, and its session.
pub(crate) fn spares(listed: &[PrincipalPattern], principal: &Principal) -> bool {
    use PrincipalPattern::{Account, Arn, Everyone, Federated, Id, Service};
    let has = |wanted: &dyn Fn(&PrincipalPattern) -> bool| listed.iter().any(wanted);
    let account = |id: &str| has(&|one| matches!(one, Account(account) if account == id));
    let arn = |arn: &str| has(&|one| matches!(one, Arn(listed) if listed == arn));
    let id = |id: &str| has(&|one| matches!(one, Id(listed) if listed == id));
    if has(&|one| *one == Everyone) {
        return true;
    }
    match principal {
        Principal::Root { account: root, .. } => account(root),
        Principal::User {
            arn: user,
            account: of,
            id: own,
        } => account(of) && (arn(user) || id(own)),
        Principal::RoleSession {
            arn: session,
            role,
            account: of,
            role_id,
            ..
        } => account(of) && (arn(role) || id(role_id)) && arn(session),
        Principal::FederatedUser {
            arn: session,
            user,
            account: of,
            ..
        } => account(of) && (arn(user) || user.ends_with(":root")) && arn(session),
        Principal::Federated { provider } => {
            has(&|one| matches!(one, Federated(listed) if listed == provider))
        }
        Principal::Service { name } => has(&|one| matches!(one, Service(listed) if listed == name)),
        Principal::Anonymous => false,
    }
}
