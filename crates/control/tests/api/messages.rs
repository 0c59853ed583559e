//! Topics and subscriptions.

use crate::world::*;

const URL: &str = "http://192.0.2.1:8080/inbox";

async fn topic(client: &Client, name: &str) -> String {
    client
        .sns("CreateTopic", &[("Name", name)])
        .await
        .text("TopicArn")
}

/// The ARN of a subscription that waits for its endpoint.
async fn subscribe(client: &Client, topic: &str, endpoint: &str) -> String {
    let params = [
        ("TopicArn", topic),
        ("Protocol", "http"),
        ("Endpoint", endpoint),
        ("ReturnSubscriptionArn", "true"),
    ];
    client
        .sns("Subscribe", &params)
        .await
        .text("SubscriptionArn")
}

/// The token that an endpoint was sent, and the query string of its link.
fn link(world: &World, topic: &str) -> (String, String) {
    let state = world.control.snapshot().state.clone();
    let subscriptions = state.tables().subscriptions.iter();
    let token = subscriptions.last().unwrap().token.as_str().to_owned();
    let query = format!("/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}");
    (token, query)
}

#[tokio::test]
async fn a_link_confirms_without_a_signature_and_nothing_else_does() {
    let world = World::start().await;
    let client = world.client();
    let topic = topic(&client, "alerts").await;
    let subscription = subscribe(&client, &topic, URL).await;
    let (token, query) = link(&world, &topic);
    let wrong = query.replace(&token, &"0".repeat(64));
    for (method, uri, status) in [
        ("GET", wrong.as_str(), 400),
        ("HEAD", query.as_str(), 403),
        ("POST", query.as_str(), 403),
        ("GET", "/?Action=ListTopics&Version=2010-03-31", 403),
        ("GET", "/?Action=ConfirmSubscription", 400),
        ("GET", query.as_str(), 200),
        ("GET", query.as_str(), 200),
    ] {
        let answer = exchange(client.at, method, uri, &[], b"").await;
        assert_eq!(answer.status, status, "{method} {uri}: {}", answer.body);
    }
    let arn = [("SubscriptionArn", subscription.as_str())];
    let shown = client.sns("GetSubscriptionAttributes", &arn).await;
    assert!(
        shown
            .body
            .contains("<key>ConfirmationWasAuthenticated</key><value>false</value>")
    );
    let unsubscribe = format!("/?Action=Unsubscribe&SubscriptionArn={subscription}");
    let answer = exchange(client.at, "GET", &unsubscribe, &[], b"").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let code = client.error(SNS, "GetSubscriptionAttributes", &arn).await;
    assert_eq!(code, "NotFound");
}

#[tokio::test]
async fn what_is_confirmed_by_its_account_can_be_kept_from_being_ended_by_a_link() {
    let world = World::start().await;
    let client = world.client();
    let topic = topic(&client, "alerts").await;
    let subscription = subscribe(&client, &topic, URL).await;
    let (token, _) = link(&world, &topic);
    let params = [
        ("TopicArn", topic.as_str()),
        ("Token", token.as_str()),
        ("AuthenticateOnUnsubscribe", "true"),
    ];
    let confirmed = client.sns("ConfirmSubscription", &params).await;
    assert_eq!(confirmed.text("SubscriptionArn"), subscription);
    let unsubscribe = format!("/?Action=Unsubscribe&SubscriptionArn={subscription}");
    let answer = exchange(client.at, "GET", &unsubscribe, &[], b"").await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.text("Code"), "AuthorizationError");
    let arn = [("SubscriptionArn", subscription.as_str())];
    let stranger = world.tenant("stranger").await;
    assert_eq!(stranger.error(SNS, "Unsubscribe", &arn).await, "NotFound");
    for _ in 0..2 {
        client.sns("Unsubscribe", &arn).await;
    }
}

