"""Input that only looks right: arrays of no dimensions, layers spoilt after they were made, endless names and runs."""

import numpy as np
import pytest

from engine import Experiment, Layer, backprop, train

X, Y = np.array([[0.0, 1.0]]), np.array([[1.0]])


def network():
    return Layer(np.ones((2, 2)), np.zeros(2)), Layer(np.ones((1, 2)), np.zeros(1))


def spoilt():
    layers = network()
    layers[0].W[0, 0] = np.nan
    return layers


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: backprop(np.array(3.0), X, Y), "layers: expected a sequence"),
        (lambda: backprop(network(), np.array(3.0), Y), "x: expected 2 dimensions"),
        (lambda: backprop(network(), X, np.array(1.0)), "y: expected 2 dimensions"),
        (lambda: Experiment(sizes=np.array(3)), "sizes: expected a sequence"),
        (lambda: Experiment(dataset="custom", points=np.array(1.0)), "points: expected"),
        (lambda: backprop(spoilt(), X, Y), "changed after it was made"),
        (lambda: train(spoilt(), X, Y), "changed after it was made"),
        (lambda: train(network(), X, Y, iterations=10**30), "iterations: expected at most"),
        (lambda: train(network(), X, Y, loss="x" * 10**6), "loss: expected one of"),
        (lambda: Experiment(noise=1e300), "noise: expected"),
        (lambda: Experiment(samples=-5), "samples: expected"),
        (lambda: Experiment(samples="many"), "samples: expected"),
        (lambda: Experiment(init_scale=float("nan")), "init_scale: expected"),
        (lambda: Experiment(init_scale="wide"), "init_scale: expected"),
    ],
)
def test_it_is_refused_in_a_short_sentence(wrong, says):
    with pytest.raises(ValueError, match=says) as error:
        wrong()
    assert len(str(error.value)) < 250
