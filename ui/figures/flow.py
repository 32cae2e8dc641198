"""How large the error signal is on its way back: by layer, over time, for every choice, and along one path.

Sizes span many powers of ten, so their axes are logarithmic; a size of exactly 0, which has no logarithm, is marked
apart. A lane keeps its colour, its dash and its marker on all figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.figures.look import FONT, axis, faint, ink, layout, linear
from ui.numbers import MOST, full, text
from ui.theme import THEMES, colorscale, dash

MARKERS = ("circle", "square", "diamond", "triangle-up")
BINS = 24  # of a distribution
DECADES = 40  # most powers of ten on one axis
SHADES = 12  # and on one colour scale
STRONG = 4  # powers of ten from 1 to the strongest colour
MOST_NUMBERS = 16  # above the bars
EDGE = 0.15  # of a logarithmic axis beyond its powers of ten
TOP, BOTTOM, BETWEEN = 44, 52, 84  # pixels


@dataclass(frozen=True, eq=False)
class Lane:
    """What one network shows: `name`, and numbers for each layer or iteration."""

    name: str
    values: np.ndarray


# ---- by layer, at one iteration


def sizes_by_layer(panels: Sequence[tuple[str, Sequence[Lane]]], theme: str, height: int = 330) -> go.Figure:
    """For each (title, lanes) a panel: one size a layer, the output's last; all on one logarithmic axis."""
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    sizes = np.concatenate([lane.values for _, lanes in panels for lane in lanes])
    low, high = decades(sizes)
    names = layer_names(len(panels[0][1][0].values))
    for n, (title, lanes) in enumerate(panels):
        x, y = _axes(n)
        start, stop = _across(n, len(panels), 0.09)
        axes[f"xaxis{x[1:]}"] = axis(
            theme, "layer", domain=[start, stop], anchor=y, type="category", categoryarray=names, showgrid=False
        )
        axes[f"yaxis{y[1:]}"] = _powers(theme, title, low, high) | {"anchor": x}
        for i, lane in enumerate(lanes):
            data.append(_line(lane, names, theme, i, low) | {"xaxis": x, "yaxis": y, "showlegend": n == 0})
    look = layout(theme, height, hovermode="closest", legend=LEGEND, **axes)
    look["margin"] = {**look["margin"], "l": 84, "t": 40}
    return go.Figure({"data": data, "layout": look})


LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": FONT}}


def _line(lane: Lane, names: Sequence[str], theme: str, i: int, low: int) -> dict[str, Any]:
    """One lane's sizes; an exact 0 stands at the foot of the axis as a cross."""
    color = lane_color(theme, i)
    zero = lane.values == 0
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": lane.name,
        "legendgroup": lane.name,
        "x": list(names),
        "y": [10.0**low if nothing else float(v) for v, nothing in zip(lane.values, zero, strict=True)],
        "line": {"color": color, "width": 2.5, "dash": dash(i)},
        "marker": {"size": 10, "color": color, "symbol": ["x" if o else MARKERS[i % len(MARKERS)] for o in zero]},
        "customdata": [full(v) for v in lane.values],
        "hovertemplate": f"{lane.name}<br>layer %{{x}}<br>%{{customdata}}<extra></extra>",
        "cliponaxis": False,
    }


