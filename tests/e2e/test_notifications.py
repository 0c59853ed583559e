"""What happens to connections is told: to a real HTTP subscriber that verifies what it gets."""

import datetime
import ipaddress
import glob
import json
import os
import socket

import pytest
from adit import Adit, wait_for
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from inbox import ALLOWED, Inbox, fetch, notify, policy, subscribe, topic, verify
from world import Endpoint, Network, Service


@pytest.fixture
def inbox():
    own = Inbox()
    yield own
    own.close()


@pytest.fixture
def impatient_adit():
    """An installation that tries for three seconds to deliver a message."""
    installation = Adit(None, "--delivery-patience", "3")
    yield installation
    installation.close()


def refused(code, call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    assert error.value.response["Error"]["Code"] == code, error.value
    return error.value.response["Error"]["Message"]


def dead_letters(adit):
    letters = []
    for path in glob.glob(os.path.join(adit.data_dir, "dead-letters", "*.jsonl")):
        with open(path) as lines:
            letters += [json.loads(line) for line in lines]
    return sorted(letters, key=lambda letter: letter["time"])


def test_provider_and_consumer_are_told_of_a_connection(adit, inbox):
    provider, consumer = adit.account("provider"), adit.account("consumer")
    service = Service(Network(provider))
    service.permit(consumer)
    arn = topic(provider, "connections")
    subscribe(provider, arn, inbox)
    notification = notify(provider, arn, ServiceId=service.id)
    shown = provider.ec2.describe_vpc_endpoint_connection_notifications(
        ConnectionNotificationId=notification)["ConnectionNotificationSet"]
    assert [(it["ConnectionNotificationState"], it["ServiceId"]) for it in shown] == [("Enabled", service.id)]

    endpoint = Endpoint(Network(consumer), service.name)
    own_inbox = Inbox()
    own = topic(consumer, "mine")
    subscribe(consumer, own, own_inbox)
    notify(consumer, own, VpcEndpointId=endpoint.id)
    service.accept(endpoint)
    service.reject(endpoint)
    consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint.id])

    events = [(event, endpoint.id) for event in ("Connect", "Accept", "Reject", "Delete")]
    wait_for("the provider is told everything", lambda: sorted(inbox.events()) == sorted(events))
    wait_for("the consumer is told the rest", lambda: sorted(own_inbox.events()) == sorted(events[1:]))
    own_inbox.close()
    for message in inbox.messages:
        verify(message)
    told = json.loads(inbox.notifications()[0]["Message"])
    assert (told["serviceId"], told["vpcEndpointOwner"]) == (service.id, consumer.id)
    assert dead_letters(adit) == []


def test_published_messages_arrive_as_they_were_published(adit, inbox):
    account = adit.account("publisher")
    arn = topic(account, "news")
    subscription = subscribe(account, arn, inbox)
    structured = json.dumps({"default": "for others", "http": "for HTTP: grüße ☃"})
    account.sns.publish(
        TopicArn=arn, Message=structured, MessageStructure="json", Subject="News",
        MessageAttributes={"colour": {"DataType": "String", "StringValue": "blue & green"}})
    wait_for("it arrives", lambda: inbox.notifications())
    message = inbox.notifications()[0]
    assert (message["Subject"], message["Message"]) == ("News", "for HTTP: grüße ☃")
    assert message["MessageAttributes"] == {"colour": {"Type": "String", "Value": "blue & green"}}
    verify(message)
    account.sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true")
    account.sns.publish(TopicArn=arn, Message="as it is\n")
    wait_for("it arrives raw", lambda: inbox.raw)
    headers, body = inbox.raw[0]
    assert (body, headers["x-amz-sns-subscription-arn"]) == ("as it is\n", subscription)


