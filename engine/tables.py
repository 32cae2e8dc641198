"""Tables are data that someone brought along: rows of numbers, known by a name made from the numbers themselves.

A link that is too short for its rows carries that name; whoever keeps the table under it can open the link.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from .checks import Array, array, frozen, number, sequence
from .shelf import Shelf

MOST_ROWS = 2000
MOST_VALUE = 1e6           # either way from 0
MOST_WIDTH = 64            # inputs and outputs together
KEPT_IN_MEMORY = 32 * 2**20
KEPT_IN_FOLDER = 256 * 2**20
MOST_FILE = 8 * MOST_ROWS * MOST_WIDTH + 4096
SPARE = 16                 # the part of a folder's bytes that may be written before it is looked through again
FULL = (errno.ENOSPC, errno.EDQUOT)
LOG = logging.getLogger(__name__)
NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)

Row = tuple[float, ...]


class Points(Sequence[Row]):
    """Rows (x..., y...) of finite numbers: equal to the tuple of their tuples, as small as an array, hashed once.

    `rows` are sequences of numbers, all as long, or an array (n, width). ``ValueError`` for anything else.
    """

    array: Array  # (n, width), read-only

    def __init__(self, rows: object) -> None:
        if isinstance(rows, np.ndarray):
            values = array(rows, "points", "(rows, numbers)", 2) + 0.0  # a copy; -0.0 becomes 0.0
        else:
            values = _from_sequences(rows)
        n, width = values.shape
        if n > MOST_ROWS:
            raise ValueError(f"points: expected 1 to {MOST_ROWS} rows; got {n}; leave some out.")
        if not 2 <= width <= MOST_WIDTH:
            raise ValueError(f"points: expected 2 to {MOST_WIDTH} numbers in a row, inputs and then outputs; got "
                             f"{width}; choose other columns.")
        if np.abs(values).max() > MOST_VALUE:
            raise ValueError(f"points: expected numbers between -{MOST_VALUE:g} and {MOST_VALUE:g}; got larger ones; "
                             "rescale the columns.")
        self.array = frozen(np.ascontiguousarray(values))

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Row | tuple[Row, ...]:
        found = self.array[index].tolist()
        return tuple(map(tuple, found)) if isinstance(index, slice) else tuple(found)

    def __iter__(self) -> Iterator[Row]:
        return map(tuple, self.array.tolist())

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Points):
            return np.array_equal(self.array, other.array)
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[type[Points], tuple[Array]]:
        return Points, (self.array,)

    @cached_property
    def name(self) -> str:
        """32 hexadecimal digits that stand for these numbers in this order, and for no others."""
        digest = hashlib.sha256(f"{len(self)} {self.array.shape[1]} ".encode())
        digest.update(self.array.astype("<f8").tobytes())
        return digest.hexdigest()[:32]


def _from_sequences(rows: object) -> Array:
    table = [[number(v, "points") for v in sequence(row, "points")] for row in sequence(rows, "points")]
    widths = sorted({len(row) for row in table})
    if len(widths) != 1:
        raise ValueError(f"points: expected 1 to {MOST_ROWS} rows, all as long; got {len(table)} rows of {widths[:5]} "
                         "numbers; list the rows for the data set custom.")
    return np.array(table, dtype=np.float64).reshape(len(table), widths[0])


def split(rows: int, share: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of so many rows are for training and which, about `share` of them, are kept for testing.

    The test rows are drawn from ``default_rng(seed)``; both parts keep the order of the table, and at least one row
    is left to train on.
    """
    tests = min(round(share * rows), rows - 1)
    kept = np.zeros(rows, dtype=bool)
    kept[np.random.default_rng(seed).permutation(rows)[:tests]] = True
    return np.flatnonzero(~kept), np.flatnonzero(kept)


