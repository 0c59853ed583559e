//! Notifications of connections.

use crate::world::*;

const CREATE: &str = "CreateVpcEndpointConnectionNotification";
const DESCRIBE: &str = "DescribeVpcEndpointConnectionNotifications";
const MODIFY: &str = "ModifyVpcEndpointConnectionNotification";
const DELETE: &str = "DeleteVpcEndpointConnectionNotifications";

/// A topic that tells of connections may be published to.
pub(crate) async fn told_topic(client: &Client, name: &str) -> String {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "vpce.amazonaws.com"}, "Action": "SNS:Publish", "Resource": "*"}]}"#;
    let params = [
        ("Name", name),
        ("Attributes.entry.1.key", "Policy"),
        ("Attributes.entry.1.value", policy),
    ];
    client.sns("CreateTopic", &params).await.text("TopicArn")
}

#[tokio::test]
async fn a_notification_lives_as_it_was_asked_for() {
    let world = World::start().await;
    let client = world.client();
    let service = Service::new(&client, &Network::new(&client).await).await;
    let (arn, other) = (
        told_topic(&client, "one").await,
        told_topic(&client, "other").await,
    );
    let create = [
        ("ServiceId", service.id.as_str()),
        ("ConnectionNotificationArn", arn.as_str()),
        ("ConnectionEvents.1", "Reject"),
        ("ConnectionEvents.2", "Connect"),
        ("ClientToken", "once"),
    ];
    let made = client.ec2(CREATE, &create).await;
    let id = made.text("connectionNotificationId");
    assert!(id.starts_with("vpce-nfn-"));
    assert_eq!(made.texts("item"), ["Connect", "Reject"]);
    let again = client.ec2(CREATE, &create).await;
    assert_eq!(
        again.text("connectionNotificationId"),
        id,
        "the token is the same"
    );
    let modify = [
        ("ConnectionNotificationId", id.as_str()),
        ("ConnectionNotificationArn", other.as_str()),
        ("ConnectionEvents.1", "Accept"),
    ];
    client.ec2(MODIFY, &modify).await;
    for (filter, value) in [
        ("connection-notification-id", id.as_str()),
        ("connection-notification-arn", other.as_str()),
        ("connection-notification-state", "enabled"),
        ("connection-notification-type", "Topic"),
        ("service-id", service.id.as_str()),
    ] {
        let found = client
            .ec2(
                DESCRIBE,
                &[("Filter.1.Name", filter), ("Filter.1.Value.1", value)],
            )
            .await;
        assert_eq!(found.text("connectionNotificationId"), id, "{filter}");
        assert_eq!(found.texts("item").last().unwrap(), "Accept");
    }
    let none = [
        ("Filter.1.Name", "vpc-endpoint-id"),
        ("Filter.1.Value.1", "vpce-1"),
    ];
    let found = client.ec2(DESCRIBE, &none).await;
    assert_eq!(
        found.texts("connectionNotificationId"),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_notification_without_its_topic_is_disabled_and_one_that_is_gone_is_not_found() {
    let world = World::start().await;
    let client = world.client();
    let service = Service::new(&client, &Network::new(&client).await).await;
    let arn = told_topic(&client, "one").await;
    let create = [
        ("ServiceId", service.id.as_str()),
        ("ConnectionNotificationArn", arn.as_str()),
        ("ConnectionEvents.1", "Accept"),
    ];
    let id = client
        .ec2(CREATE, &create)
        .await
        .text("connectionNotificationId");
    client.sns("DeleteTopic", &[("TopicArn", &arn)]).await;
    let found = client.ec2(DESCRIBE, &[]).await;
    assert_eq!(
        found.text("connectionNotificationState"),
        "Disabled",
        "nothing can be told"
    );
    let gone = [("ConnectionNotificationId.1", id.as_str())];
    assert_eq!(
        client.ec2(DELETE, &gone).await.texts("code"),
        Vec::<String>::new()
    );
    let again = client.ec2(DELETE, &gone).await;
    assert_eq!(again.text("code"), "InvalidConnectionNotification");
    let missing = [("ConnectionNotificationId", id.as_str())];
    for action in [DESCRIBE, MODIFY] {
        let code = client.error(EC2, action, &missing).await;
        assert_eq!(code, "InvalidConnectionNotification", "{action}");
    }
}

#[tokio::test]
async fn what_a_notification_cannot_be_about_is_refused() {
    let world = World::start().await;
    let (client, stranger) = (world.client(), world.tenant("stranger").await);
    let service = Service::new(&client, &Network::new(&client).await).await;
    let (arn, own) = (
        told_topic(&client, "one").await,
        told_topic(&stranger, "own").await,
    );
    let elsewhere = arn.replace("us-east-1", "eu-west-1");
    let silent = client
        .sns("CreateTopic", &[("Name", "silent")])
        .await
        .text("TopicArn");
    let about = ("ServiceId", service.id.as_str());
    let to = |arn| ("ConnectionNotificationArn", arn);
    let event = ("ConnectionEvents.1", "Accept");
    let endpoint = ("VpcEndpointId", "vpce-0123456789abcdef0");
    for (params, code) in [
        (
            &[to(arn.as_str()), event][..],
            "InvalidParameterCombination",
        ),
        (
            &[about, endpoint, to(&arn), event],
            "InvalidParameterCombination",
        ),
        (
            &[endpoint, to(&arn), event],
            "InvalidVpcEndpointId.NotFound",
        ),
        (&[about, to(&arn)], "MissingParameter"),
        (
            &[about, to(&arn), ("ConnectionEvents.1", "Sleep")],
            "InvalidParameterValue",
        ),
        (
            &[about, to("arn:aws:sqs:us-east-1:1:q"), event],
            "InvalidParameter",
        ),
        (&[about, to(&elsewhere), event], "InvalidParameter"),
        (&[about, to(&silent), event], "InvalidParameter"),
    ] {
        assert_eq!(client.error(EC2, CREATE, params).await, code, "{params:?}");
    }
    let foreign = [about, to(&own), event];
    let code = stranger.error(EC2, CREATE, &foreign).await;
    assert_eq!(code, "InvalidVpcEndpointServiceId.NotFound");
    client.ec2(CREATE, &foreign).await;
    assert_eq!(
        stranger
            .ec2(DESCRIBE, &[])
            .await
            .texts("connectionNotificationId"),
        Vec::<String>::new(),
        "the notification is the provider's, whosever the topic"
    );
    let dry = [about, to(&arn), event, ("DryRun", "true")];
    assert_eq!(client.error(EC2, CREATE, &dry).await, "DryRunOperation");
}

#[tokio::test]
async fn a_refusal_tells_nothing_of_another_account_s_topic() {
    let world = World::start().await;
    let (client, stranger) = (world.client(), world.tenant("stranger").await);
    let service = Service::new(&client, &Network::new(&client).await).await;
    let silent = stranger.sns("CreateTopic", &[("Name", "silent")]).await;
    let silent = silent.text("TopicArn");
    let missing = silent.replace("silent", "missing");
    let denying = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Inner", "Effect": "Deny",
        "Principal": "*", "Action": "SNS:Publish", "Resource": "*"}]}"#;
    let params = [
        ("Name", "denying"),
        ("Attributes.entry.1.key", "Policy"),
        ("Attributes.entry.1.value", denying),
    ];
    let denying = stranger.sns("CreateTopic", &params).await.text("TopicArn");
    let mut told = Vec::new();
    for topic in [&silent, &missing, &denying] {
        let params = [
            ("ServiceId", service.id.as_str()),
            ("ConnectionNotificationArn", topic.as_str()),
            ("ConnectionEvents.1", "Accept"),
        ];
        let answer = client.ask(EC2, CREATE, &params).await;
        assert_eq!(answer.text("Code"), "InvalidParameter");
        told.push(answer.text("Message").replace(topic.as_str(), "it"));
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:#?}");
}
