"""Tables of numbers as colour, set in rows: what the heatmaps and the gradient check are made of.

The figure is put together as plain data and handed to Plotly once: a dozen small tables that are updated one by one
take it several times as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.figures.look import FONT, axis, ink, layout, short
from ui.numbers import full
from ui.theme import THEMES

GAP = 96  # pixels between two rows: the axis title of one, the titles of the next
TOP, BOTTOM = 40, 52
MOST_GAPS = 60  # columns; with more, the lines between them would cover the cells
CATEGORY = {"type": "category", "showgrid": False}

Frame = tuple[int, int, int]  # row and column of its first cell, and its width


@dataclass(frozen=True, eq=False)
class Table:
    """One table: cells in colour from `low` to `high`, the numbers in them, the names of its columns and axes."""

    title: str
    colors: np.ndarray  # what the colour shows
    values: np.ndarray  # what the cells say
    across: Sequence[str]
    low: float
    high: float
    x_title: str | None
    y_title: str | None
    hover: str  # %{x}, %{y} and %{customdata}: the number in full
    numbers: bool  # whether they fit into the cells
    exact: str = "r"  # how the number in full is written
    frames: tuple[Frame, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)  # of the trace: a colour bar


def tables(
    rows: Sequence[Sequence[Table]],
    theme: str,
    scale: list[tuple[float, str]],
    *,
    heights: Sequence[int],
    between: float,
    title: str | None = None,
) -> go.Figure:
    """A figure of rows of tables; `heights` in pixels, `between` two tables as a share of the width."""
    inside = sum(heights) + GAP * (len(rows) - 1)
    across = max(len(row) for row in rows)
    wide = (1 - between * (across - 1)) / across
    top = TOP if title is None else TOP + 36
    data: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    titles: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    above = 0
    for row, height in zip(rows, heights, strict=True):
        down = (1 - (above + height) / inside, 1 - above / inside)
        above += height + GAP
        for n, table in enumerate(row):
            start = n * (wide + between)
            number = str(len(axes) // 2 + 1) if axes else ""  # Plotly calls the first axes x and y, then x2 and y2
            x, y = f"x{number}", f"y{number}"
            horizontal = {
                "domain": [start, start + wide],
                "anchor": y,
                "nticks": 12 if len(table.across) <= MOST_GAPS else 5,
                "tickangle": 0,
            }
            vertical = {"domain": list(down), "anchor": x, "autorange": "reversed"}
            axes[f"xaxis{number}"] = axis(theme, table.x_title, **CATEGORY, **horizontal)
            axes[f"yaxis{number}"] = axis(theme, table.y_title, **CATEGORY, **vertical)
            data += _traces(table, theme, scale, x, y)
            shapes += [_frame(frame, theme, x, y) for frame in table.frames]
            words = {"text": table.title, "showarrow": False, "font": {"size": FONT + 1}}
            place = {"x": start + wide / 2, "y": down[1], "xref": "paper", "yref": "paper", "xanchor": "center"}
            titles.append({**words, **place, "yanchor": "bottom"})
    look = layout(theme, inside + top + BOTTOM, showlegend=False, shapes=shapes, annotations=titles, **axes)
    look["margin"] = {**look["margin"], "t": top, "b": BOTTOM}
    if title is not None:
        look["title"] = {"text": title, "font": {"size": FONT + 2}, "x": 0, "y": 1, "yanchor": "top", "pad": {"t": 6}}
    return go.Figure({"data": data, "layout": look})


def _traces(table: Table, theme: str, scale: list[tuple[float, str]], x: str, y: str) -> list[dict[str, Any]]:
    down = [str(j + 1) for j in range(len(table.values))]
    cells = {
        "type": "heatmap",
        "z": table.colors,
        "x": list(table.across),
        "y": down,
        "zmin": table.low,
        "zmax": table.high,
        "colorscale": scale,
        "showscale": False,
        "xgap": 1 if len(table.across) <= MOST_GAPS else 0,
        "ygap": 1,
        "customdata": [[_exact(v, table.exact) for v in line] for line in table.values],
        "hovertemplate": table.hover + "<extra></extra>",
        "xaxis": x,
        "yaxis": y,
        **table.extra,
    }
    if not table.numbers:
        return [cells]
    span = table.high - table.low
    numbers = {
        "type": "scatter",
        "mode": "text",
        "x": list(table.across) * len(down),
        "y": [unit for unit in down for _ in table.across],
        "text": [short(float(v)) for v in table.values.ravel()],
        "textfont": {"size": FONT, "color": [ink(theme, scale, (v - table.low) / span) for v in table.colors.ravel()]},
        "hoverinfo": "skip",
        "xaxis": x,
        "yaxis": y,
    }
    return [cells, numbers]


def _frame(frame: Frame, theme: str, x: str, y: str) -> dict[str, Any]:
    """A frame around a cell, or several in a row."""
    j, k, width = frame
    corners = {"x0": k - 0.5, "x1": k + width - 0.5, "y0": j - 0.5, "y1": j + 0.5}
    return {"type": "rect", "xref": x, "yref": y, **corners, "line": {"color": THEMES[theme]["text"], "width": 3}}


def _exact(v: float, how: str) -> str:
    return full(v) if how == "r" else format(float(v), how)
