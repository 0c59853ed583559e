"""A DNS server that publishes what a test tells it, over UDP and TCP on a port of loopback."""

import json
import os
import socket
import socketserver
import struct
import threading

TYPES = {"A": 1, "TXT": 16}
TTL = 0


def question(query):
    """(name in lower case, type) of a query."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    return ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])[0], query[12:at + 5]


def string(text):
    """A text as TXT records hold it."""
    data = text.encode()
    return bytes([len(data)]) + data


class Published:
    """Names with texts and addresses; every other name does not exist."""

    def __init__(self):
        self.records, self.asked, self.file = {}, [], None
        handler = self.handler()

        class Tcp(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        while True:
            self.tcp = Tcp(("127.0.0.1", 0), handler)
            try:
                self.udp = socketserver.ThreadingUDPServer(self.tcp.server_address, handler)
                break
            except OSError:
                self.tcp.server_close()
        self.servers = [self.udp, self.tcp]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.address = "{}:{}".format(*self.tcp.server_address)

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def text(self, name, text):
        self.records.setdefault((name, TYPES["TXT"]), []).append(string(text))

    def addressed(self, name, address):
        self.records.setdefault((name, TYPES["A"]), []).append(socket.inet_aton(address))

    def from_file(self):
        """Texts that another program has written, a JSON object with `name` and `text` a line."""
        if self.file is None or not os.path.exists(self.file):
            return {}
        with open(self.file) as lines:
            return {(row["name"], TYPES["TXT"]): [string(row["text"])] for row in map(json.loads, lines)}

    def answer(self, query):
        name, kind, asked = question(query)
        self.asked.append(name)
        records = {**self.records, **self.from_file()}
        exists = any(known == name for known, _ in records)
        found = records.get((name, kind), [])
        flags = 0x8180 if exists else 0x8183
        head = query[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0)
        return head + asked + b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, TTL, len(data)) + data for data in found)

    def handler(published):  # noqa: N805 - the handler inside has a self of its own
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                if isinstance(self.request, tuple):
                    data, link = self.request
                    link.sendto(published.answer(data), self.client_address)
                    return
                stream = self.request.makefile("rb")
                while head := stream.read(2):
                    answer = published.answer(stream.read(struct.unpack(">H", head)[0]))
                    self.request.sendall(struct.pack(">H", len(answer)) + answer)

        return Handler
