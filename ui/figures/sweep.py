"""What many seeds say: how often and how soon a network is solved, how its loss spreads, which units die."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.figures.compare import BETWEEN, color, decades, heading, line, panels
from ui.figures.look import FONT, along, axis, faint, ink, layout
from ui.numbers import percent, text
from ui.theme import THEMES

PANEL = 150  # height of a histogram in pixels
CELL = 56  # height of a cell in the table of rates
BINS = 24
CLASSES = ("none dead", "some dead", "all dead")
STRENGTHS, PATTERNS = (0.16, 0.5, 1.0), ("", "/", "x")  # of the classes
LEAST_SHARE = 0.05  # that has room for its number


def solved_share(
    times: np.ndarray,
    shares: Sequence[np.ndarray],
    bands: Sequence[tuple[np.ndarray, np.ndarray]],
    names: Sequence[str],
    theme: str,
) -> go.Figure:
    """The share of seeds that are solved by iteration t, in a 95% band, a line a lane."""
    data: list[dict[str, Any]] = []
    for n, (name, share, (low, high)) in enumerate(zip(names, shares, bands, strict=True)):
        data += _band(times, low, high, theme, n, 0.2)
        data.append({
            "type": "scatter", "mode": "lines", "x": times, "y": share, "name": name, "line": line(theme, n),
            "customdata": np.column_stack([low, high]),
            "hovertemplate": f"{name}<br>by update %{{x:,d}}: %{{y:.1%}} solved"
            "<br>95% between %{customdata[0]:.1%} and %{customdata[1]:.1%}<extra></extra>",
        })  # fmt: skip
    look = layout(
        theme, 380,
        xaxis=axis(theme, "iteration", tickformat=",d", rangemode="tozero"),
        yaxis=axis(theme, "share of seeds solved", range=[-0.02, 1.02], tickformat=".0%"),
        legend=LEGEND,
    )  # fmt: skip
    return go.Figure({"data": data, "layout": look})


LEGEND = {"orientation": "h", "traceorder": "normal", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": FONT}}


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray, theme: str, lane: int, opacity: float) -> list[dict]:
    """Two lines without ink and the tint between them."""
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    return [{**edge, "y": low}, {**edge, "y": high, "fill": "tonexty", "fillcolor": tint(theme, lane, opacity)}]


def tint(theme: str, lane: int, opacity: float) -> str:
    """A lane's colour, to be seen through."""
    return faint(color(theme, lane), opacity)


def needed(
    solved_at: Sequence[np.ndarray], seeds: Sequence[np.ndarray], iterations: int, names: Sequence[str], theme: str,
    shown: int | None = None,
) -> go.Figure:  # fmt: skip
    """How many updates the solved seeds needed: a histogram a lane, on one logarithmic axis.

    `solved_at` -1 stands for not solved. A bar carries the seed in it that comes first, to be opened; `shown` is the
    seed on the screen, and its bar is dark.
    """
    edges = np.linspace(0, np.log10(iterations + 2), BINS + 1)  # of t + 1, and the last update is in the last bar
    first = np.ceil(10**edges - 1 - 1e-9).astype(int)  # the updates at which the bars begin
    middle, step = (edges[1:] + edges[:-1]) / 2, edges[1]
    rows = panels(len(names), 0.3 / len(names) if len(names) > 1 else 0)[::-1]
    data, heads, axes = [], [], {}
    for n, (name, when, seed) in enumerate(zip(names, solved_at, seeds, strict=True)):
        number = "" if n == 0 else str(n + 1)
        solved = when >= 0
        which = np.searchsorted(first, when[solved], side="right") - 1
        count = np.bincount(which, minlength=BINS)
        members = [seed[solved][which == i] for i in range(BINS)]
        here = [shown is not None and shown in inside for inside in members]
        data.append({
            "type": "bar", "x": middle, "y": count, "width": step * 0.92, "name": name,
            "marker": {
                "color": [color(theme, n) if dark else tint(theme, n, 0.55) for dark in here],
                "line": {"width": [3 if dark else 0 for dark in here], "color": THEMES[theme]["text"]},
            },
            "customdata": [[int(inside[0]) if len(inside) else -1, _between(a, b)]
                           for inside, (a, b) in zip(members, pairwise(first.tolist()), strict=True)],
            "hovertemplate": f"{name}<br>%{{customdata[1]}} updates: %{{y:,d}} seeds"
            "<br>click to open seed %{customdata[0]}<extra></extra>",
            "xaxis": f"x{number}", "yaxis": f"y{number}",
            "selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}},
        })  # fmt: skip
        last = n == len(names) - 1
        ticks = [t for t in (0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000) if t < 0.7 * iterations]
        ticks.append(iterations)
        axes[f"xaxis{number}"] = axis(
            theme, "updates needed" if last else None, anchor=f"y{number}", range=[0, edges[-1]],
            tickvals=[float(np.log10(t + 1)) for t in ticks], ticktext=[f"{t:,}" for t in ticks],
            showticklabels=last,
        )  # fmt: skip
        axes[f"yaxis{number}"] = axis(
            theme,
            "seeds",
            anchor=f"x{number}",
            domain=list(rows[n]),
            nticks=4,
            range=[0, 1.08 * max(int(count.max()), 1)],
        )
        unsolved = int((~solved).sum())
        heads.append(heading(theme, n, f"{name}: {unsolved:,} of {len(when):,} not solved", x=0, y=rows[n][1]))
    height = PANEL * len(names) + 120
    look = layout(theme, height, showlegend=False, annotations=heads, bargap=0, dragmode=False, **axes)
    return go.Figure({"data": data, "layout": look})


