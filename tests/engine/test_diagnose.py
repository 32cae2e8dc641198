"""What a diagnosis says about a step can be redone from the step's numbers."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ACTIVATIONS, OPTIMIZERS, Experiment, Layer, backprop, build, forward_many, train
from engine.diagnose import (
    along_gradient,
    dead_many,
    delivered,
    diagnose,
    flow,
    path_product,
    promise,
    rounding,
    sample_gradients,
    units,
    usual_rate,
)
from tests.strategies import PAIRS, experiments, problem

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


def at(e, t):
    return e.run(t + 1)[t]


# The samples' own gradients


@settings(deadline=None, max_examples=60)
@given(experiments())
def test_the_samples_parts_sum_to_the_gradient(e):
    e = replace(e.prefix(0), l1=0.0, l2=0.0)
    h = e.run(3)
    for step in h:
        for (dW, db), W, b in zip(sample_gradients(step), step.dW, step.db, strict=True):
            lost = 1e-12 * max(1.0, np.abs(dW).sum(axis=0).max())  # to rounding, where large parts cancel
            np.testing.assert_allclose(dW.sum(axis=0), W, rtol=1e-9, atol=lost)
            assert dW.shape == (len(step.x), *W.shape)
            if b is None:
                assert db is None
            else:
                lost = 1e-12 * max(1.0, np.abs(db).sum(axis=0).max())
                np.testing.assert_allclose(db.sum(axis=0), b, rtol=1e-9, atol=lost)


@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_a_samples_part_is_its_own_gradient(loss, output):
    """Of a loss that is a mean over n samples, sample i alone has n times its part."""
    case = problem(np.random.default_rng(3), (3, 4, 2), "tanh", output, loss, 5)
    step = train(case.layers, case.x, case.y, loss, iterations=1)[0]
    times = 1 if loss == "half_sse" else 5
    for i in range(5):
        alone = backprop(case.layers, case.x[i : i + 1], case.y[i : i + 1], loss)
        for (dW, db), W, b in zip(sample_gradients(step), alone.dW, alone.db, strict=True):
            np.testing.assert_allclose(times * dW[i], W, rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose(times * db[i], b, rtol=1e-10, atol=1e-14)


def test_sizes_are_those_of_the_samples_parts():
    step = at(Experiment(sizes=(2, 4, 3, 1), seed=3), 20)
    parts = [np.hstack([dW.reshape(4, -1), db]) for dW, db in sample_gradients(step)]
    every = np.hstack(parts)
    found = diagnose(step)
    assert found.samples == pytest.approx(np.linalg.norm(every, axis=1).sum(), rel=1e-12)
    assert found.gradient == pytest.approx(np.linalg.norm(every.sum(axis=0)), rel=1e-9)
    assert found.together == pytest.approx(found.gradient / found.samples, rel=1e-12)


# Promise and delivery


def test_the_promise_of_gradient_descent():
    for t in (0, 30):
        step = at(Experiment(), t)
        squares = sum(float((v**2).sum()) for v in (*step.dW, *step.db))
        assert promise(step) == pytest.approx(-1.0 * squares, rel=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("changes", [{}, {"l1": 0.01, "l2": 0.1}, {"biases": False}, {"batch_size": 3}])
def test_a_small_step_keeps_its_promise(optimizer, changes):
    e = Experiment(hidden="tanh", optimizer=optimizer, learning_rate=1e-6, **changes)
    step = at(e, 3)
    assert delivered(step, e) == pytest.approx(promise(step), rel=1e-3)


def test_delivered_is_the_difference_of_losses():
    e = Experiment(learning_rate=5.0)
    h = e.run(20)
    for t in range(19):
        assert delivered(h[t], e) == pytest.approx(h.losses[t + 1] - h.losses[t], rel=1e-12)


def test_delivered_after_divergence_is_not_finite():
    e = Experiment(output="linear", loss="mse", learning_rate=2.0)
    h = e.run(500)
    assert np.isinf(delivered(h[-1], e))


@pytest.mark.parametrize(("loss", "output"), PAIRS)
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.01, 0.2)])
def test_the_loss_along_the_gradient(loss, output, l1, l2):
    case = problem(np.random.default_rng(3), (3, 4, 2), "tanh", output, loss, 5)
    rates = np.array([0.0, 0.01, 1.0, 30.0])
    found = along_gradient(case.layers, case.x, case.y, loss, l1, l2, rates)
    p = backprop(case.layers, case.x, case.y, loss, l1, l2)
    for rate, value in zip(rates, found, strict=True):
        moved = [
            Layer(layer.W - rate * dW, layer.b - rate * db, layer.activation)
            for layer, dW, db in zip(case.layers, p.dW, p.db, strict=True)
        ]
        assert value == pytest.approx(backprop(moved, case.x, case.y, loss, l1, l2).loss, rel=1e-10)


def test_along_the_gradient_starts_at_the_loss_and_never_warns():
    with np.errstate(all="raise"):
        found = along_gradient(build((2, 4, 1), output="linear"), X, Y, "mse", 0.0, 0.0, [1e-300, 1.0, 1e300])
    assert found[0] == pytest.approx(backprop(build((2, 4, 1), output="linear"), X, Y, "mse").loss, rel=1e-12)
    assert not np.isfinite(found[2])
    for rates in ([], [np.nan], [[1.0]]):
        with pytest.raises(ValueError, match="rates"):
            along_gradient(build((2, 4, 1)), X, Y, "bce", 0.0, 0.0, rates)


# Units, and the sentence


def test_dead_units_are_named():
    step = at(Experiment(seed=3, hidden="relu"), 500)
    (found,) = units(step)
    dead = [j for j in range(4) if (step.z[0][:, j] <= 0).all()]
    assert list(found.dead) == dead
    assert found.units == 4
    assert set(found.dead) <= set(found.saturated)


@pytest.mark.parametrize("e", [
    Experiment(seed=3, hidden="relu"), Experiment(sizes=(2, 3, 3, 1), hidden=("relu", "tanh"), learning_rate=3.0),
    Experiment(init="normal", init_scale=300.0), Experiment(hidden="leaky_relu"), Experiment(hidden="linear"),
])  # fmt: skip
def test_dead_units_of_many_networks_are_those_of_each(e):
    run, times = e.run(501), range(0, 501, 50)
    found = dead_many(run.layers(0), forward_many(run.layers(0), run.parameters[:501:50], e.data()[0]))
    for r, t in enumerate(times):
        for dead, layer in zip(found, units(run[t]), strict=True):
            assert tuple(np.flatnonzero(dead[r])) == layer.dead


def test_saturated_units_by_hand():
    """The limit is a tenth of 1/4, which is 0.025: the sigmoid's slope is 0.0236 at 3.7 and 0.0285 at 3.5."""
    layers = [Layer([[0.0], [0.0]], [3.7, 3.5]), Layer([[1.0, 1.0]], [0.0])]
    step = train(layers, [[1.0]], [[1.0]], iterations=1)[0]
    assert units(step)[0].saturated == (0,)


