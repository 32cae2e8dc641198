"""All samples at once, as the table beside the weights shows them: what is wanted, what is answered, what it costs.

Of few samples every number stands in each packed row (`ui.stage.slices`), and moves with the run. Of many they are told
in a table at rest. The counts of right and wrong answers, class by class, are in each row however many there are.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import LOSSES, Experiment, History, answered, confusion, outputs_many
from engine.predict import classes, middle
from ui.names import LOWERED
from ui.numbers import text
from ui.runs import Run

Recorded = History | Run

MOST_MOVING = 32  # samples whose numbers are in every row; test samples among them
MOST_LISTED = 200  # rows of a table
LEAST_TESTS = 50  # of these, where there are more
MOST_INPUTS = 6  # columns
MOST_OUTPUTS = 3  # that are written out
MOST_MOVING_OUTPUTS = 128  # of all samples together
MOST_CLASSES = 12  # of a matrix


@dataclass(frozen=True)
class Judged:
    """How R networks do on each sample of a set of n with K outputs."""

    a: np.ndarray  # (R, n, K)
    loss: np.ndarray  # (R, n), each sample's on its own, without penalties
    share: np.ndarray  # (R, n), its part of the sum of these
    answered: np.ndarray | None  # (R, n), by number; None where targets are not classes
    right: np.ndarray | None  # (R, n)
    matrix: np.ndarray | None  # (R, classes, classes), see `engine.confusion`


def sets(experiment: Experiment) -> list[tuple[np.ndarray, np.ndarray]]:
    """(x, y) of the training set, and of the test set where there is one."""
    return [data for data in (experiment.data(), experiment.test_data()) if data is not None]


def has_classes(experiment: Experiment) -> bool:
    """Whether targets are classes."""
    return experiment.kind != "regression" and classes(experiment.data()[1])


def has_matrix(experiment: Experiment) -> bool:
    """Whether they are few enough for a matrix."""
    return has_classes(experiment) and experiment.sizes[-1] <= MOST_CLASSES


def class_names(experiment: Experiment) -> list[str] | None:
    """What the classes are called; None where targets are numbers."""
    if not has_classes(experiment):
        return None
    y = experiment.data()[1]
    if y.shape[1] > 1:
        return [str(k + 1) for k in range(y.shape[1])]
    return ["0", "1"] if middle(y) else ["−1", "1"]


def moves(experiment: Experiment) -> bool:
    """Whether each sample's numbers are in every row."""
    count = sum(len(x) for x, _ in sets(experiment))
    return count <= MOST_MOVING and count * experiment.sizes[-1] <= MOST_MOVING_OUTPUTS


def places(experiment: Experiment, width: int) -> tuple[dict[str, Any] | None, int]:
    """Where these numbers stand in a row that is `width` numbers wide without them, and how wide it is with them.

    `matrix`, for each set: counts by rows. `a`, `loss`, `share`, `right`, `answered`: of all samples, those for
    training first; `batch`: the place of each training sample in the batch, -1 of those that are not in it. None where
    a row has none of all that.
    """
    at: dict[str, Any] = dict.fromkeys(("a", "loss", "share", "right", "answered", "batch"))
    at["matrix"] = []
    parts = sets(experiment)
    named = has_classes(experiment)
    count = max(2, experiment.sizes[-1])
    if has_matrix(experiment):
        at["matrix"] = [width + i * count**2 for i in range(len(parts))]
        width += len(parts) * count**2
    if moves(experiment):
        every = sum(len(x) for x, _ in parts)
        batched = experiment.batch_size is not None and experiment.batch_size < len(parts[0][0])
        sizes = {
            "a": every * experiment.sizes[-1],
            "loss": every,
            "share": every,
            "right": every if named else 0,
            "answered": every if named else 0,
            "batch": len(parts[0][0]) if batched else 0,
        }
        for name, size in sizes.items():
            if size:
                at[name] = width
                width += size
    return (at if at["matrix"] or at["a"] is not None else None), width


def fill(experiment: Experiment, history: Recorded, steps: range, at: dict[str, Any], rows: np.ndarray) -> None:
    """Fill them into the rows (R, width) of these iterations."""
    found = judged(experiment, history, steps)
    for offset, each in zip(at["matrix"], found, strict=False):
        assert each.matrix is not None
        counts = each.matrix.reshape(len(rows), -1)
        rows[:, offset : offset + counts.shape[1]] = counts
    for name in ("a", "loss", "share", "right", "answered"):
        if at[name] is not None:
            values = np.concatenate([getattr(each, name).reshape(len(rows), -1) for each in found], axis=1)
            rows[:, at[name] : at[name] + values.shape[1]] = values
    if at["batch"] is not None:
        for row, t in zip(rows, steps, strict=True):
            inside = row[at["batch"] : at["batch"] + len(experiment.data()[0])]
            inside[:] = -1
            batch = history.batch(t)
            inside[batch] = np.arange(len(batch))


