//! Which statements apply to a request, to which of its resources, and what a decision says of them.
//!
//! Pages of the IAM User Guide are named where they are followed.

use iam::{Layer, StatementRef};

use crate::{
    Context, Decision, Named, Policies, Request, Resource, VPC, allows, evaluate, identity, one,
    user,
};

// reference_policies_elements_action (names in any case), _notaction, _notresource.
#[test]
fn actions_and_resources_are_chosen_or_excepted() {
    let context = Context::new();
    let table = [
        (
            r#""Action": "EC2:describe*", "Resource": "*""#,
            "ec2:DescribeVpcs",
            true,
        ),
        (
            r#""Action": "ec2:Describe???s", "Resource": "*""#,
            "EC2:DescribeVpcs",
            true,
        ),
        (
            r#""Action": "ec2:Describe*", "Resource": "*""#,
            "ec2:CreateVpc",
            false,
        ),
        (
            r#""Action": "sns:*", "Resource": "*""#,
            "ec2:DescribeVpcs",
            false,
        ),
        (
            r#""Action": ["sns:*", "ec2:*"], "Resource": "*""#,
            "ec2:DescribeVpcs",
            true,
        ),
        (
            r#""NotAction": "iam:*", "Resource": "*""#,
            "ec2:DescribeVpcs",
            true,
        ),
        (
            r#""NotAction": ["iam:*", "ec2:*"], "Resource": "*""#,
            "ec2:DescribeVpcs",
            false,
        ),
        (
            r#""Action": "*", "NotResource": "arn:aws:sns:*:*:*""#,
            "ec2:DescribeVpcs",
            true,
        ),
        (
            r#""Action": "*", "NotResource": ["arn:aws:sns:*:*:*", "arn:aws:ec2:*:*:vpc/*"]"#,
            "ec2:DescribeVpcs",
            false,
        ),
        (
            r#""Action": "*", "NotResource": "*""#,
            "ec2:DescribeVpcs",
            false,
        ),
        // reference_policies_variables, "Policy variables with no value": no resource matches.
        (
            r#""Action": "*", "Resource": "arn:aws:ec2:*:*:${aws:PrincipalTag/x}*""#,
            "ec2:DescribeVpcs",
            false,
        ),
        (
            r#""Action": "*", "NotResource": "arn:aws:ec2:*:*:${aws:PrincipalTag/x}*""#,
            "ec2:DescribeVpcs",
            true,
        ),
    ];
    for (members, action, wanted) in table {
        let policy = one(&format!(r#"{{"Effect": "Allow", {members}}}"#));
        assert_eq!(allows(&policy, action, VPC, &context), wanted, "{members}");
    }
}

#[test]
fn every_resource_is_judged_with_its_own_keys() {
    let policy = one(
        r#"{"Sid": "Red", "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}},
           {"Sid": "NoBlue", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "blue"}}}"#,
    );
    let team = |team: &str| Context::from_iter([("aws:ResourceTag/team", team)]);
    let (red, green, blue) = (team("red"), team("green"), team("blue"));
    let tagged = |arn: &'static str, context| Resource {
        context: Some(context),
        ..Resource::own(arn)
    };
    let (principal, context) = (
        user(),
        Context::from_iter([("aws:ResourceTag/team", "red")]),
    );
    let identity = [Named {
        name: "teams",
        policy: &policy,
    }];
    let policies = Policies {
        identity: &identity,
        ..Policies::default()
    };
    let decide = |resources: &[Resource<'_>]| {
        let request = Request {
            principal: &principal,
            action: "ec2:X",
            resources,
            context: &context,
        };
        match evaluate(&request, &policies) {
            Decision::Allowed { .. } => "allowed".to_owned(),
            Decision::Denied { by, resource } => {
                format!("{} denies {resource}", by.sid.unwrap_or("?"))
            }
            Decision::NotAllowed { resource, .. } => format!("none allows {resource}"),
            Decision::Undecided { resource, .. } => format!("given up at {resource}"),
        }
    };
    assert_eq!(decide(&[]), "allowed");
    assert_eq!(decide(&[tagged("a", &red), tagged("b", &red)]), "allowed");
    assert_eq!(
        decide(&[tagged("a", &red), tagged("b", &green), tagged("c", &green)]),
        "none allows b"
    );
    assert_eq!(
        decide(&[tagged("a", &green), tagged("b", &blue)]),
        "NoBlue denies b"
    );
    assert_eq!(decide(&[tagged("a", &red), Resource::own("b")]), "allowed");
}

