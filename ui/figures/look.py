"""What all figures have in common: the theme's colours, a projector's letters, no background of their own."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from ui.numbers import text
from ui.theme import THEMES

FONT = 15
FAMILY = '"Source Sans", "Source Sans 3", "Source Sans Pro", sans-serif'  # the page's, and that of an exported lesson
POWERS = range(-307, 309)  # of ten that a float64 holds


def layout(theme: str, height: int, **more: Any) -> dict[str, Any]:
    """The layout of a figure, but for its axes."""
    colors = THEMES[theme]
    return {
        "height": height,
        "font": {"family": FAMILY, "size": FONT, "color": colors["text"]},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 64, "r": 28, "t": 40, "b": 52},
        "hoverlabel": {
            "font": {"family": FAMILY, "size": FONT, "color": colors["text"]},
            "bgcolor": colors["surface"],
            "bordercolor": colors["grid"],
        },
        **more,
    }


def axis(theme: str, title: str | None, **more: Any) -> dict[str, Any]:
    """An axis with its title."""
    colors = THEMES[theme]
    return {
        "title": {"text": title, "font": {"size": FONT}, "standoff": 6},
        "gridcolor": colors["grid"],
        "linecolor": colors["grid"],
        "zerolinecolor": colors["grid"],
        "tickfont": {"size": FONT},
        "ticklabeloverflow": "allow",  # the last tick stands at the edge
        **more,
    }


def along(times: Sequence[int]) -> dict[str, Any]:
    """An axis of iterations up to the update after the last of these times: 0 to 500 for 0, 1, ... 499."""
    step = int(times[1] - times[0]) if len(times) > 1 else 1
    return {"range": [0, int(times[-1]) + step], "tickformat": ",d", "nticks": 7}


def linear(peak: float) -> dict[str, Any]:
    """The ticks of a linear axis up to `peak`, as numbers are written: Plotly leaves decimals at 10⁴ or below 10⁻³."""
    return {"exponentformat": "power", "minexponent": 3 if peak < 1 else 4}


def logarithmic(low: float, high: float, most: int = 6) -> dict[str, Any]:
    """A logarithmic axis and its ticks: powers of ten, every second or third of many; between few also 2 and 5."""
    first, last = max(floor(log10(low)), POWERS[0]), min(ceil(log10(high)), POWERS[-1])
    if log10(high) - log10(low) > 2:
        return {"type": "log", **ticks([10.0**p for p in range(first, last + 1, max(1, round((last - first) / most)))])}
    values = [m * 10.0**p for p in range(first, last + 1) for m in (1, 2, 5)]
    near = [v for v in values if low / 1.5 <= v <= high * 1.5]
    return {"type": "log", **ticks(near or values)}


def ticks(values: Sequence[float]) -> dict[str, Any]:
    """Ticks at these values, written as numbers are."""
    return {"tickvals": list(values), "ticktext": [text(v, 2) for v in values]}


def short(v: float) -> str:
    """A number as it fits in a cell; nothing where there is none."""
    return "" if v != v else text(v, 2)


def ink(theme: str, scale: Sequence[tuple[float, str]], place: float) -> str:
    """Letters that can be read on a scale at `place` in [0, 1]: the theme's text or background, what stands out."""
    n = next((n for n in range(1, len(scale)) if place <= scale[n][0]), len(scale) - 1)
    (start, low), (stop, high) = scale[n - 1], scale[n]
    share = min(max((place - start) / (stop - start), 0.0), 1.0)
    cell = luminance([a + share * (b - a) for a, b in zip(channels(low), channels(high), strict=True)])

    def contrast(name: str) -> float:
        letter = luminance(channels(THEMES[theme][name]))
        return (max(letter, cell) + 0.05) / (min(letter, cell) + 0.05)

    return str(THEMES[theme][max(("text", "background"), key=contrast)])


def channels(color: str) -> list[float]:
    """Red, green and blue of "#rrggbb", from 0 to 1."""
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(rgb: Sequence[float]) -> float:
    """Relative luminance, as in the Web Content Accessibility Guidelines."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def faint(color: str, share: float) -> str:
    """A colour that lets the ground through."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share:g})"
