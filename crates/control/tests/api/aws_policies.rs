//! AWS's own managed policies: everyone can list, read and attach them, and nobody can change them.

use crate::authorization::ANYTHING;
use crate::iam::{is, refused};
use crate::sessions::{ask_assume, trusts};
use crate::world::{Client, EC2, IAM, World, percent_encoded, policy};

fn arn(name: &str) -> String {
    format!("arn:aws:iam::aws:policy/{name}")
}

async fn attach(root: &Client, user: &str, arn: &str) {
    let params = [("UserName", user), ("PolicyArn", arn)];
    root.iam("AttachUserPolicy", &params).await;
}

#[tokio::test]
async fn they_give_users_and_roles_what_their_documents_say() {
    let world = World::start().await;
    let root = world.client();
    let create = ("CreateVpc", ("CidrBlock", "10.0.0.0/16"));
    let look = ("DescribeVpcs", ("MaxResults", "5"));
    let offer = ("DescribeVpcEndpointServices", ("MaxResults", "5"));
    for (name, may, may_not) in [
        ("AdministratorAccess", vec![create, look, offer], vec![]),
        ("PowerUserAccess", vec![create, look, offer], vec![]),
        ("AmazonEC2FullAccess", vec![create, look, offer], vec![]),
        ("AmazonVPCFullAccess", vec![create, look, offer], vec![]),
        (
            "job-function/NetworkAdministrator",
            vec![create, look, offer],
            vec![],
        ),
        ("ReadOnlyAccess", vec![look, offer], vec![create]),
        ("AmazonEC2ReadOnlyAccess", vec![look, offer], vec![create]),
        ("job-function/ViewOnlyAccess", vec![look], vec![create]),
        ("AmazonVPCReadOnlyAccess", vec![look], vec![create]),
        ("ElasticLoadBalancingFullAccess", vec![look], vec![create]),
        ("IAMFullAccess", vec![], vec![create, look]),
    ] {
        let user = name.replace('/', "-");
        let client = root.user(&user, "").await;
        attach(&root, &user, &arn(name)).await;
        for (action, param) in may {
            let answer = client.ask(EC2, action, &[param]).await;
            assert_eq!(answer.status, 200, "{name} {action}: {}", answer.body);
        }
        for (action, param) in may_not {
            let answer = client.ask(EC2, action, &[param]).await;
            assert_eq!(answer.status, 403, "{name} {action}: {}", answer.body);
        }
    }
    let admin = root.role("admin", &trusts(&root), "").await;
    let (role, all) = (("RoleName", "admin"), arn("AdministratorAccess"));
    root.iam("AttachRolePolicy", &[role, ("PolicyArn", &all)])
        .await;
    let session = root.user("alice", "").await;
    attach(&root, "alice", &all).await;
    session.assume(&admin).await.iam("ListUsers", &[]).await;
    // And they limit sessions.
    let limit = arn("AmazonVPCReadOnlyAccess");
    let limited = ask_assume(&session, &admin, &[("PolicyArns.member.1.arn", &limit)]).await;
    let limited = session.signing_with(&limited);
    limited.ec2("DescribeVpcs", &[]).await;
    assert_eq!(limited.ask(EC2, create.0, &[create.1]).await.status, 403);
}

