"""How a number, a sum and a symbol are written in LaTeX. Layers and units count from 1 here, as in textbooks.

In a formula that is being put together a number stands as a mark, `number(v, digits)`: its value, how many digits
it asks for, and, where it is one of the network's, which one, as in "w 0,1,0". How many digits it gets is settled once
the whole formula is there (`equation.py`).
"""

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from ui.numbers import parts

DELTA = r"\delta"
HEAD = 3  # terms before the middle of a long sum
MOST_TERMS = 6  # a longer sum is written with its first terms, what its middle adds up to, and its last
LINE = 52  # glyphs that fit on one line of half a screen
EVERY = 17  # significant digits tell any two numbers of 64 bits apart

OPEN, CLOSE = "\u27e6", "\u27e7"  # around a mark
MARK = re.compile(rf"{OPEN}([^|{CLOSE}]*)\|(\d+)(?:\|([^{CLOSE}]*))?{CLOSE}")
BREAK = "\u2028"  # before a term of a sum: a line may end here


# ---- a number


def tex(v: float, digits: int = 4, zeros: bool = False) -> str:
    """A number with so many significant digits, as in `0.1746`, `-3` or `1.2 \\times 10^{-5}`.

    With `zeros`, as in formulas, these stand at the end where the number goes on behind them: 0.2500 is rounded, 0.25
    is all there is.
    """
    v = float(v)
    if not math.isfinite(v):
        return r"\text{undefined}" if math.isnan(v) else r"\infty" if v > 0 else r"-\infty"
    mantissa, power = parts(v, digits, zeros)
    if power is None:
        return mantissa
    tens = f"10^{{{power}}}"
    return mantissa[:-1] + tens if mantissa in ("1", "-1") else rf"{mantissa} \times {tens}"


def printed(v: float, digits: int = 4) -> tuple[Decimal, Decimal]:
    """(the number that a formula prints, half a unit of its last digit)."""
    v = float(v)
    if not math.isfinite(v) or v == 0.0:
        return Decimal(v), Decimal(0)
    mantissa, power = parts(v, digits, zeros=True)
    shown = Decimal(mantissa).scaleb(power or 0)
    last = shown.adjusted() - digits + 1
    return shown, Decimal(5).scaleb((last if power is not None else min(last, 0)) - 1)


def number(v: float, digits: int = 4, of: str = "") -> str:
    """A number in a formula that is being put together; `of` is the quantity and its index."""
    return f"{OPEN}{float(v)!r}|{digits}{'|' if of else ''}{of}{CLOSE}"


def factor(v: float, digits: int = 4, of: str = "") -> str:
    """A number as it stands inside a sum or product: in parentheses when it is negative."""
    return f"({number(v, digits, of)})" if v < 0 else number(v, digits, of)


def lead(latex: str) -> str:
    """A formula that may begin with a negative number: there it needs no parentheses."""
    return re.sub(rf"^\(({OPEN}-[^{CLOSE}]*{CLOSE})\)(?!\^)", r"\1", latex)


def grouped(latex: str, always: bool = False) -> str:
    """In parentheses where a sum would be taken apart by the product around it; `always`: also for a sign in front."""
    bare = MARK.sub(lambda m: "-" if m[1].startswith("-") else "", latex)
    depth = 0
    for n, c in enumerate(bare):
        depth += (c in "({[") - (c in ")}]")
        if depth == 0 and c in "+-" and (n > 0 or always):
            return rf"({latex})"
    return f"({latex})" if bare.startswith("-") else latex


def write(latex: str, extra: int = 0) -> str:
    """The formula with its numbers written, each with so many digits more than it asks for."""
    return MARK.sub(lambda m: tex(float(m[1]), min(int(m[2]) + extra, EVERY), zeros=True), latex)


# ---- a sum


def total(terms: Sequence[str]) -> str:
    """A sum of terms, which may take several lines."""
    return f" {BREAK}+ ".join(terms)


def spelled(count: int, term: Callable[[int], str], middle: Callable[[slice], str]) -> list[str]:
    """The terms of a sum. Of a long one the first and the last, and between them what the others add up to.

    `term(i)` writes one, `middle(slice)` the sum of those left out: there may be thousands of them.
    """
    if count <= MOST_TERMS:
        return [term(i) for i in range(count)]
    left_out = rf"\underbrace{{{middle(slice(HEAD, count - 1))}}}_{{{count - HEAD - 1}\text{{ more}}}}"
    return [*(term(i) for i in range(HEAD)), left_out, term(count - 1)]


def broken(latex: str, line: int = LINE) -> str:
    """The written formula for an `aligned` row: a sum goes on in the next line where a line is full."""
    first, *others = latex.split(BREAK)
    lines, room = [first], line - width(first)
    for part in others:
        if width(part) > room:
            lines.append(rf"\quad {{}}{part}")
            room = line
        else:
            lines[-1] += part
        room -= width(part)
    return r" \\ &".join(lines)


def width(latex: str) -> int:
    """About how many glyphs wide a formula is when it is set."""
    text = re.sub(r"\\underbrace\{((?:[^{}]|\{[^{}]*\})*)\}_\{(?:[^{}]|\{[^{}]*\})*\}", r"\1", latex)
    text = re.sub(r"\\(?:text|operatorname|tfrac|bigl|bigr|Bigl|Bigr|left|right|quad|,|;|!)", "", text)
    text = re.sub(r"\\sqrt\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", r"x\1", text)
    text = re.sub(r"[\^_]\{([^{}]*)\}", lambda m: "s" * ((len(m[1]) + 1) // 2), text)
    text = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", lambda m: max(m[1], m[2], key=len), text)
    text = re.sub(r"\\[A-Za-z]+", "x", text)
    return len(re.sub(r"[{}^_& ]", "", text)) + text.count(" + ") + text.count("x")


# ---- a symbol


def symbol(letter: str, layer: int, *places: int) -> str:
    """A quantity of a layer, both counted from 0 in the engine and from 1 on paper: `w^{(2)}_{1,3}`."""
    below = ",".join(str(place + 1) for place in places)
    return f"{letter}^{{({layer + 1})}}" + (f"_{{{below}}}" if places else "")


def place(quantity: str, *index: int) -> str:
    """Which number of the network a mark holds, by the name and index that the stage has for it."""
    return f"{quantity} {','.join(map(str, index))}"


def place_below(layer: int, k: int) -> str:
    """The same for what comes into a layer from its unit below."""
    return place("x", k) if layer == 0 else place("a", layer - 1, k)
