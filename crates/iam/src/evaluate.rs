//! How policies together decide on a request.
//!
//! A deny anywhere decides. Else, within an account, a resource's policy that names the principal itself (or everyone)
//! is enough; one that names its role or federating user is enough within boundary and session policies; one that names
//! the account leaves it to the account. What is left to the account takes an identity policy, within boundary and
//! session policies. Across accounts both sides have to allow. A VPC endpoint's policy, if the request came through
//! one, has to allow in any case. Each resource of a request is judged on its own, and all have to be allowed.
//!
//! Source: IAM User Guide, `reference_policies_evaluation-logic_policy-eval-basics`,
//! `reference_policies_evaluation-logic_policy-eval-denyallow`, `reference_policies_evaluation-logic-cross-account`;
//! PrivateLink guide, `vpc-endpoints-access`.

use std::borrow::Cow;

use crate::context::{Context, Scope};
use crate::decision::{Decision, Grant, Layer, StatementRef};
use crate::policy::Policy;
use crate::principal::{Principal, Reach};
use crate::statement::{Effect, Subject};

/// A policy by the name that a decision gives it.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// A name or an ARN.
    pub name: &'a str,
    /// The policy.
    pub policy: &'a Policy,
}

/// The policies that come with the principal, and the way that the request came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// Of the user and its groups, or of the role.
    pub identity: &'a [Named<'a>],
    /// The permissions boundary of the user or role.
    pub boundary: Option<Named<'a>>,
    /// The session policies, if any were passed. Each allows for all of them.
    pub session: Option<&'a [Named<'a>]>,
    /// The policy of the VPC endpoint that the request came through.
    pub endpoint: Option<Named<'a>>,
}

/// The policy of a resource.
#[derive(Debug, Clone, Copy)]
pub struct ResourcePolicy<'a> {
    /// The policy.
    pub policy: Named<'a>,
    /// Whether nothing is allowed that it does not allow, as with trust and key policies.
    pub required: bool,
}

/// What something is to be done to.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// Its ARN, or `*` for actions that are on no resource in particular.
    pub arn: &'a str,
    /// Whose it is; `None` if the caller's own.
    pub account: Option<&'a str>,
    /// Keys of this resource alone, such as `aws:ResourceTag/Name`. They come before the request's.
    pub context: Option<&'a Context>,
    /// Its own policy.
    pub policy: Option<ResourcePolicy<'a>>,
}

impl<'a> Resource<'a> {
    /// A resource of the caller's account without keys or a policy of its own.
    pub const fn own(arn: &'a str) -> Self {
        Self {
            arn,
            account: None,
            context: None,
            policy: None,
        }
    }
}

/// Something that a principal wants to do.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// What, such as `ec2:CreateVpcEndpoint`.
    pub action: &'a str,
    /// To what; without any, to nothing in particular.
    pub resources: &'a [Resource<'a>],
    /// The condition keys, those of the principal included (see [`Principal::describe`]).
    pub context: &'a Context,
}

/// Decides on `request`.
pub fn evaluate<'a>(request: &Request<'a>, policies: &Policies<'a>) -> Decision<'a> {
    let action = if request.action.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(request.action.to_ascii_lowercase())
    } else {
        Cow::Borrowed(request.action)
    };
    if request.resources.is_empty() {
        return Judgement::new(request, &action, Resource::own("*"), policies).decide();
    }
    let mut result: Option<Decision<'a>> = None;
    for resource in request.resources {
        let decision = Judgement::new(request, &action, *resource, policies).decide();
        match decision {
            Decision::Denied { .. } => return decision,
            Decision::NotAllowed { .. } => match result {
                Some(Decision::NotAllowed { .. }) => {}
                Some(Decision::Allowed { .. } | Decision::Denied { .. }) | None => {
                    result = Some(decision);
                }
            },
            Decision::Allowed { .. } => {
                result.get_or_insert(decision);
            }
        }
    }
    result.unwrap_or(Decision::NotAllowed {
        missing: Layer::Identity,
        action: request.action,
        resource: "*",
    })
}

/// What the policies of one layer say.
#[derive(Debug, Clone, Copy, Default)]
struct Verdict<'a> {
    deny: Option<StatementRef<'a>>,
    /// The statement that names the principal most closely, the first of those.
    allow: Option<(Reach, StatementRef<'a>)>,
}

impl<'a> Verdict<'a> {
    fn of(layer: Layer, policies: &[Named<'a>], subject: Subject<'_>) -> Self {
        let mut verdict = Self::default();
        for named in policies {
            for (index, statement) in named.policy.statements.iter().enumerate() {
                let Some(reach) = statement.applies(subject) else {
                    continue;
                };
                let found = StatementRef {
                    layer,
                    policy: named.name,
                    sid: statement.sid.as_deref().filter(|sid| !sid.is_empty()),
                    index,
                };
                match statement.effect {
                    Effect::Deny => {
                        verdict.deny = Some(found);
                        return verdict;
                    }
                    Effect::Allow => {
                        if verdict.allow.is_none_or(|(closest, _)| reach > closest) {
                            verdict.allow = Some((reach, found));
                        }
                    }
                }
            }
        }
        verdict
    }
}

/// One resource of a request, with what every layer says of it.
#[derive(Debug, Clone, Copy)]
struct Judgement<'a> {
    principal: &'a Principal,
    action: &'a str,
    resource: Resource<'a>,
    identity: Verdict<'a>,
    /// `None` if there is no such policy; likewise below.
    boundary: Option<Verdict<'a>>,
    session: Option<Verdict<'a>>,
    own: Option<Verdict<'a>>,
    endpoint: Option<Verdict<'a>>,
}

