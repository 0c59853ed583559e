//! What users may do is what their policies say; a denial says why, and nothing else.

use std::sync::Arc;

use aws_wire::query::{Kind, MembersSpec, ParamSpec, Presence, Status};

use crate::world::{
    Answer, Client, EC2, ELB, IAM, Network, STS, Service, World, endpoint_params, policy,
};

/// Everything may be done.
pub(crate) const ANYTHING: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;

/// A statement that allows an action on everything.
pub(crate) fn allow(action: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#)
}

/// The same under a condition.
pub(crate) fn allow_if(action: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*", "Condition": {{{condition}}}}}"#
    )
}

/// Whether the caller may not.
pub(crate) fn is_denied(answer: &Answer) -> bool {
    let codes = answer.texts("Code");
    let words = [
        "UnauthorizedOperation",
        "AccessDenied",
        "AuthorizationError",
    ];
    let denied = |code: &String| words.contains(&code.as_str());
    answer.status == 403 && codes.first().is_some_and(denied)
}

/// A value that a parameter takes.
fn sample(spec: &ParamSpec) -> String {
    let elb = "arn:aws:elasticloadbalancing:us-east-1:111111111111:";
    let (name, id) = ("web", "0123456789abcdef");
    match spec.kind {
        Kind::Arn("load balancer") => format!("{elb}loadbalancer/net/{name}/{id}"),
        Kind::Arn("listener") => format!("{elb}listener/net/{name}/{id}/{id}"),
        Kind::Arn("managed policy") => "arn:aws:iam::111111111111:policy/read".to_owned(),
        Kind::Arn("role") => "arn:aws:iam::111111111111:role/deploy".to_owned(),
        Kind::Arn("principal") => "*".to_owned(),
        Kind::Arn("topic") => "arn:aws:sns:us-east-1:111111111111:alerts".to_owned(),
        Kind::Arn("subscription") => {
            "arn:aws:sns:us-east-1:111111111111:alerts:00000000-0000-4000-8000-000000000000"
                .to_owned()
        }
        Kind::Arn(_) => format!("{elb}targetgroup/{name}/{id}"),
        Kind::Blob => "eA==".to_owned(),
        Kind::Boolean => "true".to_owned(),
        Kind::Enumeration(words) => words[0].to_owned(),
        Kind::Id("") => "vpc-0123456789abcdef0".to_owned(),
        Kind::Id(prefix) => format!("{prefix}0123456789abcdef0"),
        Kind::Integer => spec.bounds.min.unwrap_or(1).max(1).to_string(),
        Kind::Ipv4Address => "10.0.0.9".to_owned(),
        Kind::Ipv4Cidr => "10.0.0.0/16".to_owned(),
        Kind::String if spec.wire_name == "VersionId" => "v1".to_owned(),
        Kind::String if spec.wire_name == "Id" => "10.0.0.9".to_owned(),
        Kind::String => "x".repeat(usize::try_from(spec.bounds.min.unwrap_or(1).max(1)).unwrap()),
        Kind::Structure(_) => String::new(),
    }
}

/// The parameters that a request cannot do without.
fn required(spec: &MembersSpec, prefix: &str, list: &str, params: &mut Vec<(String, String)>) {
    for param in spec.iter().filter(|param| param.is_required()) {
        if matches!(param.status, Status::Refused { .. }) {
            continue;
        }
        let item = match param.presence {
            Presence::List => format!("{list}.1"),
            Presence::Map => ".entry.1".to_owned(),
            Presence::Required | Presence::Optional => String::new(),
        };
        let name = format!("{prefix}{}{item}", param.wire_name);
        if let Kind::Structure(inner) = param.kind {
            required(inner, &format!("{name}."), list, params);
        } else {
            params.push((name, sample(param)));
        }
    }
}

