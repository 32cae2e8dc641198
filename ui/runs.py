"""The runs that have been computed, shared by everyone who looks at the same experiment.

A run is a pure function of its experiment, so one copy serves all sessions of a process. The least recently used runs
are dropped when together they hold more than a budget; dropping one costs time, never truth. What a run will hold is
counted before it grows: those that are asked for and do not fit beside each other wait until the others are done.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import thread_time

import numpy as np

from engine import OPTIMIZERS, Experiment, History, Layer, Points, Step
from engine.experiment import parameter_count
from engine.recorder import MEMORY_EVERY
from engine.shelf import Shelf
from ui.workers import WORKERS, Gate, Work

BUDGET = 256 * 2**20  # four of the largest runs there may be, or two hundred of 10,000 iterations of a 2-4-1 network
LARGE = 1 / 16  # of the budget: what asks for more is large
SHARE = 3 / 4  # of the budget: for all large ones in use; the rest is for the others, which never wait for them
MOST_WAITING = 64  # of either kind
LEAST, MOST = 16, 4096  # iterations computed before others get their turn; the engine keeps its memory every 16
BLOCK = 0.005  # seconds that these should take
BUSY = "More large runs are asked for at the moment than can be computed; this one is asked for again by itself."


class BusyError(Exception):
    """So much is asked for that this has no place among what waits."""

    def __init__(self) -> None:
        super().__init__(BUSY)


class Run:
    """A history that several threads may ask, one question at a time; otherwise used like a `History`."""

    def __init__(self, history: History, seconds: float = 0.0, least: int = 0) -> None:
        self.seconds = seconds  # an iteration, before that is measured
        self._beside = max(0, least - history.nbytes)  # bytes that it needs to compute
        self._history = history
        self._lock = threading.Lock()
        self._block = LEAST
        self.layout = history.layout
        self.task = history.task
        self.nbytes = history.nbytes + self._beside  # how many bytes it holds

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

    def growing(self, iterations: int) -> Work[None]:
        """The work of computing on, in blocks, so that a long run does not keep others from rows that are there."""
        each = self.seconds
        with self._lock:
            self._history.reserve(iterations)
            self.nbytes = self._history.nbytes + self._beside
        while len(self) < iterations and not self.diverged:
            with self._lock:
                start = len(self)
                begun = thread_time()
                # Going on is cheapest right after the engine has kept its memory.
                self._history.extend(min(iterations, (start + self._block) // LEAST * LEAST + 1))
                self.nbytes = self._history.nbytes + self._beside
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


class Lease:
    """Runs that are kept until this is given back, or forgotten: as a context manager it gives the runs."""

    def __init__(self, owner: "Runs", wanted: dict[Experiment, int]) -> None:
        self.runs: tuple[Run, ...] = ()
        self._owner = owner
        self._wanted = wanted  # bytes of each

    def __enter__(self) -> tuple[Run, ...]:
        return self.runs

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give them back."""
        wanted, self._wanted, self.runs = self._wanted, {}, ()
        if wanted:
            self._owner.leave(wanted)

    def __del__(self) -> None:
        self.close()


@dataclass(frozen=True)
class _Use:
    """Of a run: by how many it is used, how many bytes it will hold, and whether it was asked for among large ones."""

    count: int = 0
    promised: int = 0
    large: bool = False