def _between(first: int, end: int) -> str:
    """The whole numbers from `first` to the one before `end`."""
    return f"{first:,}" if end <= first + 1 else f"{first:,} to {end - 1:,}"


def loss_bands(times: np.ndarray, quantiles: Sequence[np.ndarray], names: Sequence[str], theme: str) -> go.Figure:
    """The loss over iterations: the middle half of the seeds, nine in ten of them, and the median.

    `quantiles` (5, T) for each lane: 5, 25, 50, 75 and 95 in a hundred.
    """
    data: list[dict[str, Any]] = []
    heads, axes = [], {}
    scale = decades(quantiles)
    for n, (name, q, place) in enumerate(zip(names, quantiles, panels(len(names), BETWEEN), strict=True)):
        number = "" if n == 0 else str(n + 1)
        where = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        for low, high in ((0, 4), (1, 3)):
            data += [{**trace, **where} for trace in _band(times, q[low], q[high], theme, n, 0.22)]
        data.append({
            "type": "scatter", "mode": "lines", "x": times, "y": q[2], "name": name, "line": line(theme, n), **where,
            "customdata": [[text(v, 4) for v in column] for column in q.T],
            "hovertemplate": f"{name}, iteration %{{x:,d}}<br>median %{{customdata[2]}}"
            "<br>half between %{customdata[1]} and %{customdata[3]}"
            "<br>nine in ten between %{customdata[0]} and %{customdata[4]}<extra></extra>",
        })  # fmt: skip
        axes[f"xaxis{number}"] = axis(theme, "iteration", domain=list(place), anchor=f"y{number}", **along(times))
        axes[f"yaxis{number}"] = axis(
            theme, "loss" if n == 0 else None, anchor=f"x{number}", **scale,
            showticklabels=n == 0, **({"matches": "y"} if n else {}),
        )  # fmt: skip
        heads.append(heading(theme, n, name, x=place[0], y=1))
    look = layout(theme, 380, showlegend=False, annotations=heads, **axes)
    return go.Figure({"data": data, "layout": look})


