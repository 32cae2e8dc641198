"""Weights, gradients and deltas of whole layers as colour: orange below zero, blue above, as everywhere."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from engine import Step
from ui import names
from ui.figures.look import short
from ui.figures.tables import Frame, Table, tables
from ui.theme import colorscale

CELL = 30  # least height of a cell with a number in it
MOST_ACROSS = 10  # columns of a table in which numbers still fit
MOST_DOWN = 20


def heatmaps(step: Step, theme: str, *, layers: Sequence[int] | None = None, select: str | None = None) -> go.Figure:
    """For each layer a row of three: W with b, its gradient, and delta of every sample.

    Each table has its own scale, even around 0, whose end is in the title; numbers stand in the cells where they fit.
    `select` is "w.l.j.k", "b.l.j" or "u.layer.j" (layer 0 the inputs) and is framed.
    """
    chosen = range(len(step.before)) if layers is None else layers
    rows = [_row(step, layer, select) for layer in chosen]
    heights = [max(CELL * min(len(row[0].values), MOST_DOWN), 64) for row in rows]
    return tables(rows, theme, colorscale(theme), heights=heights, between=0.075)


def _row(step: Step, layer: int, select: str | None) -> list[Table]:
    """The three tables of a layer."""
    before = step.before[layer]
    k = [str(i + 1) for i in range(before.W.shape[1])]
    W, dW, db = before.W, step.dW[layer], step.db[layer]
    bias = ""
    if before.b is not None and db is not None:
        W, dW, k = np.column_stack([W, before.b]), np.column_stack([dW, db]), [*k, "b"]
        bias = "b"
    and_bias = [", " + names.layer(letter, layer) if bias else "" for letter in ("b", "db")]
    samples = [str(i + 1) for i in range(len(step.x))]
    weight, unit = _frames(select, layer, len(k), len(samples), bias)
    return [
        _table(names.layer("W", layer) + and_bias[0], W, k, weight, of_samples=False),
        _table(names.layer("dW", layer) + and_bias[1], dW, k, weight, of_samples=False),
        _table(names.layer("δ", layer), step.delta[layer].T, samples, unit, of_samples=True),
    ]


def _table(title: str, v: np.ndarray, across: list[str], frames: tuple[Frame, ...], *, of_samples: bool) -> Table:
    finite = np.abs(v[np.isfinite(v)])
    peak = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    return Table(
        title=f"{title} within ±{short(peak)}",
        colors=v,
        values=v,
        across=across,
        low=-peak,
        high=peak,
        x_title="sample i" if of_samples else "from unit k",
        y_title="unit j" if of_samples else "to unit j",
        hover=("unit %{y}, sample %{x}" if of_samples else "from unit %{x} to unit %{y}") + "<br>%{customdata}",
        numbers=v.shape[1] <= MOST_ACROSS and v.shape[0] <= MOST_DOWN,
        frames=frames,
    )


def _frames(
    select: str | None, layer: int, columns: int, samples: int, bias: str
) -> tuple[tuple[Frame, ...], tuple[Frame, ...]]:
    """The frames around what is selected: in the tables of weights, and in that of the deltas."""
    kind, *rest = (select or "").split(".")
    places = [int(p) for p in rest if p.isdigit()]
    if kind == "w" and len(places) == 3 and places[0] == layer:
        return ((places[1], places[2], 1),), ((places[1], 0, samples),)
    if kind == "b" and len(places) == 2 and places[0] == layer and bias:
        return ((places[1], columns - 1, 1),), ((places[1], 0, samples),)
    if kind == "u" and len(places) == 2 and places[0] == layer + 1:
        return ((places[1], 0, columns),), ((places[1], 0, samples),)
    return (), ()
