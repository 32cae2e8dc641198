"""Lanes side by side: a gradient sample by sample, what it promises and what comes, and its size over time.

A lane has one colour and one dash wherever it is drawn, the stage's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.figures.look import FONT, axis, layout, linear, logarithmic, short
from ui.numbers import full, signed, text
from ui.theme import THEMES, dash

MARKS = ("━━━", "━ ━ ━", "• • • •", "━ • ━")  # the dashes as letters of a title
BAR = 34  # height of a bar in pixels
ROW = 190  # height of a panel in pixels
BETWEEN = 0.06  # of the width, between two panels


@dataclass(frozen=True, eq=False)
class Shares:
    """What each sample contributes to one gradient; `total` is what they make together."""

    labels: tuple[str, ...]
    values: np.ndarray
    total: float


@dataclass(frozen=True, eq=False)
class Course:
    """The loss after one step along the gradient, for many learning rates."""

    rates: np.ndarray
    losses: np.ndarray
    start: float  # the loss before the step
    slope: float  # |g|^2: for small rates the loss falls by rate x slope
    rate: float  # the learning rate of the run
    broken: float | None  # the first rate at which the loss no longer falls
    seen: float  # the rate from which on the promise is more than rounding


def line(theme: str, lane: int, width: float = 3) -> dict[str, Any]:
    """How a lane's lines look."""
    return {"color": color(theme, lane), "dash": dash(lane), "width": width}


def color(theme: str, lane: int) -> str:
    """The colour of a lane."""
    lanes = THEMES[theme]["lanes"]
    return str(lanes[lane % len(lanes)])


def heading(theme: str, lane: int, name: str, **where: Any) -> dict[str, Any]:
    """A lane's mark and name above its panel."""
    words = {"text": f"{MARKS[lane % len(MARKS)]} {name}", "showarrow": False, "xanchor": "left", "yanchor": "bottom"}
    return {**words, "font": {"size": FONT + 1, "color": color(theme, lane)}, "xref": "paper", "yref": "paper", **where}


def panels(count: int, between: float = BETWEEN) -> list[tuple[float, float]]:
    """The places of `count` panels side by side."""
    wide = (1 - between * (count - 1)) / count
    return [(n * (wide + between), n * (wide + between) + wide) for n in range(count)]


# ---- sample by sample


def sample_bars(
    shares: Sequence[Shares], names: Sequence[str], theme: str, title: str, lanes: Sequence[int] | None = None
) -> go.Figure:
    """A signed bar for each sample and one for their sum, lane beside lane on one scale; `title` names the gradient.

    `lanes` are the lanes' places on the page, where some are left out.
    """
    places = range(len(shares)) if lanes is None else lanes
    colors = THEMES[theme]
    peak = max((float(np.abs([*s.values, s.total]).max()) for s in shares), default=0.0) or 1.0
    peak = min(peak, 1e300)  # so that the ends of the axis are numbers
    reach = peak / (0.95 - 0.105 * len(shares))  # room for the numbers beside the bars
    same = len({s.labels for s in shares}) == 1
    data, heads, axes = [], [], {}
    across = panels(len(shares), BETWEEN if same else 0.12)
    for n, (found, lane, place) in enumerate(zip(shares, places, across, strict=True)):
        number = "" if n == 0 else str(n + 1)
        values = [*found.values, found.total]
        data.append({
            "type": "bar",
            "orientation": "h",
            "x": values,
            "y": [*found.labels, "sum"],
            "marker": {
                "color": [colors["positive" if v > 0 else "negative"] for v in values],
                "line": {"width": [0] * len(found.values) + [3], "color": color(theme, lane)},
                "opacity": [0.75] * len(found.values) + [1],
            },
            "text": [signed(v, 2) for v in values],
            "textposition": "outside",
            "textfont": {"size": FONT},
            "cliponaxis": False,
            "customdata": [full(v) for v in values],
            "hovertemplate": f"{names[n]}<br>%{{y}}<br>%{{customdata}}<extra></extra>",
            "xaxis": f"x{number}",
            "yaxis": f"y{number}",
        })  # fmt: skip
        axes[f"xaxis{number}"] = axis(
            theme, title, domain=list(place), anchor=f"y{number}", range=[-reach, reach], nticks=5,
            zerolinecolor=colors["text"], **linear(peak),
        )  # fmt: skip
        axes[f"yaxis{number}"] = axis(
            theme, None, anchor=f"x{number}", autorange="reversed", type="category", showgrid=False,
            showticklabels=n == 0 or not same, automargin=True,
        )  # fmt: skip
        heads.append(heading(theme, lane, names[n], x=place[0], y=1))
    height = BAR * (max(len(s.labels) for s in shares) + 1) + 110
    look = layout(theme, height, showlegend=False, bargap=0.3, annotations=heads, **axes)
    return go.Figure({"data": data, "layout": look})


