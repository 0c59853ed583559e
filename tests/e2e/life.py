"""What tests of life and death share: transfers that must go on, and what an installation leaves behind."""

import os
import subprocess

# Sends blocks with a running number for some seconds and checks that the echo is the same.
TRANSFER = """
import hashlib, os, socket, sys, threading, time
link = socket.create_connection((sys.argv[1], 80)); link.settimeout(10)
stop = time.monotonic() + float(sys.argv[2])
sent, got, count = hashlib.sha256(), hashlib.sha256(), 0
def send():
    while time.monotonic() < stop:
        block = os.urandom(1 << 16); sent.update(block); link.sendall(block)
    link.shutdown(socket.SHUT_WR)
thread = threading.Thread(target=send); thread.start()
print("started", flush=True)
while data := link.recv(1 << 20): got.update(data); count += len(data)
thread.join()
assert sent.digest() == got.digest(), "the echo differs"
print(count)
"""

ECHO = """#!/usr/bin/env python3
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(1 << 16):
            self.request.sendall(data)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128
Server(("0.0.0.0", 80), Echo).serve_forever()
"""


class Transfer:
    """An echo's bytes on their way."""

    def __init__(self, client, address, seconds):
        self.process = client.adit.spawn(client.id, "python3", "-c", TRANSFER, address, str(seconds),
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "started\n"

    def arrived(self):
        """How many bytes came back, all of them as they were sent."""
        rest, complaint = self.process.communicate(timeout=90)
        assert self.process.returncode == 0, complaint
        return int(rest)


def connects(client, address):
    """Whether the echo at a name or an address answers."""
    script = f"import socket; s = socket.create_connection(({address!r}, 80), 2); s.sendall(b'x'); assert s.recv(1) == b'x'"
    return client.run("python3", "-c", script, check=False).returncode == 0


def processes(adit):
    """Command lines by process of everything that belongs to an installation."""
    fabric, found = f"adit-{adit.name}", {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                words = cmdline.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(fabric in word for word in words) or words[1:4] == ["agent", "--name", adit.name]:
            found[int(pid)] = words
    return found


def traces(adit):
    """What the kernel and the file system still know of an installation."""
    fabric = f"adit-{adit.name}"
    found = [path for path in (f"/run/{fabric}", f"/sys/fs/bpf/{fabric}") if os.path.exists(path)]
    namespaces = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    found += [name for name in namespaces if name.startswith(fabric)]
    return found + [f"process {pid}: {words}" for pid, words in processes(adit).items()]
