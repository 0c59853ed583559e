//! Tags of roles and of their sessions together.

use crate::authorization::{ANYTHING, allow_if};
use crate::sessions::{ASSUME, ask_assume, trusts};
use crate::world::{EC2, World, policy};

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
