"""Studies of many seeds, computed beside the page: asked for by a session, shared by all, kept within bounds.

A study runs one experiment from many seeds. Studies are computed in turns, a block of seeds each, the long ones apart
from the others; whoever looks on reads how far each has come, and may stop it: what is there then stays.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from engine import Experiment, Points, flatten
from engine.ensemble import Criterion, batch
from engine.shelf import Shelf
from engine.sweep import Cell, block_of, sweep

BUDGET = 192 * 2**20  # bytes of all studies that are kept
PATIENCE = 30.0  # seconds that a study goes on when no one looks any more
EASY = 5 * 10**8  # seeds x iterations x weights and biases x samples in a batch: a few seconds


@dataclass(frozen=True)
class Question:
    """One experiment from `count` seeds on from `first`, and when a run counts as solved."""

    experiment: Experiment
    first: int
    count: int
    iterations: int
    criterion: Criterion

    @property
    def work(self) -> int:
        """How much there is to compute."""
        e = self.experiment
        return self.count * self.iterations * batch(e) * sum(j * (k + 1) for j, k in e.shapes)


def question(e: Experiment, count: int, iterations: int, criterion: Criterion) -> Question:
    """The question about this experiment, without the changes made by hand.

    The seeds are the block of `count` that has its own in it; experiments of one block ask the same question.
    """
    first = block_of(e.seed, count).start
    return Question(replace(e, seed=first, interventions=()), first, count, iterations, criterion)


def varies(e: Experiment) -> bool:
    """Whether other seeds show anything else."""
    same = np.array_equal(flatten(e.layers()), flatten(replace(e, seed=e.seed ^ 1).layers()))
    return not same or e.batch_size is not None


class Study:
    """A question, how far it has come, and the runs that are done."""

    def __init__(self, asked: Question, *, live: bool = False) -> None:
        self.asked = asked
        self.live = live  # someone looks on; when no one does any more, it ends
        self.cell: Cell | None = None  # the runs that are done
        self.refused: str | None = None  # why it can't be computed
        self.finished = False
        self._stop = self._begun = False
        self._seen = time.monotonic()

    @property
    def done(self) -> int:
        """How many runs are there."""
        return 0 if self.cell is None else len(self.cell)

    @property
    def complete(self) -> bool:
        """Whether every run is there."""
        return self.finished and self.done == self.asked.count

    @property
    def nbytes(self) -> int:
        """How much it holds, roughly."""
        points = self.asked.experiment.points
        own = points.array.nbytes if isinstance(points, Points) else 0
        return own + (0 if self.cell is None else self.cell.runs.losses.nbytes + self.cell.runs.parameters.nbytes)

    def seen(self) -> None:
        """Someone is looking."""
        self._seen = time.monotonic()

    def stop(self) -> None:
        """Compute no further; what is there stays."""
        self._stop = True
        self.finished = self.finished or not self._begun

    def _stopped(self) -> bool:
        return self._stop or (self.live and time.monotonic() - self._seen > PATIENCE)

    def run(self) -> "Study":
        """Compute all of it."""
        for _ in self.running():
            pass
        return self

    def running(self) -> Iterator[None]:
        """Compute, block by block."""
        self._begun = True
        asked, e = self.asked, self.asked.experiment
        seeds = range(asked.first, asked.first + asked.count)
        try:
            with closing(sweep(
                e, seeds=seeds, hidden=(e.hidden,), iterations=asked.iterations, criterion=asked.criterion,
                stop=self._stopped,
            )) as growing:  # fmt: skip
                for progress in growing:
                    if progress.finished:
                        self.cell = progress.result.cells[0]
                    if self._stopped():
                        break
                    yield
        except ValueError as error:
            self.refused = str(error)
        finally:
            self.finished = True


class Sweeps:
    """Studies by question, the most recently used of them; at most `budget` bytes together."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._studies: Shelf[Question, Study] = Shelf(budget, lambda asked, study: study.nbytes, dropped=Study.stop)
        self._guard = threading.RLock()
        self._over = threading.Condition(self._guard)
        self._computing = 0
        self._short, self._long = (
            ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"sweep-{name}") for name in ("short", "long")
        )

    def find(self, asked: Question) -> Study | None:
        """The study of a question, if there is one."""
        return self._studies.get(asked)

    def ask(self, asked: Question) -> Study:
        """The study of a question, computed or about to be: one for everyone who asks."""
        with self._guard:
            study = self._studies.get(asked)
            if study is None or (study.finished and not study.complete and not study.refused):
                study = Study(asked)
                self._submit(study, keep=False)
            self._studies.put(asked, study)
            return study

    def live(self, asked: Question) -> Study:
        """A study of one's own, to look on and to stop; complete, it is everyone's."""
        study = Study(asked, live=True)
        self._submit(study, keep=True)
        return study

    def _submit(self, study: Study, *, keep: bool) -> None:
        pool = self._short if study.asked.work <= EASY else self._long
        running = study.running()

        def compute() -> None:
            try:
                next(running)
            except StopIteration:
                with self._guard:
                    if (keep and study.complete) or self._studies.get(study.asked) is study:
                        self._studies.put(study.asked, study)
                    self._computing -= 1
                    self._over.notify_all()
            else:
                if self._studies.get(study.asked) is study:
                    self._studies.put(study.asked, study)  # which holds more now
                pool.submit(compute)  # behind the others: of several long studies each gets on

        with self._over:
            self._computing += 1
        pool.submit(compute)

    def wait(self) -> None:
        """Until all that was asked is answered; for tests."""
        with self._over:
            self._over.wait_for(lambda: not self._computing)


SWEEPS = Sweeps()
