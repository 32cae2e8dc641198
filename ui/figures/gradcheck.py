"""Every gradient against the slope found by hand: how far apart they are, weight by weight, in powers of ten."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine import GradientCheck
from ui.figures.look import FONT, dressed, ink, named, numbers, short
from ui.theme import THEMES

ACROSS = 4  # layers side by side
LOW, HIGH = -12, -2  # powers of ten at the ends of the scale
MOST_NUMBERS = 6  # columns of a layer in which numbers fit


def gradient_check(check: GradientCheck, theme: str) -> go.Figure:
    """Relative errors |numerical - exact| / max(|numerical|, |exact|, 1e-8) of weights and biases, by power of ten."""
    layers = len(check.relative)
    across = min(layers, ACROSS)
    down = -(-layers // ACROSS)
    most = max(len(W) for W, _ in check.relative)
    tall = max(34 * min(most, 16), 120)
    colors = THEMES[theme]
    scale = [(0.0, colors["surface"]), (1.0, colors["accent"])]
    figure = make_subplots(
        rows=down,
        cols=across,
        subplot_titles=[
            named("W", layer) + (", " + named("b", layer) if b is not None else "")
            for layer, (_, b) in enumerate(check.relative)
        ],
        horizontal_spacing=0.24 / across,
        vertical_spacing=96 / (tall * down + 96 * (down - 1)),
    )
    for layer, (W, b) in enumerate(check.relative):
        errors = W if b is None else np.column_stack([W, b])
        columns = [str(k + 1) for k in range(W.shape[1])] + ([] if b is None else ["b"])
        with np.errstate(divide="ignore"):
            power = np.maximum(np.log10(errors), LOW - 1.0)  # both equal to the last bit: off the scale's low end
        fits = len(columns) * across <= 4 * MOST_NUMBERS and len(W) <= 16
        row, column = layer // ACROSS + 1, layer % ACROSS + 1
        figure.add_trace(
            go.Heatmap(
                z=power,
                x=columns,
                y=[str(j + 1) for j in range(len(W))],
                zmin=LOW,
                zmax=HIGH,
                colorscale=scale,
                xgap=1,
                ygap=1,
                showscale=layer == 0,
                colorbar={
                    "title": {"text": "relative error", "side": "right"},
                    "tickvals": list(range(LOW, HIGH + 1, 2)),
                    "ticktext": [f"1e{p}".replace("-", "−") for p in range(LOW, HIGH + 1, 2)],
                    "thickness": 14,
                    "outlinewidth": 0,
                    "tickfont": {"size": FONT},
                },
                customdata=[[f"{float(x):.2e}" for x in line] for line in errors],
                hovertemplate="from unit %{x} to unit %{y}<br>relative error %{customdata}<extra></extra>",
            ),
            row=row,
            col=column,
        )
        if fits:
            inks = [ink(theme, scale, (p - LOW) / (HIGH - LOW)) for p in power.ravel()]
            numbers(figure, errors, columns, inks, row=row, col=column)
        axis = {"type": "category", "showgrid": False, "title_standoff": 4, "row": row, "col": column}
        figure.update_yaxes(autorange="reversed", title="to unit j" if column == 1 else None, **axis)
        figure.update_xaxes(title="from unit k" if row == down or layer + ACROSS >= layers else None, nticks=12, **axis)
    dressed(figure, theme, height=tall * down + 96 * (down - 1) + 128)
    figure.update_layout(
        margin_t=76,
        title={
            "text": f"Largest relative error {short(check.worst)}, at {place(check.where)}",
            "font": {"size": FONT + 2},
            "x": 0,
        },
    )
    return figure


def place(where: str) -> str:
    """The engine's place of the worst error, counted from 0, as it is counted on paper: from 1."""
    name, _, layer = where.partition("] of layer ")
    letter, _, indices = name.partition("[")
    if not layer or not indices:
        return where
    counted = ", ".join(str(int(i) + 1) for i in indices.split(","))
    return f"{'the weight' if letter == 'W' else 'the bias'} {letter.lower()} {counted} of layer {layer}"
