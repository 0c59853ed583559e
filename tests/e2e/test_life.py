"""Life and death of the process: what goes on without it, what a new one takes over, what `adit down` leaves."""

import os
import signal
import subprocess
import time

import pytest

from adit import Adit, wait_for
from life import ECHO, Transfer, connects, traces
from world import Network, private_link

def test_kill_9_under_load_loses_nothing(adit):
    client, service, endpoint = private_link(adit, user_data=ECHO)
    address = endpoint.address
    transfer = Transfer(client, address, 8)
    adit.kill()
    assert connects(client, address), "a new connection is accepted while nothing runs"
    adit.start()
    assert connects(client, address)
    adit.kill()
    adit.start()
    assert transfer.arrived() > 1 << 20
    assert connects(client, address)
    # The new process has taken over what is there, and can still change it.
    service.reject(endpoint)
    assert not connects(client, address)


def test_a_restart_adopts_instances_and_keeps_every_resource(adit):
    network = Network(adit.account("tenant"))
    instance = network.instance("#!/bin/sh\necho started at boot\nexec sleep infinity\n")
    before = network.ec2.describe_network_interfaces()["NetworkInterfaces"]
    pid = instance.run("cat", "/proc/1/stat").stdout
    assert adit.stop() == 0
    assert instance.run("true").returncode == 0, "it runs on without adit"
    adit.start()
    assert instance.run("cat", "/proc/1/stat").stdout.split()[21] == pid.split()[21], "it is the same process"
    assert network.ec2.describe_network_interfaces()["NetworkInterfaces"] == before
    wait_for("it still runs", lambda: instance.describe()["State"]["Name"] == "running")


def test_a_deletion_that_a_crash_interrupted_is_completed(adit):
    network = Network(adit.account("tenant"))
    instance = network.instance()
    network.ec2.terminate_instances(InstanceIds=[instance.id])
    adit.kill()
    adit.start()
    wait_for("it is terminated", lambda: instance.describe()["State"]["Name"] == "terminated")
    namespaces = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    assert instance.id not in namespaces


def test_an_instance_that_dies_is_told_of_once(adit):
    network = Network(adit.account("tenant"))
    instance = network.instance()
    netns = f"adit-{adit.name}.{instance.id}"
    pids = subprocess.run(["ip", "netns", "pids", netns], capture_output=True, text=True, check=True).stdout.split()
    os.kill(min(map(int, pids)), signal.SIGKILL)
    wait_for("it is terminated", lambda: instance.describe()["State"]["Name"] == "terminated")
    assert instance.describe()["StateReason"]["Message"].endswith("Its first process has ended")
    assert adit.log().count("observation=Failed") == 1, adit.log()


def test_down_leaves_no_trace(adit):
    client, _, endpoint = private_link(adit)
    assert client.fetch(endpoint.address) is not None
    assert traces(adit)
    adit.run("down")
    adit.process.wait(timeout=10)
    assert traces(adit) == []
    assert os.path.exists(os.path.join(adit.data_dir, "state.redb")), "the data stays without --purge"
    adit.start()
    wait_for("instances run again", lambda: client.describe()["State"]["Name"] == "running"
             and client.run("true", check=False).returncode == 0)
    wait_for("the endpoint carries again", lambda: client.fetch(endpoint.address) is not None, 60)
    adit.run("down", "--purge")
    assert not os.path.exists(os.path.join(adit.data_dir, "state.redb"))


def test_a_down_that_was_broken_off_ends_no_instance_for_good(adit):
    network = Network(adit.account("tenant"))
    instances = [network.instance() for _ in range(3)]
    adit.stop()
    mark = f"/run/adit-{adit.name}/teardown"
    down = subprocess.Popen([adit.binary, "down", "--name", adit.name])
    wait_for("the teardown begins", lambda: os.path.exists(mark) or down.poll() is not None, interval=0.0005)
    down.kill()
    assert down.wait() == -signal.SIGKILL, "it was killed before its end"
    adit.start()
    for instance in instances:
        # It runs a little before that is on record.
        wait_for("it is said to run again", lambda: instance.describe()["State"]["Name"] == "running")
        assert instance.run("true").returncode == 0, "it is said to run, and does not"
    assert not os.path.exists(mark)


def test_after_a_teardown_the_api_says_what_is_so(adit):
    client, service, endpoint = private_link(adit)
    address = endpoint.address
    wait_for("the page comes", lambda: client.fetch(address) is not None)
    adit.run("down")
    adit.process.wait()
    adit.start()

    def comes_back():
        if client.describe()["State"]["Name"] == "running":
            assert client.run("true", check=False).returncode == 0, "it is said to run, and does not"
            if set(service.health().values()) == {"healthy"}:
                assert client.fetch(address) is not None, "the target is said to be healthy"
                return True
        return False

    wait_for("the page comes again", comes_back)


