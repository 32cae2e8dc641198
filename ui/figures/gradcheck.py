"""Every gradient by backpropagation against the one by moving the weight: how far apart, in powers of ten."""

import numpy as np
import plotly.graph_objects as go

from engine import GradientCheck
from ui import names
from ui.figures.look import FONT, short
from ui.figures.tables import Table, tables
from ui.numbers import text
from ui.theme import THEMES

ACROSS = 4  # layers side by side
LOW, HIGH = -12, -2  # powers of ten at the ends of the scale
MOST_ACROSS, MOST_DOWN = 24, 16  # cells in which numbers fit: across all layers of a row, and down


def gradient_check(check: GradientCheck, theme: str) -> go.Figure:
    """The relative errors of a `GradientCheck`, of weights and biases, by power of ten."""
    across = min(len(check.relative), ACROSS)
    made = [_table(layer, W, b, across) for layer, (W, b) in enumerate(check.relative)]
    made[0].extra.update(showscale=True, colorbar=COLORBAR)
    rows = [made[n : n + ACROSS] for n in range(0, len(made), ACROSS)]
    height = max(34 * min(max(len(table.values) for table in made), MOST_DOWN), 120)
    colors = THEMES[theme]
    return tables(
        rows,
        theme,
        [(0.0, colors["surface"]), (1.0, colors["accent"])],
        heights=[height] * len(rows),
        between=0.24 / across,
        title=f"Largest relative error {short(check.worst)}, at {place(check.where)}",
    )


COLORBAR = {
    "title": {"text": "relative error", "side": "right", "font": {"size": FONT}},
    "tickvals": list(range(LOW, HIGH + 1, 2)),
    "ticktext": [text(10.0**power) for power in range(LOW, HIGH + 1, 2)],
    "thickness": 14,
    "outlinewidth": 0,
    "tickfont": {"size": FONT},
}


def _table(layer: int, W: np.ndarray, b: np.ndarray | None, across: int) -> Table:
    errors = W if b is None else np.column_stack([W, b])
    columns = [str(k + 1) for k in range(W.shape[1])] + ([] if b is None else ["b"])
    with np.errstate(divide="ignore"):
        powers = np.maximum(np.log10(errors), LOW - 1.0)  # equal to the last bit: off the low end of the scale
    return Table(
        title=names.layer("W", layer) + (", " + names.layer("b", layer) if b is not None else ""),
        colors=powers,
        values=errors,
        across=columns,
        low=LOW,
        high=HIGH,
        x_title="from unit k",
        y_title="to unit j" if layer % ACROSS == 0 else None,
        hover="from unit %{x} to unit %{y}<br>relative error %{customdata}",
        numbers=len(columns) * across <= MOST_ACROSS and len(W) <= MOST_DOWN,
        exact=".2e",
    )


def place(where: str) -> str:
    """The engine's place of the worst error, counted from 0, as it is counted on paper: from 1."""
    name, _, layer = where.partition("] of layer ")
    letter, _, indices = name.partition("[")
    if not layer or not indices:
        return where
    units = (int(i) for i in indices.split(","))
    return f"{'the weight' if letter == 'W' else 'the bias'} {names.parameter(int(layer) - 1, *units)}"
