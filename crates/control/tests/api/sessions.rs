//! Temporary credentials: who gets them, what they are good for, and when they end.

use std::time::Duration;

use crate::authorization::ANYTHING;
use crate::world::{Answer, Client, EC2, IAM, STS, World, policy};

const LIST: &str = r#"{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}"#;
pub(crate) const ASSUME: &str = r#"{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}"#;

pub(crate) fn trusts(client: &Client) -> String {
    format!(
        r#"{{"AWS": "arn:aws:iam::{}:root"}}"#,
        client.credentials.id
    )
}

pub(crate) async fn ask_assume(client: &Client, role: &str, more: &[(&str, &str)]) -> Answer {
    let mut params = vec![("RoleArn", role), ("RoleSessionName", "shift")];
    params.extend_from_slice(more);
    client.ask(STS, "AssumeRole", &params).await
}

fn code(answer: &Answer) -> String {
    assert_ne!(answer.status, 200, "{}", answer.body);
    answer.text("Code")
}

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts_and_who_may() {
    let world = World::start().await;
    let root = world.client();
    let stranger = world.tenant("stranger").await;
    let (alice, bob) = (root.user("alice", ASSUME).await, root.user("bob", "").await);
    let carol = stranger.user("carol", ASSUME).await;
    let role = root.role("deploy", &trusts(&root), LIST).await;
    let session = alice.assume(&role).await;
    session.ec2("DescribeVpcs", &[]).await;
    assert_eq!(
        code(&session.ask(IAM, "ListUsers", &[]).await),
        "AccessDenied"
    );
    // Bob has no permission, Carol no trust, and the root user is not to.
    for (who, what) in [
        (
            &bob,
            "because no identity-based policy allows the sts:AssumeRole action",
        ),
        (
            &carol,
            "because no resource-based policy allows the sts:AssumeRole action",
        ),
        (&root, "Roles may not be assumed by root accounts."),
    ] {
        let answer = ask_assume(who, &role, &[]).await;
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (403, "AccessDenied")
        );
        assert!(answer.text("Message").ends_with(what), "{}", answer.body);
    }
    // A trust policy that names a user of the account itself is enough.
    let account = root.credentials.id;
    let named = format!(r#"{{"AWS": "arn:aws:iam::{account}:user/bob"}}"#);
    bob.assume(&root.role("for-bob", &named, "").await).await;
}

#[tokio::test]
async fn a_role_of_another_account_needs_both_sides_and_acts_in_that_account() {
    let world = World::start().await;
    let (here, there) = (world.client(), world.tenant("there").await);
    let role = there.role("visitor", &trusts(&here), ANYTHING).await;
    let alice = here.user("alice", "").await;
    assert_eq!(code(&ask_assume(&alice, &role, &[]).await), "AccessDenied");
    here.permit_user("alice", ASSUME).await;
    let visitor = alice.assume(&role).await;
    let vpc = visitor
        .ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")])
        .await;
    let vpcs = there.ec2("DescribeVpcs", &[]).await;
    assert_eq!(vpcs.texts("vpcId"), [vpc.text("vpcId")]);
    let identity = visitor.ask(STS, "GetCallerIdentity", &[]).await;
    let account = there.credentials.id;
    let arn = format!("arn:aws:sts::{account}:assumed-role/visitor/shift");
    assert_eq!(identity.text("Arn"), arn);
    assert_eq!(identity.text("Account"), account.to_string());
    let id = there
        .iam("GetRole", &[("RoleName", "visitor")])
        .await
        .text("RoleId");
    assert_eq!(identity.text("UserId"), format!("{id}:shift"));
    // One that is not there looks like one that does not trust, there and here.
    for (owner, other) in [(&there, &there), (&here, &there)] {
        let closed = owner.role("closed", &trusts(other), "").await;
        let absent = closed.replace("closed", "absent");
        let untrusted = ask_assume(&alice, &closed, &[]).await.text("Message");
        let missing = ask_assume(&alice, &absent, &[]).await.text("Message");
        assert_eq!(
            missing.replace("absent", "it"),
            untrusted.replace("closed", "it")
        );
    }
    let odd = [("RoleArn", role.as_str()), ("RoleSessionName", "a b")];
    assert_eq!(
        code(&alice.ask(STS, "AssumeRole", &odd).await),
        "ValidationError"
    );
}

