"""One browser for all the tests that need one."""

import os

import pytest

from tests.browser.app import FLAGS, chromium

CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        if CI:
            raise
        pytest.skip("Playwright is not installed: pip install -e '.[test]'")
    with sync_playwright() as p:
        try:
            b = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        except Error as error:
            if CI:
                raise
            pytest.skip(f"no Chromium, Chrome or Edge found: {error}")
        yield b
        b.close()