XOR, RELU = "v=1", "v=1&hidden=relu"
KINDS = [
    ("sizes=2-2-1&seed=22&hidden=relu", 0, "dead"),  # the whole layer
    ("seed=3&hidden=relu", 500, "dead"),  # three of four: the one that is left cannot do it
    ("lr=5&seed=0&hidden=relu", 20, "dead"),
    ("sizes=2-2-2-2-2-1&seed=6&hidden=relu", 0, "dead"),
    ("lr=0.1&seed=53", 100, "cancelling"),
    ("init=zeros", 0, "cancelling"),
    ("init=normal&scale=0.01&seed=0", 5000, "cancelling"),
    (XOR, 50, "moving"),
    (RELU, 0, "moving"),
    ("lr=30", 5, "moving"),
    ("lr=1e-5", 0, "rate"),
    ("init=normal&scale=30&seed=8", 399, "saturated"),
    ("data=and&hidden=tanh&init=normal&scale=10&seed=2", 399, "saturated"),
    # dead units that hold nothing up: the rate of 1e-6 does
    ("lr=1e-06&seed=3", 0, "rate"),
    ("lr=1e-06&seed=3&hidden=relu", 0, "rate"),
    ("seed=3&hidden=relu&batch=2&lr=1e-5", 0, "rate"),
    ("opt=adam&lr=1e-6", 0, "rate"),
    # nor do those of a network that has learnt it
    (XOR, 20_000, "solved"),
    (RELU, 20_000, "solved"),
]


@pytest.mark.parametrize(("query", "t", "kind"), KINDS)
def test_what_holds_it_up(query, t, kind):
    e, said = Experiment.from_query(query)
    assert not said
    assert diagnose(at(e, t), e).kind == kind


