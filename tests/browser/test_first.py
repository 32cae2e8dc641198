"""The first picture: the stage of the page's own HTML, without Streamlit and taken over by it."""

import re

import pytest

from engine import Experiment
from tests.browser.screen import FIND, Screen

STREAMLIT = re.compile(r"/static/js/index\.[\w-]+\.js$")


@pytest.fixture
def screen(page, url):
    return Screen(page, url)


def test_the_stage_stands_steps_and_plays_without_streamlit(screen):
    screen.page.route(STREAMLIT, lambda route: route.abort())
    screen.open("/?v=1&hidden=relu&at=3", whole=False)
    screen.check(Experiment(hidden="relu"), 3)
    screen.keys("ArrowRight")
    screen.reach(4)
    screen.check(Experiment(hidden="relu"), 4)
    screen.keys("Space")
    screen.pass_by(20)
    screen.keys("Space")
    screen.page.wait_for_url(f"**at={screen.iteration}*")


@pytest.mark.parametrize("path", ["/", "/worked_example", "/sigmoid_vs_relu"])
def test_streamlit_takes_over_the_very_stage_where_it_stands(screen, path):
    waiting = []
    screen.page.route(STREAMLIT, lambda route: waiting.append(route))
    screen.open(path, whole=False)
    screen.keys("ArrowRight", "ArrowRight")
    screen.reach(2)
    before = screen.stage.bounding_box()
    screen.page.evaluate(f"() => {{ {FIND}.mine = true; }}")
    screen.page.wait_for_function("() => !document.getElementById('streamlit')")
    waiting.pop().continue_()
    screen.page.wait_for_selector(".first", state="detached", timeout=30_000)
    assert screen.page.evaluate(f"() => {FIND}.mine") and screen.iteration == 2
    after = screen.stage.bounding_box()
    assert all(abs(before[side] - after[side]) <= 24 for side in ("x", "y", "width")), (before, after)
    screen.keys("ArrowRight")
    screen.reach(3)
