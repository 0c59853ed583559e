"""A client that costs little: it signs by SigV4 and keeps its connection.

boto3 spends a millisecond and more on each call, which would hide what the server takes and make a hundred thousand
calls a matter of minutes.
"""

import datetime
import hashlib
import hmac
import http.client
import urllib.parse

from scenario import Account
from stage import Failed

TIMEOUT_SECONDS = 60


class Wire:
    """One connection to an account's EC2 API."""

    VERSION = "2016-11-15"
    SERVICE = "ec2"

    def __init__(self, account: Account):
        self._account = account
        self._host = urllib.parse.urlsplit(account.endpoint_url).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT_SECONDS)
        self._day, self._key = "", b""

    def call(self, action: str, **parameters: str) -> str:
        """One call; returns the document, or raises with it."""
        body = self._body(action, parameters)
        self._connection.request("POST", "/", body, self._headers(body))
        response = self._connection.getresponse()
        document = response.read().decode()
        if response.status != 200:
            raise Failed(f"{action}: {response.status} {document}")
        return document

    def request(self, action: str, **parameters: str) -> bytes:
        """The bytes of one call, for whoever sends them as long as the signature is good."""
        body = self._body(action, parameters)
        headers = {**self._headers(body), "content-length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{lines}\r\n{body}".encode()

    def _body(self, action: str, parameters: dict[str, str]) -> str:
        return urllib.parse.urlencode({"Action": action, "Version": self.VERSION, **parameters})

    def _headers(self, body: str) -> dict[str, str]:
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        kind = "application/x-www-form-urlencoded"
        signed = {"content-type": kind, "host": self._host, "x-amz-date": now}
        names = ";".join(signed)
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        canonical = f"POST\n/\n\n{lines}\n{names}\n{_sha256(body)}"
        scope = f"{now[:8]}/{self._account.region}/{self.SERVICE}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{_sha256(canonical)}"
        signature = hmac.new(self._signing_key(now[:8]), text.encode(), hashlib.sha256).hexdigest()
        credential = f"{self._account.access_key_id}/{scope}"
        signed["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
        )
        return signed

    def _signing_key(self, day: str) -> bytes:
        if day != self._day:
            key = ("AWS4" + self._account.secret_access_key).encode()
            for part in (day, self._account.region, self.SERVICE, "aws4_request"):
                key = hmac.new(key, part.encode(), hashlib.sha256).digest()
            self._day, self._key = day, key
        return self._key


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def element(document: str, name: str) -> str:
    """The text of the first element of that name."""
    return document.split(f"<{name}>", 1)[1].split(f"</{name}>", 1)[0]


def elements(document: str, name: str) -> list[str]:
    """The texts of all elements of that name."""
    return [rest.split(f"</{name}>", 1)[0] for rest in document.split(f"<{name}>")[1:]]