#[tokio::test]
async fn endpoints_that_are_not_reached_by_http_are_refused() {
    let world = World::start().await;
    let client = world.client();
    let topic = topic(&client, "alerts").await;
    for (protocol, endpoint, words) in [
        (
            "pigeon",
            "a@example.com",
            "does not support this protocol string: pigeon",
        ),
        ("https", URL, "Endpoint must match the specified protocol"),
        (
            "http",
            "192.0.2.1",
            "Endpoint must match the specified protocol",
        ),
        (
            "http",
            "http://user:secret@192.0.2.1/",
            "without credentials",
        ),
        ("http", "http:///inbox", "a URL with a host"),
        ("http", "http://192.0.2.1:0/", "port 0 is none"),
        ("http", "http://192.0.2.1/a b", "white space"),
    ] {
        let params = [
            ("TopicArn", topic.as_str()),
            ("Protocol", protocol),
            ("Endpoint", endpoint),
        ];
        let answer = client.ask(SNS, "Subscribe", &params).await;
        assert_eq!(
            (answer.status, answer.text("Code").as_str()),
            (400, "InvalidParameter")
        );
        assert!(answer.text("Message").contains(words), "{}", answer.body);
    }
    for protocol in ["email", "sqs"] {
        let params = [
            ("TopicArn", topic.as_str()),
            ("Protocol", protocol),
            ("Endpoint", "a@example.com"),
        ];
        let code = client.error(SNS, "Subscribe", &params).await;
        assert_eq!(code, "UnsupportedOperation");
    }
}

#[tokio::test]
async fn attributes_that_are_not_offered_are_refused_by_name() {
    let world = World::start().await;
    let client = world.client();
    let topic = topic(&client, "alerts").await;
    let about = |action: &str| {
        policy(&format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": ["SNS:Publish", "{action}"], "Resource": "*"}}"#
        ))
    };
    let set = async |name: &str, value: &str| {
        let params = [
            ("TopicArn", topic.as_str()),
            ("AttributeName", name),
            ("AttributeValue", value),
        ];
        let answer = client.ask(SNS, "SetTopicAttributes", &params).await;
        if answer.status == 200 {
            "done".to_owned()
        } else {
            answer.text("Code")
        }
    };
    for (name, value, outcome) in [
        ("KmsMasterKeyId", "alias/key", "UnsupportedOperation"),
        ("KmsMasterKeyId", "", "done"),
        ("FifoTopic", "true", "UnsupportedOperation"),
        ("SignatureVersion", "1", "UnsupportedOperation"),
        ("SignatureVersion", "2", "done"),
        ("DeliveryPolicy", "{}", "UnsupportedOperation"),
        ("Unknown", "x", "InvalidParameter"),
        ("DisplayName", "Alerts & more", "done"),
        ("DisplayName", &"x".repeat(101), "InvalidParameter"),
        ("Policy", "{}", "InvalidParameter"),
        ("Policy", &about("s3:GetObject"), "InvalidParameter"),
        ("Policy", &about("*"), "InvalidParameter"),
        ("Policy", &about("SNS:CreateTopic"), "InvalidParameter"),
        ("Policy", &about("sns:Pub*"), "done"),
        ("Policy", &about("SNS:Subscribe"), "done"),
        ("Policy", "", "done"),
    ] {
        assert_eq!(set(name, value).await, outcome, "{name}={value}");
    }
    let shown = client
        .sns("GetTopicAttributes", &[("TopicArn", &topic)])
        .await;
    assert!(shown.body.contains("<value>Alerts &amp; more</value>"));
    let fifo = [
        ("Name", "queue"),
        ("Attributes.entry.1.key", "FifoTopic"),
        ("Attributes.entry.1.value", "true"),
    ];
    let code = client.error(SNS, "CreateTopic", &fifo).await;
    assert_eq!(code, "UnsupportedOperation");
    let code = client
        .error(SNS, "CreateTopic", &[("Name", "q.fifo")])
        .await;
    assert_eq!(code, "UnsupportedOperation");
    let code = client.error(SNS, "PublishBatch", &[]).await;
    assert_eq!(code, "UnsupportedOperation");
}

