"""One question and its answer: what a stage's script asks for in a query, worked out a little at a time.

Nothing here knows of the web, so that processes without one can do the work (`computers`).
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from engine import Experiment
from engine.query import UNKNOWN_TABLE
from ui.runs import RUNS, BusyError
from ui.stage.slices import MOST_BYTES, MOST_ROWS, cells, packing, plan
from ui.workers import Work

GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # deflated, no name, no time, any system


@dataclass(frozen=True)
class Answer:
    """What is sent for a query: a slice, or with another status than 200 a plain sentence."""

    body: bytes
    status: int = 200
    packed: bool = False  # by gzip


def answering(query: str, packed: bool) -> Work[Answer]:
    """The work of answering: a packed slice, or a plain sentence with status 400 where nothing sensible is asked."""
    pairs = parse_qsl(query, keep_blank_values=True)
    asked = {name: value for name, value in pairs if name.startswith("_")}
    try:
        start, count, stride, sample, losses, compare = (
            max(low, min(int(asked.get(name, default)), high))
            for name, default, low, high in (
                ("_from", 0, 0, 10**7),
                ("_count", 1, 1, MOST_ROWS),
                ("_stride", 1, 1, 10**4),
                ("_sample", 0, 0, 10**6),
                ("_losses", 0, 0, 10**7),
                ("_compare", 0, 0, 1),
            )
        )
    except ValueError:
        return Answer(b"Expected whole numbers for the slice; reload the page.", 400)
    experiment, said = Experiment.from_query(
        urlencode([pair for pair in pairs if not pair[0].startswith("_")], safe="~.-")
    )
    if UNKNOWN_TABLE in said:  # never another run in the place of the one that was asked for
        return Answer(UNKNOWN_TABLE.encode(), 404)
    count = max(1, min(count, MOST_BYTES // (8 * plan(experiment, bool(compare)).width + cells(experiment))))
    last = min(start + (count - 1) * stride, experiment.limit() - 1)
    steps = range(start, start + count * stride, stride)
    try:
        numbers, maps = yield from rows_and_maps(experiment, last + 1, steps, sample, losses, bool(compare), packed)
    except BusyError as busy:
        return Answer(str(busy).encode(), 429)
    if not packed:
        return Answer(numbers + maps)
    yield 0.0
    return Answer(gzip(numbers, maps), packed=True)


def rows_and_maps(experiment: Experiment, iterations: int, *asked: Any) -> Work[tuple[bytes, bytes]]:
    """The run, and what is asked of it; nobody holds the run any more when that is there."""
    with (yield from RUNS.leasing((experiment,), iterations)) as (run,):
        return (yield from packing(experiment, run, *asked))


def gzip(numbers: bytes, maps: bytes) -> bytes:
    """Both in one gzip file (RFC 1952): numbers as they are, maps by run lengths.

    The digits of the numbers are as good as random; most of a map stays as it is from one row to the next.
    """
    store = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, strategy=zlib.Z_RLE)
    stored = store.compress(numbers) + store.flush(zlib.Z_SYNC_FLUSH)
    check = struct.pack("<II", zlib.crc32(maps, zlib.crc32(numbers)), len(numbers) + len(maps))
    return GZIP_HEAD + stored + squeeze.compress(maps) + squeeze.flush() + check
