"""Topics, subscriptions and notifications of connections, as far as they need no subscriber."""

import json

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "vpce.amazonaws.com"}, "Action": "SNS:Publish", "Resource": "*"}]})
EVENTS = ["Accept", "Connect", "Delete", "Reject"]


def topics(account, error):
    """The ARN of a topic with a subscription that waits for its endpoint."""
    sns = account.sns
    silent = sns.create_topic(Name="silent", Tags=[{"Key": "team", "Value": "net"}])["TopicArn"]
    assert silent == f"arn:aws:sns:us-east-1:{account.id}:silent"
    assert sns.create_topic(Name="silent")["TopicArn"] == silent
    error("InvalidParameter", 400, sns.create_topic, Name="silent", Attributes={"DisplayName": "other"})
    default = json.loads(sns.get_topic_attributes(TopicArn=silent)["Attributes"]["Policy"])
    assert default["Statement"][0]["Condition"]["StringEquals"]["AWS:SourceOwner"] == account.id
    arn = sns.create_topic(Name="alerts", Attributes={"Policy": POLICY, "DisplayName": "Alerts"})["TopicArn"]
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["DisplayName"], attributes["Owner"], attributes["Policy"]) == ("Alerts", account.id, POLICY)
    assert [it["TopicArn"] for it in sns.list_topics()["Topics"]] in ([silent, arn], [arn, silent])
    sns.tag_resource(ResourceArn=silent, Tags=[{"Key": "env", "Value": "lab"}])
    sns.untag_resource(ResourceArn=silent, TagKeys=["team"])
    assert sns.list_tags_for_resource(ResourceArn=silent)["Tags"] == [{"Key": "env", "Value": "lab"}]
    missing = arn.replace("alerts", "missing")
    error("ResourceNotFound", 404, sns.list_tags_for_resource, ResourceArn=missing)
    error("NotFound", 404, sns.get_topic_attributes, TopicArn=missing)
    error("NotFound", 404, sns.publish, TopicArn=missing, Message="hello")
    error("InvalidParameter", 400, sns.get_topic_attributes, TopicArn="alerts")
    sns.delete_topic(TopicArn=missing)
    return arn, silent


def subscriptions(account, arn, error):
    sns = account.sns
    subscribe = {"TopicArn": arn, "Protocol": "http", "Endpoint": "http://192.0.2.1/inbox"}
    assert sns.subscribe(**subscribe)["SubscriptionArn"] == "pending confirmation"
    one = sns.subscribe(**subscribe, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert one.startswith(f"{arn}:")
    error("InvalidParameter", 400, sns.subscribe, **subscribe, Attributes={"RawMessageDelivery": "true"})
    error("UnsupportedOperation", 400, sns.subscribe, **subscribe, Attributes={"FilterPolicy": '{"a": ["b"]}'})
    listed = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert listed == sns.list_subscriptions()["Subscriptions"]
    assert [(it["SubscriptionArn"], it["Owner"]) for it in listed] == [("PendingConfirmation", account.id)]
    attributes = sns.get_subscription_attributes(SubscriptionArn=one)["Attributes"]
    assert (attributes["PendingConfirmation"], attributes["RawMessageDelivery"]) == ("true", "false")
    sns.set_subscription_attributes(SubscriptionArn=one, AttributeName="RawMessageDelivery", AttributeValue="true")
    assert sns.get_subscription_attributes(SubscriptionArn=one)["Attributes"]["RawMessageDelivery"] == "true"
    error("InvalidParameter", 400, sns.confirm_subscription, TopicArn=arn, Token="wrong")
    error("InvalidParameter", 400, sns.unsubscribe, SubscriptionArn=one)
    published = sns.publish(TopicArn=arn, Message="to nobody", Subject="News",
                            MessageAttributes={"colour": {"DataType": "String", "StringValue": "blue"}})
    assert len(published["MessageId"]) == 36


def notifications(account, error, arn, silent, service, endpoint):
    ec2 = account.ec2
    create = {"ServiceId": service.id, "ConnectionEvents": EVENTS}
    error("InvalidParameter", 400, ec2.create_vpc_endpoint_connection_notification,
          ConnectionNotificationArn=silent, **create)
    made = ec2.create_vpc_endpoint_connection_notification(ConnectionNotificationArn=arn, **create)
    made = made["ConnectionNotification"]
    assert (made["ConnectionNotificationState"], made["ConnectionNotificationType"]) == ("Enabled", "Topic")
    assert sorted(made["ConnectionEvents"]) == EVENTS and made["ServiceId"] == service.id
    notification = made["ConnectionNotificationId"]
    pages = ec2.get_paginator("describe_vpc_endpoint_connection_notifications")
    assert [it for page in pages.paginate() for it in page["ConnectionNotificationSet"]] == [made]
    ec2.modify_vpc_endpoint_connection_notification(ConnectionNotificationId=notification, ConnectionEvents=["Accept"])
    shown = ec2.describe_vpc_endpoint_connection_notifications(ConnectionNotificationId=notification)
    assert shown["ConnectionNotificationSet"][0]["ConnectionEvents"] == ["Accept"]
    error("InvalidVpcEndpointId.NotFound", 400, ec2.create_vpc_endpoint_connection_notification,
          ConnectionNotificationArn=arn, ConnectionEvents=["Accept"], VpcEndpointId=endpoint)
    delete = ec2.delete_vpc_endpoint_connection_notifications
    assert delete(ConnectionNotificationIds=[notification])["Unsuccessful"] == []
    again = delete(ConnectionNotificationIds=[notification])["Unsuccessful"]
    assert [it["Error"]["Code"] for it in again] == ["InvalidConnectionNotification"]
    error("InvalidConnectionNotification", 400, ec2.describe_vpc_endpoint_connection_notifications,
          ConnectionNotificationId=notification)


def tell(account, error, service, endpoint):
    arn, silent = topics(account, error)
    subscriptions(account, arn, error)
    notifications(account, error, arn, silent, service, endpoint)
    for topic in arn, silent, silent:
        account.sns.delete_topic(TopicArn=topic)
    assert account.sns.list_subscriptions()["Subscriptions"] == []
