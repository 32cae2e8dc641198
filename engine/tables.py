"""Tables are data that someone brought along: rows of numbers, known by a name made from the numbers themselves.

A link that is too short for its rows carries that name; whoever keeps the table under it can open the link.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from .checks import Array, array, frozen, number, sequence

MOST_ROWS = 2000
MOST_VALUE = 1e6           # either way from 0
MOST_WIDTH = 64            # inputs and outputs together
KEPT_IN_MEMORY = 32 * 2**20
KEPT_IN_FOLDER = 256 * 2**20
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
    """

    def __init__(self, folder: Path | None = None, memory: int = KEPT_IN_MEMORY, disk: int = KEPT_IN_FOLDER) -> None:
        self.folder = folder
        self.memory = memory
        self.disk = disk
        self._kept: OrderedDict[str, Points] = OrderedDict()
        self._guard = threading.Lock()

    def keep(self, points: Points) -> str:
        """Keep a table; its name. A folder that cannot be written to is left alone."""
        if self._remember(points):
            with contextlib.suppress(OSError):
                self._write(points)
        return points.name

    def find(self, name: str) -> Points | None:
        """The table of that name, or None. Never raises, whatever the name."""
        if not NAME.fullmatch(name):
            return None
        with self._guard:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
                return found
        found = self._read(name)
        if found is not None:
            self._remember(found)
        return found

    @property
    def nbytes(self) -> int:
        """How many bytes of numbers are in memory."""
        with self._guard:
            return sum(points.array.nbytes for points in self._kept.values())

    def _remember(self, points: Points) -> bool:
        """Put it first; whether it was not there."""
        with self._guard:
            new = points.name not in self._kept
            self._kept[points.name] = self._kept.get(points.name, points)
            self._kept.move_to_end(points.name)
            held = sum(kept.array.nbytes for kept in self._kept.values()) if new else 0
            while held > self.memory and len(self._kept) > 1:
                held -= self._kept.popitem(last=False)[1].array.nbytes
            return new

    def _read(self, name: str) -> Points | None:
        if self.folder is None:
            return None
        path = self.folder / f"{name}.npy"
        try:
            with path.open("rb") as file:
                content = file.read(8 * MOST_ROWS * MOST_WIDTH + 4096)
            points = Points(np.load(io.BytesIO(content), allow_pickle=False))
            if points.name != name:
                return None
            os.utime(path)  # the folder, too, drops what has not been asked for the longest
        except (OSError, ValueError, EOFError):
            return None
        return points

    def _write(self, points: Points) -> None:
        """Write the file whole or not at all, then make room."""
        if self.folder is None or (self.folder / f"{points.name}.npy").exists():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.save(file, points.array.astype("<f8"), allow_pickle=False)
            os.replace(draft, self.folder / f"{points.name}.npy")
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
        found = [*self.folder.glob("*.npy"), *self.folder.glob("*.part")]  # a server that died may have left a draft
        files = sorted(((path.stat(), path) for path in found), key=lambda file: file[0].st_mtime)
        held = sum(stat.st_size for stat, _ in files)
        for stat, path in files[:-1]:
            if held <= self.disk:
                break
            path.unlink(missing_ok=True)
            held -= stat.st_size


TABLES = Tables()
