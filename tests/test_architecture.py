"""The house: which room may import which, and where Streamlit may appear."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {"pages": {"ui", "engine"}, "ui": {"engine"}, "engine": set()}
FILES = [ROOT / "app.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    inside = path.relative_to(ROOT).parts[0]
    names = set(imported(path))
    if inside in ROOMS:
        assert names & {"pages", "ui", "engine", "tests", "benchmarks"} <= ROOMS[inside] | {inside}
    if inside == "engine":
        assert not names & {"streamlit", "plotly", "pandas", "torch", "starlette"}
    if path.is_relative_to(ROOT / "ui" / "figures"):
        assert "streamlit" not in names


def test_the_two_tables_of_colours_agree():
    import tomllib

    from ui.theme import THEMES

    written = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for name, theme in THEMES.items():
        assert written[name] == {
            "primaryColor": theme["accent"],
            "backgroundColor": theme["background"],
            "secondaryBackgroundColor": theme["surface"],
            "textColor": theme["text"],
        }


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_and_curves_are_legible_in_both_themes(name):
    """WCAG 2.2: 4.5 to 1 for text, 3 to 1 for graphics."""
    from ui.theme import THEMES

    theme = THEMES[name]
    for ground in (theme["background"], theme["surface"]):
        assert contrast(theme["text"], ground) >= 7
        assert contrast(theme["muted"], ground) >= 4.5
        assert contrast(theme["accent"], ground) >= 4.5
        for color in theme["lanes"]:
            assert contrast(color, ground) >= 3
    ends = theme["diverging"][0], theme["diverging"][-1]
    assert all(contrast(color, theme["background"]) >= 3 for color in ends)
