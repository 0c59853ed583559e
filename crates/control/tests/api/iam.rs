//! IAM's actions: what they answer, in pages, with their errors, and for their own account alone.

use crate::authorization::ANYTHING;
use crate::world::{Client, IAM, World, percent_encoded, policy};

pub(crate) async fn refused(
    client: &Client,
    action: &str,
    params: &[(&str, &str)],
) -> (u16, String) {
    let answer = client.ask(IAM, action, params).await;
    (answer.status, answer.text("Code"))
}

pub(crate) fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_user_is_made_shown_renamed_and_deleted() {
    let world = World::start().await;
    let root = world.client();
    let account = root.credentials.id;
    let params = [
        ("UserName", "alice"),
        ("Path", "/team/"),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", ""),
    ];
    let made = root.iam("CreateUser", &params).await;
    assert_eq!(
        made.text("Arn"),
        format!("arn:aws:iam::{account}:user/team/alice")
    );
    assert_eq!(made.text("CreateDate"), "2026-01-01T12:00:00Z");
    let id = made.text("UserId");
    assert!(id.starts_with("AIDA") && id.len() == 21, "{id}");
    let update = [
        ("UserName", "alice"),
        ("NewUserName", "Alice2"),
        ("NewPath", "/"),
    ];
    root.iam("UpdateUser", &update).await;
    let shown = root.iam("GetUser", &[("UserName", "alice2")]).await;
    assert_eq!(
        shown.text("Arn"),
        format!("arn:aws:iam::{account}:user/Alice2")
    );
    assert_eq!(
        (shown.text("UserId"), shown.text("Key")),
        (id, "k".to_owned())
    );
    root.iam("DeleteUser", &[("UserName", "Alice2")]).await;
    // The root user is one without a name.
    let own = root.iam("GetUser", &[]).await;
    assert_eq!(own.text("UserId"), account.to_string());
}

#[tokio::test]
async fn a_user_has_tags_and_nothing_else_that_is_in_the_way() {
    let world = World::start().await;
    let root = world.client();
    root.iam("CreateUser", &[("UserName", "alice")]).await;
    let user = ("UserName", "alice");
    let tag = |key| {
        [
            user,
            ("Tags.member.1.Key", key),
            ("Tags.member.1.Value", ""),
        ]
    };
    let keys: Vec<String> = (0..50).map(|number| format!("k{number}")).collect();
    for key in &keys {
        root.iam("TagUser", &tag(key)).await;
    }
    assert_eq!(
        refused(&root, "TagUser", &tag("more")).await,
        is(409, "LimitExceeded")
    );
    let twice = [
        user,
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", ""),
        ("Tags.member.2.Key", "A"),
        ("Tags.member.2.Value", ""),
    ];
    assert_eq!(
        refused(&root, "TagUser", &twice).await,
        is(400, "InvalidInput")
    );
    root.iam("UntagUser", &[user, ("TagKeys.member.1", "k0")])
        .await;
    root.iam("TagUser", &tag("k0")).await;
    assert_eq!(
        root.iam("ListUserTags", &[user]).await.texts("Key").len(),
        50
    );
    for action in [
        "ListGroupsForUser",
        "ListMFADevices",
        "ListSSHPublicKeys",
        "ListSigningCertificates",
    ] {
        assert_eq!(root.iam(action, &[user]).await.text("IsTruncated"), "false");
    }
    assert_eq!(
        refused(&root, "GetLoginProfile", &[user]).await,
        is(404, "NoSuchEntity")
    );
    assert_eq!(
        refused(&root, "DeleteLoginProfile", &[user]).await,
        is(404, "NoSuchEntity")
    );
    root.iam("DeleteUser", &[user]).await;
    for action in ["GetUser", "DeleteUser", "ListMFADevices", "CreateAccessKey"] {
        assert_eq!(
            refused(&root, action, &[user]).await,
            is(404, "NoSuchEntity"),
            "{action}"
        );
    }
}

