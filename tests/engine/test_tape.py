"""The fast loop gives what the readable functions give, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import OPTIMIZERS, backprop, flatten, train
from tests.strategies import HIDDEN, PAIRS, problem, problems


def same(ours, theirs):
    """Equal to the last bit (0.0 and -0.0 are equal: @ and dot sign the product of two 1 x 1 matrices differently)."""
    return ours is theirs is None or np.array_equal(ours, theirs)


def hold_together(case, h, l1=0.0, l2=0.0):
    """Redo every iteration of h with ``backprop`` and the optimizer's pure functions."""
    rule, task = h.task.optimizer, h.task
    theta = flatten(case.layers)
    state = rule.init(theta)
    for step in h:
        assert same(flatten(step.before), theta)
        p = backprop(step.before, step.x, step.y, case.loss, l1, l2)
        assert same(step.loss, p.loss)
        for name in ("z", "a", "delta", "dW", "db"):
            for layer, (ours, theirs) in enumerate(zip(getattr(step, name), getattr(p, name), strict=True)):
                assert same(ours, theirs), (step.index, name, layer)
        for name, memory in zip(rule.state, state, strict=True):
            assert same(np.concatenate([v.ravel() for pair in step.state[name] for v in pair if v is not None]), memory)
        g = np.concatenate([v.ravel() for pair in zip(p.dW, p.db, strict=True) for v in pair if v is not None])
        change, state = rule.update(g, state, step.learning_rate, step.index + 1, task.options)
        assert same(np.concatenate([v.ravel() for pair in step.change for v in pair if v is not None]), change)
        theta = theta - change
        assert same(flatten(step.after), theta)
    assert same(h.losses, [step.loss for step in h])
    rows = h.rows(0, len(h))  # the stacked replay
    for row, step in zip(rows, h, strict=True):
        for field in h.layout:
            if field.quantity in ("dw", "db", "z", "a", "delta"):
                name = {"dw": "dW"}.get(field.quantity, field.quantity)
                found = row[field.offset : field.offset + field.size].reshape(field.shape)
                expected = getattr(step, name)[field.layer]
                assert same(found[: len(expected)], expected), field


@pytest.mark.parametrize(("loss", "output"), PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_every_activation_and_loss(hidden, loss, output):
    case = problem(np.random.default_rng(5), (3, 4, 4, 2), hidden, output, loss, 7)
    h = train(case.layers, case.x, case.y, loss, learning_rate=0.05, iterations=4)
    hold_together(case, h)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 3])
def test_every_optimizer(optimizer, batch_size):
    case = problem(np.random.default_rng(5), (3, 4, 1), "tanh", "sigmoid", "bce", 7, hard=True)
    h = train(case.layers, case.x, case.y, "bce", optimizer, 0.05, 40, batch_size)
    hold_together(case, h)


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.1), (0.03, 0.2)])
def test_penalties(l1, l2):
    case = problem(np.random.default_rng(5), (3, 4, 1), "relu", "linear", "mse", 7)
    h = train(case.layers, case.x, case.y, "mse", "momentum", 0.01, 10, l1=l1, l2=l2)
    hold_together(case, h, l1, l2)


def test_options_reach_the_fast_loop():
    case = problem(np.random.default_rng(5), (3, 4, 1), "relu", "linear", "mse", 7)
    for optimizer, options in (
        ("momentum", {"momentum": 0.5}),
        ("nesterov", {"momentum": 0.3}),
        ("rmsprop", {"alpha": 0.9, "eps": 1e-3}),
        ("adam", {"beta1": 0.5, "beta2": 0.9, "eps": 1e-2}),
    ):
        h = train(case.layers, case.x, case.y, "mse", optimizer, 0.01, 8, **options)
        hold_together(case, h)


@given(
    problems(),
    st.sampled_from(list(OPTIMIZERS)),
    st.one_of(st.none(), st.integers(1, 9)),
    st.sampled_from([0.0, 0.02]),
    st.sampled_from([0.0, 0.01]),
)
@settings(deadline=None, max_examples=80)
def test_any_network(case, optimizer, batch_size, l1, l2):
    h = train(case.layers, case.x, case.y, case.loss, optimizer, 0.02, 9, batch_size, seed=3, l1=l1, l2=l2)
    hold_together(case, h, l1, l2)


@pytest.mark.parametrize("n", [33, 200])
def test_large_batches(n):
    case = problem(np.random.default_rng(9), (20, 10, 1), "relu", "sigmoid", "bce", n, hard=True)
    hold_together(case, train(case.layers, case.x, case.y, "bce", learning_rate=0.1, iterations=5, batch_size=32))
    hold_together(case, train(case.layers, case.x, case.y, "bce", learning_rate=0.1, iterations=3))


def test_activations_that_differ_from_layer_to_layer():
    case = problem(np.random.default_rng(2), (2, 5, 4, 3, 1), "relu", "sigmoid", "bce", 6)
    names = ["tanh", "relu", "sigmoid", "sigmoid"]
    case = replace(
        case, layers=tuple(replace(layer, activation=name) for layer, name in zip(case.layers, names, strict=True))
    )
    hold_together(case, train(case.layers, case.x, case.y, "bce", iterations=5))
