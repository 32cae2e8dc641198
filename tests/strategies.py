"""What Hypothesis draws in several test files: networks with data, experiments, interventions and links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine import (
    ACTIVATIONS,
    DATASETS,
    FEATURES,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    Experiment,
    Layer,
    SetBias,
    SetLearningRate,
    SetWeight,
)
from engine.ranges import RANGES

HIDDEN = [name for name, f in ACTIVATIONS.items() if not f.output_only]
PAIRS = [(loss, output) for loss, record in LOSSES.items() for output in (record.outputs or ACTIVATIONS)]


@dataclass(frozen=True)
class Problem:
    """A network, data that fit it, and a loss that fits both."""

    layers: tuple[Layer, ...]
    x: np.ndarray
    y: np.ndarray
    loss: str


def problem(
    rng: np.random.Generator,
    sizes: tuple[int, ...],
    hidden: str,
    output: str,
    loss: str,
    n: int,
    biases: bool = True,
    hard: bool = False,
) -> Problem:
    """A problem with random weights and data."""
    names = [hidden] * (len(sizes) - 2) + [output]
    layers = tuple(
        Layer(rng.normal(size=(j, k)), rng.normal(size=j) if biases else None, name)
        for k, j, name in zip(sizes, sizes[1:], names, strict=False)
    )
    x = rng.normal(size=(n, sizes[0]))
    if loss == "cce":
        y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], n)]
    elif loss == "bce":
        y = rng.integers(0, 2, (n, sizes[-1])).astype(float) if hard else rng.uniform(size=(n, sizes[-1]))
    else:
        y = rng.normal(size=(n, sizes[-1]))
    return Problem(layers, x, y, loss)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Any network of up to four layers, any valid loss and output."""
    loss, output = draw(st.sampled_from(PAIRS))
    sizes = tuple(draw(st.lists(st.integers(1, 5), min_size=2, max_size=5)))
    return problem(
        np.random.default_rng(draw(st.integers(0, 10_000))),
        sizes,
        draw(st.sampled_from(HIDDEN)),
        output,
        loss,
        draw(st.integers(1, 9)),
        draw(st.booleans()),
        draw(st.booleans()),
    )


FLOATS = st.floats(-3, 3, allow_nan=False)
LARGEST = float(np.finfo(float).max)


def fields_of(name: str) -> st.SearchStrategy[Any]:
    """A field of an experiment over the whole of its range, its ends among them."""
    span = RANGES[name]
    if span.whole:
        return st.integers(int(span.least), int(span.most))
    most = LARGEST if span.most is None else span.most
    ends = [most] if span.open else [span.least, most]
    return st.one_of(st.sampled_from(ends), st.floats(span.least, most, exclude_min=span.open))


RATES = st.one_of(st.sampled_from([0.1, 0.5, 1.0]), st.floats(1e-6, 2.0))


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any valid experiment, interventions included."""
    dataset = draw(st.sampled_from(list(DATASETS)))
    hidden_sizes = draw(st.lists(st.integers(1, 6), max_size=3))
    changes: dict[str, Any] = {
        "optimizer": draw(st.sampled_from(list(OPTIMIZERS))),
        "learning_rate": draw(RATES),
        "batch_size": draw(st.one_of(st.none(), st.integers(1, 50))),
        "seed": draw(st.integers(0, 2**32 - 1)),
        "l1": draw(st.sampled_from([0.0, 0.001])),
        "l2": draw(st.sampled_from([0.0, 0.01])),
        "biases": draw(st.booleans()),
        "init": draw(st.sampled_from([name for name in INITIALIZERS if name != "values"])),
        "test_share": draw(st.sampled_from([0.0, 0.25])),
        "data_seed": draw(st.integers(0, 5)),
        "noise": draw(st.one_of(st.none(), st.floats(0, 1))),
        "samples": draw(st.one_of(st.none(), st.integers(2, 60))),
        "hidden": draw(st.one_of(st.sampled_from(HIDDEN), st.tuples(*[st.sampled_from(HIDDEN)] * len(hidden_sizes)))),
    }
    if dataset == "custom":
        changes["points"] = tuple(draw(st.lists(st.tuples(FLOATS, FLOATS, st.floats(0, 1)), min_size=1, max_size=8)))
    if DATASETS[dataset].inputs == 2:
        changes["features"] = draw(
            st.one_of(st.none(), st.lists(st.sampled_from(list(FEATURES)), min_size=1, unique=True))
        )
    e = Experiment.for_dataset(dataset, hidden_sizes=hidden_sizes, **changes)
    if draw(st.booleans()):
        e = Experiment.for_dataset(
            dataset,
            hidden_sizes=hidden_sizes,
            **{
                **changes,
                "init": "values",
                "parameters": draw(
                    st.lists(
                        FLOATS,
                        min_size=sum(layer.size for layer in e.layers()),
                        max_size=sum(layer.size for layer in e.layers()),
                    )
                ),
            },
        )
    for change in draw(st.lists(interventions(e), max_size=4)):
        e = e.intervene(change)
    return e


@st.composite
def interventions(draw: st.DrawFn, e: Experiment) -> SetLearningRate | SetWeight | SetBias:
    """A change that fits the experiment, within the first 40 iterations."""
    at, layer = draw(st.integers(0, 40)), draw(st.integers(0, len(e.shapes) - 1))
    j, k = e.shapes[layer]
    kind = draw(st.sampled_from(["lr", "w", "b"] if e.biases else ["lr", "w"]))
    if kind == "lr":
        return SetLearningRate(at, draw(RATES))
    if kind == "w":
        return SetWeight(at, layer, draw(st.integers(0, j - 1)), draw(st.integers(0, k - 1)), draw(FLOATS))
    return SetBias(at, layer, draw(st.integers(0, j - 1)), draw(FLOATS))


KEYS = [
    "v",
    "data",
    "sizes",
    "hidden",
    "out",
    "loss",
    "opt",
    "lr",
    "batch",
    "init",
    "scale",
    "seed",
    "l1",
    "l2",
    "bias",
    "n",
    "noise",
    "test",
    "dseed",
    "pts",
    "feat",
    "table",
    "par",
    "do",
    "at",
    "",
    "x",
]
VALUES = st.one_of(
    st.sampled_from(
        [
            *DATASETS,
            *ACTIVATIONS,
            *LOSSES,
            *OPTIMIZERS,
            *INITIALIZERS,
            *FEATURES,
            "x1-x2-x1x2",
            "x3-sin_x2",
            "1",
            "0",
            "-1",
            "nan",
            "inf",
            "1e400",
            "1e-400",
            "9" * 400,
            "2-4-1",
            "2-99-1",
            "1-1",
            "2-32-32-1",
            "2-0-1",
            "3-2",
            "0_0_1",
            "0_0_1~1_1",
            "lr_3_0.5",
            "w_1_0_0_0_2~b_2_9_9_9",
            "all",
            "١٢",
            "½",
            "1_0",
            "0x10",
            "%00",
            "%",
            "%zz",
            "\ud800",
            "true",
            "relu-tanh",
            "softmax-relu",
        ]
    ),
    st.text(max_size=12),
)
LINKS = st.one_of(
    st.text(max_size=60), st.lists(st.tuples(st.sampled_from(KEYS), VALUES).map("=".join), max_size=12).map("&".join)
)