class Tables:
    """Tables by name, for all threads; what has not been asked for the longest is dropped first.

    In memory up to `memory` bytes; with a `folder` also there, up to `disk` bytes, as NumPy's plain array files. What
    comes out of a folder is held against its name, so that several servers may share one and none can spoil it.
    `trouble` says in a sentence why the last table could not be written to the folder; None where it could be.
    """

    def __init__(self, folder: Path | None = None, memory: int = KEPT_IN_MEMORY, disk: int = KEPT_IN_FOLDER) -> None:
        self.folder = folder
        self.disk = disk
        self.trouble: str | None = None
        self._kept: Shelf[str, Points] = Shelf(memory, lambda name, points: points.array.nbytes)
        self._writing = threading.Lock()
        self._added: int | None = None  # bytes written since the folder was looked through
        self._newest = 0.0  # of the times on files: a clock that is put back does not make new ones the oldest

    def keep(self, points: Points) -> str:
        """Keep a table; its name. Where it cannot be written to the folder, `trouble` says why, and memory has it."""
        if self._kept.get(points.name) is None:
            self._kept.put(points.name, points)
            if self.folder is not None and self._read(points.name) is None:
                with self._writing:
                    self._write(self.folder, points)
        return points.name

    def find(self, name: str) -> Points | None:
        """The table of that name, or None. Never raises, whatever the name and whatever is in the folder."""
        if not NAME.fullmatch(name):
            return None
        found = self._kept.get(name)
        if found is None:
            found = self._read(name)
            if found is not None:
                self._kept.put(name, found)
        return found

    @property
    def nbytes(self) -> int:
        """How many bytes of numbers are in memory."""
        return self._kept.nbytes

    def _read(self, name: str) -> Points | None:
        if self.folder is None:
            return None
        path = self.folder / f"{name}.npy"
        try:
            if not path.is_file():  # nor a pipe, which would never end
                return None
            with path.open("rb") as file:
                content = file.read(MOST_FILE + 1)
        except OSError as error:
            LOG.warning("The table %s cannot be read: %s", path, error)
            return None
        try:
            points = _parsed(content)
        except Exception as error:  # whatever a parser may come upon in bytes that anyone wrote
            LOG.warning("The file %s holds no table and is not used: %s", path, error)
            return None
        if points.name != name:
            LOG.warning("The file %s holds another table and is not used", path)
            return None
        with contextlib.suppress(OSError):  # a folder that is only read has all it ever had
            self._touch(path)
        return points

    def _touch(self, path: Path) -> None:
        """The folder, too, drops what has not been asked for the longest."""
        self._newest = max(time.time(), self._newest + 0.001)
        os.utime(path, (self._newest, self._newest))

    def _write(self, folder: Path, points: Points) -> None:
        size = points.array.nbytes + 128
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._added is None or self._added + size > self.disk // SPARE:  # looking through it may take a while
                self._make_room(folder, size)
            try:
                self._put(folder, points)
            except OSError as error:
                if error.errno not in FULL or not self._make_room(folder, size, full=True):
                    raise
                self._put(folder, points)
        except OSError as error:
            self.trouble = (f"At the moment the server cannot keep tables on its disk ({error.strerror or error}): new "
                            "ones are forgotten when it is restarted. Save the data to open their link later.")
            LOG.warning("The folder %s cannot be written to: %s", folder, error)
            return
        self.trouble = None
        self._added = (self._added or 0) + size

    def _put(self, folder: Path, points: Points) -> None:
        """Write the file whole or not at all."""
        handle, draft = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.save(file, points.array.astype("<f8"), allow_pickle=False)
            self._touch(Path(draft))
            os.replace(draft, folder / f"{points.name}.npy")
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise

    def _make_room(self, folder: Path, size: int, full: bool = False) -> bool:
        """Drop the oldest files until `size` bytes and some to spare find room; whether any was.

        On a disk that is `full`, whatever else is on it, twice the size.
        """
        with os.scandir(folder) as entries:  # a server that died may have left a draft
            found = [(entry.stat(follow_symlinks=False), entry.path) for entry in entries
                     if entry.name.endswith((".npy", ".part")) and entry.is_file(follow_symlinks=False)]
        files = sorted((stat.st_mtime, stat.st_size, path) for stat, path in found)
        held = sum(stat.st_size for stat, _ in found)
        self._newest = max([self._newest, *(age for age, _, _ in files)])
        self._added = 0
        most = self.disk - self.disk // SPARE - size
        if full:
            most = min(most, held - 2 * size)
        dropped = False
        for _, bytes_, path in files:
            if held <= most:
                break
            Path(path).unlink(missing_ok=True)
            held, dropped = held - bytes_, True
        return dropped


def _parsed(content: bytes) -> Points:
    """The table in the bytes of a file as NumPy writes it; nothing is believed that the file says of itself."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("expected version 1.0 of NumPy's format")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    count = shape[0] * shape[1] if len(shape) == 2 else 0
    if dtype != np.dtype("<f8") or by_columns or count <= 0 or len(content) != file.tell() + 8 * count:
        raise ValueError("expected rows of 64-bit numbers, and nothing else")
    return Points(np.frombuffer(content, "<f8", count, file.tell()).reshape(shape))


TABLES = Tables()
