"""What all figures have in common: the theme's colours, a projector's letters, no background of their own."""

from collections.abc import Sequence
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


def ink(theme: str, scale: Sequence[tuple[float, str]], place: float) -> str:
    """Letters that can be read on a scale at `place` in [0, 1]: the theme's text or background, what stands out."""
    n = next((n for n in range(1, len(scale)) if place <= scale[n][0]), len(scale) - 1)
    (start, low), (stop, high) = scale[n - 1], scale[n]
    share = min(max((place - start) / (stop - start), 0.0), 1.0)
    cell = _luminance([a + share * (b - a) for a, b in zip(_channels(low), _channels(high), strict=True)])

    def contrast(name: str) -> float:
        letter = _luminance(_channels(THEMES[theme][name]))
        return (max(letter, cell) + 0.05) / (min(letter, cell) + 0.05)

    return str(THEMES[theme][max(("text", "background"), key=contrast)])


def _channels(color: str) -> list[float]:
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def _luminance(channels: list[float]) -> float:
    """Relative luminance, as in the Web Content Accessibility Guidelines."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
