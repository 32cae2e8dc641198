"""Predictions, accuracies, and the summary of a gradient check."""

import numpy as np
import pytest

from engine import (
    ACTIVATIONS,
    LOSSES,
    Experiment,
    Layer,
    accuracy,
    answered,
    backprop,
    build,
    check_gradient,
    confusion,
    flatten,
    forward,
    forward_many,
    hits,
    middle,
    outputs_many,
    predict,
    predict_many,
    unflatten,
)


def test_predict_is_the_forward_pass():
    layers = (Layer([[1.0, -1.0]], [0.5], "linear"), Layer([[2.0]], None, "relu"))
    assert predict(layers, [[3.0, 1.0], [0.0, 2.0]]).tolist() == [[5.0], [0.0]]
    with pytest.raises(ValueError, match="expected 2 columns"):
        predict(layers, [[1.0]])


@pytest.mark.parametrize("output", ACTIVATIONS)
@pytest.mark.parametrize("biases", [True, False])
def test_many_networks_at_once(output, biases):
    networks = [build((2, 5, 3), output=output, seed=seed, init="normal_all", biases=biases) for seed in range(6)]
    x = np.random.default_rng(1).normal(size=(40, 2))
    many = predict_many(networks[0], np.array([flatten(n) for n in networks]), x)
    assert many.shape == (6, 40, 3)
    for a, network in zip(many, networks, strict=True):
        np.testing.assert_allclose(a, predict(network, x), rtol=1e-12, atol=1e-15)


def test_many_from_a_history():
    h = Experiment().run(50)
    x = Experiment().data()[0]
    many = predict_many(h.layers(0), h.parameters[::10], x)
    np.testing.assert_allclose(many[5], predict(h.layers(50), x), rtol=1e-12)
    with pytest.raises(ValueError, match="rows of 17 numbers"):
        predict_many(h.layers(0), h.parameters[:, :-1], x)


def test_accuracy():
    assert accuracy(np.array([[0.4], [0.6]]), np.array([[0.0], [0.0]])) == 0.5
    assert accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([[0.0, 1.0], [0.0, 1.0]])) == 0.5
    assert accuracy(np.array([[0.4]]), np.array([[0.7]])) is None
    assert accuracy(np.array([[0.4, 0.1]]), np.array([[0.7, 0.1]])) is None


def test_flatten_and_back():
    layers = build((2, 3, 1), seed=1, init="normal_all")
    vector = flatten(layers)
    assert vector[:6].tolist() == layers[0].W.ravel().tolist()
    assert vector[6:9].tolist() == layers[0].b.tolist()
    again = unflatten(vector, layers)
    assert np.array_equal(flatten(again), vector)
    assert [layer.activation for layer in again] == ["sigmoid", "sigmoid"]


def test_the_gradient_check_finds_a_broken_derivative(monkeypatch):
    e = Experiment()
    check = check_gradient(e.layers(), *e.data(), "bce")
    assert check.worst < 1e-6
    assert check.where.startswith(("W[", "b["))
    assert [r[0].shape for r in check.relative] == [(4, 2), (1, 4)]
    broken = ACTIVATIONS["sigmoid"].derivative
    monkeypatch.setitem(ACTIVATIONS["sigmoid"].__dict__, "derivative", lambda z: 1.01 * broken(z))
    check = check_gradient(e.layers(), *e.data(), "bce")
    assert check.worst == pytest.approx(0.01, rel=0.02)
    assert "layer 1" in check.where


@pytest.mark.parametrize(("low", "between"), [(0.0, 0.5), (-1.0, 0.0)])
def test_right_is_the_side_of_the_middle_between_the_two_targets(low, between):
    y = np.array([[low], [1.0], [1.0], [low]])
    assert middle(y) == between
    a = between + np.array([[-0.1], [0.1], [-0.1], [0.2]])
    assert accuracy(a, y) == 0.5
    assert accuracy(y, y) == 1.0
    assert middle(np.array([[0.0], [0.5]])) is None and accuracy(a, y * 2) is None


@pytest.mark.parametrize("y", [
    np.array([[0.0], [1.0], [1.0], [0.0], [1.0]]),
    np.array([[-1.0], [1.0], [1.0], [-1.0], [1.0]]),
    np.eye(3)[[0, 2, 1, 1, 2]],
])  # fmt: skip
def test_the_matrix_counts_each_wanted_class_and_its_answers(y):
    K = max(2, y.shape[1])
    a = np.random.default_rng(3).normal(size=(7, *y.shape))
    a[0, 0] = 0.0 if y.min() < 0 else 0.5  # exactly the middle, or all outputs equal
    wanted, found = answered(y, y), answered(a, y)
    for r, matrix in enumerate(confusion(a, y)):
        direct = [[sum(w == i and f == j for w, f in zip(wanted, found[r], strict=True)) for j in range(K)]
                  for i in range(K)]  # fmt: skip
        assert matrix.tolist() == direct
        assert matrix.sum() == len(y) and np.trace(matrix) == hits(a[r], y)
    assert found[0, 0] == 0
    assert np.array_equal(confusion(y, y), np.diag(np.bincount(wanted, minlength=K)))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("output", ["sigmoid", "softmax", "linear"])
def test_a_sample_alone_has_the_loss_of_a_set_of_one(loss, output):
    record = LOSSES[loss]
    if record.outputs and output not in record.outputs:
        return
    layers = build((2, 4, 3), output=output, init="normal_all", seed=2)
    x, y = np.random.default_rng(1).normal(size=(6, 2)), np.eye(3)[[0, 1, 2, 2, 1, 0]]
    z, a = (part[-1] for part in forward(layers, x))
    alone = record.alone(output, z, a, y)
    assert alone == pytest.approx([backprop(layers, x[i:i + 1], y[i:i + 1], loss=loss).loss for i in range(6)])
    together = alone.sum() if loss == "half_sse" else alone.mean()
    assert together == pytest.approx(backprop(layers, x, y, loss=loss).loss)
    many = record.alone(output, np.stack([z, z]), np.stack([a, a]), y)
    assert np.array_equal(many, [alone, alone])


def test_outputs_of_many_networks():
    e = Experiment.for_dataset("three_classes")
    h, x = e.run(20), e.data()[0]
    z, a = outputs_many(h.layers(0), h.parameters[::10], x)
    for r, t in enumerate((0, 10, 20)):
        found = forward(h.layers(t), x)
        np.testing.assert_allclose(z[r], found[0][-1], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(a[r], found[1][-1], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("output", ACTIVATIONS)
def test_all_layers_of_many_networks_at_once(output):
    networks = [build((2, 5, 4, 3), hidden="tanh", output=output, seed=seed, init="normal_all") for seed in range(4)]
    x = np.random.default_rng(1).normal(size=(30, 2))
    many = forward_many(networks[0], np.array([flatten(n) for n in networks]), x)
    assert [a.shape for a in many] == [(4, 30, 5), (4, 30, 4), (4, 30, 3)]
    for r, network in enumerate(networks):
        for found, a in zip(many, forward(network, x)[1], strict=True):
            np.testing.assert_allclose(found[r], a, rtol=1e-12, atol=1e-15)
    with pytest.raises(ValueError, match="expected 2 columns"):
        forward_many(networks[0], np.array([flatten(networks[0])]), [[1.0]])
