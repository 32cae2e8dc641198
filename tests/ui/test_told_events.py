"""What is said of the events of a run, and how it is asked for."""

import json
from dataclasses import replace

import pytest

from engine import Experiment, SetBias, SetLearningRate
from engine import events as engine_events
from ui import events
from ui.events import FURTHER, RANK, WITHIN
from ui.runs import Run
from ui.scenes import SCENES
from ui.stage.answers import answering
from ui.workers import finish


def told(experiment, last):
    answer = finish(answering(f"_events=1&_from={last}&{experiment.to_query()}", False))
    assert answer.status == 200
    return json.loads(answer.body)


def said(experiment, last):
    return [(event["at"], event["text"]) for event in told(experiment, last)["events"]]


def test_what_happens_on_the_way_to_xor():
    assert said(Experiment(), 599) == [
        (160, "the loss is below 0.5 for the first time"),
        (189, "all 4 right from here (known to iteration 599)"),
        (333, "the loss is below 0.1 for the first time"),
    ]
    assert (21, "all 4 right from here (known to iteration 499)") in said(Experiment(hidden="relu"), 499)


def test_units_are_named_as_in_the_picture_and_counted_where_they_are_many():
    _, relu = SCENES["killed"].lanes
    assert said(relu, 99) == [
        (1, "h₁, h₂ and h₃ are dead from here (known to iteration 99)"),
        (4, "h₄ is dead from here (known to iteration 99)"),
    ]
    _, both = SCENES["dead"].lanes
    assert said(both, 9) == [(0, "both hidden units are dead from here (known to iteration 9)")]
    deep = Experiment(sizes=(2, 8, 8, 1), hidden="relu", init="zeros")
    assert said(deep, 9)[0] == (0, "all 16 hidden units are dead from here (known to iteration 9)")
    names = told(Experiment(sizes=(2, 8, 8, 1), hidden="relu"), 999)
    assert any(event["text"].startswith("h⁽") for event in names["events"] if event["kind"] == "dead")


def test_changes_by_hand_and_the_end_of_a_run():
    _, relu = SCENES["overflow"].lanes
    changed = replace(relu, interventions=(SetLearningRate(5, 1.5), SetBias(9, 1, 0, -2.0)))
    answer = told(changed, 999)
    sentences = {event["at"]: event["text"] for event in answer["events"] if event["kind"] in ("hand", "diverged")}
    end = answer["known"] - 1
    assert answer["ended"] and sentences == {
        5: "learning rate 1.5, set by hand",
        9: "b⁽²⁾₁ = −2, set by hand",
        end: "the last iteration, then a number left the finite ones",
    }
    assert all(event["text"].endswith("from here to the end") for event in answer["events"] if event["stop"] == "dead")
    assert not told(changed, 50)["ended"]


def test_of_batches_it_is_about_all_samples():
    batches = Experiment.for_dataset("moons", hidden_sizes=[8], batch_size=10)
    answer = told(batches, 1999)
    assert any(event["text"].startswith("the loss over all 100 samples is below") for event in answer["events"])


def test_one_can_play_until_what_there_can_be():
    def names(experiment):
        return [kind["name"] for kind in told(experiment, 0)["until"]]

    assert names(Experiment()) == [
        "all 4 right",
        "a unit saturates",
        *(f"loss below {v}" for v in (0.5, 0.1, 0.01, 0.001)),
    ]
    assert "a unit dies" in names(Experiment(hidden="relu")) and "a unit saturates" not in names(
        Experiment(hidden="relu")
    )
    assert {"a unit dies", "a unit saturates"} <= set(names(Experiment(sizes=(2, 2, 2, 1), hidden=("relu", "tanh"))))
    assert names(Experiment.for_dataset("saddle", hidden="linear"))[0].startswith("loss below")
    for experiment in (Experiment(), Experiment(hidden="relu")):
        answer = told(experiment, 1999)
        kinds = {kind["stop"] for kind in answer["until"]}
        assert {event["stop"] for event in answer["events"]} <= kinds | {""}


def test_only_what_holds_as_far_as_is_known_is_what_one_plays_until():
    relu = Experiment(hidden="relu", sizes=(2, 8, 1), learning_rate=3.0, seed=1)
    for last in range(20, 400, 20):
        rights = [event for event in told(relu, last)["events"] if event["kind"] == "right"]
        for event in rights:
            assert (event["stop"] == "right") == event["text"].startswith("all 4 right from here")
        assert sum(event["stop"] == "right" for event in rights) <= 1


def test_a_long_run_is_looked_through_in_pieces_and_only_once(monkeypatch):
    experiment = Experiment(seed=77)
    run = Run(experiment.run(3000))
    monkeypatch.setattr(engine_events, "AT_ONCE", 16 * 100)  # 100 iterations
    assert sum(1 for _ in events.events(experiment, run, 2000)) == 20
    assert sum(1 for _ in events.events(experiment, run, 2000)) == 0
    assert sum(1 for _ in events.events(experiment, run, 3000)) == 10
    before = finish(events.events(experiment, run, 700))
    assert before["known"] == 700 and all(event["at"] < 700 for event in before["events"])


@pytest.mark.parametrize("kind", RANK)
def test_every_kind_has_a_mark(kind):
    from ui.stage.bundle import WEB

    assert f"\n  {kind}: " in (WEB / "marks.js").read_text(encoding="utf-8")


def test_a_search_takes_smaller_steps_in_a_large_network():
    small, large = told(Experiment(), 0), told(Experiment.for_dataset("moons", hidden_sizes=[20, 20], samples=1000), 0)
    assert (small["further"], small["within"]) == (FURTHER, WITHIN)
    assert 100 <= large["further"] < FURTHER and large["further"] <= large["within"] <= WITHIN
