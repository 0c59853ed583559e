"""Names and their data folders: what is never mixed up, made anew or removed by mistake."""

import os
import shutil
import socket
import subprocess

import pytest

from adit import Adit, wait_for
from world import Network


@pytest.fixture
def second(adit):
    """Runs commands under a second name, which leaves nothing."""
    name = adit.name + "b"

    def run(command, *arguments):
        return subprocess.run([adit.binary, command, "--name", name, *map(str, arguments)], capture_output=True,
                              text=True, timeout=30)

    run.name = name
    yield run
    run("down", "--purge")


def state(adit):
    return os.path.join(adit.data_dir, "state.redb")


def test_data_is_not_run_twice(adit, second):
    instance = Network(adit.account("tenant")).instance()
    link = adit.data_dir + "-link"
    os.symlink(adit.data_dir, link)
    try:
        for stop in (lambda: None, adit.stop):
            stop()
            for path in (adit.data_dir, link):
                done = second("up", "--data-dir", path, "--listen", "127.0.0.1:0")
                assert done.returncode == 1 and f"run adit down --name {adit.name} first" in done.stderr
        assert instance.run("true", check=False).returncode == 0
    finally:
        os.unlink(link)


def test_purge_leaves_data_that_another_name_remembers(adit, second):
    first = adit.name
    adit.run("down")
    adit.process.wait(timeout=10)
    adit.name = second.name
    adit.start()
    assert adit.stop() == 0
    purge = second("down", "--purge")
    assert purge.returncode == 1 and f"adit down --name {first} --purge" in purge.stderr
    assert "all kernel state" in purge.stderr and not os.path.exists(f"/sys/fs/bpf/adit-{second.name}")
    assert os.path.exists(state(adit))
    adit.name = first
    adit.start()
    adit.run("down", "--purge")
    assert not os.path.exists(state(adit))


def test_kernel_state_is_not_run_on_other_data(adit, tmp_path):
    instance = Network(adit.account("tenant")).instance()
    assert adit.stop() == 0

    def refused(*arguments):
        done = adit.run("up", "--listen", "127.0.0.1:0", *arguments, check=False)
        assert done.returncode == 1 and f"adit down --name {adit.name} first" in done.stderr
        assert instance.run("true", check=False).returncode == 0
        return adit.data_dir in done.stderr

    assert refused("--data-dir", tmp_path), "the remembered folder is told"
    assert list(tmp_path.iterdir()) == []
    os.rename(state(adit), state(adit) + ".away")
    assert refused() and not os.path.exists(state(adit)), "a disk that is not mounted"
    os.rename(state(adit) + ".away", state(adit))
    adit.start()
    assert instance.describe()["State"]["Name"] == "running"


def test_only_up_makes_an_installation(adit):
    before = adit.environment()
    adit.run("down")
    adit.process.wait(timeout=10)
    assert adit.environment() == before, "the data answers while nothing runs"
    away = adit.data_dir + ".away"
    os.rename(adit.data_dir, away)
    try:
        for make in (lambda: None, lambda: os.mkdir(adit.data_dir)):
            make()
            for command, *arguments in (["env"], ["account list"], ["account create", "tenant"]):
                done = adit.run(command, *arguments, check=False)
                assert done.returncode == 1
                assert f"the data of '{adit.name}' in {adit.data_dir} is missing" in done.stderr
            assert not os.path.exists(state(adit))
        os.rmdir(adit.data_dir)
    finally:
        os.rename(away, adit.data_dir)
    assert adit.environment() == before


def test_purge_empties_a_mount_point_and_leaves_it(adit, tmp_path):
    adit.run("down", "--purge")
    adit.process.wait(timeout=10)
    subprocess.run(["mount", "-t", "tmpfs", "adit-test", tmp_path], check=True)
    whole, adit.data_dir = adit.data_dir, str(tmp_path)
    try:
        adit.start()
        assert os.path.exists(state(adit))
        adit.run("down", "--purge")
        assert os.path.ismount(tmp_path) and os.listdir(tmp_path) == []
    finally:
        adit.close()
        subprocess.run(["umount", tmp_path], check=True)
        adit.data_dir = whole


def test_damaged_data_says_what_one_can_do(adit, second, tmp_path):
    adit.run("down")
    adit.process.wait(timeout=10)
    os.truncate(state(adit), os.path.getsize(state(adit)) // 8)  # what is needed may all stand in the first half
    done = adit.run("account list", check=False)
    assert done.returncode == 1 and "put a copy of the file and its journal in their place" in done.stderr, done.stderr
    purge = f"adit down --name {adit.name} --purge"
    assert purge in done.stderr
    for path in state(adit), state(adit) + "-journal":
        shutil.copy(path, tmp_path)
    up = ["up", "--listen", "127.0.0.1:0", "--data-dir"]
    assert purge in second(*up, adit.data_dir).stderr, "of the name that purges it"
    done = second(*up, tmp_path)
    nobodys = [tmp_path / "state.redb", tmp_path / "state.redb-journal"]
    assert done.returncode == 1 and f"remove {nobodys[0]} and {nobodys[1]} to begin anew" in done.stderr, done.stderr
    assert all(path.exists() for path in nobodys)
    adit.run("down", "--purge")
    adit.start()


def test_a_start_that_fails_leaves_nothing_of_its_own(adit, second, tmp_path):
    runtime, data = f"/run/adit-{second.name}", tmp_path / "data"
    for options, words in ((["--listen", adit.listen], "choose another address by --listen"),
                           (["--listen", "127.0.0.1:0", "--region", "nowhere_1"], "'nowhere_1' is no region code")):
        done = second("up", "--data-dir", data, *options)
        assert done.returncode != 0 and words in done.stderr, done.stderr
        assert not os.path.exists(runtime) and not data.exists()
        assert "never run" in second("status").stdout
    agent = adit.agent()
    adit.stop()
    host, port = adit.listen.split(":")
    with socket.create_server((host, int(port))):
        assert "choose another address" in adit.run("up", check=False).stderr
    adit.start()
    assert adit.agent() == agent, "what is in the kernel goes on"


def test_purge_says_that_a_name_remembers_no_data(second):
    runtime = f"/run/adit-{second.name}"
    os.mkdir(runtime)  # as a start that is killed early leaves it
    done = second("down", "--purge")
    assert done.returncode == 1 and "remembers no data" in done.stderr, done.stderr
    assert not os.path.exists(runtime)
