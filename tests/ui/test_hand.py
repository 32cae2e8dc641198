"""Changes by hand: they stay where they have a place, what goes is said, and every change can be undone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import LOSSES, OPTIMIZERS, Experiment, SetBias, SetLearningRate, SetWeight
from tests.strategies import experiments
from tests.ui.test_pages import opened, shown
from ui import session
from ui.pages import page_of
from ui.scenes import SCENES
from ui.screen import watch
from ui.state.address import View, parse
from ui.state.hand import carried, extreme, gone, lost, says
from ui.state.past import MOST_VIEWS, difference, remembered

WEIGHT, LATER = SetWeight(0, 0, 1, 0, 2.5), SetBias(30, 0, 3, -1.0)
RATE = SetLearningRate(20, 0.5)
CHANGED = Experiment(interventions=(WEIGHT, RATE, LATER))
PLAYGROUND = page_of("playground")
BY_HAND = CHANGED.to_query()


# ---- menus and fields keep them


@pytest.mark.parametrize(
    ("kind", "name", "value", "wanted"),
    [
        *(("selectbox", "optimizer", name, {"optimizer": name}) for name in OPTIMIZERS if name != "sgd"),
        *(("selectbox", "loss", name, {"loss": name}) for name in LOSSES if name != "bce"),
        ("selectbox", "hidden", "relu", {"hidden": "relu"}),
        ("selectbox", "init", "xavier", {"init": "xavier"}),
        ("selectbox", "dataset", "moons", {"dataset": "moons"}),
        ("text_input", "seed", "5", {"seed": 5}),
        ("text_input", "l2", "0,01", {"l2": 0.01}),
        ("text_input", "batch_size", "2", {"batch_size": 2}),
        ("text_input", "hidden_sizes", "6", {"sizes": (2, 6, 1)}),
    ],
)
def test_a_menu_keeps_what_a_hand_did(kind, name, value, wanted):
    at = opened(BY_HAND)
    getattr(at, kind)(key=f"playground:{name}").set_value(value).run()
    assert not at.exception
    e = shown(at).experiment
    assert {field: getattr(e, field) for field in wanted} == wanted
    assert e.interventions == (WEIGHT, RATE, LATER)
    assert shown(at).notice.startswith("The network was fitted" if name == "dataset" and e.loss != "bce" else "")
    assert "went" not in shown(at).notice


@pytest.mark.parametrize(
    ("name", "value", "kept", "said"),
    [
        ("hidden_sizes", "3", (WEIGHT, RATE), "A change by hand went: b⁽¹⁾₄ = −1 at 30."),
        ("hidden_sizes", "none", (RATE,), "2 changes by hand went: w⁽¹⁾₂₁ = 2.5 at 0, and 1 more."),
    ],
)
def test_what_has_no_place_is_said_and_comes_back(name, value, kept, said):
    at = opened(BY_HAND)
    at.text_input(key=f"playground:{name}").set_value(value).run()
    assert shown(at).experiment.interventions == kept
    assert (shown(at).notice, shown(at).offers_undo) == (said, True)


def test_a_preset_begins_without_them_and_says_so():
    at = opened(BY_HAND)
    at.get("button_group")[0].set_value("xor_relu").run()
    assert shown(at).experiment == Experiment(hidden="relu")
    assert shown(at).notice.startswith("3 changes by hand went")


def test_a_weight_means_the_same_or_goes():
    """The output's weights are not those of a hidden layer that takes their place."""
    deeper = carried(
        replace(CHANGED, interventions=(SetWeight(0, 1, 0, 0, 1.0), WEIGHT)), Experiment(sizes=(2, 4, 4, 1))
    )
    assert deeper.interventions == (WEIGHT,)


@given(experiments(), experiments())
def test_whatever_is_carried_fits_and_the_rest_is_counted(old, new):
    after = carried(old, replace(new, interventions=()))
    assert len(after.interventions) + len(lost((old,), (after,))) == len(old.interventions)
    assert bool(gone(lost((old,), (after,)))) == (len(after.interventions) < len(old.interventions))


# ---- the stage


@pytest.fixture
def state(monkeypatch):
    """A session on a page "p", without a browser."""
    state = {"view:p": View(CHANGED), "p": {}}
    monkeypatch.setattr(session.st, "session_state", state)
    return state


