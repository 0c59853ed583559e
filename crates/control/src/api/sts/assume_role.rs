//! `AssumeRole`.

use aws_wire::query::{Bounds, Constraint, FullTag, Kind, Path, Scalar};
use aws_wire::{ApiError, request, response, structure};
use iam::PolicyKind;
use model::iam::{PolicyArn, RoleArn};
use model::{PolicyId, Role};

use super::credentials::{Credentials, issue};
use crate::api::access::denied_by_resource;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::iam::{checked, collect_tags};
use crate::api::identity::session_arn;
use crate::api::permission::{Demand, Permission, Permitted};
use crate::api::session::{SessionOf, SessionPolicies, TemporarySession};
use crate::api::target::role_target;

const ACTION: &str = "sts:AssumeRole";
/// How long a session is unless it is said, and at most when a role is assumed by another's session, in seconds.
const HOUR_SECS: u32 = 3600;

/// The name of a session, which stands in its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionName(String);

impl Scalar for SessionName {
    const KIND: Kind = Kind::String;

    fn parse(text: &str, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        let name = String::parse(text, path, bounds)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        if name.bytes().all(plain) {
            return Ok(Self(name));
        }
        let form = "Member must satisfy regular expression pattern: [\\w+=,.@-]*";
        Err(Constraint::Form(form).broken(path, text))
    }
}

structure! {
    /// A managed policy.
    pub(super) struct PolicyDescriptor("STS API reference, PolicyDescriptorType") {
        /// Its ARN.
        arn: PolicyArn = "arn",
    }
}

request! {
    /// Makes temporary credentials of a role that trusts the caller.
    pub(super) struct AssumeRole(Sts, "STS API reference, AssumeRole") {
        /// Which role, of any account.
        role_arn: RoleArn = "RoleArn",
        /// Name of the session.
        session_name: SessionName = "RoleSessionName" [Bounds::length(2, 64)],
        /// Managed policies that the session has besides the role's, each a limit.
        policy_arns: Vec<PolicyDescriptor> = "PolicyArns" [Bounds::items(0, 10)],
        /// Another such policy, as document.
        policy: Option<String> = "Policy" [Bounds::length(1, 2048)],
        /// How long the session is, in seconds.
        duration_secs: Option<u32> = "DurationSeconds" [Bounds::range(900, 43_200)],
        /// Tags of the session.
        tags: Vec<FullTag> = "Tags" [Bounds::items(0, 50)],
        /// What a trust policy may ask for.
        external_id: Option<String> = "ExternalId" [Bounds::length(2, 1224)],
    }
    refused {
        /// Contexts of other identity providers are not known.
        "ProvidedContexts": Option<String>,
        /// There are no second factors.
        "SerialNumber": Option<String>,
        /// Sessions have no source identity.
        "SourceIdentity": Option<String>,
        /// There are no second factors.
        "TokenCode": Option<String>,
        /// Tags hold for one session.
        "TransitiveTagKeys": Option<String>,
    }
}

response! {
    /// The session.
    pub(super) struct Response {
        /// Who has it.
        assumed_role_user: AssumedRoleUser = "AssumedRoleUser",
        /// What to sign with.
        credentials: Credentials = "Credentials",
        /// How full session policies and tags make the token, in percent; absent when there are none.
        packed_policy_size: Option<usize> = "PackedPolicySize",
    }
}

response! {
    /// Who has a session of a role.
    pub(super) struct AssumedRoleUser {
        /// Unique id.
        assumed_role_id: String = "AssumedRoleId",
        /// ARN.
        arn: String = "Arn",
    }
}

impl Permitted for AssumeRole {
    const PERMISSION: Permission = Permission::on(&[]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        if call.identity.is_root() {
            // It is told below that it may assume none, whatever they say.
            return;
        }
        let mut target = role_target(call, &self.role_arn);
        let context = &mut target.context;
        context.insert("sts:RoleSessionName", self.session_name.0.as_str());
        if let Some(id) = &self.external_id {
            context.insert("sts:ExternalId", id.as_str());
        }
        for FullTag(tag) in &self.tags {
            let value = tag.value.clone().unwrap_or_default();
            context.insert(&format!("aws:RequestTag/{}", tag.key), value);
        }
        if !self.tags.is_empty() {
            let keys: Vec<String> = self.tags.iter().map(|FullTag(tag)| tag.key.clone()).collect();
            context.insert("aws:TagKeys", keys);
            demand.also.push(("sts:TagSession".to_owned(), target.clone()));
        }
        demand.targets.push(target);
    }
}

impl AssumeRole {
    /// The role. Without one, whoever may ask learns no more than that it cannot be assumed.
    fn role<'s>(&self, call: &Call<'s>) -> Result<&'s Role, ApiError> {
        if call.identity.is_root() {
            let message = "Roles may not be assumed by root accounts.";
            return Err(ApiError::access_denied(call.service.dialect(), message));
        }
        let role = call.state.role_of_arn(&self.role_arn).map(AsRef::as_ref);
        role.ok_or_else(|| denied_by_resource(call, ACTION, &self.role_arn.to_string()))
    }

    fn secs(&self, call: &Call<'_>, role: &Role) -> Result<u32, ApiError> {
        let secs = self.duration_secs.unwrap_or(HOUR_SECS);
        let message = if secs > role.max_session_secs {
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        } else if call.identity.is_role() && secs > HOUR_SECS {
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        } else {
            return Ok(secs);
        };
        Err(ApiError::client("ValidationError", message))
    }

    /// The session policies, if any are passed. Managed ones are of the role's account, or AWS's own.
    fn limits(&self, call: &Call<'_>, role: &Role) -> Result<Option<SessionPolicies>, ApiError> {
        let document = self.policy.as_deref().map(|text| checked(text, PolicyKind::Identity));
        let document = document.transpose()?;
        let managed = self.policy_arns.iter().map(|descriptor| {
            let policy = call.state.policy_of_arn(&descriptor.arn);
            let usable = policy.filter(|policy| policy.is_usable_by(role.owner));
            usable.map(|policy| policy.id).ok_or_else(|| {
                let message = format!("The role's account has no policy {}", descriptor.arn);
                ApiError::client("ValidationError", message)
            })
        });
        let managed = managed.collect::<Result<Vec<PolicyId>, ApiError>>()?;
        let some = document.is_some() || !managed.is_empty();
        Ok(some.then_some(SessionPolicies { document, managed }))
    }
}

impl Read for AssumeRole {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let role = self.role(call)?;
        let of = SessionOf::Role { id: role.id, name: self.session_name.0.clone() };
        let mut session = TemporarySession::new(of, call.now(), self.secs(call, role)?);
        session.limits = self.limits(call, role)?;
        let tags = collect_tags(&self.tags)?;
        let tags = tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        session.tags = tags.collect();
        let name = &self.session_name.0;
        let packed = session.limits.is_some() || !session.tags.is_empty();
        let (credentials, percent) = issue(call, &session)?;
        Ok(Response {
            assumed_role_user: AssumedRoleUser {
                assumed_role_id: format!("{}:{name}", role.id),
                arn: session_arn(call.state, role, name),
            },
            credentials,
            packed_policy_size: packed.then_some(percent),
        })
    }
}