class Runs:
    """Runs by experiment; at most `budget` bytes together, those that grow and those that are looked at included."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._guard = threading.RLock()
        self._using: dict[Experiment, _Use] = {}
        self._waiting = {False: 0, True: 0}  # whether large
        self._gate = Gate()
        self._runs: Shelf[Experiment, Run] = Shelf(budget, self._weight, busy=lambda e: e in self._using)

    @property
    def budget(self) -> int:
        """Bytes of all runs."""
        return self._runs.budget

    @budget.setter
    def budget(self, budget: int) -> None:
        self._runs.budget = budget

    @property
    def nbytes(self) -> int:
        """Bytes that all runs hold, or will hold."""
        return self._runs.nbytes

    def get(self, experiment: Experiment, iterations: int = 0) -> Run:
        """The run of `experiment`, `iterations` long or longer; shorter where it diverged or may be no longer."""
        run = self.find(experiment)
        if run is None or (len(run) < min(iterations, experiment.limit()) and not run.diverged):
            run = WORKERS.do(self._getting(experiment, iterations))
        return run

    def _getting(self, experiment: Experiment, iterations: int) -> Work[Run]:
        with (yield from self.leasing((experiment,), iterations)) as (run,):
            return run

    def leasing(self, experiments: Sequence[Experiment], iterations: int = 0) -> Work[Lease]:
        """The work of getting these runs so long, all or none, to have them until they are given back.

        ``BusyError`` where too many wait already.
        """
        lengths = {e: min(iterations, e.limit()) for e in experiments}
        left = sum(seconds(e) * (n - self._length(e)) for e, n in lengths.items() if n > self._length(e))
        if left:
            yield left
        wanted = {e: size(e, n) for e, n in lengths.items()}
        while True:
            ticket = self._gate.ticket()
            full = self._enter(wanted)
            if full is None:
                break
            self._waiting[full] += 1
            try:
                yield ticket
            finally:
                self._waiting[full] -= 1
        lease = Lease(self, wanted)
        try:
            runs = {}
            for e, n in lengths.items():
                runs[e] = self._begin(e)
                yield from runs[e].growing(n)
        except BaseException:
            lease.close()
            raise
        lease.runs = tuple(runs[e] for e in experiments)
        return lease

    def leave(self, wanted: dict[Experiment, int]) -> None:
        """Those who had these runs need them no more."""
        with self._guard:
            for e in wanted:
                use = self._using.pop(e)
                if use.count > 1:
                    self._using[e] = replace(use, count=use.count - 1)
                elif (run := self._runs.get(e)) is not None:
                    self._runs.put(e, run)  # holds less than was promised where it diverged
        self._gate.open()

    def find(self, experiment: Experiment) -> Run | None:
        """The run as far as it was computed, if it is here."""
        return self._runs.get(experiment)

    def _length(self, experiment: Experiment) -> int:
        run = self.find(experiment)
        return 0 if run is None else len(run)

    def _enter(self, wanted: dict[Experiment, int]) -> bool | None:
        """Use these runs: None where they have a place, otherwise whether the large or the small ones have none left.

        Whoever is alone of its kind has one. So has what needs little more of runs that are in use: who holds a run
        and waits for more of it would keep others waiting, and they it.
        """
        with self._guard:
            small = LARGE * self.budget
            large = sum(wanted.values()) > small
            using = {e: self._using.get(e, _Use()) for e in wanted}
            more = sum(max(0, bytes_ - using[e].promised) for e, bytes_ in wanted.items())
            used = sum(use.promised for use in self._using.values() if use.large == large)
            known = more <= small and all(use.count for use in using.values())
            if used and more and not known and used + more > self.budget * (SHARE if large else 1 - SHARE):
                if self._waiting[large] >= MOST_WAITING:
                    raise BusyError
                return large
            for e, use in using.items():
                self._using[e] = _Use(use.count + 1, max(use.promised, wanted[e]), large or use.large)
            return None

    def _begin(self, experiment: Experiment) -> Run:
        """The run as far as it is; a new one takes over what a recorded run has in common with it."""
        with self._guard:
            run = self.find(experiment)
            if run is None:
                run = Run(self._history(experiment), seconds(experiment), size(experiment, 0))
            self._runs.put(experiment, run)  # others make room for what it will hold
            return run

    def _history(self, experiment: Experiment) -> History:
        if experiment.interventions:
            at = experiment.interventions[-1].at
            common = experiment.prefix(at)
            parents = [run for e, run in self._runs.items() if len(run) >= at and e.prefix(at) == common]
            if parents:
                return parents[-1].branch(experiment, at)
        return experiment.history()

    def _weight(self, experiment: Experiment, run: Run) -> int:
        return max(run.nbytes, self._using.get(experiment, _Use()).promised)


def seconds(experiment: Experiment) -> float:
    """About how long an iteration takes: so much for each layer, and so much for each number that goes through it."""
    n = min(len(experiment.data()[0]), experiment.batch_size or len(experiment.data()[0]))
    return 1e-5 + sum(4e-6 + 4e-9 * n * j * (k + 1) for j, k in experiment.shapes)


def size(experiment: Experiment, iterations: int) -> int:
    """About how many bytes a run of so many iterations holds."""
    x, y = experiment.data()
    n = min(len(x), experiment.batch_size or len(x))
    count = parameter_count(experiment.sizes, experiment.biases)
    state = count * len(OPTIMIZERS[experiment.optimizer].state)
    points = experiment.points.array.size if isinstance(experiment.points, Points) else 0
    layers = experiment.sizes[0] + 9 * sum(experiment.sizes[1:])  # z, a, delta, and what is needed to compute them
    once = points + 2 * (x.size + y.size) + n * layers + 4 * count + 2 * state
    return 8 * (once + (iterations + 1) * (2 + count) + (iterations // MEMORY_EVERY + 1) * state)


RUNS = Runs()