# ---- promise and delivery


def promise_curves(lanes: Sequence[Course], names: Sequence[str], theme: str) -> go.Figure:
    """The loss after one step along the gradient over the learning rate, beside the straight line that it promises.

    The promise is the thin line with open circles; on a logarithmic axis a straight line bends. A filled circle marks
    the run's learning rate, a cross the first rate at which the loss no longer falls.
    """
    colors = THEMES[theme]
    top = max((c.start for c in lanes), default=1.0) or 1.0
    low, high = -0.25 * top, 1.75 * top
    data: list[dict[str, Any]] = []
    said, upright = [], []
    for n, (course, name) in enumerate(zip(lanes, names, strict=True)):
        promise = course.start - course.rates * course.slope
        within = promise > low
        hover = f"{name}<br>learning rate %{{customdata[0]}}<br>"
        data.append({
            **_lane(theme, n, name), "x": course.rates, "y": course.losses,
            "customdata": _said(course.rates, course.losses),
            "hovertemplate": f"{hover}loss after the step %{{customdata[1]}}<extra></extra>",
        })  # fmt: skip
        data.append({
            **_lane(theme, n, f"{name}, promised"), "x": course.rates[within], "y": promise[within],
            "mode": "lines+markers", "line": {"color": color(theme, n), "width": 1.2, "dash": "dash"},
            "marker": {"symbol": "circle-open", "size": 7, "maxdisplayed": 12, "color": color(theme, n)},
            "customdata": _said(course.rates[within], promise[within]),
            "hovertemplate": f"{hover}promised %{{customdata[1]}}<extra></extra>",
        })  # fmt: skip
        now = float(np.interp(np.log(course.rate), np.log(course.rates), course.losses))
        data.append({
            **_lane(theme, n, f"{name}, learning rate {short(course.rate)}"), "x": [course.rate], "y": [min(now, high)],
            "mode": "markers", "showlegend": False, "cliponaxis": False,
            "marker": {"size": 14, "color": color(theme, n), "line": {"width": 2, "color": colors["background"]}},
            "hovertemplate": f"{name}<br>learning rate of the run {full(course.rate)}<extra></extra>",
        })  # fmt: skip
        if course.broken is not None:
            data.append({
                **_lane(theme, n, f"{name}, promise broken"), "x": [course.broken], "y": [course.start],
                "mode": "markers", "showlegend": False,
                "marker": {"symbol": "x", "size": 13, "color": color(theme, n)},
                "hovertemplate": f"{name}<br>promise broken from {text(course.broken)} on<extra></extra>",
            })  # fmt: skip
            upright.append({
                "type": "line", "xref": "x", "yref": "y", "x0": course.broken, "x1": course.broken, "y0": course.start,
                "y1": high, "line": {"width": 1.2, "dash": "dot", "color": color(theme, n)},
            })  # fmt: skip
            said.append({
                "text": f"{name}: promise broken from {short(course.broken)} on", "x": float(np.log10(course.broken)),
                "y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 24 * (len(lanes) - 1 - n), "showarrow": False,
                "xanchor": "center" if course.broken < 20 else "right",
                "font": {"size": FONT, "color": color(theme, n)},
            })  # fmt: skip
    rates = lanes[0].rates
    look = layout(
        theme,
        440 + 24 * len(lanes),
        xaxis=axis(
            theme, "learning rate of one step along the gradient", **logarithmic(rates[0], rates[-1]),
            range=[float(np.log10(rates[0])), float(np.log10(rates[-1]))],
        ),
        yaxis=axis(theme, "loss after the step", range=[low, high], automargin=True, **linear(high)),
        annotations=said,
        shapes=upright,
        hovermode="closest",
        legend={"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "font": {"size": FONT}},
    )  # fmt: skip
    look["margin"] = {**look["margin"], "t": 12 + 24 * len(lanes), "b": 96}
    return go.Figure({"data": data, "layout": look})


def _said(*columns: np.ndarray) -> list[list[str]]:
    """Numbers under the pointer, in rows."""
    return [[text(v, 6) for v in row] for row in zip(*columns, strict=True)]


def _lane(theme: str, lane: int, name: str) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "name": name, "line": line(theme, lane)}