#[tokio::test]
async fn documents_are_checked_and_shown_encoded() {
    let world = World::start().await;
    let root = world.client();
    root.iam("CreateUser", &[("UserName", "alice")]).await;
    let put = |document: &'static str| {
        [
            ("UserName", "alice"),
            ("PolicyName", "own"),
            ("PolicyDocument", document),
        ]
    };
    for document in [
        "x",
        "{}",
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "describe", "Resource": "*"}}"#,
    ] {
        let got = refused(&root, "PutUserPolicy", &put(document)).await;
        assert_eq!(got, is(400, "MalformedPolicyDocument"), "{document}");
    }
    let document = r#"{"Statement": [{"Effect":"Allow","Action":"ec2:*","Resource":"*"}] }"#;
    root.iam("PutUserPolicy", &put(document)).await;
    let named = [("UserName", "alice"), ("PolicyName", "own")];
    let shown = root.iam("GetUserPolicy", &named).await;
    assert_eq!(shown.text("PolicyDocument"), percent_encoded(document));
    let listed = root.iam("ListUserPolicies", &named[..1]).await;
    assert_eq!(listed.texts("member"), ["own"]);
    root.iam("DeleteUserPolicy", &named).await;
    assert_eq!(
        refused(&root, "GetUserPolicy", &named).await,
        is(404, "NoSuchEntity")
    );
    assert_eq!(
        refused(&root, "DeleteUserPolicy", &named).await,
        is(404, "NoSuchEntity")
    );
    // A trust policy is about assuming the role.
    let params = [("RoleName", "r"), ("AssumeRolePolicyDocument", document)];
    assert_eq!(
        refused(&root, "CreateRole", &params).await,
        is(400, "MalformedPolicyDocument")
    );
}

#[tokio::test]
async fn a_managed_policy_has_versions_and_is_attached() {
    let world = World::start().await;
    let root = world.client();
    let (one, two) = (policy(ANYTHING), policy(&ANYTHING.replace("Allow", "Deny")));
    let create = [
        ("PolicyName", "all"),
        ("Path", "/p/"),
        ("PolicyDocument", one.as_str()),
        ("Description", "d"),
    ];
    let made = root.iam("CreatePolicy", &create).await;
    let arn = made.text("Arn");
    assert!(arn.ends_with(":policy/p/all") && made.text("PolicyId").starts_with("ANPA"));
    assert_eq!(
        refused(&root, "CreatePolicy", &create).await,
        is(409, "EntityAlreadyExists")
    );
    let policy = ("PolicyArn", arn.as_str());
    let version = [
        policy,
        ("PolicyDocument", two.as_str()),
        ("SetAsDefault", "true"),
    ];
    let answer = root.iam("CreatePolicyVersion", &version).await;
    assert_eq!(
        (answer.text("VersionId"), answer.text("IsDefaultVersion")),
        ("v2".to_owned(), "true".to_owned())
    );
    let alice = root.user("alice", "").await;
    let attach = [("UserName", "alice"), policy];
    root.iam("AttachUserPolicy", &attach).await;
    assert_eq!(alice.ask("ec2", "DescribeVpcs", &[]).await.status, 403);
    root.iam("SetDefaultPolicyVersion", &[policy, ("VersionId", "v1")])
        .await;
    alice.ec2("DescribeVpcs", &[]).await;
    let shown = root
        .iam("GetPolicyVersion", &[policy, ("VersionId", "v2")])
        .await;
    assert_eq!(shown.text("Document"), percent_encoded(&two));
    let listed = root.iam("ListPolicyVersions", &[policy]).await;
    assert_eq!(listed.texts("VersionId"), ["v2", "v1"]);
    let policy_shown = root.iam("GetPolicy", &[policy]).await;
    assert_eq!(policy_shown.text("AttachmentCount"), "1");
    assert_eq!(policy_shown.text("DefaultVersionId"), "v1");
    let entities = root.iam("ListEntitiesForPolicy", &[policy]).await;
    assert_eq!(entities.texts("UserName"), ["alice"]);
    let attached = root
        .iam("ListAttachedUserPolicies", &[("UserName", "alice")])
        .await;
    assert_eq!(attached.texts("PolicyArn"), std::slice::from_ref(&arn));
    assert_eq!(
        refused(&root, "DeletePolicy", &[policy]).await,
        is(409, "DeleteConflict")
    );
    root.iam("DetachUserPolicy", &attach).await;
    assert_eq!(
        refused(&root, "DetachUserPolicy", &attach).await,
        is(404, "NoSuchEntity")
    );
    assert_eq!(
        refused(&root, "DeletePolicy", &[policy]).await,
        is(409, "DeleteConflict")
    );
    root.iam("DeletePolicyVersion", &[policy, ("VersionId", "v2")])
        .await;
    root.iam("DeletePolicy", &[policy]).await;
    assert_eq!(
        refused(&root, "GetPolicy", &[policy]).await,
        is(404, "NoSuchEntity")
    );
}

