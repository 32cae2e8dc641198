"""The range of each number of an experiment: the record, the reader of links and the fields on a page read it here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .checks import number, whole
from .tables import MOST_ROWS

MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Range:
    """From `least` to `most`, ends included but `least` where it is `open`; None: no end but what a float64 holds."""

    least: float | None = None
    most: float | None = None
    open: bool = False
    whole: bool = False

    def check(self, value: object, what: str) -> float:
        """`value` as a number of this range, an int where it holds whole ones, or ``ValueError``."""
        if self.whole:
            return whole(value, what, least=int(self.least or 0), most=None if self.most is None else int(self.most))
        return number(value, what, above=self.least if self.open else None, least=None if self.open else self.least,
                      most=self.most)


RANGES: Mapping[str, Range] = MappingProxyType({
    "samples": Range(2, MOST_ROWS, whole=True),
    "noise": Range(0.0, 2000.0),
    "test_share": Range(0.0, 0.9),
    "data_seed": Range(0, MOST_SEED, whole=True),
    "learning_rate": Range(0.0, open=True),
    "batch_size": Range(1, MOST_ROWS, whole=True),
    "init_scale": Range(0.0),
    "seed": Range(0, MOST_SEED, whole=True),
    "l1": Range(0.0),
    "l2": Range(0.0),
})


def range_of(field: str, init: str = "") -> Range:
    """The range of a field; a constant start may be below 0, where other scales are widths."""
    return Range() if (field, init) == ("init_scale", "constant") else RANGES[field]
