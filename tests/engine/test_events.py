"""Events of a run: found in one sweep, the same as by looking at every iteration by itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Criterion, Experiment, SetLearningRate, SetWeight, accuracy, backprop, diagnose, ensemble
from engine import events as module
from engine.diagnose import SATURATED
from engine.events import FLEETING, LEVELS, MOST, Event, Watch
from tests.strategies import experiments
from ui.scenes import SCENES


def found(experiment, iterations, history=None, to=None):
    history = history or experiment.run(iterations)
    watch = Watch(history, judged(experiment))
    while watch.look(history, iterations):
        pass
    return watch.found(history, iterations if to is None else to)


def judged(e):
    return e.kind != "regression" and accuracy(e.data()[1], e.data()[1]) is not None


def slowly(e, history):
    """The same by hand: every iteration by itself, and one state after the other."""
    x, y = e.data()
    states, losses = [], []
    for step in history:
        whole = backprop(step.before, x, y, loss=e.loss, l1=e.l1, l2=e.l2)
        states.append({"right": judged(e) and accuracy(whole.a[-1], y) == 1.0})
        losses.append(step.loss if len(step.x) == len(x) else whole.loss)
        for l, layer in enumerate(step.before[:-1]):
            z = whole.z[l] if len(step.x) < len(x) else step.z[l]
            for j in range(z.shape[1]):
                slopes = [float(layer.f.derivative(z[i : i + 1, j : j + 1])[0, 0]) for i in range(len(x))]
                flat = max(slopes) < SATURATED * layer.f.largest_slope
                states[-1][l, j] = "dead" if max(slopes) == 0.0 else "saturated" if flat else "alive"
    expected = set()
    for track in states[0] if states else ():
        now = False if track == "right" else "alive"
        times = [t for t, s in enumerate(states) if s[track] != (states[t - 1][track] if t else now)]
        told = now
        for t, until in zip(times, [*times[1:], None], strict=False):
            kind = states[t][track]
            if kind == now and told == now:
                continue  # the end of what was not told
            if kind != now and until is not None and until - t < FLEETING:
                continue
            told = kind
            name = ("right" if kind else "wrong") if track == "right" else kind
            expected.add((name, t, until, None if track == "right" else track))
    for level in LEVELS:
        below = [t for t, loss in enumerate(losses) if loss < level]
        if below and losses[0] >= level:
            expected.add(("loss", below[0], None, level))
    expected |= {("hand", c.at, None, c) for c in e.interventions if c.at < len(history)}
    if history.diverged:
        expected.add(("diverged", max(0, len(history) - 1), None, None))
    return expected


def spread(events):
    """One entry for every unit."""
    result = set()
    for event in events:
        for unit in event.units or (event.change or event.level or None,):
            result.add((event.kind, event.at, event.until, unit))
    return result


@settings(max_examples=60, deadline=None)
@given(e=experiments(), iterations=st.integers(1, 60))
def test_the_sweep_finds_what_every_iteration_by_itself_shows(e, iterations):
    history = e.run(iterations)
    fast = found(e, iterations, history)
    slow = slowly(e, history)
    if fast.all:
        assert spread(fast.events) == slow
    else:
        assert spread(fast.events) < slow and len(fast.events) == MOST


def test_pieces_make_no_difference_and_neither_does_what_is_known_beyond(monkeypatch):
    e = Experiment(hidden="relu", sizes=(2, 8, 8, 1), learning_rate=0.7)
    history, whole = e.run(300), found(e, 300)
    monkeypatch.setattr(module, "AT_ONCE", 7 * 32)  # 7 iterations
    assert found(e, 300, history) == whole
    for to in (0, 1, 20, 170):
        assert found(e, 300, history, to) == found(e, to)


@pytest.mark.parametrize(("hidden", "right"), [("sigmoid", 189), ("relu", 21)])
def test_all_right_is_where_ensembles_count_a_run_as_solved(hidden, right):
    e = Experiment(hidden=hidden)
    last = [event.at for event in found(e, 501).events if event.kind == "right" and event.until is None]
    assert last == [right] == [int(ensemble(e, [e.seed], 500, criterion=Criterion()).solved_at[0])]


@pytest.mark.parametrize(
    ("scene", "dead"),
    [
        ("dead", {0: ((0, 0), (0, 1))}),
        ("killed", {1: ((0, 0), (0, 1), (0, 2)), 4: ((0, 3),)}),
        ("some_dead", {0: ((0, 2), (0, 3)), 2: ((0, 1),)}),
    ],
)
def test_units_die_where_the_scenes_say(scene, dead):
    _, relu = SCENES[scene].lanes
    events = [event for event in found(relu, 500).events if event.kind == "dead"]
    assert {event.at: event.units for event in events} == dead
    assert all(event.until is None for event in events)
    step = relu.run(500)[-1]
    assert diagnose(step, relu).layers[0].dead == tuple(sorted(j for units in dead.values() for _, j in units))


def test_the_loss_is_marked_where_it_first_comes_below_a_level_it_began_above():
    e = Experiment()
    losses = e.run(2000).losses
    expected = {level: int(np.flatnonzero(losses < level)[0]) for level in LEVELS if (losses < level).any()}
    assert losses[0] > 0.5 and len(expected) > 1
    assert {event.level: event.at for event in found(e, 2000).events if event.kind == "loss"} == expected
    began_low = replace(e, loss="half_mse")  # at 0.14
    assert 0.5 not in {event.level for event in found(began_low, 500).events}


def test_what_was_changed_by_hand_and_where_the_numbers_end():
    _, relu = SCENES["overflow"].lanes
    changed = replace(
        relu, interventions=(SetLearningRate(5, 1.5), SetWeight(9, 0, 1, 0, 2.0), SetWeight(900, 0, 0, 0, 1))
    )
    history = changed.run(1000)
    events = found(changed, 1000, history).events
    assert [event.change for event in events if event.kind == "hand"] == list(changed.interventions[:2])
    assert [event.at for event in events if event.kind == "diverged"] == [len(history) - 1]
    assert not any(event.kind == "diverged" for event in found(changed, 1000, history, len(history) - 1).events)


def test_where_there_are_too_many_those_that_last_longest_are_told(monkeypatch):
    e = Experiment(hidden="tanh", sizes=(2, 8, 8, 1), learning_rate=3.0, batch_size=1)
    every = found(e, 3000)
    assert every.all and len(every.events) > 8
    monkeypatch.setattr(module, "MOST", 8)
    few = found(e, 3000)
    assert not few.all and len(few.events) == 8 and list(few.events) == sorted(few.events, key=lambda event: event.at)
    kept = [event for event in every.events if event.kind in ("loss", "hand", "diverged")]
    assert [event for event in few.events if event.kind == "loss"] == kept

    def length(event: Event) -> float:
        return np.inf if event.until is None else event.until - event.at

    lasting = [event for event in few.events if event not in kept]
    left = [event for event in every.events if event not in few.events]
    assert min(map(length, lasting)) >= max(map(length, left))


@pytest.mark.parametrize("hidden", ["sigmoid", "relu", "tanh"])
def test_many_seeds_are_solved_where_the_last_time_of_being_right_begins(hidden):
    e = Experiment(hidden=hidden)
    seeds = range(40)
    expected = ensemble(e, seeds, 300, criterion=Criterion()).solved_at
    for seed, solved in zip(seeds, expected, strict=True):
        holds = [
            event.at
            for event in found(replace(e, seed=seed), 301).events
            if event.kind == "right" and event.until is None
        ]
        assert holds == ([int(solved)] if solved >= 0 else [])