#[test]
fn a_decision_says_which_statement_or_that_none() {
    let policy = identity(
        r#"{"Statement": [
            {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
            {"Sid": "", "Effect": "Deny", "Action": "ec2:Delete*", "Resource": "*"},
            {"Sid": "NoCreate", "Effect": "Deny", "Action": "ec2:Create*", "Resource": "*"}]}"#,
    );
    let (principal, context) = (user(), Context::new());
    let named = [Named {
        name: "vpc-admin",
        policy: &policy,
    }];
    let policies = Policies {
        identity: &named,
        ..Policies::default()
    };
    let resources = [Resource::own(VPC)];
    let say = |action: &str| {
        let request = Request {
            principal: &principal,
            action,
            resources: &resources,
            context: &context,
        };
        evaluate(&request, &policies).to_string()
    };
    assert_eq!(
        say("ec2:DescribeVpcs"),
        "by an identity-based policy: statement 1 of vpc-admin"
    );
    assert_eq!(
        say("ec2:DeleteVpc"),
        "with an explicit deny in an identity-based policy: statement 2 of vpc-admin"
    );
    assert_eq!(
        say("ec2:CreateVpc"),
        "with an explicit deny in an identity-based policy: statement NoCreate of vpc-admin"
    );
    assert_eq!(
        say("sns:Publish"),
        "because no identity-based policy allows the sns:Publish action"
    );
    let request = Request {
        principal: &principal,
        action: "ec2:CreateVpc",
        resources: &resources,
        context: &context,
    };
    let by = StatementRef {
        layer: Layer::Identity,
        policy: "vpc-admin",
        sid: Some("NoCreate"),
        index: 2,
    };
    assert_eq!(
        evaluate(&request, &policies),
        Decision::Denied { by, resource: VPC }
    );
    let bounded = Policies {
        boundary: Some(named[0]),
        identity: &[],
        ..policies
    };
    let request = Request {
        action: "ec2:DescribeVpcs",
        ..request
    };
    assert_eq!(
        evaluate(&request, &bounded).to_string(),
        "because no identity-based policy allows the ec2:DescribeVpcs action"
    );
}

// The documentation's example of Carlos: reference_policies_evaluation-logic_policy-eval-basics.
#[test]
fn carlos_may_use_his_bucket_and_no_logs() {
    let policy = one(
        r#"{"Sid": "AllowS3ListRead", "Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListAllMyBuckets"], "Resource": "arn:aws:s3:::*"},
           {"Sid": "AllowS3Self", "Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]},
           {"Sid": "DenyS3Logs", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*log*"}"#,
    );
    let context = Context::new();
    for (action, arn, wanted) in [
        ("s3:PutObject", "arn:aws:s3:::carlossalazar/letter", true),
        (
            "s3:PutObject",
            "arn:aws:s3:::carlossalazar-logs/letter",
            false,
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::carlossalazar/catalogue",
            false,
        ),
        ("s3:GetBucketLocation", "arn:aws:s3:::any", true),
        ("s3:GetBucketLocation", "arn:aws:s3:::blog", false),
        ("s3:PutObject", "arn:aws:s3:::any/x", false),
    ] {
        assert_eq!(
            allows(&policy, action, arn, &context),
            wanted,
            "{action} on {arn}"
        );
    }
}
