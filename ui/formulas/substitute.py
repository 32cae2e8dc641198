"""Numbers into a formula of the engine's registries: the formula is written once, there, and filled in here.

fill(r"w - \\eta\\, g", {"w": 0.5, "\\eta": 0.1, "g": -0.02})  gives  0.5 - 0.1 \\cdot (-0.02), its numbers as marks.
"""

import re
from collections.abc import Mapping

from ui.formulas.numbers import CLOSE, MARK, OPEN, number
from ui.numbers import LEAST, MOST

NUMBER = f"{OPEN}[^{CLOSE}]*{CLOSE}"
GAP = r"(?:\\[,;]|\s)*"
TIMES = r" \cdot "


def fill(
    latex: str,
    values: Mapping[str, float],
    digits: int = 4,
    fine: Mapping[str, int] | None = None,
    of: Mapping[str, str] | None = None,
) -> str:
    """`latex` with each symbol replaced by its number; dots where numbers meet, parentheses where a sign needs them.

    Keys are symbols as the formula writes them, such as `a_{ik}`, `\\eta` or `n K`; other letters stay. `fine` says
    which of them ask for how many other digits, `of` which numbers of the network they are.
    """
    asks, places = fine or {}, of or {}
    names = sorted(values, key=len, reverse=True)
    pattern = r"(?<![A-Za-z\\])(?:" + "|".join(re.escape(name) for name in names) + r")(?![A-Za-z_])"
    # A command such as \eta begins with its own backslash; only bare letters must not follow one.
    marked = re.sub(pattern, lambda m: number(values[m[0]], asks.get(m[0], digits), places.get(m[0], "")), latex)
    marked = re.sub(rf"({NUMBER}){GAP}(?={NUMBER}|\(|\\frac|\\sqrt|\\bigl|\\ln)", rf"\1{_escaped(TIMES)}", marked)
    marked = re.sub(rf"([)\d]|\\bigr\)){GAP}(?={NUMBER})", rf"\1{_escaped(TIMES)}", marked)
    marked = re.sub(rf"(?<=\}}){GAP}(?={NUMBER})", _escaped(TIMES), marked)
    filled = re.sub(rf"(?P<before>^|[({{]?)(?P<number>{NUMBER})(?P<after>\)|\}}|\^)?", _placed, marked)
    return re.sub(rf"\\frac\{{1\}}\{{{OPEN}1\.0\|\d+{CLOSE}\}}(?:{GAP}|\\cdot)*", "", filled)  # a factor of 1


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\")


def _placed(match: re.Match[str]) -> str:
    """A number as it stands between its neighbours."""
    before, mark, after = match["before"], match["number"], match["after"] or ""
    found = MARK.fullmatch(mark)
    assert found is not None
    value = float(found[1])
    first = before != "" or match.start() == 0
    if after == "^":
        bare = value == 0 or LEAST <= value < MOST  # a power of ten beside it would take the exponent
        return f"{before}{mark}^" if bare else f"{before}({mark})^"
    if value < 0 and not first:
        mark = f"({mark})"
    return before + (f"{{{mark}}}" if _power(match) else mark) + after


def _power(match: re.Match[str]) -> bool:
    """Whether the number is itself an exponent."""
    return match.start("number") > 0 and match.string[match.start("number") - 1] == "^"
