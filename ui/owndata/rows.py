"""The rows of a text: which character separates the cells, quotation marks, and an even sample of very many rows."""

import csv
import io
import random
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from math import floor, log, log1p

from ui.owndata.errors import TableError

MOST_ROWS = 2000  # of these an even sample is taken, where there are more
MOST_COLUMNS = 100
# In the order in which they win a draw.
DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "spaces"}
MOST_CHARACTERS = 50_000  # in a line
MOST_LINES = 2_000_000
LOOKED_AT = 64 * 2**10  # characters from which the delimiter is told

Row = tuple[int, list[str]]  # the line where it begins, counted from 1, and its cells


def delimiter_of(text: str) -> str:
    """The character that parts the first rows into equally many cells, two or more."""
    start = text[:LOOKED_AT]
    if len(text) > LOOKED_AT:
        start = start[: max(start.rfind("\n"), start.rfind("\r")) + 1] or start
    best, most = ",", 0
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(cells) for _, cells in islice(Rows(start, delimiter), 50))
        except (csv.Error, TableError):
            continue
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if width > 1 and count > most:
            best, most = delimiter, count
    return best


class Rows:
    """The rows of a text that hold anything, each with the number of its first line; `before` is of lines above."""

    def __init__(self, text: str, delimiter: str, before: int = 0) -> None:
        self.line = before  # the last one of the row that was read last
        self.unclosed = 0  # where the row begins that was not complete at the end of the text
        self._begun, self._before, self._ended = before, before, False
        self._long: list[tuple[int, int]] = []  # the first and last lines of rows that may have swallowed others
        self._delimiter = delimiter
        self._reader = csv.reader(self._to_the_end(text), delimiter=delimiter, skipinitialspace=True)
        self._filled = self._complete()

    def _to_the_end(self, text: str) -> Iterator[str]:
        yield from _lines(text, self._before)
        self._ended = True

    def _complete(self) -> Iterator[list[str]]:
        """The rows that hold anything; those that go on over several lines are noted on the way."""
        for cells in self._reader:
            self._begun, self.line = self.line + 1, self._reader.line_num + self._before
            if self._ended:  # the reader asked for a line more than there is
                self.unclosed = self._begun
            elif self.line > self._begun and any(
                self._delimiter in line for cell in cells for line in cell.splitlines()[1:]
            ):
                self._long.append((self._begun, self.line))
            if any(cells):
                yield cells

    def quotes(self) -> list[str]:
        """What has to be said about quotation marks that are not closed, or look as if they were not."""
        said = []
        if self._long:
            first, last = self._long[0]
            some = "A row goes" if len(self._long) == 1 else f"{len(self._long):,} rows go"
            place = f"{'' if len(self._long) == 1 else 'the first '}from line {first:,} to line {last:,}"
            perhaps = f"perhaps a quotation mark in line {first:,} is not closed"
            said.append(f"{some} on over several lines, {place}; {perhaps}.")
        if self.unclosed:
            count = self.line - self.unclosed + 1
            so = f", so {count:,} lines are one row" if count > 1 else ""
            said.append(f"A quotation mark in line {self.unclosed:,} is never closed{so}; close it, or take it away.")
        return said

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        while True:
            cells = [cell.strip() for cell in next(self._filled)]
            if any(cells):
                return self._begun, cells

    def skip(self, count: int) -> int:
        """Pass by so many rows, without looking at them; how many there were."""
        passed = 0
        while passed < count:
            last = deque(enumerate(islice(self._filled, count - passed), 1), maxlen=1)
            if not last:
                break
            passed += last[0][0]
        return passed


def _lines(text: str, before: int) -> Iterator[str]:
    """The lines of a text, with their ends. Between two of them other threads get their turn."""
    for number, line in enumerate(
        io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "replace")), "utf-8", newline=""), before + 1
    ):
        if len(line) > MOST_CHARACTERS:
            raise TableError(f"Line {number:,} has {len(line):,} characters, more than a row of {MOST_COLUMNS} cells.")
        if number > MOST_LINES:
            raise TableError(f"Expected at most {MOST_LINES:,} lines, got more; bring a part.")
        yield line


def sampled(first: list[Row], rows: Rows) -> tuple[list[Row], int]:
    """An even sample of `first` and `rows` together, in their order; and how many there are.

    Every row has the same chance (reservoir sampling, Li's algorithm L), and the same file gives the same sample.
    """
    kept = [*first, *islice(rows, MOST_ROWS - len(first))]
    total = len(kept)
    if total < MOST_ROWS:
        return kept, total
    draw = random.Random(0)
    weight = 1.0
    while True:
        weight *= (1.0 - draw.random()) ** (1 / MOST_ROWS)
        gap = floor(log(1.0 - draw.random()) / log1p(-weight)) if weight < 1.0 else 0
        passed = rows.skip(gap)
        total += passed
        following = next(rows, None) if passed == gap else None
        if following is None:
            return sorted(kept, key=lambda row: row[0]), total
        total += 1
        kept[draw.randrange(MOST_ROWS)] = following
