//! What IAM answers of an account as a whole, and in which order and words.

use crate::authorization::ANYTHING;
use crate::iam::{is, refused};
use crate::world::{IAM, World, policy};

#[tokio::test]
async fn versions_come_in_pages_the_newest_first() {
    let world = World::start().await;
    let root = world.client();
    let document = policy(ANYTHING);
    let document = ("PolicyDocument", document.as_str());
    let made = root
        .iam("CreatePolicy", &[("PolicyName", "all"), document])
        .await;
    let arn = made.text("Arn");
    let policy = ("PolicyArn", arn.as_str());
    root.iam("CreatePolicyVersion", &[policy, document]).await;
    let mut params = vec![policy, ("MaxItems", "1")];
    let first = root.iam("ListPolicyVersions", &params).await;
    assert_eq!(first.texts("VersionId"), ["v2"]);
    let marker = first.text("Marker");
    params.push(("Marker", &marker));
    let second = root.iam("ListPolicyVersions", &params).await;
    assert_eq!(second.texts("VersionId"), ["v1"]);
    assert_eq!(second.text("IsTruncated"), "false");
}

#[tokio::test]
async fn the_description_of_a_role_is_changed_by_itself() {
    let world = World::start().await;
    let root = world.client();
    root.role("deploy", r#"{"AWS": "*"}"#, "").await;
    let params = [("RoleName", "deploy"), ("Description", "sends it out")];
    let answer = root.iam("UpdateRoleDescription", &params).await;
    assert!(answer.body.contains("<UpdateRoleDescriptionResult><Role>"));
    assert_eq!(answer.text("Description"), "sends it out");
    assert_eq!(answer.text("MaxSessionDuration"), "3600");
    let shown = root.iam("GetRole", &params[..1]).await;
    assert_eq!(shown.text("Description"), "sends it out");
}

#[tokio::test]
async fn what_an_account_has_is_counted_and_what_none_has_is_empty() {
    let world = World::start().await;
    let root = world.client();
    root.user("alice", ANYTHING).await;
    let summary = root.iam("GetAccountSummary", &[]).await;
    for (name, number) in [
        ("Users", 1),
        ("Roles", 0),
        ("PolicySizeQuota", 6144),
        ("Groups", 0),
    ] {
        let entry = format!("<entry><key>{name}</key><value>{number}</value></entry>");
        assert!(summary.body.contains(&entry), "{name}: {}", summary.body);
    }
    for (action, set) in [
        ("ListGroups", "Groups"),
        ("ListInstanceProfiles", "InstanceProfiles"),
        ("ListServerCertificates", "ServerCertificateMetadataList"),
        ("ListOpenIDConnectProviders", "OpenIDConnectProviderList"),
        ("ListSAMLProviders", "SAMLProviderList"),
    ] {
        let answer = root.iam(action, &[]).await;
        assert!(
            answer.body.contains(&format!("<{set}/>")),
            "{}",
            answer.body
        );
    }
    for action in ["GetAccountPasswordPolicy", "DeleteAccountPasswordPolicy"] {
        let policy = refused(&root, action, &[]).await;
        assert_eq!(policy, is(404, "NoSuchEntity"));
    }
}

#[tokio::test]
async fn refusals_are_in_iam_s_words() {
    let world = World::start().await;
    let root = world.client();
    let alice = root.user("alice", "").await;
    for (client, action, param, words) in [
        (
            &root,
            "CreateUser",
            ("UserName", "a b"),
            "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            &root,
            "GetPolicy",
            ("PolicyArn", "x"),
            "ARN x is not valid.",
        ),
        (
            &alice,
            "ListPolicies",
            ("PathPrefix", "/team/"),
            "is not authorized to perform: iam:ListPolicies on resource: policy path /team/ because no identity-based policy allows the iam:ListPolicies action",
        ),
    ] {
        let answer = client.ask(IAM, action, &[param]).await;
        assert!(answer.text("Message").ends_with(words), "{}", answer.body);
    }
    root.permit_user("alice", ANYTHING).await;
    alice.iam("ListPolicies", &[]).await;
}