#[tokio::test]
async fn a_trust_policy_can_ask_for_an_external_id() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ASSUME).await;
    let trust = policy(&format!(
        r#"{{"Effect": "Allow", "Principal": {}, "Action": "sts:AssumeRole", "Condition": {{"StringEquals": {{"sts:ExternalId": "s3cret"}}}}}}"#,
        trusts(&root)
    ));
    let params = [
        ("RoleName", "vendor"),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    let role = root.iam("CreateRole", &params).await.text("Arn");
    assert_eq!(code(&ask_assume(&alice, &role, &[]).await), "AccessDenied");
    let wrong = ask_assume(&alice, &role, &[("ExternalId", "other")]).await;
    assert_eq!(code(&wrong), "AccessDenied");
    let right = ask_assume(&alice, &role, &[("ExternalId", "s3cret")]).await;
    assert_eq!(right.status, 200, "{}", right.body);
}

#[tokio::test]
async fn a_session_ends_at_its_time_and_with_its_role() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ASSUME).await;
    let role = root.role("deploy", &trusts(&root), LIST).await;
    let answer = ask_assume(&alice, &role, &[("DurationSeconds", "900")]).await;
    let session = alice.signing_with(&answer);
    world.clock.advance(Duration::from_secs(899));
    session.ec2("DescribeVpcs", &[]).await;
    world.clock.advance(Duration::from_secs(1));
    let answer = session.ask(EC2, "DescribeVpcs", &[]).await;
    assert_eq!(
        (answer.status, code(&answer).as_str()),
        (400, "RequestExpired")
    );
    let answer = session.ask(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(
        (answer.status, code(&answer).as_str()),
        (403, "ExpiredToken")
    );

    let session = alice.assume(&role).await;
    let name = ("RoleName", "deploy");
    root.iam("DeleteRolePolicy", &[name, ("PolicyName", "own")])
        .await;
    root.iam("DeleteRole", &[name]).await;
    assert_eq!(
        code(&session.ask(EC2, "DescribeVpcs", &[]).await),
        "AuthFailure"
    );
    // A new role of the same name is another one.
    root.role("deploy", &trusts(&root), LIST).await;
    assert_eq!(
        code(&session.ask(EC2, "DescribeVpcs", &[]).await),
        "AuthFailure"
    );
    let answer = session.ask(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(code(&answer), "InvalidClientTokenId");
}

#[tokio::test]
async fn a_token_is_worth_nothing_without_its_own_keys_or_changed() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ASSUME).await;
    let role = root.role("deploy", &trusts(&root), LIST).await;
    let (one, other) = (alice.assume(&role).await, alice.assume(&role).await);
    let mut swapped = one.clone();
    swapped.token = other.token.clone();
    let mut without = one.clone();
    without.token = None;
    let mut changed = one.clone();
    changed.token = one.token.as_ref().map(|token| token.replacen('A', "B", 1));
    let mut permanent = root.clone();
    permanent.token = one.token.clone();
    for client in [swapped, without, changed, permanent] {
        let answer = client.ask(STS, "GetCallerIdentity", &[]).await;
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (403, "InvalidClientTokenId")
        );
        assert_eq!(
            code(&client.ask(EC2, "DescribeVpcs", &[]).await),
            "AuthFailure"
        );
    }
    let mut forged = one.clone();
    forged.credentials.secret_access_key = other.credentials.secret_access_key.clone();
    let answer = forged.ask(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(code(&answer), "SignatureDoesNotMatch");
}

#[tokio::test]
async fn sessions_outlive_a_restart() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ASSUME).await;
    let role = root.role("deploy", &trusts(&root), LIST).await;
    let mut session = alice.assume(&role).await;
    let world = world.restart().await;
    session.at = world.client().at;
    session.ec2("DescribeVpcs", &[]).await;
}

