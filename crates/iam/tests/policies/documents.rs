//! Which documents are policies. Page of the IAM User Guide: `reference_policies_grammar`, where no other is named.

use iam::{Context, Limits, Policy, PolicyKind, Problem, Version};

use crate::{VPC, allows, identity, one, parse};

const KINDS: [PolicyKind; 4] = [
    PolicyKind::Identity,
    PolicyKind::Resource,
    PolicyKind::Trust,
    PolicyKind::Endpoint,
];

fn refusal(kind: PolicyKind, text: &str) -> String {
    let limits = Limits::characters(20_480);
    let refused = Policy::parse(text, kind, limits);
    refused.expect_err(text).to_string()
}

#[test]
fn documents_that_are_no_policy_are_refused_in_iams_words() {
    let table = [
        ("", "This policy contains invalid Json: line 1, column 0."),
        ("{", "This policy contains invalid Json: line 1, column 1."),
        ("[]", "Syntax errors in policy. Expected an object."),
        ("null", "Syntax errors in policy. Expected an object."),
        ("{}", "Missing required field Statement."),
        (
            r#"{"Statement": []}"#,
            "Syntax errors in policy. Expected a statement or a list of statements. (at Statement)",
        ),
        (
            r#"{"Statement": [[]]}"#,
            "Syntax errors in policy. Expected an object. (at Statement[0])",
        ),
        (
            r#"{"statement": {}}"#,
            "Syntax errors in policy. Unknown element statement.",
        ),
        (
            r#"{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": {}}"#,
            "Syntax errors in policy. Element Version appears more than once.",
        ),
        (
            r#"{"Version": "2011-01-01", "Statement": {}}"#,
            "The policy's version must be 2008-10-17 or 2012-10-17, not 2011-01-01. (at Version)",
        ),
        (
            r#"{"Version": 2012, "Statement": {}}"#,
            "Syntax errors in policy. Expected a string. (at Version)",
        ),
        (
            r#"{"Id": {}, "Statement": {}}"#,
            "Syntax errors in policy. Expected a string. (at Id)",
        ),
    ];
    for (text, wanted) in table {
        for kind in KINDS {
            assert_eq!(refusal(kind, text), wanted, "{text}");
        }
    }
}

/// A statement's members, all that it needs.
const ALL: &str = r#""Effect": "Allow", "Action": "*", "Resource": "*""#;

