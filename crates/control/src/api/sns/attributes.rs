//! Attributes of topics and subscriptions: which can be set here, and to what.

use aws_wire::ApiError;
use model::command::TopicAttribute;
use serde_json::Value;

use crate::signing::SIGNATURE_VERSION;
use crate::topic_policy;

/// Attributes that AWS has and that are not offered, and the sentence that says why.
type NotOffered = (&'static str, &'static [&'static str]);

/// Of topics.
const TOPIC_REFUSED: &[NotOffered] = &[
    (
        "Delivery statuses are not logged.",
        &[
            "ApplicationFailureFeedbackRoleArn",
            "ApplicationSuccessFeedbackRoleArn",
            "ApplicationSuccessFeedbackSampleRate",
            "FirehoseFailureFeedbackRoleArn",
            "FirehoseSuccessFeedbackRoleArn",
            "FirehoseSuccessFeedbackSampleRate",
            "HTTPFailureFeedbackRoleArn",
            "HTTPSuccessFeedbackRoleArn",
            "HTTPSuccessFeedbackSampleRate",
            "LambdaFailureFeedbackRoleArn",
            "LambdaSuccessFeedbackRoleArn",
            "LambdaSuccessFeedbackSampleRate",
            "SQSFailureFeedbackRoleArn",
            "SQSSuccessFeedbackRoleArn",
            "SQSSuccessFeedbackSampleRate",
        ],
    ),
    ("Messages are not archived.", &["ArchivePolicy"]),
    (
        FIFO,
        &[
            "ContentBasedDeduplication",
            "FifoThroughputScope",
            "FifoTopic",
        ],
    ),
    (RETRIES, &["DeliveryPolicy"]),
    ("Messages are not encrypted.", &["KmsMasterKeyId"]),
    ("Messages are signed by version 2.", &["SignatureVersion"]),
    ("Messages are not traced.", &["TracingConfig"]),
];

/// Of subscriptions.
const SUBSCRIPTION_REFUSED: &[NotOffered] = &[
    (RETRIES, &["DeliveryPolicy"]),
    (
        "Subscribers get all messages of a topic.",
        &["FilterPolicy", "FilterPolicyScope"],
    ),
    ("There are no queues for dead letters.", &["RedrivePolicy"]),
    ("Messages are not archived.", &["ReplayPolicy"]),
    (
        "Messages go to HTTP and HTTPS endpoints alone.",
        &["SubscriptionRoleArn"],
    ),
];

const FIFO: &str = "There are no FIFO topics.";
const RETRIES: &str = "The operator sets how long messages are tried.";

/// Values that ask for what is so anyway.
const HARMLESS: &[(&str, &str)] = &[
    ("ApplicationSuccessFeedbackSampleRate", "0"),
    ("ContentBasedDeduplication", "false"),
    ("FifoTopic", "false"),
    ("FilterPolicy", "{}"),
    ("FirehoseSuccessFeedbackSampleRate", "0"),
    ("HTTPSuccessFeedbackSampleRate", "0"),
    ("LambdaSuccessFeedbackSampleRate", "0"),
    ("SQSSuccessFeedbackSampleRate", "0"),
    ("SignatureVersion", SIGNATURE_VERSION),
    ("TracingConfig", "PassThrough"),
];

/// An attribute to be set on a topic; none when it is so anyway.
///
/// # Errors
/// There is none of that name, it is not offered, or it cannot have this value.
pub(super) fn of_topic(name: &str, value: &str) -> Result<Option<TopicAttribute>, ApiError> {
    match name {
        "DisplayName" => Ok(Some(TopicAttribute::DisplayName(value.to_owned()))),
        "Policy" if value.is_empty() => Ok(Some(TopicAttribute::Policy(None))),
        "Policy" => {
            topic_policy::parse(value).map_err(|error| {
                let message = format!("Invalid parameter: Policy Error: {error}");
                ApiError::client("InvalidParameter", message)
            })?;
            if names_foreign_action(value) {
                let message = "Invalid parameter: Policy statement action out of service scope!";
                return Err(ApiError::client("InvalidParameter", message));
            }
            Ok(Some(TopicAttribute::Policy(Some(value.to_owned()))))
        }
        _ => not_offered(TOPIC_REFUSED, name, value).map(|()| None),
    }
}

/// Whether messages are to be sent without an envelope; none when the attribute says something that is so anyway.
///
/// # Errors
/// There is no attribute of that name, it is not offered, or it cannot have this value.
pub(super) fn of_subscription(name: &str, value: &str) -> Result<Option<bool>, ApiError> {
    match (name, value) {
        ("RawMessageDelivery", value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
        ("RawMessageDelivery", value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
        ("RawMessageDelivery", _) => {
            let message = "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value. Must be true or false.";
            Err(ApiError::client("InvalidParameter", message))
        }
        _ => not_offered(SUBSCRIPTION_REFUSED, name, value).map(|()| None),
    }
}

fn not_offered(refused: &[NotOffered], name: &str, value: &str) -> Result<(), ApiError> {
    let Some((why, _)) = refused.iter().find(|(_, names)| names.contains(&name)) else {
        let message = "Invalid parameter: AttributeName";
        return Err(ApiError::client("InvalidParameter", message));
    };
    if value.is_empty() || HARMLESS.contains(&(name, value)) {
        return Ok(());
    }
    if HARMLESS.iter().any(|(known, _)| *known == name) {
        return Err(ApiError::unsupported_value(name, why));
    }
    Err(ApiError::unsupported_parameter(name, why))
}

/// Actions that the policy of a topic can be about (Amazon SNS developer guide, "Access control").
const TOPIC_ACTIONS: &[&str] = &[
    "addpermission",
    "deletetopic",
    "getdataprotectionpolicy",
    "gettopicattributes",
    "listsubscriptionsbytopic",
    "listtagsforresource",
    "publish",
    "putdataprotectionpolicy",
    "receive",
    "removepermission",
    "settopicattributes",
    "subscribe",
    "tagresource",
    "untagresource",
];

/// Whether a policy, which has been parsed, names an action that is none of a topic's. One with wildcards is one if it is
/// of Amazon SNS.
fn names_foreign_action(policy: &str) -> bool {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = one_or_all(&policy["Statement"]).iter();
    let mut actions = statements.flat_map(|statement| one_or_all(&statement["Action"]));
    actions.any(|action| {
        let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
        let name = action.strip_prefix("sns:");
        !name.is_some_and(|name| name.contains(['*', '?']) || TOPIC_ACTIONS.contains(&name))
    })
}

fn one_or_all(value: &Value) -> &[Value] {
    match value.as_array() {
        Some(all) => all,
        None if value.is_null() => &[],
        None => std::slice::from_ref(value),
    }
}
