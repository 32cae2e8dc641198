"""What all figures have in common: the theme's colours, a projector's letters, no background of their own."""

from collections.abc import Sequence
from typing import Any

from ui.theme import THEMES

FONT = 15
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def layout(theme: str, height: int, **more: Any) -> dict[str, Any]:
    """The layout of a figure, but for its axes."""
    colors = THEMES[theme]
    return {
        "height": height,
        "font": {"size": FONT, "color": colors["text"]},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 64, "r": 16, "t": 40, "b": 52},
        "hoverlabel": {
            "font": {"size": FONT, "color": colors["text"]},
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
        **more,
    }


def named(letter: str, layer: int) -> str:
    """A quantity of a layer, counted from 1 as in the formulas: W⁽²⁾ without the parentheses."""
    return f"{letter}{str(layer + 1).translate(SUPERSCRIPTS)}"


def short(v: float) -> str:
    """A number as it fits in a cell: two or three digits, with a proper minus sign."""
    if v != v:
        return ""
    size = abs(v)
    if v and (size < 0.00995 or size >= 9995):
        text = f"{v:.0e}".replace("e-0", "e-").replace("e+0", "e")
    elif 0.00995 <= size < 9.995:
        text = f"{v:.2f}" if size >= 0.0995 else f"{v:.3f}"
    else:
        text = f"{v:.3g}"
    return text.replace("-", "−")


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