/// Rows of: the members of an identity policy's statement, and what is said of them.
fn refuse(rows: &[(&str, &str)]) {
    for (members, wanted) in rows {
        let text = format!(r#"{{"Statement": [{{{members}}}]}}"#);
        assert_eq!(refusal(PolicyKind::Identity, &text), *wanted, "{text}");
    }
}

#[test]
fn statements_that_are_none_are_refused_in_iams_words() {
    let table = [
        ("", "Missing required field Effect. (at Statement[0])"),
        (
            r#""Effect": "allow""#,
            "Effect must be Allow or Deny, not allow. (at Statement[0].Effect)",
        ),
        (
            r#""effect": "Allow""#,
            "Syntax errors in policy. Unknown element effect. (at Statement[0])",
        ),
        (
            r#""Effect": "Allow", "Resource": "*""#,
            "Policy statement must contain actions. (at Statement[0])",
        ),
        (
            r#""Effect": "Allow", "Action": [], "Resource": "*""#,
            "Policy statement must contain actions. (at Statement[0].Action)",
        ),
        (
            r#""Effect": "Allow", "Action": "*""#,
            "Policy statement must contain resources. (at Statement[0])",
        ),
        (
            r#""Effect": "Allow", "Action": "*", "Resource": []"#,
            "Policy statement must contain resources. (at Statement[0].Resource)",
        ),
        (
            r#""Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*""#,
            "Syntax errors in policy. Action and NotAction exclude each other. (at Statement[0])",
        ),
        (
            r#""Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "*""#,
            "Syntax errors in policy. Resource and NotResource exclude each other. (at Statement[0])",
        ),
        (
            &format!(r#"{ALL}, "Principal": "*""#),
            "Policy document should not specify a principal. (at Statement[0].Principal)",
        ),
        (
            &format!(r#"{ALL}, "Sid": "not-plain""#),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]* (at Statement[0].Sid)",
        ),
        (
            &format!(r#"{ALL}, "Sid": 1"#),
            "Syntax errors in policy. Expected a string. (at Statement[0].Sid)",
        ),
        (
            &format!(r#"{ALL}, "Effect": "Deny""#),
            "Syntax errors in policy. Element Effect appears more than once. (at Statement[0])",
        ),
        (
            r#""Effect": "Allow", "Action": ["*", 1], "Resource": "*""#,
            "Syntax errors in policy. Expected a string or a list of strings. (at Statement[0].Action[1])",
        ),
    ];
    refuse(&table);
}

#[test]
fn conditions_of_another_form_are_refused_in_iams_words() {
    let table = [
        (
            &*format!(r#"{ALL}, "Condition": []"#),
            "Syntax errors in policy. Expected an object. (at Statement[0].Condition)",
        ),
        (
            &format!(r#"{ALL}, "Condition": {{"Bool": "true"}}"#),
            "Syntax errors in policy. Expected an object. (at Statement[0].Condition.Bool)",
        ),
        (
            &format!(r#"{ALL}, "Condition": {{"Bool": {{"aws:x": [["true"]]}}}}"#),
            "Syntax errors in policy. Expected a string, a number or a boolean. (at Statement[0].Condition.Bool.aws:x[0])",
        ),
        (
            &format!(r#"{ALL}, "Condition": {{"Bool": {{"aws:x": null}}}}"#),
            "Syntax errors in policy. Expected a string, a number or a boolean. (at Statement[0].Condition.Bool.aws:x)",
        ),
        (
            &format!(r#"{ALL}, "Condition": {{"Bool": {{"aws:x": "true", "aws:x": "true"}}}}"#),
            "Syntax errors in policy. Element aws:x appears more than once. (at Statement[0].Condition.Bool)",
        ),
    ];
    refuse(&table);
}

/// The problem of an identity policy with this action, resource or condition.
fn problem(member: &str) -> Option<Problem> {
    let mut members = vec![r#""Effect": "Allow""#, member];
    if !member.contains("Action") {
        members.push(r#""Action": "*""#);
    }
    if !member.contains("Resource") {
        members.push(r#""Resource": "*""#);
    }
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{{}}}}}"#,
        members.join(",")
    );
    let parsed = Policy::parse(&text, PolicyKind::Identity, Limits::characters(1_000));
    parsed.err().map(|error| error.problem)
}

// reference_policies_elements_action
#[test]
fn actions_have_a_service_and_a_name() {
    for fine in [
        "*",
        "*:*",
        "ec2:*",
        "ec2:Describe*",
        "ec2:?escribeVpcs",
        "execute-api:Invoke",
        "EC2:describevpcs",
    ] {
        assert_eq!(problem(&format!(r#""Action": "{fine}""#)), None, "{fine}");
        assert_eq!(
            problem(&format!(r#""NotAction": ["{fine}"]"#)),
            None,
            "{fine}"
        );
    }
    for (action, wanted) in [
        ("DescribeVpcs", Problem::ActionVendorMissing),
        ("", Problem::ActionVendorMissing),
        ("**", Problem::ActionVendorMissing),
        ("ec2:a:b", Problem::ActionColons),
        ("ec*:DescribeVpcs", Problem::ActionVendor("ec*".to_owned())),
        (":DescribeVpcs", Problem::ActionVendor(String::new())),
        ("e c:DescribeVpcs", Problem::ActionVendor("e c".to_owned())),
        ("ec2:", Problem::ActionName("ec2:".to_owned())),
    ] {
        assert_eq!(
            problem(&format!(r#""Action": "{action}""#)),
            Some(wanted),
            "{action}"
        );
    }
}

// reference_policies_elements_resource; reference_policies_variables ("after the fifth colon")
#[test]
fn resources_are_arns() {
    for fine in [
        "*",
        VPC,
        "arn:aws:s3:::bucket/${aws:username}/*",
        "arn:aws-us-gov:ec2:*:*:vpc/*",
        "arn:*:ec2:*:*:vpc/*",
        "arn:aws:ec2:*",
        "arn:aws:iam::111122223333:user/x",
    ] {
        assert_eq!(
            problem(&format!(r#""Resource": ["{fine}"]"#)),
            None,
            "{fine}"
        );
    }
    let own = str::to_owned;
    for (resource, wanted) in [
        ("vpc-1", Problem::ResourceForm(own("vpc-1"))),
        ("", Problem::ResourceForm(own(""))),
        ("**x", Problem::ResourceForm(own("**x"))),
        ("arn:aws:ec2", Problem::ResourceForm(own("arn:aws:ec2"))),
        (
            "arn:aws:ec2:us-east-1:1",
            Problem::ResourceForm(own("arn:aws:ec2:us-east-1:1")),
        ),
        (
            "arn:azure:ec2:::x",
            Problem::ResourcePartition(own("arn:azure:ec2:::x")),
        ),
        (
            "arn:aws:*:::x",
            Problem::ResourceVendor(own("arn:aws:*:::x")),
        ),
        ("arn:aws::::x", Problem::ResourceVendor(own("arn:aws::::x"))),
        (
            "arn:aws:iam:us-east-1:1:x",
            Problem::ResourceRegion(own("arn:aws:iam:us-east-1:1:x")),
        ),
        (
            "arn:aws:ec2::${aws:x}:y",
            Problem::VariablePlace { field: 5 },
        ),
        ("arn:aws:ec2:::${aws", Problem::Variable(own("${aws"))),
    ] {
        assert_eq!(
            problem(&format!(r#""Resource": "{resource}""#)),
            Some(wanted),
            "{resource}"
        );
    }
}

// reference_policies_elements_condition_operators
#[test]
fn conditions_have_known_operators_and_values_that_those_compare() {
    for unknown in [
        "StringIs",
        "stringEquals",
        "StringEqualsifexists",
        "NullIfExists",
        "ForAnyValue:Null",
        "ForAllValues:",
        "ForSomeValue:StringEquals",
        "NumericLike",
        "DateLike",
        "IfExists",
        "",
    ] {
        let condition = format!(r#""Condition": {{"{unknown}": {{"aws:x": "1"}}}}"#);
        assert_eq!(
            problem(&condition),
            Some(Problem::ConditionType(unknown.to_owned()))
        );
    }
    for (operator, value) in [
        ("NumericEquals", "ten"),
        ("NumericEquals", "${aws:x}"),
        ("DateLessThan", "soon"),
        ("Bool", "yes"),
        ("Null", "${aws:x}"),
        ("BinaryEquals", "%%"),
        ("IpAddress", "10.0.0.0/33"),
        ("IpAddress", "example.com"),
        ("NotIpAddress", "10.0.0.*"),
        ("ArnLike", "topic"),
    ] {
        let condition = format!(r#""Condition": {{"{operator}": {{"aws:x": ["{value}"]}}}}"#);
        let found = problem(&condition);
        assert!(
            matches!(found, Some(Problem::ConditionValue { .. })),
            "{condition}: {found:?}"
        );
    }
    for key in ["", "SourceIp", ":x", "aws:"] {
        let condition = format!(r#""Condition": {{"Bool": {{"{key}": "true"}}}}"#);
        assert_eq!(
            problem(&condition),
            Some(Problem::ConditionKey(key.to_owned()))
        );
    }
}

#[test]
fn each_kind_of_policy_has_its_own_elements() {
    use PolicyKind::{Endpoint, Identity, Resource, Trust};
    let plain =
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}"#;
    let of_anyone = r#"{"Id": "x", "Statement": {"Sid": "a b", "Effect": "Allow", "Principal": "*", "Action": "sns:*", "Resource": "*"}}"#;
    let trust = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}}"#;
    let accepted = |kind, text| Policy::parse(text, kind, Limits::characters(1_000)).is_ok();
    for (text, kinds) in [
        (plain, [true, false, false, false]),
        (of_anyone, [false, true, false, true]),
        (trust, [false, false, true, false]),
    ] {
        assert_eq!(
            [Identity, Resource, Trust, Endpoint].map(|kind| accepted(kind, text)),
            kinds,
            "{text}"
        );
    }
    let trust_with = |member: &str| {
        format!(r#"{{"Statement": {{"Effect": "Allow", "Principal": "*", {member}}}}}"#)
    };
    let resource = trust_with(r#""Action": "sts:AssumeRole", "Resource": "*""#);
    assert_eq!(
        refusal(Trust, &resource),
        "Has prohibited field Resource. (at Statement)"
    );
    for action in ["*", "iam:*", "*:*"] {
        let text = trust_with(&format!(r#""Action": "{action}""#));
        assert_eq!(
            refusal(Trust, &text),
            "AssumeRole policy may only specify STS AssumeRole actions. (at Statement.Action)"
        );
    }
    let spared = r#"{"Statement": {"Effect": "Deny", "NotPrincipal": "*", "Action": "sts:*"}}"#;
    assert_eq!(
        refusal(Trust, spared),
        "Has prohibited field NotPrincipal. (at Statement)"
    );
    assert_eq!(
        refusal(Resource, plain),
        "Missing required field Principal. (at Statement)"
    );
}

// reference_policies_elements_version: without it, variables are literal strings.
#[test]
fn the_older_version_is_the_default_and_knows_no_variables() {
    let context = Context::from_iter([("aws:username", "david")]);
    let statement =
        r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}"}"#;
    for version in ["", r#""Version": "2008-10-17", "#] {
        let policy = identity(&format!(r#"{{{version}"Statement": {statement}}}"#));
        assert_eq!(policy.version(), Version::V2008);
        assert!(allows(
            &policy,
            "s3:GetObject",
            "arn:aws:s3:::b/${aws:username}",
            &context
        ));
        assert!(!allows(
            &policy,
            "s3:GetObject",
            "arn:aws:s3:::b/david",
            &context
        ));
    }
    let policy = one(statement);
    assert_eq!(policy.version(), Version::V2012);
    assert!(allows(
        &policy,
        "s3:GetObject",
        "arn:aws:s3:::b/david",
        &context
    ));
    // There, `${*}` is text around a wildcard.
    let starred =
        r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${*}"}}"#;
    assert!(allows(
        &identity(starred),
        "s3:GetObject",
        "arn:aws:s3:::${x}",
        &context
    ));
}

#[test]
fn sids_are_unique_where_they_are_not_empty() {
    let two = |a: &str, b: &str| {
        let statement = |sid: &str| {
            format!(r#"{{"Sid": "{sid}", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#)
        };
        format!(r#"{{"Statement": [{}, {}]}}"#, statement(a), statement(b))
    };
    identity(&two("A", "B"));
    identity(&two("a", "A"));
    identity(&two("", ""));
    assert_eq!(
        refusal(PolicyKind::Identity, &two("A", "A")),
        "Statement IDs (SID) in a single policy must be unique. (at Statement[1].Sid)"
    );
}

#[test]
fn the_callers_limit_counts_characters() {
    let text = r#"{"Id": "éé", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    let size = text.chars().count();
    let within =
        |characters| Policy::parse(text, PolicyKind::Endpoint, Limits::characters(characters));
    assert!(within(size).is_ok());
    let refused = within(size - 1).expect_err("too long");
    assert_eq!(refused.problem, Problem::Long { limit: size - 1 });
}

#[test]
fn the_default_endpoint_policies_are_policies() {
    for text in [
        r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
        "{\n  \"Statement\": [\n    {\n      \"Action\": \"*\", \n      \"Effect\": \"Allow\", \n      \"Principal\": \"*\", \n      \"Resource\": \"*\"\n    }\n  ]\n}",
    ] {
        let policy = parse(PolicyKind::Endpoint, text);
        assert_eq!((policy.version(), policy.id()), (Version::V2008, None));
    }
}
