//! `Principal` and `NotPrincipal`.
//!
//! Pages of the IAM User Guide: `reference_policies_elements_principal`, `reference_policies_elements_notprincipal`,
//! `reference_policies_variables` ("Principal key values").

use iam::{
    Context, Limits, Named, Policies, Policy, PolicyKind, Principal, PrincipalPattern, Problem,
    Request, Resource, ResourcePolicy, Value, evaluate,
};

use crate::{ACCOUNT, OTHER, VPC, federated_user, parse, role_session, root, service, user};

fn document(effect: &str, principal: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", {principal}, "Action": "*", "Resource": "*"}}}}"#
    )
}

/// Whether a resource's policy with this statement has a deny for `principal`.
fn denied(principal: &Principal, element: &str) -> bool {
    denied_with(principal, element, false)
}

/// The same, of a principal with or without a permissions boundary.
fn denied_with(principal: &Principal, element: &str, bounded: bool) -> bool {
    let policy = parse(PolicyKind::Resource, &document("Deny", element));
    let everyone = parse(
        PolicyKind::Identity,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    );
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
        ..Resource::own(VPC)
    };
    let context = Context::new();
    let request = Request {
        principal,
        action: "sns:Publish",
        resources: &[resource],
        context: &context,
    };
    let identity = [Named {
        name: "all",
        policy: &everyone,
    }];
    let policies = Policies {
        identity: &identity,
        boundary: bounded.then_some(identity[0]),
        ..Policies::default()
    };
    matches!(evaluate(&request, &policies), iam::Decision::Denied { .. })
}

fn everyone() -> [Principal; 7] {
    let provider = Principal::Federated {
        provider: "accounts.google.com".to_owned(),
    };
    [
        root(),
        user(),
        role_session(),
        federated_user(),
        provider,
        service(),
        Principal::Anonymous,
    ]
}

