//! Who may do what with a topic: its own policy and the callers' together, within an account and across.

use crate::authorization::{ANYTHING, allow, allow_if, is_denied};
use crate::sessions::{ASSUME, ask_assume, trusts};
use crate::world::*;

const TALK: &str =
    r#"{"Effect": "Allow", "Action": ["sns:Publish", "sns:Subscribe"], "Resource": "*"}"#;

/// Looks like a token, and is none.
const NO_TOKEN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

async fn topic(client: &Client, name: &str) -> String {
    client
        .sns("CreateTopic", &[("Name", name)])
        .await
        .text("TopicArn")
}

/// Gives a topic these statements, which say nothing of `Resource`.
async fn open(owner: &Client, topic: &str, statements: &[String]) {
    let with = |statement: &String| statement.replacen('{', r#"{"Resource": "*", "#, 1);
    let statements: Vec<String> = statements.iter().map(with).collect();
    let policy = policy(&statements.join(", "));
    let set = [
        ("TopicArn", topic),
        ("AttributeName", "Policy"),
        ("AttributeValue", policy.as_str()),
    ];
    owner.sns("SetTopicAttributes", &set).await;
}

/// Tags a topic `stage=live`.
async fn tag_live(owner: &Client, topic: &str) {
    let tag = [
        ("ResourceArn", topic),
        ("Tags.member.1.Key", "stage"),
        ("Tags.member.1.Value", "live"),
    ];
    owner.sns("TagResource", &tag).await;
}

fn to(principal: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sns:*"}}"#)
}

fn aws(arn: &str) -> String {
    format!(r#"{{"AWS": "{arn}"}}"#)
}

fn deny_if(condition: &str) -> String {
    format!(
        r#"{{"Sid": "Curfew", "Effect": "Deny", "Principal": "*", "Action": "sns:*", "Condition": {{{condition}}}}}"#
    )
}

async fn publish(client: &Client, topic: &str) -> Answer {
    let params = [("TopicArn", topic), ("Message", "hello")];
    client.ask(SNS, "Publish", &params).await
}

async fn subscribe(client: &Client, topic: &str) -> Answer {
    let params = [
        ("TopicArn", topic),
        ("Protocol", "http"),
        ("Endpoint", "http://192.0.2.1/inbox"),
    ];
    client.ask(SNS, "Subscribe", &params).await
}

#[tokio::test]
async fn a_topic_of_another_account_takes_leave_of_both() {
    let world = World::start().await;
    let (owner, other) = (world.client(), world.tenant("other").await);
    let topic = topic(&owner, "alerts").await;
    let account = other.credentials.id;
    let may = other.user("may", TALK).await;
    let may_not = other.user("may-not", "").await;
    let role = other.role("teller", &trusts(&other), TALK).await;
    let assumer = other.user("assumer", ASSUME).await;
    let session = assumer.assume(&role).await;
    let limit = policy(&allow("ec2:*"));
    let limited = ask_assume(&assumer, &role, &[("Policy", &limit)]).await;
    let limited = assumer.signing_with(&limited);
    let user = |name: &str| aws(&format!("arn:aws:iam::{account}:user/{name}"));
    let arn = format!("arn:aws:sts::{account}:assumed-role/teller/shift");
    let nobody = aws(&owner.credentials.id.to_string());
    // Whether the root user, those who may, who may not, the session and the limited session get through.
    for (named, wanted) in [
        (nobody, [false, false, false, false, false]),
        (aws(&account.to_string()), [true, true, false, true, false]),
        (r#""*""#.to_owned(), [true, true, false, true, false]),
        (user("may"), [false, true, false, false, false]),
        (user("may-not"), [false; 5]),
        (aws(&role), [false, false, false, true, false]),
        (aws(&arn), [false, false, false, true, false]),
    ] {
        open(&owner, &topic, &[to(&named)]).await;
        let callers = [&other, &may, &may_not, &session, &limited];
        for (caller, wanted) in callers.into_iter().zip(wanted) {
            let who = caller.ask(STS, "GetCallerIdentity", &[]).await.text("Arn");
            for answer in [
                publish(caller, &topic).await,
                subscribe(caller, &topic).await,
            ] {
                assert_eq!(
                    answer.status == 200,
                    wanted,
                    "{named} {who}: {}",
                    answer.body
                );
                assert_eq!(
                    is_denied(&answer),
                    !wanted,
                    "{named} {who}: {}",
                    answer.body
                );
            }
        }
    }
}

#[tokio::test]
async fn a_topic_s_policy_that_names_a_user_is_enough_in_its_own_account() {
    let world = World::start().await;
    let root = world.client();
    let topic = topic(&root, "alerts").await;
    let account = root.credentials.id;
    let bob = root.user("bob", "").await;
    let role = root.role("teller", &trusts(&root), "").await;
    let assumer = root.user("assumer", ASSUME).await;
    let session = assumer.assume(&role).await;
    // What a topic has by itself is for those whom their account allows it.
    assert!(is_denied(&publish(&bob, &topic).await));
    let user = aws(&format!("arn:aws:iam::{account}:user/bob"));
    for (named, of_bob, of_session) in [
        (user, true, false),
        (aws(&role), false, true),
        (aws(&account.to_string()), false, false),
        (r#""*""#.to_owned(), true, true),
    ] {
        open(&root, &topic, &[to(&named)]).await;
        for (caller, wanted) in [(&bob, of_bob), (&session, of_session)] {
            let answer = publish(caller, &topic).await;
            assert_eq!(answer.status == 200, wanted, "{named}: {}", answer.body);
        }
    }
    // A session one of whose limits is gone has nothing left, whoever names it.
    let document = policy(TALK);
    let create = [
        ("PolicyName", "talk"),
        ("PolicyDocument", document.as_str()),
    ];
    let managed = root.iam("CreatePolicy", &create).await.text("Arn");
    let passed = [("PolicyArns.member.1.arn", managed.as_str())];
    let limited = assumer.signing_with(&ask_assume(&assumer, &role, &passed).await);
    assert_eq!(publish(&limited, &topic).await.status, 200);
    root.iam("DeletePolicy", &[("PolicyArn", managed.as_str())])
        .await;
    assert!(is_denied(&publish(&limited, &topic).await));
    // Nobody's leave is worth more than a denial of the caller's own.
    let deny = r#"{"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"}"#;
    root.permit_user("bob", deny).await;
    assert!(is_denied(&publish(&bob, &topic).await));
}

/// Conditions of a denial, and whether they hold for `Subscribe` by a user who is tagged `team=blue`.
const SEEN: [(&str, bool); 13] = [
    (
        r#""DateGreaterThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}"#,
        true,
    ),
    (
        r#""DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}"#,
        false,
    ),
    (r#""IpAddress": {"aws:SourceIp": "127.0.0.0/8"}"#, true),
    (r#""NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}"#, false),
    (r#""Bool": {"aws:SecureTransport": "false"}"#, true),
    (r#""StringEquals": {"aws:PrincipalTag/Team": "blue"}"#, true),
    (
        r#""StringNotEquals": {"aws:PrincipalTag/team": "blue"}"#,
        false,
    ),
    (r#""StringEquals": {"aws:ResourceTag/stage": "live"}"#, true),
    (
        r#""StringEquals": {"aws:ResourceAccount": "ACCOUNT"}"#,
        true,
    ),
    (r#""StringEquals": {"sns:Protocol": "http"}"#, true),
    (r#""StringEquals": {"sns:Protocol": "https"}"#, false),
    (
        r#""StringLike": {"sns:Endpoint": "http://192.0.2.*"}"#,
        true,
    ),
    (r#""StringLike": {"sns:Endpoint": "https://*"}"#, false),
];

#[tokio::test]
async fn conditions_of_a_topic_s_policy_see_all_of_a_request() {
    let world = World::start().await;
    let (owner, other) = (world.client(), world.tenant("other").await);
    let topic = topic(&owner, "alerts").await;
    tag_live(&owner, &topic).await;
    let (here, there) = (
        owner.user("alice", TALK).await,
        other.user("carol", TALK).await,
    );
    for (client, name) in [(&owner, "alice"), (&other, "carol")] {
        let tag = [
            ("UserName", name),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "blue"),
        ];
        client.iam("TagUser", &tag).await;
    }
    let account = owner.credentials.id.to_string();
    for (condition, denied) in SEEN {
        let condition = condition.replace("ACCOUNT", &account);
        open(&owner, &topic, &[to(r#""*""#), deny_if(&condition)]).await;
        for caller in [&here, &there] {
            let answer = subscribe(caller, &topic).await;
            assert_eq!(is_denied(&answer), denied, "{condition}: {}", answer.body);
            assert_eq!(answer.status == 200, !denied, "{condition}");
        }
    }
}

#[tokio::test]
async fn policies_of_users_see_whose_a_topic_is_and_nothing_else_of_another_account_s() {
    let world = World::start().await;
    let (owner, other) = (world.client(), world.tenant("other").await);
    let (theirs, ours) = (topic(&owner, "alerts").await, topic(&other, "alerts").await);
    open(&owner, &theirs, &[to(r#""*""#)]).await;
    for (client, topic) in [(&owner, &theirs), (&other, &ours)] {
        tag_live(client, topic).await;
    }
    let carol = other.user("carol", "").await;
    let of = |client: &Client| {
        let id = client.credentials.id;
        format!(r#""StringEquals": {{"aws:ResourceAccount": "{id}"}}"#)
    };
    let live = r#""StringEquals": {"aws:ResourceTag/stage": "live"}"#.to_owned();
    for (condition, on_theirs, on_ours) in [
        (of(&owner), true, false),
        (of(&other), false, true),
        (live, false, true),
    ] {
        let statement = allow_if("sns:Publish", &condition);
        other.permit_user("carol", &statement).await;
        for (topic, wanted) in [(&theirs, on_theirs), (&ours, on_ours)] {
            let answer = publish(&carol, topic).await;
            assert_eq!(answer.status == 200, wanted, "{condition}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn other_accounts_learn_nothing_of_a_topic_that_does_not_let_them() {
    let world = World::start().await;
    let (owner, other) = (world.client(), world.tenant("other").await);
    let may = other.user("may", ANYTHING).await;
    let tagged = r#""StringEquals": {"aws:ResourceTag/stage": "live"}"#;
    let by_tag = other.user("by-tag", &allow_if("sns:*", tagged)).await;
    let nobody = other.user("nobody", "").await;
    let missing = topic(&owner, "plain").await.replace("plain", "missing");
    let patterns = vec![r#""*z?q*""#; 650].join(", ");
    let hard = format!(r#""StringLike": {{"sns:Endpoint": [{patterns}]}}"#);
    let endpoint = format!("http://192.0.2.1/{}", "z".repeat(60_000));
    let mut topics = vec![missing];
    for (name, statements) in [
        ("plain", vec![]),
        (
            "closed",
            vec![deny_if(r#""Bool": {"aws:SecureTransport": "false"}"#)],
        ),
        (
            "others",
            vec![to(r#"{"AWS": "777788889999"}"#), deny_if(tagged)],
        ),
        ("hard", vec![deny_if(&hard)]),
    ] {
        let topic = topic(&owner, name).await;
        tag_live(&owner, &topic).await;
        if !statements.is_empty() {
            open(&owner, &topic, &statements).await;
        }
        topics.push(topic);
    }
    for (action, parameter, more) in [
        ("Publish", "TopicArn", &[("Message", "m")][..]),
        (
            "Subscribe",
            "TopicArn",
            &[("Protocol", "http"), ("Endpoint", endpoint.as_str())],
        ),
        ("ConfirmSubscription", "TopicArn", &[("Token", NO_TOKEN)]),
        ("GetTopicAttributes", "TopicArn", &[]),
        (
            "SetTopicAttributes",
            "TopicArn",
            &[("AttributeName", "DisplayName")],
        ),
        ("ListSubscriptionsByTopic", "TopicArn", &[]),
        ("DeleteTopic", "TopicArn", &[]),
        ("ListTagsForResource", "ResourceArn", &[]),
        (
            "TagResource",
            "ResourceArn",
            &[("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")],
        ),
        ("UntagResource", "ResourceArn", &[("TagKeys.member.1", "k")]),
    ] {
        for caller in [&other, &may, &by_tag, &nobody] {
            let mut told = Vec::new();
            for topic in &topics {
                let params = [&[(parameter, topic.as_str())], more].concat();
                let answer = caller.ask(SNS, action, &params).await;
                assert_ne!(answer.status, 200, "{action} {topic}");
                let message = answer.text("Message").replace(topic.as_str(), "it");
                told.push((answer.status, answer.text("Code"), message));
            }
            assert!(told.iter().all(|one| *one == told[0]), "{action} {told:#?}");
        }
    }
}

#[tokio::test]
async fn other_accounts_may_look_at_a_topic_that_lets_them() {
    let world = World::start().await;
    let (owner, other) = (world.client(), world.tenant("other").await);
    let topic = topic(&owner, "alerts").await;
    open(&owner, &topic, &[to(r#""*""#)]).await;
    let arn = [("TopicArn", topic.as_str())];
    let shown = other.sns("GetTopicAttributes", &arn).await;
    let account = owner.credentials.id;
    let owned = format!("<key>Owner</key><value>{account}</value>");
    assert!(shown.body.contains(&owned), "{}", shown.body);
    other.sns("ListSubscriptionsByTopic", &arn).await;
    // The rest is for its own account alone.
    for action in ["DeleteTopic", "SetTopicAttributes"] {
        let params = [arn[0], ("AttributeName", "DisplayName")];
        let params = if action == "DeleteTopic" {
            &params[..1]
        } else {
            &params
        };
        assert!(is_denied(&other.ask(SNS, action, params).await), "{action}");
    }
}

#[tokio::test]
async fn a_root_user_that_has_denied_itself_a_topic_can_take_that_back() {
    let world = World::start().await;
    let root = world.client();
    let topic = topic(&root, "alerts").await;
    let everything = deny_if(r#""Bool": {"aws:SecureTransport": "false"}"#);
    open(&root, &topic, &[everything]).await;
    let denied = publish(&root, &topic).await;
    assert!(is_denied(&denied), "{}", denied.body);
    let why =
        "with an explicit deny in a resource-based policy: statement Curfew of the topic's policy";
    assert!(denied.text("Message").ends_with(why), "{}", denied.body);
    open(&root, &topic, &[to(r#""*""#)]).await;
    assert_eq!(publish(&root, &topic).await.status, 200);
}