#[tokio::test]
async fn a_user_without_policies_may_do_nothing_but_ask_who_it_is() {
    let world = World::start().await;
    let nobody = world.client().user("nobody", "").await;
    let before = world.control.snapshot();
    let mut denied = 0;
    for action in control::actions() {
        let list = if action.service == aws_wire::Service::Ec2 {
            ""
        } else {
            ".member"
        };
        let mut params = Vec::new();
        required(&action.params, "", list, &mut params);
        let params: Vec<_> = params
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let answer = nobody
            .ask(action.service.signing_name(), action.name, &params)
            .await;
        if ["GetCallerIdentity", "GetSessionToken"].contains(&action.name) {
            assert_eq!(answer.status, 200, "{}", answer.body);
            continue;
        }
        assert!(
            is_denied(&answer),
            "{} {params:?}: {}",
            action.name,
            answer.body
        );
        let vendor = match action.service.signing_name() {
            "sns" => "SNS",
            other => other,
        };
        let what = format!("{vendor}:{}", action.name);
        let sentence = format!(":user/nobody is not authorized to perform: {what}");
        assert!(
            answer.text("Message").contains(&sentence),
            "{}",
            answer.body
        );
        denied += 1;
    }
    assert!(denied > 150, "{denied}");
    assert!(Arc::ptr_eq(&before.state, &world.control.snapshot().state));
}