#[tokio::test]
async fn refusals_are_in_the_words_of_sns() {
    let world = World::start().await;
    let root = world.client();
    let topic = topic(&root, "alerts").await;
    let alice = root.user("alice", "").await;
    let arn = ("TopicArn", topic.as_str());
    let elsewhere = topic.replace("us-east-1", "eu-west-1");
    let key = [
        arn,
        ("AttributeName", "KmsMasterKeyId"),
        ("AttributeValue", "k"),
    ];
    for (client, action, params, words) in [
        (
            &root,
            "CreateTopic",
            vec![("Name", "a b")],
            "Invalid parameter: Topic Name",
        ),
        (
            &root,
            "Publish",
            vec![arn, ("Message", "")],
            "Invalid parameter: Empty message",
        ),
        (
            &root,
            "GetTopicAttributes",
            vec![("TopicArn", "foo")],
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
        ),
        (
            &root,
            "Publish",
            vec![("TopicArn", elsewhere.as_str()), ("Message", "m")],
            "Invalid parameter: TopicArn",
        ),
        (
            &root,
            "SetTopicAttributes",
            key.to_vec(),
            "The parameter KmsMasterKeyId is not supported. Messages are not encrypted.",
        ),
        (
            &alice,
            "Publish",
            vec![arn, ("Message", "m")],
            "because no identity-based policy allows the SNS:Publish action",
        ),
    ] {
        let answer = client.ask(SNS, action, &params).await;
        assert!(answer.text("Message").contains(words), "{}", answer.body);
    }
}

#[tokio::test]
async fn other_accounts_reach_a_topic_only_by_its_policy() {
    let world = World::start().await;
    let (owner, other) = (world.client(), world.tenant("other").await);
    let topic = topic(&owner, "alerts").await;
    let publish = [("TopicArn", topic.as_str()), ("Message", "hello")];
    let subscribe = [
        ("TopicArn", topic.as_str()),
        ("Protocol", "http"),
        ("Endpoint", URL),
    ];
    let arn = [("TopicArn", topic.as_str())];
    owner.sns("Publish", &publish).await;
    for (action, params) in [
        ("Publish", &publish[..]),
        ("Subscribe", &subscribe),
        ("GetTopicAttributes", &arn),
        ("ListSubscriptionsByTopic", &arn),
        ("DeleteTopic", &arn),
    ] {
        let answer = other.ask(SNS, action, params).await;
        assert_eq!(answer.status, 403, "{action}");
        assert_eq!(answer.text("Code"), "AuthorizationError", "{action}");
    }
    let account = other.credentials.id;
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{account}"}},
            "Action": ["SNS:Publish", "SNS:Subscribe"], "Resource": "{topic}"}}]}}"#
    );
    let set = [
        ("TopicArn", topic.as_str()),
        ("AttributeName", "Policy"),
        ("AttributeValue", policy.as_str()),
    ];
    owner.sns("SetTopicAttributes", &set).await;
    other.sns("Publish", &publish).await;
    other.sns("Subscribe", &subscribe).await;
    assert_eq!(
        other.error(SNS, "DeleteTopic", &arn).await,
        "AuthorizationError"
    );
    let listed = owner.sns("ListSubscriptionsByTopic", &arn).await;
    assert_eq!(listed.text("Owner"), account.to_string());
    assert_eq!(listed.text("SubscriptionArn"), "PendingConfirmation");
}

