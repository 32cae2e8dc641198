"""A shelf keeps what was made until together it holds more bytes than a budget; the least recently used goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shelf(Generic[K, V]):
    """Values by key, for all threads; at most `budget` bytes together.

    `size(key, value)` tells how many bytes an entry holds, and is asked each time it is put. Nothing is dropped whose
    key is `busy`, nor what was put last, whatever it holds. `dropped` is called with what had to go.
    """

    def __init__(self, budget: int, size: Callable[[K, V], int], *, busy: Callable[[K], bool] = lambda key: False,
                 dropped: Callable[[V], object] = lambda value: None) -> None:
        self.budget = budget
        self._size, self._busy, self._dropped = size, busy, dropped
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._held = 0
        self._guard = threading.RLock()

    @property
    def nbytes(self) -> int:
        """How many bytes all of it holds."""
        return self._held

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """The value of that key, which is the most recently used now; None where there is none."""
        with self._guard:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def items(self) -> list[tuple[K, V]]:
        """What is kept, the least recently used first."""
        with self._guard:
            return [(key, value) for key, (value, _) in self._kept.items()]

    def put(self, key: K, value: V) -> None:
        """Keep a value, or weigh it again, as the most recently used; others make room for it."""
        size = self._size(key, value)
        with self._guard:
            self._held += size - self._kept.get(key, (value, 0))[1]
            self._kept[key] = value, size
            self._kept.move_to_end(key)
            self.trim()

    def trim(self) -> None:
        """Drop what is too much."""
        with self._guard:
            if self._held <= self.budget:
                return
            for key in list(self._kept)[:-1]:
                value, size = self._kept[key]
                if self._busy(key):
                    continue
                del self._kept[key]
                self._held -= size
                self._dropped(value)
                if self._held <= self.budget:
                    return


def shelved(budget: int, size: Callable[[tuple[Hashable, ...], V], int]) -> Callable[
        [Callable[..., V]], Callable[..., V]]:
    """A decorator: what a function of hashable arguments returned is kept on a shelf of so many bytes.

    `size(arguments, value)` tells how many bytes it is.
    """
    def decorate(function: Callable[..., V]) -> Callable[..., V]:
        shelf: Shelf[tuple[Hashable, ...], tuple[V]] = Shelf(budget, lambda key, value: size(key, value[0]))

        @wraps(function)
        def found(*arguments: Hashable) -> V:
            kept = shelf.get(arguments)
            if kept is None:
                kept = (function(*arguments),)
                shelf.put(arguments, kept)
            return kept[0]

        found.shelf = shelf  # type: ignore[attr-defined]
        return found

    return decorate
