"""A subscriber of SNS topics: an HTTP server that confirms what it is asked and verifies what it gets."""

import base64
import http.server
import json
import ssl
import threading
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from adit import wait_for

SIGNED = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
    "UnsubscribeConfirmation": ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
}


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def verify(message):
    """As validators of SNS messages do it: by the certificate at the URL that the message names."""
    assert message["SignatureVersion"] == "2"
    certificate = x509.load_pem_x509_certificate(fetch(message["SigningCertURL"]))
    names = [name for name in SIGNED[message["Type"]] if name in message]
    text = "".join(f"{name}\n{message[name]}\n" for name in names)
    certificate.public_key().verify(
        base64.b64decode(message["Signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256())


class Inbox:
    """Answers each message with `status`; keeps what it has taken with 200."""

    def __init__(self, port=0, confirms=True, certificate=None):
        self.messages, self.raw, self.attempts, self.status, self.confirms = [], [], 0, 200, confirms
        inbox = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                inbox.attempts += 1
                status = inbox.status
                if status == 200:
                    inbox.take(self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.protocol = "https" if certificate else "http"
        self.url = f"{self.protocol}://127.0.0.1:{self.port}/inbox?from=topics"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, headers, body):
        assert headers["Content-Type"] == "text/plain; charset=UTF-8"
        assert headers["User-Agent"] == "Amazon Simple Notification Service Agent"
        kind = headers["x-amz-sns-message-type"]
        if headers["x-amz-sns-rawdelivery"] == "true":
            self.raw.append((headers, body))
            return
        message = json.loads(body)
        assert (message["Type"], message["MessageId"], message["TopicArn"]) == (
            kind, headers["x-amz-sns-message-id"], headers["x-amz-sns-topic-arn"])
        assert (headers["x-amz-sns-subscription-arn"] is None) == (kind == "SubscriptionConfirmation")
        self.messages.append(message)
        if kind == "SubscriptionConfirmation" and self.confirms:
            verify(message)
            fetch(message["SubscribeURL"])

    def of_kind(self, kind):
        return [message for message in self.messages if message["Type"] == kind]

    def notifications(self):
        return self.of_kind("Notification")

    def events(self):
        """What happened to connections, with the endpoint."""
        told = [json.loads(message["Message"]) for message in self.notifications()]
        return [(event["event"], event["vpcEndpointId"]) for event in told]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


ALLOWED = {"Effect": "Allow", "Principal": {"Service": "vpce.amazonaws.com"}, "Action": "SNS:Publish", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def topic(account, name, statements=(ALLOWED,)):
    """A topic that tells of connections may be published to."""
    attributes = {"Policy": policy(*statements)} if statements else {}
    return account.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]


def subscribe(account, arn, inbox, **attributes):
    """The ARN of a subscription that has confirmed."""
    subscription = account.sns.subscribe(
        TopicArn=arn, Protocol=inbox.protocol, Endpoint=inbox.url, ReturnSubscriptionArn=True, Attributes=attributes)
    subscription = subscription["SubscriptionArn"]

    def confirmed():
        shown = account.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        return shown["PendingConfirmation"] == "false"

    wait_for("the subscription is confirmed", confirmed)
    return subscription


def notify(account, arn, events=("Accept", "Connect", "Delete", "Reject"), **subject):
    created = account.ec2.create_vpc_endpoint_connection_notification(
        ConnectionNotificationArn=arn, ConnectionEvents=list(events), **subject)
    return created["ConnectionNotification"]["ConnectionNotificationId"]
