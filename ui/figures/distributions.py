"""How the numbers of each layer are spread: a histogram a layer, lane beside lane."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.figures.compare import color as color_of
from ui.figures.lanes import BOTTOM, TOP, across, axes_of
from ui.figures.look import FONT, axis, faint, layout, linear
from ui.numbers import full
from ui.theme import THEMES

BINS = 24
BETWEEN = 84  # pixels between two rows


def distributions(
    rows: Sequence[tuple[str, Sequence[tuple[str, Sequence[np.ndarray]]]]], theme: str, height: int = 250
) -> go.Figure:
    """For each (quantity, [(lane, values of each layer), ...]) a row with a panel a lane.

    The shape at a layer is a histogram, as wide as values are frequent; the bar across it is the median. The panels of
    a row have one axis, unless a range would be squeezed by that.
    """
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    titles: list[dict[str, Any]] = []
    inside = height * len(rows) + BETWEEN * (len(rows) - 1)
    for r, (quantity, lanes) in enumerate(rows):
        above = r * (height + BETWEEN)
        down = [1 - (above + height) / inside, 1 - above / inside]
        spans = [_span(layers) for _, layers in lanes]
        shared = _alike(spans)
        for i, (name, layers) in enumerate(lanes):
            x, y = axes_of(len(axes) // 2)
            start, stop = across(i, len(lanes), 0.07)
            low, high = (min(s[0] for s in spans), max(s[1] for s in spans)) if shared else spans[i]
            axes[f"xaxis{x[1:]}"] = axis(
                theme, "hidden layer", domain=[start, stop], anchor=y, range=[0.45, len(layers) + 0.55],
                dtick=1, showgrid=False, zeroline=False,
            )  # fmt: skip
            axes[f"yaxis{y[1:]}"] = axis(
                theme,
                quantity,
                domain=down,
                anchor=x,
                range=[low - 0.03 * (high - low), high + 0.03 * (high - low)],
                nticks=6,
                **linear(max(abs(low), abs(high))),
            )
            data += _shapes(layers, (low, high), quantity, name, theme, i, x, y)
            words = {"text": f"{quantity} · {name}", "showarrow": False, "font": {"size": FONT + 1}}
            place = {"x": start, "xanchor": "left", "y": down[1], "yanchor": "bottom", "xref": "paper", "yref": "paper"}
            titles.append({**words, **place})
    look = layout(theme, inside + TOP + BOTTOM, showlegend=False, annotations=titles, hovermode="closest", **axes)
    look["margin"] = {**look["margin"], "t": TOP, "b": BOTTOM}
    return go.Figure({"data": data, "layout": look})


def _shapes(
    layers: Sequence[np.ndarray],
    span: tuple[float, float],
    quantity: str,
    name: str,
    theme: str,
    i: int,
    x: str,
    y: str,
) -> list[dict[str, Any]]:
    """The outlines of one lane's histograms as one trace, and the medians as another."""
    across: list[float] = []
    up: list[float] = []
    edges = np.linspace(*span, BINS + 1)
    for layer, values in enumerate(layers, start=1):
        counts = np.histogram(values, edges)[0]
        if not counts.any():
            continue
        filled = np.flatnonzero(counts)
        bins = slice(filled[0], filled[-1] + 1)
        half = np.repeat(0.44 * counts[bins] / counts.max(), 2)
        levels = np.repeat(edges[filled[0] : filled[-1] + 2], 2)[1:-1]
        across += [*(layer + half), *(layer - half[::-1]), layer + half[0], np.nan]
        up += [*levels, *levels[::-1], levels[0], np.nan]
    color = color_of(theme, i)
    where = {"type": "scatter", "xaxis": x, "yaxis": y, "name": name}
    line = {"color": color, "width": 1.5}
    outline = {"mode": "lines", "fill": "toself", "line": line, "fillcolor": faint(color, 0.35), "hoverinfo": "skip"}
    middles = {
        "mode": "markers",
        "marker": {"symbol": "line-ew", "size": 22, "line": {"width": 3, "color": THEMES[theme]["text"]}},
        "customdata": [[full(f(v)) if v.size else "none" for f in (np.median, np.min, np.max)] for v in layers],
        "hovertemplate": f"{quantity} of layer %{{x}}, {name}<br>median %{{customdata[0]}}"
        "<br>least %{customdata[1]}<br>greatest %{customdata[2]}<extra></extra>",
    }
    return [
        {**where, **outline, "x": np.array(across), "y": np.array(up)},
        {**where, **middles, "x": list(range(1, len(layers) + 1)), "y": [float(np.median(v)) for v in layers]},
    ]


def _span(layers: Sequence[np.ndarray]) -> tuple[float, float]:
    """The range of all values, a little wider."""
    values = np.concatenate([v.ravel() for v in layers])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin


def _alike(spans: Sequence[tuple[float, float]]) -> bool:
    """Whether one axis serves all: none of the ranges would be squeezed to less than a tenth."""
    wide = max(s[1] for s in spans) - min(s[0] for s in spans)
    return all(10 * (high - low) >= wide for low, high in spans)