impl<'a> Judgement<'a> {
    fn new(
        request: &Request<'a>,
        lower: &str,
        resource: Resource<'a>,
        policies: &Policies<'a>,
    ) -> Self {
        let subject = Subject {
            principal: request.principal,
            bounded: policies.boundary.is_some(),
            action: lower,
            resource: resource.arn,
            scope: Scope {
                resource: resource.context,
                request: request.context,
            },
        };
        let one = |layer, named: Named<'a>| Verdict::of(layer, &[named], subject);
        Self {
            principal: request.principal,
            action: request.action,
            resource,
            identity: Verdict::of(Layer::Identity, policies.identity, subject),
            boundary: policies.boundary.map(|named| one(Layer::Boundary, named)),
            session: policies
                .session
                .map(|session| Verdict::of(Layer::Session, session, subject)),
            own: resource.policy.map(|own| one(Layer::Resource, own.policy)),
            endpoint: policies.endpoint.map(|named| one(Layer::Endpoint, named)),
        }
    }

    fn decide(&self) -> Decision<'a> {
        let layers = [
            Some(self.identity),
            self.boundary,
            self.session,
            self.own,
            self.endpoint,
        ];
        let deny = layers.into_iter().flatten().find_map(|layer| layer.deny);
        if let Some(by) = deny {
            return Decision::Denied {
                by,
                resource: self.resource.arn,
            };
        }
        if self.endpoint.is_some_and(|policy| policy.allow.is_none()) {
            return self.not_allowed(Layer::Endpoint);
        }
        let allowed = match (self.principal.account(), self.resource.account) {
            // Nobody's principal: the resource alone can let it in.
            (None, _) => self.own_grant(Reach::Direct).ok_or(Layer::Resource),
            (Some(account), Some(owner)) if account != owner => self.across_accounts(),
            (Some(_), _) => self.within_account(),
        };
        match allowed {
            Ok(by) => Decision::Allowed { by },
            Err(missing) => self.not_allowed(missing),
        }
    }

    const fn not_allowed(&self, missing: Layer) -> Decision<'a> {
        Decision::NotAllowed {
            missing,
            action: self.action,
            resource: self.resource.arn,
        }
    }

    fn within_account(&self) -> Result<Grant<'a>, Layer> {
        if let Some(grant) = self.own_grant(Reach::Direct) {
            return Ok(grant);
        }
        if let Some(grant) = self.own_grant(Reach::Issuer) {
            return self.within_maxima().map(|()| grant);
        }
        let required = self.resource.policy.is_some_and(|own| own.required);
        if required && self.own_grant(Reach::Account).is_none() {
            return Err(Layer::Resource);
        }
        self.by_account()
    }

    fn across_accounts(&self) -> Result<Grant<'a>, Layer> {
        let grant = self.by_account()?;
        if self.own_grant(Reach::Account).is_none() {
            return Err(Layer::Resource);
        }
        Ok(grant)
    }

    /// What the resource's policy allows to those whom it names at least so closely.
    fn own_grant(&self, least: Reach) -> Option<Grant<'a>> {
        let own = self.own?;
        let (reach, by) = own.allow?;
        (reach >= least).then_some(Grant::Statement(by))
    }

    /// What the principal's account allows it.
    fn by_account(&self) -> Result<Grant<'a>, Layer> {
        match self.principal {
            Principal::Root { .. } => return Ok(Grant::Root),
            Principal::FederatedUser { user, .. } if user.ends_with(":root") => {
                return self.within_maxima().map(|()| Grant::Root);
            }
            Principal::User { .. }
            | Principal::RoleSession { .. }
            | Principal::FederatedUser { .. }
            | Principal::Federated { .. }
            | Principal::Service { .. }
            | Principal::Anonymous => {}
        }
        let (_, by) = self.identity.allow.ok_or(Layer::Identity)?;
        self.within_maxima()?;
        Ok(Grant::Statement(by))
    }

    /// Whether boundary and session policies leave room. A federated user has only what a session policy gives.
    fn within_maxima(&self) -> Result<(), Layer> {
        if self.boundary.is_some_and(|policy| policy.allow.is_none()) {
            return Err(Layer::Boundary);
        }
        let federated = matches!(self.principal, Principal::FederatedUser { .. });
        match self.session {
            Some(session) if session.allow.is_none() => Err(Layer::Session),
            None if federated => Err(Layer::Session),
            Some(_) | None => Ok(()),
        }
    }
}
