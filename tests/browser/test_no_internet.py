"""With the network cut, nothing is missing: fonts, icons, charts and scripts come from the server itself."""

import pytest

from tests.browser.screen import FIND
from tests.browser.test_pages import PATHS

WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (e) => violations.push(`${e.effectiveDirective} ${e.blockedURI}`));
"""

DARK = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(16, 21, 29)'"


@pytest.mark.parametrize("path", [*PATHS, "/own_data"])
def test_nothing_is_missing_without_the_internet(browser, url, path):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light")
    strangers, failed, errors = [], [], []

    def cut(route):
        if route.request.url.startswith(url):
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    context.route("**/*", cut)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.on("requestfailed", lambda r: failed.append(r.url))
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(url + path)
    if path in PATHS:
        page.wait_for_function(f"() => {FIND}?.dataset.iteration !== undefined", timeout=20_000)
        page.get_by_role("heading").first.wait_for(timeout=20_000)  # what is below the stage
    else:
        page.get_by_role("heading", name="Your data").first.wait_for(timeout=20_000)
    if path == "/":
        page.locator('[data-testid="stButtonGroup"]').get_by_text("Gradient check").click()
        page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=20_000)
    page.wait_for_load_state("networkidle")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    page.wait_for_load_state("networkidle")
    fonts = page.evaluate("() => [...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)")
    assert any("Material Symbols" in family for family in fonts)
    assert any("Source Sans" in family for family in fonts)
    assert page.evaluate("() => [...document.fonts].filter((f) => f.status === 'error').length") == 0
    assert page.evaluate("() => violations") == []
    assert page.locator('[data-testid="stException"]').count() == 0
    assert (strangers, failed, errors) == ([], [], [])
    context.close()
