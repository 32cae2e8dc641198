"""Two server processes behind the shipped nginx: one is killed, and the class goes on."""

import pytest

from tests.browser.screen import FIND, Screen, check_numbers

pytestmark = pytest.mark.browser


def replica(context):
    """The name of the replica that holds the context's websocket."""
    return next(c["value"] for c in context.cookies() if c["name"] == "backprop_replica")


def test_a_killed_replica_costs_nothing(browser, front):
    contexts = [browser.new_context(viewport={"width": 1280, "height": 720}) for _ in range(2)]
    try:
        here, there = (Screen(context.new_page(), front.url) for context in contexts)
        here.open("/?v=1&at=3")
        there.open("/?v=1&hidden=relu&at=5")
        mine, other = map(replica, contexts)
        assert {mine, other} == {"one", "two"}

        here.keys(*["ArrowRight"] * 5)
        field = here.page.get_by_label("Learning rate")
        field.fill("0.3")
        field.press("Enter")
        here.page.wait_for_function("() => location.search.includes('do=')")
        here.keys(*["ArrowRight"] * 4, "Shift+ArrowRight")
        here.stage.locator('.cell[data-quantity="w"][data-index="0,2,1"]').click()
        here.page.wait_for_timeout(800)
        before = (here.page.url, here.iteration, here.phase, here.numbers())
        neighbour = (there.page.url, there.iteration, there.numbers())
        here.page.evaluate("() => { window.sameDocument = true; }")

        front.kill(mine)
        slider = here.page.get_by_role("slider", name="Iteration")
        slider.fill("400")  # far past what was recorded
        here.reach(400)
        experiment, cursor = here.address()
        check_numbers(here.numbers(), experiment, 400)
        assert cursor["select"] == "w.0.2.1"
        slider.fill(str(before[1]))
        here.reach(before[1])
        here.page.wait_for_timeout(3000)
        print(here.page.url, before[0], here.phase, before[2])
        field.fill("0.7")
        field.press("Enter")
        here.page.wait_for_function("() => location.search.includes('0.7')", timeout=20_000)
        assert [change.value for change in here.address()[0].interventions] == [0.3, 0.7]
        assert here.page.evaluate("() => window.sameDocument")
        assert replica(contexts[0]) == other
        assert (there.page.url, there.iteration, there.numbers()) == neighbour
    finally:
        for context in contexts:
            context.close()
