"""The loss curve of a run, to be studied at rest: zoom in, read any iteration in full, see what was changed when."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from ui.figures.look import FONT, dressed
from ui.theme import THEMES

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
    figure = go.Figure()
    figure.add_scatter(
        x=shown,
        y=losses[shown],
        name="training loss" if tests is not None else "loss",
        mode="lines" if len(shown) > 1 else "markers",
        line={"color": colors["accent"], "width": 2.5},
        customdata=[repr(float(v)) for v in losses[shown]],
        hovertemplate="iteration %{x:,d}<br>loss %{customdata}<extra></extra>",
    )
    if tests is not None:
        figure.add_scatter(
            x=tests[0],
            y=tests[1],
            name="test loss",
            mode="lines",
            line={"color": colors["lanes"][1], "width": 2.5, "dash": "dash"},
            customdata=[repr(float(v)) for v in tests[1]],
            hovertemplate="iteration %{x:,d}<br>test loss %{customdata}<extra></extra>",
        )
    if at is not None and 0 <= at < len(losses):
        figure.add_scatter(
            x=[at],
            y=[losses[at]],
            name="shown now",
            mode="markers",
            cliponaxis=False,
            marker={"size": 12, "color": colors["text"], "line": {"width": 2, "color": colors["background"]}},
            customdata=[repr(float(losses[at]))],
            hovertemplate="shown now: iteration %{x:,d}<br>loss %{customdata}<extra></extra>",
        )
    for place, label in marks:
        figure.add_vline(
            x=place,
            line={"color": colors["muted"], "width": 1.5, "dash": "dot"},
            annotation={"text": label, "yanchor": "bottom", "textangle": 0},
            annotation_position="top",
        )
    positive = losses[np.isfinite(losses) & (losses > 0)]
    figure.update_xaxes(title="iteration", tickformat=",d", rangemode="tozero")
    figure.update_yaxes(
        title="loss", type="log" if log and len(positive) else "linear", rangemode="normal" if log else "tozero"
    )
    if log:  # powers of ten; the digits between them say little
        figure.update_yaxes(
            dtick=1 if len(positive) and positive.max() / positive.min() > 30 else None, exponentformat="power"
        )
    return dressed(
        figure,
        theme,
        height=height,
        hovermode="closest",
        showlegend=tests is not None,
        legend={"x": 1, "xanchor": "right", "y": 1, "font": {"size": FONT}},
    )


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