def ask(state, **asked):
    state["p"] = {"intervene": {"id": repr(asked), **asked}}
    session.intervene("p")
    return state["view:p"]


def test_a_rate_at_the_beginning_keeps_the_weights(state):
    e = ask(state, kind="rate", at=0, value=0.25).experiment
    assert (e.learning_rate, e.interventions) == (0.25, (WEIGHT, RATE, LATER))


def test_a_change_in_the_middle_keeps_the_later_ones(state):
    e = ask(state, kind="weight", at=10, layer=1, j=0, k=0, value=1.0).experiment
    assert e.interventions == (WEIGHT, SetWeight(10, 1, 0, 0, 1.0), RATE, LATER)


def test_each_change_can_be_taken_away_and_all_of_them(state):
    assert [c["text"] for c in session.by_hand("p")["changes"]] == [
        "w⁽¹⁾₂₁ = 2.5 at 0", "rate 0.5 from 20 on", "b⁽¹⁾₄ = −1 at 30",
    ]  # fmt: skip
    assert ask(state, kind="drop", lane=0, n=1, at=20).experiment.interventions == (WEIGHT, LATER)
    assert session.steps("p") == {"undo": "without rate 0.5 from 20 on"}
    assert ask(state, kind="clear", at=0).experiment == Experiment()
    assert ask(state, kind="undo").experiment.interventions == (WEIGHT, LATER)
    assert ask(state, kind="undo", again=1).experiment == CHANGED
    assert session.steps("p") == {"redo": "without rate 0.5 from 20 on"}
    assert ask(state, kind="redo").experiment.interventions == (WEIGHT, LATER)


def test_so_many_changes_and_no_more(state):
    state["view:p"] = View(Experiment(interventions=tuple(SetLearningRate(t, 0.5) for t in range(1, 201))))
    now = ask(state, kind="weight", at=10, layer=1, j=0, k=0, value=1.0)
    assert len(now.experiment.interventions) == 200
    assert now.notice == "A run takes up to 200 changes by hand; take one away first." and not now.offers_undo


def test_what_goes_from_one_lane_is_said_though_the_other_has_the_like():
    assert lost((CHANGED, CHANGED), (CHANGED, Experiment())) == [WEIGHT, RATE, LATER]
    assert lost((CHANGED, CHANGED), (CHANGED,)) == []


def test_undo_comes_back_to_the_iteration_of_the_change(state):
    ask(state, kind="rate", at=17, value=3.0)
    back = ask(state, kind="undo", at=40)
    assert (back.experiment, back.at) == (CHANGED, 17)


def test_there_is_nothing_to_undo_at_first_and_nothing_happens(state):
    assert session.steps("p") == {}
    assert ask(state, kind="undo") == View(CHANGED)


def test_the_browsers_back_is_an_undo(state):
    ask(state, kind="rate", at=0, value=0.25)
    state["p"] = {"address": BY_HAND}
    session.adopt_address("p", Experiment())
    assert state["view:p"].experiment == CHANGED
    assert session.steps("p") == {"redo": "rate 0.25"}
    state["p"] = {"address": "v=1&seed=3"}  # anywhere else: a step like any other
    session.adopt_address("p", Experiment())
    assert session.steps("p") == {"undo": "seed 3 and 3 more"}


def test_a_drawn_point_keeps_them(state):
    state["p"] = {"points": {"list": [[0, 0, 0], [1, 1, 1]]}}
    session.draw("p")
    assert state["view:p"].experiment.interventions == (WEIGHT, RATE, LATER)
    assert session.steps("p") == {"undo": "data Your own points"}


def test_points_drawn_one_after_the_other_are_one_step(state):
    for points in ([[0, 0, 0], [1, 1, 1]], [[0, 0, 0], [1, 1, 1], [0, 1, 1]]):
        state["p"] = {"points": {"list": points}}
        session.draw("p")
    assert len(state["view:p"].experiment.points) == 3
    assert ask(state, kind="undo").experiment == CHANGED


