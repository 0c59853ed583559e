//! Authorisation: whether the caller's policies let it do what a request needs permission for.
//!
//! The root user may do everything in its account, but for what a topic's policy denies. Everyone else needs an identity
//! policy that allows, within the policies of its session, or a policy of the resource that names it. Invariants: whoever
//! is denied is told by which statement, or that none allows, and nothing of whether what it named exists; of another
//! account's policies nothing but that they do not allow. One request takes no more than [`Work::STEPS_MAX`].
//! Source: IAM user guide, "Policy evaluation logic", "AWS global condition context keys", 2026.

use std::net::IpAddr;
use std::sync::Arc;

use aws_wire::sigv4::AuthError;
use aws_wire::time::iso_millis;
use aws_wire::{ApiError, Service};
use http::HeaderMap;
use iam::{
    Context, Decision, Layer, Named, Policies, Policy, PolicyError, Principal, Request, Resource,
    ResourcePolicy, Work, evaluate_within,
};
use model::iam::IdentityPolicies;
use model::{Identity, PolicyId, Timestamp};

use super::call::Call;
use super::identity::Authenticated;
use super::permission::{Demand, OwnPolicy, Permission, Permitted, Target};
use super::session::{SessionOf, SessionPolicies};

/// Most of a header's value that policies see, in bytes: as much as browsers and SDKs send and more. What is judged is
/// the beginning.
const HEADER_VALUE_MAX: usize = 1024;

/// What a session may do of whose policies one is gone: what that would have denied is not known any more, whoever else
/// allows it.
const NOTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// Address of the peer.
    pub(super) peer: IpAddr,
    /// What the client calls itself.
    pub(super) user_agent: Option<String>,
    /// The page that it says it was sent from.
    pub(super) referer: Option<String>,
}

impl Origin {
    /// The origin of a request with these headers.
    pub(super) fn new(peer: IpAddr, headers: &HeaderMap) -> Self {
        let text = |name: http::HeaderName| {
            // What is readable is ASCII, so that any byte ends a character.
            let value = headers.get(name)?.to_str().ok()?;
            value
                .get(..value.len().min(HEADER_VALUE_MAX))
                .map(str::to_owned)
        };
        Self {
            // An address of IPv4 that came through a socket of IPv6 is still one of IPv4.
            peer: peer.to_canonical(),
            user_agent: text(http::header::USER_AGENT),
            referer: text(http::header::REFERER),
        }
    }
}

/// Refuses what the caller may not do.
///
/// # Errors
/// `UnauthorizedOperation` or `AccessDenied`.
pub(super) fn authorize<A: Permitted>(
    call: &Call<'_>,
    origin: &Origin,
    request: &A,
) -> Result<(), ApiError> {
    match A::PERMISSION {
        Permission::Everyone => Ok(()),
        Permission::Any | Permission::Resources { .. } => {
            permit(call, origin, || Demand::of(call, request))
        }
    }
}

/// Refuses a caller who lacks what a request demands.
///
/// # Errors
/// `UnauthorizedOperation` or `AccessDenied`.
pub(super) fn permit(
    call: &Call<'_>,
    origin: &Origin,
    demand: impl FnOnce() -> Demand,
) -> Result<(), ApiError> {
    let identity = call.identity;
    let session_of_user = identity
        .session
        .as_ref()
        .is_some_and(|session| !matches!(session.of, SessionOf::Role { .. }));
    if session_of_user && call.service == Service::Iam {
        // Of sessions without a second factor, of which there is none here.
        return Err(AuthError::UnknownAccessKey.to_api_error(Service::Iam.dialect()));
    }
    // Only topics have policies that the root user is bound by; it assumes no roles.
    if identity.is_root() && call.service != Service::Sns {
        return Ok(());
    }
    let demand = demand();
    let judge = Judge {
        call,
        held: Held::of(call)?,
        context: request_context(call, origin, demand.context),
        work: Work::default(),
    };
    judge.ask(&demand.action, &demand.targets)?;
    for (action, target) in &demand.also {
        judge.ask(action, std::slice::from_ref(target))?;
    }
    Ok(())
}

