//! Properties of all documents and requests, and the time that the hardest take.

use std::time::{Duration, Instant};

use iam::{Limits, Policy, PolicyKind};
use proptest::prelude::*;

use crate::{
    Context, Decision, Named, Policies, Request, Resource, VPC, allows, evaluate, identity, user,
};

fn effect() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["Allow", "Deny"]).prop_map(str::to_owned)
}

fn quoted(choices: &[&'static str]) -> impl Strategy<Value = String> {
    let choices: Vec<String> = choices.iter().map(|one| format!("{one:?}")).collect();
    prop::collection::vec(prop::sample::select(choices), 1..3)
        .prop_map(|some| format!("[{}]", some.join(",")))
}

/// A statement that has some chance to apply.
fn statement(effect: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let action = quoted(&["*", "ec2:*", "ec2:Describe*", "sns:*", "ec2:DeleteVpc"]);
    let resource = quoted(&[
        "*",
        "arn:aws:ec2:*:*:vpc/*",
        "arn:aws:ec2:*:*:subnet/*",
        "arn:aws:ec2:*:*:vpc/${k:a}",
    ]);
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotLike",
        "StringEqualsIfExists",
    ]);
    let key = prop::sample::select(vec!["k:a", "k:b"]);
    let condition =
        (operator, key, quoted(&["x", "y*", "${k:b}"])).prop_map(|(operator, key, values)| {
            format!(r#","Condition":{{"{operator}":{{"{key}":{values}}}}}"#)
        });
    let names = (any::<bool>(), any::<bool>());
    (effect, names, action, resource, prop::option::of(condition)).prop_map(
        |(effect, (not_action, not_resource), action, resource, condition)| {
            let not = |negated: bool| if negated { "Not" } else { "" };
            format!(
                r#"{{"Effect":"{effect}","{}Action":{action},"{}Resource":{resource}{}}}"#,
                not(not_action),
                not(not_resource),
                condition.unwrap_or_default()
            )
        },
    )
}

fn statements(
    effect: impl Strategy<Value = String>,
    least: usize,
) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(statement(effect), least..4)
}

fn policy(statements: &[String]) -> Policy {
    identity(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    ))
}

fn context() -> impl Strategy<Value = Context> {
    let value = prop::sample::select(vec!["x", "y", "yes", "vpc-1"]);
    let keys = prop::collection::vec((prop::sample::select(vec!["k:a", "k:b"]), value), 0..3);
    keys.prop_map(|pairs| pairs.into_iter().collect())
}

/// 2 denied, 1 allowed, 0 neither.
fn level(policies: &[Policy], context: &Context) -> u8 {
    let named: Vec<_> = policies
        .iter()
        .map(|policy| Named { name: "p", policy })
        .collect();
    let principal = user();
    let request = Request {
        principal: &principal,
        action: "ec2:DescribeVpcs",
        resources: &[Resource::own(VPC)],
        context,
    };
    let policies = Policies {
        identity: &named,
        ..Policies::default()
    };
    match evaluate(&request, &policies) {
        Decision::Denied { .. } => 2,
        Decision::Allowed { .. } => 1,
        Decision::NotAllowed { .. } | Decision::Undecided { .. } => 0,
    }
}

proptest! {
    #[test]
    fn no_text_makes_parsing_panic(text in "\\PC{0,200}") {
        for kind in [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Trust, PolicyKind::Endpoint] {
            if let Err(error) = Policy::parse(&text, kind, Limits::characters(150)) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn no_spoilt_policy_makes_it_panic(
        good in statements(effect(), 1),
        at in any::<prop::sample::Index>(),
        with in "[\\[\\]{}\",:*?$a0 ]{0,4}",
        context in context(),
    ) {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, good.join(","));
        let at = at.index(text.len());
        let spoilt = format!("{}{with}{}", &text[..at], &text[at + 1..]);
        if let Ok(policy) = Policy::parse(&spoilt, PolicyKind::Identity, Limits::characters(9_000)) {
            level(&[policy], &context);
        }
    }

    #[test]
    fn a_deny_that_applies_wins_wherever_it_stands(
        others in statements(effect(), 0),
        deny in statement(Just("Deny".to_owned())),
        at in any::<prop::sample::Index>(),
        context in context(),
    ) {
        let alone = level(&[policy(std::slice::from_ref(&deny))], &context);
        let mut all = others.clone();
        all.insert(at.index(others.len() + 1), deny);
        let together = level(&[policy(&all)], &context);
        let apart: Vec<Policy> = all.iter().map(|one| policy(std::slice::from_ref(one))).collect();
        prop_assert_eq!(level(&apart, &context), together);
        if alone == 2 {
            prop_assert_eq!(together, 2);
        }
    }

    #[test]
    fn another_allow_takes_nothing_away(
        others in statements(effect(), 1),
        allow in statement(Just("Allow".to_owned())),
        context in context(),
    ) {
        let before = level(&[policy(&others)], &context);
        let after = level(&[policy(&others), policy(&[allow])], &context);
        prop_assert!(after == before || (before == 0 && after == 1), "{} then {}", before, after);
    }

    #[test]
    fn another_deny_gives_nothing(
        others in statements(effect(), 1),
        deny in statement(Just("Deny".to_owned())),
        context in context(),
    ) {
        let before = level(&[policy(&others)], &context);
        let after = level(&[policy(&others), policy(&[deny])], &context);
        prop_assert!(after == before || after == 2, "{} then {}", before, after);
    }
}

/// The best of a few, since other work may run beside.
fn best_time(policy: &Policy, arn: &str, context: &Context) -> Duration {
    let times = (0..9).map(|_| {
        let start = Instant::now();
        assert!(!allows(policy, "ec2:DescribeVpcs", arn, context));
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

#[test]
fn a_policy_of_nested_wildcards_takes_under_a_millisecond() {
    // As long as an endpoint's policy can be, on texts as long as headers and names are.
    let nested = |count: usize| format!("{}b", "*a".repeat(count));
    let condition = format!(
        r#""Condition": {{"StringLike": {{"aws:UserAgent": ["{}", "{}"]}}}}"#,
        nested(2_000),
        nested(2_000)
    );
    let text = format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:ec2:*:*:{}"}},
            {{"Effect": "Allow", "Action": "*", "Resource": "*", {condition}}}]}}"#,
        nested(4_000)
    );
    assert!(text.len() < 20_480);
    let arn = format!("arn:aws:ec2:us-east-1:111122223333:{}", "a".repeat(2_000));
    let context = Context::from_iter([("aws:UserAgent", "a".repeat(2_000))]);
    let took = best_time(&identity(&text), &arn, &context);
    assert!(took < Duration::from_millis(1), "{took:?}");
}

#[test]
fn the_time_grows_with_the_number_of_statements_and_no_faster() {
    let of = |count: usize| {
        let some: Vec<String> = (0..count)
            .map(|n| format!(r#"{{"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:*:*:vpc/*x{n}*y"}}"#))
            .collect();
        best_time(&policy(&some), VPC, &Context::new())
    };
    let (small, large) = (of(20), of(160));
    assert!(large < small * 8 * 4, "{small:?} then {large:?}");
}
