"""A recorded run packed for a file: every number of every iteration and sample, and the maps, deflated.

The rows are those that the stage gets from the server, bit for bit. Columns that are equal for several samples are
kept once. A column is its numbers' bit patterns as whole numbers, differenced twice along the iterations (a smooth
course leaves small numbers) and split into eight planes of bytes, highest first, which deflate packs well.
"""

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine import Experiment
from ui.events import events
from ui.runs import RUNS, Run
from ui.stage.inside import size
from ui.stage.slices import Plan, failed_row, pack, plan, put_own_loss
from ui.workers import finish

MOST_BYTES = 48 * 2**20  # of all lanes before they are packed: what a browser opens at once
LEAST_ITERATIONS = 1000
ALL_SAMPLES = 16  # up to here a file holds every sample of a batch ...
SOME_SAMPLES = 8  # ... of more, the first ones


def laid_out(experiment: Experiment, compare: bool) -> Plan:
    """How the rows of a file are laid out: as the stage's, but for the numbers that move in a phase."""
    return plan(experiment, compare, False, False, True)


def held(experiment: Experiment, sample: int, compare: bool) -> list[int]:
    """The samples of a batch whose numbers go into the file: all, or the first ones and the one on the screen."""
    count = len(laid_out(experiment, compare).columns)
    if count <= ALL_SAMPLES:
        return list(range(count))
    return sorted({*range(SOME_SAMPLES), min(sample, count - 1)})


def row_bytes(experiment: Experiment, compare: bool) -> int:
    """At most so many bytes for each iteration, before packing."""
    layout = laid_out(experiment, compare)
    samples = held(experiment, 0, compare)
    recorded = len(np.unique(np.concatenate([layout.columns[s] for s in samples])))
    given = experiment.sizes[0] + experiment.sizes[-1] + 1  # x, y and the loss of the sample
    rest = layout.width - len(layout.columns[0]) - given
    return 8 * (recorded + given * (len(samples) + 1) + rest + 1) + size(experiment, True)


def most_iterations(lanes: tuple[Experiment, ...]) -> int:
    """How many iterations of these lanes fit one file."""
    room = MOST_BYTES // sum(row_bytes(e, len(lanes) > 1) for e in lanes)
    return max(1, min(room, *(e.limit() for e in lanes)))


def usual_iterations(lanes: tuple[Experiment, ...], at: int) -> int:
    """How many iterations a file holds unless asked otherwise: up to the one on the screen, and a thousand at least."""
    return min(max(at + 1, LEAST_ITERATIONS), most_iterations(lanes))


def record(experiment: Experiment, iterations: int, sample: int, compare: bool) -> tuple[dict[str, Any], str]:
    """(header, packed numbers as base64) of the first iterations of a run, as ``recording.js`` reads them."""
    run = RUNS.get(experiment, iterations)
    layout = laid_out(experiment, compare)
    samples = held(experiment, sample, compare)
    asked = {"start": 0, "count": iterations, "stride": 1, "sample": samples[0], "losses": 0}
    body = pack(experiment, run, **asked, compare=compare, inside=True)
    head, rows, losses, tests, maps = unpack(body)
    table: dict[bytes, int] = {}
    columns = [
        [table.setdefault(column.tobytes(), len(table)) for column in mine.T]
        for mine in _of_each_sample(experiment, run, layout, rows, samples)
    ]
    test = table.setdefault(tests.tobytes(), len(table)) if len(tests) else None
    numbers = np.frombuffer(b"".join(table), dtype="<u8").reshape(len(table), len(rows))
    header = {
        "iterations": len(rows),
        "numbers": len(table),
        "columns": columns,
        "samples": samples,
        "tests": test,
        "loss": layout.at["loss"],
        "losses": len(losses),
        "width": layout.width,
        "cells": head["cells"],
        "end": head["end"],
        "said": head["said"],
        "events": finish(events(experiment, run, len(rows))),
    }
    packed = zlib.compress(planes(numbers) + differences(maps, 1).tobytes(), 6)
    return header, base64.b64encode(packed).decode("ascii")


def _of_each_sample(
    experiment: Experiment, run: Run, layout: Plan, first: np.ndarray, samples: list[int]
) -> Iterator[np.ndarray]:
    """The packed rows of each sample; `first`, those of one of them, has what does not depend on the sample."""
    if run.diverged and not len(run):
        for s in samples:
            row = failed_row(experiment, run, layout, s)
            put_own_loss(experiment, layout.at, row)
            yield np.where(np.isnan(row), first, row)
        return
    x, y = experiment.data()
    batches = [run.batch(t) for t in range(len(first))]
    filled = np.array([len(batch) for batch in batches])  # a short batch shows its last sample for those it lacks
    last = np.minimum(samples, filled[:, np.newaxis] - 1)
    wanted = sorted({*last.ravel()})
    union, where = np.unique(np.concatenate([layout.columns[s] for s in wanted]), return_inverse=True)
    recorded = run.rows(0, len(first), 1, union)
    columns = dict(zip(wanted, where.reshape(len(wanted), -1), strict=True))
    for i in range(len(samples)):
        rows = first.copy()
        for shown in {*last[:, i]}:
            at = last[:, i] == shown
            rows[at, : len(columns[shown])] = recorded[at][:, columns[shown]]
        mine = np.array([batch[s] for batch, s in zip(batches, last[:, i], strict=True)])
        rows[:, layout.at["x"] : layout.at["x"] + x.shape[1]] = x[mine]
        rows[:, layout.at["y"] : layout.at["y"] + y.shape[1]] = y[mine]
        put_own_loss(experiment, layout.at, rows)
        yield rows


def differences(v: np.ndarray, times: int) -> np.ndarray:
    """Along the first axis, each minus the one before it, `times` over; the whole numbers wrap around."""
    for _ in range(times):
        v = np.concatenate([v[:1], v[1:] - v[:-1]])
    return v


def planes(numbers: np.ndarray) -> bytes:
    """Columns (C, T) of 64-bit patterns: differenced twice, then for each column its T highest bytes, and so on."""
    small = differences(numbers.T, 2).T.astype(">u8")
    octets = np.frombuffer(small.tobytes(), np.uint8).reshape(*numbers.shape, 8)
    return np.ascontiguousarray(octets.transpose(0, 2, 1)).tobytes()


def unpack(body: bytes) -> tuple[dict[str, Any], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(header, rows, losses, test losses, maps) of a slice as ``slices.pack`` writes it."""
    (size,) = struct.unpack_from("<I", body)
    head = json.loads(body[4 : 4 + size])
    at = -(-(4 + size) // 8) * 8
    parts = []
    for count in (head["count"] * head["width"], head["losses"], head["tests"]):
        parts.append(np.frombuffer(body, np.float64, count, at))
        at += 8 * count
    maps = np.frombuffer(body, np.uint8, offset=at).reshape(head["count"], head["cells"])
    return head, parts[0].reshape(head["count"], head["width"]), parts[1], parts[2], maps
