"""Events are what happens in a run and lasts: all samples right, a unit dead or saturated, a loss first below a level.

They agree with who else judges a run: "dead" and "saturated" are those of ``diagnose``, "right" is that of
``ensemble``. All of them are about the whole training set, whatever the batch: of batches each has others. Units and
samples at an edge come and go: such a state that was over after a few iterations is left out, and so is its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from threading import Lock
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .checks import Array, whole
from .diagnose import SATURATED
from .interventions import Intervention
from .network import Network
from .predict import evaluate_many, hits
from .recorder import Task
from .replay import forward

LEVELS = (0.5, 0.1, 0.01, 0.001)  # of the loss, penalties included: where it first comes below one of them
MOST = 40                         # events of a run that are told at once
CANDIDATES = 100 * MOST           # changes of state that are looked at for these
FLEETING = 10                     # iterations: a state that was over earlier is no event
AT_ONCE = 2**16                   # numbers: of the widest layer, in the iterations that are looked at together

ALIVE, SATURATED_UNIT, DEAD = range(3)  # the states of a unit
WRONG, RIGHT = range(2)                 # and of the training set


class Record(Protocol):
    """What is asked of a history."""

    @property
    def task(self) -> Task: ...

    @property
    def losses(self) -> Array: ...

    @property
    def parameters(self) -> Array: ...

    @property
    def diverged(self) -> str | None: ...

    def __len__(self) -> int: ...

    def layers(self, t: int) -> Network: ...


@dataclass(frozen=True)
class Event:
    """What begins at iteration `at`, and where it ends again, as far as is known.

    `kind` is "right": every training sample is right from `at` on, or "wrong": no longer; "dead", "saturated" (and not
    dead), "alive" (neither any more): hidden `units` (layer, unit), counted from 0, on every training sample; "loss":
    it is below `level` for the first time; "hand": a `change` takes effect; "diverged": it is the last iteration whose
    numbers are all finite.
    """

    kind: str
    at: int
    until: int | None = None
    units: tuple[tuple[int, int], ...] = ()
    level: float = 0.0
    change: Intervention | None = None


class Found(NamedTuple):
    """The events of a run up to an iteration, in order; the shortest are left out where there are too many."""

    events: tuple[Event, ...]
    all: bool  # whether none was left out


class Watch:
    """Looks through a run piece by piece, and remembers only what changed: several may look at one run in turns.

    `judged`: whether samples are right or wrong in it, as they are where targets are ``classes``.
    """

    def __init__(self, record: Record, judged: bool) -> None:
        self.known = 0  # iterations that were looked at
        task = record.task
        self.judged = judged
        self._units = [(l, j) for l, layer in enumerate(task.layers[:-1]) for j in range(layer.W.shape[0])]
        self._now = np.zeros(len(self._units) + 1, dtype=np.int8)  # states before iteration `known`
        self._changes = [np.empty((0, 3), dtype=np.int32)]         # iteration, which unit, its state from there on
        self._below: dict[float, int] = {}                         # of each level
        self._first_loss = inf
        self._guard = Lock()

    @property
    def nbytes(self) -> int:
        """About how many bytes it holds."""
        return 2_000 + self._now.nbytes + sum(part.nbytes for part in self._changes)

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels that the loss began above; none before a first look."""
        return tuple(level for level in LEVELS if level <= self._first_loss < inf)

    def look(self, record: Record, to: int) -> bool:
        """Look at the next iterations of this run, before `to`; whether there are more of them then."""
        with self._guard:
            end, task = min(whole(to, "to"), len(record)), record.task
            if self.known < end:
                widest = len(task.x) * max(layer.W.shape[0] for layer in task.layers)
                stop = min(end, self.known + max(1, AT_ONCE // widest))
                with np.errstate(all="ignore"):
                    self._look(record, self.known, stop)
                self.known = stop
            return self.known < end

    def found(self, record: Record, to: int) -> Found:
        """What was found before iteration `to`, or before `known` where that is earlier."""
        with self._guard:
            to = min(whole(to, "to"), self.known)
            changes = np.concatenate(self._changes)
        changes = changes[:np.searchsorted(changes[:, 0], to)]
        single = [Event("loss", at, level=level) for level, at in self._below.items() if at < to]
        single += [Event("hand", change.at, change=change) for change in record.task.interventions if change.at < to]
        if record.diverged is not None and to == len(record):
            single.append(Event("diverged", max(0, to - 1)))
        lasting = sorted(self._lasting(changes), key=lambda e: -inf if e.until is None else e.at - e.until)
        room = max(0, MOST - len(single))
        fits = len(single) + len(lasting) <= MOST and len(changes) <= CANDIDATES
        return Found(tuple(sorted([*single[-MOST:], *lasting[:room]], key=lambda event: event.at)), fits)

    def _look(self, record: Record, start: int, stop: int) -> None:
        task, layers = record.task, record.layers(0)
        parameters = record.parameters[start:stop]
        z, a = forward(layers, parameters, task.x)
        if task.batches == 1:
            losses, right = record.losses[start:stop], hits(a[-1], task.y) if self.judged else None
        else:  # the losses of the run are those of batches
            losses, right = evaluate_many(layers, parameters, task.x, task.y, task.loss.name, task.l1, task.l2)
        states = np.zeros((stop - start, len(self._now)), dtype=np.int8)  # ALIVE, WRONG
        first = 0
        for layer, values in zip(layers[:-1], z[:-1], strict=True):
            steepest = layer.f.derivative(values).max(axis=1)             # (T, j)
            part = states[:, first:first + steepest.shape[1]]
            part[steepest < SATURATED * layer.f.largest_slope] = SATURATED_UNIT
            part[steepest == 0.0] = DEAD
            first += steepest.shape[1]
        if right is not None and self.judged:
            states[:, -1] = right == len(task.x)
        before = np.concatenate([self._now[None], states[:-1]])
        t, which = np.nonzero(states != before)
        self._changes.append(np.column_stack([start + t, which, states[t, which]]).astype(np.int32))
        self._now = states[-1]
        if start == 0:
            self._first_loss = float(losses[0])
        for level in LEVELS:
            low = np.flatnonzero(losses < level)
            if level not in self._below and self._first_loss >= level and len(low):
                self._below[level] = start + int(low[0])

    def _lasting(self, changes: NDArray[np.int32]) -> Iterator[Event]:
        """The events of the states that last longest; of units what begins and ends together is one of them."""
        order = np.lexsort((changes[:, 0], changes[:, 1]))
        at, which, state = changes[order].T
        again = np.append(which[1:] == which[:-1], False)[:len(at)]
        until = np.where(again, np.roll(at, -1), -1)
        longest = np.where(again, until - at, np.iinfo(np.int32).max)
        kept = np.flatnonzero((state == 0) | (longest >= FLEETING))
        ends = np.append(False, (which[kept][1:] == which[kept][:-1]) & (state[kept][:-1] > 0))[:len(kept)]
        kept = kept[(state[kept] > 0) | ends]  # nothing ends that was left out
        if len(kept) > CANDIDATES:
            kept = np.sort(kept[np.argpartition(longest[kept], -CANDIDATES)[-CANDIDATES:]])
        at, which, state, until = at[kept], which[kept], state[kept], until[kept]
        together: dict[tuple[str, int, int], list[tuple[int, int]]] = {}
        for t, track, kind, end in zip(*(v.tolist() for v in (at, which, state, until)), strict=True):
            if track == len(self._units):
                together[("wrong", "right")[kind], t, end] = []
            else:
                name = ("alive", "saturated", "dead")[kind]
                together.setdefault((name, t, end), []).append(self._units[track])
        for (name, t, end), units in together.items():
            yield Event(name, t, None if end < 0 else end, tuple(units))