def test_an_address_too_long_for_a_server_is_said(state):
    listed = Experiment(sizes=(2, 22, 25, 1), init="values", parameters=tuple(-1e-10 * (1 / 3 + n) for n in range(667)))
    session.show("p", listed)
    assert state["view:p"].notice.startswith("3 changes by hand went")
    lanes = [replace(listed, parameters=tuple(-v / (n + 2) for v in listed.parameters)) for n in range(4)]
    session.show("p", *lanes)
    assert len(state["view:p"].address) > session.MOST_ADDRESS and session.LONG in state["view:p"].notice


def test_a_session_remembers_so_many_views():
    views = [View(Experiment(seed=n)) for n in range(MOST_VIEWS + 9)]
    assert remembered(views) == tuple(views[9:])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"learning_rate": 5.0}, "rate 5"),
        ({"dataset": "moons"}, "data Two moons"),
        ({"sizes": (2, 8, 1), "init": "xavier"}, "hidden layer 1: 4 → 8 units"),
        ({"sizes": (2, 1, 1)}, "hidden layer 1: 4 → 1 unit"),
        ({"sizes": (2, 4, 4, 1)}, "network 2-4-4-1"),
        ({"biases": False}, "no biases"),
        ({"batch_size": 2}, "batch size 2"),
        ({"interventions": (WEIGHT,)}, "w⁽¹⁾₂₁ = 2.5 at 0"),
    ],
)
def test_a_step_has_a_name(changes, words):
    assert difference((Experiment(),), (replace(Experiment(), **changes),)) == words


@given(experiments(), experiments())
def test_every_step_has_a_name(old, new):
    assert bool(difference((old,), (new,))) == (old != new)


# ---- a rate that is huge or tiny


def test_what_an_extreme_rate_does_is_the_engines_own():
    e = Experiment(learning_rate=1e9)
    step = e.run(1)[0]
    move = max(abs(a.W - b.W).max() for a, b in zip(step.before, step.after, strict=True))
    move = max(move, *(abs(a.b - b.b).max() for a, b in zip(step.before, step.after, strict=True)))
    assert f"{move:.1e}" == "1.5e+08"
    assert extreme((e,), 0) == "At learning rate 10⁹ this update moves a weight or bias by as much as 1.5×10⁸."
    assert extreme((replace(e, learning_rate=1e-9),), 0).endswith("moves no weight or bias by more than 1.5×10⁻¹⁰.")
    assert extreme((Experiment(),), 0) == ""


# ---- what is chosen, and what runs


def test_a_preset_that_was_changed_says_so():
    view = parse(BY_HAND, Experiment())
    assert (view.base, view.changed) == ("xor_sigmoid", True)
    assert watch(view, PLAYGROUND).answer == "“XOR with sigmoid”, changed: w⁽¹⁾₂₁ = 2.5 at 0 and 2 more."
    at = opened()
    at.text_input(key="playground:seed").set_value("5").run()
    assert watch(shown(at), PLAYGROUND).answer == "“XOR with sigmoid”, changed: seed 5."
    assert "XOR with sigmoid, changed" in at.get("button_group")[0].options
    at.get("button_group")[0].set_value(None).run()  # a click on what is lit
    assert shown(at).experiment == Experiment() and not shown(at).changed
    at.selectbox(key="playground:dataset").set_value("moons").run()
    assert (shown(at).base, watch(shown(at), PLAYGROUND)) == ("", None)


def test_a_scene_that_was_changed_says_so():
    at = opened().switch_page("../pages/explore/sigmoid_vs_relu.py").run()
    at.text_input(key="sigmoid_vs_relu:rate1").set_value("0,5").run()
    view = shown(at, "sigmoid_vs_relu")
    assert view.lanes == (Experiment(), Experiment(hidden="relu", learning_rate=0.5))
    assert watch(view, PLAYGROUND).answer == "“Typical”, changed: B: rate 0.5."
    at.get("button_group")[0].set_value(None).run()
    assert shown(at, "sigmoid_vs_relu").lanes == SCENES["typical"].lanes


@given(st.integers(0, 31), st.integers(0, 31))
def test_a_place_is_called_as_in_the_stage(j, k):
    assert says(SetWeight(3, 0, 1, 0, 2.5)) == "w⁽¹⁾₂₁ = 2.5 at 3"
    assert says(SetWeight(3, 0, j, k, 2.5)) != says(SetWeight(3, 0, k, j, 2.5)) or j == k
