"""Fixtures of the end-to-end tests. Each installation has a name, data folder and port of its own."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from adit import Adit  # noqa: E402
from published import Published  # noqa: E402


def pytest_configure(config):
    if os.geteuid() != 0:
        pytest.exit("the end-to-end tests need root: they make network namespaces", 1)


@pytest.fixture
def adit():
    """An installation for one test alone."""
    installation = Adit()
    yield installation
    installation.close()


@pytest.fixture
def published():
    """A name server with what the test publishes."""
    server = Published()
    yield server
    server.close()


@pytest.fixture
def resolving_adit(published):
    """An installation for one test alone that asks the published names, and nothing of the host's."""
    installation = Adit(None, "--resolver", published.address)
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def shared_adit():
    """An installation for a module's tests, each with accounts of its own."""
    installation = Adit()
    yield installation
    installation.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what Adit logged."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for fixture in ("adit", "resolving_adit", "shared_adit"):
            installation = item.funcargs.get(fixture)
            if installation is not None:
                report.sections.append(("log of adit", installation.log()))