#[tokio::test]
async fn they_belong_to_no_account_and_can_be_told_by_their_arns() {
    let world = World::start().await;
    let root = world.client();
    let account = root.credentials.id.to_string();
    let document = policy(ANYTHING);
    let create = [("PolicyName", "own"), ("PolicyDocument", document.as_str())];
    let own = root.iam("CreatePolicy", &create).await.text("Arn");
    let of_aws = arn("IAMReadOnlyAccess");
    let here = format!(r#""aws:ResourceAccount": "{account}""#);
    let other_deny = |condition: &str| {
        format!(
            r#"{ANYTHING}, {{"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {{{condition}}}}}"#
        )
    };
    let elsewhere = other_deny(&format!(r#""StringNotEquals": {{{here}}}"#));
    let by_arn = r#""ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}"#;
    let alice = root.user("alice", &elsewhere).await;
    let status =
        async |action: &str, params: &[(&str, &str)]| alice.ask(IAM, action, params).await.status;
    assert_eq!(status("GetPolicy", &[("PolicyArn", &own)]).await, 200);
    assert_eq!(status("GetPolicy", &[("PolicyArn", &of_aws)]).await, 403);
    root.iam("CreateUser", &[("UserName", "bob")]).await;
    let bob = ("UserName", "bob");
    // What is judged is the user that it is attached to.
    let attach = [bob, ("PolicyArn", of_aws.as_str())];
    assert_eq!(status("AttachUserPolicy", &attach).await, 200);
    root.permit_user("alice", &other_deny(by_arn)).await;
    assert_eq!(status("DetachUserPolicy", &attach).await, 403);
    let attach = [bob, ("PolicyArn", own.as_str())];
    assert_eq!(status("AttachUserPolicy", &attach).await, 200);
}

#[tokio::test]
async fn what_one_account_detaches_others_keep() {
    let world = World::start().await;
    let all = arn("AdministratorAccess");
    let mut admins = Vec::new();
    for root in [world.client(), world.tenant("other").await] {
        let admin = root.user("admin", "").await;
        attach(&root, "admin", &all).await;
        admin.ec2("DescribeVpcs", &[]).await;
        admins.push((root, admin));
    }
    let params = [("UserName", "admin"), ("PolicyArn", all.as_str())];
    admins[0].0.iam("DetachUserPolicy", &params).await;
    assert_eq!(admins[0].1.ask(EC2, "DescribeVpcs", &[]).await.status, 403);
    admins[1].1.ec2("DescribeVpcs", &[]).await;
    let which = [("PolicyArn", all.as_str())];
    let shown = admins[1].0.iam("GetPolicy", &which).await;
    assert_eq!(shown.text("AttachmentCount"), "1");
}

#[tokio::test]
async fn they_are_listed_and_shown_with_what_the_account_has_attached() {
    let world = World::start().await;
    let (root, stranger) = (world.client(), world.tenant("stranger").await);
    let document = policy(ANYTHING);
    // An account may call one of its own like AWS's.
    let create = [
        ("PolicyName", "IAMFullAccess"),
        ("PolicyDocument", document.as_str()),
    ];
    let own = root.iam("CreatePolicy", &create).await.text("Arn");
    let names = async |params: &[(&str, &str)]| {
        let listed = root.iam("ListPolicies", params).await;
        (listed.texts("PolicyName"), listed.texts("Arn"))
    };
    let (all, arns) = names(&[]).await;
    assert_eq!(all.len(), 16);
    assert!(arns.contains(&own) && arns.contains(&arn("IAMFullAccess")));
    assert_eq!(names(&[("Scope", "Local")]).await.1, [own.as_str()]);
    assert_eq!(names(&[("Scope", "AWS")]).await.0.len(), 15);
    let jobs = names(&[("PathPrefix", "/job-function/")]).await.0;
    assert_eq!(jobs, ["NetworkAdministrator", "ViewOnlyAccess"]);
    let mut paged = Vec::new();
    let mut marker = None;
    loop {
        let mut params = vec![("MaxItems", "3")];
        params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let page = root.iam("ListPolicies", &params).await;
        paged.extend(page.texts("Arn"));
        let Some(next) = page.texts("Marker").pop() else {
            break;
        };
        marker = Some(next);
    }
    assert_eq!(paged, arns);

    let all = arn("AdministratorAccess");
    let which = ("PolicyArn", all.as_str());
    root.iam("CreateUser", &[("UserName", "alice")]).await;
    attach(&root, "alice", &all).await;
    let shown = root.iam("GetPolicy", &[which]).await;
    assert_eq!(shown.text("PolicyId"), "ANPAIWMBCKSKIEE64ZLYK");
    assert_eq!(shown.text("DefaultVersionId"), "v1");
    assert_eq!(shown.text("CreateDate"), "2015-02-06T18:39:46Z");
    assert_eq!(shown.text("AttachmentCount"), "1");
    let versions = root.iam("ListPolicyVersions", &[which]).await;
    assert_eq!(versions.texts("VersionId"), ["v1"]);
    let version = [which, ("VersionId", "v1")];
    let version = root.iam("GetPolicyVersion", &version).await;
    let allows_all = percent_encoded(r#""Action": "*""#);
    assert!(version.text("Document").contains(&allows_all));
    let entities = root.iam("ListEntitiesForPolicy", &[which]).await;
    assert_eq!(entities.texts("UserName"), ["alice"]);
    assert_eq!(names(&[("OnlyAttached", "true")]).await.1, [all.as_str()]);
    let user = ("UserName", "alice");
    let attached = root.iam("ListAttachedUserPolicies", &[user]).await;
    assert_eq!(attached.texts("PolicyArn"), [all.as_str()]);
    // What others have attached is not told.
    let shown = stranger.iam("GetPolicy", &[which]).await;
    assert_eq!(shown.text("AttachmentCount"), "0");
    let entities = stranger.iam("ListEntitiesForPolicy", &[which]).await;
    assert!(entities.texts("UserName").is_empty());
    // They outlive a restart, and go again.
    let world = world.restart().await;
    let root = world.client();
    root.iam("DetachUserPolicy", &[user, which]).await;
    let got = refused(&root, "DetachUserPolicy", &[user, which]).await;
    assert_eq!(got, is(404, "NoSuchEntity"));
    root.iam("DeleteUser", &[user]).await;
}

#[tokio::test]
async fn nobody_changes_them_and_others_do_not_exist() {
    let world = World::start().await;
    let root = world.client();
    let document = policy(ANYTHING);
    let all = arn("PowerUserAccess");
    let which = ("PolicyArn", all.as_str());
    for (action, params) in [
        ("DeletePolicy", vec![]),
        ("CreatePolicyVersion", vec![("PolicyDocument", &*document)]),
        ("SetDefaultPolicyVersion", vec![("VersionId", "v12")]),
        ("DeletePolicyVersion", vec![("VersionId", "v12")]),
        (
            "TagPolicy",
            vec![("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "")],
        ),
        ("UntagPolicy", vec![("TagKeys.member.1", "k")]),
    ] {
        let params = [vec![which], params].concat();
        let got = refused(&root, action, &params).await;
        assert_eq!(got, is(403, "AccessDenied"), "{action}");
    }
    root.iam("CreateUser", &[("UserName", "alice")]).await;
    for absent in [
        "arn:aws:iam::aws:policy/NoSuchAccess",
        "arn:aws:iam::aws:policy/job-function/AdministratorAccess",
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",
    ] {
        let params = [("UserName", "alice"), ("PolicyArn", absent)];
        let got = refused(&root, "AttachUserPolicy", &params).await;
        assert_eq!(got, is(404, "NoSuchEntity"), "{absent}");
    }
}