#[test]
fn a_principal_is_named_by_itself_its_issuer_its_account_or_all() {
    // Root, user, role session, federated user, provider, service, anonymous.
    let table: [(&str, [bool; 7]); 15] = [
        (r#""*""#, [true; 7]),
        (r#"{"AWS": "*"}"#, [true; 7]),
        (
            r#"{"AWS": "111122223333"}"#,
            [true, true, true, true, false, false, false],
        ),
        (
            r#"{"AWS": ["arn:aws:iam::111122223333:root"]}"#,
            [true, true, true, true, false, false, false],
        ),
        (r#"{"AWS": "444455556666"}"#, [false; 7]),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:user/team/david"}"#,
            [false, true, false, true, false, false, false],
        ),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:user/david"}"#,
            [false; 7],
        ),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:user/team/David"}"#,
            [false; 7],
        ),
        (
            r#"{"AWS": "AIDAEXAMPLEEXAMPLE01"}"#,
            [false, true, false, false, false, false, false],
        ),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:role/ops/admin"}"#,
            [false, false, true, false, false, false, false],
        ),
        (
            r#"{"AWS": "AROAEXAMPLEEXAMPLE01"}"#,
            [false, false, true, false, false, false, false],
        ),
        (
            r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/admin/shift"}"#,
            [false, false, true, false, false, false, false],
        ),
        (
            r#"{"AWS": "arn:aws:sts::111122223333:federated-user/eve"}"#,
            [false, false, false, true, false, false, false],
        ),
        (
            r#"{"Federated": "accounts.google.com"}"#,
            [false, false, false, false, true, false, false],
        ),
        (
            r#"{"Service": ["sns.amazonaws.com", "vpce.amazonaws.com"]}"#,
            [false, false, false, false, false, true, false],
        ),
    ];
    for (element, wanted) in table {
        let found = everyone().map(|one| denied(&one, &format!(r#""Principal": {element}"#)));
        assert_eq!(found, wanted, "{element}");
    }
}

// "you must also specify the account ARN of the not-denied principal", and for a session its role.
#[test]
fn not_principal_spares_whom_it_lists_with_all_that_they_are() {
    let spared = |principal: &Principal, listed: &str| {
        !denied(
            principal,
            &format!(r#""NotPrincipal": {{"AWS": [{listed}]}}"#),
        )
    };
    let account = r#""111122223333""#;
    let david = r#""arn:aws:iam::111122223333:user/team/david""#;
    let role = r#""arn:aws:iam::111122223333:role/ops/admin""#;
    let session = r#""arn:aws:sts::111122223333:assumed-role/admin/shift""#;
    assert!(spared(&user(), &format!("{david}, {account}")));
    assert!(!spared(&user(), david));
    assert!(!spared(&user(), account));
    assert!(spared(&root(), account));
    assert!(spared(
        &role_session(),
        &format!("{session}, {role}, {account}")
    ));
    assert!(!spared(&role_session(), &format!("{role}, {account}")));
    assert!(!spared(&role_session(), &format!("{session}, {account}")));
    let eve = r#""arn:aws:sts::111122223333:federated-user/eve""#;
    assert!(spared(
        &federated_user(),
        &format!("{eve}, {david}, {account}")
    ));
    assert!(!spared(&federated_user(), &format!("{eve}, {account}")));
    assert!(!spared(
        &Principal::Anonymous,
        &format!("{david}, {account}")
    ));
    assert!(!spared(&service(), account));
    assert!(everyone().iter().all(|one| spared(one, r#""*""#)));
    assert!(!denied(
        &service(),
        r#""NotPrincipal": {"Service": "vpce.amazonaws.com"}"#
    ));
}

// "The NotPrincipal element with a Deny effect will always deny any IAM principal that has a permissions boundary policy
// attached".
#[test]
fn not_principal_spares_nobody_who_has_a_boundary() {
    let listed =
        r#""NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/team/david"]}"#;
    assert!(!denied_with(&user(), listed, false));
    assert!(denied_with(&user(), listed, true));
    assert!(!denied_with(
        &user(),
        r#""Principal": {"AWS": "444455556666"}"#,
        true
    ));
}

#[test]
fn what_can_be_no_principal_is_refused() {
    let problem = |element: &str| {
        let text = document("Allow", element);
        let refused = Policy::parse(&text, PolicyKind::Trust, Limits::characters(1_000));
        let resource = Policy::parse(&text, PolicyKind::Resource, Limits::characters(1_000));
        assert!(refused.is_err(), "{text}");
        resource.expect_err(element).problem
    };
    for (kind, value) in [
        ("AWS", ""),
        ("AWS", "david"),
        ("AWS", "11112222333"),
        ("AWS", "arn:aws:iam::111122223333:user/*"),
        ("AWS", "arn:aws:iam::111122223333:user/da?id"),
        ("AWS", "arn:aws:iam::*:root"),
        ("AWS", "arn:aws:iam::111122223333:group/x"),
        ("AWS", "arn:aws:iam::111122223333:user/"),
        ("AWS", "arn:aws:iam::111122223333:user//x"),
        ("AWS", "arn:aws:iam:us-east-1:111122223333:user/x"),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/admin"),
        (
            "AWS",
            "arn:aws:sts::111122223333:assumed-role/ops/admin/shift",
        ),
        ("AWS", "arn:aws:s3:::bucket"),
        ("Service", "*"),
        ("Service", "vpce"),
        ("Service", "vpce..com"),
        ("Federated", "*"),
        ("Federated", ""),
    ] {
        let wanted = Problem::Principal {
            kind: kind.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(
            problem(&format!(r#""Principal": {{"{kind}": "{value}"}}"#)),
            wanted
        );
    }
    assert_eq!(
        problem(r#""Principal": {"CanonicalUser": "79a5"}"#),
        Problem::Unknown("CanonicalUser".to_owned())
    );
    for form in [
        r#""111122223333""#,
        "{}",
        "[]",
        "null",
        r#"{"AWS": []}"#,
        r#"{"AWS": {}}"#,
    ] {
        let found = problem(&format!(r#""Principal": {form}"#));
        assert!(matches!(found, Problem::Form { .. }), "{form}: {found}");
    }
    assert_eq!(
        problem(r#""NotPrincipal": "*""#),
        Problem::NotPrincipalAllow
    );
    assert_eq!(
        problem(r#""Principal": "*", "NotPrincipal": "*""#),
        Problem::Exclusive("Principal", "NotPrincipal")
    );
}

#[test]
fn a_policy_tells_whom_it_names() {
    let text = document(
        "Deny",
        r#""Principal": {"AWS": ["444455556666", "AIDAEXAMPLEEXAMPLE01"], "Service": "a.b"}"#,
    );
    let policy = parse(PolicyKind::Resource, &text);
    let named: Vec<&PrincipalPattern> = policy.principals().collect();
    let wanted = [
        PrincipalPattern::Account(OTHER.to_owned()),
        PrincipalPattern::Id("AIDAEXAMPLEEXAMPLE01".to_owned()),
        PrincipalPattern::Service("a.b".to_owned()),
    ];
    assert_eq!(named, wanted.iter().collect::<Vec<_>>());
}

/// What kind of principal, its user name, its id, its ARN and its account are, as condition keys.
fn described(principal: &Principal) -> [Option<String>; 5] {
    let mut context = Context::new();
    principal.describe(&mut context);
    let keys = [
        "aws:PrincipalType",
        "aws:username",
        "aws:userid",
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
    ];
    keys.map(|key| context.get(key)?.as_slice().first().cloned())
}

// "Principal key values", and `reference_policies_condition-keys` for aws:PrincipalArn.
#[test]
fn every_kind_of_principal_has_its_keys() {
    let table: [(Principal, [&str; 5]); 7] = [
        (
            root(),
            [
                "Account",
                "",
                ACCOUNT,
                "arn:aws:iam::111122223333:root",
                ACCOUNT,
            ],
        ),
        (
            user(),
            [
                "User",
                "david",
                "AIDAEXAMPLEEXAMPLE01",
                "arn:aws:iam::111122223333:user/team/david",
                ACCOUNT,
            ],
        ),
        (
            role_session(),
            [
                "AssumedRole",
                "",
                "AROAEXAMPLEEXAMPLE01:shift",
                "arn:aws:iam::111122223333:role/ops/admin",
                ACCOUNT,
            ],
        ),
        (
            federated_user(),
            [
                "FederatedUser",
                "",
                "111122223333:eve",
                "arn:aws:sts::111122223333:federated-user/eve",
                ACCOUNT,
            ],
        ),
        (Principal::Anonymous, ["Anonymous", "", "", "", ""]),
        (service(), [""; 5]),
        (
            Principal::Federated {
                provider: "accounts.google.com".to_owned(),
            },
            [""; 5],
        ),
    ];
    for (principal, wanted) in table {
        let wanted = wanted.map(|text| (!text.is_empty()).then(|| text.to_owned()));
        assert_eq!(described(&principal), wanted);
    }
}

#[test]
fn a_service_says_that_it_is_one() {
    for principal in everyone() {
        let mut context = Context::new();
        principal.describe(&mut context);
        let is_service = principal == service();
        assert_eq!(
            context.get("aws:PrincipalIsAWSService"),
            Some(&is_service.into())
        );
        let name = is_service.then(|| Value::from("vpce.amazonaws.com"));
        assert_eq!(context.get("aws:PrincipalServiceName"), name.as_ref());
    }
}
