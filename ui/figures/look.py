"""What all figures have in common: the theme's colours, a projector's letters, no background of their own."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.theme import THEMES

FONT = 15
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def dressed(figure: go.Figure, theme: str, *, height: int, **layout: Any) -> go.Figure:
    """The figure in the colours and letters of the theme."""
    colors = THEMES[theme]
    figure.update_layout(
        height=height,
        font={"size": FONT, "color": colors["text"]},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 64, "r": 16, "t": 40, "b": 52},
        hoverlabel={
            "font": {"size": FONT, "color": colors["text"]},
            "bgcolor": colors["surface"],
            "bordercolor": colors["grid"],
        },
        **layout,
    )
    axes = {
        "gridcolor": colors["grid"],
        "linecolor": colors["grid"],
        "zerolinecolor": colors["grid"],
        "tickfont": {"size": FONT},
        "title_font": {"size": FONT},
    }
    figure.update_xaxes(**axes)
    figure.update_yaxes(**axes)
    figure.update_annotations(font={"size": FONT + 1, "color": colors["text"]})
    return figure


def named(letter: str, layer: int) -> str:
    """A quantity of a layer, counted from 1 as in the formulas: W⁽²⁾ without the parentheses."""
    return f"{letter}{str(layer + 1).translate(SUPERSCRIPTS)}"


def short(v: float) -> str:
    """A number as it fits in a cell: about three digits, with a proper minus sign."""
    if v != v:
        return ""
    size = abs(v)
    text = f"{v:.0e}".replace("e-0", "e-").replace("e+0", "e") if v and (size < 0.00995 or size >= 9995) else f"{v:.3g}"
    if 0.00995 <= size < 9.995:
        text = f"{v:.2f}" if size >= 0.0995 else f"{v:.3f}"
    return text.replace("-", "−")


def ink(theme: str, place: float) -> str:
    """Letters that can be read on the diverging scale at `place`, from -1 to 1; both ends are far from the middle."""
    return THEMES[theme]["background" if abs(place) > 0.5 else "text"]


def numbers(figure: go.Figure, values: np.ndarray, across: list[str], inks: list[str], *, row: int, col: int) -> None:
    """The numbers in the cells of a heatmap, in ink that is chosen cell by cell."""
    down = [str(j + 1) for j in range(len(values))]
    figure.add_trace(
        go.Scatter(
            x=across * len(down),
            y=[unit for unit in down for _ in across],
            text=[short(float(v)) for v in values.ravel()],
            mode="text",
            textfont={"size": FONT, "color": inks},
            hoverinfo="skip",
            showlegend=False,
        ),
        row=row,
        col=col,
    )
