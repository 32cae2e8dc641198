"""Files are made within bounds: few at a time in all, one at a time for each visitor; the memory is given back."""

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator, Sequence

from engine import Experiment
from ui.runs import RUNS, BusyError
from ui.workers import WORKERS

AT_ONCE = 2  # each takes some 100 MiB for a moment
ONE_BY_ONE = "Another file of this page is being made; ask for this one when it is there."

Make = Callable[[], str | bytes]

_places = threading.BoundedSemaphore(AT_ONCE)


class WaitError(Exception):
    """This file cannot be made now."""


def bounded(make: Make, runs: Sequence[Experiment], iterations: int, visitor: threading.Lock) -> Make:
    """`make` within the bounds; meanwhile it has these runs, so long.

    ``WaitError`` while another file of the same visitor is being made, or where too many large runs are asked for.
    """

    def made() -> str | bytes:
        if not visitor.acquire(blocking=False):  # nor does one who asks for many keep the others waiting
            raise WaitError(ONE_BY_ONE)
        try:
            with _places, _lease(runs, iterations):
                return make()
        finally:
            visitor.release()
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
