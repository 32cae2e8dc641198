"""The trace of a run as a table: every weight and gradient of every iteration, as CSV for a spreadsheet or as NPZ.

Names are the field's, counted from 1 as on paper: ``W1[2,3]`` is the weight of layer 1 from unit 3 below to unit 2,
``delta2[4,1]`` the delta of sample 4 in unit 1 of layer 2. ``docs/export.md`` lists the columns.
"""

import csv
import io
from collections.abc import Iterator

import numpy as np

from engine import Experiment, Field
from ui.runs import RUNS

MOST_NUMBERS = 500_000  # in one trace: a CSV of some 10 MB
MOST_SAMPLES = 16  # up to here z, a and delta of every sample are written, where each batch is the whole set
LETTERS = {"w": "W", "b": "b", "dw": "dW", "db": "db", "z": "z", "a": "a", "delta": "delta"}
COLUMN = ("iteration", "epoch", "learning_rate", "loss")


def fields(experiment: Experiment) -> list[Field]:
    """What is written of each iteration beside its loss."""
    history = experiment.history()
    n = len(history.task.x)
    samples = n <= MOST_SAMPLES and history.task.batches == 1
    return [f for f in history.layout if f.layer is not None and (samples or f.quantity in ("w", "b", "dw", "db"))]


def steps(experiment: Experiment, iterations: int) -> range:
    """The iterations that are written: all, or evenly spaced ones where all would be too many numbers."""
    width = len(COLUMN) + sum(f.size for f in fields(experiment))
    most = max(1, MOST_NUMBERS // width)
    return range(0, iterations, -(-iterations // most))


def trace(experiment: Experiment, iterations: int) -> dict[str, np.ndarray]:
    """The columns by name, each with an entry for every iteration written: `W1` is (iterations, j, k), `z1` (.., n, j).

    A run that diverged sooner has fewer iterations.
    """
    run = RUNS.get(experiment, iterations)
    times = steps(experiment, min(iterations, len(run)))
    known = fields(experiment)
    loss = next(f.offset for f in run.layout if f.quantity == "loss")
    where = np.concatenate([[loss], *(f.offset + np.arange(f.size) for f in known)])
    rows = run.rows(times.start, times.stop, times.step, where) if times else np.empty((0, len(where)))
    t = np.array(times)
    found = {
        "iteration": t,
        "epoch": t // run.task.batches,
        "learning_rate": np.array([rate(experiment, i) for i in times]),
        "loss": rows[:, 0],
    }
    at = 1
    for f in known:
        found[name(f)] = rows[:, at : at + f.size].reshape(len(rows), *f.shape)
        at += f.size
    return found


def name(field: Field) -> str:
    """`W1`, `delta2`: the letter and the layer, counted from 1."""
    assert field.layer is not None
    return f"{LETTERS[field.quantity]}{field.layer + 1}"


def rate(experiment: Experiment, t: int) -> float:
    """The learning rate of update t."""
    changes = [c for c in experiment.interventions if c.place[0] == "lr" and c.at <= t]
    return changes[-1].value if changes else experiment.learning_rate


def as_csv(experiment: Experiment, iterations: int) -> str:
    """One line an iteration; numbers are written so that they come back to the last bit."""
    found = trace(experiment, iterations)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_headings(found)])
    columns = [v.reshape(len(v), -1).tolist() for v in found.values()]
    for parts in zip(*columns, strict=True):
        writer.writerow([repr(v) for part in parts for v in part])
    return out.getvalue()


def _headings(found: dict[str, np.ndarray]) -> Iterator[str]:
    for column, v in found.items():
        if v.ndim == 1:
            yield column
        for index in np.ndindex(v.shape[1:]) if v.ndim > 1 else ():
            yield f"{column}[{','.join(str(i + 1) for i in index)}]"


def as_npz(experiment: Experiment, iterations: int) -> bytes:
    """The arrays of `trace` with the training set `x`, `y`, the names of the columns of x, and the run's query."""
    x, y = experiment.data()
    about = {"inputs": np.array([feature.name for feature in experiment.inputs]), "query": experiment.to_query()}
    out = io.BytesIO()
    np.savez_compressed(out, **trace(experiment, iterations), x=x, y=y, **about)
    return out.getvalue()
