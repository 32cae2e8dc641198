"""Computing in turns: a few threads for everyone, and what has least to do goes first.

Work is a generator that does a little at each step and yields how many seconds it has still to go, roughly. It gives
way after a few steps: a request that takes a minute keeps one that takes a moment waiting for no longer than these.
Work that cannot go on yet yields a ticket of the gate it waits at.
"""

import itertools
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from queue import PriorityQueue
from time import thread_time
from typing import Any, TypeVar

THREADS = 3  # the interpreter runs one at a time; others get on where NumPy computes without it
TURN = 0.1  # seconds until work gives way: more than a slice takes, or a crowd of those would keep each other waiting

T = TypeVar("T")


class Gate:
    """Where work waits until something has changed."""

    def __init__(self) -> None:
        self._changes = 0
        self._waiting: list[Callable[[], object]] = []
        self._guard = threading.Lock()

    def ticket(self) -> "Ticket":
        """To be taken before one looks whether to wait: what changes after that is not missed."""
        return Ticket(self, self._changes)

    def open(self) -> None:
        """Something has changed: all who wait look again."""
        with self._guard:
            self._changes += 1
            waiting, self._waiting = self._waiting, []
        for go_on in waiting:
            go_on()

    def wait(self, ticket: "Ticket", go_on: Callable[[], object]) -> None:
        """Call `go_on` once something has changed since the ticket was taken."""
        with self._guard:
            if ticket.changes == self._changes:
                self._waiting.append(go_on)
                return
        go_on()


@dataclass(frozen=True)
class Ticket:
    """Says where work waits, and since when."""

    gate: Gate
    changes: int

    def wait(self, go_on: Callable[[], object]) -> None:
        """Call `go_on` once something has changed since then."""
        self.gate.wait(self, go_on)


Work = Generator[float | Ticket, None, T]


@dataclass(order=True)
class _Job:
    rank: float  # seconds: what there is still to do, and no less than what it has had already
    number: int  # who came first
    work: Work[Any] = field(compare=False)
    answer: Future[Any] = field(compare=False)
    left: float = field(default=0.0, compare=False)
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
            else:
                self._turn(job)
            del job  # nothing is kept alive while there is nothing to do

    def _turn(self, job: _Job) -> None:
        """Some steps of a job; what there is to do after them is put back."""
        begun, used = thread_time(), 0.0
        try:
            while True:
                left = next(job.work)
                used = thread_time() - begun
                if isinstance(left, Ticket):
                    break
                turns_out_long = job.rank == 0.0 and left > self.turn
                job.left = left
                if used > self.turn or turns_out_long or job.answer.cancelled():
                    break
        except BaseException as error:
            if job.answer.set_running_or_notify_cancel():
                if isinstance(error, StopIteration):
                    job.answer.set_result(error.value)
                else:
                    job.answer.set_exception(error)
            return
        job.used += used
        job.rank = max(job.left, job.used)
        if isinstance(left, Ticket):
            left.wait(partial(self._jobs.put, job))
        else:
            self._jobs.put(job)


def finish(work: Work[T]) -> T:
    """Do the work to its end, here and now."""
    while True:
        try:
            left = next(work)
        except StopIteration as end:
            value: T = end.value
            return value
        if isinstance(left, Ticket):
            changed = threading.Event()
            left.wait(changed.set)
            changed.wait()


WORKERS = Workers()