#[tokio::test]
async fn a_user_may_do_what_is_allowed_and_nothing_else() {
    let world = World::start().await;
    let root = world.client();
    let vpc = Network::new(&root).await.vpc;
    let other = Network::new(&root).await.vpc;
    let alice = root.user("alice", "").await;
    let on = |arn: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": ["ec2:ModifyVpcAttribute"], "Resource": "arn:aws:ec2:us-east-1:{arn}"}}"#
        )
    };
    let account = &root.credentials.id;
    let modify = |vpc: &str| {
        [
            ("VpcId".to_owned(), vpc.to_owned()),
            ("EnableDnsSupport.Value".to_owned(), "true".to_owned()),
        ]
    };
    let cases = [
        (on(&format!("{account}:vpc/{vpc}")), true, false),
        (on(&format!("{account}:vpc/*")), true, true),
        (on(&format!("*:vpc/{other}")), false, true),
        (on(&format!("{account}:subnet/*")), false, false),
        (on("222222222222:vpc/*"), false, false),
        (allow("ec2:Modify*"), true, true),
        (allow("EC2:modifyvpcattribute"), true, true),
        (allow("elasticloadbalancing:*"), false, false),
        (
            r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#.to_owned(),
            true,
            true,
        ),
        (
            format!(
                r#"{{"Effect": "Allow", "Action": "ec2:*", "NotResource": "arn:aws:ec2:*:*:vpc/{vpc}"}}"#
            ),
            false,
            true,
        ),
        (
            format!(
                r#"{ANYTHING}, {{"Sid": "Hands0ff", "Effect": "Deny", "Action": "ec2:ModifyVpc*", "Resource": "arn:aws:ec2:*:*:vpc/{vpc}"}}"#
            ),
            false,
            true,
        ),
    ];
    for (statements, first, second) in cases {
        root.permit_user("alice", &statements).await;
        for (vpc, allowed) in [(&vpc, first), (&other, second)] {
            let params = modify(vpc);
            let params = params.each_ref().map(|(k, v)| (k.as_str(), v.as_str()));
            let answer = alice.ask(EC2, "ModifyVpcAttribute", &params).await;
            assert_eq!(
                answer.status == 200,
                allowed,
                "{statements}: {}",
                answer.body
            );
            assert_eq!(
                is_denied(&answer),
                !allowed,
                "{statements}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn a_denial_says_which_statement_denied_or_that_none_allows() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", &allow("ec2:DescribeVpcs")).await;
    let account = &root.credentials.id;
    let denied = alice
        .ask(EC2, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")])
        .await;
    assert_eq!(
        denied.text("Message"),
        format!(
            "You are not authorized to perform this operation. User: arn:aws:iam::{account}:user/alice is not \
             authorized to perform: ec2:CreateVpc on resource: arn:aws:ec2:us-east-1:{account}:vpc/* because no \
             identity-based policy allows the ec2:CreateVpc action"
        )
    );
    let document = policy(
        r#"{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}, {"Sid": "NoLists", "Effect": "Deny", "Action": "ec2:Describe*", "Resource": "*"}"#,
    );
    let params = [("PolicyName", "guard"), ("PolicyDocument", &document)];
    let guard = root.iam("CreatePolicy", &params).await.text("Arn");
    let params = [("UserName", "alice"), ("PolicyArn", guard.as_str())];
    root.iam("AttachUserPolicy", &params).await;
    let denied = alice.ask(EC2, "DescribeVpcs", &[]).await;
    assert_eq!(
        denied.text("Message"),
        format!(
            "You are not authorized to perform this operation. User: arn:aws:iam::{account}:user/alice is not \
             authorized to perform: ec2:DescribeVpcs with an explicit deny in an identity-based policy: statement \
             NoLists of {guard}"
        )
    );
    let denied = alice.ask(IAM, "GetUser", &[]).await;
    assert_eq!(denied.text("Code"), "AccessDenied");
    assert!(
        denied
            .text("Message")
            .ends_with(&format!("statement 1 of {guard}"))
    );
}

#[tokio::test]
async fn a_denial_does_not_tell_whether_a_thing_exists() {
    let world = World::start().await;
    let root = world.client();
    let stranger = world.tenant("stranger").await;
    let (own, foreign) = (Network::new(&root).await, Network::new(&stranger).await);
    let alice = root.user("alice", &allow("ec2:DescribeVpcs")).await;
    let nothing = "vpc-0123456789abcdef0";
    let mut told = Vec::new();
    for vpc in [own.vpc.as_str(), &foreign.vpc, nothing] {
        let denied = alice.ask(EC2, "DeleteVpc", &[("VpcId", vpc)]).await;
        assert!(is_denied(&denied), "{}", denied.body);
        told.push(denied.text("Message").replace(vpc, "it"));
    }
    assert!(told.iter().all(|text| *text == told[0]), "{told:?}");
    // With permission they are told apart from what is there, and not from one another.
    root.permit_user("alice", &allow("ec2:DeleteVpc")).await;
    for vpc in [foreign.vpc.as_str(), nothing] {
        let code = alice.error(EC2, "DeleteVpc", &[("VpcId", vpc)]).await;
        assert_eq!(code, "InvalidVpcID.NotFound");
    }
}

#[tokio::test]
async fn a_dry_run_tells_whether_one_may() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", &allow("ec2:CreateVpc")).await;
    let dry = ("DryRun", "true");
    let create = [("CidrBlock", "10.0.0.0/16"), dry];
    assert_eq!(
        alice.error(EC2, "CreateVpc", &create).await,
        "DryRunOperation"
    );
    assert_eq!(
        alice.error(EC2, "DescribeVpcs", &[dry]).await,
        "UnauthorizedOperation"
    );
    root.permit_user("alice", &allow("ec2:DescribeVpcs")).await;
    assert_eq!(
        alice.error(EC2, "CreateVpc", &create).await,
        "UnauthorizedOperation"
    );
    assert_eq!(
        alice.error(EC2, "DescribeVpcs", &[dry]).await,
        "DryRunOperation"
    );
}

#[tokio::test]
async fn an_instance_needs_permission_on_its_image_and_the_interface_that_it_gets_or_names() {
    let world = World::start().await;
    let root = world.client();
    let network = Network::new(&root).await;
    let subnet = ("SubnetId", network.subnet.as_str());
    let interface = root.ec2("CreateNetworkInterface", &[subnet]).await;
    let interface = interface.text("networkInterfaceId");
    let alice = root.user("alice", "").await;
    let on = |resources: &[&str]| {
        let arns: Vec<String> = resources
            .iter()
            .map(|it| format!(r#""arn:aws:ec2:*:*:{it}""#))
            .collect();
        format!(
            r#"{{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": [{}]}}"#,
            arns.join(", ")
        )
    };
    let one = [("ImageId", "ami-1"), ("MinCount", "1"), ("MaxCount", "1")];
    let existing = ("NetworkInterface.1.NetworkInterfaceId", interface.as_str());
    let with = |more| [one.as_slice(), &[more, ("DryRun", "true")]].concat();
    let named = format!("network-interface/{interface}");
    for (resources, params, code) in [
        (
            ["instance/*", "image/*", &named],
            with(existing),
            "DryRunOperation",
        ),
        (
            ["instance/*", "image/*", &named],
            with(subnet),
            "UnauthorizedOperation",
        ),
        (
            ["instance/*", "image/ami-2", &named],
            with(existing),
            "UnauthorizedOperation",
        ),
        (
            ["volume/*", "image/*", &named],
            with(existing),
            "UnauthorizedOperation",
        ),
    ] {
        root.permit_user("alice", &on(&resources)).await;
        let got = alice.error(EC2, "RunInstances", &params).await;
        assert_eq!(got, code, "{resources:?} {params:?}");
    }
    root.permit_user(
        "alice",
        &on(&["instance/*", "image/*", "network-interface/*", "subnet/*"]),
    )
    .await;
    let got = alice.error(EC2, "RunInstances", &with(subnet)).await;
    assert_eq!(got, "DryRunOperation");
}

#[tokio::test]
async fn load_balancers_are_known_by_their_names_before_they_exist() {
    let world = World::start().await;
    let root = world.client();
    let network = Network::new(&root).await;
    let alice = root.user("alice", "").await;
    let on = |action: &str, resource: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "elasticloadbalancing:{action}", "Resource": "arn:aws:elasticloadbalancing:*:*:{resource}"}}"#
        )
    };
    let params = |name: &'static str| {
        [
            ("Name", name),
            ("Type", "network"),
            ("Scheme", "internal"),
            ("Subnets.member.1", network.subnet.as_str()),
        ]
    };
    root.permit_user(
        "alice",
        &on("CreateLoadBalancer", "loadbalancer/net/team-*/*"),
    )
    .await;
    let made = alice.elb("CreateLoadBalancer", &params("team-web")).await;
    assert!(is_denied(
        &alice.ask(ELB, "CreateLoadBalancer", &params("web")).await
    ));
    let arn = made.text("LoadBalancerArn");
    let balancer = [("LoadBalancerArn", arn.as_str())];
    assert!(is_denied(
        &alice.ask(ELB, "DeleteLoadBalancer", &balancer).await
    ));
    root.permit_user(
        "alice",
        &on("DeleteLoadBalancer", "loadbalancer/net/team-web/*"),
    )
    .await;
    alice.elb("DeleteLoadBalancer", &balancer).await;
}

