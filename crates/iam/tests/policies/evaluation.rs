//! How policies together decide.
//!
//! Pages of the IAM User Guide: `reference_policies_evaluation-logic_policy-eval-basics`,
//! `reference_policies_evaluation-logic_policy-eval-denyallow`, `reference_policies_evaluation-logic-cross-account`.

use iam::Grant;

use crate::{
    ACCOUNT, Context, Decision, Named, OTHER, Policies, Policy, PolicyKind, Principal, Request,
    Resource, ResourcePolicy, evaluate, federated_user, one, parse, role_session, root, service,
    user,
};

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:news";

/// What policies are there, and what they say.
#[derive(Clone, Copy, Default)]
enum Says {
    #[default]
    Absent,
    Nothing,
    Allows,
    Denies,
}

impl Says {
    fn policy(self) -> Option<Policy> {
        let statement = match self {
            Self::Absent => return None,
            Self::Nothing => r#""Effect": "Allow", "Action": "sns:Other""#,
            Self::Allows => r#""Effect": "Allow", "Action": "sns:Publish""#,
            Self::Denies => r#""Effect": "Deny", "Action": "sns:Publish""#,
        };
        Some(one(&format!(r#"{{{statement}, "Resource": "*"}}"#)))
    }
}

/// A request of `sns:Publish` on [`TOPIC`], and all that there is to say about it.
struct Case {
    principal: Principal,
    identity: Says,
    boundary: Says,
    session: Says,
    endpoint: Says,
    /// The `Principal` of a statement of the resource's policy, and its effect.
    own: Option<(&'static str, &'static str)>,
    required: bool,
    owner: Option<&'static str>,
}

impl Case {
    fn of(principal: Principal) -> Self {
        Self {
            principal,
            identity: Says::Absent,
            boundary: Says::Absent,
            session: Says::Absent,
            endpoint: Says::Absent,
            own: None,
            required: false,
            owner: None,
        }
    }

    /// `+` and what allowed it, `!` and what denied it, or `-` and what was missing.
    fn decide(&self) -> String {
        let [identity, boundary, session, endpoint] =
            [self.identity, self.boundary, self.session, self.endpoint].map(Says::policy);
        let own = self.own.map(|(effect, principal)| {
            let text = format!(
                r#"{{"Statement": {{"Effect": "{effect}", "Principal": {principal}, "Action": "sns:Publish", "Resource": "*"}}}}"#
            );
            parse(PolicyKind::Resource, &text)
        });
        let named = |policy| Named { name: "p", policy };
        let identity: Vec<_> = identity.iter().map(named).collect();
        let session: Option<Vec<_>> = session.as_ref().map(|policy| vec![named(policy)]);
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_ref().map(named),
            session: session.as_deref(),
            endpoint: endpoint.as_ref().map(named),
        };
        let resource = Resource {
            arn: TOPIC,
            account: self.owner,
            context: None,
            policy: own.as_ref().map(|policy| ResourcePolicy {
                policy: named(policy),
                required: self.required,
                context: None,
            }),
        };
        let context = Context::new();
        let request = Request {
            principal: &self.principal,
            action: "sns:Publish",
            resources: &[resource],
            context: &context,
        };
        match evaluate(&request, &policies) {
            Decision::Allowed { by: Grant::Root } => "+Root".to_owned(),
            Decision::Allowed {
                by: Grant::Statement(by),
            } => format!("+{:?}", by.layer),
            Decision::Denied { by, .. } => format!("!{:?}", by.layer),
            Decision::NotAllowed { missing, .. } => format!("-{missing:?}"),
            Decision::Undecided { .. } => "?".to_owned(),
        }
    }
}

#[test]
fn by_default_nothing_is_allowed_but_to_root() {
    for principal in [user(), role_session(), federated_user()] {
        assert_eq!(Case::of(principal).decide(), "-Identity");
    }
    assert_eq!(Case::of(root()).decide(), "+Root");
    for nobody in [service(), Principal::Anonymous] {
        assert_eq!(Case::of(nobody).decide(), "-Resource");
    }
}

// "If the code finds even one explicit deny that applies, the code returns a final decision of Deny."
#[test]
fn a_deny_in_any_policy_decides() {
    let allowed = || Case {
        identity: Says::Allows,
        boundary: Says::Allows,
        session: Says::Allows,
        endpoint: Says::Allows,
        own: Some(("Allow", r#""*""#)),
        ..Case::of(role_session())
    };
    assert_eq!(allowed().decide(), "+Resource");
    assert_eq!(
        Case {
            identity: Says::Denies,
            ..allowed()
        }
        .decide(),
        "!Identity"
    );
    assert_eq!(
        Case {
            boundary: Says::Denies,
            ..allowed()
        }
        .decide(),
        "!Boundary"
    );
    assert_eq!(
        Case {
            session: Says::Denies,
            ..allowed()
        }
        .decide(),
        "!Session"
    );
    assert_eq!(
        Case {
            endpoint: Says::Denies,
            ..allowed()
        }
        .decide(),
        "!Endpoint"
    );
    assert_eq!(
        Case {
            own: Some(("Deny", r#""*""#)),
            ..allowed()
        }
        .decide(),
        "!Resource"
    );
    let denied_root = Case {
        own: Some(("Deny", r#""*""#)),
        ..Case::of(root())
    };
    assert_eq!(denied_root.decide(), "!Resource");
}

// "the resulting permissions are the intersection" of identity policies, boundary and session policies.
#[test]
fn boundaries_and_session_policies_only_take_away() {
    use Says::{Absent, Allows, Nothing};
    let table = [
        (Absent, Absent, Absent, "-Identity"),
        (Nothing, Absent, Absent, "-Identity"),
        (Allows, Absent, Absent, "+Identity"),
        (Allows, Nothing, Absent, "-Boundary"),
        (Allows, Allows, Absent, "+Identity"),
        (Allows, Absent, Nothing, "-Session"),
        (Allows, Absent, Allows, "+Identity"),
        (Allows, Allows, Nothing, "-Session"),
        (Allows, Nothing, Allows, "-Boundary"),
        (Allows, Allows, Allows, "+Identity"),
        (Absent, Allows, Allows, "-Identity"),
    ];
    for (identity, boundary, session, wanted) in table {
        let case = Case {
            identity,
            boundary,
            session,
            ..Case::of(role_session())
        };
        assert_eq!(case.decide(), wanted);
    }
}

// "If there is no session policy, the code checks whether the principal is a role session [...] Otherwise, the request
// is implicitly denied": a federated user has what its session policies leave of the user's permissions.
#[test]
fn a_federated_user_has_no_more_than_its_session_policies() {
    let case = |session| Case {
        identity: Says::Allows,
        session,
        ..Case::of(federated_user())
    };
    assert_eq!(case(Says::Absent).decide(), "-Session");
    assert_eq!(case(Says::Nothing).decide(), "-Session");
    assert_eq!(case(Says::Allows).decide(), "+Identity");
    let of_root = || Principal::FederatedUser {
        arn: format!("arn:aws:sts::{ACCOUNT}:federated-user/eve"),
        user: format!("arn:aws:iam::{ACCOUNT}:root"),
        account: ACCOUNT.to_owned(),
        name: "eve".to_owned(),
    };
    assert_eq!(Case::of(of_root()).decide(), "-Session");
    assert_eq!(
        Case {
            session: Says::Allows,
            ..Case::of(of_root())
        }
        .decide(),
        "+Root"
    );
}

const ACCOUNT_ID: &str = r#"{"AWS": "111122223333"}"#;
const USER: &str = r#"{"AWS": "arn:aws:iam::111122223333:user/team/david"}"#;
const ROLE: &str = r#"{"AWS": "arn:aws:iam::111122223333:role/ops/admin"}"#;
const SESSION: &str = r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/admin/shift"}"#;
const FEDERATED: &str = r#"{"AWS": "arn:aws:sts::111122223333:federated-user/eve"}"#;
const SERVICE: &str = r#"{"Service": "vpce.amazonaws.com"}"#;

/// Rows of: who, whom the resource's policy allows, what identity policies, boundary and session policies say, and what
/// is decided.
fn within_account(rows: &[(Principal, &'static str, [Says; 3], &str)]) {
    for (principal, named, [identity, boundary, session], wanted) in rows {
        for owner in [None, Some(ACCOUNT)] {
            let case = Case {
                identity: *identity,
                boundary: *boundary,
                session: *session,
                own: Some(("Allow", *named)),
                owner,
                ..Case::of(principal.clone())
            };
            assert_eq!(case.decide(), *wanted, "{principal:?} by {named}");
        }
    }
}

// The table "Resource-based policies and implicit denies in other policy types (same account)".
#[test]
fn a_resource_that_names_the_principal_itself_is_enough() {
    use Says::{Absent, Nothing};
    within_account(&[
        (user(), USER, [Nothing, Nothing, Absent], "+Resource"),
        (role_session(), SESSION, [Nothing; 3], "+Resource"),
        (federated_user(), FEDERATED, [Nothing; 3], "+Resource"),
        (user(), r#""*""#, [Nothing, Nothing, Absent], "+Resource"),
        (root(), ACCOUNT_ID, [Absent; 3], "+Resource"),
        (service(), SERVICE, [Absent; 3], "+Resource"),
        (Principal::Anonymous, r#""*""#, [Absent; 3], "+Resource"),
    ]);
}

// The same table.
#[test]
fn a_resource_that_names_the_role_is_held_back_by_boundary_and_session_policies() {
    use Says::{Absent, Allows, Nothing};
    within_account(&[
        (role_session(), ROLE, [Nothing, Absent, Absent], "+Resource"),
        (
            role_session(),
            ROLE,
            [Nothing, Nothing, Absent],
            "-Boundary",
        ),
        (role_session(), ROLE, [Nothing, Allows, Nothing], "-Session"),
        (role_session(), ROLE, [Nothing, Allows, Allows], "+Resource"),
        (
            federated_user(),
            USER,
            [Nothing, Absent, Absent],
            "-Session",
        ),
        (
            federated_user(),
            USER,
            [Nothing, Absent, Allows],
            "+Resource",
        ),
    ]);
}

// reference_policies_elements_principal, "AWS account principals": "This delegates authority to the account."
#[test]
fn a_resource_that_names_the_account_or_others_leaves_it_to_identity_policies() {
    use Says::{Absent, Allows, Nothing};
    within_account(&[
        (user(), ACCOUNT_ID, [Nothing, Absent, Absent], "-Identity"),
        (user(), ACCOUNT_ID, [Allows, Absent, Absent], "+Identity"),
        (user(), ACCOUNT_ID, [Allows, Nothing, Absent], "-Boundary"),
        (user(), ROLE, [Nothing, Absent, Absent], "-Identity"),
        (user(), ROLE, [Allows, Absent, Absent], "+Identity"),
        (service(), ACCOUNT_ID, [Absent; 3], "-Resource"),
        (Principal::Anonymous, ACCOUNT_ID, [Absent; 3], "-Resource"),
    ]);
}

#[test]
fn the_name_that_is_closest_to_the_principal_counts() {
    let text = |statements: &[String]| format!(r#"{{"Statement": [{}]}}"#, statements.join(","));
    let statement = |principal: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"}}"#
        )
    };
    let together = r#"{"AWS": ["111122223333", "arn:aws:iam::111122223333:user/team/david"]}"#;
    for document in [
        text(&[ACCOUNT_ID, USER].map(statement)),
        text(&[USER, ACCOUNT_ID].map(statement)),
        text(&[statement(together)]),
    ] {
        let policy = parse(PolicyKind::Resource, &document);
        let own = ResourcePolicy {
            policy: Named {
                name: "own",
                policy: &policy,
            },
            required: false,
            context: None,
        };
        let resource = Resource {
            policy: Some(own),
            ..Resource::own(TOPIC)
        };
        let (principal, context) = (user(), Context::new());
        let request = Request {
            principal: &principal,
            action: "sns:Publish",
            resources: &[resource],
            context: &context,
        };
        assert!(
            evaluate(&request, &Policies::default()).is_allowed(),
            "{document}"
        );
    }
}

// "IAM role trust policies and KMS key policies are exceptions to this logic, because they must explicitly allow access
// for principals."
#[test]
fn a_required_policy_has_to_allow() {
    let case = |named, identity| Case {
        identity,
        own: Some(("Allow", named)),
        required: true,
        ..Case::of(user())
    };
    let david = r#"{"AWS": "arn:aws:iam::111122223333:user/team/david"}"#;
    let account = r#"{"AWS": "111122223333"}"#;
    let other = r#"{"AWS": "444455556666"}"#;
    assert_eq!(case(david, Says::Absent).decide(), "+Resource");
    assert_eq!(case(account, Says::Absent).decide(), "-Identity");
    assert_eq!(case(account, Says::Allows).decide(), "+Identity");
    assert_eq!(case(other, Says::Allows).decide(), "-Resource");
    let by_root = Case {
        principal: root(),
        ..case(other, Says::Absent)
    };
    assert_eq!(by_root.decide(), "-Resource");
}

// "The request is allowed only if both evaluations return a decision of Allow."
#[test]
fn across_accounts_both_sides_have_to_allow() {
    let case = |named: Option<&'static str>, identity| Case {
        identity,
        own: named.map(|named| ("Allow", named)),
        owner: Some(OTHER),
        ..Case::of(user())
    };
    for named in [
        r#""*""#,
        r#"{"AWS": "111122223333"}"#,
        r#"{"AWS": "arn:aws:iam::111122223333:user/team/david"}"#,
    ] {
        assert_eq!(
            case(Some(named), Says::Allows).decide(),
            "+Identity",
            "{named}"
        );
        assert_eq!(
            case(Some(named), Says::Absent).decide(),
            "-Identity",
            "{named}"
        );
        let held_back = Case {
            boundary: Says::Nothing,
            ..case(Some(named), Says::Allows)
        };
        assert_eq!(held_back.decide(), "-Boundary", "{named}");
        let by_root = Case {
            principal: root(),
            ..case(Some(named), Says::Absent)
        };
        assert_eq!(
            by_root.decide(),
            if named.contains("user") {
                "-Resource"
            } else {
                "+Root"
            }
        );
    }
    assert_eq!(case(None, Says::Allows).decide(), "-Resource");
    assert_eq!(
        case(Some(r#"{"AWS": "777788889999"}"#), Says::Allows).decide(),
        "-Resource"
    );
    let denied = Case {
        own: Some(("Deny", r#""*""#)),
        ..case(None, Says::Allows)
    };
    assert_eq!(denied.decide(), "!Resource");
}

// reference_policies_evaluation-logic-cross-account: "two evaluations", of which the principal's comes first here: its
// outcome does not tell what the resource's policy says.
#[test]
fn across_accounts_the_principal_s_own_policies_decide_first() {
    let case = |identity, own| Case {
        identity,
        own: Some(own),
        owner: Some(OTHER),
        ..Case::of(user())
    };
    for own in [
        ("Allow", r#""*""#),
        ("Deny", r#""*""#),
        ("Allow", r#"{"AWS": "777788889999"}"#),
    ] {
        assert_eq!(case(Says::Denies, own).decide(), "!Identity", "{own:?}");
        assert_eq!(case(Says::Nothing, own).decide(), "-Identity", "{own:?}");
        let limited = Case {
            session: Says::Nothing,
            ..case(Says::Allows, own)
        };
        assert_eq!(limited.decide(), "-Session", "{own:?}");
    }
    assert_eq!(case(Says::Allows, ("Deny", r#""*""#)).decide(), "!Resource");
    // Not even one that names the session itself does without the session's own policies.
    for named in [r#""*""#, ROLE, SESSION] {
        let case = Case {
            principal: role_session(),
            session: Says::Nothing,
            ..case(Says::Allows, ("Allow", named))
        };
        assert_eq!(case.decide(), "-Session", "{named}");
    }
}

// PrivateLink guide, vpc-endpoints-access: "An endpoint policy does not override or replace identity-based policies or
// resource-based policies."
#[test]
fn an_endpoint_policy_has_to_allow_as_well() {
    for principal in [user(), role_session(), root()] {
        let case = |endpoint| Case {
            identity: Says::Allows,
            endpoint,
            ..Case::of(principal.clone())
        };
        assert!(case(Says::Allows).decide().starts_with('+'));
        assert_eq!(case(Says::Nothing).decide(), "-Endpoint");
        assert_eq!(case(Says::Denies).decide(), "!Endpoint");
    }
    let alone = Case {
        endpoint: Says::Allows,
        ..Case::of(user())
    };
    assert_eq!(alone.decide(), "-Identity");
    let open = Case {
        endpoint: Says::Nothing,
        own: Some(("Allow", r#""*""#)),
        ..Case::of(user())
    };
    assert_eq!(open.decide(), "-Endpoint");
}
