"""A data set is a table of inputs x and targets y that a network is to learn from; most are drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .checks import Array, frozen, registry
from .features import expand
from .shelf import shelved
from .tables import Points, split

Rng = np.random.Generator
Table = tuple[Array, Array]

TABLES_IN_MEMORY = 32 * 2**20  # training and test sets that are not made anew


@dataclass(frozen=True, eq=False)
class Dataset:
    """Where samples come from.

    `make(rng, samples, noise)` gives (x, y) with x (samples, inputs) and y (samples, outputs), in random order; fixed
    tables ignore all three. `kind` is "binary", "classes" (one column a class) or "regression". `uses` names the
    fields of an experiment that change it: samples, noise, test_share, data_seed. The rest are its defaults.
    """

    name: str
    label: str
    latex: str
    about: str
    kind: str
    inputs: int
    outputs: int
    make: Callable[[Rng, int, float], Table]
    uses: tuple[str, ...] = ()
    samples: int = 4
    noise: float = 0.0
    hidden_sizes: tuple[int, ...] = (4,)
    hidden: str = "sigmoid"
    learning_rate: float = 1.0
    output: str = ""  # filled in by kind, as is the loss
    loss: str = ""

    def __post_init__(self) -> None:
        output, loss = {"binary": ("sigmoid", "bce"), "classes": ("softmax", "cce"),
                        "regression": ("linear", "half_mse")}[self.kind]
        object.__setattr__(self, "output", self.output or output)
        object.__setattr__(self, "loss", self.loss or loss)


CORNERS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
XOR_POINTS = tuple((*corner, y) for corner, y in zip(CORNERS, (0.0, 1.0, 1.0, 0.0), strict=True))


def _corners(*targets: float) -> Callable[[Rng, int, float], Table]:
    return lambda rng, samples, noise: (np.array(CORNERS), np.array(targets)[:, None])


def _classes(rng: Rng, samples: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """As many of each class as possible, in random order."""
    return rng.permutation(np.arange(samples) % count)


def _column(values: object) -> Array:
    return np.asarray(values, dtype=np.float64)[:, None]


def _xor_quadrants(rng: Rng, samples: int, noise: float) -> Table:
    x = rng.uniform(-1.0, 1.0, size=(samples, 2))
    y = _column(x[:, 0] * x[:, 1] < 0.0)
    return x + noise * rng.normal(size=x.shape), y


def _gaussians(rng: Rng, samples: int, noise: float) -> Table:
    c = _classes(rng, samples, 2)
    centres = np.array([[-0.5, -0.5], [0.5, 0.5]])
    return centres[c] + noise * rng.normal(size=(samples, 2)), _column(c)


def _circle(rng: Rng, samples: int, noise: float) -> Table:
    c = _classes(rng, samples, 2)
    radius = np.where(c == 1, rng.uniform(0.0, 0.45, samples), rng.uniform(0.65, 1.0, samples))
    angle = rng.uniform(0.0, 2.0 * np.pi, samples)
    x = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return x + noise * rng.normal(size=x.shape), _column(c)


def _moons(rng: Rng, samples: int, noise: float) -> Table:
    c = _classes(rng, samples, 2)
    angle = rng.uniform(0.0, np.pi, samples)
    upper = np.column_stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25])
    lower = np.column_stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)])
    x = np.where((c == 0)[:, None], upper, lower) / 1.5
    return x + noise * rng.normal(size=x.shape), _column(c)


def _spiral(rng: Rng, samples: int, noise: float) -> Table:
    c = _classes(rng, samples, 2)
    radius = np.sqrt(rng.uniform(0.01, 1.0, samples))
    angle = 2.5 * np.pi * radius + np.pi * c
    x = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    return x + noise * rng.normal(size=x.shape), _column(c)


def _three_classes(rng: Rng, samples: int, noise: float) -> Table:
    c = _classes(rng, samples, 3)
    angle = 2.0 * np.pi * c / 3.0 + np.pi / 2.0
    x = 0.6 * np.column_stack([np.cos(angle), np.sin(angle)])
    return x + noise * rng.normal(size=x.shape), np.eye(3)[c]


def _curve(rng: Rng, samples: int, noise: float) -> Table:
    x = rng.uniform(-1.0, 1.0, size=(samples, 1))
    return x, np.sin(np.pi * x) + noise * rng.normal(size=x.shape)


def _surface(reach: float, height: Callable[[Array, Array], Array]) -> Callable[[Rng, int, float], Table]:
    """Heights over a square that reaches so far from 0 to each side."""
    def make(rng: Rng, samples: int, noise: float) -> Table:
        x = rng.uniform(-reach, reach, size=(samples, 2))
        return x, height(x[:, :1], x[:, 1:]) + noise * rng.normal(size=(samples, 1))
    return make


def _teacher(rng: Rng, samples: int, noise: float) -> Table:
    x = rng.normal(size=(samples, 10))
    below = x
    for k, j in ((10, 5), (5, 1)):  # a 10-5-1 ReLU network of its own, weights and biases within 1/sqrt(k)
        r = 1.0 / np.sqrt(k)
        W, b = rng.uniform(-r, r, size=(j, k)), rng.uniform(-r, r, size=j)
        below = below @ W.T + b
        if j > 1:
            below = np.maximum(below, 0.0)
    return x, below + noise * rng.normal(size=below.shape)


def _coin_flips(rng: Rng, samples: int, noise: float) -> Table:
    return rng.normal(size=(samples, 20)), _column(rng.integers(0, 2, samples))


def _worked_example(rng: Rng, samples: int, noise: float) -> Table:
    return np.array([[0.5, 0.8]]), np.array([[0.7]])


DRAWN = ("samples", "noise", "test_share", "data_seed")

DATASETS = registry(
    Dataset("xor", "XOR", r"y = x_1 \oplus x_2", "The four corners; the target is 1 where exactly one input is 1. "
            "No single layer can learn it from x₁ and x₂ alone.", "binary", 2, 1, _corners(0.0, 1.0, 1.0, 0.0)),
    Dataset("and", "AND", r"y = x_1 \wedge x_2", "The four corners; the target is 1 where both inputs are 1. "
            "One layer is enough.", "binary", 2, 1, _corners(0.0, 0.0, 0.0, 1.0), hidden_sizes=(2,)),
    Dataset("or", "OR", r"y = x_1 \vee x_2", "The four corners; the target is 1 where at least one input is 1. "
            "One layer is enough.", "binary", 2, 1, _corners(0.0, 1.0, 1.0, 1.0), hidden_sizes=(2,)),
    Dataset("xor_quadrants", "XOR, quadrants", r"y = [x_1 x_2 < 0]",
            "XOR as a cloud: the target is 1 where the inputs have different signs.", "binary", 2, 1, _xor_quadrants,
            DRAWN, 100, 0.0, hidden="tanh", learning_rate=0.3),
    Dataset("gaussians", "Two clouds", r"x \sim \mathcal N(\pm(\tfrac12, \tfrac12),\, s^2 I)",
            "Two round clouds; a straight line parts them, except where noise mixes them.", "binary", 2, 1, _gaussians,
            DRAWN, 100, 0.2, hidden="tanh", learning_rate=0.3),
    Dataset("circle", "Circle", r"y = [\lVert x \rVert < \tfrac12]",
            "A disc within a ring; no straight line parts them.", "binary", 2, 1, _circle, DRAWN, 100, 0.03,
            hidden="tanh", learning_rate=0.3),
    Dataset("moons", "Two moons", r"x = \pm(\cos\varphi - \tfrac12,\; \sin\varphi - \tfrac14)/\tfrac32",
            "Two half-circles that reach into each other.", "binary", 2, 1, _moons, DRAWN, 100, 0.07, (8,), "tanh",
            0.3),
    Dataset("spiral", "Spiral", r"x = r\,(\sin\varphi,\, \cos\varphi),\quad \varphi = 2.5\,\pi r + \pi y",
            "Two arms wound around each other: the hardest of the pictures.", "binary", 2, 1, _spiral, DRAWN, 200,
            0.01, (8, 8), "tanh", 0.3),
    Dataset("three_classes", "Three clouds", r"y \in \{e_1, e_2, e_3\}",
            "Three clouds, one a class: one output unit for each, joined by softmax.", "classes", 2, 3, _three_classes,
            DRAWN, 120, 0.2, hidden="tanh", learning_rate=0.3),
    Dataset("curve", "Sine curve", r"y = \sin(\pi x)", "One input, one output: fit a curve through noisy points.",
            "regression", 1, 1, _curve, DRAWN, 40, 0.1, (8,), "tanh", 0.1),
    Dataset(name="plane", label="Plane", latex=r"y = x_1 - \tfrac12 x_2",
            about="A height over two inputs that changes evenly: no hidden unit is needed.",
            kind="regression", inputs=2, outputs=1, make=_surface(1.0, lambda x1, x2: x1 - x2 / 2.0), uses=DRAWN,
            samples=100, noise=0.05, hidden_sizes=(4,), hidden="tanh", learning_rate=0.1),
    Dataset(name="saddle", label="Saddle", latex=r"y = 2\, x_1 x_2",
            about="A height over two inputs: hills where they have the same sign, valleys where they differ.",
            kind="regression", inputs=2, outputs=1, make=_surface(1.0, lambda x1, x2: 2.0 * x1 * x2), uses=DRAWN,
            samples=100, noise=0.05, hidden_sizes=(8,), hidden="tanh", learning_rate=0.3),
    Dataset(name="ripple", label="Ripple", latex=r"y = \tfrac12 (\sin x_1 + \sin x_2),\quad -\pi \le x_1, x_2 \le \pi",
            about="A height over two inputs: one whole wave along each, added up.",
            kind="regression", inputs=2, outputs=1, uses=DRAWN, samples=100,
            make=_surface(np.pi, lambda x1, x2: (np.sin(x1) + np.sin(x2)) / 2.0), noise=0.05, hidden_sizes=(8,),
            hidden="tanh", learning_rate=0.2),
    Dataset("teacher", "Teacher network", r"y = f_{\text{teacher}}(x) + \text{noise}",
            "Ten inputs and the noisy outputs of another 10-5-1 ReLU network.", "regression", 10, 1, _teacher, DRAWN,
            100, 0.1, (5,), "relu", 0.01),
    Dataset("coin_flips", "Coin flips", r"y \sim \text{coin},\quad x \sim \mathcal N(0, I)",
            "Twenty random inputs and a coin flip as the target: there is nothing to learn, only to memorise.",
            "binary", 20, 1, _coin_flips, ("samples", "test_share", "data_seed"), 1000, 0.0, (10,), "relu", 0.01),
    Dataset("worked_example", "Worked example", r"x = (0.5,\, 0.8),\quad y = 0.7",
            "One sample, to compute by hand.", "regression", 2, 1, _worked_example, hidden_sizes=(3,),
            learning_rate=0.1, output="sigmoid", loss="half_sse"),
    Dataset("custom", "Your own points", r"(x, y)\ \text{as listed}",
            "Your own rows: drawn on the map, typed or loaded.", "binary", 2, 1, _corners(0.0, 1.0, 1.0, 0.0),
            ("test_share", "data_seed")),
)


def _bytes_of(arguments: tuple[Any, ...], made: tuple[Table, Table | None]) -> int:
    points = arguments[6].array.nbytes if isinstance(arguments[6], Points) else 0
    return int(points + sum(x.nbytes + y.nbytes for x, y in filter(None, made)))


@shelved(TABLES_IN_MEMORY, _bytes_of)
def tables(features: tuple[str, ...] | None, dataset: str, samples: int, noise: float, test_share: float, seed: int,
           points: Sequence[tuple[float, ...]], outputs: int) -> tuple[Table, Table | None]:
    """Training and test set (None where it is empty), as a network with these features sees them; None: as they are.

    The test set is the end of the table, whose rows are in random order. Points keep the order in which they are
    listed; their test set is drawn by `split`.
    """
    if features is not None:
        train, test = tables(None, dataset, samples, noise, test_share, seed, points, outputs)
        return (expand(features, train[0]), train[1]), None if test is None else (expand(features, test[0]), test[1])
    if isinstance(points, Points):
        learnt, kept = (points.array[rows] for rows in split(len(points), test_share, seed))
        x, y = np.concatenate([learnt, kept])[:, :-outputs], np.concatenate([learnt, kept])[:, -outputs:]
    else:
        x, y = DATASETS[dataset].make(np.random.default_rng(seed), samples, noise)
    tests = min(round(test_share * len(x)), len(x) - 1)
    train = (frozen(x[:len(x) - tests].copy()), frozen(y[:len(x) - tests].copy()))
    return train, (frozen(x[len(x) - tests:].copy()), frozen(y[len(x) - tests:].copy())) if tests else None
