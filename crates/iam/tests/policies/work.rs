//! What an evaluation takes, counted in steps.

use iam::{
    Context, Decision, Named, Policies, Policy, PolicyKind, Request, Resource, ResourcePolicy,
    Work, evaluate, evaluate_within,
};
use proptest::prelude::*;

use crate::{ACCOUNT, OTHER, VPC, identity, parse, user};

/// The decision of these policies on some resources, each with keys of its own, and the steps that it took.
fn decide(
    policies: &[Policy],
    request: &Context,
    resources: &[Context],
    work: &Work,
) -> (&'static str, u64) {
    let named: Vec<_> = policies
        .iter()
        .map(|policy| Named { name: "p", policy })
        .collect();
    let resources: Vec<_> = resources
        .iter()
        .map(|context| Resource {
            context: Some(context),
            ..Resource::own(VPC)
        })
        .collect();
    let principal = user();
    let request = Request {
        principal: &principal,
        action: "ec2:CreateTags",
        resources: &resources,
        context: request,
    };
    let policies = Policies {
        identity: &named,
        ..Policies::default()
    };
    let decision = match evaluate_within(&request, &policies, work) {
        Decision::Allowed { .. } => "allowed",
        Decision::Denied { .. } => "denied",
        Decision::NotAllowed { .. } => "not allowed",
        Decision::Undecided { .. } => "undecided",
    };
    (decision, work.steps())
}

/// As many patterns on a key as a managed policy holds, each of the hardest kind.
fn hard(key: &str) -> Policy {
    let patterns: Vec<String> = (0..700).map(|_| r#""*z?q*""#.to_owned()).collect();
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Action": "*", "Resource": "*"}},
            {{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{"StringLike": {{"{key}": [{}]}}}}}}]}}"#,
        patterns.join(",")
    );
    identity(&text)
}

fn ten(key: &str) -> Vec<Policy> {
    (0..10).map(|_| hard(key)).collect()
}

fn tagged(value: &str) -> Context {
    Context::from_iter([("aws:ResourceTag/a", value)])
}

#[test]
fn what_no_resource_has_a_part_in_is_judged_once_for_all() {
    let request = Context::from_iter([("aws:UserAgent", "z".repeat(1024))]);
    let policies = ten("aws:UserAgent");
    let steps = |resources: usize| {
        let resources = vec![tagged("x"); resources];
        let (decision, steps) = decide(&policies, &request, &resources, &Work::default());
        assert_eq!(decision, "allowed");
        steps
    };
    let (one, thousand) = (steps(1), steps(1000));
    assert!(one > 7_000 * 1_024, "{one}");
    let each = (thousand - one) / 999;
    assert!(each < 200, "{each} steps for another resource");
}

#[test]
fn what_takes_more_than_the_work_there_is_is_not_decided() {
    let policies = ten("aws:ResourceTag/a");
    let few = vec![tagged(&"z".repeat(256)); 2];
    let (decision, steps) = decide(&policies, &Context::new(), &few, &Work::default());
    assert_eq!(decision, "allowed");
    assert!(steps < Work::STEPS_MAX);
    let work = Work::new(2 * steps);
    let many = vec![tagged(&"z".repeat(256)); 1000];
    let (decision, taken) = decide(&policies, &Context::new(), &many, &work);
    assert_eq!((decision, taken), ("undecided", 2 * steps));
    // So it is unless the caller says how much there is.
    let principal = user();
    let context = Context::from_iter([("aws:ResourceTag/a", "z".repeat(100_000))]);
    let request = Request {
        principal: &principal,
        action: "ec2:CreateTags",
        resources: &[],
        context: &context,
    };
    let named = [Named {
        name: "p",
        policy: &policies[0],
    }];
    let policies = Policies {
        identity: &named,
        ..Policies::default()
    };
    let decision = evaluate(&request, &policies);
    assert!(!decision.is_allowed());
    assert!(decision.to_string().contains("more comparisons"));
}

