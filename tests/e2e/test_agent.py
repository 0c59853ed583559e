"""The agent is a process of its own: what goes on without `adit up`, when it is taken over, and when it is replaced."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from adit import Adit, wait_for
from life import ECHO, Transfer, connects, processes, traces
from world import Endpoint, Network, Service, private_link, web_server

ZONES = ("us-east-1a", "us-east-1b")

# Ends every process of an instance but its first one.
KILL_ALL = """
import os
for pid in filter(str.isdigit, os.listdir("/proc")):
    if pid not in ("1", str(os.getpid())): os.kill(int(pid), 9)
"""


def dig(client, name):
    done = client.run("dig", "+tries=1", "+time=2", "+short", "@10.0.0.2", name, check=False)
    return sorted(done.stdout.split())


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def start_time(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[19]


@pytest.fixture
def two_zones(adit):
    """(client, service with a server in each zone, endpoint with an address in each, the servers by zone)"""
    provider, consumer = adit.account("provider"), adit.account("consumer")
    network = Network(provider, ZONES)
    service = Service(network, acceptance=False)
    other = network.instance(web_server(80), subnet=network.subnets[ZONES[1]], groups=[service.group], address="10.0.2.10")
    service.elbv2.modify_target_group(TargetGroupArn=service.target_group, HealthCheckIntervalSeconds=5,
                                      HealthCheckTimeoutSeconds=2, HealthyThresholdCount=2, UnhealthyThresholdCount=2)
    service.register(other)
    wait_for("both are healthy", lambda: list(service.health().values()) == ["healthy"] * 2, 60)
    service.permit(consumer)
    here = Network(consumer, ZONES)
    client = here.instance(address="10.0.1.20")
    endpoint = Endpoint(here, service.name).wait("available")
    return client, service, endpoint, dict(zip(ZONES, (service.servers[0], other)))


def test_names_and_health_checks_go_on_without_adit_up(adit, two_zones):
    client, service, endpoint, servers = two_zones
    regional, first_zonal, second_zonal = endpoint.names()
    addresses = sorted(endpoint.addresses())
    wait_for("both zones answer", lambda: dig(client, regional) == addresses)
    [first], [second] = dig(client, first_zonal), dig(client, second_zonal)
    own_name = "ip-" + client.address.replace(".", "-") + ".ec2.internal"
    stream = adit.spawn(client.id, "curl", "-sSN", "--http1.1", f"http://{second}/stream", stdout=subprocess.PIPE)
    assert stream.stdout.read(5)
    agent = adit.agent()
    adit.kill()
    try:
        assert dig(client, regional) == addresses
        assert (dig(client, first_zonal), dig(client, second_zonal)) == ([first], [second])
        assert dig(client, own_name) == [client.address]
        assert client.fetch(regional) is not None and client.fetch(first_zonal) is not None

        servers[ZONES[0]].run("python3", "-c", KILL_ALL)
        wait_for("the dead zone leaves the regional name", lambda: dig(client, regional) == [second], 40)
        survivor = "ip-" + servers[ZONES[1]].address.replace(".", "-")
        assert {client.fetch(regional).split()[0] for _ in range(10)} == {survivor}
        assert dig(client, first_zonal) == [first], "a zonal name never fails over"
        assert client.fetch(first_zonal, seconds=1) is None, "and without cross-zone balancing nobody answers there"
        assert stream.poll() is None and stream.stdout.read(50), "what was established goes on"

        servers[ZONES[0]].run("sh", "-c", "setsid /run/user-data >/dev/null 2>&1 &")
        wait_for("the zone comes back", lambda: dig(client, regional) == addresses, 40)
        assert client.fetch(first) is not None
        servers[ZONES[0]].run("python3", "-c", KILL_ALL)
        wait_for("it leaves again", lambda: dig(client, regional) == [second], 40)
    finally:
        adit.start()
    assert adit.agent() == agent
    states = service.health()
    assert states[servers[ZONES[0]].id] == "unhealthy", "what was found meanwhile is on record as soon as the API answers"
    assert dig(client, regional) == [second]
    assert stream.poll() is None and stream.stdout.read(50)
    stream.kill()
    stream.wait()


def test_a_dead_target_takes_no_connections_while_nobody_records_it(adit):
    client, service, endpoint = private_link(adit, servers=2)
    service.elbv2.modify_target_group(TargetGroupArn=service.target_group, HealthCheckIntervalSeconds=5,
                                      HealthCheckTimeoutSeconds=2, UnhealthyThresholdCount=2)
    wait_for("all are healthy", lambda: set(service.health().values()) == {"healthy"}, 60)
    name = endpoint.names()[0]
    adit.kill()
    service.servers[0].run("python3", "-c", KILL_ALL)

    def all_arrive():
        return all(client.fetch(name, seconds=1) for _ in range(12))

    wait_for("all new connections go to the one that lives", all_arrive, 60)


def test_an_adit_up_that_hangs_does_not_keep_health_checks_from_taking_effect(adit):
    client, service, endpoint = private_link(adit, servers=2)
    service.elbv2.modify_target_group(TargetGroupArn=service.target_group, HealthCheckIntervalSeconds=5,
                                      HealthCheckTimeoutSeconds=2, UnhealthyThresholdCount=2)
    wait_for("all are healthy", lambda: set(service.health().values()) == {"healthy"}, 60)
    address = endpoint.address
    adit.process.send_signal(signal.SIGSTOP)
    try:
        service.servers[0].run("python3", "-c", KILL_ALL)
        wait_for("all new connections go to the one that lives",
                 lambda: all(client.fetch(address, seconds=1) for _ in range(12)), 60)
    finally:
        adit.process.send_signal(signal.SIGCONT)
    wait_for("it is on record", lambda: service.health()[service.servers[0].id] == "unhealthy", 20)
    wait_for("the agent is followed again", lambda: adit.status()["agent"]["failure"] is None)


def test_a_restart_takes_over_the_same_agent(adit):
    instance = Network(adit.account("tenant")).instance()
    agent = adit.agent()
    began = start_time(agent)
    for end in (adit.stop, adit.kill):
        end()
        assert is_alive(agent)
        status = adit.run("status", check=False)
        assert status.returncode == 3 and f"its agent, process {agent}, carries on" in status.stdout
        adit.start()
        assert adit.agent() == agent and start_time(agent) == began
    assert instance.describe()["State"]["Name"] == "running"
    assert f"process {agent}" in adit.run("status").stdout


def test_a_killed_agent_is_replaced_at_once_and_no_connection_is_lost(adit):
    client, service, endpoint = private_link(adit, user_data=ECHO)
    transfer = Transfer(client, endpoint.address, 6)
    agent = adit.agent()
    for _ in range(2):
        os.kill(agent, signal.SIGKILL)
        assert connects(client, endpoint.address), "a new connection is accepted while there is no agent"
        wait_for("there is a new agent", lambda: adit.agent() != agent and adit.status()["agent"]["failure"] is None)
        agent = adit.agent()
        assert dig(client, endpoint.names()[0]) == [endpoint.address]
    assert transfer.arrived() > 1 << 20
    assert "the agent's process has ended" in adit.log() and "signal: 9" in adit.log()
    # The new one can change what is there.
    service.reject(endpoint)
    assert not connects(client, endpoint.address)


def test_another_build_or_other_options_replace_the_agent_and_lose_nothing(adit, tmp_path):
    client, _, endpoint = private_link(adit, user_data=ECHO)
    transfer = Transfer(client, endpoint.address, 8)
    agents = [adit.agent()]
    old, adit.binary = adit.binary, str(tmp_path / "adit")
    shutil.copy2(old, adit.binary)
    for options in ([], ["--resolver-packets-max", "2048"], ["--log-format", "json"]):
        adit.stop()
        adit.start(*options)
        agents.append(adit.agent())
        assert not is_alive(agents[-2])
        assert connects(client, endpoint.names()[0])
    assert len(set(agents)) == 4
    os.kill(agents[-1], signal.SIGKILL)
    wait_for("the same build starts it again", lambda: adit.agent() != agents[-1])
    assert os.readlink(f"/proc/{adit.agent()}/exe") == adit.binary
    assert transfer.arrived() > 1 << 20


# Has an agent's place and speaks another version of the protocol.
STRANGER = """
import fcntl, os, socket, sys
folder = sys.argv[1]
lock = open(folder + "/agent.lock", "w"); fcntl.flock(lock, fcntl.LOCK_EX)
listener = socket.socket(socket.AF_UNIX)
if os.path.exists(folder + "/agent.sock"): os.unlink(folder + "/agent.sock")
listener.bind(folder + "/agent.sock"); listener.listen()
print("listening", flush=True)
links = []
while True:
    links.append(listener.accept()[0])
    links[-1].sendall(b'{"protocol":99,"pid":%d,"setup":"?","more":[]}\\n' % os.getpid())
