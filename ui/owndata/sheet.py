"""Text or a file of someone's own as a sheet of cells: what is read, what is left out, and where. Nothing is executed.

Every cell stays text here. Whatever comes in, `read` gives a `Sheet` or raises `TableError` with one plain sentence.
"""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice, pairwise

from ui.owndata.errors import TableError
from ui.owndata.formats import decoded, encoding_note, refuse_formats
from ui.owndata.notation import MISSING, numberish
from ui.owndata.rows import DELIMITERS, MOST_COLUMNS, MOST_ROWS, Row, Rows, delimiter_of, sampled

MOST_BYTES = 10 * 2**20
MOST_LABEL = 40  # characters of a name that are shown
TOP = 8  # rows of which one may hold the names
LOOKED_AT = 50  # rows from which it is told where the table begins
COMMENT = re.compile(r"\s*(#|%|//)")
RULED = re.compile(r"[:=+]?[-=]+[:=+]?")  # a cell of the line that some draw below the names


@dataclass(frozen=True)
class Source:
    """What was read, before it is decided which line holds the names."""

    top: tuple[Row, ...]  # the first rows, as they stand
    body: tuple[Row, ...]  # the rows below the line taken for the names, or an even sample of them
    header: int | None  # that line
    above: int  # the last line of a title or of remarks
    delimiter: str
    encoding: str  # as it was guessed or chosen; "" where nothing had to be guessed
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """Cells as text, in rows of one width; `lines` says where in the file each row stands, counted from 1."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    header: int | None  # the line that holds the names; None where there is none
    source: Source
    notes: tuple[str, ...]

    @property
    def delimiter(self) -> str:
        """What separates the cells."""
        return self.source.delimiter


def read(content: bytes | str, *, encoding: str | None = None, delimiter: str | None = None) -> Sheet:
    """The sheet in a file or in pasted text; the encoding and the delimiter are told from it where none is given."""
    if len(content) > MOST_BYTES:
        raise TableError(f"Expected at most {MOST_BYTES // 2**20} MB, got {len(content) / 2**20:.1f} MB; bring a part.")
    text, used = decoded(content, encoding) if isinstance(content, bytes) else (_pasted(content), "")
    del content
    refuse_formats(text)
    told = re.match(r"sep=(.)\r?\n", text)  # how some spreadsheets announce their delimiter
    text = text[told.end() :] if told else text
    if not text.strip():
        raise TableError("Expected rows of numbers, got nothing.")
    if delimiter is None:
        delimiter = told[1] if told and told[1] in DELIMITERS else delimiter_of(text)
    rows = Rows(text, delimiter, bool(told))
    del text
    return laid_out(_source(rows, delimiter, used))


def laid_out(source: Source, header: int | None = -1) -> Sheet:
    """The sheet with the names in line `header`, with numbers for names if None; as it was told, without one."""
    header = source.header if header == -1 else header
    notes = list(source.notes)
    start = source.above if header is None else header
    upper = [row for row in source.top if start < row[0] <= (source.header or 0)]
    body = [*upper, *(row for row in source.body if row[0] > start)][:MOST_ROWS]
    if not body:
        raise TableError("The table has a row of names and no row of numbers below it.")
    head = next((cells for line, cells in source.top if line == header), [])
    if header is not None and header <= source.above:  # a remark with the names: "# x y z"
        head = _remark(head)
    width = Counter(len(cells) for _, cells in body).most_common(1)[0][0]
    if header is not None and len(head) == width - 1 and _starts_rows(head, body):
        head = ["", *head]
        notes.append("The first row has one name less than there are columns; the first column is named by number.")
    body = fitted(body, width, notes)
    empty = [k for k in range(width) if all(not cells[k] for _, cells in body)]
    names = named(head, width, empty, notes)
    head = head + [""] * (width - len(head))
    kept = [k for k in range(width) if k not in empty or head[k]]
    return Sheet(
        tuple(names[k] for k in kept),
        tuple(tuple(cells[k] for k in kept) for _, cells in body),
        tuple(line for line, _ in body),
        header,
        source,
        tuple(notes),
    )


def _source(rows: Rows, delimiter: str, encoding: str) -> Source:
    """Read the rows: where the table begins, which line holds the names, and an even sample of what is below."""
    notes = [encoding_note(encoding)] if encoding else []
    try:
        start = list(islice(rows, LOOKED_AT))
        if not start:
            raise TableError("Expected rows of numbers, got empty cells alone.")
        skipped, header = beginning(start)
        below = start[max(skipped, 0 if header is None else header + 1) :]
        body, total = sampled(below, rows)
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
        said = "Expected two columns or more, separated by commas, semicolons, tabs, bars or spaces; found one."
        raise TableError(" ".join([said, *rows.quotes()]))
    notes += above_note(start, skipped, header)
    if total > MOST_ROWS:
        notes.append(f"Of {total:,} rows an even sample of {MOST_ROWS:,} is used, in the order of the file.")
    if header is None and (cells := start[skipped][1]) and _a_count(cells):
        notes.append(
            f"Line {start[skipped][0]:,} ({_some(cells)}) was taken for data; if it holds names, choose it as names."
        )
    ruled = [line for line, cells in body if _ruled(cells)]
    if ruled:
        body = [row for row in body if not _ruled(row[1])]
        notes.append(f"Line {ruled[0]:,} holds dashes alone and was passed by.")
    if not body:
        raise TableError("The table has a row of names and no row of numbers below it.")
    return Source(
        tuple(start[:TOP]),
        tuple(body),
        None if header is None else start[header][0],
        start[skipped - 1][0] if skipped else 0,
        delimiter,
        encoding,
        (*notes, *rows.quotes()),
    )


# ---- where the table begins


def beginning(start: list[Row]) -> tuple[int, int | None]:
    """How many of these first rows are a title or remarks, and which row holds the names (None: none does)."""
    remarks = next((i for i, (_, cells) in enumerate(start) if not COMMENT.match(cells[0])), len(start))
    if remarks == len(start):
        return 0, None
    width = Counter(_filled_width(cells) for _, cells in start[remarks:]).most_common(1)[0][0]
    skipped = remarks
    while skipped < min(len(start) - 1, TOP - 1) and _is_title(start[skipped][1], start[skipped + 1 :], width):
        skipped += 1
    first, below = start[skipped][1], [cells for _, cells in start[skipped + 1 :]]
    if _are_names(first, below):
        return skipped, skipped
    if remarks and skipped == remarks and len(_remark(start[remarks - 1][1])) == width:
        return remarks, remarks - 1
    return skipped, None


def _filled_width(cells: list[str]) -> int:
    return max((k + 1 for k, cell in enumerate(cells) if cell), default=0)


def _is_title(cells: list[str], below: list[Row], width: int) -> bool:
    """Whether a row stands above the table: it is shorter, begins with text, and full rows follow."""
    short = _filled_width(cells) < width or (width > 2 and sum(map(bool, cells)) == 1)
    if not short and _counts_the_columns(cells, width):
        return True
    if not short or numberish(cells[0] or "0") or not any(_filled_width(row) >= width for _, row in below):
        return False
    return not (len(cells) == width - 1 and _starts_rows(cells, below))


def _counts_the_columns(cells: list[str], width: int) -> bool:
    """Whether it is a line like "150,4,setosa,versicolor,virginica": so many rows, so many columns, the classes."""
    counts, names = cells[:2], cells[2:]
    return (
        len(names) > 1
        and all(re.fullmatch("[0-9]+", cell, re.ASCII) for cell in counts)
        and int(counts[1][:6]) == width - 1
        and not any(numberish(cell) for cell in names)
    )


def _starts_rows(head: list[str], below: list[Row]) -> bool:
    """Whether a row of names has one less than the rows below, whose first cells are names or numbers of rows."""
    return not any(numberish(cell) for cell in head) and len(below) > 0 and any(
        numberish(cell) for cell in below[0][1][1:]
    )  # fmt: skip


def _are_names(first: list[str], below: list[list[str]]) -> bool:
    """Whether the first row holds the names of the columns."""
    numbers = [cell for cell in first if numberish(cell)]
    texts = [k for k, cell in enumerate(first) if cell.lower() not in MISSING and not numberish(cell)]
    if not numbers:
        again = [any(row[k : k + 1] == [first[k]] for row in below) for k in texts]
        return not (len(below) > 2 and again and all(again))
    odd = [k for k in texts if re.match(r"[^\W\d]", first[k]) and _mostly_numbers(below, k)]
    return bool(odd) and (len(texts) >= len(numbers) or _a_count(numbers))


def _mostly_numbers(below: list[list[str]], k: int) -> bool:
    cells = [row[k] for row in below if k < len(row) and row[k].lower() not in MISSING]
    return bool(cells) and 2 * sum(map(numberish, cells)) >= len(cells)


def _a_count(cells: list[str]) -> bool:
    """Whether the numbers of a row are 2019, 2020, 2021 or 0, 1, 2, 3, as names are and measurements are not."""
    numbers = [int(cell) for cell in cells if re.fullmatch("[0-9]{1,6}", cell, re.ASCII)]
    if len(numbers) < len([cell for cell in cells if cell]) or len(numbers) < 2:
        return False
    years = all(1900 <= n <= 2100 for n in numbers)
    return all(b - a == 1 for a, b in pairwise(numbers)) and (years or len(numbers) > 3)


def _remark(cells: list[str]) -> list[str]:
    """The cells of a remark without the sign that begins it."""
    first = COMMENT.sub("", cells[0], count=1).strip()
    return [first, *cells[1:]] if first or len(cells) < 2 else cells[1:]


def _ruled(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return any(len(cell) > 1 for cell in filled) and all(RULED.fullmatch(cell) for cell in filled)


def above_note(start: list[Row], skipped: int, header: int | None) -> list[str]:
    """What is said of the lines above the table."""
    above = [row for i, row in enumerate(start[:skipped]) if i != header]
    if not above:
        return []
    line, said = above[0][0], _some(above[0][1])
    if len(above) == 1:
        return [f"Line {line:,} stands above the table and is no data: “{said}”."]
    return [f"{len(above)} lines from line {line:,} on stand above the table and are no data: “{said}” and so on."]


def _some(cells: list[str]) -> str:
    return shown(", ".join(cell for cell in cells if cell))


# ---- rows and names


def fitted(body: list[Row], width: int, notes: list[str]) -> list[Row]:
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


def _pasted(text: str) -> str:
    """Pasted text without a byte order mark, and without halves of characters, which no browser could be sent."""
    return text.removeprefix("\ufeff").encode("utf-8", "replace").decode()
