"""Fixtures of the browser tests: one app for all of them, a fresh page for each."""

import os

import pytest

from tests.browser.app import running


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path).replace(os.sep, "/"):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def url(tmp_path_factory):
    os.environ["BACKPROP_TABLES"] = str(tmp_path_factory.mktemp("tables"))
    with running() as address:
        yield address


@pytest.fixture
def page(browser, url):
    """A page of 1280x720; errors in its scripts and requests to other hosts fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    p = context.new_page()
    errors, strangers = [], []
    p.on("pageerror", lambda e: errors.append(str(e)))
    p.on(
        "request", lambda r: strangers.append(r.url) if r.url.startswith("http") and not r.url.startswith(url) else None
    )
    yield p
    context.close()
    assert not errors
    assert not strangers
