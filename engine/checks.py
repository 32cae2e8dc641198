"""What the engine accepts: every value that enters it passes one of these small functions.

Each raises ``ValueError`` that says what was expected, what came and what to change.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]  # every number of the engine is a float64


class Named(Protocol):
    """A record of a registry: whatever else it holds, it has a name."""

    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Named)


def registry(*records: R) -> Mapping[str, R]:
    """An immutable mapping from each record's name to the record, in the order given."""
    return MappingProxyType({record.name: record for record in records})


def pick(choices: Mapping[str, R], name: object, what: str) -> R:
    """The record called `name`, or a ``ValueError`` that lists the names there are."""
    if isinstance(name, str) and name in choices:
        return choices[name]
    near = get_close_matches(short(name), list(choices), n=1)
    hint = f"did you mean {near[0]!r}?" if near else "use one of these names."
    raise ValueError(f"{what}: expected one of {', '.join(choices)}; got {short(name)}; {hint}")


def short(value: object) -> str:
    """`value` as an error message shows it: never more than 60 characters."""
    try:
        text = repr(value)
    except Exception:  # a repr that fails, or an integer too long to print
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def number(value: object, what: str, *, above: float | None = None, least: float | None = None,
           below: float | None = None, most: float | None = None) -> float:
    """`value` as a finite float, in the range of those of `above`, `least`, `below` and `most` that are given."""
    bound = f" above {above:g}" if above is not None else f" of at least {least:g}" if least is not None else ""
    bound += f" and below {below:g}" if below is not None else f" and at most {most:g}" if most is not None else ""
    wrong = f"{what}: expected a finite number{bound}; got {short(value)}; "
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ValueError(wrong + "write one real number.")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise ValueError(wrong + "NaN and infinity are not numbers to compute with.")
    if (above is not None and result <= above) or (least is not None and result < least) or (
            below is not None and result >= below) or (most is not None and result > most):
        raise ValueError(wrong + "choose one in that range.")
    return result + 0.0  # -0.0 becomes 0.0: equal numbers are the same bits


def whole(value: object, what: str, *, least: int = 0, most: int | None = None) -> int:
    """`value` as an int of at least `least` and at most `most`."""
    bound = f"of at least {least}" if most is None else f"from {least} to {most}"
    wrong = f"{what}: expected a whole number {bound}; got {short(value)}; "
    if isinstance(value, (bool, np.bool_)):
        raise ValueError(wrong + "write a number.")
    try:
        result = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(wrong + "write it without a decimal point.") from None
    if result < least or (most is not None and result > most):
        raise ValueError(wrong + "choose one in that range.")
    return result


def flag(value: object, what: str) -> bool:
    """`value` as True or False."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise ValueError(f"{what}: expected True or False; got {short(value)}; write one of the two.")


def array(value: object, what: str, shape: str, ndim: int) -> Array:
    """`value` as a finite float64 array of `ndim` dimensions, none of them empty. It may share memory with `value`."""
    try:
        raw = np.asarray(value)
    except Exception:
        raise ValueError(f"{what}: expected numbers of shape {shape}; got {short(value)}; "
                         "give every row the same length.") from None
    if raw.dtype.kind not in "fiub":
        raise ValueError(f"{what}: expected real numbers of shape {shape}; got {raw.dtype} data; "
                         "convert it to float first.")
    if raw.ndim != ndim:
        raise ValueError(f"{what}: expected {ndim} dimension{'s' * (ndim != 1)}, shape {shape}; got shape {raw.shape}; "
                         "reshape it, one sample a row." if ndim == 2 else
                         f"{what}: expected {ndim} dimension, shape {shape}; got shape {raw.shape}; flatten it.")
    if raw.size == 0:
        raise ValueError(f"{what}: expected at least one number in shape {shape}; got shape {raw.shape}, "
                         "which is empty; give at least one row and one column.")
    with np.errstate(all="ignore"):
        result = np.asarray(raw, dtype=np.float64)
    if not np.isfinite(result).all():
        raise ValueError(f"{what}: expected finite numbers; got NaN or infinity among them; remove or replace those.")
    return result


def frozen(value: Array) -> Array:
    """The same array, no longer writeable."""
    value.flags.writeable = False
    return value


def sequence(value: object, what: str) -> tuple[Any, ...]:
    """`value` as a tuple; text and single values are refused."""
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
        with suppress(TypeError):  # an array of no dimensions only looks as if it could be gone through
            return tuple(value)
    raise ValueError(f"{what}: expected a sequence; got {short(value)}; put it in a tuple.")
