"""A comparison below its stage, without a browser: lanes to compare, and what the page shows of them."""

from dataclasses import replace

import numpy as np
from streamlit.testing.v1 import AppTest

from engine import Experiment, SetLearningRate
from ui.scenes import SCENES
from ui.sweeps import SWEEPS

PAIR = SCENES["typical"].lanes
NAMES = ["Sigmoid", "ReLU"]
MOONS = Experiment.for_dataset("moons", hidden_sizes=(4,), samples=40)
LANES = {
    "xor": PAIR,
    "four": (*PAIR, replace(PAIR[0], hidden="tanh"), replace(PAIR[0], hidden="leaky_relu", optimizer="adam")),
    "batches": (replace(MOONS, batch_size=7, l2=0.01), replace(MOONS, batch_size=7, hidden="relu")),
    "full": (MOONS, replace(MOONS, hidden="relu", optimizer="momentum")),
    "classes": tuple(Experiment.for_dataset("three_classes", hidden=h, samples=30) for h in ("tanh", "relu")),
    "regression": tuple(Experiment.for_dataset("curve", hidden=h, samples=20) for h in ("tanh", "relu")),
    "deep": tuple(Experiment(sizes=(2, 3, 3, 3, 3, 3, 1), hidden=h) for h in ("sigmoid", "relu")),
    "widths": (Experiment(sizes=(2, 4, 1)), Experiment(sizes=(2, 2, 1), biases=False, hidden="relu")),
    "inputs": (Experiment(sizes=(3, 4, 1), features=("x1", "x2", "x1x2")), Experiment(hidden="relu")),
    "surface": tuple(
        Experiment.for_dataset("saddle", hidden=h, samples=20, features=("x1x2",)) for h in ("tanh", "relu")
    ),
    "changed": tuple(e.intervene(SetLearningRate(5, 0.5)) for e in PAIR),
    "same": (PAIR[0], replace(PAIR[0], learning_rate=2.0)),
}


def page(lanes, at, select):
    from ui import compare
    from ui.lanes import label
    from ui.runs import RUNS
    from ui.session import View

    runs = [RUNS.get(e, at + 1) for e in lanes]
    view = View(lanes[0], at=at, select=select, others=tuple(lanes[1:]))
    compare.below(view, [(run[min(at, len(run) - 1)], run) for run in runs], label)


def shown(lanes, *, at=0, select=None, wait=True):
    app = AppTest.from_function(page, args=(tuple(lanes), at, select), default_timeout=60).run()
    assert not app.exception, app.exception
    if wait:
        SWEEPS.wait()
        app.run()
        assert not app.exception, app.exception
    return app


def choose(app, key, value):
    next(group for group in app.get("button_group") if group.key == key).set_value(value).run()
    assert not app.exception, app.exception
    return app


def words(app):
    return "\n".join(element.value for kind in (app.markdown, app.caption) for element in kind).replace("\\", "")


def charts(app):
    return len(app.get("plotly_chart"))


def steps(lanes, at=0):
    return [e.run(at + 1)[at] for e in lanes]


def array(values):
    return np.array([np.nan if v is None else v for v in values], dtype=float)
