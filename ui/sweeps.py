"""Studies of many seeds, computed beside the page: asked for by a session, shared by all, kept within bounds.

A study runs one experiment from many seeds. One thread works through the studies in the order asked for; whoever
looks on reads how far each has come, and may stop it: what is there then stays.
"""

import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace

from engine import Experiment
from engine.ensemble import Criterion, batch
from engine.sweep import Cell, SweepResult, sweep

KEPT = 64  # studies
PATIENCE = 30.0  # seconds that a study goes on when nobody looks any more
EASY = 5 * 10**8  # runs x iterations x parameters x samples in a batch: about three seconds, done unasked


@dataclass(frozen=True)
class Question:
    """One experiment from `count` seeds on from `first`, at some learning rates, and when a run counts as solved."""

    experiment: Experiment
    first: int
    count: int
    iterations: int
    criterion: Criterion
    rates: tuple[float, ...]

    @property
    def runs(self) -> int:
        """How many there are."""
        return self.count * len(self.rates)

    @property
    def work(self) -> int:
        """How much there is to compute."""
        e = self.experiment
        return self.runs * self.iterations * batch(e) * sum(j * (k + 1) for j, k in e.shapes)


def question(
    e: Experiment, count: int, iterations: int, criterion: Criterion, rates: tuple[float, ...] = ()
) -> Question:
    """The question about this experiment without the changes made by hand, at its own learning rate or at `rates`.

    The seeds are the block of `count` that has its own seed in it; experiments of one block ask the same question.
    """
    same = replace(e, seed=0, interventions=(), learning_rate=e.learning_rate if not rates else 1.0)
    return Question(same, e.seed // count * count, count, iterations, criterion, rates or (e.learning_rate,))


class Study:
    """A question, how far it has come, and the runs that are done."""

    def __init__(self, asked: Question, *, live: bool = False) -> None:
        self.asked = asked
        self.done = 0
        self.result: SweepResult | None = None
        self.refused: str | None = None  # why it can't be computed
        self.finished = False
        self.live = live  # someone looks on; when no one does any more, it ends
        self._stop = False
        self._seen = time.monotonic()

    @property
    def complete(self) -> bool:
        """Whether every run is there."""
        return self.done == self.asked.runs

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The runs that are done, a cell for each learning rate that was reached."""
        result = self.result
        return () if result is None else tuple(cell for cell in result.cells if len(cell))

    def seen(self) -> None:
        """Someone is looking."""
        self._seen = time.monotonic()

    def stop(self) -> None:
        """Compute no further; what is there stays."""
        self._stop = True

    def _stopped(self) -> bool:
        return self._stop or (self.live and time.monotonic() - self._seen > PATIENCE)

    def run(self) -> "Study":
        """Compute, block by block."""
        asked, e = self.asked, self.asked.experiment
        seeds = range(asked.first, asked.first + asked.count)
        try:
            with closing(sweep(
                e, seeds=seeds, hidden=(e.hidden,), learning_rates=asked.rates, iterations=asked.iterations,
                criterion=asked.criterion, stop=self._stopped,
            )) as growing:  # fmt: skip
                for progress in growing:
                    self.result, self.done = progress.result, progress.finished
                    if self._stopped():
                        break
        except ValueError as error:
            self.refused = str(error)
        finally:
            self.finished = True
        return self


class Sweeps:
    """Studies by question, the most recently used `kept` of them."""

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
        self._studies: OrderedDict[Question, Study] = OrderedDict()
        self._guard = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sweep")

    def find(self, asked: Question) -> Study | None:
        """The study of a question, if there is one."""
        with self._guard:
            return self._studies.get(asked)

    def ask(self, asked: Question) -> Study:
        """The study of a question, computed or about to be: one for everyone who asks."""
        with self._guard:
            study = self._studies.get(asked)
            if study is None:
                study = self._keep(Study(asked))
                self._worker.submit(study.run)
            self._studies.move_to_end(asked)
            return study

    def live(self, asked: Question) -> Study:
        """A study of one's own, to look on and to stop; complete, it is everyone's."""
        study = Study(asked, live=True)

        def compute() -> None:
            if study.run().complete:
                with self._guard:
                    self._keep(study)

        self._worker.submit(compute)
        return study

    def _keep(self, study: Study) -> Study:
        self._studies[study.asked] = study
        self._studies.move_to_end(study.asked)
        while len(self._studies) > self.kept:
            _, old = self._studies.popitem(last=False)
            old.stop()
        return study

    def wait(self) -> None:
        """Until all that was asked so far is answered; for tests."""
        self._worker.submit(lambda: None).result()


SWEEPS = Sweeps()