# ---- the distributions of z and a


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
            x, y = _axes(len(axes) // 2)
            start, stop = _across(i, len(lanes), 0.07)
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
    color = lane_color(theme, i)
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


# ---- over time


def over_time(times: np.ndarray, lanes: Sequence[Lane], theme: str, at: int, *, height: int = 0) -> go.Figure:
    """Heatmaps layer x iteration of log10 of `values` (times, layers), one for each lane, on one colour scale."""
    layers = lanes[0].values.shape[1]
    height = height or max(200, 30 * layers)
    low, high = shades(np.concatenate([lane.values.ravel() for lane in lanes]))
    colors = THEMES[theme]
    names = layer_names(layers)
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    extras: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    for i, lane in enumerate(lanes):
        x, y = _axes(i)
        start, stop = _across(i, len(lanes), 0.06)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.log10(lane.values.T)
        z[~np.isfinite(z)] = np.nan
        data.append({
            "type": "heatmap", "x": times[: z.shape[1]], "y": names, "z": z, "zmin": low, "zmax": high,
            "colorscale": [(0.0, colors["surface"]), (1.0, colors["accent"])], "showscale": i == 0,
            "colorbar": _colorbar(low, high), "xaxis": x, "yaxis": y, "hoverongaps": True,
            "customdata": [[full(v) for v in row] for row in lane.values.T],
            "hovertemplate": f"{lane.name}<br>layer %{{y}}, iteration %{{x:,d}}<br>%{{customdata}}<extra></extra>",
        })  # fmt: skip
        axes[f"xaxis{x[1:]}"] = axis(
            theme, "iteration", domain=[start, stop], anchor=y, showgrid=False, zeroline=False, tickformat=",d",
            nticks=6,
        )  # fmt: skip
        axes[f"yaxis{y[1:]}"] = axis(
            theme, "layer" if i == 0 else None, anchor=x, type="category", categoryarray=names, showgrid=False
        )
        extras.append(_title(lane.name, start))
        shapes.append(_now(at, x, y, colors["text"]))
    look = layout(theme, height + TOP + BOTTOM, showlegend=False, annotations=extras, shapes=shapes, **axes)
    look["margin"] = {**look["margin"], "t": TOP, "b": BOTTOM}
    return go.Figure({"data": data, "layout": look})


def curves(
    times: np.ndarray, lanes: Sequence[Lane], theme: str, at: int, title: str, *, height: int = 380
) -> go.Figure:
    """The same sizes as curves, a panel for each lane: the first layer dotted, the last dashed, both named."""
    sizes = np.concatenate([lane.values.ravel() for lane in lanes])
    low, high = decades(sizes)
    colors = THEMES[theme]
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    extras: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    for i, lane in enumerate(lanes):
        x, y = _axes(i)
        start, stop = _across(i, len(lanes), 0.1)
        layers = lane.values.shape[1]
        names = layer_names(layers)
        for layer in range(layers):
            end = layer in (0, layers - 1)
            v = lane.values[:, layer]
            data.append({
                "type": "scatter", "mode": "lines", "x": times[: len(v)], "y": np.where(v > 0, v, np.nan),
                "xaxis": x, "yaxis": y, "name": f"layer {names[layer]}",
                "line": {
                    "color": colors["text"] if end else lane_color(theme, i),
                    "width": 3 if end else 1.5,
                    "dash": "dot" if layer == 0 else "dash" if end else "solid",
                },
                "customdata": [full(s) for s in v],
                "hovertemplate": f"{lane.name}, layer {names[layer]}<br>iteration %{{x:,d}}<br>%{{customdata}}"
                "<extra></extra>",
            })  # fmt: skip
        extras += _ends(lane, x, y)
        axes[f"xaxis{x[1:]}"] = axis(
            theme, "iteration", domain=[start, stop], anchor=y, rangemode="tozero", tickformat=",d", nticks=6
        )
        axes[f"yaxis{y[1:]}"] = _powers(theme, title if i == 0 else None, low, high) | {"anchor": x}
        extras.append(_title(lane.name, start))
        shapes.append(_now(at, x, y, colors["muted"]))
    look = layout(theme, height, showlegend=False, annotations=extras, shapes=shapes, hovermode="closest", **axes)
    look["margin"] = {**look["margin"], "l": 84, "t": TOP, "r": 76}
    return go.Figure({"data": data, "layout": look})


def _ends(lane: Lane, x: str, y: str) -> list[dict[str, Any]]:
    """The names of the first and the last layer at the right ends of their curves, kept apart."""
    last = lane.values[-1]
    found = []
    for layer, words in ((0, "layer 1"), (len(last) - 1, "out")):
        if last[layer] > 0 and (layer == 0 or len(last) > 1):
            found.append((float(np.log10(last[layer])), words))
    apart = len(found) < 2 or abs(found[0][0] - found[1][0]) > 0.5
    shifts = [0, 0] if apart else [-10, 10] if found[0][0] < found[1][0] else [10, -10]
    return [
        {
            "text": words, "x": 1.01, "xref": f"{x} domain", "xanchor": "left", "y": power, "yref": y,
            "yshift": shift, "showarrow": False, "font": {"size": FONT},
        }
        for (power, words), shift in zip(found, shifts, strict=False)
    ]  # fmt: skip


# ---- every choice


def all_choices(
    ratios: np.ndarray, rows: Sequence[str], columns: Sequence[str], theme: str, *, said: Sequence[Sequence[str]]
) -> go.Figure:
    """A table of first-to-last ratios: orange where the signal vanishes, blue where it explodes, `said` under the
    pointer.

    `ratios` (rows, columns) are medians; 0 is the strongest orange.
    """
    scale = colorscale(theme)
    with np.errstate(divide="ignore"):
        powers = np.clip(np.log10(ratios), -STRONG, STRONG)
    ticks = list(range(-STRONG, STRONG + 1, 2))
    cells = {
        "type": "heatmap", "x": list(columns), "y": list(rows), "z": powers, "zmin": -STRONG, "zmax": STRONG,
        "colorscale": scale, "xgap": 3, "ygap": 3, "hoverinfo": "skip",
        "colorbar": _bar(ticks, [times(10.0**power) for power in ticks], "first / last"),
    }  # fmt: skip
    numbers = [
        {
            "text": times(float(ratio)), "x": column, "y": row, "showarrow": False,
            "font": {"size": FONT + 3, "color": ink(theme, scale, (power + STRONG) / (2 * STRONG))},
        }
        for row, found, cell in zip(rows, ratios, powers, strict=True)
        for column, ratio, power in zip(columns, found, cell, strict=True)
    ]  # fmt: skip
    nothing = {"color": "rgba(0,0,0,0)"}
    doors = {  # cells cannot be clicked; points in their middle can
        "type": "scatter", "mode": "markers", "x": list(columns) * len(rows), "y": [y for y in rows for _ in columns],
        "marker": {"symbol": "square", "size": 66, **nothing}, "selected": {"marker": nothing},
        "unselected": {"marker": nothing}, "customdata": [words for row in said for words in row],
        "hovertemplate": "%{y}, %{x}<br>%{customdata}<extra></extra>",
    }  # fmt: skip
    bare = {"showgrid": False, "ticks": ""}
    look = layout(
        theme, 74 * len(rows) + TOP + 20, showlegend=False, hovermode="closest", clickmode="event+select",
        annotations=numbers,
        xaxis=axis(theme, None, type="category", side="top", range=[-0.5, len(columns) - 0.5], **bare),
        yaxis=axis(theme, None, type="category", range=[len(rows) - 0.5, -0.5], **bare),
    )  # fmt: skip
    look["margin"] = {"l": 100, "r": 16, "t": TOP, "b": 20}
    return go.Figure({"data": [cells, doors], "layout": look})


# ---- along a path


def along_path(lanes: Sequence[Lane], names: Sequence[str], theme: str, height: int = 340) -> go.Figure:
    """The size of the running product after each layer, from the output down to the first layer.

    Bars carry their numbers where these fit; a product of 0 has no bar.
    """
    crowded = len(lanes) * len(names) > MOST_NUMBERS
    low, high = decades(np.abs(np.concatenate([lane.values for lane in lanes])))
    data = []
    for i, lane in enumerate(lanes):
        color = lane_color(theme, i)
        v = np.maximum(np.abs(lane.values), 10.0 ** (low - EDGE))
        data.append({
            "type": "bar", "name": lane.name, "x": list(names), "y": v,
            "marker": {
                "color": faint(color, 0.85), "line": {"color": color, "width": 1.5},
                "pattern": {
                    "shape": ("", "/", ".", "x")[i % 4], "fgcolor": THEMES[theme]["background"], "size": 8,
                    "fillmode": "overlay",
                },
            },
            "text": [] if crowded else [text(s, 2) for s in lane.values], "textposition": "outside",
            "cliponaxis": False, "constraintext": "none", "textangle": 0,
            "textfont": {"size": FONT}, "customdata": [full(s) for s in lane.values],
            "hovertemplate": f"{lane.name}<br>%{{x}}<br>%{{customdata}}<extra></extra>",
        })  # fmt: skip
    look = layout(
        theme, height, barmode="group", bargap=0.15, legend=LEGEND, showlegend=True,
        xaxis=axis(theme, "layer, on the way back", type="category", categoryarray=list(names), showgrid=False),
        yaxis=_powers(theme, "size of the product", low, high + 0.4),
    )  # fmt: skip
    look["margin"] = {**look["margin"], "l": 84}
    return go.Figure({"data": data, "layout": look})


# ---- what they share


def times(ratio: float) -> str:
    """A ratio as a class reads it: 1/15,000, 1/1.2, 3.4×, 0; 2.4×10⁻⁹ where the other number would be too long."""
    if not np.isfinite(ratio):
        return "–"
    if ratio == 0:
        return "0"
    if 0.95 <= ratio < 1.05:
        return "1"
    if not 1 / MOST < ratio < MOST:
        return text(ratio, 2) + ("×" if ratio > 1 else "")
    return f"1/{rounded(1 / ratio)}" if ratio < 1 else f"{rounded(ratio)}×"


def rounded(v: float) -> str:
    """A number above 1 with two significant digits, and commas."""
    kept = round(v, 1 - int(np.floor(np.log10(v))))
    return f"{kept:,.0f}" if kept >= 10 else text(kept)


def decades(sizes: np.ndarray, most: int = DECADES) -> tuple[int, int]:
    """Powers of ten that enclose all positive sizes; the highest `most` of them."""
    found = sizes[np.isfinite(sizes) & (sizes > 0)]
    if not found.size:
        return -1, 0
    high = int(np.ceil(np.log10(found.max())))
    low = int(np.floor(np.log10(found.min())))
    return max(min(low, high - 1), high - most), high


def shades(sizes: np.ndarray) -> tuple[int, int]:
    """The powers of ten at the ends of a colour scale: what is rare at either end does not stretch it."""
    found = sizes[np.isfinite(sizes) & (sizes > 0)]
    return decades(np.quantile(found, (0.02, 0.98)) if found.size else found, SHADES)


def layer_names(count: int) -> list[str]:
    """The layers that have weights, counted from 1; the last is the output."""
    return [*(str(i + 1) for i in range(count - 1)), "out"]


def lane_color(theme: str, i: int) -> str:
    """A lane's own colour."""
    lanes = THEMES[theme]["lanes"]
    return str(lanes[i % len(lanes)])


def _powers(theme: str, title: str | None, low: float, high: float) -> dict[str, Any]:
    """A logarithmic axis with powers of ten; of many, every second or third."""
    step = max(1, round((high - low) / 5))
    powers = range(int(np.ceil(low)), int(np.floor(high)) + 1, step)
    ticks = {"tickvals": [10.0**power for power in powers], "ticktext": [text(10.0**power) for power in powers]}
    look = axis(theme, title, type="log", range=[low - EDGE, high + EDGE], **ticks)
    look["title"]["standoff"] = 10
    return look


def _axes(n: int) -> tuple[str, str]:
    """The names of the n-th pair of axes: Plotly calls the first x and y, then x2 and y2."""
    number = str(n + 1) if n else ""
    return f"x{number}", f"y{number}"


def _across(n: int, count: int, between: float) -> tuple[float, float]:
    """Where the n-th of `count` panels stands, as shares of the width."""
    wide = (1 - between * (count - 1)) / count
    return n * (wide + between), n * (wide + between) + wide


def _title(text: str, start: float) -> dict[str, Any]:
    """A panel's name, above its left edge."""
    where = {"x": start, "xanchor": "left", "xref": "paper", "y": 1, "yanchor": "bottom", "yref": "paper"}
    return {"text": text, "showarrow": False, "font": {"size": FONT + 1}, "yshift": 6, **where}


def _now(at: int, x: str, y: str, color: str) -> dict[str, Any]:
    """An upright line at the iteration on the screen."""
    ends = {"x0": at, "x1": at, "y0": 0, "y1": 1, "xref": x, "yref": f"{y} domain"}
    return {"type": "line", **ends, "line": {"color": color, "width": 2, "dash": "dot"}}


def _colorbar(low: int, high: int) -> dict[str, Any]:
    step = max(1, -(-(high - low) // 6))
    ticks = list(range(high, low - 1, -step))
    return _bar(ticks, [text(10.0**power) for power in ticks], "size")


def _bar(values: Sequence[float], words: Sequence[str], title: str) -> dict[str, Any]:
    return {
        "title": {"text": f"{title}<br> ", "side": "top", "font": {"size": FONT}},
        "tickvals": list(values),
        "ticktext": list(words),
        "thickness": 14,
        "outlinewidth": 0,
        "tickfont": {"size": FONT},
    }
