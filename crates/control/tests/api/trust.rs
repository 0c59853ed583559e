//! What trust policies are judged by, and what they tell; tags of roles and of their sessions together.

use crate::authorization::{ANYTHING, allow_if, is_denied};
use crate::sessions::{ASSUME, ask_assume, trusts};
use crate::world::{Client, EC2, World, policy};

/// Makes a role with this trust policy, tagged `stage=live`.
async fn role(owner: &Client, name: &str, trust: &str) -> String {
    let trust = policy(trust);
    let params = [
        ("RoleName", name),
        ("AssumeRolePolicyDocument", trust.as_str()),
        ("Tags.member.1.Key", "stage"),
        ("Tags.member.1.Value", "live"),
    ];
    owner.iam("CreateRole", &params).await.text("Arn")
}

fn statement(effect: &str, principal: &str, condition: &str) -> String {
    let sid = if effect == "Deny" {
        r#""Sid": "Inner", "#
    } else {
        ""
    };
    format!(
        r#"{{{sid}"Effect": "{effect}", "Principal": {principal}, "Action": "sts:AssumeRole", "Condition": {{{condition}}}}}"#
    )
}

const LIVE: &str = r#""StringEquals": {"aws:ResourceTag/stage": "live"}"#;

#[tokio::test]
async fn a_refusal_tells_nothing_of_a_role_of_another_account() {
    let world = World::start().await;
    let (here, there) = (world.client(), world.tenant("there").await);
    let deny_all = statement("Deny", r#""*""#, "");
    let deny_live = format!(
        "{}, {}",
        statement("Allow", &trusts(&here), ""),
        statement("Deny", r#""*""#, LIVE)
    );
    let elsewhere = statement("Allow", &trusts(&there), "");
    let mut roles = vec![
        role(&there, "closed", &deny_all).await,
        role(&there, "live", &deny_live).await,
        role(&there, "elsewhere", &elsewhere).await,
    ];
    roles.push(roles[0].replace("closed", "absent"));
    let by_tag = allow_if("sts:AssumeRole", LIVE);
    let not_live = format!(
        r#"{ASSUME}, {{"Sid": "NotLive", "Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": {{{LIVE}}}}}"#
    );
    for statements in ["", ASSUME, &by_tag, &not_live] {
        let name = format!("alice-{}", statements.len());
        let alice = here.user(&name, statements).await;
        let mut told = Vec::new();
        for role in &roles {
            let answer = ask_assume(&alice, role, &[]).await;
            assert!(is_denied(&answer), "{statements} {role}: {}", answer.body);
            told.push(answer.text("Message").replace(role.as_str(), "it"));
        }
        assert!(
            told.iter().all(|one| *one == told[0]),
            "{statements}: {told:#?}"
        );
    }
}

#[tokio::test]
async fn a_trust_policy_sees_the_tags_of_its_role_and_of_its_own_account_it_is_told() {
    let world = World::start().await;
    let (here, there) = (world.client(), world.tenant("there").await);
    let trusting = |condition: &str| {
        [&here, &there]
            .map(|client| statement("Allow", &trusts(client), condition))
            .join(", ")
    };
    let live = role(&there, "live", &trusting(LIVE)).await;
    let dead = role(&there, "dead", &trusting(&LIVE.replace("live", "dead"))).await;
    let closed = role(&there, "closed", &statement("Deny", r#""*""#, "")).await;
    let (alice, bob) = (
        here.user("alice", ASSUME).await,
        there.user("bob", ASSUME).await,
    );
    for caller in [&alice, &bob] {
        assert_eq!(ask_assume(caller, &live, &[]).await.status, 200);
        assert!(is_denied(&ask_assume(caller, &dead, &[]).await));
    }
    let told = ask_assume(&bob, &closed, &[]).await.text("Message");
    assert!(
        told.ends_with("statement Inner of the role's trust policy"),
        "{told}"
    );
    // A user's own policies see the tags of its own account's roles.
    there
        .permit_user("bob", &allow_if("sts:AssumeRole", LIVE))
        .await;
    assert_eq!(ask_assume(&bob, &live, &[]).await.status, 200);
}

#[tokio::test]
async fn session_tags_count_before_the_role_s_whatever_their_case() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", ASSUME).await;
    let role = root.role("deploy", &trusts(&root), ANYTHING).await;
    // As many tags as a role can have.
    let tags: Vec<(String, String)> = (2..=50)
        .flat_map(|n| {
            [
                (format!("Tags.member.{n}.Key"), format!("k{n}")),
                (format!("Tags.member.{n}.Value"), "v".to_owned()),
            ]
        })
        .collect();
    let mut params = vec![
        ("RoleName", "deploy"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    params.extend(tags.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    root.iam("TagRole", &params).await;
    let passed = [
        ("Tags.member.1.Key", "TEAM"),
        ("Tags.member.1.Value", "blue"),
        ("Tags.member.2.Key", "extra"),
        ("Tags.member.2.Value", "x"),
    ];
    for (key, value, of_session, of_role) in [
        ("team", "blue", true, false),
        ("Team", "red", false, true),
        ("extra", "x", true, false),
        ("k50", "v", true, true),
    ] {
        let condition = format!(r#""StringEquals": {{"aws:PrincipalTag/{key}": "{value}"}}"#);
        let document = policy(&allow_if("ec2:DescribeVpcs", &condition));
        let params = [
            ("RoleName", "deploy"),
            ("PolicyName", "own"),
            ("PolicyDocument", document.as_str()),
        ];
        root.iam("PutRolePolicy", &params).await;
        for (tags, wanted) in [(&passed[..], of_session), (&[], of_role)] {
            let session = alice.signing_with(&ask_assume(&alice, &role, tags).await);
            let answer = session.ask(EC2, "DescribeVpcs", &[]).await;
            assert_eq!(answer.status == 200, wanted, "{condition}: {}", answer.body);
        }
    }
}