#[tokio::test]
async fn messages_are_read_as_they_are_meant() {
    let world = World::start().await;
    let client = world.client();
    let topic = topic(&client, "alerts").await;
    let publish = async |more: &[(&str, &str)]| {
        let params = [&[("TopicArn", topic.as_str())], more].concat();
        let answer = client.ask(SNS, "Publish", &params).await;
        if answer.status == 200 {
            "done".to_owned()
        } else {
            answer.text("Code")
        }
    };
    let json = r#"{"default": "d", "http": "h", "email": "e"}"#;
    let attribute = |data_type| {
        [
            ("Message", "m"),
            ("MessageAttributes.entry.1.Name", "a"),
            ("MessageAttributes.entry.1.Value.DataType", data_type),
            ("MessageAttributes.entry.1.Value.StringValue", "1"),
        ]
    };
    for (params, outcome) in [
        (&[("Message", "m")][..], "done"),
        (&[("Message", "")], "InvalidParameter"),
        (&[("Message", "m"), ("Subject", "\n")], "InvalidParameter"),
        (&[("Message", json), ("MessageStructure", "json")], "done"),
        (
            &[("Message", "m"), ("MessageStructure", "json")],
            "InvalidParameter",
        ),
        (
            &[
                ("Message", r#"{"http": "h"}"#),
                ("MessageStructure", "json"),
            ],
            "InvalidParameter",
        ),
        (
            &[("Message", "m"), ("MessageStructure", "xml")],
            "InvalidParameter",
        ),
        (&attribute("String"), "done"),
        (&attribute("Number"), "UnsupportedOperation"),
        (
            &[("Message", "m"), ("PhoneNumber", "+1")],
            "UnsupportedOperation",
        ),
        (
            &[("Message", "m"), ("MessageGroupId", "g")],
            "UnsupportedOperation",
        ),
        (
            &[("Message", "m"), ("TargetArn", &topic)],
            "InvalidParameter",
        ),
    ] {
        assert_eq!(publish(params).await, outcome, "{params:?}");
    }
}

#[tokio::test]
async fn topics_and_subscriptions_are_listed_in_pages() {
    let world = World::start().await;
    let client = world.client();
    let mut settings = world.control.snapshot().state.settings().clone();
    settings.quotas.topics = 1000;
    settings.quotas.subscriptions_per_topic = 1000;
    settings.quotas.undelivered_per_topic = 1000;
    world.report(model::command::Configure { settings }).await;
    let mut last = String::new();
    for number in 0..101 {
        last = topic(&client, &format!("topic-{number}")).await;
        subscribe(&client, &last, URL).await;
    }
    for number in 0..101 {
        subscribe(&client, &last, &format!("{URL}/{number}")).await;
    }
    let of_topic = [("TopicArn", last.as_str())];
    for (action, params, element, all) in [
        ("ListTopics", &[][..], "TopicArn", 101),
        ("ListSubscriptions", &[], "Endpoint", 202),
        ("ListSubscriptionsByTopic", &of_topic, "Endpoint", 102),
    ] {
        let (mut seen, mut token) = (0, None);
        loop {
            let next = token.as_deref().map(|token| ("NextToken", token));
            let params: Vec<_> = params.iter().copied().chain(next).collect();
            let page = client.sns(action, &params).await;
            let found = page.texts(element).len();
            assert!(found <= 100);
            seen += found;
            token = page.texts("NextToken").pop();
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, all, "{action}");
    }
    let wrong = [("NextToken", "wrong")];
    let code = client.error(SNS, "ListTopics", &wrong).await;
    assert_eq!(code, "InvalidParameter");
}

#[tokio::test]
async fn tags_of_a_topic_are_kept() {
    let world = World::start().await;
    let client = world.client();
    let create = [
        ("Name", "alerts"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "net"),
    ];
    let topic = client.sns("CreateTopic", &create).await.text("TopicArn");
    let resource = ("ResourceArn", topic.as_str());
    let tag = [
        resource,
        ("Tags.member.1.Key", "env"),
        ("Tags.member.1.Value", "lab"),
    ];
    client.sns("TagResource", &tag).await;
    client
        .sns("UntagResource", &[resource, ("TagKeys.member.1", "team")])
        .await;
    let shown = client.sns("ListTagsForResource", &[resource]).await;
    assert_eq!(
        (shown.texts("Key"), shown.texts("Value")),
        (vec!["env".to_owned()], vec!["lab".to_owned()])
    );
    let missing = topic.replace("alerts", "missing");
    let answer = client
        .ask(SNS, "ListTagsForResource", &[("ResourceArn", &missing)])
        .await;
    assert_eq!(
        (answer.status, answer.text("Code").as_str()),
        (404, "ResourceNotFound")
    );
}
