"""How people write the numbers of a column: decimal commas, thousands, percent, currencies, units, brackets.

A cell alone may mean two numbers ("1,234"). So a column is read as a whole, in each of two ways: with a point before
the decimals, and with a comma; the other of the two marks then groups thousands, as spaces and apostrophes always do.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

EMPTY = frozenset({"", "na", "n/a", "#n/a", "nan", "null"})  # also as the name of a class
MISSING = EMPTY | {"none", "-", "–", "?", ".", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
# ASCII digits alone: no 1_000, and no digits of other scripts, which could mean two things.
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
SPACES = " '’\u00a0\u2009\u202f"
GROUPED = {
    mark: re.compile(rf"[+-]?[1-9][0-9]{{0,2}}([{other}{SPACES}])[0-9]{{3}}(?:\1[0-9]{{3}})*(?:[{mark}][0-9]*)?")
    for mark, other in ((".", ","), (",", "."))
}
BRACKETS = re.compile(r"\(\s*([^()+-]+?)\s*\)")
CODES = "USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|BRL|MXN|ZAR|KRW|RUB"
WITH_UNIT = re.compile(
    rf"(?P<sign>[+-]?)\s*(?P<before>[$€£¥₹]|(?:{CODES})\b)?\s*"
    rf"(?P<number>[+-]?[0-9.,][0-9.,{SPACES}]*?(?:[eE][+-]?[0-9]+)?)"
    r"\s*(?P<after>[^\W\d_][^\W\d_/·*^²³]{0,9}(?:[/·*^][^\W\d_]{1,5})?[²³]?|[%‰°$€£¥₹][A-Za-z]?)?"
)
NEARLY_ALL = 0.8  # of the cells have the unit of a column: 3a, 3b, 4a are no numbers
MOST_CELL = 60  # characters; what is longer is no number


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers in one way: NaN where a cell is none, and `wrong` says why."""

    mark: str  # what stands before the decimals, "." or ","
    values: np.ndarray  # (rows,)
    wrong: dict[int, str]  # row -> "missing", "large" or "text"
    written: dict[str, int]  # a way of writing that was met -> the first row of it
    unit: str  # what stands at the numbers, "%", "cm" or "$"

    @property
    def text(self) -> int:
        """How many cells are no numbers."""
        return sum(why == "text" for why in self.wrong.values())


def numberish(cell: str) -> bool:
    """Whether a cell may be meant as a number, in any of the ways."""
    plain = _ascii(cell)
    if len(plain) > MOST_CELL:
        return False
    if NUMBER.fullmatch(plain):
        return True
    inside = BRACKETS.fullmatch(plain)
    parts = WITH_UNIT.fullmatch(inside[1] if inside else plain)
    return parts is not None and any(_value(parts["number"], mark) is not None for mark in GROUPED)


def read(cells: tuple[str, ...], mark: str) -> Numbers:
    """The cells as numbers with this decimal mark."""
    unit = _unit(cells)
    values, wrong, written = np.full(len(cells), np.nan), {}, {}
    for i, cell in enumerate(cells):
        plain = _ascii(cell)
        if plain.lower() in MISSING:
            wrong[i] = "missing"
            continue
        text, ways = _core(plain, unit)
        found = None if text is None else _value(text, mark)
        if found is None:
            wrong[i] = "text"
        elif not np.isfinite(found[0]):
            wrong[i] = "large"
        else:
            values[i] = (-found[0] if "brackets" in ways else found[0]) + 0.0  # no minus zero
            for way in (*ways, *found[1]):
                if values[written.setdefault(way, i)] == 0.0:  # another number tells more
                    written[way] = i
    return Numbers(mark, values, wrong, written, unit[0] or unit[1])


def decided(point: Numbers, comma: Numbers, usual: str | None, delimiter: str) -> tuple[Numbers, bool]:
    """Which of two readings of a column is meant, and whether the other is possible, too.

    `usual` is the decimal mark of the table's other columns, where they show one.
    """
    if point.text != comma.text:
        return (point if point.text < comma.text else comma), False
    both = np.isfinite(point.values) & np.isfinite(comma.values)
    two = both & (point.values != comma.values)
    if not two.any():
        return point, False
    dotted = "grouped" in comma.written  # 1.234, which is the usual way where no decimal comma is met
    plain = np.abs(point.values[both & ~two & (point.values != 0.0)])
    if plain.size:  # numbers without a mark: in which reading are the others of their size?
        far = [abs(np.median(np.log(np.abs(way.values[two]))) - np.median(np.log(plain))) for way in (point, comma)]
        if far[0] > far[1]:
            return comma, True
        return point, not (dotted and usual != "," and delimiter != ";")
    if usual == "," or (usual is None and delimiter == ";"):  # where commas are decimal, they cannot separate cells
        return comma, True
    return point, not dotted


def _ascii(cell: str) -> str:
    """A typographic minus is a minus."""
    return cell.strip().replace("−", "-")


def _core(plain: str, unit: tuple[str, str]) -> tuple[str | None, tuple[str, ...]]:
    """The number in a cell, without what stands around it, and what that was."""
    if NUMBER.fullmatch(plain):
        return plain, ()
    if len(plain) > MOST_CELL:
        return None, ()
    inside = BRACKETS.fullmatch(plain)
    parts = WITH_UNIT.fullmatch(inside[1] if inside else plain)
    if parts is None:
        return None, ()
    around = _around(parts)
    if around != ("", "") and around != unit:
        return None, ()
    ways = (("brackets",) if inside else ()) + (("unit",) if around != ("", "") else ())
    return parts["sign"] + parts["number"].strip(), ways


def _unit(cells: Iterable[str]) -> tuple[str, str]:
    """What stands before and after the number in nearly all of the filled cells."""
    units: Counter[tuple[str, str]] = Counter()
    filled = 0
    for cell in cells:
        plain = _ascii(cell)
        if plain.lower() in MISSING:
            continue
        filled += 1
        if not NUMBER.fullmatch(plain) and len(plain) <= MOST_CELL:
            inside = BRACKETS.fullmatch(plain)
            parts = WITH_UNIT.fullmatch(inside[1] if inside else plain)
            if parts is not None and _around(parts) != ("", ""):
                units[_around(parts)] += 1
    best = units.most_common(1)
    return best[0][0] if best and best[0][1] >= NEARLY_ALL * filled else ("", "")


def _around(parts: re.Match[str]) -> tuple[str, str]:
    after = parts["after"] or ""
    return parts["before"] or "", after[:-1] if after.endswith("s") and len(after) > 3 else after  # 1 year, 2 years


def _value(text: str, mark: str) -> tuple[float, tuple[str, ...]] | None:
    """The number with this decimal mark, and how it was written; None where it is none."""
    if mark == "." and NUMBER.fullmatch(text):
        return float(text), ()
    if mark == ",":
        point = text.replace(",", ".")
        if "." not in text and NUMBER.fullmatch(point):
            return float(point), (("comma",) if "," in text else ())
    grouped = GROUPED[mark].fullmatch(text)
    if grouped is None:
        return None
    digits = re.sub(f"[{SPACES}{'.' if mark == ',' else ','}]", "", text)
    ways = ("grouped", *(("comma",) if mark in digits and mark == "," else ()))
    return float(digits.replace(",", ".")), ways
