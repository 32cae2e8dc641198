"""Addresses: what they say is what is shown, and nothing they say can break a page."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Experiment, SetWeight
from ui import session
from ui.session import View, parse, plain
from ui.state.address import placed

DEFAULT = Experiment()


def test_an_empty_address_is_the_default():
    view = parse("", DEFAULT)
    assert (view.experiment, view.at, view.messages) == (DEFAULT, 0, ())


def test_a_cursor_alone_leaves_the_experiment():
    other = Experiment(seed=3)
    view = parse("?at=12&phase=loss", other)
    assert (view.experiment, view.at, view.phase) == (other, 12, "loss")


@pytest.mark.parametrize(
    ("query", "at", "sample", "select"),
    [
        ("at=-1", 0, 0, None),
        ("at=ten", 0, 0, None),
        ("at=1e3", 0, 0, None),
        ("sample=9", 0, 3, None),
        ("select=w.0.0.9", 0, 0, None),
        ("select=b.7.0", 0, 0, None),
        ("select=" + "9" * 5000, 0, 0, None),
        ("at=" + "9" * 5000, DEFAULT.limit() - 1, 0, None),
    ],
)
def test_what_is_wrong_is_mended_and_said(query, at, sample, select):
    view = parse(query, DEFAULT)
    assert (view.experiment, view.at, view.sample, view.select) == (DEFAULT, at, sample, select)
    assert len(view.messages) == 1 and view.messages[0].endswith((".", "there."))


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200)
    | st.from_regex(r"(at|select|sample|phase|v|data|sizes|lr|do|par)=[^&]{0,20}(&[a-z]+=[^&]{0,9}){0,5}")
)
def test_no_address_raises(query):
    view = parse(query, DEFAULT)
    assert isinstance(view, View)
    assert 0 <= view.at < view.experiment.limit()
    assert all(isinstance(m, str) and m for m in view.messages)


def test_text_is_shown_as_it_is():
    assert plain("a*b_<i>") == r"a\*b\_\<i\>"


SIGMOID, RELU = Experiment(), Experiment(hidden="relu")


def test_the_lane_of_a_selection_is_in_the_address():
    view = parse("v=1&b.hidden=relu&select=u.1.1&lane=b&at=3", SIGMOID, (RELU,))
    assert (view.lanes, view.select, view.lane, view.messages) == ((SIGMOID, RELU), "u.1.1", 1, ())
    assert parse(f"{view.address}&{urlencode(view.cursor)}", SIGMOID, (RELU,)) == view
    first = parse("v=1&b.hidden=relu&select=u.1.1&at=3", SIGMOID, (RELU,))  # as links of before have it
    assert first.lane == 0 and "lane" not in first.cursor


@pytest.mark.parametrize("letter", ["d", "a", "", "bc", "x", "1"])
def test_a_lane_that_is_not_there_is_the_nearest(letter):
    view = parse(f"v=1&b.hidden=relu&select=u.1.1&lane={letter}", SIGMOID, (RELU,))
    assert view.lane in (0, 1) and view.select == "u.1.1"


def test_half_a_character_raises_nothing():
    assert parse("v=1&select=\ud800&at=\udfff&\ud83d=1", SIGMOID).select is None


HOSTILE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers())


@given(HOSTILE | st.dictionaries(st.sampled_from(["at", "phase", "sample", "select", "lane", "address"]), HOSTILE))
def test_whatever_a_browser_says_is_clipped_to_the_experiment(place):
    view = placed(View(SIGMOID, others=(RELU,)), place)
    assert 0 <= view.at < SIGMOID.limit() and 0 <= view.sample < 4 and view.lane in (0, 1)
    assert view.select is None and view.phase == "overview" and view.messages == ()


def test_a_place_beyond_the_end_is_the_last():
    place = {"at": 10**9, "phase": "delta-1", "sample": 99, "select": "w.0.3.1", "lane": 7}
    view = placed(View(SIGMOID, others=(RELU,)), place)
    there = (SIGMOID.limit() - 1, "delta-1", 3, "w.0.3.1", 1)
    assert (view.at, view.phase, view.sample, view.select, view.lane) == there


@pytest.fixture
def state(monkeypatch):
    """A session that looks at sigmoid beside ReLU, without a browser; "p" is what its stage says."""
    state = {"view:p": View(SIGMOID, others=(RELU,)), "p": {}}
    monkeypatch.setattr(session.st, "session_state", state)
    return state


@pytest.mark.parametrize("name", ["intervene", "points", "address"])
@pytest.mark.parametrize(
    "value",
    [None, 5, "x", [], [1], {}, {"kind": "rate"}, {"kind": "rate", "at": "x", "value": "y"}, {"kind": None, "at": 0},
     {"kind": "rate", "at": 0, "value": 10**400}, {"kind": "weight", "at": 1e400, "value": 1, "lane": {}},
     {"kind": "weight", "at": 1, "value": 1, "layer": [], "j": None, "k": -1}, {"list": 5}, {"list": [5]},
     {"list": [[0, 0, 1], [1, 10**400, 0]]}, {"id": {"a": 1}}, "\ud800"],
)  # fmt: skip
def test_nothing_a_browser_asks_for_raises_or_changes_what_does_not_fit(state, name, value):
    state["p"] = {name: value}
    session.intervene("p")
    session.draw("p")
    session.adopt_address("p", SIGMOID, (RELU,))
    session.rested("p", value)
    assert state["view:p"].experiment == SIGMOID
    assert all(isinstance(m, str) and m for m in state["view:p"].messages)


def test_a_number_typed_goes_into_the_lane_in_which_something_is_selected(state):
    asked = {"id": "a", "kind": "weight", "at": 3, "layer": 0, "j": 1, "k": 0, "value": 2.5, "lane": 1}
    state["p"] = {"intervene": asked}
    session.intervene("p")
    now = state["view:p"]
    assert (now.experiment, now.others) == (SIGMOID, (RELU.intervene(SetWeight(3, 0, 1, 0, 2.5)),))
