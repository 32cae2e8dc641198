"""Training: an independent library's numbers, the scenes on XOR, and every wrong call."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine import OPTIMIZERS, Experiment, Layer, backprop, build, numerical_gradient, predict, train

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
TORCH = json.loads((Path(__file__).parents[1] / "vectors" / "torch.json").read_text())


def network(case, numbers):
    return tuple(Layer(W, b, name) for (W, b), name in zip(numbers, case["activations"], strict=True))


def close(ours, theirs, rtol=1e-12, atol=1e-14):
    if theirs is None:
        assert ours is None
    else:
        np.testing.assert_allclose(ours, np.array(theirs), rtol=rtol, atol=atol)


@pytest.mark.parametrize("case", TORCH["cases"], ids=lambda c: f"{c['sizes']}-{c['activations'][-1]}-{c['loss']}")
def test_forward_and_backward_as_in_pytorch(case):
    p = backprop(network(case, case["layers"]), case["x"], case["y"], case["loss"], case["l1"], case["l2"])
    close(p.loss, case["value"])
    for name in ("z", "a", "delta"):
        for ours, theirs in zip(getattr(p, name), case[name], strict=True):
            close(ours, theirs)
    for dW, db, (W, b) in zip(p.dW, p.db, case["gradients"], strict=True):
        close(dW, W)
        close(db, b)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("case", TORCH["cases"], ids=lambda c: f"{c['sizes']}-{c['activations'][-1]}-{c['loss']}")
def test_twenty_updates_as_in_pytorch(case, optimizer):
    h = train(
        network(case, case["layers"]),
        case["x"],
        case["y"],
        case["loss"],
        optimizer,
        TORCH["learning_rate"],
        20,
        l1=case["l1"],
        l2=case["l2"],
    )
    for t, numbers in case["updates"][optimizer].items():
        for layer, (W, b) in zip(h.layers(int(t)), numbers, strict=True):
            close(layer.W, W, 1e-9, 1e-11)
            close(layer.b, b, 1e-9, 1e-11)


def solved(e, iterations):
    """The step from which on all four points are on the right side of 0.5, or None."""
    h = e.run(iterations)
    x, y = e.data()
    wrong = [t for t in range(iterations + 1) if ((predict(h.layers(t), x) > 0.5) != (y > 0.5)).any()]
    return 0 if not wrong else wrong[-1] + 1 if wrong[-1] < iterations else None


@pytest.mark.parametrize(("hidden", "step"), [("sigmoid", 189), ("relu", 21), ("tanh", 17)])
def test_when_xor_is_solved(hidden, step):
    assert solved(Experiment(hidden=hidden), 400) == step


@pytest.mark.parametrize(
    ("e", "step"),
    [
        (Experiment(sizes=(2, 8, 1), learning_rate=0.5, seed=93), 285),
        (Experiment(sizes=(2, 8, 1), learning_rate=0.5, seed=93, hidden="relu"), 14),
        (Experiment(sizes=(2, 2, 1), seed=22), 158),
        (Experiment(seed=3), 20),
        (Experiment(learning_rate=5.0, seed=0), 82),
        (Experiment(learning_rate=0.1, seed=53, hidden="relu"), 136),
        (Experiment(init="normal", init_scale=0.01, seed=0, hidden="relu"), 142),
    ],
)
def test_the_scenes_that_are_solved(e, step):
    assert solved(e, 400) == step


@pytest.mark.parametrize(
    ("e", "loss"),
    [
        (Experiment(sizes=(2, 2, 1), seed=22, hidden="relu"), np.log(2)),
        (Experiment(seed=3, hidden="relu"), 0.4774),
        (Experiment(init="normal", init_scale=0.01, seed=0), np.log(2)),
        (Experiment(init="zeros"), np.log(2)),
        (Experiment(init="zeros", hidden="relu"), np.log(2)),
    ],
)
def test_the_scenes_that_rest_on_a_plateau(e, loss):
    assert e.run(2000).losses[-1] == pytest.approx(loss, abs=1e-4)


def test_zero_weights_have_no_gradient_at_all():
    for hidden in ("sigmoid", "relu"):
        step = Experiment(init="zeros", hidden=hidden).run(50)[49]
        assert all((dW == 0).all() for dW in step.dW)
        assert all((db == 0).all() for db in step.db)
        assert step.loss == pytest.approx(np.log(2), abs=1e-15)


def test_constant_weights_keep_the_hidden_units_identical():
    h = Experiment(init="constant").run(500)
    W = h.layers(500)[0].W
    np.testing.assert_allclose(W, np.broadcast_to(W[0], W.shape), rtol=1e-12)
    assert h.losses[-1] > 0.3


def test_killed_by_the_learning_rate():
    e = Experiment(learning_rate=5.0, seed=0, hidden="relu")
    h = e.run(12)
    assert (h[0].a[0] > 0).any(axis=0).all()
    assert (h[11].a[0] == 0).all()


@pytest.fixture
def good():
    return {"layers": build((2, 3, 1), seed=1), "x": X, "y": Y}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": [[0, 0, 0]] * 4}, "x: expected 2 columns"),
        ({"x": [0, 1]}, "x: expected 2 dimensions"),
        ({"x": [[0, "a"]] * 4}, "x: expected real numbers"),
        ({"x": [[0, np.nan]] * 4}, "x: expected finite"),
        ({"x": [[0, np.inf]] * 4}, "x: expected finite"),
        ({"x": np.empty((0, 2)), "y": np.empty((0, 1))}, "empty"),
        ({"x": [[0, 1], [1]]}, "x: expected numbers"),
        ({"x": np.zeros((4, 2), complex)}, "x: expected real"),
        ({"x": None}, "x: expected"),
        ({"y": [0, 1, 1, 0]}, "y: expected 2 dimensions"),
        ({"y": [[0], [1]]}, "y: expected shape"),
        ({"y": [[0, 0]] * 4}, "y: expected shape"),
        ({"y": [[np.nan]] * 4}, "y: expected finite"),
        ({"y": [[2], [1], [1], [0]], "loss": "bce"}, "targets from 0 to 1"),
        ({"y": [[-1], [1], [1], [0]], "loss": "bce"}, "targets from 0 to 1"),
        ({"loss": "nll"}, "loss: expected one of"),
        ({"loss": None}, "loss: expected one of"),
        ({"loss": "half_mes"}, "did you mean 'half_mse'"),
        ({"optimizer": "sgdd"}, "did you mean 'sgd'"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"learning_rate": np.inf}, "learning_rate"),
        ({"learning_rate": np.nan}, "learning_rate"),
        ({"learning_rate": "1"}, "learning_rate"),
        ({"learning_rate": True}, "learning_rate"),
        ({"iterations": -1}, "iterations"),
        ({"iterations": 1.5}, "iterations"),
        ({"iterations": "5"}, "iterations"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": -3}, "batch_size"),
        ({"batch_size": 2.0}, "batch_size"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.0}, "seed"),
        ({"l1": -1}, "l1"),
        ({"l2": -0.1}, "l2"),
        ({"l2": np.nan}, "l2"),
        ({"l1": np.inf}, "l1"),
        ({"momentum": 0.9}, "no options"),
        ({"optimizer": "momentum", "beta1": 0.9}, "beta1"),
        ({"optimizer": "momentum", "momentum": 1.0}, "momentum"),
        ({"optimizer": "adam", "eps": -1}, "eps"),
        ({"optimizer": "adam", "beta2": "x"}, "beta2"),
        ({"layers": ()}, "at least one Layer"),
        ({"layers": [np.zeros((1, 2))]}, "expected Layer"),
        ({"layers": 3}, "layers: expected"),
        ({"layers": (Layer(np.ones((3, 2))), Layer(np.ones((1, 4))))}, r"layer 2: expected W of shape \(1, 3\)"),
        ({"layers": (Layer(np.ones((3, 2)), None, "softmax"), Layer(np.ones((1, 3))))}, "only in the output layer"),
        ({"layers": (Layer(np.ones((1, 2)), None, "linear"),), "loss": "bce"}, "loss bce: expected an output layer"),
        ({"layers": (Layer(np.ones((1, 2)), None, "tanh"),), "loss": "cce"}, "loss cce: expected an output layer"),
        ({"interventions": [1]}, "interventions"),
        ({"interventions": "no"}, "interventions"),
    ],
)
def test_wrong_input(good, changes, message):
    with pytest.raises(ValueError, match=message) as error:
        train(**{**good, **changes})
    assert str(error.value).count(";") >= 1  # expected ...; got ...; what to change
    shared = {k: v for k, v in changes.items() if k in ("layers", "x", "y", "loss", "l1", "l2")}
    if len(shared) == len(changes):
        for function in (backprop, numerical_gradient):
            with pytest.raises(ValueError, match=message):
                function(**{**good, **shared})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2],), "W: expected 2 dimensions"),
        ((np.empty((0, 2)),), "empty"),
        (([[np.nan]],), "finite"),
        (([["1"]],), "real numbers"),
        (([[1.0]], [1.0, 2.0]), r"b: expected shape \(1,\)"),
        (([[1.0]], [[1.0]]), "b: expected"),
        (([[1.0]], [np.inf]), "finite"),
        (([[1.0]], None, "sigmoide"), "did you mean 'sigmoid'"),
        (([[1.0]], None, None), "activation: expected one of"),
        ((None,), "W: expected"),
    ],
)
def test_wrong_layers(arguments, message):
    with pytest.raises(ValueError, match=message):
        Layer(*arguments)


def test_what_is_accepted():
    h = train(
        [Layer([[1, 2]], [0])],
        np.array(X),
        np.array(Y, dtype=bool),
        "bce",
        iterations=np.int64(3),
        learning_rate=np.float32(0.5),
        batch_size=np.int32(2),
    )
    assert len(h) == 3
    assert h[0].learning_rate == 0.5
    assert len(train(build((2, 1)), X, Y, iterations=0)) == 0


def test_wrong_h():
    for h in (0, -1, np.nan, "1"):
        with pytest.raises(ValueError, match="h: expected"):
            numerical_gradient(build((2, 1)), X, Y, h=h)