def test_the_usual_rate():
    own = {"points": ((0.0, 0.5), (1.0, 1.5), (2.0, 2.0)), "sizes": (1, 3, 1), "loss": "half_mse", "output": "linear"}
    assert usual_rate(Experiment.for_dataset("moons")) == 0.3
    assert usual_rate(Experiment.for_dataset("moons", optimizer="adam")) == 0.001
    assert usual_rate(Experiment(dataset="custom", **own)) == 0.1
    for low, named in ((0.5, False), (0.001, True)):
        e = Experiment(learning_rate=low, seed=3)
        assert (diagnose(at(e, 0), e).kind == "rate") == (named and still(e, at(e, 0)))


def still(e, step):
    return -promise(step) < 1e-4 * step.loss


@pytest.mark.parametrize(("query", "t", "kind"), [k for k in KINDS if k[2] in ("rate", "dead", "saturated")])
def test_without_the_cause_it_would_move(query, t, kind):
    """With the usual rate; or if these units had their greatest slope, but where a whole layer passes nothing back."""
    e, _ = Experiment.from_query(query)
    step = at(e, t)
    found = diagnose(step, e)
    assert still(e, step)
    if kind == "rate":
        assert not still(e, at(replace(e, learning_rate=found.rate), t))
        return
    layer = found.layers[found.which]
    if kind == "dead" and len(layer.dead) == layer.units:
        assert not any(step.dW[l].any() for l in range(found.which + 1))
        return
    assert found.which == 0  # of one hidden layer, by hand:
    f, which = step.before[0].f, layer.dead if kind == "dead" else layer.saturated
    slope = np.where(np.isin(np.arange(layer.units), which), f.largest_slope, f.derivative(step.z[0]))
    delta = step.delta[1] @ step.before[1].W * slope
    length = sum(float((v**2).sum()) for v in (delta.T @ step.x, delta.sum(axis=0), step.dW[1], step.db[1]))
    assert step.learning_rate * length > 1e-4 * step.loss
    assert length > sum(float((v**2).sum()) for v in (*step.dW, *step.db))


def test_solved_is_far_below_the_best_constant_and_right():
    for e in (Experiment(), Experiment(hidden="relu")):
        step = at(e, 20_000)
        assert step.loss < 0.01 * np.log(2)
        assert ((step.a[-1] > 0.5) == (step.y > 0.5)).all()


def test_a_penalty_that_holds_the_samples_off():
    e = Experiment(dataset="worked_example", sizes=(2, 3, 1), loss="half_sse", l2=0.05, biases=False)
    found = diagnose(at(e, 20_000), e)
    assert found.kind == "penalty"
    assert found.gradient > 1e-3
    assert found.total < 0.05 * found.gradient


def test_nothing_to_learn():
    step = train([Layer([[1.0]], [0.0], "linear")], [[2.0]], [[2.0]], iterations=1)[0]
    found = diagnose(step)
    assert found.kind == "flat"
    assert (found.gradient, found.samples, found.together, found.promise) == (0.0, 0.0, 0.0, 0.0)


def test_a_batch_is_not_the_whole_set():
    e = Experiment(seed=3, hidden="relu", batch_size=2)
    assert diagnose(at(e, 0), e).part
    assert not diagnose(at(replace(e, batch_size=4), 0), e).part


def test_numbers_that_grow_without_bound():
    e = Experiment(output="linear", loss="mse", learning_rate=2.0)
    h = e.run(500)
    found = diagnose(h[-1], e)
    assert 0.0 < found.together <= 1.0
    assert found.kind == "moving"
    assert len(sample_gradients(h[-1])) == 2


@settings(deadline=None, max_examples=150)
@given(experiments(), st.integers(0, 4))
def test_every_step_has_a_diagnosis(e, t):
    h = e.run(t + 1)
    if t < len(h):
        with np.errstate(all="raise", under="ignore"):
            found = diagnose(h[t], e)
        assert found.kind in ("moving", "solved", "rate", "dead", "saturated", "penalty", "cancelling", "flat")
        assert (found.which is not None) or found.kind not in ("dead", "saturated")
        assert 0.0 <= found.together <= 1.0 + 1e-9
        assert len(found.layers) == len(e.sizes) - 2


# Rounding


@pytest.mark.parametrize("query", ["v=1", "hidden=relu&lr=5&seed=0", "init=normal&scale=0.01&seed=0", "lr=30",
                                   "data=curve", "data=three_classes", "l1=0.01&l2=0.1", "loss=half_mse"])  # fmt: skip
def test_the_losses_rounding_is_below_what_is_called_seen(query):
    """The same loss with 64 bits of mantissa instead of 53."""
    e, _ = Experiment.from_query(query)
    for t in (0, 5, 200):
        step = at(e, t)
        assert abs(float(long_loss(e, step) - np.longdouble(step.loss))) < rounding(step, e) / 2
        assert rounding(step, e) < 1e-10 * step.loss


