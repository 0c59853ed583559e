//! Why a document is not a policy.
//!
//! The sentences are IAM's own where IAM's are known; API handlers hand them on as `MalformedPolicyDocument`.
//! Source: IAM User Guide, `reference_policies_grammar`; messages as IAM gives them.

/// A document that is refused: where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The way to the offending element, such as `Statement[1].Condition.Bool`; empty for the whole document.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl std::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.problem)
        } else {
            write!(f, "{} (at {})", self.problem, self.path)
        }
    }
}

impl std::error::Error for PolicyError {}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Longer than the caller allows.
    #[error("The policy is longer than {limit} characters.")]
    Long {
        /// The most that was allowed.
        limit: usize,
    },
    /// No JSON. Line and column count from 1.
    #[error("This policy contains invalid Json: line {line}, column {column}.")]
    Json {
        /// Line of the first error.
        line: usize,
        /// Column of the first error.
        column: usize,
    },
    /// JSON of another form than the grammar has here.
    #[error("Syntax errors in policy. Expected {wanted}.")]
    Form {
        /// What the grammar has here.
        wanted: &'static str,
    },
    /// A member that the grammar does not know.
    #[error("Syntax errors in policy. Unknown element {0}.")]
    Unknown(String),
    /// The same member twice.
    #[error("Syntax errors in policy. Element {0} appears more than once.")]
    Duplicate(String),
    /// Two members that exclude each other.
    #[error("Syntax errors in policy. {0} and {1} exclude each other.")]
    Exclusive(&'static str, &'static str),
    /// A member that this kind of policy needs.
    #[error("Missing required field {0}.")]
    Missing(&'static str),
    /// A member that this kind of policy must not have.
    #[error("Has prohibited field {0}.")]
    Prohibited(&'static str),
    /// An identity policy names a principal.
    #[error("Policy document should not specify a principal.")]
    PrincipalInIdentityPolicy,
    /// Neither `Action` nor `NotAction`, or an empty one.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// Neither `Resource` nor `NotResource`, or an empty one.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// A `Version` that does not exist.
    #[error("The policy's version must be 2008-10-17 or 2012-10-17, not {0}.")]
    Version(String),
    /// An `Effect` other than `Allow` and `Deny`, which are written just so.
    #[error("Effect must be Allow or Deny, not {0}.")]
    Effect(String),
    /// A `Sid` of other characters than letters and digits, where IAM wants those.
    #[error(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    )]
    SidCharacters,
    /// Two statements with the same `Sid`.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    SidRepeated,
    /// An action without its service.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    ActionVendorMissing,
    /// An action with a second colon.
    #[error("Actions/Condition can contain only one colon.")]
    ActionColons,
    /// A service that cannot be one.
    #[error("Vendor {0} is not valid")]
    ActionVendor(String),
    /// An action without a name after its service.
    #[error("Action {0} does not name an action.")]
    ActionName(String),
    /// A trust policy is about assuming the role alone.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    TrustAction,
    /// A resource that is no ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    ResourceForm(String),
    /// A resource of a partition that cannot be one.
    #[error("Partition is not valid for resource \"{0}\".")]
    ResourcePartition(String),
    /// A resource without a plain service.
    #[error("Resource vendor must be fully qualified and cannot contain regexes: {0}")]
    ResourceVendor(String),
    /// A resource of IAM, which is global, in a region.
    #[error("IAM resource {0} cannot contain region information.")]
    ResourceRegion(String),
    /// A variable in one of the first five fields of a resource's ARN.
    #[error(
        "A policy variable can only stand in the last field of a resource's ARN, not in field {field}."
    )]
    VariablePlace {
        /// Which field, counted from 1.
        field: usize,
    },
    /// A `${` that begins no variable.
    #[error("Not a policy variable: {0}")]
    Variable(String),
    /// A principal that cannot be one.
    #[error("Invalid principal in policy: \"{kind}\":\"{value}\"")]
    Principal {
        /// The member of `Principal`.
        kind: String,
        /// Its value.
        value: String,
    },
    /// `NotPrincipal` grants nothing.
    #[error("NotPrincipal is only supported with Effect Deny.")]
    NotPrincipalAllow,
    /// A condition operator that does not exist.
    #[error("Invalid Condition type : {0}")]
    ConditionType(String),
    /// A condition key that is empty or has no prefix.
    #[error("Condition key {0} must be prefaced by a vendor, e.g., aws:SourceIp.")]
    ConditionKey(String),
    /// A value that the condition's operator cannot compare with.
    #[error("Condition value {value} is not {wanted}.")]
    ConditionValue {
        /// As written.
        value: String,
        /// What the operator compares.
        wanted: &'static str,
    },
}

/// A place in a document, known by the way to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Self>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    pub(crate) const ROOT: Place<'static> = Place {
        parent: None,
        step: Step::Root,
    };

    pub(crate) const fn member(&'a self, name: &'a str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Member(name),
        }
    }

    pub(crate) const fn index(&'a self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    pub(crate) fn refuse(&self, problem: Problem) -> PolicyError {
        let mut steps = vec![self.step];
        let mut at = self;
        while let Some(parent) = at.parent {
            steps.push(parent.step);
            at = parent;
        }
        let mut path = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Step::Root => {}
                Step::Member(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        PolicyError { path, problem }
    }
}