def test_the_unsubscribe_link_ends_a_subscription_and_the_subscribe_link_takes_that_back(adit, inbox):
    account = adit.account("publisher")
    arn = topic(account, "news")
    subscription = subscribe(account, arn, inbox)
    account.sns.publish(TopicArn=arn, Message="first")
    wait_for("it arrives", lambda: inbox.notifications())
    fetch(inbox.notifications()[0]["UnsubscribeURL"])
    assert account.sns.list_subscriptions()["Subscriptions"] == []
    wait_for("the endpoint is told", lambda: inbox.of_kind("UnsubscribeConfirmation"))
    account.sns.publish(TopicArn=arn, Message="to nobody")
    farewell = inbox.of_kind("UnsubscribeConfirmation")[0]
    verify(farewell)
    fetch(farewell["SubscribeURL"])
    account.sns.publish(TopicArn=arn, Message="second")
    wait_for("it arrives", lambda: len(inbox.notifications()) == 2)
    assert [message["Message"] for message in inbox.notifications()] == ["first", "second"]
    assert account.sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"] == subscription


def test_a_subscriber_that_was_down_gets_its_messages_when_it_is_up(adit, inbox):
    account = adit.account("publisher")
    arn = topic(account, "news")
    subscribe(account, arn, inbox)
    port = inbox.port
    inbox.close()
    published = account.sns.publish(TopicArn=arn, Message="held back")["MessageId"]
    back = Inbox(port)
    wait_for("it arrives at last", lambda: back.notifications(), 40)
    assert [message["MessageId"] for message in back.notifications()] == [published]
    back.status = 503
    account.sns.publish(TopicArn=arn, Message="again")
    wait_for("it was tried several times", lambda: back.attempts >= 4, 40)
    back.status = 200
    wait_for("it arrives at last", lambda: len(back.notifications()) == 2, 40)
    back.close()
    assert dead_letters(adit) == []


def test_what_cannot_be_delivered_is_a_dead_letter(impatient_adit, inbox):
    account = impatient_adit.account("publisher")
    arn = topic(account, "news")
    subscription = subscribe(account, arn, inbox)
    for status in (503, 404, 302):
        inbox.status, before = status, len(dead_letters(impatient_adit))
        published = account.sns.publish(TopicArn=arn, Message=f"for {status}")["MessageId"]
        wait_for("it is given up", lambda: len(dead_letters(impatient_adit)) > before, 30)
        letter = dead_letters(impatient_adit)[-1]
        assert (letter["messageId"], letter["subscriptionArn"]) == (published, subscription)
        assert str(status) in letter["reason"]
        assert letter["body"]["Message"] == f"for {status}"
        assert (letter["attempts"] > 1) == (status == 503), letter
    inbox.close()
    published = account.sns.publish(TopicArn=arn, Message="to nobody")["MessageId"]
    wait_for("it is given up", lambda: len(dead_letters(impatient_adit)) == 4, 30)
    assert dead_letters(impatient_adit)[-1]["messageId"] == published


def test_an_event_survives_kill_minus_nine(adit, inbox):
    provider, consumer = adit.account("provider"), adit.account("consumer")
    service = Service(Network(provider), acceptance=False)
    service.permit(consumer)
    network = Network(consumer)
    arn = topic(provider, "connections")
    subscribe(provider, arn, inbox)
    notify(provider, arn, ServiceId=service.id)
    # What the endpoint does not take is not delivered when the process ends.
    inbox.status = 503
    endpoint = Endpoint(network, service.name)
    wait_for("it was tried", lambda: inbox.attempts >= 2)
    adit.kill()
    inbox.status = 200
    adit.start()
    wait_for("it is told all the same", lambda: ("Connect", endpoint.id) in inbox.events(), 40)


def test_a_topic_whose_policy_does_not_allow_it_is_refused_and_later_not_published_to(adit, inbox):
    provider, consumer = adit.account("provider"), adit.account("consumer")
    service = Service(Network(provider), acceptance=False)
    service.permit(consumer)
    create = provider.ec2.create_vpc_endpoint_connection_notification
    options = {"ServiceId": service.id, "ConnectionEvents": ["Connect"]}
    silent = topic(provider, "silent", statements=())
    assert "vpce.amazonaws.com" in refused("InvalidParameter", create, ConnectionNotificationArn=silent, **options)
    refused("InvalidParameter", create, ConnectionNotificationArn=silent.replace("silent", "missing"), **options)
    sourced = {**ALLOWED, "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:ec2:*:*:vpc-endpoint-service/*"},
                                        "StringEquals": {"aws:SourceAccount": provider.id}}}
    arn = topic(consumer, "elsewhere", statements=(sourced,))
    subscribe(consumer, arn, inbox)
    notification = notify(provider, arn, ServiceId=service.id)
    network = Network(consumer)
    endpoint = Endpoint(network, service.name)
    wait_for("another account's topic is told", lambda: ("Connect", endpoint.id) in inbox.events())
    consumer.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy",
                                      AttributeValue=policy({**ALLOWED, "Effect": "Deny"}))
    shown = provider.ec2.describe_vpc_endpoint_connection_notifications(
        ConnectionNotificationId=notification)["ConnectionNotificationSet"]
    assert shown[0]["ConnectionNotificationState"] == "Disabled"
    consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint.id])
    wait_for("the event is a dead letter", lambda: dead_letters(adit))
    letter = dead_letters(adit)[0]
    assert (letter["event"]["event"], letter["event"]["vpcEndpointId"]) == ("Delete", endpoint.id)
    assert "policy" in letter["reason"]
    assert len(inbox.events()) == 1


