"""Tables that were saved here, and other tables of x1, x2, ..., y1, ...: their numbers are taken as they are."""

import re

import numpy as np

from engine import Experiment
from ui.owndata.build import Made, Prepared, Scale, build
from ui.owndata.columns import Column
from ui.owndata.prepare import usable
from ui.owndata.sheet import Sheet


def saved(sheet: Sheet) -> int | None:
    """How many outputs, where the columns are called x1, x2, ..., y1, ... as in a table that was saved; else None."""
    outputs = sum(re.fullmatch(r"y[0-9]+", name) is not None for name in sheet.names)
    inputs = len(sheet.names) - outputs
    usual = (*(f"x{k + 1}" for k in range(inputs)), *(f"y{k + 1}" for k in range(outputs)))
    return outputs if outputs and inputs and sheet.names == usual else None


def as_saved(sheet: Sheet, found: tuple[Column, ...], share: float = 0.0, seed: int = 0) -> Prepared:
    """The experiment on such a table: the same numbers, and so the same name in links."""
    outputs = saved(sheet) or 1
    places = list(range(len(found)))
    rows, notes = usable(sheet, found, places)
    values = np.column_stack([found[k].values[rows] for k in places])
    inputs = len(found) - outputs
    y = values[:, inputs:]
    signed = outputs == 1 and bool(np.isin(y, (-1.0, 1.0)).all())
    hard = signed or bool(np.isin(y, (0.0, 1.0)).all())
    kind = "regression" if not hard or (outputs > 1 and (y.sum(axis=1) != 1.0).any()) else "classes"
    names: tuple[str, ...] = ()
    if kind == "classes":
        names = tuple(column.name for column in found[inputs:])
        if outputs == 1:
            names = ("-1", "1") if signed else ("0", "1")
    goals = tuple(Scale(column.name) for column in found[inputs:]) if kind == "regression" else ()
    return build(
        sheet,
        [column.name for column in found],
        Made(rows, values[:, :inputs], y, kind, share, seed),
        tuple(Scale(column.name) for column in found[:inputs]),
        goals,
        names,
        notes,
    )


def written(experiment: Experiment) -> str:
    """The points of an experiment as a CSV file that reads back to the same numbers: x1, x2, ..., y1, ...

    Names and numbers only: no cell of it is a formula.
    """
    outputs = experiment.sizes[-1]
    inputs = len(experiment.points[0]) - outputs  # the raw ones
    head = [*(f"x{k + 1}" for k in range(inputs)), *(f"y{k + 1}" for k in range(outputs))]
    lines = [",".join(head), *(",".join(repr(v).removesuffix(".0") for v in row) for row in experiment.points)]
    return "\n".join(lines) + "\n"
