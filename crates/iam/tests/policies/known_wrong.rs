//! What policy engines have got wrong: each of these would be a hole, or a refusal that AWS does not make.

use crate::{ACCOUNT, Context, PolicyKind, VPC, allows, identity, one, parse, user};

fn statement(members: &str) -> iam::Policy {
    one(&format!(
        r#"{{"Effect": "Allow", "Action": "*", {members}}}"#
    ))
}

#[test]
fn a_missing_variable_is_not_the_empty_string() {
    let context = Context::new();
    let resource = statement(r#""Resource": "arn:aws:ec2:*:*:vpc/${aws:PrincipalTag/vpc}*""#);
    assert!(!allows(&resource, "ec2:DescribeVpcs", VPC, &context));
    let like = statement(
        r#""Resource": "*", "Condition": {"StringLike": {"aws:ResourceTag/t": "${aws:PrincipalTag/t}*"}}"#,
    );
    assert!(!allows(
        &like,
        "ec2:DescribeVpcs",
        VPC,
        &Context::from_iter([("aws:ResourceTag/t", "x")])
    ));
}

#[test]
fn a_wildcard_in_a_tag_is_no_wildcard() {
    let context = Context::from_iter([
        ("aws:PrincipalTag/vpc", "*"),
        ("aws:ResourceTag/t", "secret"),
    ]);
    let resource = statement(r#""Resource": "arn:aws:ec2:*:*:vpc/${aws:PrincipalTag/vpc}""#);
    assert!(!allows(&resource, "ec2:DescribeVpcs", VPC, &context));
    let like = statement(
        r#""Resource": "*", "Condition": {"StringLike": {"aws:ResourceTag/t": "${aws:PrincipalTag/vpc}"}}"#,
    );
    assert!(!allows(&like, "ec2:DescribeVpcs", VPC, &context));
}

#[test]
fn variables_work_in_condition_values() {
    let policy = statement(
        r#""Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}"#,
    );
    let context =
        |owner| Context::from_iter([("aws:username", "david"), ("aws:ResourceTag/owner", owner)]);
    assert!(allows(&policy, "ec2:DescribeVpcs", VPC, &context("david")));
    assert!(!allows(&policy, "ec2:DescribeVpcs", VPC, &context("anna")));
    assert!(!allows(
        &policy,
        "ec2:DescribeVpcs",
        VPC,
        &context("${aws:username}")
    ));
}

#[test]
fn arn_equals_knows_wildcards() {
    let policy = statement(
        r#""Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}"#,
    );
    let context = Context::from_iter([("aws:PrincipalArn", "arn:aws:iam::111122223333:role/x")]);
    assert!(allows(&policy, "ec2:DescribeVpcs", VPC, &context));
}

#[test]
fn a_policy_without_version_is_one() {
    let policy = identity(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
    assert!(allows(&policy, "ec2:DescribeVpcs", VPC, &Context::new()));
}

#[test]
fn an_account_means_everyone_in_it() {
    for principal in [ACCOUNT.to_owned(), format!("arn:aws:iam::{ACCOUNT}:root")] {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Deny", "Principal": {{"AWS": "{principal}"}}, "Action": "*", "Resource": "*"}}}}"#
        );
        let endpoint = parse(PolicyKind::Endpoint, &text);
        let all = identity(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
        let (who, context) = (user(), Context::new());
        let named = |policy| iam::Named { name: "p", policy };
        let request = iam::Request {
            principal: &who,
            action: "ec2:DescribeVpcs",
            resources: &[],
            context: &context,
        };
        let policies = iam::Policies {
            identity: &[named(&all)],
            endpoint: Some(named(&endpoint)),
            ..iam::Policies::default()
        };
        assert!(
            !iam::evaluate(&request, &policies).is_allowed(),
            "{principal}"
        );
    }
}

#[test]
fn a_negated_operator_refuses_each_of_its_values() {
    for operator in ["StringNotEquals", "StringNotLike"] {
        let condition = format!(r#"{{"{operator}": {{"aws:SourceVpce": ["vpce-1", "vpce-2"]}}}}"#);
        let policy = statement(&format!(r#""Resource": "*", "Condition": {condition}"#));
        let from = |endpoint: &str| Context::from_iter([("aws:SourceVpce", endpoint)]);
        assert!(!allows(&policy, "ec2:DescribeVpcs", VPC, &from("vpce-1")));
        assert!(!allows(&policy, "ec2:DescribeVpcs", VPC, &from("vpce-2")));
        assert!(allows(&policy, "ec2:DescribeVpcs", VPC, &from("vpce-3")));
        // And is fulfilled without the key.
        assert!(allows(&policy, "ec2:DescribeVpcs", VPC, &Context::new()));
    }
}
