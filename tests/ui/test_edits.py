"""The network changed on the picture: what is offered fits, what is refused says why, and a step back has a name."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import ACTIVATIONS, WORKED_EXAMPLE, Experiment, SetWeight
from tests.strategies import experiments
from ui import session
from ui.pages import STAGED, page_of
from ui.stage.tools import tools
from ui.state.address import View
from ui.state.edits import edited
from ui.state.past import difference

PLAYGROUND, SHARED, ALIKE = (page_of(page).edits for page in ("playground", "sigmoid_vs_relu", "gradient_flow"))
LESSON = page_of("worked_example").edits


@pytest.fixture
def state(monkeypatch):
    """A session on a page "p", without a browser."""
    state = {"view:p": View(Experiment(interventions=(SetWeight(0, 0, 1, 0, 2.5),)), at=7), "p": {}}
    monkeypatch.setattr(session.st, "session_state", state)
    return state


def ask(state, edits=PLAYGROUND, **asked):
    state["p"] = {"intervene": {"id": repr(asked), **asked}}
    session.intervene("p", edits)
    return state["view:p"]


def test_one_unit_more_begins_anew_keeps_what_fits_and_can_be_undone(state):
    before = state["view:p"]
    now = ask(state, kind="units", layer=1, count=5)
    assert (now.experiment.sizes, now.at) == ((2, 5, 1), 0)
    assert now.experiment.interventions == before.experiment.interventions
    assert session.steps("p") == {"undo": "hidden layer 1: 4 → 5 units"}
    assert ask(state, kind="undo").experiment == before.experiment


def test_layers_come_and_go_at_the_end(state):
    assert ask(state, kind="layers", count=2).experiment.sizes == (2, 4, 4, 1)
    assert ask(state, kind="units", layer=2, count=3).experiment.sizes == (2, 4, 3, 1)
    assert ask(state, kind="hidden", layer=2, name="relu").experiment.hidden == ("sigmoid", "relu")
    assert session.steps("p")["undo"] == "hidden layer 2: ReLU"
    assert ask(state, kind="hidden", layer=1, name="relu").experiment.hidden == "relu"
    assert ask(state, kind="layers", count=0).experiment.sizes == (2, 1)
    assert ask(state, kind="layers", count=1).experiment.sizes == (2, 4, 1)


def test_what_was_chosen_again_moves_nothing(state):
    assert ask(state, kind="units", layer=1, count=4).at == 7
    assert ask(state, kind="hidden", layer=1, name="sigmoid").at == 7


@pytest.mark.parametrize(
    ("edits", "asked", "sentence"),
    [
        (PLAYGROUND, {"kind": "units", "layer": 1, "count": 33}, "A layer has at most 32 units here."),
        (PLAYGROUND, {"kind": "layers", "count": 11}, "A network has at most 10 hidden layers."),
        (ALIKE, {"kind": "layers", "count": 0}, "This page needs a hidden layer."),
        (ALIKE, {"kind": "units", "count": 9}, "A layer has at most 8 units here."),
        (PLAYGROUND, {"kind": "hidden", "layer": 1, "name": "softmax"}, "Softmax is for the output only."),
        (PLAYGROUND, {"kind": "output", "name": "softmax"}, "Softmax needs two outputs or more; this network has one."),
        (LESSON, {"kind": "layers", "count": 2}, "The network of this page is a fixed one"),
        (PLAYGROUND, {"kind": "datum", "n": 0, "value": 1.0}, "The samples of this network are its data set's"),
    ],
)
def test_what_does_not_fit_changes_nothing_and_says_why(state, edits, asked, sentence):
    before = state["view:p"]
    now = ask(state, edits, **asked)
    assert (now.experiment, now.at) == (before.experiment, 7)
    assert now.notice.startswith(sentence)


def test_lanes_share_their_sizes_and_have_an_activation_each():
    lanes = (Experiment(), Experiment(hidden="relu"))
    wider = edited(lanes, {"kind": "units", "layer": 1, "count": 6, "lane": 1}, SHARED)
    assert [e.sizes for e in wider] == [(2, 6, 1)] * 2 and [e.hidden for e in wider] == ["sigmoid", "relu"]
    other = edited(lanes, {"kind": "hidden", "name": "tanh", "lane": 1}, SHARED)
    assert other == (lanes[0], replace(lanes[1], hidden="tanh"))
    assert difference(lanes, other) == "B: hidden activation Tanh"
    deep = edited(STAGED["gradient_flow"].others, {"kind": "units", "layer": 3, "count": 5}, ALIKE)
    assert deep[0].sizes == (2, *(5,) * 6, 1)
    assert difference(STAGED["gradient_flow"].others, deep) == "5 units in each hidden layer"


def test_the_numbers_of_the_worked_example_are_those_of_its_fields(state):
    state["view:p"] = View(WORKED_EXAMPLE)
    e = ask(state, LESSON, kind="datum", n=0, value=0.6).experiment
    assert e.data()[0].tolist() == [[0.6, 0.8]] and e.data()[1].tolist() == [[0.7]]
    assert session.steps("p") == {"undo": "x₁ = 0.6"}
    e = ask(state, LESSON, kind="weight", at=0, layer=1, j=0, k=2, value=-1.5).experiment
    assert e.interventions == () and e.layers()[1].W.tolist() == [[0.7, 0.8, -1.5]]
    assert session.steps("p") == {"undo": "w⁽²⁾₁₃ = −1.5"}
    later = ask(state, LESSON, kind="weight", at=3, layer=1, j=0, k=2, value=2.0).experiment
    assert later.interventions == (SetWeight(3, 1, 0, 2, 2.0),)


@given(experiments(), st.sampled_from([page.edits for page in STAGED.values() if page.edits.network]), st.data())
def test_whatever_is_offered_fits_and_the_next_one_does_not(e, edits, data):
    """Both ends of each stepper are networks of the engine's, and one beyond them is refused in the words shown."""
    e = replace(e, interventions=())
    offered = tools(e, edits)
    for stepper in [offered["layers"], *offered["units"]]:
        for end, beyond, why in zip(stepper["ends"], (-1, 1), stepper["refusals"], strict=True):
            inside = stepper["ends"][0] <= stepper["value"] <= stepper["ends"][1]
            assert inside and why.endswith(".")
            if end != stepper["value"]:
                (new,) = edited([e], {**stepper["ask"], "count": end}, edits)
                assert difference((e,), (new,))
            if end + beyond >= 0:
                with pytest.raises(ValueError, match=why.split(" ", 1)[0]):
                    edited([e], {**stepper["ask"], "count": end + beyond}, edits)
    if offered["activations"]:
        menu = data.draw(st.sampled_from(offered["activations"]))
        name, label = data.draw(st.sampled_from(menu["options"]))
        (new,) = edited([e], {**menu["ask"], "name": name}, edits)
        assert name in new.activations and label == ACTIVATIONS[name].label


HOSTILE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers())


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["layers", "units", "hidden", "output", "datum"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys(["layer", "count", "name", "lane", "n", "value"], HOSTILE)),
)
def test_nothing_a_browser_asks_for_raises_anything_else(kind, asked):
    for edits in (PLAYGROUND, SHARED, ALIKE, LESSON):
        for e in (Experiment(), WORKED_EXAMPLE):
            with contextlib.suppress(ValueError):
                assert edited([e], {"kind": kind, **asked}, edits)
