//! Policies, compiled once: documents that are in force are asked for again and again.
//!
//! Invariant: what is kept follows from a document's text alone, so it is never stale.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use iam::{Limits, Policy, PolicyError, PolicyKind};
use model::{ManagedPolicy, PolicyId};

/// Longest document, in characters with white space (IAM API reference, `policyDocumentType`).
pub(crate) const DOCUMENT_CHARS_MAX: usize = 131_072;
/// Compiled documents that are kept; when there are more, all are compiled anew as they are needed.
const KEPT_MAX: usize = 512;

/// Identity policies that have been compiled.
#[derive(Default)]
pub(crate) struct CompiledPolicies {
    documents: Mutex<BTreeMap<String, Arc<Policy>>>,
    of_aws: Mutex<BTreeMap<PolicyId, Arc<Policy>>>,
}

/// Only whole entries are ever made, so a panic of another thread leaves nothing half done.
fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for CompiledPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompiledPolicies(..)")
    }
}

impl CompiledPolicies {
    /// The identity policy of a document.
    ///
    /// # Errors
    /// For a document that is none.
    pub(crate) fn identity(&self, document: &str) -> Result<Arc<Policy>, PolicyError> {
        if let Some(policy) = locked(&self.documents).get(document) {
            return Ok(Arc::clone(policy));
        }
        // A long document takes milliseconds, which nobody else should wait for.
        let policy = Arc::new(compile(document, PolicyKind::Identity)?);
        let mut kept = locked(&self.documents);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(document.to_owned(), Arc::clone(&policy));
        Ok(policy)
    }

    /// The policy of a managed one. AWS's own, which are long and never change, are known by their ids.
    ///
    /// # Errors
    /// For a document that is none.
    pub(crate) fn managed(&self, policy: &ManagedPolicy) -> Result<Arc<Policy>, PolicyError> {
        let document = policy.document().unwrap_or_default();
        if policy.owner.is_some() {
            return self.identity(document);
        }
        if let Some(policy) = locked(&self.of_aws).get(&policy.id) {
            return Ok(Arc::clone(policy));
        }
        let compiled = Arc::new(compile(document, PolicyKind::Identity)?);
        locked(&self.of_aws).insert(policy.id, Arc::clone(&compiled));
        Ok(compiled)
    }
}

/// The policy of a document.
///
/// # Errors
/// For a document that is none of this kind.
pub(crate) fn compile(document: &str, kind: PolicyKind) -> Result<Policy, PolicyError> {
    Policy::parse(document, kind, Limits::characters(DOCUMENT_CHARS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(number: usize) -> String {
        format!(
            r#"{{"Statement": {{"Sid": "s{number}", "Effect": "Allow", "Action": "*", "Resource": "*"}}}}"#
        )
    }

    #[test]
    fn every_policy_of_aws_is_an_identity_policy() {
        for policy in model::iam::aws_policies() {
            let policies = CompiledPolicies::default();
            let read = policies.managed(policy);
            assert!(read.is_ok(), "{}: {:?}", policy.name, read.err());
            let again = policies.managed(policy).unwrap();
            assert!(Arc::ptr_eq(&read.unwrap(), &again));
            assert!(policies.documents.lock().unwrap().is_empty());
        }
    }

    #[test]
    fn a_document_is_compiled_once_and_no_more_are_kept_than_the_limit() {
        let policies = CompiledPolicies::default();
        let first = policies.identity(&document(0)).unwrap();
        assert!(Arc::ptr_eq(
            &first,
            &policies.identity(&document(0)).unwrap()
        ));
        for number in 1..=KEPT_MAX {
            policies.identity(&document(number)).unwrap();
        }
        assert!(policies.documents.lock().unwrap().len() <= KEPT_MAX);
        assert!(!Arc::ptr_eq(
            &first,
            &policies.identity(&document(0)).unwrap()
        ));
        assert!(policies.identity("{}").is_err());
    }
}
