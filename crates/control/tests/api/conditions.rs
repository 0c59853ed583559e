//! What conditions see of a request: where it comes from, and the tags and the place of what it names and creates.

use std::time::Duration;

use crate::authorization::{ANYTHING, allow, allow_if, is_denied};
use crate::world::{EC2, IAM, Network, Service, World, endpoint_params, exchange, policy};

#[tokio::test]
async fn conditions_see_where_a_request_comes_from_when_and_whose_it_is() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", "").await;
    let tag = [
        ("UserName", "alice"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
    ];
    root.iam("TagUser", &tag).await;
    let account = root.credentials.id.to_string();
    let cases = [
        (r#""IpAddress": {"aws:SourceIp": "127.0.0.0/8"}"#, true),
        (r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, false),
        (r#""NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, true),
        (
            r#""StringEquals": {"aws:RequestedRegion": "us-east-1"}"#,
            true,
        ),
        (r#""StringEquals": {"ec2:Region": "eu-west-1"}"#, false),
        (r#""Bool": {"aws:SecureTransport": "true"}"#, false),
        (r#""StringEquals": {"aws:PrincipalTag/team": "blue"}"#, true),
        (r#""StringEquals": {"aws:PrincipalTag/team": "red"}"#, false),
        (r#""StringEquals": {"aws:username": "alice"}"#, true),
        (r#""StringLike": {"aws:userid": "AIDA*"}"#, true),
        (r#""StringEquals": {"aws:PrincipalType": "User"}"#, true),
        (
            r#""StringEquals": {"aws:PrincipalAccount": "ACCOUNT"}"#,
            true,
        ),
        (
            r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/al*"}"#,
            true,
        ),
        (
            r#""DateLessThan": {"aws:CurrentTime": "2026-01-01T13:00:00Z"}"#,
            true,
        ),
        (
            r#""DateGreaterThan": {"aws:CurrentTime": "2026-01-01T13:00:00Z"}"#,
            false,
        ),
        (
            r#""NumericGreaterThan": {"aws:EpochTime": "1767268799"}"#,
            true,
        ),
        (r#""Null": {"aws:TokenIssueTime": "true"}"#, true),
        (r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#, false),
        (
            r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#,
            true,
        ),
        (r#""StringEquals": {"aws:SourceVpce": "vpce-1"}"#, false),
    ];
    for (condition, allowed) in cases {
        let condition = condition.replace("ACCOUNT", &account);
        root.permit_user("alice", &allow_if("ec2:DescribeVpcs", &condition))
            .await;
        let answer = alice.ask(EC2, "DescribeVpcs", &[]).await;
        assert_eq!(
            answer.status == 200,
            allowed,
            "{condition}: {}",
            answer.body
        );
        assert_eq!(is_denied(&answer), !allowed, "{condition}");
    }
}

#[tokio::test]
async fn conditions_see_the_tags_and_the_place_of_what_a_request_names() {
    let world = World::start().await;
    let root = world.client();
    let network = Network::new(&root).await;
    let other = Network::new(&root).await;
    let tag = [
        ("ResourceId.1", network.subnet.as_str()),
        ("Tag.1.Key", "team"),
        ("Tag.1.Value", "blue"),
    ];
    root.ec2("CreateTags", &tag).await;
    let alice = root.user("alice", "").await;
    let account = &root.credentials.id;
    let vpc = format!("arn:aws:ec2:us-east-1:{account}:vpc/{}", network.vpc);
    for condition in [
        r#""StringEquals": {"aws:ResourceTag/team": "blue"}"#.to_owned(),
        r#""StringEquals": {"ec2:ResourceTag/team": "blue"}"#.to_owned(),
        format!(r#""ArnEquals": {{"ec2:Vpc": "{vpc}"}}"#),
        format!(
            r#""StringEquals": {{"ec2:SubnetID": "{}"}}"#,
            network.subnet
        ),
    ] {
        root.permit_user("alice", &allow_if("ec2:ModifySubnetAttribute", &condition))
            .await;
        for (subnet, allowed) in [(&network.subnet, true), (&other.subnet, false)] {
            let params = [
                ("SubnetId", subnet.as_str()),
                ("MapPublicIpOnLaunch.Value", "false"),
            ];
            let answer = alice.ask(EC2, "ModifySubnetAttribute", &params).await;
            assert_eq!(
                answer.status == 200,
                allowed,
                "{condition}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn tags_on_creation_need_a_permission_of_their_own_and_can_be_asked_for() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", &allow("ec2:CreateVpc")).await;
    let plain = ("CidrBlock", "10.0.0.0/16");
    let tagged = |value| {
        [
            plain,
            ("TagSpecification.1.ResourceType", "vpc"),
            ("TagSpecification.1.Tag.1.Key", "team"),
            ("TagSpecification.1.Tag.1.Value", value),
        ]
    };
    alice.ec2("CreateVpc", &[plain]).await;
    let denied = alice.ask(EC2, "CreateVpc", &tagged("blue")).await;
    assert!(
        denied
            .text("Message")
            .contains("ec2:CreateTags on resource"),
        "{}",
        denied.body
    );
    let statements = [
        allow_if(
            "ec2:CreateVpc",
            r#""StringEquals": {"aws:RequestTag/team": "blue"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}"#,
        ),
        allow_if(
            "ec2:CreateTags",
            r#""StringEquals": {"ec2:CreateAction": "CreateVpc"}"#,
        ),
    ];
    root.permit_user("alice", &statements.join(", ")).await;
    let vpc = alice.ec2("CreateVpc", &tagged("blue")).await.text("vpcId");
    assert!(is_denied(
        &alice.ask(EC2, "CreateVpc", &tagged("red")).await
    ));
    assert!(is_denied(&alice.ask(EC2, "CreateVpc", &[plain]).await));
    let later = [
        ("ResourceId.1", vpc.as_str()),
        ("Tag.1.Key", "x"),
        ("Tag.1.Value", "y"),
    ];
    assert!(is_denied(&alice.ask(EC2, "CreateTags", &later).await));
}

#[tokio::test]
async fn tags_of_rules_need_permission_on_rules() {
    let world = World::start().await;
    let root = world.client();
    Network::new(&root).await;
    let group = root
        .ec2("DescribeSecurityGroups", &[])
        .await
        .text("groupId");
    let authorize = allow("ec2:AuthorizeSecurityGroupIngress");
    let alice = root.user("alice", &authorize).await;
    let params = [
        ("GroupId", group.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8"),
        ("TagSpecification.1.ResourceType", "security-group-rule"),
        ("TagSpecification.1.Tag.1.Key", "k"),
        ("TagSpecification.1.Tag.1.Value", "v"),
    ];
    let denied = alice
        .ask(EC2, "AuthorizeSecurityGroupIngress", &params)
        .await;
    assert!(
        denied.body.contains(":security-group-rule/*"),
        "{}",
        denied.body
    );
    let statements = format!("{authorize}, {}", allow("ec2:CreateTags"));
    root.permit_user("alice", &statements).await;
    alice.ec2("AuthorizeSecurityGroupIngress", &params).await;
}

#[tokio::test]
async fn an_endpoint_needs_permission_on_everything_that_it_joins() {
    let world = World::start().await;
    let root = world.client();
    let network = Network::new(&root).await;
    let service = Service::new(&root, &network).await;
    let group = root
        .ec2("DescribeSecurityGroups", &[])
        .await
        .text("groupId");
    let alice = root.user("alice", "").await;
    let mut params = endpoint_params(&network, &service);
    params.push(("SecurityGroupId.1", group.as_str()));
    let on = |types: &[&str]| {
        let arns: Vec<String> = types
            .iter()
            .map(|it| format!(r#""arn:aws:ec2:*:*:{it}/*""#))
            .collect();
        format!(
            r#"{{"Effect": "Allow", "Action": "ec2:CreateVpcEndpoint", "Resource": [{}]}}"#,
            arns.join(", ")
        )
    };
    let all = ["vpc-endpoint", "vpc", "subnet", "security-group"];
    for missing in all {
        let others: Vec<&str> = all.into_iter().filter(|it| *it != missing).collect();
        root.permit_user("alice", &on(&others)).await;
        let denied = alice.ask(EC2, "CreateVpcEndpoint", &params).await;
        let resource = format!(":{missing}/");
        assert!(
            is_denied(&denied) && denied.body.contains(&resource),
            "{}",
            denied.body
        );
    }
    let account = root.credentials.id.to_string();
    let keys = [
        (
            "ec2:VpceServiceName",
            service.name.as_str(),
            "com.amazonaws.vpce.us-east-1.vpce-svc-0",
        ),
        ("ec2:VpceServiceOwner", account.as_str(), "amazon"),
    ];
    for (key, right, wrong) in keys {
        let endpoint = |value: &str| {
            let condition = format!(r#""StringEquals": {{"{key}": "{value}"}}"#);
            let endpoint = allow_if("ec2:CreateVpcEndpoint", &condition).replace(
                r#""Resource": "*""#,
                r#""Resource": "arn:aws:ec2:*:*:vpc-endpoint/*""#,
            );
            format!("{endpoint}, {}", on(&all[1..]))
        };
        root.permit_user("alice", &endpoint(wrong)).await;
        assert!(
            is_denied(&alice.ask(EC2, "CreateVpcEndpoint", &params).await),
            "{key}"
        );
        root.permit_user("alice", &endpoint(right)).await;
        alice.ec2("CreateVpcEndpoint", &params).await;
    }
}

#[tokio::test]
async fn users_that_name_no_user_are_judged_by_their_own_tags() {
    let world = World::start().await;
    let root = world.client();
    let locked = r#"{"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"StringEquals": {"KEY": "true"}}}"#;
    let tag = [
        ("UserName", "alice"),
        ("Tags.member.1.Key", "locked"),
        ("Tags.member.1.Value", "true"),
    ];
    let alice = root.user("alice", ANYTHING).await;
    root.iam("TagUser", &tag).await;
    let id = alice.credentials.access_key_id.clone();
    let key = ("AccessKeyId", id.as_str());
    let all = [
        ("GetUser", vec![]),
        ("ListAccessKeys", vec![]),
        ("CreateAccessKey", vec![]),
        ("UpdateAccessKey", vec![key, ("Status", "Active")]),
        ("DeleteAccessKey", vec![key]),
        ("GetLoginProfile", vec![]),
        ("DeleteLoginProfile", vec![]),
        ("ListMFADevices", vec![]),
        ("ListSSHPublicKeys", vec![]),
        ("ListServiceSpecificCredentials", vec![]),
        ("ListSigningCertificates", vec![]),
    ];
    for condition in ["aws:ResourceTag/locked", "iam:ResourceTag/locked"] {
        let statements = format!("{ANYTHING}, {}", locked.replace("KEY", condition));
        root.permit_user("alice", &statements).await;
        for (action, params) in &all {
            for named in [&[][..], &[("UserName", "alice")]] {
                let params = [params.as_slice(), named].concat();
                let answer = alice.ask(IAM, action, &params).await;
                assert!(is_denied(&answer), "{action} {params:?}: {}", answer.body);
            }
        }
    }
    // Leave on the user itself is leave to ask about it without a name.
    let arn = format!("arn:aws:iam::{}:user/alice", root.credentials.id);
    let own = allow("iam:*").replace(r#""Resource": "*""#, &format!(r#""Resource": "{arn}""#));
    root.permit_user("alice", &own).await;
    for action in ["GetUser", "ListMFADevices", "ListSSHPublicKeys"] {
        alice.iam(action, &[]).await;
    }
}

#[tokio::test]
async fn conditions_see_the_beginning_of_a_header() {
    let world = World::start().await;
    let root = world.client();
    let like = |pattern: &str| {
        allow_if(
            "ec2:DescribeVpcs",
            &format!(r#""StringLike": {{"aws:UserAgent": "{pattern}"}}"#),
        )
    };
    let alice = root.user("alice", "").await;
    let ask = async |agent: &str| {
        let body = "Action=DescribeVpcs&Version=2016-11-15";
        let mut headers = alice.signed(EC2, "POST", "/", body, Duration::ZERO);
        headers.push(("user-agent".to_owned(), agent.to_owned()));
        exchange(alice.at, "POST", "/", &headers, body.as_bytes()).await
    };
    let long = |last: &str| format!("{}{last}", "a".repeat(1023));
    for (pattern, agent, allowed) in [
        ("cli/*", "cli/2.0 md".to_owned(), true),
        ("*z", long("z"), true),
        ("*z*", long("z and more"), true),
        ("*z*", long("yz"), false),
        ("*y", long("yz"), true),
    ] {
        root.permit_user("alice", &like(pattern)).await;
        let answer = ask(&agent).await;
        assert_eq!(answer.status == 200, allowed, "{pattern}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_request_that_takes_too_many_comparisons_is_denied_and_says_so() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", "").await;
    let patterns: Vec<String> = (0..650).map(|_| r#""*z?q*""#.to_owned()).collect();
    let hard = format!(
        r#"{ANYTHING}, {{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{"StringLike": {{"aws:RequestTag/k": [{}]}}}}}}"#,
        patterns.join(", ")
    );
    let document = policy(&hard);
    for number in 0..2 {
        let name = format!("hard-{number}");
        let params = [
            ("PolicyName", name.as_str()),
            ("PolicyDocument", document.as_str()),
        ];
        let arn = root.iam("CreatePolicy", &params).await.text("Arn");
        let params = [("UserName", "alice"), ("PolicyArn", arn.as_str())];
        root.iam("AttachUserPolicy", &params).await;
    }
    let tag = async |value: &str| {
        let params = [
            ("ResourceId.1", "vpc-0123456789abcdef0"),
            ("Tag.1.Key", "k"),
            ("Tag.1.Value", value),
        ];
        alice.ask(EC2, "CreateTags", &params).await
    };
    let answer = tag("z").await;
    assert_eq!(answer.text("Code"), "InvalidVpcID.NotFound");
    let answer = tag(&"z".repeat(40_000)).await;
    assert!(is_denied(&answer), "{}", answer.body);
    let message = answer.text("Message");
    assert!(
        message.contains("more comparisons than one request may"),
        "{message}"
    );
}