#[tokio::test]
async fn session_policies_allow_no_more_than_the_role() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ASSUME).await;
    let both = r#"{"Effect": "Allow", "Action": ["ec2:DescribeVpcs", "ec2:DescribeSubnets"], "Resource": "*"}"#;
    let role = root.role("deploy", &trusts(&root), both).await;
    let document = policy(LIST);
    let create = [
        ("PolicyName", "list"),
        ("PolicyDocument", document.as_str()),
    ];
    let managed = root.iam("CreatePolicy", &create).await.text("Arn");
    let wide = policy(ANYTHING);
    for (name, value, subnets) in [
        ("Policy", document.as_str(), false),
        ("PolicyArns.member.1.arn", managed.as_str(), false),
        ("Policy", wide.as_str(), true),
    ] {
        let session = alice.signing_with(&ask_assume(&alice, &role, &[(name, value)]).await);
        session.ec2("DescribeVpcs", &[]).await;
        let answer = session.ask(EC2, "DescribeSubnets", &[]).await;
        assert_eq!(answer.status == 200, subnets, "{}", answer.body);
        assert_eq!(session.ask(EC2, "DescribeInstances", &[]).await.status, 403);
        if !subnets {
            assert!(answer.text("Message").contains("no session policy allows"));
        }
    }
    let plain = ask_assume(&alice, &role, &[]).await;
    assert!(plain.texts("PackedPolicySize").is_empty());
    let packed = ask_assume(&alice, &role, &[("Policy", document.as_str())]).await;
    let percent: usize = packed.text("PackedPolicySize").parse().unwrap();
    assert!((1..100).contains(&percent), "{percent}");
    let missing = managed.replace(":policy/", ":policy/no-");
    let answer = ask_assume(
        &alice,
        &role,
        &[("PolicyArns.member.1.arn", missing.as_str())],
    )
    .await;
    assert_eq!(code(&answer), "ValidationError");
    assert!(
        answer
            .text("Message")
            .contains("The role's account has no policy")
    );
    let malformed = ask_assume(&alice, &role, &[("Policy", "{}")]).await;
    assert_eq!(code(&malformed), "MalformedPolicyDocument");
    // A limit that is gone is no limit that is lifted.
    let passed = [("PolicyArns.member.1.arn", managed.as_str())];
    let session = alice.signing_with(&ask_assume(&alice, &role, &passed).await);
    root.iam("DeletePolicy", &[("PolicyArn", managed.as_str())])
        .await;
    assert_eq!(session.ask(EC2, "DescribeVpcs", &[]).await.status, 403);
}

#[tokio::test]
async fn session_tags_are_the_principal_s_and_need_permission() {
    let world = World::start().await;
    let root = world.client();
    let tags = [
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
    ];
    let tagged = r#"{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}"#;
    let role = root.role("deploy", &trusts(&root), tagged).await;
    let assume_alone = r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}"#;
    let alice = root.user("alice", assume_alone).await;
    let answer = ask_assume(&alice, &role, &tags).await;
    assert!(
        answer.text("Message").contains("sts:TagSession"),
        "{}",
        answer.body
    );
    root.permit_user("alice", ASSUME).await;
    let session = alice.signing_with(&ask_assume(&alice, &role, &tags).await);
    session.ec2("DescribeVpcs", &[]).await;
    assert_eq!(
        alice
            .assume(&role)
            .await
            .ask(EC2, "DescribeVpcs", &[])
            .await
            .status,
        403
    );
    let large: Vec<(String, String)> = (1..=50)
        .flat_map(|n| {
            [
                (format!("Tags.member.{n}.Key"), format!("k{n}")),
                (format!("Tags.member.{n}.Value"), "v".repeat(200)),
            ]
        })
        .collect();
    let large: Vec<_> = large
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let answer = ask_assume(&alice, &role, &large).await;
    assert_eq!(code(&answer), "PackedPolicyTooLarge");
}

#[tokio::test]
async fn sessions_are_as_long_as_the_role_lets_and_an_hour_when_chained() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ASSUME).await;
    let role = root.role("deploy", &trusts(&root), ASSUME).await;
    let two_hours = [("DurationSeconds", "7200")];
    assert_eq!(
        code(&ask_assume(&alice, &role, &two_hours).await),
        "ValidationError"
    );
    for secs in ["3599", "43201"] {
        let params = [("RoleName", "deploy"), ("MaxSessionDuration", secs)];
        assert_eq!(
            root.error(IAM, "UpdateRole", &params).await,
            "ValidationError"
        );
    }
    let longer = [("RoleName", "deploy"), ("MaxSessionDuration", "7200")];
    root.iam("UpdateRole", &longer).await;
    let answer = ask_assume(&alice, &role, &two_hours).await;
    assert_eq!(answer.text("Expiration"), "2026-01-01T14:00:00Z");
    let session = alice.signing_with(&answer);
    let chained = ask_assume(&session, &role, &two_hours).await;
    assert!(
        chained.text("Message").contains("role chaining"),
        "{}",
        chained.body
    );
    assert_eq!(ask_assume(&session, &role, &[]).await.status, 200);
    for secs in ["899", "43201"] {
        let answer = ask_assume(&alice, &role, &[("DurationSeconds", secs)]).await;
        assert_eq!(code(&answer), "ValidationError");
    }
}

