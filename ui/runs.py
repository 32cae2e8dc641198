"""The runs that have been computed, shared by everyone who looks at the same experiment.

A run is a pure function of its experiment, so one copy serves all sessions. The least recently used runs are
dropped when together they hold more than `BUDGET` bytes; dropping one costs time, never truth.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from engine import Experiment, History

BUDGET = 512 * 2**20
BLOCK = 500  # iterations computed under the lock before others get their turn


class Runs:
    """Histories by experiment, each with a lock of its own; at most `budget` bytes together."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self._histories: OrderedDict[Experiment, tuple[History, threading.Lock]] = OrderedDict()
        self._guard = threading.Lock()

    @contextmanager
    def open(self, experiment: Experiment, iterations: int = 0) -> Iterator[History]:
        """The history of `experiment`, `iterations` long or longer (shorter when it diverged), locked while in use."""
        history, lock = self._entry(experiment)
        reached = 0
        while reached < iterations:
            # In blocks, so that a long run does not keep others from the rows that are there already.
            reached = min(iterations, max(len(history), reached) + BLOCK)
            with lock:
                history.extend(reached)
            if history.diverged:
                break
        with lock:
            yield history
        self._trim()

    def _entry(self, experiment: Experiment) -> tuple[History, threading.Lock]:
        with self._guard:
            found = self._histories.get(experiment)
            if found is not None:
                self._histories.move_to_end(experiment)
                return found
        history = self._branch(experiment)
        with self._guard:
            return self._histories.setdefault(experiment, (history, threading.Lock()))

    def _branch(self, experiment: Experiment) -> History:
        """A new history; what an already recorded run has in common with it is taken over."""
        if experiment.interventions:
            at = experiment.interventions[-1].at
            with self._guard:
                parents = [e for e in self._histories if e.prefix(at) == experiment.prefix(at)]
                entries = [(parent, *self._histories[parent]) for parent in parents]
            for _parent, history, lock in entries:
                with lock:
                    if len(history) >= at:
                        return history.fork(at, experiment.interventions)
        return experiment.history()

    def _trim(self) -> None:
        with self._guard:
            held = sum(history.nbytes for history, _ in self._histories.values())
            while held > self.budget and len(self._histories) > 1:
                _, (history, _) = self._histories.popitem(last=False)
                held -= history.nbytes


RUNS = Runs()
