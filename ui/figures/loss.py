"""The loss curve of a run, to be studied at rest: zoom in, read any iteration in full, see what was changed when."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.figures.look import FONT, axis, layout, linear, logarithmic
from ui.numbers import full
from ui.theme import THEMES

FAR = 1e4  # times the loss at the start: beyond it a linear axis shows a flat line and a wall
MOST_POINTS = 4000  # drawn of one curve; more than the pixels across any screen


def loss_curve(
    losses: np.ndarray,
    theme: str,
    *,
    at: int | None = None,
    log: bool = False,
    marks: Sequence[tuple[int, str]] = (),
    tests: tuple[np.ndarray, np.ndarray] | None = None,
    height: int = 420,
) -> go.Figure:
    """Loss before each update, over iterations.

    `at` marks the iteration on the screen, `marks` are (iteration, label) of changes made by hand, `tests` are
    (iterations, test losses). Of a long run the lowest and the highest loss of each short stretch are drawn: every
    point is one that was recorded.
    """
    colors = THEMES[theme]
    shown = thinned(losses, MOST_POINTS, keep=at)
    curves = [
        {
            **_curve(shown, losses[shown], "training loss" if tests is not None else "loss", colors["accent"]),
            "mode": "lines" if len(shown) > 1 else "markers",
        }
    ]
    if tests is not None:
        dashed = _curve(*tests, "test loss", colors["lanes"][1])
        dashed["line"]["dash"] = "dash"
        curves.append(dashed)
    if at is not None and 0 <= at < len(losses):
        now = _curve(np.array([at]), losses[at : at + 1], "shown now", colors["text"])
        now["marker"] = {"size": 12, "color": colors["text"], "line": {"width": 2, "color": colors["background"]}}
        curves.append({**now, "mode": "markers", "cliponaxis": False})
    positive = losses[np.isfinite(losses) & (losses > 0)]
    log = log and len(positive) > 0
    high = float(positive.max()) if len(positive) else 1.0
    scale: dict[str, Any] = (
        logarithmic(float(positive.min()), high) if log else {"type": "linear", "rangemode": "tozero", **linear(high)}
    )
    look = layout(
        theme,
        height,
        xaxis=axis(theme, "iteration", tickformat=",d", rangemode="tozero"),
        yaxis=axis(theme, "loss", **scale),
        hovermode="closest",
        showlegend=tests is not None,
        legend={"x": 1, "xanchor": "right", "y": 1, "font": {"size": FONT}},
        shapes=[_line(place, colors["muted"]) for place, _ in marks],
        annotations=[_label(place, label) for place, label in marks],
    )
    return go.Figure({"data": curves, "layout": look})


def far_apart(losses: np.ndarray) -> bool:
    """Whether a linear axis would show nothing but the largest of these."""
    found = losses[np.isfinite(losses)]
    return bool(len(found)) and float(found.max()) > FAR * max(float(found[0]), 1.0)


def _curve(x: np.ndarray, y: np.ndarray, name: str, color: str) -> dict[str, Any]:
    """A line through recorded losses; under the pointer each is written in full."""
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "name": name,
        "mode": "lines",
        "line": {"color": color, "width": 2.5},
        "customdata": [full(v) for v in y],
        "hovertemplate": f"{name}<br>iteration %{{x:,d}}<br>loss %{{customdata}}<extra></extra>",
    }


def _line(place: int, color: str) -> dict[str, Any]:
    """An upright line at an iteration."""
    ends = {"x0": place, "x1": place, "y0": 0, "y1": 1, "xref": "x", "yref": "paper"}
    return {"type": "line", **ends, "line": {"color": color, "width": 1.5, "dash": "dot"}}


def _label(place: int, text: str) -> dict[str, Any]:
    """What was changed there, above the line."""
    where = {"x": place, "y": 1, "xref": "x", "yref": "paper", "yanchor": "bottom"}
    return {"text": text, **where, "showarrow": False, "font": {"size": FONT}}


def thinned(v: np.ndarray, most: int, keep: int | None = None) -> np.ndarray:
    """Indices of at most about `most` points that draw the same picture: the least and the greatest of each stretch."""
    n = len(v)
    if n <= most:
        return np.arange(n)
    edges = np.linspace(0, n, most // 2 + 1).astype(int)
    chosen = {0, n - 1} | ({keep} if keep is not None and 0 <= keep < n else set())
    for start, stop in pairwise(edges):
        stretch = v[start:stop]
        chosen |= {start + int(stretch.argmin()), start + int(stretch.argmax())}
    return np.array(sorted(chosen))
