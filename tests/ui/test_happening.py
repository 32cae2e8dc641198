"""Why a network moves or stands still, in words: each sentence is made of the numbers of its step."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from engine import Experiment, Layer, diagnose, train
from engine.diagnose import promise
from tests.strategies import experiments
from ui.happening import sentence

FRAME = str(Path(__file__).parents[2] / "ui" / "frame.py")


def said(e, t):
    h = e.run(t + 1)
    step = h[min(t, len(h) - 1)]
    return sentence(diagnose(step, e), step)


SAYS = [
    (
        "sizes=2-2-1&seed=22&hidden=relu",
        0,
        "It does not move. Both hidden units are dead: on every sample output and slope are 0, so no error passes back "
        "there.",
    ),
    (
        "seed=3&hidden=relu",
        500,
        "It hardly moves. Of 4 hidden units, 3 are dead: slope 0 on every sample, so no gradient reaches their "
        "weights. The four samples pull in different directions: 99.7% of their pull cancels.",
    ),
    (
        "lr=0.1&seed=53",
        100,
        "It hardly moves. The four samples pull in different directions: 98% of their pull cancels.",
    ),
    ("init=zeros", 0, "It does not move. The four samples pull against each other and cancel exactly."),
    (
        "v=1",
        50,
        "It moves: this update should lower the loss by 6.7×10⁻⁴. The four samples pull in different directions: "
        "97% of their pull cancels.",
    ),
    ("hidden=relu", 0, "It moves: this update should lower the loss by 0.11. Of 4 hidden units, 1 is dead."),
    (
        "lr=30",
        5,
        "It moves: this update promises to lower the loss by 7.2, more than the whole loss of 2.4: the step is too "
        "long to keep that. All 4 hidden units are saturated.",
    ),
    (
        "lr=1e-5",
        0,
        "The learning rate of 10⁻⁵ holds it up: this update should lower the loss by 5.3×10⁻⁷; with 1, which is usual "
        "here, it should lower the loss by 0.053.",
    ),
    (
        "lr=1e-06&seed=3&hidden=relu",
        0,
        "The learning rate of 10⁻⁶ holds it up: this update should lower the loss by 3.2×10⁻⁷; with 1, which is usual "
        "here, it should lower the loss by 0.32.",
    ),
    ("hidden=relu", 20_000, "Hardly anything is left to learn: the loss is down to 7.4×10⁻⁵."),
    (
        "sizes=2-2-2-2-2-1&seed=6&hidden=relu",
        0,
        "It does not move. Both units of hidden layer 4 are dead: on every sample output and slope are 0, so no error "
        "passes back there.",
    ),
    (
        "sizes=2-1-1-2-1&hidden=relu&bias=0&lr=0.1&seed=0",
        0,
        "It hardly moves. Of 2 units of hidden layer 3, 1 is dead: slope 0 on every sample, so no gradient reaches its "
        "weights.",
    ),
]


@pytest.mark.parametrize(("query", "t", "words"), SAYS)
def test_the_sentence(query, t, words):
    e, unread = Experiment.from_query(query)
    assert not unread
    assert said(e, t) == words


def test_what_a_run_needs_no_experiment_for():
    step = train([Layer([[1.0]], [0.0], "linear")], [[2.0]], [[2.0]], iterations=1)[0]
    assert sentence(diagnose(step), step) == "Every sample's gradient is 0: nothing moves the loss of 0."


def test_a_saturated_layer_says_its_steepest_slope():
    e, _ = Experiment.from_query("init=normal&scale=30&seed=8")
    step = e.run(400)[399]
    steepest = float(re.search(r"at most ([0-9.]+)", said(e, 399).replace("×10⁻", "e-"))[1])
    a = step.a[0]
    assert steepest == pytest.approx(float((a * (1 - a)).max()), rel=0.05)


def test_a_penalty_a_batch_and_numbers_without_bound():
    e = Experiment(dataset="worked_example", sizes=(2, 3, 1), loss="half_sse", l2=0.05, biases=False)
    assert "The penalty pulls the weights as hard as the samples pull the other way" in said(e, 20_000)
    batches = Experiment(sizes=(2, 2, 1), seed=22, hidden="relu", batch_size=2)
    assert any("on every sample of this batch" in said(batches, t) for t in range(20))
    assert "lower the loss by" in said(Experiment(output="linear", loss="mse", learning_rate=2.0), 400)


def test_an_update_below_rounding_is_said_to_be():
    e, _ = Experiment.from_query("data=worked_example&sizes=2-3-1&loss=half_sse&bias=0&lr=1e-20")
    e2, _ = Experiment.from_query("data=and&lr=1e-20")
    for run in (e, e2):
        assert "too small to see in a 64-bit number" in said(run, 0)


def test_uphill_is_said():
    e, _ = Experiment.from_query("opt=momentum&lr=1")
    h = e.run(400)
    up = next(t for t in range(400) if promise(h[t]) > 1e-3 * h[t].loss)
    assert "should raise the loss by" in said(e, up)
    assert "memory is stronger than the gradient" in said(e, up)


@settings(deadline=None, max_examples=150)
@given(experiments(), st.integers(0, 4))
@example(Experiment(sizes=(2, 1, 1, 2, 1), hidden="relu", biases=False, learning_rate=0.1, seed=0), 0)
def test_every_step_has_a_sentence(e, t):
    h = e.run(t + 1)
    if t < len(h):
        with np.errstate(all="raise", under="ignore"):
            words = sentence(diagnose(h[t], e), h[t])
        assert words[0].isupper()  # and so no digit
        assert words.endswith(".")
        assert "  " not in words
        assert not re.search(r"\d[eE][-+]?\d|(?<!\w)-\d|\+-", words)
        for part in re.split(r"(?<=\.) ", words):
            assert part[0].isupper()


@pytest.mark.parametrize("query", ["v=1&init=zeros", "v=1&hidden=relu&seed=3&lr=1e-6", "v=1&lr=30&at=5"])
def test_the_playground_says_it_too(query):
    at = AppTest.from_file(FRAME, default_timeout=60)
    at.session_state["rest:playground"] = {}  # without a browser nobody says that the stage stands
    for part in query.split("&"):
        key, value = part.split("=")
        at.query_params[key] = value
    at.run()
    assert not at.exception
    words = "\n".join(element.value for element in at.markdown).replace("\\", "")
    t = int(at.query_params["at"][0]) if "at" in at.query_params else 0
    e, _ = Experiment.from_query(query.partition("&at=")[0])
    assert f"What is happening at iteration {t}" in words
    assert said(e, t) in words
