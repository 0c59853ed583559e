//! Condition operators, one by one.
//!
//! Pages of the IAM User Guide: `reference_policies_elements_condition_operators` where no other is named.

use iam::Context;

use crate::{VPC, allows, one};

/// Whether a statement with this `Condition` applies.
pub(crate) fn holds(condition: &str, context: &Context) -> bool {
    let policy = one(&format!(
        r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#
    ));
    allows(&policy, "ec2:DescribeVpcs", VPC, context)
}

/// Rows of: operator, the policy's value or values, the request's value, whether it holds.
pub(crate) fn table(rows: &[(&str, &str, &str, bool)]) {
    for (operator, values, given, wanted) in rows {
        let condition = format!(r#"{{"{operator}": {{"x:Key": {values}}}}}"#);
        let context = Context::from_iter([("X:key", *given)]);
        assert_eq!(
            holds(&condition, &context),
            *wanted,
            "{condition} on {given}"
        );
    }
}

// "String condition operators"
#[test]
fn strings_are_compared_exactly_by_case_or_by_likeness() {
    table(&[
        ("StringEquals", r#""a*""#, "a*", true),
        ("StringEquals", r#""a*""#, "ab", false),
        ("StringEquals", r#""Ab""#, "ab", false),
        ("StringEquals", r#"["x", "ab"]"#, "ab", true),
        ("StringEquals", r#""""#, "", true),
        ("StringNotEquals", r#""ab""#, "ab", false),
        ("StringNotEquals", r#""ab""#, "Ab", true),
        ("StringNotEquals", r#"["x", "ab"]"#, "ab", false),
        ("StringNotEquals", r#"["x", "y"]"#, "ab", true),
        ("StringEqualsIgnoreCase", r#""aB""#, "Ab", true),
        ("StringEqualsIgnoreCase", r#""a*""#, "ab", false),
        ("StringNotEqualsIgnoreCase", r#"["x", "aB"]"#, "Ab", false),
        ("StringNotEqualsIgnoreCase", r#""aB""#, "Abc", true),
        ("StringLike", r#""a?*""#, "ab", true),
        ("StringLike", r#""a?*""#, "a", false),
        ("StringLike", r#""A*""#, "ab", false),
        ("StringLike", r#"["", "home/", "home/*"]"#, "home/x/y", true),
        ("StringNotLike", r#"["x*", "a*"]"#, "ab", false),
        ("StringNotLike", r#"["x*", "y*"]"#, "ab", true),
        ("StringLike", r#"[]"#, "ab", false),
        ("StringNotLike", r#"[]"#, "ab", true),
        // A number or a boolean of the document is its text.
        ("StringEquals", "12", "12", true),
        ("StringEquals", "true", "true", true),
    ]);
}

// "Numeric condition operators"
#[test]
fn numbers_are_compared_by_value() {
    table(&[
        ("NumericEquals", "10", "10", true),
        ("NumericEquals", r#""10.0""#, "10", true),
        ("NumericEquals", "[1, 2]", "2", true),
        ("NumericNotEquals", "10", "10", false),
        ("NumericNotEquals", "[1, 2]", "3", true),
        ("NumericNotEquals", "[1, 2]", "2", false),
        ("NumericLessThan", "10", "9", true),
        ("NumericLessThan", "10", "10", false),
        ("NumericLessThanEquals", "10", "10", true),
        ("NumericLessThanEquals", "10", "10.5", false),
        ("NumericGreaterThan", "10", "10", false),
        ("NumericGreaterThan", "9", "10", true),
        ("NumericGreaterThanEquals", "10", "10", true),
        ("NumericGreaterThanEquals", "-1.5", "-2", false),
        // What is no number equals none.
        ("NumericEquals", "10", "ten", false),
        ("NumericLessThan", "10", "", false),
        ("NumericNotEquals", "10", "ten", true),
    ]);
}

// "Date condition operators"
#[test]
fn dates_are_compared_in_either_form() {
    table(&[
        (
            "DateEquals",
            r#""2020-01-01T00:00:00Z""#,
            "1577836800",
            true,
        ),
        (
            "DateEquals",
            r#""2020-01-01""#,
            "2020-01-01T01:00:00+01:00",
            true,
        ),
        ("DateEquals", "1577836800", "2020-01-01T00:00:00Z", true),
        (
            "DateNotEquals",
            r#""2020-01-01T00:00:00Z""#,
            "2020-01-01T00:00:00Z",
            false,
        ),
        (
            "DateNotEquals",
            r#""2020-01-01T00:00:00Z""#,
            "2021-01-01T00:00:00Z",
            true,
        ),
        (
            "DateLessThan",
            r#""2020-01-01T00:00:01Z""#,
            "2020-01-01T00:00:00Z",
            true,
        ),
        (
            "DateLessThan",
            r#""2020-01-01T00:00:00Z""#,
            "2020-01-01T00:00:00Z",
            false,
        ),
        (
            "DateLessThanEquals",
            r#""2020-01-01T00:00:00Z""#,
            "2020-01-01T00:00:00Z",
            true,
        ),
        (
            "DateGreaterThan",
            r#""2020-01-01T00:00:01Z""#,
            "2020-01-01T00:00:02Z",
            true,
        ),
        (
            "DateGreaterThan",
            r#""2020-01-01T00:00:01Z""#,
            "2020-01-01T00:00:01Z",
            false,
        ),
        (
            "DateGreaterThanEquals",
            r#""2020-01""#,
            "2020-01-01T00:00:00Z",
            true,
        ),
        (
            "DateGreaterThanEquals",
            r#""2020-02""#,
            "2020-01-31T23:59:59.999Z",
            false,
        ),
        ("DateGreaterThan", r#""2020-01-01""#, "tomorrow", false),
    ]);
}

// "Boolean condition operators"; "Conditions_Null"
#[test]
fn booleans_are_compared_in_any_case() {
    table(&[
        ("Bool", r#""true""#, "true", true),
        ("Bool", "true", "true", true),
        ("Bool", r#""True""#, "true", true),
        ("Bool", "false", "true", false),
        ("Bool", r#"["true", "false"]"#, "false", true),
        ("Bool", "true", "yes", false),
    ]);
}

// "Binary condition operators"
#[test]
fn binary_values_are_compared_byte_for_byte() {
    table(&[
        ("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ5", true),
        ("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ6", false),
        ("BinaryEquals", r#"["QQ==", "QmluYXJ5"]"#, "QmluYXJ5", true),
        ("BinaryEquals", r#""QQ==""#, "not base64", false),
    ]);
}

// "IP address condition operators"
#[test]
fn addresses_are_in_ranges_of_their_family() {
    table(&[
        ("IpAddress", r#""203.0.113.0/24""#, "203.0.113.255", true),
        ("IpAddress", r#""203.0.113.0/24""#, "203.0.114.0", false),
        ("IpAddress", r#""203.0.113.7""#, "203.0.113.7", true),
        ("IpAddress", r#""203.0.113.7""#, "203.0.113.8", false),
        ("IpAddress", r#""203.0.113.99/24""#, "203.0.113.1", true),
        (
            "IpAddress",
            r#""2001:DB8:1234:5678::/64""#,
            "2001:db8:1234:5678::1",
            true,
        ),
        (
            "IpAddress",
            r#""2001:DB8:1234:5678::1""#,
            "2001:db8:1234:5678::2",
            false,
        ),
        (
            "IpAddress",
            r#"["203.0.113.0/24", "2001:DB8::/32"]"#,
            "2001:db8::1",
            true,
        ),
        ("IpAddress", r#""0.0.0.0/0""#, "::1", false),
        (
            "IpAddress",
            r#""203.0.113.0/24""#,
            "::ffff:203.0.113.9",
            true,
        ),
        ("IpAddress", r#""0.0.0.0/0""#, "203.0.113.0/24", false),
        ("NotIpAddress", r#""203.0.113.0/24""#, "203.0.113.1", false),
        (
            "NotIpAddress",
            r#"["10.0.0.0/8", "203.0.113.0/24"]"#,
            "203.0.113.1",
            false,
        ),
        (
            "NotIpAddress",
            r#"["10.0.0.0/8", "203.0.113.0/24"]"#,
            "192.0.2.1",
            true,
        ),
        ("NotIpAddress", r#""0.0.0.0/0""#, "AWS Internal", true),
    ]);
}

// "Amazon Resource Name (ARN) condition operators": ArnEquals and ArnLike behave identically, likewise their negations.
#[test]
fn arns_are_alike_field_by_field() {
    let given = "arn:aws:sns:us-east-1:111122223333:topic";
    for (positive, negative) in [("ArnEquals", "ArnNotEquals"), ("ArnLike", "ArnNotLike")] {
        for (value, wanted) in [
            (r#""arn:aws:sns:us-east-1:111122223333:topic""#, true),
            (r#""arn:aws:sns:*:111122223333:t?pic""#, true),
            (r#"["arn:aws:sqs:*:*:*", "arn:aws:sns:*:*:*"]"#, true),
            (r#""arn:aws:sns:*:444455556666:*""#, false),
            (r#""arn:aws:sns:us-east-1:111122223333:Topic""#, false),
        ] {
            table(&[
                (positive, value, given, wanted),
                (negative, value, given, !wanted),
            ]);
        }
    }
}

// The same sections, at their edges.
#[test]
fn edges_of_numbers_dates_addresses_and_binary_values() {
    table(&[
        ("NumericEquals", r#""0""#, "-0", true),
        ("NumericEquals", r#""0010.50""#, "+10.5", true),
        (
            "NumericLessThan",
            r#""100000000000000000000""#,
            "99999999999999999999",
            true,
        ),
        ("NumericGreaterThan", r#""-0.1""#, "-0.01", true),
        ("NumericEquals", "10", "1e1", false),
        ("NumericEquals", "10", " 10", false),
        ("DateEquals", "1577836800", "1577836800", true),
        ("DateEquals", r#""2020""#, "1577836800", true),
        (
            "DateEquals",
            r#""2019-12-31T19:00:00-05:00""#,
            "2020-01-01T00:00:00.000Z",
            true,
        ),
        (
            "DateLessThan",
            r#""2020-01-01T00:00:00.002Z""#,
            "2020-01-01T00:00:00.001Z",
            true,
        ),
        (
            "DateGreaterThan",
            r#""2020-01-01T00:00:00+02:00""#,
            "2020-01-01T00:00:00Z",
            true,
        ),
        ("DateNotEquals", r#""2020-01-01""#, "some day", true),
        (
            "IpAddress",
            r#""2001:db8::/32""#,
            "2001:0DB8:0000::0001",
            true,
        ),
        ("IpAddress", r#""2001:db8::/32""#, "2001:db9::1", false),
        ("IpAddress", r#""2001:db8::1/128""#, "2001:db8::1", true),
        ("IpAddress", r#""2001:db8::ffff/64""#, "2001:db8::1", true),
        ("IpAddress", r#""::/0""#, "203.0.113.1", false),
        ("IpAddress", r#""::/0""#, "2001:db8::1", true),
        ("NotIpAddress", r#""2001:db8::/32""#, "2001:db8::1", false),
        ("NotIpAddress", r#""2001:db8::/32""#, "203.0.113.1", true),
        ("NotIpAddress", r#""2001:db8::/32""#, "2001:db9::1", true),
        ("BinaryEquals", r#""""#, "", true),
        ("BinaryEquals", r#""QQ==""#, "QQ", false),
        ("BinaryEquals", r#""QQ==""#, "qq==", false),
        ("BinaryEqualsIfExists", r#""QQ==""#, "Qg==", false),
    ]);
}

// "Amazon Resource Name (ARN) condition operators": a wildcard stays within its field, but for the last, which has the
// rest.
#[test]
fn wildcards_of_arn_operators_reach_over_no_colon_but_in_the_last_field() {
    let rule = "arn:aws:events:us-east-1:111122223333:rule/bus:nightly";
    for (pattern, wanted) in [
        ("arn:aws:events:*:111122223333:rule/*", true),
        ("arn:aws:events:*:111122223333:rule/*:nightly", true),
        ("arn:aws:events:*:*:*nightly", true),
        ("arn:*:nightly:*:*:*", false),
        ("arn:aws:*:111122223333:rule/bus:nightly", false),
        ("arn:aws:ev*:us-*:1?1122223333:rule/???:nightly", true),
        ("arn:aws:events:*:rule/*:*", false),
    ] {
        let value = format!("{pattern:?}");
        table(&[
            ("ArnLike", &value, rule, wanted),
            ("ArnNotLike", &value, rule, !wanted),
        ]);
    }
}

// reference_policies_variables, "Special characters" and "Specifying default values": in values of every operator on
// text, as in resources.
#[test]
fn variables_have_defaults_and_special_characters_are_written_as_variables() {
    let context = Context::from_iter([
        ("aws:PrincipalTag/team", "red"),
        ("aws:PrincipalTag/Star", "*"),
        ("x:Given", "a*b?c$d"),
        ("x:Team", "red"),
        ("x:Company", "company-wide"),
    ]);
    for (operator, key, value, wanted) in [
        ("StringEquals", "x:Given", "a*b?c$d", true),
        ("StringEquals", "x:Given", "a${*}b${?}c${$}d", true),
        ("StringLike", "x:Given", "a${*}b${?}c${$}d", true),
        ("StringLike", "x:Given", "a${*}*${$}d", true),
        ("StringLike", "x:Company", "${*}*", false),
        ("StringLike", "x:Company", "${aws:PrincipalTag/star}", false),
        (
            "StringEqualsIgnoreCase",
            "x:Given",
            "A${*}B${?}C${$}D",
            true,
        ),
        (
            "StringEquals",
            "x:Team",
            "${aws:PrincipalTag/TEAM, 'company-wide'}",
            true,
        ),
        (
            "StringEquals",
            "x:Company",
            "${aws:PrincipalTag/team, 'company-wide'}",
            false,
        ),
        (
            "StringEquals",
            "x:Company",
            "${aws:PrincipalTag/unit, 'company-wide'}",
            true,
        ),
        (
            "StringLike",
            "x:Company",
            "${aws:PrincipalTag/unit, 'company'}-*",
            true,
        ),
        (
            "StringEquals",
            "x:Company",
            "${aws:PrincipalTag/unit}",
            false,
        ),
        (
            "StringNotEquals",
            "x:Company",
            "${aws:PrincipalTag/unit}",
            true,
        ),
    ] {
        let condition = format!(r#"{{"{operator}": {{"{key}": "{value}"}}}}"#);
        assert_eq!(holds(&condition, &context), wanted, "{condition}");
    }
}