#[tokio::test]
async fn session_tokens_of_users_do_what_the_user_may_but_for_iam() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ANYTHING).await;
    for (client, end) in [(&alice, ":user/alice"), (&root, ":root")] {
        let answer = client.ask(STS, "GetSessionToken", &[]).await;
        let session = client.signing_with(&answer);
        session.ec2("DescribeVpcs", &[]).await;
        let refused = session.ask(IAM, "ListUsers", &[]).await;
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (403, "InvalidClientTokenId")
        );
        assert_eq!(
            code(&session.ask(STS, "GetSessionToken", &[]).await),
            "AccessDenied"
        );
        let identity = session.ask(STS, "GetCallerIdentity", &[]).await;
        assert!(identity.text("Arn").ends_with(end), "{}", identity.body);
    }
    // Of a root user they hold an hour, of a user as long as was asked for.
    let twelve = [("DurationSeconds", "43200")];
    let expires = async |client: &Client| {
        client
            .ask(STS, "GetSessionToken", &twelve)
            .await
            .text("Expiration")
    };
    assert_eq!(expires(&root).await, "2026-01-01T13:00:00Z");
    assert_eq!(expires(&alice).await, "2026-01-02T00:00:00Z");
}

#[tokio::test]
async fn policies_that_cannot_be_read_let_nobody_through() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ANYTHING).await;
    let account = root.credentials.id;
    let broken = || "not a policy".to_owned();
    let role = model::command::CreateRole {
        path: "/".parse().unwrap(),
        name: "broken".parse().unwrap(),
        description: String::new(),
        trust_policy: broken(),
        max_session_secs: 3600,
        tags: model::Tags::new(),
    };
    world.control.submit(account, role).await.unwrap();
    let arn = format!("arn:aws:iam::{account}:role/broken");
    let answer = ask_assume(&alice, &arn, &[]).await;
    assert_eq!(code(&answer), "AccessDenied");
    let policy = model::command::PutInlinePolicy {
        identity: model::iam::IdentityName::User("alice".parse().unwrap()),
        name: "broken".parse().unwrap(),
        document: broken(),
    };
    world.control.submit(account, policy).await.unwrap();
    let answer = alice.ask(EC2, "DescribeVpcs", &[]).await;
    assert_eq!(
        (answer.status, code(&answer).as_str()),
        (500, "InternalError")
    );
}

#[tokio::test]
async fn a_key_tells_its_account_to_whoever_asks() {
    let world = World::start().await;
    let root = world.client();
    let (alice, stranger) = (root.user("alice", "").await, world.tenant("stranger").await);
    for client in [&root, &alice] {
        let id = [("AccessKeyId", client.credentials.access_key_id.as_str())];
        let answer = stranger.ask(STS, "GetAccessKeyInfo", &id).await;
        assert_eq!(answer.text("Account"), root.credentials.id.to_string());
    }
    for (id, expected) in [
        ("AKIAAAAAAAAAAAAAAAAA", "ValidationError"),
        ("ASIAAAAAAAAAAAAAAAAA", "UnsupportedOperation"),
    ] {
        let id = [("AccessKeyId", id)];
        assert_eq!(stranger.error(STS, "GetAccessKeyInfo", &id).await, expected);
    }
}

#[tokio::test]
async fn a_key_that_is_inactive_or_deleted_is_as_if_there_were_none() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", LIST).await;
    let user = ("UserName", "alice");
    let id = alice.credentials.access_key_id.clone();
    let key = ("AccessKeyId", id.as_str());
    root.iam("UpdateAccessKey", &[user, key, ("Status", "Inactive")])
        .await;
    let inactive = alice.ask(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(
        (inactive.status, code(&inactive).as_str()),
        (403, "InvalidClientTokenId")
    );
    assert_eq!(
        code(&alice.ask(EC2, "DescribeVpcs", &[]).await),
        "AuthFailure"
    );
    root.iam("UpdateAccessKey", &[user, key, ("Status", "Active")])
        .await;
    alice.ec2("DescribeVpcs", &[]).await;
    root.iam("DeleteAccessKey", &[user, key]).await;
    let deleted = alice.ask(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(deleted.text("Message"), inactive.text("Message"));
}
