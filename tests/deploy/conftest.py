"""Fixtures of the deployment tests: the shipped nginx before two replicas."""

import os
from pathlib import Path

import pytest

from tests.deploy.front import nginx, running

CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def nginx_here():
    """Skip without nginx; where the checks run for all, its absence is a failure."""
    if nginx() is None:
        assert not CI, "expected nginx on this machine: apt-get install nginx"
        pytest.skip("nginx is not on this machine")


@pytest.fixture(scope="session")
def front(nginx_here, tmp_path_factory):
    with running(Path(tmp_path_factory.mktemp("front"))) as it:
        yield it
