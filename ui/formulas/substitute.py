"""Numbers into a formula of the engine's registries: the formula is written once, there, and filled in here.

fill(r"w - \\eta\\, g", {"w": 0.5, "\\eta": 0.1, "g": -0.02})  gives  0.5 - 0.1 \\cdot (-0.02)
"""

import re
from collections.abc import Mapping

from ui.formulas.numbers import tex

# Where numbers stand is marked while the formula is put together, so that what surrounds them can be looked at.
OPEN, CLOSE = "\u27e6", "\u27e7"
NUMBER = f"{OPEN}[^{CLOSE}]*{CLOSE}"
GAP = r"(?:\\[,;]|\s)*"
TIMES = r" \cdot "


def fill(latex: str, values: Mapping[str, float], digits: int = 4) -> str:
    """`latex` with each symbol replaced by its number; dots where numbers meet, parentheses where a sign needs them.

    Keys are symbols as the formula writes them, such as `a_{ik}`, `\\eta` or `n K`; other letters stay.
    """
    names = sorted(values, key=len, reverse=True)
    pattern = r"(?<![A-Za-z\\])(?:" + "|".join(re.escape(name) for name in names) + r")(?![A-Za-z_])"
    # A command such as \eta begins with its own backslash; only bare letters must not follow one.
    marked = re.sub(pattern, lambda m: f"{OPEN}{tex(values[m[0]], digits)}{CLOSE}", latex)
    marked = re.sub(rf"({NUMBER}){GAP}(?={NUMBER}|\(|\\frac|\\sqrt|\\bigl|\\ln)", rf"\1{_escaped(TIMES)}", marked)
    marked = re.sub(rf"([)\d]|\\bigr\)){GAP}(?={NUMBER})", rf"\1{_escaped(TIMES)}", marked)
    marked = re.sub(rf"(?<=\}}){GAP}(?={NUMBER})", _escaped(TIMES), marked)
    return re.sub(rf"(?P<before>^|[({{]?)(?P<number>{NUMBER})(?P<after>\)|\}}|\^)?", _written, marked).replace(
        r"\frac{1}{1}", "1"
    )


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\")


def _written(match: re.Match[str]) -> str:
    """A marked number as it is written between its neighbours."""
    before, number, after = match["before"], match["number"][1:-1], match["after"] or ""
    first = before != "" or match.start() == 0
    if after == "^":
        bare = number.replace(".", "").isdigit()
        return f"{before}{number}^" if bare else f"{before}({number})^"
    if number.startswith("-") and not first:
        number = f"({number})"
    return before + (f"{{{number}}}" if _power(match) else number) + after


def _power(match: re.Match[str]) -> bool:
    """Whether the number is itself an exponent."""
    return match.start("number") > 0 and match.string[match.start("number") - 1] == "^"
