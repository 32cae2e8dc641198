"""The network changed on the picture and beside an open menu: what runs then is the engine's own run of it."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from engine import WORKED_EXAMPLE, Experiment, SetWeight
from tests.browser.screen import Screen
from tests.browser.test_first import STREAMLIT


@pytest.fixture
def screen(page, url):
    return Screen(page, url)


def arrived(screen, part):
    screen.page.wait_for_function("part => location.search.includes(part)", arg=part)


def test_units_layers_and_activations_are_changed_where_they_stand_and_taken_back(screen):
    screen.open("/?v=1&at=3")
    screen.reach(3)
    for _ in range(3):  # faster than the answers come
        screen.button("One unit more in hidden layer 1").click()
    screen.button("One layer more").click()
    arrived(screen, "sizes=2-7-7-1")
    screen.check(Experiment(sizes=(2, 7, 7, 1)), 0)
    screen.stage.get_by_label("Activation of hidden layer 2").select_option("Tanh")
    arrived(screen, "hidden=sigmoid-tanh")
    screen.keys("ArrowRight", "ArrowRight")
    screen.reach(2)
    changed = Experiment(sizes=(2, 7, 7, 1), hidden=("sigmoid", "tanh"))
    assert screen.address()[0] == changed
    screen.check(changed, 2)
    lane = screen.page.get_by_test_id("lane")
    assert float(lane.get_attribute("data-loss")) == changed.run(3)[2].loss
    for undone in ("hidden layer 2: Tanh", "network 2-7-7-1"):
        screen.page.get_by_role("button", name=f"Undo: {undone}", exact=True).wait_for()
        screen.keys("ControlOrMeta+z")
    screen.page.get_by_role("button", name=re.compile("Undo: hidden layer 1: . → 7 units")).wait_for()
    screen.check(Experiment(sizes=(2, 7, 1)), 0)


def test_what_is_changed_before_streamlit_has_come_waits_for_it_and_keeps_the_keyboard(screen):
    waiting = []
    screen.page.route(STREAMLIT, lambda route: waiting.append(route))
    screen.open("/?v=1", whole=False)
    more = screen.button("One unit more in hidden layer 1")
    more.focus()
    screen.keys("Enter", "Enter")
    screen.page.wait_for_function("() => !document.getElementById('streamlit')")
    assert screen.address()[0] == Experiment()
    waiting.pop().continue_()
    arrived(screen, "sizes=2-6-1")
    screen.check(Experiment(sizes=(2, 6, 1)), 0)
    expect(more).to_be_focused()


def test_what_the_picture_does_not_offer_is_said_at_its_place(screen):
    screen.open("/?v=1&sizes=2-1-1")
    screen.button("One unit less in hidden layer 1").click()
    alert = screen.page.get_by_role("alert")
    assert "A layer has at least 1 unit here" in alert.inner_text()
    box, network = alert.bounding_box(), screen.stage.locator(".network").bounding_box()
    assert network["y"] <= box["y"] <= network["y"] + 60
    assert screen.address()[0].sizes == (2, 1, 1)


def test_a_weight_is_typed_over_where_it_stands_in_its_own_lane(screen):
    screen.open("/sigmoid_vs_relu?v=1&b.hidden=relu&at=2")
    screen.reach(2)
    lane = screen.page.get_by_test_id("lane").nth(1)
    lane.locator('[data-link="w.0.1.0"]').dispatch_event("click")
    field = screen.page.get_by_label("Type w⁽¹⁾₂₁", exact=True)
    field.fill("abc")
    field.press("Enter")
    assert "w⁽¹⁾₂₁ has to be a number" in screen.page.get_by_role("alert").inner_text()
    field.fill("0,5")
    field.press("Enter")
    arrived(screen, "b.do=")
    expect(field).to_be_hidden()
    changed = Experiment(hidden="relu", interventions=(SetWeight(2, 0, 1, 0, 0.5),))
    expect(lane).to_have_attribute("data-loss", re.compile(re.escape(repr(changed.run(3)[2].loss))))
    assert Experiment.from_query(lane.get_attribute("data-experiment"))[0] == changed


def test_each_number_of_the_worked_example_is_typed_over(screen):
    screen.open("/worked_example")
    for place, name, typed in (("x", "x₁", "0.6"), ("y", "the target y", "0"), ("w", "w⁽²⁾₁₃", "-1.5")):
        index = {"x": "0", "y": "0", "w": "1,0,2"}[place]
        screen.stage.locator(f'.graph [data-quantity="{place}"][data-index="{index}"]').click(force=True)
        field = screen.page.get_by_label(f"Type {name}", exact=True)
        field.fill(typed)
        field.press("Enter")
        screen.page.get_by_role("button", name=re.compile(f"^Undo: {name.removeprefix('the target ')} = ")).wait_for()
    changed = replace(
        WORKED_EXAMPLE,
        dataset="custom",
        points=((0.6, 0.8, 0.0),),
        parameters=(*WORKED_EXAMPLE.parameters[:-1], -1.5),
    )
    assert screen.address()[0] == changed
    screen.check(changed, 0)


def test_the_network_is_one_stop_of_the_keyboard_with_arrows_inside(screen):
    """On a page without tables: from unit to link to unit, and Space is a click."""
    screen.open("/sigmoid_vs_relu?v=1&b.hidden=relu")
    graph = screen.stage.locator(".graph").first
    assert graph.locator('[tabindex="0"]').count() == 1
    graph.locator('[tabindex="0"]').focus()
    screen.keys("Tab", "Shift+Tab")  # the keys are the network's for who came by keyboard
    expect(graph.locator('[tabindex="0"]')).to_be_focused()
    screen.keys("ArrowRight", "ArrowDown", "Space")
    field = screen.page.get_by_label("Type w⁽¹⁾₁₂", exact=True)
    expect(field).to_be_focused()
    screen.keys("Escape")
    expect(field).to_be_hidden()
    assert screen.iteration == 0 and not screen.playing
    graph.locator('[aria-label][role="button"].unit').last.focus()
    screen.keys("Enter", "2", "Enter")  # the bias of a unit that is selected
    arrived(screen, "do=b_0_1_0_2")


@pytest.mark.parametrize(
    ("path", "menu"),
    [("/", "Network: 2-4-1"), ("/worked_example", "Change the numbers"), ("/sigmoid_vs_relu", "Lanes: 2")],
)
def test_an_open_menu_covers_nothing_that_it_changes(screen, path, menu):
    screen.open(path)
    low = screen.button("Play").bounding_box()
    screen.page.get_by_role("button", name=re.compile(re.escape(menu))).click()
    drawer = screen.page.get_by_test_id("stPopoverBody")
    drawer.wait_for()
    screen.page.wait_for_function("() => document.documentElement.hasAttribute('data-drawer')")
    parts = [screen.stage, *screen.stage.locator(".network, .map:not(.empty), .chart").all()]
    end = drawer.bounding_box()["y"] + drawer.bounding_box()["height"]
    for part in parts:
        box = part.bounding_box()
        if box is not None:
            assert box["y"] >= end and box["y"] + box["height"] <= 720
    assert screen.button("Play").bounding_box() == low
    if path == "/":
        field = drawer.get_by_role("textbox", name="Units in the hidden layers, first to last")
        field.fill("6")
        field.press("Enter")
        arrived(screen, "sizes=2-6-1")
        screen.check(Experiment(sizes=(2, 6, 1)), 0)
        assert drawer.is_visible()
    screen.keys("Escape")
    drawer.wait_for(state="hidden")
    screen.page.wait_for_function("() => !document.documentElement.hasAttribute('data-drawer')")