#[test]
fn full_policies_of_arns_on_a_thousand_resources_are_decided() {
    let arns: Vec<String> = (0..85)
        .map(|n| format!(r#""arn:aws:ec2:us-east-1:111122223333:vpc/vpc-{n:017x}""#))
        .collect();
    let statement = |effect: &str, arns: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", "Action": "ec2:*", "Resource": [{arns}]}}}}"#
        )
    };
    let text = statement("Deny", &arns.join(","));
    assert!((5_000..6_144).contains(&text.len()), "{}", text.len());
    let mut policies = vec![identity(&text); 9];
    policies.push(identity(&statement("Allow", r#""*""#)));
    let resources = vec![Context::new(); 1000];
    let (decision, steps) = decide(&policies, &Context::new(), &resources, &Work::default());
    assert_eq!(decision, "allowed");
    assert!(steps < Work::STEPS_MAX / 4 * 3, "{steps}");
}

#[test]
fn evaluations_that_share_their_work_share_its_end() {
    let policies = [hard("aws:ResourceTag/a")];
    let resources = [tagged(&"z".repeat(256))];
    let context = Context::new();
    let (_, alone) = decide(&policies, &context, &resources, &Work::default());
    let work = Work::new(2 * alone + 1);
    for wanted in ["allowed", "allowed", "undecided"] {
        let (decision, _) = decide(&policies, &context, &resources, &work);
        assert_eq!(decision, wanted);
    }
    assert!(work.is_spent());
}

#[test]
fn another_account_s_policy_that_takes_too_much_does_not_allow_and_is_told_from_no_other() {
    let everything =
        identity(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
    let nothing =
        identity(r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#);
    let text = format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}},
            {{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {{"StringLike": {{"k:k": [{}]}}}}}}]}}"#,
        vec![r#""*z?q*""#; 700].join(",")
    );
    let own = parse(PolicyKind::Resource, &text);
    let context = Context::from_iter([("k:k", "z".repeat(1024))]);
    let principal = user();
    let decide = |identity: &Policy, account: &str, work: &Work| {
        let named = [Named {
            name: "p",
            policy: identity,
        }];
        let resource = Resource {
            account: Some(account),
            policy: Some(ResourcePolicy {
                policy: Named {
                    name: "own",
                    policy: &own,
                },
                required: false,
                context: None,
            }),
            ..Resource::own(VPC)
        };
        let request = Request {
            principal: &principal,
            action: "ec2:CreateTags",
            resources: &[resource],
            context: &context,
        };
        let policies = Policies {
            identity: &named,
            ..Policies::default()
        };
        match evaluate_within(&request, &policies, work) {
            Decision::Allowed { .. } => "allowed".to_owned(),
            Decision::NotAllowed { missing, .. } => format!("not by {missing:?}"),
            Decision::Denied { .. } => "denied".to_owned(),
            Decision::Undecided { .. } => "undecided".to_owned(),
        }
    };
    let little = || Work::new(10_000);
    assert_eq!(decide(&everything, OTHER, &Work::default()), "allowed");
    assert_eq!(decide(&everything, OTHER, &little()), "not by Resource");
    assert_eq!(decide(&nothing, OTHER, &little()), "not by Identity");
    assert_eq!(decide(&everything, ACCOUNT, &little()), "undecided");
    assert_eq!(decide(&everything, OTHER, &Work::new(3)), "undecided");
}

/// A statement with a condition on a key of the request or of a resource, or on both.
fn statement() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["Allow", "Deny"]);
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringEqualsIgnoreCase",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotLike",
        "StringEqualsIfExists",
    ]);
    let key = prop::sample::select(vec!["k:both", "k:request", "k:resource"]);
    let value = prop::sample::select(vec![
        "x",
        "*x?y*",
        "${k:both}",
        "${k:request, 'x'}",
        "*${k:resource}",
    ]);
    (effect, operator, key, value).prop_map(|(effect, operator, key, value)| {
        format!(
            r#"{{"Effect": "{effect}", "Action": "*", "Resource": "*", "Condition": {{"{operator}": {{"{key}": "{value}"}}}}}}"#
        )
    })
}

fn context(keys: Vec<&'static str>) -> impl Strategy<Value = Context> {
    let value = prop::sample::select(vec!["x", "X", "xzy", ""]);
    let pairs = prop::collection::vec((prop::sample::select(keys), value), 0..3);
    pairs.prop_map(|pairs| pairs.into_iter().collect())
}

proptest! {
    #[test]
    fn resources_together_are_decided_as_each_alone(
        statements in prop::collection::vec(statement(), 1..5),
        request in context(vec!["k:both", "k:request"]),
        resources in prop::collection::vec(context(vec!["k:both", "k:resource"]), 1..5),
    ) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let policies = [identity(&text)];
        let decisions: Vec<&str> = resources
            .iter()
            .map(|one| decide(&policies, &request, std::slice::from_ref(one), &Work::default()).0)
            .collect();
        let worst = ["denied", "not allowed", "allowed"]
            .into_iter()
            .find(|one| decisions.contains(one));
        let (together, _) = decide(&policies, &request, &resources, &Work::default());
        prop_assert_eq!(Some(together), worst);
    }

    #[test]
    fn with_less_work_than_it_takes_nothing_is_allowed(
        statements in prop::collection::vec(statement(), 1..5),
        request in context(vec!["k:both", "k:request"]),
        resources in prop::collection::vec(context(vec!["k:both", "k:resource"]), 1..4),
        part in 0.0..1.0,
    ) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let policies = [identity(&text)];
        let (_, steps) = decide(&policies, &request, &resources, &Work::default());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a part of a small number"
        )]
        let less = (steps as f64 * part) as u64;
        let (decision, taken) = decide(&policies, &request, &resources, &Work::new(less));
        prop_assert_eq!((decision, taken), ("undecided", less));
    }
}
