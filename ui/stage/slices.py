"""Slices of a run, packed for the stage's script: rows of recorded numbers, losses, and the map of the answers.

A slice is a pure function of (experiment, sample, from, count, stride), so any server can answer it at any time.
All numbers are the engine's float64; the map alone is rounded, to what a colour can show.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from time import thread_time
from typing import Any

import numpy as np

from engine import ACTIVATIONS, LOSSES, Experiment, History, backprop, evaluate_many, hits
from engine.diagnose import flow
from engine.predict import classes
from engine.shelf import shelved
from ui.numbers import retold
from ui.runs import Run
from ui.stage import samples, shares, space
from ui.stage.inside import look, paint
from ui.stage.inside import size as picture_bytes
from ui.stage.maps import AT_ONCE, REMEMBERED, weight
from ui.workers import Work, finish

Recorded = History | Run

SIZES = ("delta", "gradient")
MOST_DOTS = 160  # hidden units times samples whose z is marked on the activation curve
MOST_ROWS = 400  # rows in one slice
MOST_NUMBERS = 2**20  # of the engine's rows that are looked at together
MOST_BYTES = 4 * 2**20  # of one slice


@dataclass(frozen=True)
class Plan:
    """Where each quantity stands in a packed row, and which columns of the engine's row it takes."""

    at: dict[str, Any]
    width: int
    columns: "Columns"  # per sample: the engine's columns


@dataclass(frozen=True)
class Columns(Sequence[np.ndarray]):
    """For each sample of a batch the columns of the engine's row; worked out when asked for, as there may be many."""

    fixed: np.ndarray  # the same for all: parameters and gradients
    moving: tuple[tuple[int, int], ...]  # where z, a and delta of sample 0 begin, and how many units each has
    loss: int
    samples: int

    def __len__(self) -> int:
        return self.samples

    def __getitem__(self, sample: int) -> np.ndarray:
        if not -self.samples <= sample < self.samples:
            raise IndexError(f"expected a sample from 0 to {self.samples - 1}; got {sample}.")
        sample %= self.samples
        moving = (offset + sample * j + np.arange(j) for offset, j in self.moving)
        return np.concatenate([self.fixed, *moving, [self.loss]])


@shelved(REMEMBERED, weight)
def plan(
    experiment: Experiment, compare: bool = False, motion: bool = False, each: bool = False, inside: bool = False
) -> Plan:
    """How a packed row of this experiment is laid out; the same for every iteration and sample.

    `one` is the loss of the sample alone: neither its 1/n nor a penalty is in it.
    Where they are defined it has how many training samples are `right`, the loss over the `whole` training set beside
    that of a batch, and how many test samples are right (`testRight`). With `compare` it also has what lanes are
    compared by: the sizes of delta and gradient of each layer, how many units of each hidden layer are dead and how
    many more are saturated, and every sample's z, a and slope in the hidden layers (`cloud`), where they are few
    enough to be drawn. With `motion` it also has what links carry (`ui.stage.shares`), with `inside` where the
    last hidden layer's window is (`ui.stage.space`), and with `each`, at its end, how the network does on each sample
    (`ui.stage.samples`).
    """
    history = experiment.history()
    sizes = experiment.sizes
    fields = {(f.quantity, f.layer): f for f in history.layout}
    at: dict[str, Any] = {q: [] for q in ("w", "b", "dw", "db", "z", "a", "delta")}
    batch = batch_size(experiment)
    fixed: list[np.ndarray] = []
    width = 0

    def take(columns: np.ndarray) -> int:
        nonlocal width
        fixed.append(columns)
        width += len(columns)
        return width - len(columns)

    for layer in range(len(sizes) - 1):
        for quantity in ("w", "b", "dw", "db"):
            field = fields.get((quantity, layer))
            at[quantity].append(None if field is None else take(field.offset + np.arange(int(np.prod(field.shape)))))
    moving = []
    for layer in range(len(sizes) - 1):
        for quantity in ("z", "a", "delta"):
            field = fields[quantity, layer]
            j = sizes[layer + 1]
            moving.append((field.offset, j))
            at[quantity].append(width)
            width += j
    loss = next(f.offset for f in history.layout if f.quantity == "loss")
    columns = Columns(np.concatenate(fixed), tuple(moving), loss, batch)
    at["loss"] = width
    at["x"] = width + 1
    at["y"] = at["x"] + sizes[0]
    at["one"] = at["y"] + sizes[-1]
    width = at["one"] + 1
    judged = (
        ("right", counts_right(experiment)),
        ("whole", batch < len(experiment.data()[0])),
        ("testRight", counts_right(experiment) and experiment.test_data() is not None),
    )
    for name, wanted in judged:
        at[name] = width if wanted else None
        width += wanted
    if compare:
        layers = len(sizes) - 1
        at["sizes"] = {
            quantity: [width + i * layers + layer for layer in range(layers)] for i, quantity in enumerate(SIZES)
        }
        width += len(SIZES) * layers
        for name in ("dead", "saturated"):
            at[name] = [width + layer for layer in range(layers - 1)]
            width += layers - 1
        at["cloud"] = None
        if batch * sum(sizes[1:-1]) <= MOST_DOTS and len(sizes) > 2:
            at["cloud"] = {"samples": batch, "z": [], "a": [], "slope": []}
            for layer in range(layers - 1):
                for quantity in ("z", "a", "slope"):
                    at["cloud"][quantity].append(width)
                    width += batch * sizes[layer + 1]
    if motion:
        at["shares"], width = shares.places(experiment, width)
    if inside and len(sizes) > 2:
        at["space"], width = space.places(experiment, width)
    if each:
        at["each"], width = samples.places(experiment, width)
    return Plan(at, width, columns)


