"""Files are made within bounds: few at a time in all, one at a time for each visitor; the memory is given back."""

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator, Sequence

from engine import Experiment
from ui.runs import RUNS, BusyError
from ui.workers import WORKERS

AT_ONCE = 2  # each takes some 100 MiB for a moment
OF_ONE = 2  # that a visitor may ask for at a time; they are made one by one
TOO_MANY = "Other files of this page are being made; ask for this one when they are there."

Make = Callable[[], str | bytes]

_places = threading.BoundedSemaphore(AT_ONCE)


class WaitError(Exception):
    """This file cannot be made now."""


class Visitor:
    """Whoever asks for files: has a turn for one of them at a time, and few may wait for it."""

    def __init__(self) -> None:
        self.asked = threading.BoundedSemaphore(OF_ONE)
        self.turn = threading.Lock()


def bounded(make: Make, runs: Sequence[Experiment], iterations: int, visitor: Visitor) -> Make:
    """`make` within the bounds; meanwhile it has these runs, so long.

    ``WaitError`` while others of the same visitor are asked for, or where too many large runs are asked for.
    """

    def made() -> str | bytes:
        if not visitor.asked.acquire(blocking=False):  # who asks for many keeps nobody else waiting
            raise WaitError(TOO_MANY)
        try:
            with visitor.turn, _places, _lease(runs, iterations):
                return make()
        finally:
            visitor.asked.release()
            give_back()

    return made


@contextlib.contextmanager
def _lease(runs: Sequence[Experiment], iterations: int) -> Iterator[None]:
    try:
        lease = WORKERS.do(RUNS.leasing(runs, iterations))
    except BusyError as busy:
        raise WaitError(str(busy)) from None
    with lease:
        yield


def give_back() -> None:
    """Give the system the memory that is not used any more, where its allocator can be told so (glibc)."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
