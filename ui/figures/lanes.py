"""What figures of several networks share: panels side by side, axes in powers of ten, ratios in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ui.figures.look import FONT, axis
from ui.numbers import MOST, text

DECADES = 40  # most powers of ten on one axis
SHADES = 12  # and on one colour scale
EDGE = 0.15  # of a logarithmic axis beyond its powers of ten
TOP, BOTTOM = 44, 52  # pixels above and below the panels


@dataclass(frozen=True, eq=False)
class Lane:
    """What one network shows: `name`, and numbers for each layer or iteration."""

    name: str
    values: np.ndarray


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


def powers(theme: str, title: str | None, low: float, high: float) -> dict[str, Any]:
    """A logarithmic axis with powers of ten; of many, every second or third."""
    step = max(1, round((high - low) / 5))
    powers = range(int(np.ceil(low)), int(np.floor(high)) + 1, step)
    ticks = {"tickvals": [10.0**power for power in powers], "ticktext": [text(10.0**power) for power in powers]}
    look = axis(theme, title, type="log", range=[low - EDGE, high + EDGE], **ticks)
    look["title"]["standoff"] = 10
    return look


def axes_of(n: int) -> tuple[str, str]:
    """The names of the n-th pair of axes: Plotly calls the first x and y, then x2 and y2."""
    number = str(n + 1) if n else ""
    return f"x{number}", f"y{number}"


def across(n: int, count: int, between: float) -> tuple[float, float]:
    """Where the n-th of `count` panels stands, as shares of the width."""
    wide = (1 - between * (count - 1)) / count
    return n * (wide + between), n * (wide + between) + wide


def heading(text: str, start: float) -> dict[str, Any]:
    """A panel's name, above its left edge."""
    where = {"x": start, "xanchor": "left", "xref": "paper", "y": 1, "yanchor": "bottom", "yref": "paper"}
    return {"text": text, "showarrow": False, "font": {"size": FONT + 1}, "yshift": 6, **where}


def now(at: int, x: str, y: str, color: str) -> dict[str, Any]:
    """An upright line at the iteration on the screen."""
    ends = {"x0": at, "x1": at, "y0": 0, "y1": 1, "xref": x, "yref": f"{y} domain"}
    return {"type": "line", **ends, "line": {"color": color, "width": 2, "dash": "dot"}}


def colorbar(low: int, high: int) -> dict[str, Any]:
    step = max(1, -(-(high - low) // 6))
    ticks = list(range(high, low - 1, -step))
    return bar(ticks, [text(10.0**power) for power in ticks], "size")


def bar(values: Sequence[float], words: Sequence[str], title: str) -> dict[str, Any]:
    return {
        "title": {"text": f"{title}<br> ", "side": "top", "font": {"size": FONT}},
        "tickvals": list(values),
        "ticktext": list(words),
        "thickness": 14,
        "outlinewidth": 0,
        "tickfont": {"size": FONT},
    }
