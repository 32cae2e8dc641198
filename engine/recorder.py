"""The recorder runs the training loop on the tape and writes one row for every iteration.

A row holds the parameters before the update and the loss; the optimizer's memory is kept every 16 iterations. All else
is computed again from these when it is looked at, by the same calls, and so to the same bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .checks import Array
from .interventions import Intervention, SetLearningRate, position
from .losses import Loss
from .network import Network, flatten
from .optimizers import Optimizer
from .tape import Live, Rule, Tape

MEMORY_EVERY = 16  # iterations from one copy of the optimizer's memory to the next
BLOCK = 512        # iterations between two looks at whether the run still holds finite numbers


@dataclass(frozen=True, eq=False)
class Task:
    """Everything that a run depends on, checked."""

    layers: Network
    x: Array  # (n, k)
    y: Array  # (n, outputs)
    loss: Loss
    optimizer: Optimizer
    options: Mapping[str, float]
    learning_rate: float
    batch_size: int | None
    seed: int
    l1: float
    l2: float
    interventions: tuple[Intervention, ...]

    @cached_property
    def batch(self) -> int:
        """The number of samples in a full batch."""
        n = len(self.x)
        return n if self.batch_size is None else min(self.batch_size, n)

    @cached_property
    def batches(self) -> int:
        """The number of updates in an epoch; the last batch of an epoch may be short."""
        return -(-len(self.x) // self.batch)


class Recorder:
    """One live vector, the tapes that compute in it, and the loop. What it holds between two calls is scratch."""

    def __init__(self, task: Task) -> None:
        self.task = task
        n, B = len(task.x), task.batch
        self.live = Live(task.layers, B, len(task.optimizer.state))
        hard = bool(((task.y == 0.0) | (task.y == 1.0)).all())
        self._full = self._last = Tape(self.live, B, task.loss, hard, task.l1, task.l2)
        if n % B:
            self._last = Tape(self.live, n % B, task.loss, hard, task.l1, task.l2)
        self.rule = Rule(self.live, task.optimizer.name, task.options)
        self.tape = self._full
        self.tape.load(task.x[:B], task.y[:B])  # a full batch is loaded once and stays
        self._one_batch = task.batches == 1
        self._epoch = -1
        self._order = np.arange(n)
        self._x, self._y = task.x, task.y
        self._rate_times, self._rates = [0], [task.learning_rate]
        self._sets: dict[int, list[tuple[int, float]]] = {}
        shapes = [(layer.W.shape[0], layer.W.shape[1]) for layer in task.layers]
        biases = [layer.b is not None for layer in task.layers]
        for change in task.interventions:
            if isinstance(change, SetLearningRate):
                self._rate_times.append(change.at)
                self._rates.append(change.value)
            else:
                self._sets.setdefault(change.at, []).append((position(change, shapes, biases), change.value))
        self._events = sorted({*self._rate_times, *self._sets})

    def start(self) -> None:
        """The state before update 0."""
        self.live.parameters[:] = flatten(self.task.layers)
        self.live.memory[:] = 0.0
        self.live.check[...] = 0.0
        self.arrive(0)

    def arrive(self, t: int) -> None:
        """Set the weights that are set by hand at iteration t."""
        for index, value in self._sets.get(t, ()):
            self.live.parameters[index] = value

    def rate(self, t: int) -> float:
        """The learning rate of the update of iteration t."""
        return self._rates[bisect_right(self._rate_times, t) - 1]

    def samples(self, t: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The rows of the training set in the batch of iteration t."""
        epoch, i = divmod(t, self.task.batches)
        self._shuffle(epoch)
        return self._order[i * self.task.batch:(i + 1) * self.task.batch]

    def load_batch(self, t: int) -> None:
        """Make the batch of iteration t the one that the tape computes with."""
        if not self._one_batch:
            epoch, i = divmod(t, self.task.batches)
            self._shuffle(epoch)
            self._load(i * self.task.batch)

    def _shuffle(self, epoch: int) -> None:
        """A new order for every epoch, from ``default_rng((seed, epoch))``: any epoch can be had at once."""
        if epoch != self._epoch and not self._one_batch:
            self._epoch = epoch
            self._order = np.random.default_rng((self.task.seed, epoch)).permutation(len(self.task.x))
            self._x, self._y = self.task.x.take(self._order, 0), self.task.y.take(self._order, 0)

    def _load(self, first: int) -> None:
        """The batch that begins at row `first` of the order of this epoch."""
        stop = first + self.task.batch
        self.tape = self._full if stop <= self._order.size else self._last
        self.tape.load(self._x[first:stop], self._y[first:stop])

    def learn(self, rows: Array, memories: Array, start: int, stop: int) -> int:
        """Fill rows[start + 1 .. stop], with the state before update `start` in place; gives how far it came.

        ``start <= result <= stop``: less than `stop` when something left the finite numbers in update `result`.
        """
        t = start
        while t < stop:
            end = min(stop, t + BLOCK)
            nearest = bisect_right(self._events, t)
            if nearest < len(self._events):
                end = min(end, self._events[nearest])
            begin = t
            while t < end:
                pause = end
                if len(self.live.memory):
                    pause = min(end, t - t % MEMORY_EVERY + MEMORY_EVERY)
                    if t % MEMORY_EVERY == 0:
                        memories[t // MEMORY_EVERY] = self.live.memory
                self._stretch(rows, t, pause)
                t = pause
            rows[t] = self.live.record
            unsound = np.isnan(rows[begin + 1:t + 1, 0])
            if unsound.any():
                return begin + int(unsound.argmax())
            if t in self._sets:
                self.arrive(t)
                rows[t] = self.live.record
        return stop

    def _stretch(self, rows: Array, start: int, stop: int) -> None:
        """The loop: forward, loss, backward; write the row; update."""
        rule, record, rate = self.rule, self.live.record, self.rate(start)
        update = [*rule.calls, rule.watch]
        rule.set(rate, start + 1)
        if self._one_batch and not rule.moves:
            gradient = self.tape.calls
            for t in range(start, stop):
                for call in gradient:
                    call()
                rows[t] = record
                for call in update:
                    call()
            return
        epoch, i = divmod(start, self.task.batches)
        for t in range(start, stop):
            if not self._one_batch:
                self._shuffle(epoch)
                self._load(i * self.task.batch)
                i += 1
                if i == self.task.batches:
                    epoch, i = epoch + 1, 0
            for call in self.tape.calls:
                call()
            rows[t] = record
            if rule.moves:
                rule.set(rate, t + 1)
            for call in update:
                call()

    def restore(self, rows: Array, memories: Array, t: int) -> None:
        """Bring back the state before update t: its row, and the memory from the last copy of it on."""
        live = self.live
        if len(live.memory):
            before = max(t - 1, 0)  # the copy at t itself is there only when update t was run
            first = before - before % MEMORY_EVERY
            live.memory[:] = memories[first // MEMORY_EVERY] if first else 0.0
            for s in range(first, t):
                live.parameters[:] = rows[s, 2:]
                self.load_batch(s)
                self.tape.run()
                self.rule.set(self.rate(s), s + 1)
                self.rule.run()
        live.parameters[:] = rows[t, 2:]
        live.check[...] = 0.0

    def step(self, t: int) -> Callable[[], None]:
        """Loss and gradients of iteration t, with its state in place; call what comes back for the update."""
        self.load_batch(t)
        self.tape.run()
        self.rule.set(self.rate(t), t + 1)
        return self.rule.run
