"""Arithmetic that can be redone: as many digits stand as it takes for the printed numbers to give the printed result.

Every formula with numbers is a `Formula`, and settles this as it is printed: its numbers get more digits, and where
that is not enough the result gets fewer. Where too many would be needed it stands with ≈, and says "rounded".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ui.formulas.arithmetic import Sum, UnreadableError, read
from ui.formulas.numbers import EVERY, LINE, MARK, OPEN, broken, printed, tex, width, write

MOST = 8  # significant digits of a number in a formula of several lines
MOST_ON_A_LINE = 12  # in a formula that fits on one line
FEWEST = 2  # digits of a result
SYMBOL = 8  # glyphs of a short left side, which a line has room for besides
EQUAL, ABOUT = "=", r"\approx"
ROUNDED = r"\;{\scriptsize\textsf{rounded}}"
HOW_WRITTEN = (
    "Computed with all digits; a line is written with as many as it takes for its numbers to give its result, and "
    "where that would be too many it has ≈ and says “rounded”."
)


@dataclass(frozen=True)
class Digits:
    """With how many digits numbers stand: `extra` more than each asks for, and `result` of them for the result."""

    extra: int
    result: int
    holds: bool  # whether the printed numbers give the printed result


@dataclass(frozen=True)
class Formula:
    """A formula with its numbers: what it says, its left side, and the rows that it equals, symbols first.

    `left` and `filled` hold numbers as marks; the last row, the value with so many digits, is written here.
    """

    say: str
    left: str
    filled: tuple[str, ...]
    value: float
    digits: int
    line: int = LINE
    most: int = MOST_ON_A_LINE
    first: str = EQUAL  # the sign before the first row

    @cached_property
    def written(self) -> Digits:
        """With how many digits it is printed."""
        rows = [row for row in (self.left, *self.filled) if OPEN in row]
        fits = room(rows, self.line, self.most)
        written = settle([(row, self.value) for row in rows], self.digits, fits)
        if not written.holds and self.most == EVERY:  # all digits there are, so that one sees how close they are
            written = replace(written, extra=max(extra for extra in range(EVERY) if fits(extra)))
        return written

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """All rows as they are printed, the value last."""
        now = self.written
        filled = (broken(write(row, now.extra), self.line) for row in self.filled)
        return (*filled, tex(self.value, now.result, zeros=True) + ("" if now.holds else ROUNDED))

    @property
    def symbols(self) -> str:
        """The first row alone, for where the numbers are not asked for."""
        return f"{self.left} {self.first} {broken(self.filled[0], self.line)}"

    @property
    def equal(self) -> str:
        """The sign between the numbers and the value."""
        return EQUAL if self.written.holds else ABOUT

    @property
    def latex(self) -> str:
        """One line for each row, aligned at the equals signs."""
        left = write(self.left, self.written.extra)
        *rows, value = self.rows
        rows = [row for n, row in enumerate(rows) if n == 0 or row != rows[n - 1]]
        last = [] if rows and rows[-1] == value else [f"{self.equal} {value}"]
        lines = [*(f"{EQUAL if n else self.first} {row}" for n, row in enumerate(rows)), *last]
        return rf"\begin{{aligned}} {left} &" + r" \\[5pt] &".join(lines) + r" \end{aligned}"

    def row(self, line: int | None = None) -> str:
        """For an `aligned`: left = numbers = value, without the symbols; on two lines where one is too short."""
        left = write(self.left, self.written.extra)
        *rows, value = self.rows
        if not rows or rows[-1] == value:
            return f"{left} &{self.first} {value}"
        wide = sum(width(part) + 2 for part in (left, rows[-1], value)) > (line or self.line) + SYMBOL
        apart = rf" \\[3pt] &{self.equal} " if r"\\" in rows[-1] or wide else f" {self.equal} "
        return f"{left} &{self.first} {rows[-1]}{apart}{value}"


def settle(equations: Sequence[tuple[str, float]], digits: int, fits: Callable[[int], bool]) -> Digits:
    """The digits with which all these equations, a formula with marks and its value, hold as they are printed.

    `fits(extra)` says whether there is room for so many more digits.
    """
    try:
        sums = [(read(latex), value) for latex, value in equations]
    except UnreadableError:
        return Digits(0, digits, False)
    for result in range(digits, min(FEWEST, digits) - 1, -1):
        extra = 0
        while fits(extra):
            if all(_gives(made, value, result, extra) for made, value in sums):
                return Digits(extra, result, True)
            extra += 1
    return Digits(0, digits, False)


def room(rows: Sequence[str], line: int, most: int) -> Callable[[int], bool]:
    """Whether there is room in these rows for so many more digits."""
    asked = [int(m[2]) for row in rows for m in MARK.finditer(row)]
    widest = max(asked, default=0)
    if widest > MOST:  # a weight that asks for many, to show how little it changes
        most = max(most, widest + 2)

    def fits(extra: int) -> bool:
        if extra == 0 or widest + extra <= MOST:
            return True
        return widest + extra <= most and all(width(write(row, extra)) <= line for row in rows)

    return fits


def _gives(made: Sum, value: float, result: int, extra: int) -> bool:
    shown, half = printed(value, result)
    return bool(abs(made.at(extra) - shown) <= half)