# ---- over time


def sizes_over_time(
    times: Sequence[np.ndarray],
    deltas: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray],
    layers: Sequence[int],
    names: Sequence[str],
    theme: str,
    at: int,
) -> go.Figure:
    """Root mean squares of delta and of the gradient over iterations: a row a layer, on two logarithmic scales.

    `times` (T,), `deltas` and `gradients` (T, L) for each lane; `layers` are the rows to draw. Exact zeros have no
    place on a logarithmic axis and leave a gap.
    """
    colors = THEMES[theme]
    places = panels(2, 0.1)
    down = panels(len(layers), 0.22 / len(layers))
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    heads = []
    for row, layer in enumerate(layers):
        top_down = down[len(layers) - 1 - row]
        for column, (what, found) in enumerate((("δ", deltas), ("gradient of W", gradients))):
            number = str(2 * row + column + 1) if row or column else ""
            axes[f"xaxis{number}"] = axis(
                theme, "iteration" if row == len(layers) - 1 else None, domain=list(places[column]),
                anchor=f"y{number}", tickformat=",d", showticklabels=row == len(layers) - 1,
                **({"matches": "x"} if number else {}),
            )  # fmt: skip
            axes[f"yaxis{number}"] = axis(
                theme, f"size of {what}" if len(layers) == 1 else what, domain=list(top_down), anchor=f"x{number}",
                automargin=True, **decades([found[n][:, layers] for n in range(len(names))]),
                **({"matches": "y" if column == 0 else "y2"} if row else {}),
            )  # fmt: skip
            heads.append({
                "text": f"{what}, layer {layer + 1}", "x": places[column][0], "y": top_down[1], "xref": "paper",
                "yref": "paper", "xanchor": "left", "yanchor": "bottom", "showarrow": False, "font": {"size": FONT},
            })  # fmt: skip
            for n, name in enumerate(names):
                size = found[n][:, layer]
                data.append({
                    **_lane(theme, n, name),
                    "mode": "lines" if len(times[n]) > 1 else "markers",
                    "x": times[n], "y": [float(v) if v > 0 else None for v in size],
                    "xaxis": f"x{number}", "yaxis": f"y{number}", "legendgroup": name,
                    "showlegend": not row and not column,
                    "customdata": [full(v) for v in size],
                    "hovertemplate": f"{name}, layer {layer + 1}<br>iteration %{{x:,d}}<br>{what} %{{customdata}}"
                    "<extra></extra>",
                })  # fmt: skip
    mark: dict[str, Any] = {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper"}
    mark["line"] = {"color": colors["muted"], "width": 1.5, "dash": "dot"}
    look = layout(
        theme,
        ROW * len(layers) + 130,
        annotations=heads,
        shapes=[{**mark, "xref": ref} for ref in ("x", "x2")],
        hovermode="closest",
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "top", "yref": "container", "font": {"size": FONT}},
        **axes,
    )
    look["margin"] = {**look["margin"], "t": 76}
    return go.Figure({"data": data, "layout": look})


def decades(found: Sequence[np.ndarray]) -> dict[str, Any]:
    """A logarithmic axis for the positive numbers among these."""
    sizes = np.concatenate([v[np.isfinite(v) & (v > 0)].ravel() for v in found])
    return logarithmic(float(sizes.min()), float(sizes.max())) if len(sizes) else {"type": "log"}