@np.errstate(all="ignore")
def judged(experiment: Experiment, history: Recorded, steps: range) -> list[Judged]:
    """How the networks of these iterations do on each sample of each set; the recorded numbers where there are any."""
    record, output = LOSSES[experiment.loss], experiment.output
    parameters = history.parameters[steps.start : steps.stop : steps.step]
    found = []
    for part, (x, y) in enumerate(sets(experiment)):
        if part == 0 and len(history) and len(history.batch(0)) == len(x):
            z, a = _recorded(experiment, history, steps, y)
        else:
            z, a = outputs_many(history.layers(0), parameters, x)
        loss = record.alone(output, z, a, y)
        share = loss / loss.sum(axis=1, keepdims=True)
        if not has_classes(experiment):
            found.append(Judged(a, loss, share, None, None, None))
            continue
        named = answered(a, y)
        matrix = confusion(a, y) if has_matrix(experiment) else None
        found.append(Judged(a, loss, share, named, named == answered(y, y), matrix))
    return found


def _recorded(experiment: Experiment, history: Recorded, steps: range, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """z and a of the output layer for the whole training set, as they were recorded."""
    last = len(experiment.sizes) - 2
    offsets = {f.quantity: f.offset for f in history.layout if f.layer == last and f.quantity in "za"}
    columns = np.concatenate([offsets[name] + np.arange(y.size) for name in "za"])
    rows = history.rows(steps.start, steps.stop, steps.step, columns)
    return rows[:, : y.size].reshape(-1, *y.shape), rows[:, y.size :].reshape(-1, *y.shape)


def described(experiment: Experiment) -> dict[str, Any]:
    """What the table has to know before its first numbers: columns, classes, and the samples where these move."""
    names = class_names(experiment)
    raw = experiment.places()[0].shape[1]
    several = experiment.sizes[-1] > 1
    return {
        "inputs": [f"x{str(k + 1).translate(LOWERED)}" for k in range(min(raw, MOST_INPUTS))],
        "outputs": min(experiment.sizes[-1], MOST_OUTPUTS),
        "left": max(0, raw - MOST_INPUTS),
        "answer": "answer" if several and names else "ŷ",
        "classes": names,
        "partial": sum(len(x) for x, _ in sets(experiment)) > MOST_LISTED,
        "samples": [_sample(experiment, *place) for place in _order(experiment)] if moves(experiment) else None,
    }


def _order(experiment: Experiment) -> list[tuple[int, int]]:
    return [(part, i) for part, (x, _) in enumerate(sets(experiment)) for i in range(len(x))]


def _sample(experiment: Experiment, part: int, i: int) -> dict[str, Any]:
    """What is known of a sample whatever the network is: its number in its set, raw inputs, and what is wanted."""
    x, y = experiment.places()[part], sets(experiment)[part][1]
    assert x is not None
    wanted = [int(answered(y[i : i + 1], y)[0])] if has_classes(experiment) else y[i, :MOST_OUTPUTS].tolist()
    return {"set": part, "i": i, "x": x[i, :MOST_INPUTS].tolist(), "wanted": wanted}


def table(experiment: Experiment, run: Recorded, at: int, sample: int) -> dict[str, Any]:
    """The table at this iteration as plain data, for more samples than move: those of the batch first, up to 200."""
    t = min(at, max(len(run) - 1, 0))
    found = judged(experiment, run, range(t, t + 1))
    batch = run.batch(t)
    parts = sets(experiment)
    whole = len(batch) == len(parts[0][0])
    place = {int(i): k for k, i in enumerate(batch)}
    tests = len(parts[1][0]) if len(parts) > 1 else 0
    tests = min(tests, max(LEAST_TESTS, MOST_LISTED - len(parts[0][0])))
    others = np.setdiff1d(np.arange(len(parts[0][0])), batch)
    first = np.arange(len(parts[0][0])) if whole else np.concatenate([batch, others])
    shown = [(0, int(i)) for i in first[: MOST_LISTED - tests]] + [(1, i) for i in range(tests)]
    chosen = (0, int(batch[min(sample, len(batch) - 1)]))
    if chosen not in shown:
        shown[MOST_LISTED - tests - 1] = chosen
    rows = []
    for part, i in shown:
        each = found[part]
        rows.append(
            _sample(experiment, part, i)
            | {
                "a": _answer(each, i),
                "loss": _number(each.loss[0, i]),
                "share": _number(each.share[0, i]),
                "right": None if each.right is None else bool(each.right[0, i]),
                "answered": None if each.answered is None else int(each.answered[0, i]),
                "batch": place.get(i, -1) if part == 0 else -1,
            }
        )
    listed = [sum(part == k for part, _ in shown) for k in range(len(parts))]
    return {"rows": rows, "listed": listed}


def _answer(each: Judged, i: int) -> list[float | str]:
    """The outputs that are written out; of classes, the one that names the class answered."""
    outputs = each.a[0, i]
    if each.answered is not None and len(outputs) > 1:
        outputs = outputs[each.answered[0, i] :][:1]
    return [_number(v) for v in outputs[:MOST_OUTPUTS]]


def _number(v: float) -> float | str:
    """A number as JSON has it; one that is not finite in words."""
    return float(v) if math.isfinite(v) else text(v)