#[tokio::test]
async fn a_service_for_one_role_is_there_for_that_role_alone() {
    let world = World::start().await;
    let provider = world.client();
    let behind = Network::new(&provider).await;
    let service = Service::new(&provider, &behind).await;
    let consumer = world.tenant("consumer").await;
    let network = Network::new(&consumer).await;
    let account = consumer.credentials.id;
    let role = consumer
        .role("deploy", &format!(r#"{{"AWS": "{account}"}}"#), ANYTHING)
        .await;
    let alice = consumer.user("alice", ANYTHING).await;
    let deploy = alice.assume(&role).await;
    service.permit(&provider, &role).await;
    let params = endpoint_params(&network, &service);
    let seen = async |client: &Client| {
        let offered = client.ec2("DescribeVpcEndpointServices", &[]).await;
        offered.texts("serviceId").contains(&service.id)
    };
    for client in [&consumer, &alice] {
        assert_eq!(
            client.error(EC2, "CreateVpcEndpoint", &params).await,
            "InvalidServiceName"
        );
        assert!(!seen(client).await);
    }
    assert!(seen(&deploy).await);
    deploy.ec2("CreateVpcEndpoint", &params).await;
    // The account has the endpoint, whoever made it.
    let endpoints = consumer.ec2("DescribeVpcEndpoints", &[]).await;
    assert_eq!(endpoints.texts("vpcEndpointId").len(), 1);
}

#[tokio::test]
async fn users_manage_themselves_when_they_are_let() {
    let world = World::start().await;
    let root = world.client();
    let own = r#"{"Effect": "Allow", "Action": ["iam:*AccessKey*", "iam:GetUser"], "Resource": "arn:aws:iam::*:user/${aws:username}"}"#;
    let alice = root.user("alice", own).await;
    root.user("bob", "").await;
    assert_eq!(alice.iam("GetUser", &[]).await.text("UserName"), "alice");
    let made = alice.iam("CreateAccessKey", &[]).await;
    assert_eq!(
        alice
            .iam("ListAccessKeys", &[])
            .await
            .texts("AccessKeyId")
            .len(),
        2
    );
    let bob = [("UserName", "bob")];
    assert!(is_denied(&alice.ask(IAM, "CreateAccessKey", &bob).await));
    assert!(is_denied(&alice.ask(IAM, "GetUser", &bob).await));
    let second = alice.signing_with(&made);
    let identity = second.ask(STS, "GetCallerIdentity", &[]).await;
    assert!(identity.text("UserId").starts_with("AIDA"));
    assert!(identity.text("Arn").ends_with(":user/alice"));
    let code = root.error(IAM, "CreateAccessKey", &[]).await;
    assert_eq!(code, "ValidationError");
}
