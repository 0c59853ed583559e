//! SNS: topics with subscribers by HTTP, just enough to be told of connections.

mod attributes;
mod public;
mod topics;
mod view;

use crate::api::action::actions;

pub(super) use self::public::{is_public, public_call};

actions! {
    dry_run: |_| false;
    // Topics
    write create_topic::CreateTopic,
    read list_topics::ListTopics,
    read get_topic_attributes::GetTopicAttributes,
    write set_topic_attributes::SetTopicAttributes,
    write delete_topic::DeleteTopic,
    // Subscriptions
    write subscribe::Subscribe,
    write confirm_subscription::ConfirmSubscription,
    write unsubscribe::Unsubscribe,
    read list_subscriptions::ListSubscriptions,
    read list_subscriptions_by_topic::ListSubscriptionsByTopic,
    read get_subscription_attributes::GetSubscriptionAttributes,
    write set_subscription_attributes::SetSubscriptionAttributes,
    // Messages
    write publish::Publish,
    // Tags
    write tag_resource::TagResource,
    write untag_resource::UntagResource,
    read list_tags_for_resource::ListTagsForResource,
}
