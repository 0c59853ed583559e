//! Condition keys that are absent, have several values, or are variables; several of them together.
//!
//! Pages of the IAM User Guide: `reference_policies_elements_condition_operators` where no other is named.

use iam::{Context, Value};

use crate::conditions::{holds, table};

/// Rows of: operator, the policy's values, the request's values (`None`: no such key), whether it holds.
fn set_table(rows: &[(&str, &str, Option<&[&str]>, bool)]) {
    for (operator, values, given, wanted) in rows {
        let condition = format!(r#"{{"{operator}": {{"aws:TagKeys": {values}}}}}"#);
        let many = |given: &&[&str]| given.iter().map(|one| (*one).to_owned()).collect();
        let values: Option<Vec<String>> = given.as_ref().map(many);
        let context: Context = values
            .map(|values| ("aws:TagKeys", values))
            .into_iter()
            .collect();
        assert_eq!(
            holds(&condition, &context),
            *wanted,
            "{condition} on {given:?}"
        );
    }
}

// "If the key that you specify in a policy condition is not present in the request context, the values do not match and
// the condition is false. If the policy condition requires that the key is not matched [...] the condition is true."
// "...IfExists condition operators": "If the key is not present, evaluate the condition element as true."
#[test]
fn an_absent_key_fulfils_negated_and_if_exists_operators_alone() {
    let rows = [
        ("StringEquals", "a", false),
        ("StringEqualsIgnoreCase", "a", false),
        ("StringLike", "*", false),
        ("StringNotEquals", "a", true),
        ("StringNotEqualsIgnoreCase", "a", true),
        ("StringNotLike", "*", true),
        ("NumericEquals", "1", false),
        ("NumericNotEquals", "1", true),
        ("NumericLessThan", "1", false),
        ("NumericGreaterThanEquals", "1", false),
        ("DateEquals", "2020", false),
        ("DateNotEquals", "2020", true),
        ("DateLessThanEquals", "2020", false),
        ("Bool", "false", false),
        ("BinaryEquals", "QQ==", false),
        ("IpAddress", "0.0.0.0/0", false),
        ("NotIpAddress", "0.0.0.0/0", true),
        ("ArnEquals", "*", false),
        ("ArnLike", "*", false),
        ("ArnNotEquals", "*", true),
        ("ArnNotLike", "*", true),
    ];
    let empty = Context::new();
    for (operator, value, wanted) in rows {
        let condition = |name: &str| format!(r#"{{"{name}": {{"x:Key": "{value}"}}}}"#);
        assert_eq!(holds(&condition(operator), &empty), wanted, "{operator}");
        let if_exists = format!("{operator}IfExists");
        assert!(holds(&condition(&if_exists), &empty), "{if_exists}");
        assert!(holds(
            &condition(&format!("ForAllValues:{operator}")),
            &empty
        ));
        assert!(!holds(
            &condition(&format!("ForAnyValue:{operator}")),
            &empty
        ));
        assert!(!holds(
            &condition(&format!("ForAnyValue:{if_exists}")),
            &empty
        ));
    }
}

#[test]
fn if_exists_changes_nothing_for_a_key_that_is_there() {
    table(&[
        (
            "StringLikeIfExists",
            r#"["t1.*", "t2.*"]"#,
            "t2.micro",
            true,
        ),
        (
            "StringLikeIfExists",
            r#"["t1.*", "t2.*"]"#,
            "m5.large",
            false,
        ),
        ("StringNotEqualsIfExists", r#""a""#, "a", false),
        ("BoolIfExists", "true", "false", false),
        ("IpAddressIfExists", r#""10.0.0.0/8""#, "192.0.2.1", false),
    ]);
}

// "Condition operator to check existence of condition keys"
#[test]
fn null_asks_whether_the_key_is_absent() {
    let absent = Context::new();
    let present = Context::from_iter([("aws:TokenIssueTime", "2020-01-01T00:00:00Z")]);
    let empty = Context::from_iter([("aws:TokenIssueTime", "")]);
    let none = Context::from_iter([("aws:TokenIssueTime", Value::Many(Vec::new()))]);
    let blank = Context::from_iter([("aws:TokenIssueTime", Value::Many(vec![String::new()]))]);
    for (value, on_absent, on_present) in [
        (r#""true""#, true, false),
        ("true", true, false),
        (r#""false""#, false, true),
        (r#"["true", "false"]"#, true, true),
    ] {
        let condition = format!(r#"{{"Null": {{"aws:TokenIssueTime": {value}}}}}"#);
        for (context, wanted) in [
            (&absent, on_absent),
            (&none, on_absent),
            (&blank, on_absent),
            (&present, on_present),
            (&empty, on_present),
        ] {
            assert_eq!(
                holds(&condition, context),
                wanted,
                "{condition} on {context:?}"
            );
        }
    }
}

// reference_policies_condition-single-vs-multi-valued-context-keys. ForAllValues holds if every value of the request
// matches one of the policy's, and "if there are no context keys in the request, or if the context key value resolves to
// a null dataset, such as an empty string"; ForAnyValue if one does, and "for no matching key or a null dataset, the
// condition returns false".
#[test]
fn for_all_values_asks_it_of_every_value() {
    set_table(&[
        (
            "ForAllValues:StringEquals",
            r#"["a", "b"]"#,
            Some(&["a"]),
            true,
        ),
        (
            "ForAllValues:StringEquals",
            r#"["a", "b"]"#,
            Some(&["a", "b"]),
            true,
        ),
        (
            "ForAllValues:StringEquals",
            r#"["a", "b"]"#,
            Some(&["a", "c"]),
            false,
        ),
        (
            "ForAllValues:StringEquals",
            r#"["a", "b"]"#,
            Some(&[]),
            true,
        ),
        (
            "ForAllValues:StringEquals",
            r#"["a", "b"]"#,
            Some(&[""]),
            true,
        ),
        ("ForAllValues:StringEquals", r#"["a", "b"]"#, None, true),
        ("ForAllValues:StringEquals", "[]", Some(&["a"]), false),
        (
            "ForAllValues:StringLikeIfExists",
            r#""a*""#,
            Some(&["ab", "x"]),
            false,
        ),
        (
            "ForAllValues:IpAddress",
            r#""10.0.0.0/8""#,
            Some(&["10.1.1.1", "192.0.2.1"]),
            false,
        ),
    ]);
}

#[test]
fn for_any_value_asks_it_of_one_value() {
    set_table(&[
        (
            "ForAnyValue:StringEquals",
            r#"["a", "b"]"#,
            Some(&["c", "b"]),
            true,
        ),
        (
            "ForAnyValue:StringEquals",
            r#"["a", "b"]"#,
            Some(&["c", "d"]),
            false,
        ),
        (
            "ForAnyValue:StringEquals",
            r#"["a", "b"]"#,
            Some(&[]),
            false,
        ),
        (
            "ForAnyValue:StringEquals",
            r#"["a", ""]"#,
            Some(&[""]),
            false,
        ),
        ("ForAnyValue:StringEquals", r#"["a", "b"]"#, None, false),
        (
            "ForAnyValue:StringLike",
            r#""Owner:*""#,
            Some(&["x", "Owner:Legal"]),
            true,
        ),
        ("ForAnyValue:NumericLessThan", "3", Some(&["5", "2"]), true),
    ]);
}

// The same page: with a negated operator, each value of the request must match none of the policy's.
#[test]
fn negated_set_operators_ask_each_value_to_match_none() {
    set_table(&[
        (
            "ForAllValues:StringNotEquals",
            r#"["a", "b"]"#,
            Some(&["c", "d"]),
            true,
        ),
        (
            "ForAllValues:StringNotEquals",
            r#"["a", "b"]"#,
            Some(&["c", "a"]),
            false,
        ),
        ("ForAllValues:StringNotEquals", r#"["a", "b"]"#, None, true),
        (
            "ForAnyValue:StringNotEquals",
            r#"["a", "b"]"#,
            Some(&["a", "c"]),
            true,
        ),
        (
            "ForAnyValue:StringNotEquals",
            r#"["a", "b"]"#,
            Some(&["a", "b"]),
            false,
        ),
        ("ForAnyValue:StringNotEquals", r#"["a", "b"]"#, None, false),
        (
            "ForAnyValue:StringNotLike",
            r#"["Owner:*", "State:??"]"#,
            Some(&["Owner:Legal", "State:NY"]),
            false,
        ),
        (
            "ForAnyValue:StringNotLike",
            r#"["Owner:*", "State:??"]"#,
            Some(&["owner:Legal", "Owner:Legal"]),
            true,
        ),
        (
            "ForAllValues:StringNotLike",
            r#"["Owner:*", "State:??"]"#,
            Some(&["Owner:Legal", "owner:x"]),
            false,
        ),
    ]);
}

// reference_policies_condition-logic-multiple-context-keys-or-values: several values are "a logical OR", with a negated
// operator "a logical NOR". Several values of a request are alternatives, too.
#[test]
fn without_a_set_operator_any_value_of_the_request_counts() {
    set_table(&[
        ("StringEquals", r#"["a", "b"]"#, Some(&["x", "b"]), true),
        ("StringEquals", r#"["a", "b"]"#, Some(&["x", "y"]), false),
        ("StringNotEquals", r#"["a", "b"]"#, Some(&["x", "b"]), false),
        ("StringNotEquals", r#"["a", "b"]"#, Some(&["x", "y"]), true),
        ("StringEquals", r#""a""#, Some(&[]), false),
        ("StringNotEquals", r#""a""#, Some(&[]), true),
    ]);
}

// The same page: several keys, and several operators, are "a logical AND".
#[test]
fn all_keys_and_all_operators_have_to_hold() {
    let context = Context::from_iter([
        ("aws:PrincipalTag/department", "finance"),
        ("aws:PrincipalTag/role", "audit"),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:user/ana"),
    ]);
    let condition = |department: &str, role: &str, name: &str| {
        format!(
            r#"{{"StringEquals": {{"aws:PrincipalTag/department": [{department}], "aws:PrincipalTag/role": [{role}]}},
                "ArnLike": {{"aws:PrincipalArn": "arn:aws:iam::111122223333:user/{name}"}}}}"#
        )
    };
    let departments = r#""finance", "hr", "legal""#;
    let roles = r#""audit", "security""#;
    assert!(holds(&condition(departments, roles, "a*"), &context));
    assert!(!holds(&condition(r#""hr""#, roles, "a*"), &context));
    assert!(!holds(
        &condition(departments, r#""security""#, "a*"),
        &context
    ));
    assert!(!holds(&condition(departments, roles, "b*"), &context));
    assert!(holds("{}", &context));
    assert!(holds(r#"{"StringEquals": {}}"#, &context));
}

// reference_policies_variables, "Policy variables with no value": nothing equals such a value or is like it, so inverted
// operators hold.
#[test]
fn a_variable_without_value_equals_nothing() {
    let team = r#""${aws:PrincipalTag/team}""#;
    let conditions =
        |operator: &str| format!(r#"{{"{operator}": {{"aws:ResourceTag/team": {team}}}}}"#);
    let untagged = Context::from_iter([("aws:ResourceTag/team", "red")]);
    let both_untagged = Context::new();
    let same = Context::from_iter([
        ("aws:ResourceTag/team", "red"),
        ("aws:PrincipalTag/team", "red"),
    ]);
    let empty = Context::from_iter([
        ("aws:ResourceTag/team", ""),
        ("aws:PrincipalTag/other", "x"),
    ]);
    for (operator, on_untagged, on_same) in [
        ("StringEquals", false, true),
        ("StringLike", false, true),
        ("StringEqualsIgnoreCase", false, true),
        ("StringNotEquals", true, false),
        ("StringNotLike", true, false),
        ("StringNotEqualsIgnoreCase", true, false),
    ] {
        let negated = operator.contains("Not");
        assert_eq!(
            holds(&conditions(operator), &untagged),
            on_untagged,
            "{operator}"
        );
        assert_eq!(holds(&conditions(operator), &same), on_same, "{operator}");
        assert_eq!(
            holds(&conditions(operator), &both_untagged),
            negated,
            "{operator}"
        );
        assert_eq!(holds(&conditions(operator), &empty), negated, "{operator}");
    }
}

// The same page: "Key names are case-insensitive". The page of the operators gives variables to `Bool`, too.
#[test]
fn variables_stand_in_string_arn_and_bool_values() {
    let context = Context::from_iter([
        ("aws:username", "david"),
        ("aws:PrincipalAccount", "111122223333"),
        ("aws:SourceArn", "arn:aws:sns:us-east-1:111122223333:david"),
        ("x:Flag", "true"),
        ("aws:SecureTransport", "true"),
        ("s3:prefix", "home/david/photos"),
    ]);
    for condition in [
        r#"{"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}}"#,
        r#"{"StringEquals": {"aws:username": "${AWS:USERNAME}"}}"#,
        r#"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:${aws:PrincipalAccount}:${aws:username}"}}"#,
        r#"{"ArnEquals": {"aws:SourceArn": "${aws:SourceArn}"}}"#,
        r#"{"Bool": {"aws:SecureTransport": "${x:Flag}"}}"#,
        r#"{"StringEquals": {"aws:username": "${aws:FederatedProvider, 'david'}"}}"#,
    ] {
        assert!(holds(condition, &context), "{condition}");
    }
    assert!(!holds(
        r#"{"StringEquals": {"s3:prefix": "home/${aws:username}/*"}}"#,
        &context
    ));
}