"""


def test_an_agent_of_another_protocol_is_replaced(adit):
    agent = adit.agent()
    adit.stop()
    os.kill(agent, signal.SIGTERM)
    wait_for("the agent ends in order", lambda: not is_alive(agent))
    stranger = subprocess.Popen(["python3", "-c", STRANGER, f"/run/adit-{adit.name}"], stdout=subprocess.PIPE, text=True)
    try:
        assert stranger.stdout.readline() == "listening\n"
        adit.start()
        assert stranger.wait(timeout=10) == -signal.SIGTERM
        assert adit.status()["agent"]["failure"] is None
    finally:
        stranger.kill()
        stranger.wait()


def test_options_that_cannot_work_leave_the_agent_that_does(adit):
    client, _, endpoint = private_link(adit)
    name, agent = endpoint.names()[0], adit.agent()
    adit.stop()
    refused = adit.run("up", "--flows-max", "4096", check=False)
    assert refused.returncode == 1, refused.stderr
    told = f"room for 131072 flows, not for 4096, and cannot change; run adit down --name {adit.name} first"
    assert told in refused.stderr and "/sys/fs/bpf" not in refused.stderr, refused.stderr
    assert is_alive(agent)
    assert client.fetch(name) is not None
    adit.start()
    assert adit.agent() == agent


def test_an_agent_that_cannot_start_is_the_error_of_adit_up(adit):
    adit.run("down")
    adit.process.wait(timeout=10)
    # A fabric that cannot be made: its name is a folder.
    blocked = f"/run/netns/adit-{adit.name}"
    os.makedirs(blocked)
    try:
        done = adit.run("up", check=False)
    finally:
        os.rmdir(blocked)
    assert done.returncode == 1 and "adit: cannot bring up the fabric" in done.stderr, done.stderr
    assert processes(adit) == {}
    adit.start()


def test_an_agent_that_hangs_is_told_of_and_replaced_by_the_next_start(adit):
    instance = Network(adit.account("tenant")).instance()
    agent = adit.agent()
    os.kill(agent, signal.SIGSTOP)
    status = adit.run("status")
    assert f"process {agent}: it does not answer" in status.stdout
    assert json.loads(adit.run("status", "--json").stdout)["agent"] == {"pid": agent, "failure": "it does not answer"}
    adit.stop()
    told = adit.run("status", check=False)
    assert told.returncode == 3 and f"its agent, process {agent}, does not answer" in told.stdout
    adit.start()
    assert not is_alive(agent) and adit.agent() != agent
    assert f"process {agent}, did not end and had to be killed" in adit.log()
    assert instance.run("true").returncode == 0


@pytest.mark.parametrize("is_up", [True, False])
def test_down_ends_an_agent_that_hangs(adit, is_up):
    Network(adit.account("tenant")).instance()
    agent = adit.agent()
    if not is_up:
        adit.stop()
    os.kill(agent, signal.SIGSTOP)
    began = time.monotonic()
    down = adit.run("down")
    assert time.monotonic() - began < 20
    assert f"the agent of '{adit.name}', process {agent}, did not end and had to be killed" in down.stderr
    assert traces(adit) == []


def test_down_ends_an_agent_that_is_alone(adit):
    client, _, endpoint = private_link(adit)
    name = endpoint.names()[0]
    adit.kill()
    assert client.fetch(name) is not None
    down = adit.run("down")
    assert down.stderr == "" and traces(adit) == []


def test_down_leaves_no_trace_of_an_installation_whose_agent_is_just_started(adit):
    for _ in range(5):
        adit.run("down")
        adit.process.wait(timeout=10)
        with open(adit.log_path, "ab") as log:
            adit.process = subprocess.Popen([adit.binary, "up", "--name", adit.name], stderr=log, start_new_session=True)
        wait_for("the agent's lock is there", lambda: os.path.exists(f"/run/adit-{adit.name}/agent.lock"), interval=0.001)
        adit.process.kill()
        adit.process.wait()
        adit.run("down")
        # An agent that was on its way finds that it is not wanted any more.
        wait_for("nothing is left", lambda: traces(adit) == [])


def test_the_agent_holds_nothing_of_who_started_adit_up(adit, tmp_path):
    adit.run("down")
    adit.process.wait(timeout=10)
    subprocess.run(["mount", "-t", "tmpfs", "adit-test", tmp_path], check=True)
    other, inherited = os.pipe()
    os.set_inheritable(inherited, True)
    try:
        up = subprocess.Popen([adit.binary, "up", "--name", adit.name], cwd=tmp_path, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, pass_fds=[inherited], start_new_session=True)
        os.close(inherited)
        wait_for("it runs", lambda: adit.run("status", check=False).returncode == 0)
        agent = adit.agent()
        assert os.getsid(agent) == agent, "a terminal's Ctrl-C does not reach it"
        os.killpg(up.pid, signal.SIGINT)
        assert b"ready" in up.stdout.read() and up.wait(timeout=10) == 0, "the pipe ends with adit up"
        assert os.read(other, 1) == b"", "so does what else was inherited"
        assert is_alive(agent) and os.readlink(f"/proc/{agent}/cwd") == "/"
    finally:
        os.close(other)
        subprocess.run(["umount", tmp_path], check=True)
    adit.start()
    assert adit.agent() == agent


def test_the_agents_log_is_printed_by_adit_up(adit):
    network = Network(adit.account("tenant"))
    instance = network.instance()
    wait_for("what it did is logged", lambda: f"instance_id={instance.id} observation=Running" in adit.log())
    assert "\x1b" not in adit.log()
    adit.stop()
    adit.start("--log-format", "json")
    adit.kill()
    adit.start("--log-format", "json")
    lines = [json.loads(line) for line in adit.log().splitlines() if line.startswith("{")]
    messages = [line["fields"]["message"] for line in lines]
    assert "the control plane has gone; going on without it" in messages, "what it logged alone is printed later"


def test_an_instance_that_dies_alone_is_told_of_and_not_started_again(adit):
    instance = Network(adit.account("tenant")).instance("#!/bin/sh\necho began >> /opt/adit-test-$(hostname)\n")
    netns = f"adit-{adit.name}.{instance.id}"
    pids = subprocess.run(["ip", "netns", "pids", netns], capture_output=True, text=True, check=True).stdout.split()
    adit.kill()
    os.kill(min(map(int, pids)), signal.SIGKILL)
    wait_for("its processes end", lambda: not any(is_alive(pid) for pid in pids))
    adit.start()
    wait_for("it is terminated", lambda: instance.describe()["State"]["Name"] == "terminated")
    assert instance.describe()["StateReason"]["Message"].endswith("Its first process has ended")
    assert adit.log().count("observation=Failed") == 1


def test_flows_are_not_adopted_without_the_seed_that_they_are_counted_by(adit):
    agent = adit.agent()
    adit.kill()
    os.kill(agent, signal.SIGKILL)
    wait_for("the agent is gone", lambda: not is_alive(agent))
    os.remove(f"/run/adit-{adit.name}/hash-seed")
    done = adit.run("up", check=False)
    assert done.returncode == 1 and f"run adit down --name {adit.name} first" in done.stderr, done.stderr
    adit.run("down")
    adit.start()
    assert adit.status()["agent"]["failure"] is None
