"""Each hidden unit's own map: what it says over both inputs, in the window of the map of the answers, as bytes.

The tiles cost no forward pass of their own: their points are some of those that the answer's map is computed at.
"""

from math import isqrt
from typing import Any

import numpy as np

from engine import Experiment
from engine.shelf import shelved
from ui.stage.maps import ACROSS, REMEMBERED, channels, map_kind, weight

MOST, LEAST = 24, 8  # points along each side of a tile
WHOLE, HEAD, TAIL = 8, 5, 2  # a layer up to 8 units is drawn whole, of a wider one the first 5 and the last 2
ENDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}  # between which the colours are spread out evenly ...
HALF = 1.0  # ... the other activations have no ends: from 0 on both sides, half of the colours up to here

LARGE = 1e9  # as good as infinite


def drawn(units: int) -> list[int]:
    """Which units of a layer the picture has room for."""
    return list(range(units)) if units <= WHOLE else [*range(HEAD), *range(units - TAIL, units)]


@shelved(REMEMBERED, weight)
def tiles(experiment: Experiment) -> dict[str, Any] | None:
    """How the tiles lie in a row's bytes, behind the answer's map; None where there are none.

    First `units`, layer by layer, each `across` points along both sides; together at most as many bytes as the map.
    Then a byte a unit of the layers, 1 where the unit is dead on the training samples.
    """
    hidden = experiment.sizes[1:-1]
    if map_kind(experiment) != "plane" or not hidden:
        return None
    units = [drawn(count) for count in hidden]
    count = sum(map(len, units))
    room = ACROSS**2 * channels(experiment)
    across = min(MOST, isqrt(room // count))
    if across < LEAST:
        return None
    return {"from": room, "across": across, "units": units, "dead": room + count * across**2}


def size(experiment: Experiment) -> int:
    """Bytes of the tiles in each row."""
    there = tiles(experiment)
    return 0 if there is None else there["dead"] - there["from"] + sum(map(len, there["units"]))


@shelved(REMEMBERED, weight)
def places(experiment: Experiment) -> np.ndarray:
    """Which points of the map of the answers those of a tile are: the nearest to the middles of its pixels."""
    there = tiles(experiment)
    across = there["across"] if there else 0
    middle = ((np.arange(across) + 0.5) * (ACROSS / max(across, 1)) - 0.5).round().astype(int)
    return (middle[:, np.newaxis] * ACROSS + middle).ravel()


@np.errstate(all="ignore")
def colors(v: np.ndarray, activation: str) -> np.ndarray:
    """Answers of hidden units as bytes: 128 the middle colour, 1 and 255 the strongest."""
    if activation in ENDS:
        low, high = ENDS[activation]
        v = (v - (low + high) / 2) * (254 / (high - low))
    else:
        v = np.fmin(np.fmax(v, -LARGE), LARGE)
        v = 127 * v / (np.abs(v) + HALF)
    return (np.fmin(np.fmax(v, -127), 127) + 128.5).astype(np.uint8)


def fill(experiment: Experiment, a: tuple[np.ndarray, ...], out: np.ndarray) -> None:
    """The tiles of some rows: `a` (R, points, j) of each layer over the map's points, `out` their bytes (R, ...)."""
    there = tiles(experiment)
    if there is None:
        return
    at, start = places(experiment), 0
    for units, said, activation in zip(there["units"], a, experiment.activations, strict=False):
        part = said.transpose(0, 2, 1)  # (R, j, points), as it lies in memory
        if len(units) < part.shape[1]:
            part = part[:, units]
        picture = colors(part[:, :, at], activation)
        end = start + picture.shape[1] * picture.shape[2]
        out[:, start:end] = picture.reshape(len(out), -1)
        start = end


def fill_dead(experiment: Experiment, dead: tuple[np.ndarray, ...], out: np.ndarray) -> None:
    """Whether units are dead, (R, j) for each layer, into a row's bytes (R, ...)."""
    there = tiles(experiment)
    if there is not None:
        flags = [found[:, units] for units, found in zip(there["units"], dead, strict=True)]
        out[:, there["dead"] : there["from"] + size(experiment)] = np.concatenate(flags, axis=1)
