//! Decoding in the dialect of Amazon SNS: maps, ARNs, and its errors.

use model::connection_notification::ConnectionEventKind;
use model::topic::TopicName;

use super::*;

crate::request! {
    /// As AWS has it, and more.
    struct Subscribe(Sns, "Amazon SNS API reference, Subscribe") {
        /// The topic.
        topic: TopicArn = "TopicArn",
        /// A subscription.
        subscription: Option<SubscriptionArn> = "SubscriptionArn",
        /// A name.
        name: Option<TopicName> = "Name",
        /// Attributes.
        attributes: Entries<AttributeEntry> = "Attributes",
        /// Events.
        events: Vec<ConnectionEventKind> = "Events",
    }
}

const TOPIC: &str = "TopicArn=arn:aws:sns:us-east-1:111122223333:alerts";

fn subscribe(form: &str) -> Result<Subscribe, ApiError> {
    decode(&format!("{TOPIC}&{form}"))
}

#[test]
fn maps_are_decoded_in_the_order_of_their_numbers() {
    let request = subscribe(
        "Attributes.entry.2.key=B&Attributes.entry.2.value=&Attributes.entry.1.key=A&Attributes.entry.1.value=1\
         &Events.member.1=Accept",
    )
    .unwrap();
    let entries = request.attributes.0.iter();
    let entries: Vec<_> = entries
        .map(|entry| (entry.key.as_str(), entry.value.as_str()))
        .collect();
    assert_eq!(entries, [("A", "1"), ("B", "")]);
    assert_eq!(request.events, [ConnectionEventKind::Accept]);
    assert_eq!(subscribe("").unwrap().attributes.0, []);
    for (form, name) in [
        ("Attributes.1.key=A", "Attributes.1.key"),
        ("Attributes.entry=A", "Attributes.entry"),
        ("Attributes.entry.x.key=A", "Attributes.entry.x.key"),
        (
            "Attributes.entry.1.key=A&Attributes.entry.1.value=&Attributes.entry.1.more=A",
            "Attributes.entry.1.more",
        ),
    ] {
        let message = format!("The parameter {name} is not recognized");
        check_error(subscribe(form), "UnknownParameter", &message);
    }
}

#[test]
fn wrong_values_are_invalid_parameters() {
    let invalid = |form: &str, message: &str| {
        check_error(subscribe(form), "InvalidParameter", message);
    };
    invalid(
        "Attributes.entry.3.key=A",
        "Invalid parameter: Attributes.entry.3.value Reason: no value for required parameter",
    );
    invalid(
        "Events.member.1=Sleep",
        "Invalid parameter: Events.member.1 Reason: Member must satisfy enum value set: [Accept, Connect, Delete, Reject]",
    );
    invalid("Name=a.b", "Invalid parameter: Topic Name");
    let message = "The parameter Name is not supported with this value. There are no FIFO topics.";
    check_error(subscribe("Name=a.fifo"), "UnsupportedOperation", message);
}

#[test]
fn arns_of_topics_and_subscriptions_are_told_apart() {
    let id = "00000000-0000-4000-8000-000000000001";
    let arn = "arn:aws:sns:us-east-1:111122223333:alerts";
    let request = subscribe(&format!("SubscriptionArn={arn}:{id}")).unwrap();
    let subscription = request.subscription.unwrap();
    assert_eq!(
        (&subscription.topic, subscription.id.to_string()),
        (&request.topic, id.to_owned())
    );
    assert_eq!(request.topic.topic.name.as_str(), "alerts");
    for wrong in [arn, &format!("{arn}:{id}:more"), &format!("{arn}:"), id] {
        let error = subscribe(&format!("SubscriptionArn={wrong}")).unwrap_err();
        assert_eq!(error.code(), "InvalidParameter", "{wrong}");
    }
    for wrong in [
        "alerts",
        "arn:aws:sqs:us-east-1:111122223333:alerts",
        "arn:aws:sns:us-east-1:1:alerts",
        "arn:aws:sns:us-east-1:111122223333:a.b",
        "arn:aws:sns:us-east-1:111122223333:",
        "arn:aws:sns:us-east-1:111122223333:alerts:00000000-0000-4000-8000-000000000001",
    ] {
        let error = decode::<Subscribe>(&format!("TopicArn={wrong}")).unwrap_err();
        assert_eq!(error.code(), "InvalidParameter", "{wrong}");
    }
}