def test_down_of_one_name_leaves_the_other(adit):
    other = Adit()
    try:
        client, _, endpoint = private_link(adit)
        private_link(other)
        other.run("down", "--purge")
        assert client.fetch(endpoint.address) is not None
    finally:
        other.close()


def test_a_process_that_hangs_is_told_of_and_ended_by_down(adit):
    instance = Network(adit.account("tenant")).instance()
    adit.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    status = adit.run("status", check=False)
    assert status.returncode == 1 and f"process {adit.process.pid}, which runs '{adit.name}', does not answer" in status.stderr
    assert time.monotonic() - began < 8
    assert instance.run("true").returncode == 0
    began = time.monotonic()
    down = adit.run("down")
    assert time.monotonic() - began < 20
    assert adit.process.wait(timeout=5) == -signal.SIGKILL and "had to be killed" in down.stderr
    assert traces(adit) == []
    adit.start()
    wait_for("it runs again", lambda: instance.describe()["State"]["Name"] == "running")


def test_two_downs_at_once_both_succeed(adit):
    Network(adit.account("tenant")).instance()
    downs = [subprocess.Popen([adit.binary, "down", "--name", adit.name], stderr=subprocess.PIPE, text=True)
             for _ in range(2)]
    for down in downs:
        _, complaint = down.communicate(timeout=30)
        assert down.returncode == 0 and complaint == ""
    assert traces(adit) == []


def test_a_full_flow_table_refuses_new_connections_and_keeps_old_ones():
    installation = Adit(None, "--flows-max", "64")
    try:
        client, _, endpoint = private_link(installation, user_data=ECHO)
        script = f"""
import socket, time
def open():
    link = socket.create_connection(({endpoint.address!r}, 80), 3); link.settimeout(3)
    link.sendall(b'x'); assert link.recv(1) == b'x'
    return link
links = [open() for _ in range(40)]
refused = 0
for _ in range(60):
    try: links.append(open())
    except OSError: refused += 1
assert refused > 0, "the table never filled"
for link in links:
    link.sendall(b'y'); assert link.recv(1) == b'y', "an old connection was harmed"
for link in links: link.close()
print(len(links), refused)
"""
        client.run("python3", "-c", script, timeout=120)
        assert installation.drops("flow_table_full") > 0
        wait_for("it recovers by itself", lambda: connects(client, endpoint.address), 40)
    finally:
        installation.close()


@pytest.mark.parametrize("arguments, words", [
    (["--name", "No_Name"], "no installation's name"),
    (["--resolver", "dns.example.com"], "is no address"),
    (["--resolver", "192.0.2.1"] * 4, "at most 3 resolvers"),
    (["--acceptance-timeout", "7"], "is no time like"),
    (["--listen", "localhost"], "expected HOST:PORT"),
    (["--listen", "127.0.0.1:1", "--data-dir", "/proc/none"], "creating /proc/none"),
])
def test_a_start_that_cannot_work_says_why(adit, arguments, words):
    done = subprocess.run([adit.binary, "up", *(["--name", "tfail"] if "--name" not in arguments else []), *arguments],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and words in done.stderr
    subprocess.run([adit.binary, "down", "--name", "tfail", "--purge"], capture_output=True, timeout=20)


def test_a_taken_port_a_running_name_and_data_in_use_are_told(adit, tmp_path):
    def up(*arguments):
        return subprocess.run([adit.binary, "up", *arguments], capture_output=True, text=True, timeout=20)

    port = up("--name", "tport", "--data-dir", tmp_path, "--listen", adit.listen)
    assert port.returncode != 0 and f"listening on {adit.listen}" in port.stderr
    name = up("--name", adit.name, "--listen", "127.0.0.1:0")
    assert name.returncode != 0 and "running already" in name.stderr
    data = up("--name", "tdata", "--data-dir", adit.data_dir, "--listen", "127.0.0.1:0")
    assert data.returncode != 0 and f"run adit down --name {adit.name} first" in data.stderr
    for leftover in ("tport", "tdata"):
        subprocess.run([adit.binary, "down", "--name", leftover], capture_output=True, timeout=20)


def test_clsact_carries_as_tcx_does():
    installation = Adit(None, "--attach", "clsact")
    try:
        client, _, endpoint = private_link(installation)
        address = endpoint.address
        assert client.fetch(address) is not None
        installation.kill()
        assert client.fetch(address) is not None
        installation.start()
        assert client.fetch(address) is not None
    finally:
        installation.close()


def test_a_start_takes_little_time(adit):
    """Not a benchmark: a guard against a start that waits for something it should not."""
    adit.stop()
    began = time.monotonic()
    adit.start()
    assert time.monotonic() - began < 10