def compared(experiment: Experiment, history: Recorded, steps: range, at: dict[str, Any], rows: np.ndarray) -> None:
    """Fill in what lanes are compared by (see `plan`)."""
    whole = history.rows(steps.start, steps.stop, steps.step)
    part = {
        (f.quantity, f.layer): whole[:, f.offset : f.offset + f.size] for f in history.layout if f.layer is not None
    }
    sizes = flow(whole, history.layout, experiment.activations)
    wide = np.array(experiment.sizes[1:-1])
    dead = np.rint(sizes.dead * wide)
    rows[:, at["dead"]] = dead
    rows[:, at["saturated"]] = np.rint(sizes.saturated * wide) - dead
    for layer, name in enumerate(experiment.activations):
        rows[:, at["sizes"]["gradient"][layer]] = sizes.dW[:, layer]
        rows[:, at["sizes"]["delta"][layer]] = sizes.delta[:, layer]
        if at["cloud"] is None or layer == len(experiment.activations) - 1:
            continue
        z = part["z", layer]
        with np.errstate(all="ignore"):
            slope = ACTIVATIONS[name].derivative(z)
        values = {"z": z, "a": part["a", layer], "slope": slope}
        for quantity, v in values.items():
            start = at["cloud"][quantity][layer]
            rows[:, start : start + v.shape[1]] = v


def batch_size(experiment: Experiment) -> int:
    """Samples in a full batch."""
    n = len(experiment.data()[0])
    return n if experiment.batch_size is None else min(n, experiment.batch_size)


@shelved(REMEMBERED, weight)
def counts_right(experiment: Experiment) -> bool:
    """Whether it can be told how many samples are right: where the targets are classes."""
    return experiment.kind != "regression" and classes(experiment.data()[1])


def judge(experiment: Experiment, history: Recorded, steps: range, at: dict[str, Any], rows: np.ndarray) -> np.ndarray:
    """Fill in how the networks of these iterations do on whole sets (see `plan`); their losses on the test set."""
    test = experiment.test_data()
    if not test and at["whole"] is None:
        return np.empty(0)
    parameters = history.parameters[steps.start : steps.stop : steps.step]
    layers = history.layers(0)
    penalties = {"l1": experiment.l1, "l2": experiment.l2}
    if at["whole"] is not None:
        found = evaluate_many(layers, parameters, *experiment.data(), experiment.loss, **penalties)
        rows[:, at["whole"]] = found.losses
        if at["right"] is not None:
            rows[:, at["right"]] = found.right
    if not test:
        return np.empty(0)
    found = evaluate_many(layers, parameters, *test, experiment.loss, **penalties)
    if at["testRight"] is not None:
        rows[:, at["testRight"]] = found.right
    return found.losses