def test_a_slow_subscriber_delays_no_other(adit, inbox):
    account = adit.account("publisher")
    arn = topic(account, "news")
    slow = Inbox(confirms=True)
    subscribe(account, arn, slow)
    subscribe(account, arn, inbox)
    slow.close()
    # Nobody accepts, and the kernel's queue takes the connections: each attempt lasts until its timeout.
    deaf = socket.create_server(("127.0.0.1", slow.port), backlog=64)
    for number in range(40):
        account.sns.publish(TopicArn=arn, Message=str(number))
    wait_for("the other gets everything", lambda: len(inbox.notifications()) == 40, 10)
    deaf.close()
    account.sns.delete_topic(TopicArn=arn)


def self_signed(path):
    """A certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "inbox")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256()))
    with open(path, "wb") as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()))
    return str(path)


def test_https_endpoints_need_a_certificate_that_the_host_trusts(tmp_path, monkeypatch):
    trusted, strange = self_signed(tmp_path / "trusted.pem"), self_signed(tmp_path / "strange.pem")
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    adit = Adit(None, "--delivery-patience", "1")
    good, bad = Inbox(certificate=trusted), Inbox(certificate=strange)
    try:
        account = adit.account("publisher")
        arn = topic(account, "news")
        subscribe(account, arn, good)
        account.sns.publish(TopicArn=arn, Message="in secret")
        wait_for("it arrives", lambda: good.notifications())
        account.sns.subscribe(TopicArn=arn, Protocol="https", Endpoint=bad.url)
        wait_for("the other is given up", lambda: dead_letters(adit), 30)
        assert dead_letters(adit)[0]["endpoint"] == bad.url
        assert dead_letters(adit)[0]["reason"].startswith("TLS: ")
        assert bad.attempts == 0
    finally:
        good.close()
        bad.close()
        adit.close()


def test_attributes_show_how_messages_are_tried(adit, inbox):
    account = adit.account("publisher")
    arn = topic(account, "news")
    subscription = subscribe(account, arn, inbox)
    shown = (account.sns.get_topic_attributes(TopicArn=arn), account.sns.get_subscription_attributes(
        SubscriptionArn=subscription))
    for answer in shown:
        policy = json.loads(answer["Attributes"]["EffectiveDeliveryPolicy"])["http"]
        assert policy["defaultHealthyRetryPolicy"]["numRetries"] == 8, policy


def test_what_only_the_host_reaches_is_not_reached(adit, inbox):
    adit.stop()
    adit.start("--subscriber-net", "192.0.2.0/24")
    account = adit.account("publisher")
    arn = topic(account, "news")
    for endpoint in (inbox.url, "http://169.254.169.254/latest", "http://[::1]:80/"):
        told = refused("InvalidParameter", account.sns.subscribe, TopicArn=arn, Protocol="http", Endpoint=endpoint)
        assert "no endpoint may have this address" in told
    # Of a name it shows when it is looked up.
    account.sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=inbox.url.replace("127.0.0.1", "localhost"))
    wait_for("the question is given up", lambda: dead_letters(adit))
    assert "may have" in dead_letters(adit)[0]["reason"]
    assert inbox.attempts == 0
    data_dir = adit.data_dir
    os.remove(adit.log_path)
    adit.run("down", "--purge")
    assert not os.path.exists(data_dir), "dead letters go with the data"