def long_loss(e, step):
    """The loss of a step, with its penalties, in long doubles."""
    a, y = step.x.astype(np.longdouble), step.y.astype(np.longdouble)
    for layer in step.before:
        z = a @ layer.W.T.astype(np.longdouble) + layer.b.astype(np.longdouble)
        a = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0),
             "linear": lambda z: z, "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)}[
            layer.activation](z)  # fmt: skip
    n, K = y.shape
    terms = {"bce": lambda: -(y * np.log(a) + (1 - y) * np.log1p(-a)) / (n * K), "mse": lambda: (a - y) ** 2 / (n * K),
             "half_mse": lambda: (a - y) ** 2 / (2 * n),
             "cce": lambda: -y * np.log(a) / n}[e.loss]()  # fmt: skip
    W = [layer.W.astype(np.longdouble) for layer in step.before]
    l1, l2 = np.longdouble(e.l1), np.longdouble(e.l2)
    return terms.sum() + sum(l1 * np.abs(w).sum() + l2 / 2 * (w * w).sum() for w in W)


# Many iterations


@pytest.mark.parametrize("batch_size", [None, 3])
@pytest.mark.parametrize("hidden", ["relu", ("tanh", "leaky_relu")])
def test_flow_is_that_of_the_steps(batch_size, hidden):
    e = Experiment(sizes=(2, 5, 3, 1), hidden=hidden, batch_size=batch_size, learning_rate=2.0)
    h = e.run(40)
    found = flow(h.rows(0, 40, 3), h.layout, e.activations)
    for i, t in enumerate(range(0, 40, 3)):
        step = h[t]
        for l in range(3):
            for ours, theirs in (
                (found.z, step.z[l]),
                (found.a, step.a[l]),
                (found.delta, step.delta[l]),
                (found.dW, step.dW[l]),
            ):
                assert ours[i, l] == pytest.approx(np.sqrt((theirs**2).mean()), rel=1e-12)
        for l, u in enumerate(units(step)):
            assert found.dead[i, l] == len(u.dead) / u.units
            assert found.saturated[i, l] == len(u.saturated) / u.units


def test_flow_without_activations_and_with_wrong_rows():
    e = Experiment()
    h = e.run(10)
    assert flow(h.rows(0, 10), h.layout).dead is None
    with pytest.raises(ValueError, match="rows"):
        flow(h.rows(0, 10, columns=[1, 2]), h.layout)
    with pytest.raises(ValueError, match="activations: expected 2"):
        flow(h.rows(0, 10), h.layout, ("relu",))


def test_flow_of_the_smallest_and_largest_numbers():
    """Squares of 1e-200 would vanish, of 1e200 overflow; a root mean square need not."""
    rng = np.random.default_rng(0)
    for size in (1e-200, 1e200):
        h = train([Layer(size * rng.normal(size=(3, 2)), None, "linear")], X, np.zeros((4, 3)), iterations=1)
        found = flow(np.nan_to_num(h.rows(0, len(h))), h.layout) if len(h) else None
        if found is not None:
            assert 0.1 * size < found.z[0, 0] < 10 * size


@pytest.mark.parametrize("hidden", ["sigmoid", "relu"])
def test_the_paths_to_a_unit_add_up_to_its_delta(hidden):
    e = Experiment.for_dataset("three_classes", hidden_sizes=(3, 2), hidden=hidden)
    step = at(e, 5)
    for sample, first in product((0, 7), range(3)):
        total = sum(path_product(step, (first, j, k), sample).end for j in range(2) for k in range(3))
        assert total == pytest.approx(step.delta[0][sample, first], rel=1e-9, abs=1e-15)


def test_a_path_by_hand():
    step = at(Experiment(), 3)
    p = path_product(step, (2, 0), 1)
    slope = ACTIVATIONS["sigmoid"].derivative(step.z[0])[1, 2]
    assert p.start == step.delta[1][1, 0]
    assert p.weights == (step.before[1].W[0, 2],)
    assert p.slopes == (slope,)
    np.testing.assert_array_equal(p.running, [p.start, p.start * p.weights[0] * slope])
    for path, sample in (((0,), 0), ((4, 0), 0), ((0, 1), 0), ((0, 0), 4), ((0, 0), -1)):
        with pytest.raises(ValueError, match="expected"):
            path_product(step, path, sample)
