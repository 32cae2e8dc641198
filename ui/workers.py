"""Computing in turns: a few threads for everyone, and what has least to do goes first.

Work is a generator that does a little at each step and yields how many seconds it has still to go, roughly. It gives
way after a few steps: a request that takes a minute keeps one that takes a moment waiting for no longer than these.
"""

import itertools
import threading
from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import PriorityQueue
from time import thread_time
from typing import Any, TypeVar

THREADS = 3  # the interpreter runs one at a time; others get on where NumPy computes without it
TURN = 0.1  # seconds until work gives way: more than a slice takes, or a crowd of those would keep each other waiting

T = TypeVar("T")
Work = Generator[float, None, T]


@dataclass(order=True)
class _Job:
    rank: float  # seconds: what there is still to do, and no less than what it has had already
    number: int  # who came first
    work: Generator[float, None, Any] = field(compare=False)
    answer: Future[Any] = field(compare=False)
    used: float = field(default=0.0, compare=False)


class Workers:
    """Threads that take turns at whatever is submitted."""

    def __init__(self, threads: int = THREADS, turn: float = TURN) -> None:
        self.threads = threads
        self.turn = turn
        self._jobs: PriorityQueue[_Job] = PriorityQueue()
        self._count = itertools.count()
        self._started = threading.Lock()
        self._here = threading.local()

    def submit(self, work: Work[T]) -> Future[T]:
        """What the work will return; the work ends early when this is cancelled."""
        answer: Future[T] = Future()
        self._jobs.put(_Job(0.0, next(self._count), work, answer))
        if self._started.acquire(blocking=False):  # once, and never given back
            for number in range(self.threads):
                threading.Thread(target=self._serve, name=f"worker-{number}", daemon=True).start()
        return answer

    def do(self, work: Work[T]) -> T:
        """Do the work and wait for it; a worker that has come upon more work does that on the spot."""
        if getattr(self._here, "worker", False):
            return finish(work)
        return self.submit(work).result()

    def _serve(self) -> None:
        self._here.worker = True
        while True:
            job = self._jobs.get()
            if job.answer.cancelled():
                job.work.close()
            elif self._turn(job):
                self._jobs.put(job)
            del job  # nothing is kept alive while there is nothing to do

    def _turn(self, job: _Job) -> bool:
        """Some steps of a job; whether there are more."""
        begun = thread_time()
        try:
            while True:
                left = next(job.work)
                used = thread_time() - begun
                turns_out_long = job.rank == 0.0 and left > self.turn
                if used > self.turn or turns_out_long or job.answer.cancelled():
                    break
        except BaseException as error:
            if job.answer.set_running_or_notify_cancel():
                if isinstance(error, StopIteration):
                    job.answer.set_result(error.value)
                else:
                    job.answer.set_exception(error)
            return False
        job.used += used
        job.rank = max(left, job.used)
        return True


def finish(work: Work[T]) -> T:
    """Do the work to its end, here and now."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: T = end.value
            return value


WORKERS = Workers()
