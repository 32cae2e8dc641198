"""A hundred starts are the engine's: each dot is what a run from that seed does."""

import json
from dataclasses import replace

import pytest

from engine import Experiment, predict_many
from engine.ranges import MOST_SEED
from ui.scenes import SCENES
from ui.stage.answers import answering
from ui.stage.spec import lane
from ui.stage.starts import COUNT, UPDATES, starts
from ui.workers import finish


def right_at_the_end(e):
    """Whether every sample is right after the last of the updates that count."""
    x, y = e.data()
    output = predict_many(e.layers(), e.run(UPDATES).parameters, x)[-1, :, 0]
    return bool(((output > 0.5) == (y[:, 0] > 0.5)).all())


@pytest.mark.parametrize("e", SCENES["typical"].lanes + SCENES["some_dead"].lanes, ids=lambda e: f"{e.hidden}-{e.seed}")
def test_each_dot_is_the_run_from_its_seed(e):
    found = starts(e)
    first = e.seed - found["own"]
    assert len(found["solved"]) == COUNT
    for seed in {first, first + 41, first + COUNT - 1, e.seed}:
        assert found["solved"][seed - first] == right_at_the_end(replace(e, seed=seed))
    assert found["number"] == f"{sum(found['solved'])} of {COUNT}"
    assert f"Seeds {first} to {first + COUNT - 1}" in found["about"] and f"update {UPDATES}" in found["said"]


def test_sigmoid_learns_from_more_starts_than_relu():
    sigmoid, relu = (sum(starts(e)["solved"]) for e in SCENES["typical"].lanes)
    assert sigmoid > relu > 0


def test_changes_by_hand_and_the_last_seeds_keep_to_their_hundred():
    e = Experiment(seed=MOST_SEED)
    assert starts(e)["own"] == COUNT - 1
    changed, _ = Experiment.from_query("v=1&do=lr_2_5")
    assert starts(changed)["solved"] == starts(replace(changed, interventions=()))["solved"]


@pytest.mark.parametrize(
    "e",
    [
        *SCENES["zeros"].lanes,  # every seed starts alike
        Experiment.for_dataset("curve"),  # nothing is right or wrong
        Experiment(sizes=(2, *(6,) * 6, 1)),  # too long
    ],
    ids=["zeros", "zeros-relu", "curve", "deep"],
)
def test_where_there_is_nothing_to_count_there_are_no_dots(e):
    assert lane(e, "", compare=True)["starts"] is False
    assert starts(e)["solved"] == []


def test_only_lanes_that_are_compared_have_dots():
    assert lane(Experiment(), "", compare=True)["starts"] is True
    assert lane(Experiment(), "")["starts"] is False


def test_the_server_tells_them():
    answer = finish(answering("_starts=1&" + Experiment().to_query(), packed=False))
    assert json.loads(answer.body) == starts(Experiment())
