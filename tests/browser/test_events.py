"""Going to what happens in a run, as a class does it: by key, from the list, and by playing until it."""

import pytest
from playwright.sync_api import expect

from tests.browser.screen import FIND, Screen


@pytest.fixture
def screen(page, url):
    return Screen(page, url)


def says(screen, text):
    screen.page.wait_for_function(
        f"text => {FIND}?.querySelector('.message')?.textContent.includes(text)", arg=text, timeout=10_000
    )


def marks(screen):
    return screen.stage.get_by_role("img", name="Events", exact=True)


def test_a_key_goes_from_event_to_event_and_each_leaves_its_mark(screen):
    screen.open("/")
    screen.keys("e")
    screen.reach(160)
    says(screen, "Iteration 160: the loss is below 0.5 for the first time.")
    screen.keys("e")
    screen.reach(189)
    says(screen, "Iteration 189: all 4 right from here")
    screen.check(screen.address()[0], 189)
    told = marks(screen).get_attribute("aria-description")
    assert "160: the loss is below 0.5" in told and "189: all 4 right" in told and "333" not in told
    screen.keys("Shift+E")
    screen.reach(160)
    screen.keys("ArrowRight", "Shift+E", "Shift+E")
    says(screen, "No event before this iteration.")
    screen.button("Next event").click()
    screen.reach(189)


def test_play_pauses_at_what_was_chosen_and_the_choice_can_be_taken_away(screen):
    screen.open("/")
    screen.button("Run until").click()
    choice = screen.button("Stop at: all 4 right")
    choice.click()
    assert choice.get_attribute("aria-pressed") == "true"
    screen.keys("Escape")
    screen.stage.get_by_role("slider", name="Speed").fill("8")  # ten a frame: 189 is none of those that are drawn
    screen.button("Play").click()
    screen.reach(189)
    says(screen, "Iteration 189: all 4 right from here")
    assert not screen.playing
    screen.check(screen.address()[0], 189)
    screen.button("Run until: all 4 right").click()
    choice.click()
    assert choice.get_attribute("aria-pressed") == "false"
    screen.keys("Escape", "Home")
    screen.button("Play").click()
    screen.pass_by(300)


def test_a_search_looks_beyond_what_is_known_and_says_where_it_ends(screen):
    screen.open("/sigmoid_vs_relu?v=1&sizes=2-2-1&seed=22&b.hidden=relu")
    screen.button("Run until").click()
    screen.button("Go to: all 4 right").click()
    screen.reach(158)
    says(screen, "Iteration 158: Sigmoid: all 4 right from here")
    screen.button("Run until").click()
    screen.button("Go to: a unit dies").click()
    says(screen, "A unit dies: not within 10,000 iterations.")
    assert screen.iteration == 158


def test_a_search_that_takes_long_says_how_far_it_is_and_can_be_left(screen):
    screen.open("/?at=400")
    screen.page.route("**/*_events*", lambda route: None)  # nothing is answered any more
    screen.keys("e")
    says(screen, "Looking … at iteration")
    screen.keys("Escape")
    expect(screen.stage.locator(".message")).to_be_hidden()
    assert screen.iteration == 400
    screen.keys("ArrowRight")
    screen.reach(401)
