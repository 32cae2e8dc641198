"""One question and its answer: what a stage's script asks for in a query, worked out a little at a time.

Nothing here knows of the web, so that processes without one can do the work (`computers`).
"""

import json
import struct
import zlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from engine import Experiment
from engine.query import UNKNOWN_TABLE
from ui.events import events
from ui.runs import RUNS, BusyError, Run, seconds
from ui.stage import point, samples
from ui.stage.card import card
from ui.stage.inside import size
from ui.stage.slices import MOST_BYTES, MOST_ROWS, packing, plan
from ui.stage.starts import starts
from ui.workers import Work

MOST_WORD = 60  # characters of a parameter of what is asked for in the place of rows
SMALL = 4096  # bytes of JSON that are sent as they are
GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # deflated, no name, no time, any system


@dataclass(frozen=True)
class Answer:
    """What is sent for a query: a slice, or with another status than 200 a plain sentence."""

    body: bytes
    status: int = 200
    packed: bool = False  # by gzip


@dataclass(frozen=True)
class Question:
    """Rows of a run at `steps`, and what comes with them."""

    experiment: Experiment
    steps: range
    sample: int
    losses: int  # how many the browser has already
    compare: bool
    motion: bool
    each: bool
    inside: bool
    told: str = ""  # what is asked for in the place of rows, a name of TOLD
    given: Mapping[str, str] = field(default_factory=dict)  # the question's own parameters

    @property
    def iterations(self) -> int:
        """How long the run has to be."""
        return min(self.steps[-1], self.experiment.limit() - 1) + 1

    @property
    def seconds(self) -> float:
        """About how long it takes where nothing of the run is there."""
        return self.iterations * seconds(self.experiment)


def asked(query: str) -> Question | Answer:
    """What a query asks for; a plain sentence with status 400 or 404 where that cannot be told."""
    pairs = parse_qsl(query, keep_blank_values=True)
    given = {name: value for name, value in pairs if name.startswith("_")}
    try:
        start, count, stride, sample, losses, compare, motion, each, inside = (
            max(low, min(int(given.get(name, default)), high))
            for name, default, low, high in (
                ("_from", 0, 0, 10**7),
                ("_count", 1, 1, MOST_ROWS),
                ("_stride", 1, 1, 10**4),
                ("_sample", 0, 0, 10**6),
                ("_losses", 0, 0, 10**7),
                ("_compare", 0, 0, 1),
                ("_motion", 0, 0, 1),
                ("_each", 0, 0, 1),
                ("_inside", 0, 0, 1),
            )
        )
    except ValueError:
        return Answer(b"Expected whole numbers for the slice; reload the page.", 400)
    experiment, said = Experiment.from_query(
        urlencode([pair for pair in pairs if not pair[0].startswith("_")], safe="~.-")
    )
    if UNKNOWN_TABLE in said:  # never another run in the place of the one that was asked for
        return Answer(UNKNOWN_TABLE.encode(), 404)
    if "_point" in given:
        try:
            point.read(experiment, given["_point"][:MOST_WORD])
        except ValueError as refused:
            return Answer(str(refused).encode(), 400)
    width = plan(experiment, bool(compare), bool(motion), bool(each), bool(inside)).width
    count = max(1, min(count, MOST_BYTES // (8 * width + size(experiment, bool(inside)))))
    for name in TOLD:
        if name in given:
            short = {key: value[:MOST_WORD] for key, value in given.items()}
            return Question(experiment, range(start, start + 1), sample, 0, False, False, False, False, name, short)
    steps = range(start, start + count * stride, stride)
    return Question(experiment, steps, sample, losses, bool(compare), bool(motion), bool(each), bool(inside))


def answering(query: str, packed: bool) -> Work[Answer]:
    """The work of answering: a packed slice, or a plain sentence with the status that says why there is none."""
    question = asked(query)
    if isinstance(question, Answer):
        return question
    try:
        if question.told:
            return (yield from telling(question, packed))
        numbers, maps = yield from rows_and_maps(question, packed)
    except BusyError as busy:
        return Answer(str(busy).encode(), 429)
    if not packed:
        return Answer(numbers + maps)
    yield 0.0
    return Answer(gzip(numbers, maps), packed=True)


def rows_and_maps(q: Question, packed: bool) -> Work[tuple[bytes, bytes]]:
    """The run, and what is asked of it; nobody holds the run any more when that is there."""
    with (yield from RUNS.leasing((q.experiment,), q.iterations)) as (run,):
        layout = {"compare": q.compare, "motion": q.motion, "each": q.each, "inside": q.inside}
        return (yield from packing(q.experiment, run, q.steps, q.sample, q.losses, moves=packed, **layout))


def telling(q: Question, packed: bool) -> Work[Answer]:
    """What is asked for in the place of rows, as JSON."""
    with (yield from RUNS.leasing((q.experiment,), q.iterations)) as (run,):
        told = TOLD[q.told](q, run)
        body = json.dumps((yield from told) if isinstance(told, Generator) else told).encode()
    return Answer(gzip(b"", body), packed=True) if packed and len(body) > SMALL else Answer(body)


def calculation(q: Question, run: Run) -> dict[str, Any]:
    """The card at this place; without lines where the run has no such iteration."""
    if not len(run):
        return {"title": "", "about": None, "lines": []}
    return card(q.experiment, run, q.steps[0], q.given["_card"], q.sample, q.given.get("_select"))


def every_sample(q: Question, run: Run) -> dict[str, Any]:
    """The table of samples at this iteration."""
    return samples.table(q.experiment, run, q.steps[0], q.sample)


def at_point(q: Question, run: Run) -> dict[str, Any]:
    """What the network answers at a place of the map."""
    return point.point(q.experiment, run, q.steps[0], point.read(q.experiment, q.given["_point"]))


def happening(q: Question, run: Run) -> Work[dict[str, Any]]:
    """What happens up to this iteration."""
    return events(q.experiment, run, q.iterations)


def hundred(q: Question, run: Run) -> dict[str, Any]:
    """Which of a hundred starts learn it."""
    return starts(q.experiment)


TOLD: Mapping[str, Callable[[Question, Run], Any]] = {
    "_card": calculation,
    "_samples": every_sample,
    "_point": at_point,
    "_events": happening,
    "_starts": hundred,
}


def gzip(numbers: bytes, maps: bytes) -> bytes:
    """Both in one gzip file (RFC 1952): numbers as they are, maps by run lengths.

    The digits of the numbers are as good as random; most of a map stays as it is from one row to the next.
    """
    store = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, strategy=zlib.Z_RLE)
    stored = store.compress(numbers) + store.flush(zlib.Z_SYNC_FLUSH)
    check = struct.pack("<II", zlib.crc32(maps, zlib.crc32(numbers)), len(numbers) + len(maps))
    return GZIP_HEAD + stored + squeeze.compress(maps) + squeeze.flush() + check
