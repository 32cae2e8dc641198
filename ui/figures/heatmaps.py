"""Weights, gradients and deltas of whole layers as colour: orange below zero, blue above, as everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine import Step
from ui.figures.look import dressed, ink, named, numbers, short
from ui.theme import THEMES, colorscale

CELL = 30  # least height of a cell with a number in it
MOST_ACROSS = 10  # columns of a panel in which numbers still fit
MOST_DOWN = 20


@dataclass(frozen=True)
class Panel:
    """One table: its rows are the units of a layer; the names of its columns."""

    title: str
    values: np.ndarray
    across: list[str]


def heatmaps(step: Step, theme: str, *, layers: Sequence[int] | None = None, select: str | None = None) -> go.Figure:
    """For each layer a row of three: W with b, its gradient, and delta of every sample.

    Each panel has its own scale, even around 0, whose end is in the title; numbers stand in the cells where they fit.
    `select` is "w.l.j.k", "b.l.j" or "u.layer.j" (layer 0 the inputs) and is outlined.
    """
    chosen = list(range(len(step.before))) if layers is None else list(layers)
    tables = [(layer, _tables(step, layer)) for layer in chosen]
    sized = [max(CELL * min(len(panels[0].values), MOST_DOWN), 64) for _, panels in tables]
    gap = 96  # between two rows: the axis title of one, the titles of the next
    inside = sum(sized) + gap * (len(chosen) - 1)
    titles = [f"{panel.title} within ±{short(_peak(panel.values))}" for _, panels in tables for panel in panels]
    figure = make_subplots(
        rows=len(chosen),
        cols=3,
        subplot_titles=titles,
        row_heights=sized,
        horizontal_spacing=0.075,
        vertical_spacing=gap / inside if len(chosen) > 1 else 0,
    )
    for row, (layer, panels) in enumerate(tables, start=1):
        for column, panel in enumerate(panels, start=1):
            _draw(figure, row, column, panel, theme)
        _outline(figure, row, layer, panels, select, theme)
    return dressed(figure, theme, height=inside + 92)


def _tables(step: Step, layer: int) -> list[Panel]:
    """The three panels of a layer."""
    before = step.before[layer]
    k = [str(i + 1) for i in range(before.W.shape[1])]
    W, dW, db = before.W, step.dW[layer], step.db[layer]
    if before.b is not None and db is not None:
        W, dW, k = np.column_stack([W, before.b]), np.column_stack([dW, db]), [*k, "b"]
    biased = ", " + named("b", layer) if before.b is not None else ""
    return [
        Panel(named("W", layer) + biased, W, k),
        Panel(named("dW", layer) + (", " + named("db", layer) if biased else ""), dW, k),
        Panel(named("δ", layer), step.delta[layer].T, [str(i + 1) for i in range(len(step.x))]),
    ]


def _draw(figure: go.Figure, row: int, column: int, panel: Panel, theme: str) -> None:
    scale = colorscale(theme)
    v, across, peak = panel.values, panel.across, _peak(panel.values)
    fits = v.shape[1] <= MOST_ACROSS and v.shape[0] <= MOST_DOWN
    parts = "from unit %{x} to unit %{y}" if column < 3 else "unit %{y}, sample %{x}"
    figure.add_trace(
        go.Heatmap(
            z=v,
            x=across,
            y=[str(j + 1) for j in range(v.shape[0])],
            zmin=-peak,
            zmax=peak,
            colorscale=scale,
            showscale=False,
            xgap=1,
            ygap=1,
            customdata=[[repr(float(x)) for x in line] for line in v],
            hovertemplate=parts + "<br>%{customdata}<extra></extra>",
        ),
        row=row,
        col=column,
    )
    if fits:
        numbers(
            figure, v, across, [ink(theme, scale, (float(x) / peak + 1) / 2) for x in v.ravel()], row=row, col=column
        )
    axis = {"type": "category", "showgrid": False, "title_standoff": 4, "row": row, "col": column}
    figure.update_yaxes(autorange="reversed", title="to unit j" if column < 3 else "unit j", **axis)
    figure.update_xaxes(title="from unit k" if column < 3 else "sample i", nticks=12, **axis)


def _outline(figure: go.Figure, row: int, layer: int, panels: list[Panel], select: str | None, theme: str) -> None:
    """A frame around what is selected, in each panel that holds it."""
    kind, *rest = (select or "").split(".")
    places = [int(p) for p in rest if p.isdigit()]
    width = panels[0].values.shape[1]
    biased = panels[0].across[-1] == "b"
    if kind == "w" and len(places) == 3 and places[0] == layer:
        spots = [(column, places[1], places[2], 1) for column in (1, 2)] + [
            (3, places[1], 0, panels[2].values.shape[1])
        ]
    elif kind == "b" and len(places) == 2 and places[0] == layer and biased:
        spots = [(column, places[1], width - 1, 1) for column in (1, 2)] + [
            (3, places[1], 0, panels[2].values.shape[1])
        ]
    elif kind == "u" and len(places) == 2 and places[0] == layer + 1:
        spots = [(column, places[1], 0, panel.values.shape[1]) for column, panel in enumerate(panels, start=1)]
    else:
        return
    for column, j, k, across in spots:
        figure.add_shape(
            type="rect",
            x0=k - 0.5,
            x1=k + across - 0.5,
            y0=j - 0.5,
            y1=j + 0.5,
            line={"color": THEMES[theme]["text"], "width": 3},
            row=row,
            col=column,
        )


def _peak(v: np.ndarray) -> float:
    """The greatest absolute value: the end of the panel's scale; 1 where all is 0."""
    finite = np.abs(v[np.isfinite(v)])
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0