/// The refusal: who may not do what to what, and why.
pub(super) fn denied(call: &Call<'_>, action: &str, resource: &str, why: &str) -> ApiError {
    let who = call.identity.arn();
    // Amazon SNS calls its actions so in all it says.
    let (action, why) = match action.strip_prefix("sns:") {
        Some(name) => {
            let shown = format!("SNS:{name}");
            let why = why.replace(action, &shown);
            (shown, why)
        }
        None => (action.to_owned(), why.to_owned()),
    };
    let on = match resource {
        "*" => String::new(),
        arn => format!(" on resource: {arn}"),
    };
    let message = format!("User: {who} is not authorized to perform: {action}{on} {why}");
    ApiError::access_denied(call.service.dialect(), message)
}

/// The refusal of what another account's resource does not allow, or of what is not there.
pub(super) fn denied_by_resource(call: &Call<'_>, action: &str, resource: &str) -> ApiError {
    let decision = Decision::NotAllowed {
        missing: Layer::Resource,
        action,
        resource,
    };
    denied(call, action, resource, &decision.to_string())
}

/// What a request is judged by.
struct Judge<'c> {
    call: &'c Call<'c>,
    held: Held,
    context: Context,
    /// Shared by everything that one request needs.
    work: Work,
}

impl Judge<'_> {
    fn ask(&self, action: &str, targets: &[Target]) -> Result<(), ApiError> {
        let call = self.call;
        let (identity, session) = (self.held.identity(), self.held.session());
        let policies = Policies {
            identity: &identity,
            session: session.as_deref(),
            ..Policies::default()
        };
        let accounts: Vec<Option<String>> = targets.iter().map(account).collect();
        let resources = targets.iter().zip(&accounts);
        let resources: Vec<Resource<'_>> = resources
            .map(|(target, account)| resource(target, account.as_deref()))
            .collect();
        let request = Request {
            principal: &call.identity.principal,
            action,
            resources: &resources,
            context: &self.context,
        };
        let decision = evaluate_within(&request, &policies, &self.work);
        tracing::debug!(
            action,
            reason = %decision,
            allowed = decision.is_allowed(),
            steps = self.work.steps(),
            "authorised"
        );
        match decision {
            Decision::Allowed { .. } => Ok(()),
            Decision::Denied { by, resource }
                if by.layer == Layer::Resource && is_foreign(call, targets, resource) =>
            {
                Err(denied_by_resource(call, action, resource))
            }
            Decision::Denied { resource, .. }
            | Decision::NotAllowed { resource, .. }
            | Decision::Undecided { resource, .. } => {
                Err(denied(call, action, resource, &decision.to_string()))
            }
        }
    }
}

fn is_foreign(call: &Call<'_>, targets: &[Target], arn: &str) -> bool {
    let mut owners = targets
        .iter()
        .filter(|target| target.arn == arn)
        .filter_map(|target| target.owner.as_ref());
    owners.any(|owner| owner.account != call.caller)
}

/// Whose a target is, for policies. What lets nobody, not even in its own account, is judged like nobody's.
fn account(target: &Target) -> Option<String> {
    let owner = target.owner.as_ref()?;
    let account = owner.policy.as_ref().map(|_| owner.account.to_string());
    Some(account.unwrap_or_default())
}

fn resource<'t>(target: &'t Target, account: Option<&'t str>) -> Resource<'t> {
    let owner = target.owner.as_ref();
    let policy = owner.and_then(|owner| owner.policy.as_ref());
    Resource {
        arn: &target.arn,
        account,
        context: Some(&target.context),
        policy: policy.map(own_policy),
    }
}

fn own_policy(own: &OwnPolicy) -> ResourcePolicy<'_> {
    ResourcePolicy {
        policy: Named {
            name: own.name,
            policy: &own.policy,
        },
        required: own.required,
        context: Some(&own.context),
    }
}

/// The policies of a caller, by name.
struct Held {
    identity: Vec<(String, Arc<Policy>)>,
    session: Option<Vec<(String, Arc<Policy>)>>,
}

impl Held {
    fn of(call: &Call<'_>) -> Result<Self, ApiError> {
        let tables = call.state.tables();
        let policies = match call.identity.caller.identity {
            Identity::Root => None,
            Identity::User(id) => tables.users.get(&id).map(|user| &user.policies),
            Identity::Role(id) => tables.roles.get(&id).map(|role| &role.policies),
        };
        let identity = match policies {
            Some(policies) => identity_policies(call, policies)?,
            None => Vec::new(),
        };
        let session = call.identity.session.as_ref();
        let limits = session.and_then(|session| session.limits.as_ref());
        let session = limits.map(|limits| session_policies(call, limits));
        Ok(Self {
            identity,
            session: session.transpose()?,
        })
    }

