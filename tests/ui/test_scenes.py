"""Every number in the scenes' sentences is the engine's: here each is computed again, in the order of the sentence."""

import re
from functools import cache

import numpy as np
import pytest

from engine import ACTIVATIONS, predict_many
from engine.ensemble import ensemble
from ui.scenes import SCENES
from ui.session import lanes_to_query, parse

LONG = 5000
NUMBER = r"(?<![\w-])\d[\d,]*(?:\.\d+)?(?![\w-])"  # not the sizes of a network


@cache
def run(experiment):
    return experiment.run(LONG)


def solved(experiment):
    """From which update on all points are right, to the end of 5,000 updates; None where they are not."""
    history, (x, y) = run(experiment), experiment.data()
    outputs = predict_many(experiment.layers(), history.parameters, x)[:, :, 0]
    wrong = np.flatnonzero(((outputs > 0.5) != (y[:, 0] > 0.5)).any(axis=1))
    if len(wrong) and wrong[-1] == len(outputs) - 1:
        return None
    return int(wrong[-1]) + 1 if len(wrong) else 0


def dead(experiment, t):
    """How many hidden units have slope 0 on every sample before update t."""
    z = run(experiment)[t].z[0]
    slope = ACTIVATIONS[experiment.activations[0]].derivative(z)
    return int((slope == 0).all(axis=0).sum())


def dead_from(experiment, count, until=300):
    """The first update from which on `count` units are dead."""
    path = [dead(experiment, t) for t in range(until)]
    return next(t for t in range(until) if all(n == count for n in path[t:]))


def loss(experiment, t):
    return float(run(experiment).losses[t])


def silent(experiment, until=LONG):
    """Whether every gradient is exactly 0, and so stays it."""
    step = run(experiment)[0]
    still = all(not d.any() for d in (*step.dW, *step.db))
    return still and loss(experiment, 0) == loss(experiment, until - 1)


def typical(sigmoid, relu):
    shares = [int(100 * ensemble(e, range(1000), 500).solved.mean() + 0.5) for e in (relu, sigmoid)]
    return [solved(relu), solved(sigmoid), 500, shares[0], 1000, shares[1]]


def wide(sigmoid, relu):
    return [solved(relu), solved(sigmoid)]


def all_dead(sigmoid, relu):
    assert dead(relu, 0) == 2 == relu.sizes[1]
    assert silent(relu)
    assert loss(relu, 0) == np.log(2)
    return [round(loss(relu, LONG - 1), 4), 2, solved(sigmoid)]


def some_dead(sigmoid, relu):
    assert (dead(relu, 0), dead(relu, 1), dead(relu, LONG - 1)) == (2, 2, 3)
    assert solved(relu) is None
    return [dead_from(relu, 3), round(loss(relu, LONG - 1), 3), solved(sigmoid)]


def killed(sigmoid, relu):
    assert (dead(relu, 0), dead(relu, 1)) == (0, 3)
    assert solved(relu) is None
    return [dead_from(relu, 4), sigmoid.learning_rate, solved(sigmoid)]


def plateau(sigmoid, relu):
    return [sigmoid.learning_rate, round(loss(sigmoid, 500), 3), 500, solved(sigmoid), solved(relu)]


def tiny(sigmoid, relu):
    assert abs(loss(sigmoid, LONG - 1) - np.log(2)) < 1e-9
    return [0, round(loss(sigmoid, LONG - 1), 4), 2, LONG, solved(relu)]


def rate_10(sigmoid, relu):
    losses, end = run(sigmoid).losses, run(relu).losses[-20:]
    assert end.max() - end.min() < 1e-9
    biases = {round(float(run(relu)[t].before[1].b[0]), 6) for t in (LONG - 2, LONG - 1)}
    assert len(biases) == 2
    assert sum(biases) == pytest.approx(0, abs=1e-5)
    assert (dead(relu, 2), solved(relu)) == (2, None)
    return [
        round(float(losses.max()), 1), int(losses.argmax()), solved(sigmoid),
        round(float(run(relu).losses.max()), 1), dead_from(relu, 4), round(float(end[-1]), 2),
    ]  # fmt: skip


def rate_30(sigmoid, relu):
    last = np.unique(np.round(run(sigmoid).losses[-300:], 2))
    assert len(last) == 3
    assert solved(sigmoid) is None
    return [LONG, *last, dead_from(relu, 4)]


def overflow(sigmoid, relu):
    assert run(sigmoid).diverged
    assert run(relu).diverged
    return [len(run(sigmoid)), len(run(relu))]


def zeros(sigmoid, relu):
    assert silent(sigmoid)
    assert silent(relu)
    return [0, round(loss(sigmoid, LONG - 1), 4), 2]


def constant(sigmoid, relu):
    for lane in (sigmoid, relu):
        hidden, output = run(lane).layers(LONG)
        assert not np.ptp(hidden.W, axis=0).any()
        assert not np.ptp(output.W)
        assert solved(lane) is None
    return [LONG, round(loss(sigmoid, LONG - 1), 2), round(loss(relu, LONG - 1), 2)]


FACTS = {
    "typical": typical, "wide": wide, "dead": lambda s, r: [0, *all_dead(s, r)], "some_dead": some_dead,
    "killed": killed, "plateau": plateau, "tiny": tiny, "rate_10": rate_10, "rate_30": rate_30, "overflow": overflow,
    "zeros": zeros, "constant": constant,
}  # fmt: skip


def numbers(sentence):
    return [float(found.replace(",", "")) for found in re.findall(NUMBER, sentence)]


@pytest.mark.parametrize("name", SCENES)
def test_the_sentence_says_the_engines_numbers(name):
    scene = SCENES[name]
    assert numbers(scene.watch) == FACTS[name](*scene.lanes)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_a_pair_that_a_link_can_carry(name):
    scene = SCENES[name]
    assert scene.name == name
    assert len(scene.label) <= 10
    assert [lane.activations[0] for lane in scene.lanes] == ["sigmoid", "relu"]
    assert parse(lanes_to_query(scene.lanes), *_default()).lanes == scene.lanes
    assert scene.at < min(lane.limit() for lane in scene.lanes)


def _default():
    lanes = SCENES["typical"].lanes
    return lanes[0], lanes[1:]
