"""How a number, a sum and a symbol are written in LaTeX. Layers and units count from 1 here, as in textbooks."""

import math
import re
from collections.abc import Callable, Sequence

from ui.numbers import parts

DELTA = r"\delta"
HEAD = 3  # terms before the dots of a long sum
MOST_TERMS = 6  # a longer sum is written with its first terms, its last, and dots between
LINE = 52  # glyphs that fit on one line of half a screen


def tex(v: float, digits: int = 4) -> str:
    """A number with so many significant digits, as in `0.1746`, `-3` or `1.2 \\times 10^{-5}`."""
    v = float(v)
    if not math.isfinite(v):
        return r"\text{undefined}" if math.isnan(v) else r"\infty" if v > 0 else r"-\infty"
    mantissa, power = parts(v, digits)
    if power is None:
        return mantissa
    tens = f"10^{{{power}}}"
    if mantissa in ("1", "-1"):
        return mantissa[:-1] + tens
    return rf"{mantissa} \times {tens}"


def factor(v: float, digits: int = 4) -> str:
    """A number as it stands inside a sum or product: in parentheses when it is negative."""
    text = tex(v, digits)
    return f"({text})" if text.startswith("-") else text


def total(terms: Sequence[str], line: int = LINE) -> str:
    """A sum of terms for an `aligned` row: broken where a line is full, its middle left out where it is long."""
    shown = list(terms)
    if len(shown) > MOST_TERMS:
        left_out = len(shown) - HEAD - 1
        shown = [*shown[:HEAD], rf"\underbrace{{\cdots}}_{{{left_out}\text{{ more}}}}", shown[-1]]
    lines, room = [[shown[0]]], line - width(shown[0])
    for term in shown[1:]:
        if width(term) + 3 > room:
            lines.append([])
            room = line
        lines[-1].append(term)
        room -= width(term) + 3
    return r" \\ &\quad {}+ ".join(" + ".join(row) for row in lines)


def spelled(count: int, term: Callable[[int], str]) -> list[str]:
    """The terms of a sum; those that `total` leaves out are not written at all, as there may be thousands."""
    return [term(i) if count <= MOST_TERMS or i < HEAD or i == count - 1 else "" for i in range(count)]


def width(latex: str) -> int:
    """About how many glyphs wide a formula is when it is set."""
    text = re.sub(r"\\(?:underbrace|text|operatorname|tfrac|bigl|bigr|Bigl|Bigr|left|right|quad|,|;|!)", "", latex)
    text = re.sub(r"\\sqrt\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", r"x\1", text)
    text = re.sub(r"[\^_]\{([^{}]*)\}", lambda m: "s" * ((len(m[1]) + 1) // 2), text)
    text = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", lambda m: max(m[1], m[2], key=len), text)
    text = re.sub(r"\\[A-Za-z]+", "x", text)
    return len(re.sub(r"[{}^_& ]", "", text)) + text.count(" + ") + text.count("x")


def symbol(letter: str, layer: int, *places: int) -> str:
    """A quantity of a layer, both counted from 0 in the engine and from 1 on paper: `w^{(2)}_{1,3}`."""
    below = ",".join(str(place + 1) for place in places)
    return f"{letter}^{{({layer + 1})}}" + (f"_{{{below}}}" if places else "")


def below(layer: int, k: int) -> str:
    """The activation that comes into a layer from its unit below: an input, or an `a` of the layer before."""
    return f"x_{{{k + 1}}}" if layer == 0 else symbol("a", layer - 1, k)