    fn identity(&self) -> Vec<Named<'_>> {
        named(&self.identity)
    }

    fn session(&self) -> Option<Vec<Named<'_>>> {
        self.session.as_deref().map(named)
    }
}

fn named(policies: &[(String, Arc<Policy>)]) -> Vec<Named<'_>> {
    let policies = policies.iter();
    policies
        .map(|(name, policy)| Named { name, policy })
        .collect()
}

/// A document that is in force. One that cannot be read may deny, so that nothing can be decided without it.
fn compiled(call: &Call<'_>, name: &str, document: &str) -> Result<Arc<Policy>, ApiError> {
    readable(call, name, call.policies().identity(document))
}

fn readable(
    call: &Call<'_>,
    name: &str,
    policy: Result<Arc<Policy>, PolicyError>,
) -> Result<Arc<Policy>, ApiError> {
    policy.map_err(|error| {
        tracing::error!(name, %error, "a policy in force cannot be read");
        ApiError::internal(call.service.dialect())
    })
}

fn identity_policies(
    call: &Call<'_>,
    policies: &IdentityPolicies,
) -> Result<Vec<(String, Arc<Policy>)>, ApiError> {
    let mut all = Vec::with_capacity(policies.inline.len() + policies.attached.len());
    for (name, document) in &policies.inline {
        all.push((name.to_string(), compiled(call, name.as_str(), document)?));
    }
    for id in &policies.attached {
        all.extend(managed_policy(call, *id)?);
    }
    Ok(all)
}

/// A managed policy by its id, if it is there.
fn managed_policy(
    call: &Call<'_>,
    id: PolicyId,
) -> Result<Option<(String, Arc<Policy>)>, ApiError> {
    let Some(policy) = call.state.managed_policy(id) else {
        return Ok(None);
    };
    let name = policy.arn(call.state.settings()).to_string();
    let compiled = readable(call, &name, call.policies().managed(policy))?;
    Ok(Some((name, compiled)))
}

fn session_policies(
    call: &Call<'_>,
    limits: &SessionPolicies,
) -> Result<Vec<(String, Arc<Policy>)>, ApiError> {
    let mut all = Vec::new();
    if let Some(document) = &limits.document {
        let name = "the session's policy";
        all.push((name.to_owned(), compiled(call, name, document)?));
    }
    for id in &limits.managed {
        let Some(policy) = managed_policy(call, *id)? else {
            let name = "a policy that was deleted";
            return Ok(vec![(name.to_owned(), compiled(call, name, NOTHING)?)]);
        };
        all.push(policy);
    }
    Ok(all)
}

/// The keys that do not depend on a resource, together with those that the action has set.
fn request_context(call: &Call<'_>, origin: &Origin, mut context: Context) -> Context {
    let Authenticated {
        tags,
        session,
        principal,
        ..
    } = call.identity;
    let now = call.now();
    let seconds = |at: Timestamp| (at.as_millis() / 1000).to_string();
    let settings = call.state.settings();
    context.insert("aws:CurrentTime", iso_millis(now));
    context.insert("aws:EpochTime", seconds(now));
    context.insert("aws:SourceIp", origin.peer.to_string());
    // Connections are plain ones.
    context.insert("aws:SecureTransport", false);
    context.insert("aws:ViaAWSService", false);
    context.insert("aws:RequestedRegion", call.service.signing_region(settings));
    if call.service == Service::Ec2 {
        context.insert("ec2:Region", settings.region.as_str());
    }
    let headers = [
        ("aws:UserAgent", &origin.user_agent),
        ("aws:Referer", &origin.referer),
    ];
    for (key, value) in headers {
        if let Some(value) = value {
            context.insert(key, value.as_str());
        }
    }
    if let Some(account) = principal.account() {
        context.insert("aws:ResourceAccount", account);
    }
    if let Some(session) = session {
        context.insert("aws:TokenIssueTime", iso_millis(session.issued));
        context.insert("aws:MultiFactorAuthPresent", false);
    }
    if let Principal::RoleSession { session, .. } = principal {
        context.insert("sts:RoleSessionName", session.as_str());
    }
    for (key, value) in tags {
        context.insert(&format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    principal.describe(&mut context);
    context
}
