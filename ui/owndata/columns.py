"""The columns of a sheet: which are numbers and how these are written, which are classes, which only name the rows.

What is taken for something is a `Fact`: one sentence, and the other ways in which it may be taken.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ui.numbers import full
from ui.owndata.notation import EMPTY, Numbers, decided, readings
from ui.owndata.sheet import Sheet, shown

POINT, COMMA, TEXT, APART = "point", "comma", "text", "apart"
MOST_NAMED = 3  # columns in a sentence
HALF = 0.5  # of the rows, at least, have a name in a column of names
LARGE = 10_000  # numbers in a first column without a name, all different, that name the rows
DIFFERENT = 0.9  # of the cells of a column that names its rows
MOST_SPELT = 40  # classes; of more, it is no column of classes
NAMING = re.compile(
    r"(?i:(.*[\W_])?(id|ids|nr|no|num|number|key|index|idx|row|rows|rownames|unnamed.*|sample|obs|case|record|uuid)\W*|#)|.*[a-z]I[Dd]"
)


@dataclass(frozen=True)
class Column:
    """The cells of one column. As numbers where most of them are: NaN where one is not, and `wrong` says why."""

    name: str
    cells: tuple[str, ...]
    numeric: bool
    values: np.ndarray  # (rows,)
    wrong: dict[int, str]  # row -> "missing", "large" or "text"
    numbers: Numbers
    other: Numbers | None = None  # the reading that is possible, too
    apart: bool = False  # whether Yes and yes are two classes

    @cached_property
    def present(self) -> np.ndarray:
        """Which rows have a cell that can be used (rows,)."""
        if self.numeric:
            return np.isfinite(self.values)
        return np.array([cell.lower() not in EMPTY for cell in self.cells])

    @cached_property
    def whole(self) -> bool:
        """Whether all its numbers are whole."""
        values = self.values[self.present]
        return self.numeric and bool((values == np.round(values)).all())

    @cached_property
    def kinds(self) -> int:
        """How many different numbers or labels it has."""
        return len(set(self.labels(np.flatnonzero(self.present))))

    @cached_property
    def spellings(self) -> dict[str, list[str]]:
        """The labels that are spelt in several ways -> these ways, the most frequent of them first."""
        ways: dict[str, Counter[str]] = defaultdict(Counter)
        for cell, count in Counter(self.cells).items():
            if cell.lower() not in EMPTY:
                ways[" ".join(cell.casefold().split())][cell] += count
        return {key: [cell for cell, _ in each.most_common()] for key, each in ways.items() if len(each) > 1}

    def labels(self, rows: np.ndarray) -> list[str]:
        """The cells of these rows as names of classes; equal numbers have equal names, and so have Yes and yes."""
        if self.numeric:
            return [repr(float(v)).removesuffix(".0") for v in self.values[rows]]
        if self.apart or not self.spellings:
            return [self.cells[i] for i in rows]
        same = {cell: each[0] for each in self.spellings.values() for cell in each}
        return [same.get(self.cells[i], self.cells[i]) for i in rows]

    @property
    def filled(self) -> float:
        """The share of rows that have a cell in it that can be used."""
        return float(self.present.mean()) if len(self.present) else 0.0


@dataclass(frozen=True)
class Fact:
    """One thing that was taken for granted about columns, and what else it might be: way -> what it gives."""

    said: str
    columns: tuple[int, ...] = ()
    ways: Mapping[str, str] = field(default_factory=dict)  # the first is the one that was taken


def columns(sheet: Sheet, ways: Mapping[int, str] | None = None) -> tuple[Column, ...]:
    """The columns of a sheet, read; `ways` holds those that a person wants taken otherwise."""
    chosen = ways or {}
    cells = list(zip(*sheet.rows, strict=True)) or [()] * len(sheet.names)
    both = [readings(each) for each in cells]
    sure = [decided(*two, None, ";") for two in both]  # each by itself, where a point may be either
    marks = Counter(reading.mark for reading, other in sure if not other and _shows_decimals(reading))
    usual = max(marks, key=lambda mark: marks[mark]) if marks else None
    return tuple(
        _column(name, each, two, usual, sheet.delimiter, chosen.get(k, ""))
        for k, (name, each, two) in enumerate(zip(sheet.names, cells, both, strict=True))
    )


def _shows_decimals(reading: Numbers) -> bool:
    if reading.mark == ",":
        return "comma" in reading.written
    values = reading.values[np.isfinite(reading.values)]
    return bool((values != np.round(values)).any())


def _column(
    name: str, cells: tuple[str, ...], both: tuple[Numbers, Numbers], usual: str | None, delimiter: str, way: str
) -> Column:
    point, comma = both
    taken, unsure = decided(point, comma, usual, delimiter)
    other = (comma if taken is point else point) if unsure else None
    if way in (POINT, COMMA):
        new = point if way == POINT else comma
        taken, other = new, comma if new is point else point
    filled = len(cells) - sum(why == "missing" for why in taken.wrong.values())
    numeric = filled > 0 and taken.text < filled / 2 and way != TEXT
    return Column(name, cells, numeric, taken.values, taken.wrong, taken, other, way == APART)


# ---- what was taken for granted


def facts(sheet: Sheet, found: tuple[Column, ...], ways: Mapping[int, str] | None = None) -> list[Fact]:
    """How numbers are written and which classes are one: a fact for each way of writing, with the columns it is in."""
    chosen = ways or {}
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    said: list[Fact] = []
    for k, column in enumerate(found):
        if column.numeric and column.other is not None:
            said.append(_two_ways(k, column))
        elif column.numbers.written and (column.numeric or chosen.get(k) == TEXT):
            groups[(*sorted(column.numbers.written), column.numbers.unit, str(column.numeric))].append(k)
        if not column.numeric and column.spellings and column.kinds <= MOST_SPELT:
            said.append(_spelt(k, column))
    return [*(_written(found, places) for places in groups.values()), *said]


def _spelt(k: int, column: Column) -> Fact:
    some = list(column.spellings.values())[:2]
    each = "; ".join(", ".join(f"“{shown(cell)}”" for cell in cells[:4]) for cells in some)
    one = "are one class" if len(some) == 1 else "are one class each"
    ways = [("", "one class"), (APART, "as spelt")]
    said = f"“{column.name}”: {each} {'are classes of their own' if column.apart else one}."
    return Fact(said, (k,), dict(ways[::-1] if column.apart else ways))


def _two_ways(k: int, column: Column) -> Fact:
    other = column.other
    assert other is not None
    both = np.isfinite(column.values) & np.isfinite(other.values) & (column.values != other.values)
    i = int(np.flatnonzero(both)[0]) if both.any() else 0
    ways = {(POINT if way.mark == "." else COMMA): full(way.values[i]) for way in (column.numbers, other)}
    taken = full(column.values[i])
    return Fact(
        f"“{column.name}”: “{shown(column.cells[i])}” was taken as {taken}; it may mean {full(other.values[i])}.",
        (k,),
        {**ways, TEXT: "text"},
    )


def _written(found: tuple[Column, ...], places: list[int]) -> Fact:
    column = found[places[0]]
    i = max(column.numbers.written.values())
    names = name_some([found[k].name for k in places])
    cell = shown(column.cells[i])
    number = full(column.numbers.values[i])
    if not column.numeric:
        return Fact(f"{names}: “{cell}” is text.", tuple(places), {TEXT: "text", "": number})
    unit = f", in {column.numbers.unit}" if "unit" in column.numbers.written else ""
    return Fact(f"{names}: “{cell}” is {number}{unit}.", tuple(places), {"": number, TEXT: "text"})


def name_some(names: list[str]) -> str:
    """Up to three names in quotes, and how many more."""
    some = ", ".join(f"“{name}”" for name in names[:MOST_NAMED])
    return some if len(names) <= MOST_NAMED else f"{some} and {len(names) - MOST_NAMED} more"


# ---- columns that only name their rows


def naming(sheet: Sheet, found: tuple[Column, ...]) -> dict[int, str]:
    """The columns that number or name the rows, and say nothing about them -> "numbers" or "names"."""
    said = {}
    for k, column in enumerate(found):
        if len(column.cells) < 4 or not column.present.any():
            continue
        if column.numeric:
            if column.whole and _names_rows(k, column, sheet):
                said[k] = "numbers"
        elif column.filled >= HALF and column.kinds > max(3, DIFFERENT * column.present.sum()):
            said[k] = "names"
    return said


def _names_rows(k: int, column: Column, sheet: Sheet) -> bool:
    values = column.values[column.present]
    different = len(np.unique(values)) / len(values)
    nameless = sheet.header is None or re.fullmatch(r"column \d+", column.name) is not None
    if NAMING.fullmatch(column.name) and different > DIFFERENT:
        return True
    return k == 0 and nameless and (runs(column, sheet) or (different > DIFFERENT and values.min() >= LARGE))


def runs(column: Column, sheet: Sheet) -> bool:
    """Whether its numbers go up by one from row to row."""
    if not column.present.all() or len(column.values) < 4:
        return False
    lines = np.array(sheet.lines)
    steps, apart = np.diff(column.values), np.diff(lines)
    return bool((steps == 1.0).all() or ((steps == apart).all() and (steps > 0).all()))
