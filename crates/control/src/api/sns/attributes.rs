//! Attributes of topics and subscriptions: which can be set here, and to what.

use aws_wire::ApiError;
use model::command::TopicAttribute;

use crate::signing::SIGNATURE_VERSION;
use crate::topic_policy;

/// Attributes of topics that AWS has and that are not offered.
const TOPIC_REFUSED: &[&str] = &[
    "ApplicationFailureFeedbackRoleArn",
    "ApplicationSuccessFeedbackRoleArn",
    "ApplicationSuccessFeedbackSampleRate",
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DeliveryPolicy",
    "FifoThroughputScope",
    "FifoTopic",
    "FirehoseFailureFeedbackRoleArn",
    "FirehoseSuccessFeedbackRoleArn",
    "FirehoseSuccessFeedbackSampleRate",
    "HTTPFailureFeedbackRoleArn",
    "HTTPSuccessFeedbackRoleArn",
    "HTTPSuccessFeedbackSampleRate",
    "KmsMasterKeyId",
    "LambdaFailureFeedbackRoleArn",
    "LambdaSuccessFeedbackRoleArn",
    "LambdaSuccessFeedbackSampleRate",
    "SQSFailureFeedbackRoleArn",
    "SQSSuccessFeedbackRoleArn",
    "SQSSuccessFeedbackSampleRate",
    "SignatureVersion",
    "TracingConfig",
];

/// Attributes of subscriptions that AWS has and that are not offered.
const SUBSCRIPTION_REFUSED: &[&str] = &[
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
];

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

fn not_offered(refused: &[&str], name: &str, value: &str) -> Result<(), ApiError> {
    if !refused.contains(&name) {
        let message = "Invalid parameter: AttributeName";
        return Err(ApiError::client("InvalidParameter", message));
    }
    if value.is_empty() || HARMLESS.contains(&(name, value)) {
        return Ok(());
    }
    Err(ApiError::unsupported_parameter(name))
}