def dead_shares(start: Sequence[np.ndarray], end: Sequence[np.ndarray], iterations: int, names: Sequence[str],
                theme: str) -> go.Figure:  # fmt: skip
    """How many seeds have no, some or only dead hidden units, at the start and after the last update."""
    rows, shares, lanes = [], [], []
    for n, name in enumerate(names):
        for when, found in (("at the start", start[n]), (f"after {iterations:,} updates", end[n])):
            known = found[np.isfinite(found)]
            gone = len(found) - len(known)
            rows.append(f"{name}, {when}" + (f": {gone:,} of {len(found):,} diverged" if gone else ""))
            lanes.append(n)
            shares.append(
                np.array([(known == 0).mean(), ((known > 0) & (known < 1)).mean(), (known == 1).mean()])
                if len(known) else np.zeros(3)
            )  # fmt: skip
    data = []
    for i, kind in enumerate(CLASSES):
        values = [float(s[i]) for s in shares]
        data.append({
            "type": "bar", "orientation": "h", "name": kind, "y": rows, "x": values,
            "marker": {
                "color": [tint(theme, n, STRENGTHS[i]) for n in lanes], "line": {"width": 1, "color": [
                    color(theme, n) for n in lanes]}, "pattern": {"shape": PATTERNS[i], "size": 6,
                                                                 "fgcolor": THEMES[theme]["background"]},
            },
            "text": [percent(v) if v > LEAST_SHARE else "" for v in values], "showlegend": False,
            "textposition": "inside", "insidetextanchor": "middle", "constraintext": "none", "textangle": 0,
            "textfont": {"size": FONT, "color": [
                THEMES[theme]["background" if i == 2 else "text"] for _ in lanes]},
            "hovertemplate": f"%{{y}}<br>{kind}: %{{x:.1%}}<extra></extra>",
        })  # fmt: skip
    grey, ground = THEMES[theme]["muted"], THEMES[theme]["background"]
    for i, kind in enumerate(CLASSES):  # what the patterns mean, whatever the lane
        data.append({
            "type": "bar", "orientation": "h", "name": kind, "y": [None], "x": [None],
            "marker": {"color": faint(grey, STRENGTHS[i]), "line": {"width": 1, "color": grey}, "pattern": {
                "shape": PATTERNS[i], "size": 6, "fgcolor": ground, "bgcolor": faint(grey, STRENGTHS[i])}},
        })  # fmt: skip
    look = layout(
        theme, 46 * len(rows) + 120, barmode="stack", showlegend=True, bargap=0.25, legend=LEGEND,
        xaxis=axis(theme, "share of seeds", tickformat=".0%", range=[0, 1]),
        yaxis=axis(theme, None, autorange="reversed", type="category", showgrid=False, automargin=True),
    )  # fmt: skip
    return go.Figure({"data": data, "layout": look})


def rate_table(share: np.ndarray, rates: Sequence[float], names: Sequence[str], theme: str) -> go.Figure:
    """The share of seeds solved (lanes, rates) as a table in colour; NaN where nothing is known yet.

    A cell carries (lane, rate), to be opened.
    """
    colors = THEMES[theme]
    scale = [(0.0, colors["surface"]), (1.0, colors["accent"])]
    across = [text(rate) for rate in rates]
    cells = {
        "type": "heatmap", "z": share, "x": across, "y": list(names), "zmin": 0, "zmax": 1, "colorscale": scale,
        "showscale": False, "xgap": 2, "ygap": 2, "hoverinfo": "skip",
    }  # fmt: skip
    values = share.ravel()
    numbers = {
        "type": "scatter", "mode": "markers+text", "x": across * len(names), "y": [n for n in names for _ in rates],
        "text": ["" if v != v else f"{v:.0%}" for v in values],
        "textfont": {"size": FONT + 1, "color": [ink(theme, scale, 0.0 if v != v else v) for v in values]},
        "marker": {"symbol": "square", "size": CELL - 12, "opacity": 0},
        "selected": {"marker": {"opacity": 0}}, "unselected": {"marker": {"opacity": 0}, "textfont": {}},
        "customdata": [[lane, rate] for lane in range(len(names)) for rate in rates],
        "hovertemplate": "%{y}, learning rate %{x}<br>%{text} solved<br>click to open<extra></extra>",
    }  # fmt: skip
    look = layout(
        theme, CELL * len(names) + 100, showlegend=False, dragmode=False,
        xaxis=axis(theme, "learning rate", type="category", showgrid=False),
        yaxis=axis(theme, None, type="category", autorange="reversed", showgrid=False, automargin=True),
    )  # fmt: skip
    look["margin"] = {**look["margin"], "t": 10}
    return go.Figure({"data": [cells, numbers], "layout": look})
