"""The worked example, redone by hand: one sample, two inputs, three hidden units, one output, sigmoid, no biases."""

import json
from math import exp
from pathlib import Path

import numpy as np
import pytest

from engine import WORKED_EXAMPLE, Layer, backprop, train

X, T, RATE = np.array([[0.5, 0.8]]), np.array([[0.7]]), 0.1
W1, W2 = [[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]], [[0.7, 0.8, 0.9]]
TRUE = json.loads((Path(__file__).parents[1] / "vectors" / "worked_example.json").read_text())


def numbers(value):
    return np.array(value, dtype=float)


def layers():
    return (Layer(W1), Layer(W2))


def test_by_hand():
    """The arithmetic as a reader would write it down, one number at a time."""
    x1, x2 = 0.5, 0.8
    z1 = [0.1 * x1 + 0.4 * x2, 0.2 * x1 + 0.5 * x2, 0.3 * x1 + 0.6 * x2]  # 0.37, 0.50, 0.63
    a1 = [1 / (1 + exp(-z)) for z in z1]  # 0.5915, 0.6225, 0.6525
    z2 = 0.7 * a1[0] + 0.8 * a1[1] + 0.9 * a1[2]  # 1.4992
    y = 1 / (1 + exp(-z2))  # 0.8175
    loss = (y - 0.7) ** 2 / 2  # 0.0069
    delta2 = (y - 0.7) * y * (1 - y)  # 0.0175
    delta1 = [delta2 * w * a * (1 - a) for w, a in zip([0.7, 0.8, 0.9], a1, strict=True)]

    p = backprop(layers(), X, T, loss="half_sse")

    assert p.z[0][0] == pytest.approx(z1, abs=1e-15)
    assert p.a[0][0] == pytest.approx(a1, abs=1e-15)
    assert p.z[1][0, 0] == pytest.approx(z2, abs=1e-15)
    assert p.a[1][0, 0] == pytest.approx(y, abs=1e-15)
    assert p.loss == pytest.approx(loss, abs=1e-17)
    assert p.delta[1][0, 0] == pytest.approx(delta2, abs=1e-17)
    assert p.delta[0][0] == pytest.approx(delta1, abs=1e-17)
    assert p.dW[1][0] == pytest.approx([delta2 * a for a in a1], abs=1e-17)
    assert p.dW[0] == pytest.approx(numbers([[d * x1, d * x2] for d in delta1]), abs=1e-17)
    assert p.db == (None, None)


@pytest.mark.parametrize("loss", ["half_sse", "half_mse"])
def test_all_22_numbers_against_50_digit_arithmetic(loss):
    step = train(layers(), X, T, loss=loss, learning_rate=RATE, iterations=1)[0]
    found = {
        "z1": step.z[0][0],
        "a1": step.a[0][0],
        "z2": step.z[1][0, 0],
        "y": step.a[1][0, 0],
        "J": step.loss,
        "delta2": step.delta[1][0, 0],
        "delta1": step.delta[0][0],
        "dW1": step.dW[0],
        "dW2": step.dW[1][0],
        "W1_new": step.after[0].W,
        "W2_new": step.after[1].W[0],
    }
    assert (
        sum(np.size(found[name]) for name in ("z1", "a1", "z2", "y", "J", "delta2", "delta1", "W1_new", "W2_new")) == 22
    )
    for name, value in found.items():
        np.testing.assert_allclose(value, numbers(TRUE[name]), rtol=1e-12, atol=0, err_msg=name)


def test_the_course_of_the_loss():
    h = WORKED_EXAMPLE.run(1001)
    for t, expected in {
        0: 0.0068983666,
        1: 0.0068597817,
        10: 0.0065181337,
        100: 0.0036899162,
        1000: 9.0125013e-07,
    }.items():
        assert h.losses[t] == pytest.approx(expected, rel=1e-7)
    for t, true in TRUE["after_updates"].items():
        assert h.losses[int(t)] == pytest.approx(float(true["J"]), rel=1e-10)
        np.testing.assert_allclose(h[int(t)].before[0].W, numbers(true["W1"]), rtol=1e-12)
        np.testing.assert_allclose(h[int(t)].before[1].W[0], numbers(true["W2"]), rtol=1e-12)