def recorded_rows(experiment: Experiment, history: Recorded, layout: Plan, steps: range, sample: int) -> np.ndarray:
    """The packed rows of these iterations, but for what lanes are compared by."""
    rows = np.empty((len(steps), layout.width))
    if not len(steps):
        return rows
    columns = layout.columns[sample]
    x, y = experiment.data()
    counted = layout.at["right"] is not None and layout.at["whole"] is None  # of a batch it cannot be told
    if counted:
        field = next(f for f in history.layout if f.quantity == "a" and f.layer == len(experiment.sizes) - 2)
        columns = np.concatenate([columns, field.offset + np.arange(y.size)])
    taken = history.rows(steps.start, steps.stop, steps.step, columns)
    if counted:
        rows[:, layout.at["right"]] = hits(taken[:, -y.size :].reshape(-1, *y.shape), y)
        taken = taken[:, : -y.size]
    rows[:, : taken.shape[1]] = taken
    if batch_size(experiment) == len(x):
        put_data(rows.T, layout, x, y, sample)
        return rows
    for row, t in zip(rows, steps, strict=True):
        batch = history.batch(t)
        if len(batch) <= sample:  # a short last batch shows its last sample
            row[: taken.shape[1]] = history.rows(t, t + 1, 1, layout.columns[len(batch) - 1])
        put_data(row, layout, x, y, batch[min(sample, len(batch) - 1)])
    return rows


def failed_row(experiment: Experiment, history: Recorded, layout: Plan, sample: int) -> np.ndarray:
    """Iteration 0 of a run whose first update already left the finite numbers: what can still be shown of it."""
    rows = np.full((1, layout.width), np.nan)
    x, y = experiment.data()
    batch = history.batch(0)
    layers = history.layers(0)
    p = backprop(layers, x[batch], y[batch], loss=experiment.loss, l1=experiment.l1, l2=experiment.l2)

    def put(offset: int | None, values: np.ndarray | None) -> None:
        if offset is not None and values is not None:
            rows[0, offset : offset + values.size] = values.ravel()

    sample = min(sample, len(batch) - 1)
    for layer, now in enumerate(layers):
        parts = {"w": now.W, "b": now.b, "dw": p.dW[layer], "db": p.db[layer]}
        parts |= {"z": p.z[layer][sample], "a": p.a[layer][sample], "delta": p.delta[layer][sample]}
        for quantity, values in parts.items():
            put(layout.at[quantity][layer], values)
    rows[0, layout.at["loss"]] = p.loss
    if layout.at["right"] is not None:
        rows[0, layout.at["right"]] = hits(p.a[-1], y[batch])
    put_data(rows[0], layout, x, y, batch[sample])
    return rows


@np.errstate(all="ignore")
def put_own_loss(experiment: Experiment, at: dict[str, Any], rows: np.ndarray) -> None:
    """Each row's loss of its own sample, by the engine's loss, from the output and the target that are there."""
    loss = LOSSES[experiment.loss]
    count = experiment.sizes[-1]
    z, a, y = (rows[:, start : start + count] for start in (at["z"][-1], at["a"][-1], at["y"]))
    pair = loss.pairs.get(experiment.activations[-1])
    terms = loss.terms(a, y) if pair is None else pair.terms(z, y)
    rows[:, at["one"]] = terms.sum(axis=1) * loss.scale(1, count)


def put_data(row: np.ndarray, layout: Plan, x: np.ndarray, y: np.ndarray, sample: int) -> None:
    """The sample's x and y into a packed row, or into all rows (their transpose: first axis the columns)."""
    both = np.concatenate([x[sample], y[sample]])
    row[layout.at["x"] : layout.at["x"] + both.size] = both.reshape(-1, *[1] * (row.ndim - 1))


