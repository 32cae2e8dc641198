"""The runs that have been computed, shared by everyone who looks at the same experiment.

A run is a pure function of its experiment, so one copy serves all sessions. The least recently used runs are
dropped when together they hold more than `BUDGET` bytes; dropping one costs time, never truth.
"""

import threading
from collections import OrderedDict

import numpy as np

from engine import Experiment, History, Layer, Step

BUDGET = 512 * 2**20
BLOCK = 500  # iterations computed before others get their turn


class Run:
    """A history that several threads may ask, one question at a time; otherwise used like a `History`."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._lock = threading.Lock()
        self.layout = history.layout
        self.task = history.task

    def __len__(self) -> int:
        return len(self._history)

    def __getitem__(self, t: int) -> Step:
        with self._lock:
            return self._history[t]

    @property
    def losses(self) -> np.ndarray:
        """The loss before each update."""
        with self._lock:
            return self._history.losses

    @property
    def parameters(self) -> np.ndarray:
        """The parameters before each update and after the last, a row each."""
        with self._lock:
            return self._history.parameters

    @property
    def diverged(self) -> str | None:
        """One sentence about what left the finite numbers first, or None."""
        return self._history.diverged

    @property
    def nbytes(self) -> int:
        """How many bytes it holds."""
        return self._history.nbytes

    def extend(self, iterations: int) -> "Run":
        """Compute on, in blocks, so that a long run does not keep others from the rows that are there already."""
        while len(self) < iterations and not self.diverged:
            with self._lock:
                self._history.extend(min(iterations, len(self) + BLOCK))
        return self

    def rows(self, start: int, stop: int, stride: int = 1, columns: object = None) -> np.ndarray:
        """Flat rows of many iterations; see `History.rows`."""
        with self._lock:
            return self._history.rows(start, stop, stride, columns)

    def batch(self, t: int) -> np.ndarray:
        """The rows of the training set that update t uses."""
        with self._lock:
            return self._history.batch(t)

    def layers(self, t: int) -> tuple[Layer, ...]:
        """The network before update t."""
        with self._lock:
            return self._history.layers(t)

    def branch(self, experiment: Experiment, at: int) -> History:
        """A history of `experiment` that takes over the first `at` iterations of this one."""
        with self._lock:
            return self._history.fork(at, experiment.interventions)


class Runs:
    """Runs by experiment; at most `budget` bytes together."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self._runs: OrderedDict[Experiment, Run] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, experiment: Experiment, iterations: int = 0) -> Run:
        """The run of `experiment`, `iterations` long or longer; shorter only when it diverged."""
        with self._guard:
            run = self._runs.get(experiment)
            if run is not None:
                self._runs.move_to_end(experiment)
        if run is None:
            run = Run(self._begin(experiment))
            with self._guard:
                run = self._runs.setdefault(experiment, run)
        run.extend(iterations)
        self._trim()
        return run

    def _begin(self, experiment: Experiment) -> History:
        """A new history; what a recorded run has in common with it is taken over."""
        if experiment.interventions:
            at = experiment.interventions[-1].at
            common = experiment.prefix(at)
            with self._guard:
                parents = [run for e, run in self._runs.items() if len(run) >= at and e.prefix(at) == common]
            if parents:
                return parents[-1].branch(experiment, at)
        return experiment.history()

    def _trim(self) -> None:
        with self._guard:
            held = sum(run.nbytes for run in self._runs.values())
            while held > self.budget and len(self._runs) > 1:
                _, run = self._runs.popitem(last=False)
                held -= run.nbytes


RUNS = Runs()
