"""How large the error signal is on its way back: by layer, over time, for every choice, and along one path.

Sizes span many powers of ten, so their axes are logarithmic; a size of exactly 0, which has no logarithm, is marked
apart. A lane keeps its colour, its dash and its marker on all figures.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.figures.compare import color as color_of
from ui.figures.lanes import (
    BOTTOM,
    EDGE,
    TOP,
    Lane,
    across,
    axes_of,
    bar,
    colorbar,
    decades,
    heading,
    layer_names,
    now,
    powers,
    shades,
    times,
)
from ui.figures.look import FONT, along, axis, faint, ink, layout
from ui.numbers import full, text
from ui.theme import THEMES, colorscale, dash

MARKERS = ("circle", "square", "diamond", "triangle-up")
STRONG = 4  # powers of ten from 1 to the strongest colour
MOST_NUMBERS = 16  # above the bars


# ---- by layer, at one iteration


def sizes_by_layer(panels: Sequence[tuple[str, Sequence[Lane]]], theme: str, height: int = 330) -> go.Figure:
    """For each (title, lanes) a panel: one size a layer, the output's last; all on one logarithmic axis."""
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    sizes = np.concatenate([lane.values for _, lanes in panels for lane in lanes])
    low, high = decades(sizes)
    names = layer_names(len(panels[0][1][0].values))
    for n, (title, lanes) in enumerate(panels):
        x, y = axes_of(n)
        start, stop = across(n, len(panels), 0.09)
        axes[f"xaxis{x[1:]}"] = axis(
            theme, "layer", domain=[start, stop], anchor=y, type="category", categoryarray=names, showgrid=False
        )
        axes[f"yaxis{y[1:]}"] = powers(theme, title, low, high) | {"anchor": x}
        for i, lane in enumerate(lanes):
            data.append(_line(lane, names, theme, i, low) | {"xaxis": x, "yaxis": y, "showlegend": n == 0})
    look = layout(theme, height, hovermode="closest", legend=LEGEND, **axes)
    look["margin"] = {**look["margin"], "l": 84, "t": 40}
    return go.Figure({"data": data, "layout": look})


LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": FONT}}


def _line(lane: Lane, names: Sequence[str], theme: str, i: int, low: int) -> dict[str, Any]:
    """One lane's sizes; an exact 0 stands at the foot of the axis as a cross."""
    color = color_of(theme, i)
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
        x, y = axes_of(i)
        start, stop = across(i, len(lanes), 0.06)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.log10(lane.values.T)
        z[~np.isfinite(z)] = np.nan
        data.append({
            "type": "heatmap", "x": times[: z.shape[1]], "y": names, "z": z, "zmin": low, "zmax": high,
            "colorscale": [(0.0, colors["surface"]), (1.0, colors["accent"])], "showscale": i == 0,
            "colorbar": colorbar(low, high), "xaxis": x, "yaxis": y, "hoverongaps": True,
            "customdata": [[full(v) for v in row] for row in lane.values.T],
            "hovertemplate": f"{lane.name}<br>layer %{{y}}, iteration %{{x:,d}}<br>%{{customdata}}<extra></extra>",
        })  # fmt: skip
        axes[f"xaxis{x[1:]}"] = axis(
            theme, "iteration", domain=[start, stop], anchor=y, showgrid=False, zeroline=False, **along(times)
        )
        axes[f"yaxis{y[1:]}"] = axis(
            theme, "layer" if i == 0 else None, anchor=x, type="category", categoryarray=names, showgrid=False
        )
        extras.append(heading(lane.name, start))
        shapes.append(now(at, x, y, colors["text"]))
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
        x, y = axes_of(i)
        start, stop = across(i, len(lanes), 0.1)
        layers = lane.values.shape[1]
        names = layer_names(layers)
        for layer in range(layers):
            end = layer in (0, layers - 1)
            v = lane.values[:, layer]
            data.append({
                "type": "scatter", "mode": "lines", "x": times[: len(v)], "y": np.where(v > 0, v, np.nan),
                "xaxis": x, "yaxis": y, "name": f"layer {names[layer]}",
                "line": {
                    "color": colors["text"] if end else color_of(theme, i),
                    "width": 3 if end else 1.5,
                    "dash": "dot" if layer == 0 else "dash" if end else "solid",
                },
                "customdata": [full(s) for s in v],
                "hovertemplate": f"{lane.name}, layer {names[layer]}<br>iteration %{{x:,d}}<br>%{{customdata}}"
                "<extra></extra>",
            })  # fmt: skip
        extras += _ends(lane, x, y)
        axes[f"xaxis{x[1:]}"] = axis(theme, "iteration", domain=[start, stop], anchor=y, **along(times))
        axes[f"yaxis{y[1:]}"] = powers(theme, title if i == 0 else None, low, high) | {"anchor": x}
        extras.append(heading(lane.name, start))
        shapes.append(now(at, x, y, colors["muted"]))
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
        "colorbar": bar(ticks, [times(10.0**power) for power in ticks], "first / last"),
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
        color = color_of(theme, i)
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
        yaxis=powers(theme, "size of the product", low, high + 0.4),
    )  # fmt: skip
    look["margin"] = {**look["margin"], "l": 84}
    return go.Figure({"data": data, "layout": look})
