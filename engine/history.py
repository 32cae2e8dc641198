"""A history is the record of a run: every iteration can be looked up, in any order, with everything it computed."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from .checks import Array, frozen, short, whole
from .interventions import Intervention, check_interventions, in_order
from .network import Layer, Network, trusted_layer, view_layers
from .recorder import MEMORY_EVERY, Recorder, Task
from .replay import replay
from .tape import Field

REPLAY_AT_ONCE = 100_000  # numbers: what fits the processor's cache

MOST_BYTES = 8 * 2**30  # of the record of a run

Parts = tuple[tuple[Array, Array | None], ...]  # (for W, for b) of every layer


@dataclass(frozen=True, eq=False)
class Step:
    """One iteration: a batch, its forward and backward pass, and the update. All arrays are read-only.

    Tuples have one entry for each layer, the input excluded; n is the number of samples in this batch.
    """

    index: int
    epoch: int                      # passes through the training set that were complete before, from 0
    loss: float                     # before the update, penalties included
    learning_rate: float            # the one this update used
    rows: NDArray[np.int64]         # (n,) which rows of the training set are in the batch
    x: Array                        # (n, k)
    y: Array                        # (n, outputs)
    z: tuple[Array, ...]            # (n, j)
    a: tuple[Array, ...]            # (n, j)
    delta: tuple[Array, ...]        # (n, j)
    dW: tuple[Array, ...]           # (j, k)
    db: tuple[Array | None, ...]    # (j,)
    before: Network
    after: Network                  # what the optimizer made; a weight set by hand shows in the next step's `before`
    state: Mapping[str, Parts]      # the optimizer's memory before the update, by the letters of its formula
    change: Parts                   # what the update subtracts: after = before - change


class History:
    """A run, as far as it was computed: ``len(h)`` iterations, ``h[t]`` each of them, ``h.extend(n)`` to go on.

    Look-ups share scratch memory: use one history from one thread at a time.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self._recorder = Recorder(task)
        self._length = 0
        self._diverged: str | None = None
        self._recorder.start()
        live = self._recorder.live
        self._rows = np.empty((1, live.record.size))
        self._rows[0] = live.record
        self._memories = np.zeros((0, live.memory.size))
        self.layout: tuple[Field, ...] = live.layout

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        sizes = "-".join(str(s) for s in (self.task.x.shape[1], *(layer.W.shape[0] for layer in self.task.layers)))
        return f"<History of a {sizes} network, {self._length} iterations{', diverged' if self._diverged else ''}>"

    def __iter__(self) -> Iterator[Step]:
        return (self[t] for t in range(self._length))

    @property
    def diverged(self) -> str | None:
        """One sentence about what left the finite numbers first, or None."""
        return self._diverged

    @property
    def losses(self) -> Array:
        """The loss before each update (len(h),)."""
        return frozen(self._rows[:self._length, 1].copy())

    @property
    def parameters(self) -> Array:
        """The parameters before each update and after the last (len(h) + 1, P): layer by layer, W by rows, then b."""
        return frozen(self._rows[:self._length + 1, 2:])

    @property
    def nbytes(self) -> int:
        """How many bytes the history holds."""
        task = self.task
        return int(self._rows.nbytes + self._memories.nbytes + self._recorder.live.vector.nbytes
                   + task.x.nbytes + task.y.nbytes)

    def extend(self, iterations: int) -> History:
        """Compute on until there are `iterations`, or until the run diverges. Nothing to do when they are there."""
        target = whole(iterations, "iterations")
        if target <= self._length or self._diverged is not None:
            return self
        self._reserve(target)
        with np.errstate(all="ignore"):
            self._recorder.restore(self._rows, self._memories, self._length)
            self._length = self._recorder.learn(self._rows, self._memories, self._length, target)
            if self._length < target:
                self._diverged = self._what_diverged()
                self._rows = self._rows[:self._length + 1].copy()
        return self

    def reserve(self, iterations: int) -> None:
        """Make room for so many iterations at once, so that growing towards them copies nothing."""
        if self._diverged is None:
            self._reserve(whole(iterations, "iterations"))

    def _reserve(self, iterations: int) -> None:
        capacity = len(self._rows)
        if iterations + 1 > capacity:
            if (iterations + 1) * self._rows.shape[1] * 8 > MOST_BYTES:
                most = MOST_BYTES // (8 * self._rows.shape[1]) - 1
                raise ValueError(f"iterations: expected at most {most:,} for this network, whose record then fills "
                                 f"{MOST_BYTES // 2**30} GiB; got {short(iterations)}; take fewer.")
            rows = np.empty((max(iterations + 1, capacity + capacity // 5), self._rows.shape[1]))
            rows[:self._length + 1] = self._rows[:self._length + 1]
            self._rows = rows
            memories = np.zeros((-(-len(rows) // MEMORY_EVERY), self._memories.shape[1]))
            memories[:len(self._memories)] = self._memories
            self._memories = memories

    def __getitem__(self, index: int) -> Step:
        t = self._index(index)
        recorder, live, task = self._recorder, self._recorder.live, self.task
        with np.errstate(all="ignore"):
            recorder.restore(self._rows, self._memories, t)
            update = recorder.step(t)
            row, memory = frozen(live.row.copy()), frozen(live.memory.copy())
            update()
            after, change = frozen(live.parameters.copy()), frozen(live.change.copy())
        rows = recorder.samples(t).copy()
        rows.flags.writeable = False
        m = len(rows)
        whole_set = m == len(task.x) and task.batches == 1
        views = live.views(row)
        names = task.optimizer.state
        P = live.P
        return Step(
            index=t, epoch=t // task.batches, loss=float(row[0]), learning_rate=recorder.rate(t), rows=rows,
            x=task.x if whole_set else frozen(task.x[rows]), y=task.y if whole_set else frozen(task.y[rows]),
            z=_first(views["z"], m), a=_first(views["a"], m), delta=_first(views["delta"], m),
            dW=tuple(w for w in views["dw"] if w is not None), db=tuple(views["db"]),
            before=tuple(trusted_layer(w, b, layer.activation) for w, b, layer in
                         zip(views["w"], views["b"], task.layers, strict=True) if w is not None),
            after=view_layers(after, task.layers),
            state=MappingProxyType({name: _parts(memory[s * P:(s + 1) * P], task.layers)
                                    for s, name in enumerate(names)}),
            change=_parts(change, task.layers))

    def batch(self, t: int) -> NDArray[np.int64]:
        """The rows of the training set that update t uses (n,)."""
        return self._recorder.samples(whole(t, "t")).copy()

    def layers(self, t: int) -> Network:
        """The network before update t, for 0 <= t <= len(h); at len(h), after the last update."""
        t = whole(t, "t", most=self._length)
        return view_layers(frozen(self._rows[t, 2:].copy()), self.task.layers)

    def rows(self, start: int, stop: int, stride: int = 1, columns: object = None) -> Array:
        """One flat row for each iteration in range(start, stop, stride), laid out as `layout` says.

        `columns`: indices of the row's numbers that are wanted, in that order; None for all. The rows that a short
        batch does not fill are NaN. The numbers are those of ``h[t]``, bit for bit.
        """
        times = np.arange(whole(start, "start"), whole(stop, "stop", most=self._length),
                          whole(stride, "stride", least=1))
        wanted = None if columns is None else self._columns(columns)
        task, width = self.task, self._recorder.live.width
        out = np.empty((len(times), width if wanted is None else len(wanted)))
        short_batch = (times % task.batches == task.batches - 1) & (len(task.x) % task.batch > 0)
        at_once = max(1, REPLAY_AT_ONCE // width)
        for group in (np.flatnonzero(~short_batch), np.flatnonzero(short_batch)):
            for first in range(0, len(group), at_once):
                part = group[first:first + at_once]
                found = self._replay(times[part])
                out[part] = found if wanted is None else found[:, wanted]
        return out

    def _replay(self, times: NDArray[np.intp]) -> Array:
        """The rows of some iterations whose batches are of one size."""
        task, live = self.task, self._recorder.live
        x, y = task.x, task.y
        if task.batches > 1:
            samples = np.array([self._recorder.samples(int(t)) for t in times])
            x, y = x[samples], y[samples]
        row = np.full((len(times), live.width), np.nan)
        row[:, :1 + live.P] = self._rows[times, 1:]  # loss and parameters
        with np.errstate(all="ignore"):
            parts = replay(task.layers, row[:, 1:1 + live.P], x, y, task.loss, task.l1, task.l2)
        fields = [field for field in self.layout if field.quantity not in ("loss", "w", "b")]
        for field, part in zip(fields, parts, strict=True):
            row[:, field.offset:field.offset + part.shape[1]] = part
        return row

    def fork(self, at: int, interventions: Iterable[Intervention] | None = None) -> History:
        """Another history with the first `at` iterations of this one, to go on from there.

        `interventions` are those of the new run (None: the same); before `at` they have to be the same.
        """
        at = whole(at, "at", most=self._length)
        task = self.task
        if interventions is not None:
            changes = in_order(interventions)
            check_interventions(changes, task.layers)
            if [c for c in changes if c.at < at] != [c for c in task.interventions if c.at < at]:
                raise ValueError(f"interventions: expected the same ones before iteration {at}; got different ones; "
                                 "fork before the first difference.")
            task = replace(task, interventions=changes)
        new = History(task)
        if at == 0:
            return new
        new._reserve(at)
        new._rows[:at] = self._rows[:at]
        copies = -(-at // MEMORY_EVERY)
        new._memories[:copies] = self._memories[:copies]
        new._length = at
        recorder = new._recorder
        with np.errstate(all="ignore"):
            recorder.restore(new._rows, new._memories, at - 1)
            recorder.step(at - 1)()
            recorder.arrive(at)
        new._rows[at] = recorder.live.record
        return new

    def _index(self, index: int) -> int:
        t = operator.index(index)
        if t < 0:
            t += self._length
        if not 0 <= t < self._length:
            raise IndexError(f"expected an iteration from 0 to {self._length - 1}; got {index}; "
                             "extend the history first.")
        return t

    def _columns(self, columns: object) -> NDArray[np.intp]:
        width = self._recorder.live.width
        wanted = np.asarray(columns)
        if wanted.ndim != 1 or wanted.dtype.kind not in "iu" or (
                wanted.size and (wanted.min() < 0 or wanted.max() >= width)):
            raise ValueError(f"columns: expected whole numbers from 0 to {width - 1}; got {short(columns)}; "
                             "take them from the layout.")
        return wanted.astype(np.intp)

    def _what_diverged(self) -> str:
        """Compute the update that failed once more and name the first quantity that is not finite."""
        t, recorder, live = self._length, self._recorder, self._recorder.live
        recorder.restore(self._rows, self._memories, t)
        update = recorder.step(t)
        views = live.views(live.row)
        L = len(self.task.layers)
        order: list[tuple[str, Array | None]] = []
        for l in range(L):
            order += [(f"z of layer {l + 1}", views["z"][l]), (f"a of layer {l + 1}", views["a"][l])]
        order.append(("the loss", live.loss))
        order += [(f"delta of layer {l + 1}", views["delta"][l]) for l in reversed(range(L))]
        for l in reversed(range(L)):
            order += [(f"the gradient of the weights of layer {l + 1}", views["dw"][l]),
                      (f"the gradient of the biases of layer {l + 1}", views["db"][l])]
        first = next((name for name, v in order if v is not None and not np.isfinite(v).all()), None)
        if first is None:
            update()
            order = [(f"the memory {name} of {self.task.optimizer.label}", memory)
                     for name, memory in zip(self.task.optimizer.state, live.state, strict=True)]
            for l in range(L):
                order += [(f"the weights of layer {l + 1}", views["w"][l]),
                          (f"the biases of layer {l + 1}", views["b"][l])]
            first = next((name for name, v in order if v is not None and not np.isfinite(v).all()), "a weight")
        return (f"{first} left the finite numbers at iteration {t}: the numbers grew without bound. "
                f"Try a learning rate below {recorder.rate(t):g}.")


def _first(arrays: Sequence[Array | None], m: int) -> tuple[Array, ...]:
    return tuple(v[:m] for v in arrays if v is not None)


def _parts(vector: Array, layers: Sequence[Layer]) -> Parts:
    return tuple((layer.W, layer.b) for layer in view_layers(vector, layers))
