"""The runs that have been computed, shared by everyone who looks at the same experiment.

A run is a pure function of its experiment, so one copy serves all sessions of a process. The least recently used runs
are dropped when together they hold more than a budget; dropping one costs time, never truth.
"""

import threading
from collections import OrderedDict
from time import thread_time

import numpy as np

from engine import Experiment, History, Layer, Step
from ui.workers import WORKERS, Work

BUDGET = 256 * 2**20  # four of the largest runs there may be, or two hundred of 10,000 iterations of a 2-4-1 network
LEAST, MOST = 16, 4096  # iterations computed before others get their turn; the engine keeps its memory every 16
BLOCK = 0.005  # seconds that these should take


class Run:
    """A history that several threads may ask, one question at a time; otherwise used like a `History`."""

    def __init__(self, history: History, seconds: float = 0.0) -> None:
        self.seconds = seconds  # an iteration, before that is measured
        self._history = history
        self._lock = threading.Lock()
        self._block = LEAST
        self.layout = history.layout
        self.task = history.task
        self.nbytes = history.nbytes  # how many bytes it holds

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

    def extend(self, iterations: int) -> "Run":
        """Compute on, in turn with all others who want something computed."""
        if len(self) < iterations and not self.diverged:
            WORKERS.do(self.growing(iterations))
        return self

    def growing(self, iterations: int) -> Work[None]:
        """The work of computing on, in blocks, so that a long run does not keep others from rows that are there."""
        each = self.seconds
        while len(self) < iterations and not self.diverged:
            with self._lock:
                start = len(self)
                begun = thread_time()
                # Going on is cheapest right after the engine has kept its memory.
                self._history.extend(min(iterations, (start + self._block) // LEAST * LEAST + 1))
                self.nbytes = self._history.nbytes
                took = thread_time() - begun
                if took < BLOCK / 2:
                    self._block = min(MOST, 2 * self._block)
                elif took > 2 * BLOCK:
                    self._block = max(LEAST, self._block // 2)
                if len(self) > start:
                    each = took / (len(self) - start)
            yield each * (iterations - len(self))

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
        run = self.find(experiment)
        if run is None or (len(run) < iterations and not run.diverged):
            run = WORKERS.do(self.getting(experiment, iterations))
        return run

    def getting(self, experiment: Experiment, iterations: int = 0) -> Work[Run]:
        """The work of getting it."""
        run = self.find(experiment)
        if run is None:
            yield seconds(experiment) * iterations
            run = Run(self._begin(experiment), seconds(experiment))
            with self._guard:
                run = self._runs.setdefault(experiment, run)
        yield from run.growing(iterations)
        self._trim()
        return run

    def find(self, experiment: Experiment) -> Run | None:
        """The run as far as it was computed, if it is here."""
        with self._guard:
            run = self._runs.get(experiment)
            if run is not None:
                self._runs.move_to_end(experiment)
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


def seconds(experiment: Experiment) -> float:
    """About how long an iteration takes: so much for each layer, and so much for each number that goes through it."""
    n = min(len(experiment.data()[0]), experiment.batch_size or len(experiment.data()[0]))
    return 1e-5 + sum(4e-6 + 4e-9 * n * j * (k + 1) for j, k in experiment.shapes)


RUNS = Runs()
