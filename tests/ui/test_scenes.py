"""Every number in the scenes' sentences is the engine's: here each is computed again, in the order of the sentence."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine import ACTIVATIONS, PRESETS, predict_many
from engine.ensemble import ensemble
from ui.scenes import SCENES, pace_of, story_of
from ui.session import lanes_to_query, parse

LONG = 5000
PLAYER = (Path(__file__).parents[2] / "ui" / "stage" / "web" / "player.js").read_text(encoding="utf-8")
SPEEDS = [{key: int(n)} for key, n in re.findall(r"\{ (per\w+): (\d+) \}", PLAYER)]
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


def settles(experiment, value, digits):
    """From which iteration on the loss rounds to this, to the end of 5,000 updates."""
    return int(np.flatnonzero(np.round(run(experiment).losses, digits) != value)[-1]) + 1


# The iteration that lets the last thing be seen which the answer speaks of.
REVEALS = {
    "typical": lambda s, r: max(solved(s), solved(r)),
    "wide": lambda s, r: max(solved(s), solved(r)),
    "dead": lambda s, r: solved(s),
    "some_dead": lambda s, r: max(settles(r, 0.477, 3), solved(s)),
    "killed": lambda s, r: max(dead_from(r, 4), solved(s)),
    "plateau": lambda s, r: max(500, solved(s)),
    "tiny": lambda s, r: LONG,
    "rate_10": lambda s, r: max(settles(r, 1.04, 2), solved(s)),
    "rate_30": lambda s, r: LONG,
    "overflow": lambda s, r: max(len(run(s)), len(run(r))) - 1,  # the last that is recorded
    "zeros": lambda s, r: 1,  # the first update changes nothing, so no other does
    "constant": lambda s, r: LONG,
}


def numbers(sentence):
    return [float(found.replace(",", "")) for found in re.findall(NUMBER, sentence)]


@pytest.mark.parametrize("name", SCENES)
def test_the_sentence_says_the_engines_numbers(name):
    scene = SCENES[name]
    assert numbers(scene.watch) == FACTS[name](*scene.lanes)


@pytest.mark.parametrize("name", SCENES)
def test_the_answer_comes_when_what_it_speaks_of_is_there(name):
    scene = SCENES[name]
    assert scene.reveal == REVEALS[name](*scene.lanes)
    asked = story_of(name)
    assert (asked.question, asked.answer, asked.reveal) == (scene.question, scene.watch, scene.reveal)
    assert asked.question.endswith("?")


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_brings_a_pace_that_lets_its_answer_be_seen(name):
    scene = SCENES[name]
    assert 1.25 * scene.reveal <= scene.pace.length  # the axis does not grow before the answer (stage.js)
    assert scene.pace.speed in SPEEDS
    a_second = scene.pace.per_second or 60 * scene.pace.per_frame
    assert scene.reveal / a_second <= 10


def test_a_page_opens_at_one_iteration_a_frame():
    for name in ("typical", *PRESETS):
        assert pace_of(name).speed == pace_of("").speed == {"perFrame": 1}
        assert 1.25 * story_of(name).reveal <= pace_of(name).length


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_asks_before_it_answers(name):
    preset = PRESETS[name]
    asked = story_of(name)
    assert (asked.question, asked.answer, asked.reveal) == (preset.question, preset.watch, preset.reveal)
    assert asked.question.endswith("?")
    assert 0 < asked.reveal < preset.experiment.limit()


def test_the_answers_of_the_presets_of_xor():
    lanes = [PRESETS[name].experiment for name in ("xor_sigmoid", "xor_relu")]
    sigmoid, relu = (solved(e) for e in lanes)
    assert (sigmoid, relu) == tuple(PRESETS[name].reveal for name in ("xor_sigmoid", "xor_relu"))
    assert numbers(PRESETS["xor_sigmoid"].question) == [200] and sigmoid < 200
    assert numbers(PRESETS["xor_relu"].question) == [sigmoid]
    early, late = (loss(lanes[0], t) - loss(lanes[0], t + 50) for t in (50, 150))
    assert late > 2 * early  # slow at first, then fast


def test_the_worked_example_moves_ever_more_slowly():
    preset = PRESETS["article_c"]
    outputs = [float(run(preset.experiment)[t].a[-1][0, 0]) for t in range(preset.reveal + 1)]
    moves = -np.diff(outputs)
    assert round(outputs[0], 4) == 0.8175
    assert (moves > 0).all() and outputs[-1] > 0.7
    assert moves[-1] < moves[0]


def test_from_tiny_weights_the_loss_is_still_the_same_when_the_answer_comes():
    preset = PRESETS["article_a"]
    assert round(loss(preset.experiment, preset.reveal), 4) == round(loss(preset.experiment, LONG - 1), 4) == 0.6931


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
