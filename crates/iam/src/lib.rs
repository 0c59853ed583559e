//! AWS's policy language as pure functions: a document becomes a [`Policy`], and [`evaluate`] judges a [`Request`].
//!
//! [`Policy::parse`] reads and validates a document once, into a form that is evaluated without copying it. [`evaluate`]
//! composes policies as AWS does: identity policies, a permissions boundary, session policies, a VPC endpoint's policy
//! and a resource's own, within an account and across accounts. Its [`Decision`] names the statement that decided, or
//! the kind of policy that did not allow.
//!
//! Not here: which policies are attached to whom, what an action's resources and condition keys are, error codes of any
//! API, size quotas. Nothing here does I/O or knows a clock: `aws:CurrentTime` is a key of the request like any other.
//!
//! Invariants: no text makes any of it panic. An explicit deny wins over everything. What cannot be resolved or read
//! (a variable, a number, a date) matches nothing. Text taken from a request is never a pattern. An evaluation takes no
//! more than its [`Work`].
//!
//! Sources: IAM User Guide (docs.aws.amazon.com/IAM/latest/UserGuide), pages `reference_policies_grammar`,
//! `reference_policies_elements_*`, `reference_policies_condition-logic-multiple-context-keys-or-values`,
//! `reference_policies_condition-single-vs-multi-valued-context-keys`, `reference_policies_variables`,
//! `reference_policies_evaluation-logic*`; PrivateLink guide, `vpc-endpoints-access`. Modules name their pages.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod arn;
mod condition;
mod context;
mod date;
mod decimal;
mod decision;
mod error;
mod evaluate;
mod json;
mod parse;
mod pattern;
mod policy;
mod principal;
mod statement;
mod work;

pub use crate::context::{Context, Value};
pub use crate::decision::{Decision, Grant, Layer, StatementRef};
pub use crate::error::{PolicyError, Problem};
pub use crate::evaluate::{
    Named, Policies, Request, Resource, ResourcePolicy, evaluate, evaluate_within,
};
pub use crate::parse::Limits;
pub use crate::policy::{Policy, PolicyKind, Version};
pub use crate::principal::{Principal, PrincipalPattern};
pub use crate::work::Work;
