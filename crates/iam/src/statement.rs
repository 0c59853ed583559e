//! A statement of a policy, and whether it applies to a request.
//!
//! Source: IAM User Guide, `reference_policies_elements_action` (action names in any case),
//! `reference_policies_elements_notaction`, `reference_policies_elements_notresource`,
//! `reference_policies_elements_notprincipal` ("will always deny any IAM principal that has a permissions boundary").

use crate::arn::ResourcePattern;
use crate::condition::Condition;
use crate::context::Scope;
use crate::pattern::Pattern;
use crate::principal::{Principal, PrincipalPattern, Reach, spares};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Principals {
    /// Whom the policy is attached to.
    Attached,
    In(Vec<PrincipalPattern>),
    NotIn(Vec<PrincipalPattern>),
}

/// A list that names what is meant, or all that is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection<P> {
    pub(crate) negated: bool,
    pub(crate) patterns: Vec<P>,
}

impl<P> Selection<P> {
    fn holds(&self, matches: impl Fn(&P) -> bool) -> bool {
        self.patterns.iter().any(matches) != self.negated
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) principals: Principals,
    /// In lower case.
    pub(crate) actions: Selection<Pattern>,
    /// `None` in trust policies: the role itself.
    pub(crate) resources: Option<Selection<ResourcePattern>>,
    pub(crate) conditions: Vec<Condition>,
}

/// What a request asks for, whatever its resources are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) principal: &'a Principal,
    /// Whether the principal has a permissions boundary.
    pub(crate) bounded: bool,
    /// In lower case.
    pub(crate) action: &'a str,
    /// The request's own keys.
    pub(crate) scope: Scope<'a>,
}

impl Statement {
    /// How closely the statement names the principal, if it is about it and the action.
    pub(crate) fn concerns(&self, asked: Asked<'_>) -> Option<Reach> {
        let about = |pattern: &Pattern| pattern.matches(asked.action, asked.scope);
        let reach = self.reach(asked)?;
        self.actions.holds(about).then_some(reach)
    }

    /// Whether the statement is about a resource.
    pub(crate) fn covers(&self, resource: &str, scope: Scope<'_>) -> bool {
        let listed = self.resources.as_ref();
        listed.is_none_or(|listed| listed.holds(|pattern| pattern.matches(resource, scope)))
    }

    /// `NotPrincipal` never spares those who have a permissions boundary, whomever it lists.
    fn reach(&self, asked: Asked<'_>) -> Option<Reach> {
        let principal = asked.principal;
        match &self.principals {
            Principals::Attached => Some(Reach::Direct),
            Principals::In(listed) => listed.iter().filter_map(|one| one.reach(principal)).max(),
            Principals::NotIn(listed) => {
                (asked.bounded || !spares(listed, principal)).then_some(Reach::Direct)
            }
        }
    }
}
