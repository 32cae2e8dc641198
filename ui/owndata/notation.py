"""How people write the numbers of a column: decimal commas, thousands, percent, currencies, units, brackets.

A cell alone may mean two numbers ("1,234"). So a column is read as a whole, in each of two ways: with a point before
the decimals, and with a comma; the other of the two marks then groups thousands, as spaces and apostrophes always do.
"""

import re
from collections import Counter
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np

EMPTY = frozenset({"", "na", "n/a", "#n/a", "nan", "null"})  # also as the name of a class
MISSING = EMPTY | {"none", "-", "–", "?", ".", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
# ASCII digits alone: no 1_000, and no digits of other scripts, which could mean two things.
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
PLAIN = {".": NUMBER, ",": re.compile(NUMBER.pattern.replace(r"\.", ","), re.ASCII)}
NOTHING = ("", "")
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


def readings(cells: tuple[str, ...]) -> tuple[Numbers, Numbers]:
    """The cells as numbers with a decimal point, and with a comma; twice the same where only one is possible."""
    parsed = [_core(cell) for cell in cells]
    unit = _unit(parsed)
    texts = [core.text for core in parsed if core is not None and core.text]
    marks = {mark for mark in GROUPED if any(mark in text for text in texts)}
    if not marks:
        one = _read(parsed, unit, ".")
        return one, one
    if len(marks) == 1:  # 1,5 groups nothing, so that all the commas of its column are decimal; likewise 1.5
        (mark,) = marks
        other = GROUPED["," if mark == "." else "."]
        if any(mark in text and PLAIN[mark].fullmatch(text) and not other.fullmatch(text) for text in texts):
            one = _read(parsed, unit, mark)
            return one, one
    return _read(parsed, unit, "."), _read(parsed, unit, ",")


class Core(NamedTuple):
    """The number in a cell, without what stands around it (before, after); "" where it holds none."""

    text: str
    around: tuple[str, str] = ("", "")
    brackets: bool = False


def _read(parsed: list[Core | None], unit: tuple[str, str], mark: str) -> Numbers:
    values, wrong, written = [np.nan] * len(parsed), {}, {}
    for i, core in enumerate(parsed):
        if core is None:
            wrong[i] = "missing"
            continue
        fits = core.text and (core.around == NOTHING or core.around == unit)
        found = _value(core.text, mark) if fits else None
        if found is None:
            wrong[i] = "text"
            continue
        value, ways = found
        if not isfinite(value):
            wrong[i] = "large"
            continue
        values[i] = (-value if core.brackets else value) + 0.0  # no minus zero
        if core.brackets:
            ways = ("brackets", *ways)
        if core.around != NOTHING:
            ways = ("unit", *ways)
        for way in ways:
            if values[written.setdefault(way, i)] == 0.0:  # another number tells more
                written[way] = i
    return Numbers(mark, np.array(values), wrong, written, unit[0] or unit[1])


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


def _core(cell: str) -> Core | None:
    """What a cell holds; None where it is empty, or says that something is missing."""
    if NUMBER.fullmatch(cell):
        return Core(cell)
    plain = _ascii(cell)
    if plain.lower() in MISSING:
        return None
    if len(plain) > MOST_CELL:
        return Core("")
    if NUMBER.fullmatch(plain) or PLAIN[","].fullmatch(plain):
        return Core(plain)
    inside = BRACKETS.fullmatch(plain)
    parts = WITH_UNIT.fullmatch(inside[1] if inside else plain)
    if parts is None:
        return Core("")
    return Core(parts["sign"] + parts["number"].strip(), _around(parts), inside is not None)


def _unit(parsed: list[Core | None]) -> tuple[str, str]:
    """What stands before and after the number in nearly all of the filled cells."""
    units = Counter(core.around for core in parsed if core is not None and core.around != NOTHING)
    filled = sum(core is not None for core in parsed)
    best = units.most_common(1)
    return best[0][0] if best and best[0][1] >= NEARLY_ALL * filled else NOTHING


def _around(parts: re.Match[str]) -> tuple[str, str]:
    after = parts["after"] or ""
    return parts["before"] or "", after[:-1] if after.endswith("s") and len(after) > 3 else after  # 1 year, 2 years


def _value(text: str, mark: str) -> tuple[float, tuple[str, ...]] | None:
    """The number with this decimal mark, and how it was written; None where it is none."""
    if PLAIN[mark].fullmatch(text):
        return float(text.replace(",", ".")), (("comma",) if "," in text else ())
    if not GROUPED[mark].fullmatch(text):
        return None
    digits = re.sub(f"[{SPACES}{'.' if mark == ',' else ','}]", "", text)
    return float(digits.replace(",", ".")), ("grouped", *(("comma",) if "," in digits else ()))
