"""Every page in a browser: in both sizes and themes at rest and playing, and the lanes that compare."""

import pytest
from playwright.sync_api import expect

from engine import WORKED_EXAMPLE, Experiment
from tests.browser.screen import FIND, Screen

# Of all that moved by itself: the share of the screen times how far, as browsers measure it.
SHIFTED = """
  window.shifted = 0;
  const add = (list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) window.shifted += e.value; });
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
"""
PATHS = ["/", "/worked_example", "/sigmoid_vs_relu", "/gradient_flow"]


@pytest.fixture
def screen(page, url):
    return Screen(page, url)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("width", "height", "theme"), [(1280, 720, "light"), (1440, 900, "dark")])
def test_a_page_fits_its_screen(browser, url, path, width, height, theme):
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page = context.new_page()
    page.add_init_script(SHIFTED)
    screen = Screen(page, url).open(path)
    assert screen.stage.get_attribute("data-theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    box = screen.stage.bounding_box()
    assert box["y"] + box["height"] <= height
    assert box["x"] + box["width"] <= width
    screen.button("Play").click()
    screen.pass_by(20)
    screen.button("Pause").click()
    page.get_by_role("button", name="Export lesson").wait_for(timeout=20_000)  # what is below has come
    assert page.evaluate("window.shifted") <= 0.02
    assert page.locator('[data-testid="stException"]').count() == 0
    context.close()


def lanes(screen):
    return [
        (
            lane.get_attribute("data-experiment"),
            int(lane.get_attribute("data-iteration")),
            float(lane.get_attribute("data-loss")),
        )
        for lane in screen.page.get_by_test_id("lane").all()
    ]


def test_lanes_move_in_lockstep_and_agree_with_runs_of_their_own(screen):
    screen.open("/sigmoid_vs_relu")
    screen.keys("Space")
    screen.pass_by(25)
    screen.keys("Space")
    at = screen.iteration
    shown = lanes(screen)
    assert [query for query, _, _ in shown] == ["v=1", "v=1&hidden=relu"]
    for query, iteration, loss in shown:
        experiment, _ = Experiment.from_query(query)
        assert iteration == at
        assert loss == experiment.run(at + 1)[at].loss


def test_one_learning_rate_for_all_lanes(screen):
    screen.open("/sigmoid_vs_relu?at=10")
    screen.reach(10)
    field = screen.page.get_by_label("Learning rate")
    field.fill("5")
    field.press("Enter")
    screen.page.wait_for_function("() => location.search.includes('do=')")
    screen.keys("ArrowRight", "ArrowRight", "ArrowRight")
    screen.reach(13)
    screen.page.wait_for_timeout(400)
    for query, _, loss in lanes(screen):
        experiment, _ = Experiment.from_query(query)
        assert experiment.interventions[0].value == 5
        assert loss == experiment.run(14)[13].loss


def test_the_lane_of_a_selection_is_in_the_address_and_takes_the_number_typed(screen):
    screen.open("/sigmoid_vs_relu?v=1&b.hidden=relu&at=10&select=w.0.1.0&lane=b")
    screen.reach(10)
    assert "ReLU: w⁽¹⁾₂₁" in screen.stage.inner_text()
    screen.page.keyboard.type("2.5")
    screen.keys("Enter")
    screen.page.wait_for_function("() => location.search.includes('b.do=w_10_0_1_0_2.5')")
    assert "lane=b" in screen.page.url
    second = screen.page.get_by_test_id("lane").nth(1)
    expect(second).to_have_attribute("data-experiment", "v=1&hidden=relu&do=w_10_0_1_0_2.5")
    assert lanes(screen)[0][0] == "v=1"


def test_a_scene_is_one_click_and_a_link(screen, browser, url):
    screen.open("/sigmoid_vs_relu")
    screen.page.get_by_text("All dead", exact=True).click()
    screen.page.wait_for_function("() => location.search.includes('seed=22')")
    screen.page.wait_for_timeout(400)
    here = lanes(screen)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    other = Screen(context.new_page(), url).open(screen.page.url.removeprefix(url))
    assert lanes(other) == here
    context.close()


def test_the_worked_example_shows_each_phase_with_its_formula(screen):
    screen.open("/worked_example")
    screen.check(WORKED_EXAMPLE, 0)
    screen.keys("Shift+ArrowRight")
    assert screen.phase == "forward-1"
    screen.page.wait_for_function("() => document.body.innerText.includes('0.591459')")  # a of hidden unit 1
    screen.keys("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight")
    assert screen.phase == "delta-2"
    screen.page.wait_for_function("() => document.body.innerText.includes('0.0175272')")


def test_the_loss_of_the_worked_example_after_a_thousand_updates(screen):
    screen.open("/worked_example?at=1000")
    screen.reach(1000)
    loss = float(screen.page.get_by_test_id("lane").get_attribute("data-loss"))
    assert abs(loss - 9.0125013e-07) < 5e-15
    assert screen.page.evaluate(f"() => {FIND}.dataset.phase") == "overview"
