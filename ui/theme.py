"""The colours, once: sign is hue (orange below zero, blue above), size is strength, the same on every page.

Orange and blue stay apart for every common kind of colour blindness; shapes and dashes carry what hue alone would.
The stage's script and the Plotly figures both read these tables.
"""

from types import MappingProxyType
from typing import Any

DASHES = ([], [7, 4], [2, 3], [9, 3, 2, 3])  # of lanes: pixels drawn and left out

LIGHT: dict[str, Any] = {
    "background": "#ffffff",
    "surface": "#f1f4f8",
    "text": "#17202c",
    "muted": "#566274",
    "grid": "#d9dfe8",
    "accent": "#6b3fa0",
    "positive": "#0d4f93",
    "negative": "#a6430b",
    "error": "#b8156a",  # the signal that goes back
    "diverging": ["#a6430b", "#cf6a1f", "#ea9f5b", "#f6d2ae", "#f3f3f1", "#bcd7ee", "#6fa8d9", "#2f78bd", "#0d4f93"],
    "lanes": ["#6b3fa0", "#0b7a63", "#9a6a00", "#b3246b"],
    "dashes": DASHES,
    "classes": ["#cf6a1f", "#2f78bd", "#0b7a63", "#6b3fa0"],
}

DARK: dict[str, Any] = {
    "background": "#10151d",
    "surface": "#1b2330",
    "text": "#eef2f7",
    "muted": "#a6b2c3",
    "grid": "#344052",
    "accent": "#c3a5f0",
    "positive": "#9cccff",
    "negative": "#ffb066",
    "error": "#ff7ab8",
    "diverging": ["#ffb066", "#e98a37", "#b5631f", "#6e4326", "#262d39", "#234a70", "#2f76b5", "#58a0e6", "#9cccff"],
    "lanes": ["#c3a5f0", "#4fd0b0", "#e5b94b", "#ff8fc0"],
    "dashes": DASHES,
    "classes": ["#e98a37", "#58a0e6", "#4fd0b0", "#c3a5f0"],
}

THEMES = MappingProxyType({"light": LIGHT, "dark": DARK})


def dash(lane: int) -> str:
    """The dash of a lane as Plotly takes it."""
    return ",".join(f"{pixels}px" for pixels in DASHES[lane % len(DASHES)]) or "solid"


def colorscale(theme: str) -> list[tuple[float, str]]:
    """The diverging scale of a theme as Plotly takes it: (place in [0, 1], colour)."""
    stops = THEMES[theme]["diverging"]
    return [(i / (len(stops) - 1), color) for i, color in enumerate(stops)]
