"""Text or a file of someone's own as a sheet of cells: what is read, what is left out, and where. Nothing is executed.

Every cell stays text here. Whatever comes in, `read` gives a `Sheet` or raises `TableError` with one plain sentence.
"""

import csv
import io
import random
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from math import floor, log, log1p

from engine import Experiment

MOST_BYTES = 10 * 2**20
MOST_ROWS = 2000  # of these an even sample is taken, where there are more
MOST_COLUMNS = 100
MOST_LABEL = 40  # characters of a name that are shown
DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces"}  # in the order in which they win a draw
MOST_CHARACTERS = 50_000  # in a line
MOST_LINES = 2_000_000
LOOKED_AT = 64 * 2**10  # characters from which the delimiter is told
# A sign, digits, and nothing else: no 1_000, no 1,000, no digits of other scripts, which could mean two things.
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .ods and any zip; .xls


class TableError(ValueError):
    """What came is no table that can be learnt from; its text is one plain sentence for the person who brought it."""


@dataclass(frozen=True)
class Sheet:
    """Cells as text, in rows of one width; `lines` says where in the file each row stands, counted from 1."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    headed: bool  # whether the names come from the first row
    top: tuple[int, tuple[str, ...]]  # the first row: its line and its cells
    delimiter: str
    notes: tuple[str, ...]


def read(content: bytes | str, headed: bool | None = None) -> Sheet:
    """The sheet in a file or in pasted text. `headed` says whether the first row holds names; None: look at it."""
    if len(content) > MOST_BYTES:
        raise TableError(f"Expected at most {MOST_BYTES // 2**20} MB, got {len(content) / 2**20:.1f} MB; bring a part.")
    text, notes = decoded(content) if isinstance(content, bytes) else (_pasted(content), [])
    if BINARY.search(text):
        raise TableError("Expected a table as text, got bytes that are no text; save it as CSV and load that.")
    told = re.match(r"sep=(.)\r?\n", text)  # how some spreadsheets announce their delimiter
    text = text[told.end() :] if told else text
    if not text.strip():
        raise TableError("Expected rows of numbers, got nothing.")
    delimiter = told[1] if told and told[1] in DELIMITERS else delimiter_of(text)
    rows = Rows(text, delimiter, bool(told))
    del text
    try:
        first = next(rows, None)
        if first is None:
            raise TableError("Expected rows of numbers, got empty cells alone.")
        if headed is None:
            headed = not any(NUMBER.fullmatch(number_text(cell, delimiter != ",")) for cell in first[1])
        body, total = sampled([] if headed else [first], rows)
    except csv.Error:
        raise TableError(
            f"A cell in line {rows.line + 1:,} is too long to be read; perhaps a quotation mark there was never closed."
        ) from None
    if rows.unclosed and max((len(cells) for _, cells in body), default=0) < 2:
        raise TableError(rows.quotes()[-1])
    if not body:
        raise TableError("The table has a row of names and no row of numbers below it.")
    width = Counter(len(cells) for _, cells in body).most_common(1)[0][0]
    if width > MOST_COLUMNS:
        raise TableError(f"Expected at most {MOST_COLUMNS} columns, got {width:,}; leave some out.")
    if width < 2:
        said = "Expected two columns or more, parted by commas, semicolons, tabs or spaces; found one."
        raise TableError(" ".join([said, *rows.quotes()]))
    if total > MOST_ROWS:
        notes.append(f"Of {total:,} rows an even sample of {MOST_ROWS:,} is used, in the order of the file.")
    notes += rows.quotes()
    body = fitted(body, width, notes)
    empty = [k for k in range(width) if all(not cells[k] for _, cells in body)]
    names = named(first[1] if headed else [], width, empty, notes)
    head = first[1] + [""] * (width - len(first[1]))
    used = [k for k in range(width) if k not in empty or (headed and head[k])]
    return Sheet(
        tuple(names[k] for k in used),
        tuple(tuple(cells[k] for k in used) for _, cells in body),
        tuple(line for line, _ in body),
        headed,
        (first[0], tuple(head[k] for k in used)),
        delimiter,
        tuple(notes),
    )


def turned(sheet: Sheet) -> Sheet:
    """The sheet with its first row as a row, where it was taken for names, and the other way round."""
    line, cells = sheet.top
    if sheet.headed:
        rows, lines = (cells, *sheet.rows)[:MOST_ROWS], (line, *sheet.lines)[:MOST_ROWS]
    else:
        rows, lines = sheet.rows[sheet.lines[0] == line :], sheet.lines[sheet.lines[0] == line :]
    if not rows:
        return sheet
    names = named([] if sheet.headed else list(cells), len(cells), [], [])
    return replace(sheet, names=tuple(names), rows=rows, lines=lines, headed=not sheet.headed)


def decoded(content: bytes) -> tuple[str, list[str]]:
    """The text of a file, in whichever of the usual encodings it is, and what has to be said about that."""
    if content.startswith(SPREADSHEETS):
        raise TableError("Expected a table as text, got a spreadsheet or an archive; save it as CSV and load that.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), []
    start = content[:200]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(zeros) > 1 and zeros.count(0) > 0.8 * len(zeros):
            return content.decode(encoding, errors="replace"), []
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        said = ["The file is not in UTF-8; it was read as Windows text, so check the letters with accents."]
    try:
        return content.decode("cp1252"), said
    except UnicodeDecodeError:
        return content.decode("latin-1"), said


def _pasted(text: str) -> str:
    """Pasted text without a byte order mark, and without halves of characters, which no browser could be sent."""
    return text.removeprefix("\ufeff").encode("utf-8", "replace").decode()


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

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self

    def __next__(self) -> tuple[int, list[str]]:
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


def sampled(first: list[tuple[int, list[str]]], rows: Rows) -> tuple[list[tuple[int, list[str]]], int]:
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


def fitted(body: list[tuple[int, list[str]]], width: int, notes: list[str]) -> list[tuple[int, list[str]]]:
    """The rows that have the usual width; empty cells beyond it are no cells."""
    rows, odd = [], []
    for line, cells in body:
        if len(cells) < width or any(cells[width:]):
            odd.append((line, len(cells)))
        else:
            rows.append((line, cells[:width]))
    if odd:
        line, count = odd[0]
        notes.append(
            f"{left_out(len(odd))} for having another number of cells than {width}; the first is line {line:,}, with "
            f"{count:,}."
        )
    return rows


def left_out(count: int) -> str:
    """The beginning of a sentence about rows that are not used."""
    return "One row was left out" if count == 1 else f"{count:,} rows were left out"


def named(head: list[str], width: int, empty: list[int], notes: list[str]) -> list[str]:
    """A name for each column, no two alike: the header's, or numbers where there is none."""
    while len(head) > width and not head[-1]:
        head = head[:-1]
    if head and not (len(head) == width or set(range(len(head), width)) <= set(empty)):
        notes.append(f"The first row has {len(head)} names for {width} columns, so the columns are named by number.")
        head = []
    names: list[str] = []
    changed = []
    for k in range(width):
        given = shown(head[k]) if k < len(head) else ""
        name = given or f"column {k + 1}"
        n = 2
        while name in names:
            name = f"{given or f'column {k + 1}'} ({n})"
            n += 1
        if head and name != given and (given or k not in empty):
            changed.append(name)
        names.append(name)
    if changed:
        some = ", ".join(f"“{name}”" for name in changed[:3]) + (" and more" if len(changed) > 3 else "")
        notes.append(f"Names that were empty or came twice are now {some}.")
    return names


def shown(text: str) -> str:
    """Text of the sheet as it may stand in a sentence or a menu: one line, no invisible characters, short."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:400]).split())
    return line if len(line) <= MOST_LABEL else line[: MOST_LABEL - 1] + "…"


def number_text(cell: str, comma: bool = False) -> str:
    """A cell as Python would write the number: a typographic minus is a minus, and a decimal comma a point."""
    plain = cell.strip().replace("−", "-")
    return plain.replace(",", ".") if comma and "." not in plain else plain


def written(experiment: Experiment) -> str:
    """The points of an experiment as a CSV file that reads back to the same numbers: x1, x2, ..., y1, ...

    Names and numbers only: no cell of it is a formula.
    """
    inputs, outputs = experiment.sizes[0], experiment.sizes[-1]
    head = [*(f"x{k + 1}" for k in range(inputs)), *(f"y{k + 1}" for k in range(outputs))]
    lines = [",".join(head), *(",".join(repr(v).removesuffix(".0") for v in row) for row in experiment.points)]
    return "\n".join(lines) + "\n"