def pack(
    experiment: Experiment,
    history: Recorded,
    *,
    start: int,
    count: int,
    stride: int,
    sample: int,
    losses: int,
    compare: bool = False,
    inside: bool = False,
) -> bytes:
    """The reply to one request: a JSON header, then float64 rows and losses, then the bytes of the map.

    `start`, `count`, `stride` choose the iterations; rows that the run does not have (it diverged) are left out.
    `losses` is how many losses the browser has already.
    """
    asked = range(start, start + count * stride, stride)
    return b"".join(finish(packing(experiment, history, asked, sample, losses, compare, inside=inside)))


def packing(
    experiment: Experiment,
    history: Recorded,
    asked: range,
    sample: int,
    losses: int,
    compare: bool,
    moves: bool = False,
    motion: bool = False,
    each: bool = False,
    inside: bool = False,
) -> Work[tuple[bytes, bytes]]:
    """The work of packing it, some rows at a time: the numbers, and the maps that come after them.

    `compare`, `motion`, `each` and `inside` are those of `plan`; what hidden units do is in the bytes behind the map,
    too. With `moves` the bytes are what is to be added to those of the row before (and wrap around): little, and easy
    to compress.
    """
    layout = plan(experiment, compare, motion, each, inside)
    sample = min(max(sample, 0), len(layout.columns) - 1)
    steps = asked[: len(range(asked.start, len(history), asked.step))]
    failed = history.diverged is not None and not len(history)
    if failed:
        steps = range(1)
    size = picture_bytes(experiment, inside)
    rows = np.empty((len(steps), layout.width))
    pictures = np.empty((len(steps), size), np.uint8)
    test = experiment.test_data()
    tests = np.empty(len(steps) if test else 0)
    first_layers = history.layers(0)
    length = history.layout[-1].offset + history.layout[-1].size
    every = len(experiment.data()[0]) * max(experiment.sizes)
    together = max(1, min(4 * AT_ONCE, MOST_NUMBERS // max(length, every)))
    took = 0.0
    for first in range(0, len(steps), together):
        yield took * (len(steps) - first)
        began = thread_time()
        part = steps[first : first + together]
        part = range(part[0], part[-1] + 1, asked.step)
        these = slice(first, first + len(part))
        if failed:
            rows[these] = failed_row(experiment, history, layout, sample)
        else:
            rows[these] = recorded_rows(experiment, history, layout, part, sample)
        put_own_loss(experiment, layout.at, rows[these])
        if not failed:
            if compare:
                compared(experiment, history, part, layout.at, rows[these])
            if motion:
                shares.fill(experiment, history, part, layout.at, rows[these])
        if layout.at.get("each"):
            samples.fill(experiment, history, part, layout.at["each"], rows[these])
        losses_there = judge(experiment, history, part, layout.at, rows[these])
        if test:
            tests[these] = losses_there
        if size:
            parameters = history.parameters[part.start : part.stop : part.step]
            paint(experiment, first_layers, parameters, pictures[these], inside)
            if "space" in layout.at:
                look(experiment, first_layers, parameters, layout.at, rows[these], pictures[these])
        took = (thread_time() - began) / len(part)
    if moves:
        pictures[1:] -= pictures[:-1].copy()
    known = history.losses[min(losses, len(history)) : (steps[-1] + 1 if len(steps) else 0)]
    header = {
        "from": asked.start,
        "stride": asked.step,
        "count": len(steps),
        "width": layout.width,
        "cells": size,
        "moves": moves,
        "lossesFrom": losses,
        "losses": len(known),
        "tests": len(tests),
        "end": max(0, len(history) - 1) if history.diverged else None,
        "said": history.diverged and retold(history.diverged),
    }
    head = json.dumps(header).encode()
    head = struct.pack("<I", len(head)) + head
    head += b"\0" * (-len(head) % 8)
    return b"".join([head, rows.tobytes(), known.tobytes(), tests.tobytes()]), pictures.tobytes()
