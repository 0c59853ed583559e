//! Tests: ARN patterns, table by table, and the reach of `*` over colons against a naive matcher.

use proptest::prelude::*;

use super::*;
use crate::context::Context;
use crate::work::Work;

fn resource(pattern: &str, arn: &str) -> bool {
    let context =
        Context::from_iter([("aws:username", "david"), ("aws:PrincipalTag/colon", "a:b")]);
    let work = Work::default();
    let scope = Scope::of(&context, &work);
    ResourcePattern::parse(pattern, true)
        .unwrap()
        .matches(arn, scope)
}

fn condition(pattern: &str, arn: &str) -> bool {
    let context =
        Context::from_iter([("aws:PrincipalArn", "arn:aws:iam::111122223333:user/david")]);
    let work = Work::default();
    let scope = Scope::of(&context, &work);
    ArnPattern::parse(pattern, true)
        .unwrap()
        .matches(arn, scope)
}

// reference_policies_elements_resource
#[test]
fn resources_match_field_by_field() {
    let vpc = "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1";
    let topic = "arn:aws:sns:us-east-1:111122223333:topic:sub";
    let table = [
        ("*", vpc, true),
        ("*", "*", true),
        (vpc, vpc, true),
        (vpc, "*", false),
        ("arn:aws:ec2:*:*:vpc/*", vpc, true),
        ("arn:aws:ec2:*:*:vpc/*", "*", false),
        ("arn:aws:ec2:*:444455556666:vpc/*", vpc, false),
        ("arn:aws:ec2:us-*-1:1111*:vpc/vpc-?", vpc, true),
        ("arn:aws:ec2:us-*-1:111122223333:subnet/*", vpc, false),
        ("arn:*:ec2:*:*:*", vpc, true),
        ("arn:aws:ec2:*:*:VPC/*", vpc, false),
        // The last field takes slashes and colons.
        ("arn:aws:sns:us-east-1:111122223333:*", topic, true),
        ("arn:aws:sns:us-east-1:111122223333:top*sub", topic, true),
        (
            "arn:aws:s3:::bucket/*/test/*",
            "arn:aws:s3:::bucket/1/2/test/3/object.jpg",
            true,
        ),
        (
            "arn:aws:s3:::bucket/*/test/*",
            "arn:aws:s3:::bucket/1-test/object.jpg",
            false,
        ),
        // A `*` at the end of a field reaches over colons; one in its midst does not.
        ("arn:aws:ec2:*", vpc, true),
        ("arn:aws:sns:*", vpc, false),
        ("arn:aws:ec2:us-east-1:*", vpc, true),
        ("arn:aws:ec2:us-e*", vpc, true),
        (
            "arn:aws:logs:*:log-group:x*",
            "arn:aws:logs:us-east-1:111122223333:log-group:xyz",
            true,
        ),
        (
            "arn:aws:logs:*:111122223333:x",
            "arn:aws:logs:r:1:log:111122223333:x",
            true,
        ),
        (
            "arn:aws:logs:u*1:111122223333:x",
            "arn:aws:logs:us:1:111122223333:x",
            false,
        ),
        (
            "arn:aws:ec2:?:111122223333:vpc/vpc-1",
            "arn:aws:ec2:::111122223333:vpc/vpc-1",
            false,
        ),
        // reference_policies_variables: in the last field.
        (
            "arn:aws:iam::111122223333:user/${aws:username}",
            "arn:aws:iam::111122223333:user/david",
            true,
        ),
        (
            "arn:aws:iam::111122223333:user/${aws:username}",
            "arn:aws:iam::111122223333:user/anna",
            false,
        ),
        (
            "arn:aws:iam::111122223333:user/${aws:userid}",
            "arn:aws:iam::111122223333:user/",
            false,
        ),
        (
            "arn:aws:sqs:*:*:${aws:PrincipalTag/colon}",
            "arn:aws:sqs:r:1:a:b",
            true,
        ),
    ];
    for (pattern, arn, wanted) in table {
        assert_eq!(resource(pattern, arn), wanted, "{pattern} on {arn}");
    }
}

// reference_policies_elements_condition_operators, "Amazon Resource Name (ARN) condition operators"
#[test]
fn arn_operators_check_each_of_six_fields() {
    let finance = "arn:aws:someservice:*:111122223333:finance/*";
    let table = [
        (
            finance,
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            false,
        ),
        (
            finance,
            "arn:aws:someservice:us-east-2:111122223333:finance/document.txt",
            true,
        ),
        ("*", "arn:aws:iam::111122223333:user/david", true),
        ("*", "david", false),
        (
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::111122223333:user/david",
            true,
        ),
        (
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::111122223333:role/david",
            false,
        ),
        ("arn:aws:sns:*:*:a*z", "arn:aws:sns:r:1:a:b:z", true),
        (
            "${aws:PrincipalArn}",
            "arn:aws:iam::111122223333:user/david",
            true,
        ),
        (
            "${aws:PrincipalArn}",
            "arn:aws:iam::111122223333:user/anna",
            false,
        ),
        (
            "${aws:SourceArn}",
            "arn:aws:iam::111122223333:user/david",
            false,
        ),
    ];
    for (pattern, arn, wanted) in table {
        assert_eq!(condition(pattern, arn), wanted, "{pattern} on {arn}");
    }
    assert!(ArnPattern::parse("arn:aws:iam::*", true).is_err());
    assert!(ArnPattern::parse("david", true).is_err());
}

/// Tries everything: fields of the pattern against runs of fields of the ARN.
fn naive(fields: &[Pattern], arn: &[&str], index: usize) -> bool {
    let context = Context::new();
    let work = Work::default();
    let scope = Scope::of(&context, &work);
    let Some((field, more)) = fields.split_first() else {
        return arn.is_empty();
    };
    if index == 5 {
        return !arn.is_empty() && field.matches(&arn.join(":"), scope);
    }
    let Some((first, rest)) = arn.split_first() else {
        return false;
    };
    let furthest = if field.ends_open() { rest.len() } else { 0 };
    field.matches(first, scope) && (0..=furthest).any(|skip| naive(more, &rest[skip..], index + 1))
}

proptest! {
    #[test]
    fn reaching_over_colons_is_as_its_definition(
        pattern in "arn:aws:x(:[ab*]{0,3}){1,4}\\*",
        arn in "arn:aws:x(:[ab]{0,2}){1,9}",
    ) {
        let Ok(ResourcePattern::Fields(fields)) = ResourcePattern::parse(&pattern, true) else {
            return Ok(());
        };
        let split: Vec<&str> = arn.split(':').collect();
        prop_assert_eq!(resource(&pattern, &arn), naive(&fields, &split, 0), "{} on {}", pattern, arn);
    }

    #[test]
    fn no_pattern_and_no_arn_make_it_panic(pattern in "[arn:ws*?${}'x/]{0,30}", arn in "\\PC{0,30}") {
        let context = Context::new();
        let work = Work::default();
        let scope = Scope::of(&context, &work);
        if let Ok(pattern) = ResourcePattern::parse(&pattern, true) {
            pattern.matches(&arn, scope);
        }
        if let Ok(pattern) = ArnPattern::parse(&pattern, true) {
            pattern.matches(&arn, scope);
        }
    }
}
