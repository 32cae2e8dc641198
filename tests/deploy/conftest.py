"""Fixtures of the deployment tests: what they need of the machine, and the shipped nginx before two replicas."""

import importlib
import os

import pytest

from tests.deploy.front import nginx, running

CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def nginx_here():
    """The path of nginx. Without it a test is skipped, but not where the checks run for all."""
    program = nginx()
    if program is None:
        assert not CI, "expected nginx on this machine: apt-get install nginx"
        pytest.skip("nginx is not on this machine")
    return program


@pytest.fixture
def schemas():
    """Imports a package of schemas by name; skips without it, but not where the checks run for all."""

    def find(name):
        return importlib.import_module(name) if CI else pytest.importorskip(name, reason="pip install -e '.[deploy]'")

    return find


@pytest.fixture(scope="session")
def front(nginx_here, tmp_path_factory):
    with running(tmp_path_factory.mktemp("front")) as it:
        yield it