#[tokio::test]
async fn a_role_is_made_shown_changed_and_deleted() {
    let world = World::start().await;
    let root = world.client();
    root.role("deploy", r#"{"Service": "ec2.amazonaws.com"}"#, ANYTHING)
        .await;
    let role = ("RoleName", "deploy");
    let shown = root.iam("GetRole", &[role]).await;
    assert!(shown.text("RoleId").starts_with("AROA"));
    assert_eq!(shown.text("MaxSessionDuration"), "3600");
    assert!(
        shown
            .text("AssumeRolePolicyDocument")
            .contains("ec2.amazonaws.com")
    );
    root.iam("UpdateRole", &[role, ("Description", "d")]).await;
    assert_eq!(root.iam("GetRole", &[role]).await.text("Description"), "d");
    let trust =
        policy(r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}"#);
    root.iam(
        "UpdateAssumeRolePolicy",
        &[role, ("PolicyDocument", trust.as_str())],
    )
    .await;
    let shown = root.iam("GetRole", &[role]).await;
    assert_eq!(
        shown.text("AssumeRolePolicyDocument"),
        percent_encoded(&trust)
    );
    assert_eq!(
        root.iam("ListRolePolicies", &[role]).await.texts("member"),
        ["own"]
    );
    assert_eq!(
        root.iam("ListInstanceProfilesForRole", &[role])
            .await
            .text("IsTruncated"),
        "false"
    );
    assert_eq!(
        refused(&root, "DeleteRole", &[role]).await,
        is(409, "DeleteConflict")
    );
    root.iam("DeleteRolePolicy", &[role, ("PolicyName", "own")])
        .await;
    root.iam("DeleteRole", &[role]).await;
    assert_eq!(
        refused(&root, "GetRole", &[role]).await,
        is(404, "NoSuchEntity")
    );
}

#[tokio::test]
async fn lists_come_in_pages_by_name() {
    let world = World::start().await;
    let root = world.client();
    let names = ["Bob", "alice", "carol", "dave", "erin"];
    for name in names {
        let path = if name == "dave" { "/ops/" } else { "/" };
        root.iam("CreateUser", &[("UserName", name), ("Path", path)])
            .await;
    }
    let mut found = Vec::new();
    let mut marker = None;
    loop {
        let mut params = vec![("MaxItems", "2")];
        params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let page = root.iam("ListUsers", &params).await;
        found.extend(page.texts("UserName"));
        let next = page.texts("Marker").pop();
        assert_eq!(page.text("IsTruncated"), next.is_some().to_string());
        let Some(next) = next else { break };
        marker = Some(next);
    }
    assert_eq!(found, ["alice", "Bob", "carol", "dave", "erin"]);
    let ops = root.iam("ListUsers", &[("PathPrefix", "/op")]).await;
    assert_eq!(ops.texts("UserName"), ["dave"]);
    let params = [
        ("Marker", marker.as_deref().unwrap()),
        ("PathPrefix", "/ops/"),
    ];
    assert_eq!(
        refused(&root, "ListUsers", &params).await,
        is(400, "ValidationError")
    );
    assert_eq!(
        refused(&root, "ListUsers", &[("MaxItems", "1001")]).await,
        is(400, "ValidationError")
    );
}

#[tokio::test]
async fn accounts_see_nothing_of_each_other_s_iam() {
    let world = World::start().await;
    let root = world.client();
    let stranger = world.tenant("stranger").await;
    let document = policy(ANYTHING);
    root.user("alice", ANYTHING).await;
    root.role("deploy", r#"{"AWS": "*"}"#, "").await;
    let create = [("PolicyName", "all"), ("PolicyDocument", document.as_str())];
    let arn = root.iam("CreatePolicy", &create).await.text("Arn");
    for (action, element, params) in [
        ("ListUsers", "UserName", &[] as &[_]),
        ("ListRoles", "RoleName", &[]),
        ("ListPolicies", "PolicyName", &[("Scope", "Local")]),
    ] {
        let of_stranger = stranger.iam(action, params).await;
        assert!(of_stranger.texts(element).is_empty(), "{action}");
        let of_root = root.iam(action, params).await;
        assert_eq!(of_root.texts(element).len(), 1, "{action}");
    }
    let policy = ("PolicyArn", arn.as_str());
    for (action, params) in [
        ("GetUser", [("UserName", "alice")]),
        ("DeleteUser", [("UserName", "alice")]),
        ("GetRole", [("RoleName", "deploy")]),
        ("GetPolicy", [policy]),
        ("ListPolicyVersions", [policy]),
        ("ListEntitiesForPolicy", [policy]),
        ("DeletePolicy", [policy]),
    ] {
        let got = refused(&stranger, action, &params).await;
        assert_eq!(got, is(404, "NoSuchEntity"), "{action}");
    }
    stranger.iam("CreateUser", &[("UserName", "alice")]).await;
    let attach = [("UserName", "alice"), policy];
    let got = refused(&stranger, "AttachUserPolicy", &attach).await;
    assert_eq!(got, is(404, "NoSuchEntity"));
}

#[tokio::test]
async fn what_is_not_offered_is_refused_by_name() {
    let world = World::start().await;
    let root = world.client();
    for action in [
        "CreateGroup",
        "CreateInstanceProfile",
        "CreateLoginProfile",
        "GetAccountAuthorizationDetails",
        "SimulateCustomPolicy",
        "SimulatePrincipalPolicy",
    ] {
        let got = refused(&root, action, &[]).await;
        assert_eq!(got, is(400, "UnsupportedOperation"), "{action}");
    }
    let boundary = [
        ("UserName", "alice"),
        ("PermissionsBoundary", "arn:aws:iam::aws:policy/x"),
    ];
    assert_eq!(
        refused(&root, "CreateUser", &boundary).await,
        is(400, "UnsupportedOperation")
    );
    let key = [("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA")];
    assert_eq!(
        refused(&root, "GetAccessKeyLastUsed", &key).await,
        is(400, "UnsupportedOperation")
    );
}

#[tokio::test]
async fn iam_signs_for_its_own_region() {
    let world = World::start().await;
    let mut client = world.client();
    client.credentials.region = "eu-west-1".to_owned();
    let got = refused(&client, "ListUsers", &[]).await;
    assert_eq!(got, is(403, "SignatureDoesNotMatch"));
}

#[tokio::test]
async fn tags_of_iam_are_told_apart_by_their_keys_in_any_case() {
    let world = World::start().await;
    let root = world.client();
    let user = ("UserName", "alice");
    root.iam("CreateUser", &[user]).await;
    let tag = |key: &'static str, value: &'static str| {
        [
            user,
            ("Tags.member.1.Key", key),
            ("Tags.member.1.Value", value),
        ]
    };
    let shown = async || {
        let tags = root.iam("ListUserTags", &[user]).await;
        (tags.texts("Key"), tags.texts("Value"))
    };
    let one = |key: &str, value: &str| (vec![key.to_owned()], vec![value.to_owned()]);
    root.iam("TagUser", &tag("Team", "red")).await;
    assert_eq!(shown().await, one("Team", "red"));
    root.iam("TagUser", &tag("team", "blue")).await;
    assert_eq!(shown().await, one("team", "blue"));
    root.iam("UntagUser", &[user, ("TagKeys.member.1", "TEAM")])
        .await;
    assert_eq!(shown().await, (Vec::new(), Vec::new()));
    // Those of other services are not.
    let vpc = root.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).await;
    let vpc = vpc.text("vpcId");
    for key in ["Team", "team"] {
        let tag = [
            ("ResourceId.1", vpc.as_str()),
            ("Tag.1.Key", key),
            ("Tag.1.Value", ""),
        ];
        root.ec2("CreateTags", &tag).await;
    }
    let found = root.ec2("DescribeVpcs", &[]).await;
    assert_eq!(found.texts("key"), ["Team", "team"]);
}
