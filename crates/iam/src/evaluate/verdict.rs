//! What the policies of one layer say of a resource.
//!
//! A request may name a thousand resources, and a policy have hundreds of statements. So whom a statement is about, what
//! action, and those of its conditions that no resource has a part in are settled once for all of them.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::Named;
use crate::condition::Condition;
use crate::context::Scope;
use crate::decision::{Layer, StatementRef};
use crate::principal::Reach;
use crate::statement::{Asked, Effect, Statement};

/// A statement that is about the principal and the action.
pub(super) struct Candidate<'a> {
    statement: &'a Statement,
    reach: Reach,
    found: StatementRef<'a>,
    /// Conditions on keys that no resource has.
    shared: Vec<&'a Condition>,
    /// Whether they hold, once that was asked.
    shared_hold: OnceCell<bool>,
    /// The others.
    own: Vec<&'a Condition>,
}

/// The statements of a layer that are about the principal and the action; `keys` are those that the resources have.
pub(super) fn candidates<'a>(
    layer: Layer,
    policies: &[Named<'a>],
    asked: Asked<'_>,
    keys: &BTreeSet<&str>,
) -> Vec<Candidate<'a>> {
    let mut all = Vec::new();
    for Named { name, policy } in policies.iter().copied() {
        for (index, statement) in policy.statements.iter().enumerate() {
            let Some(reach) = statement.concerns(asked) else {
                continue;
            };
            let conditions = statement.conditions.iter();
            let (own, shared) = conditions.partition(|one| one.refers_to(keys));
            all.push(Candidate {
                statement,
                reach,
                found: StatementRef {
                    layer,
                    policy: name,
                    sid: statement.sid.as_deref().filter(|sid| !sid.is_empty()),
                    index,
                },
                shared,
                shared_hold: OnceCell::new(),
                own,
            });
        }
    }
    all
}

impl Candidate<'_> {
    /// Whether the statement applies to a resource.
    fn applies(&self, resource: &str, scope: Scope<'_>) -> bool {
        let shared = || self.shared.iter().all(|one| one.holds(scope));
        self.statement.covers(resource, scope)
            && *self.shared_hold.get_or_init(shared)
            && self.own.iter().all(|one| one.holds(scope))
    }
}

/// What the policies of one layer say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Verdict<'a> {
    pub(super) deny: Option<StatementRef<'a>>,
    /// The statement that names the principal most closely, the first of those.
    pub(super) allow: Option<(Reach, StatementRef<'a>)>,
}

impl<'a> Verdict<'a> {
    pub(super) fn of(candidates: &[Candidate<'a>], resource: &str, scope: Scope<'_>) -> Self {
        let mut verdict = Self::default();
        for candidate in candidates {
            if !scope.work.take(1) {
                break;
            }
            if !candidate.applies(resource, scope) {
                continue;
            }
            let (reach, found) = (candidate.reach, candidate.found);
            match candidate.statement.effect {
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
        verdict
    }
}
