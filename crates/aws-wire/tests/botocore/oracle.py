"""What botocore sends for a call, and what it reads in a response: one JSON question and answer per line."""

import json
import sys

import botocore.config
import botocore.parsers
import botocore.session
from botocore.awsrequest import HeadersDict

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION = botocore.session.get_session()


class Sent(Exception):
    """Raised in place of sending a request."""


def send(service, operation, params, token):
    """The signed request of a call."""
    client = SESSION.create_client(
        service,
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:4566",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=SECRET,
        aws_session_token=token,
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )

    def stop(request, **_):
        raise Sent(request)

    client.meta.events.register("before-send.*.*", stop)
    text = lambda value: value.decode() if isinstance(value, bytes) else value
    try:
        client._make_api_call(operation, params)
    except Sent as sent:
        (request,) = sent.args
        headers = [[name, text(value)] for name, value in request.headers.items()]
        # The HTTP library adds it.
        headers.append(["Host", "127.0.0.1:4566"])
        return {
            "method": request.method,
            "path": "/",
            "query": "",
            "headers": headers,
            "body": text(request.body),
        }


def read(service, operation, status, body):
    """What a client returns, or the error it raises."""
    model = SESSION.get_service_model(service)
    parser = botocore.parsers.create_parser(model.resolved_protocol)
    response = {"status_code": status, "headers": HeadersDict(), "body": body.encode()}
    return parser.parse(response, model.operation_model(operation).output_shape)


ACTIONS = {"send": send, "read": read}

for line in sys.stdin:
    question = json.loads(line)
    answer = ACTIONS[question.pop("do")](**question)
    print(json.dumps(answer, default=lambda value: value.isoformat()), flush=True)
