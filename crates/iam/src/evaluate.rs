//! How policies together decide on a request.
//!
//! A deny anywhere decides. Else, within an account, a resource's policy that names the principal itself (or everyone)
//! is enough; one that names its role or federating user is enough within boundary and session policies; one that names
//! the account leaves it to the account. What is left to the account takes an identity policy, within boundary and
//! session policies. Across accounts both sides have to allow: the principal's decides first, and does not see what only
//! the resource's policy may. A VPC endpoint's policy, if the request came through one, has to allow in any case. Each
//! resource of a request is judged on its own, and all have to be allowed.
//!
//! What is the same for every resource (`verdict`) is found out once for a request, and all work is counted.
//!
//! Source: IAM User Guide, `reference_policies_evaluation-logic_policy-eval-basics`,
//! `reference_policies_evaluation-logic_policy-eval-denyallow`, `reference_policies_evaluation-logic-cross-account`;
//! PrivateLink guide, `vpc-endpoints-access`.

mod verdict;

use std::borrow::Cow;
use std::collections::BTreeSet;

use self::verdict::{Candidate, Verdict, candidates};
use crate::context::{Context, Scope};
use crate::decision::{Decision, Grant, Layer, StatementRef};
use crate::policy::Policy;
use crate::principal::{Principal, Reach};
use crate::statement::Asked;
use crate::work::Work;

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
    /// Keys that it alone sees, before all others: what the principal's policies must not tell of a resource of another
    /// account.
    pub context: Option<&'a Context>,
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

/// Decides on `request`, with as much work as any may take.
pub fn evaluate<'a>(request: &Request<'a>, policies: &Policies<'a>) -> Decision<'a> {
    evaluate_within(request, policies, &Work::default())
}

/// Decides on `request`. If `work` does not suffice, that is the decision.
pub fn evaluate_within<'a>(
    request: &Request<'a>,
    policies: &Policies<'a>,
    work: &Work,
) -> Decision<'a> {
    let action = if request.action.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(request.action.to_ascii_lowercase())
    } else {
        Cow::Borrowed(request.action)
    };
    let nothing = [Resource::own("*")];
    let resources = match request.resources {
        [] => nothing.as_slice(),
        some => some,
    };
    let asked = Asked {
        principal: request.principal,
        bounded: policies.boundary.is_some(),
        action: &action,
        scope: Scope::of(request.context, work),
    };
    let layers = Layers::of(asked, policies, resources);
    let mut result: Option<Decision<'a>> = None;
    for resource in resources {
        let decision = Judgement::new(request, asked, *resource, &layers).decide();
        match decision {
            Decision::Denied { .. } | Decision::Undecided { .. } => return decision,
            Decision::NotAllowed { .. } => match result {
                None | Some(Decision::Allowed { .. }) => result = Some(decision),
                Some(_) => {}
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

/// The statements of every layer but the resources' own that are about the principal and the action.
struct Layers<'a> {
    identity: Vec<Candidate<'a>>,
    /// `None` if there is no such policy; likewise below.
    boundary: Option<Vec<Candidate<'a>>>,
    session: Option<Vec<Candidate<'a>>>,
    endpoint: Option<Vec<Candidate<'a>>>,
}

impl<'a> Layers<'a> {
    fn of(asked: Asked<'_>, policies: &Policies<'a>, resources: &[Resource<'_>]) -> Self {
        let contexts = resources.iter().filter_map(|resource| resource.context);
        let keys: BTreeSet<&str> = contexts.flat_map(Context::names).collect();
        let of = |layer, some: &[Named<'a>]| candidates(layer, some, asked, &keys);
        Self {
            identity: of(Layer::Identity, policies.identity),
            boundary: policies.boundary.map(|one| of(Layer::Boundary, &[one])),
            session: policies.session.map(|some| of(Layer::Session, some)),
            endpoint: policies.endpoint.map(|one| of(Layer::Endpoint, &[one])),
        }
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
    /// Whether there was work enough to find this out.
    is_decided: bool,
}

impl<'a> Judgement<'a> {
    fn new(
        request: &Request<'a>,
        asked: Asked<'_>,
        resource: Resource<'a>,
        layers: &Layers<'a>,
    ) -> Self {
        let scope = |nearest| Scope {
            contexts: [nearest, resource.context, Some(request.context)],
            ..asked.scope
        };
        let work = asked.scope.work;
        let verdict = |some: &Vec<Candidate<'a>>| Verdict::of(some, resource.arn, scope(None));
        let mut judgement = Self {
            principal: request.principal,
            action: request.action,
            resource,
            identity: verdict(&layers.identity),
            boundary: layers.boundary.as_ref().map(verdict),
            session: layers.session.as_ref().map(verdict),
            own: None,
            endpoint: layers.endpoint.as_ref().map(verdict),
            is_decided: !work.is_spent(),
        };
        let foreign = judgement.is_foreign();
        if foreign && judgement.by_account().is_err() {
            return judgement;
        }
        judgement.own = resource.policy.map(|own| {
            let some = candidates(Layer::Resource, &[own.policy], asked, &BTreeSet::new());
            Verdict::of(&some, resource.arn, scope(own.context))
        });
        if work.is_spent() && foreign {
            // That another account's policy takes too much is told no more than what it says.
            judgement.own = None;
        } else {
            judgement.is_decided = !work.is_spent();
        }
        judgement
    }

    /// Whether the resource is of another account than the principal.
    fn is_foreign(&self) -> bool {
        let (account, owner) = (self.principal.account(), self.resource.account);
        account
            .zip(owner)
            .is_some_and(|(account, owner)| account != owner)
    }

    fn decide(&self) -> Decision<'a> {
        if !self.is_decided {
            return Decision::Undecided {
                action: self.action,
                resource: self.resource.arn,
            };
        }
        let foreign = self.is_foreign();
        let layers = [
            Some(self.identity),
            self.boundary,
            self.session,
            self.own.filter(|_| !foreign),
            self.endpoint,
        ];
        let deny = layers.into_iter().flatten().find_map(|layer| layer.deny);
        if let Some(by) = deny {
            return self.denied(by);
        }
        if self.endpoint.is_some_and(|policy| policy.allow.is_none()) {
            return self.not_allowed(Layer::Endpoint);
        }
        let allowed = match self.principal.account() {
            // Nobody's principal: the resource alone can let it in.
            None => self.own_grant(Reach::Direct).ok_or(Layer::Resource),
            Some(_) if foreign => self.by_account(),
            Some(_) => self.within_account(),
        };
        let by = match allowed {
            Ok(by) => by,
            Err(missing) => return self.not_allowed(missing),
        };
        if foreign {
            if let Some(by) = self.own.and_then(|own| own.deny) {
                return self.denied(by);
            }
            if self.own_grant(Reach::Account).is_none() {
                return self.not_allowed(Layer::Resource);
            }
        }
        Decision::Allowed { by }
    }

    const fn denied(&self, by: StatementRef<'a>) -> Decision<'a> {
        Decision::Denied {
            by,
            resource: self.resource.arn,
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
