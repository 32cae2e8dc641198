"""Backpropagation against definitions, against central differences and at the edges of the numbers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from engine import (
    ACTIVATIONS,
    LOSSES,
    Layer,
    backprop,
    check_entry,
    check_gradient,
    forward,
    numerical_gradient,
    predict,
)
from tests.strategies import HIDDEN, PAIRS, problem, problems


def test_two_samples_by_hand():
    """One linear unit, w = 2, b = 1; samples (1, 3) and (2, 4): outputs 3 and 5, errors 0 and 1."""
    p = backprop((Layer([[2.0]], [1.0], "linear"),), [[1.0], [2.0]], [[3.0], [4.0]])
    assert p.z[0].tolist() == [[3.0], [5.0]]
    assert p.loss == 0.25  # (0 + 1/2) / 2
    assert p.delta[0].tolist() == [[0.0], [0.5]]  # the 1/n is inside
    assert p.dW[0].tolist() == [[1.0]]  # 0 * 1 + 0.5 * 2
    assert p.db[0].tolist() == [0.5]


def test_the_five_losses_of_one_small_table():
    a, y = np.array([[0.5, 0.25], [0.5, 0.75]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    squares = 0.25 + 0.0625 + 0.25 + 0.0625
    expected = {
        "half_mse": squares / 4,
        "half_sse": squares / 2,
        "mse": squares / 4,
        "bce": -(np.log(0.5) + np.log(0.75) + np.log(0.5) + np.log(0.75)) / 4,
        "cce": -(np.log(0.5) + np.log(0.75)) / 2,
    }
    assert {name: pytest.approx(loss.value(a, y), abs=1e-15) for name, loss in LOSSES.items()} == expected


def test_penalties_are_on_weights_only():
    layers = (Layer([[1.0, -2.0]], [5.0], "linear"),)
    x, y = [[0.0, 0.0]], [[5.0]]  # the data part is exactly 0
    p = backprop(layers, x, y, l1=0.5, l2=0.25)
    assert p.loss == 0.5 * 3 + 0.25 / 2 * 5
    assert p.dW[0].tolist() == [[0.5 + 0.25, -0.5 - 0.5]]
    assert p.db[0].tolist() == [0.0]
    assert p.delta[0].tolist() == [[0.0]]  # delta is the data part's


@pytest.mark.parametrize(("loss", "output"), PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_central_differences_for_every_activation_and_loss(hidden, loss, output):
    case = problem(np.random.default_rng(7), (3, 4, 5, 2), hidden, output, loss, 5)
    check = check_gradient(case.layers, case.x, case.y, loss)
    assert check.worst < 3e-6, check.where


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.1), (0.03, 0.2)])
def test_central_differences_with_penalties(l1, l2):
    case = problem(np.random.default_rng(1), (2, 4, 1), "tanh", "sigmoid", "bce", 5)
    assert check_gradient(case.layers, case.x, case.y, "bce", l1, l2).worst < 1e-6


@given(problems())
@settings(deadline=None, max_examples=60)
def test_central_differences_for_any_network(case):
    p = backprop(case.layers, case.x, case.y, case.loss)
    for dW, db, (nW, nb) in zip(p.dW, p.db, numerical_gradient(case.layers, case.x, case.y, case.loss), strict=True):
        if not any(
            f.f.name in ("relu", "leaky_relu") for f in case.layers
        ):  # near a corner the difference means nothing
            np.testing.assert_allclose(dW, nW, rtol=1e-4, atol=1e-6)
            if db is not None:
                np.testing.assert_allclose(db, nb, rtol=1e-4, atol=1e-6)


@given(problems())
@settings(deadline=None, max_examples=60)
def test_shapes_and_the_two_sums(case):
    p = backprop(case.layers, case.x, case.y, case.loss)
    below = (case.x, *p.a[:-1])
    for layer, z, a, delta, dW, db, a_below in zip(case.layers, p.z, p.a, p.delta, p.dW, p.db, below, strict=True):
        assert z.shape == a.shape == delta.shape == (len(case.x), layer.W.shape[0])
        np.testing.assert_allclose(dW, delta.T @ a_below, rtol=1e-12, atol=1e-300)
        assert (db is None) == (layer.b is None)
        if db is not None:
            np.testing.assert_allclose(db, delta.sum(axis=0), rtol=1e-9, atol=1e-15)
    assert np.array_equal(forward(case.layers, case.x)[1][-1], predict(case.layers, case.x))


@pytest.mark.parametrize("size", [0.0, 1.0, 30.0, 40.0, 710.0, 1e4])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_bce_from_z_stays_finite_and_exact(size, sign, target):
    z = sign * size
    p = backprop((Layer([[z]], None, "sigmoid"),), [[1.0]], [[target]], "bce")
    right = z if target else -z  # the loss is log(1 + e^-right)
    expected = np.log1p(np.exp(-right)) if right > -30 else -right
    assert p.loss == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(p.delta[0]).all()
    assert abs(p.delta[0][0, 0]) <= 1.0


@pytest.mark.parametrize("size", [0.0, 30.0, 800.0, 1e4])
def test_cce_from_z_stays_finite_and_exact(size):
    layer = Layer([[size], [0.0], [-size]], None, "softmax")
    for k in range(3):
        p = backprop((layer,), [[1.0]], [np.eye(3)[k]], "cce")
        z = np.array([size, 0.0, -size])
        assert p.loss == pytest.approx(np.logaddexp.reduce(z) - z[k], rel=1e-12)
        assert np.isfinite(p.delta[0]).all()
        assert p.a[0].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("name", HIDDEN)
def test_derivatives_are_slopes(name):
    f = ACTIVATIONS[name]
    z = np.linspace(-4, 4, 81).reshape(-1, 1) + 0.013  # no point on a corner
    slope = (f.f(z + 1e-6) - f.f(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(f.derivative(z), slope, atol=1e-8)
    assert f.derivative(z).max() <= f.largest_slope


def test_softmax_derivative_is_its_jacobian():
    f, z, h = ACTIVATIONS["softmax"], np.array([[0.3, -1.0, 2.0]]), 1e-6
    for q in range(3):
        e = np.eye(3)[q] * h
        np.testing.assert_allclose(f.derivative(z)[0, :, q], ((f.f(z + e) - f.f(z - e)) / (2 * h))[0], atol=1e-9)


def test_slopes_at_exactly_zero():
    zero = np.zeros((1, 1))
    assert ACTIVATIONS["relu"].derivative(zero) == 0.0
    assert ACTIVATIONS["leaky_relu"].derivative(zero) == 0.01
    assert ACTIVATIONS["leaky_relu"].f(np.array([[-2.0]])) == -0.02


@pytest.mark.parametrize("z", [-1e4, -800.0, 800.0, 1e4])
def test_saturated_activations(z):
    with np.errstate(all="ignore"):
        for name in HIDDEN:
            assert np.isfinite(ACTIVATIONS[name].f(np.array([[z]]))).all()
            assert np.isfinite(ACTIVATIONS[name].derivative(np.array([[z]]))).all()


def test_cce_takes_targets_that_do_not_sum_to_one():
    case = problem(np.random.default_rng(3), (2, 3, 3), "tanh", "softmax", "cce", 4)
    y = np.random.default_rng(4).uniform(size=(4, 3))
    assert check_gradient(case.layers, case.x, y, "cce").worst < 1e-6


def test_one_entry_of_a_gradient_check_is_that_entry():
    case = problem(np.random.default_rng(3), (2, 3, 2), "tanh", "sigmoid", "bce", 5)
    layers = [replace(case.layers[0], W=case.layers[0].W * 40), case.layers[1]]  # large ones are moved further
    check = check_gradient(layers, case.x, case.y, "bce", 0.01, 0.1)
    for l, layer in enumerate(layers):
        for j, k in np.ndindex(layer.W.shape):
            entry = check_entry(layers, case.x, case.y, l, j, k, "bce", 0.01, 0.1)
            assert entry.numerical == check.numerical[l][0][j, k]
            assert entry.exact == check.exact[l][0][j, k]
            assert entry.relative == check.relative[l][0][j, k]
            assert entry.h == 1e-5 * max(1.0, abs(layer.W[j, k]))
            assert (entry.above - entry.below) / (2 * entry.h) == pytest.approx(entry.numerical, rel=1e-6)
        assert check_entry(layers, case.x, case.y, l, 1, None, "bce", 0.01, 0.1).relative == check.relative[l][1][1]
    with pytest.raises(IndexError):
        check_entry([Layer([[1.0, 2.0]])], [[1.0, 1.0]], [[0.5]], 0, 0)


def test_numerical_gradient_leaves_the_layers_alone():
    case = problem(np.random.default_rng(3), (2, 3, 1), "tanh", "sigmoid", "bce", 4)
    before = [layer.W.copy() for layer in case.layers]
    numerical_gradient(case.layers, case.x, case.y, "bce", h=1e-4)
    assert all(np.array_equal(a, layer.W) for a, layer in zip(before, case.layers, strict=True))
