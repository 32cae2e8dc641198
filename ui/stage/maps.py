"""The map of the answers: over two inputs a picture of the output, over one the network's curve, as bytes of colour."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine import Experiment, Layer, Points, forward_many
from engine.shelf import shelved
from ui.stage.scale import answer_range

ACROSS = 40  # points along each side of the map
WINDOWS = ((-0.25, 1.25), (-1.25, 1.25), (-2.5, 2.5), (-5.0, 5.0))  # of a map to draw on, along one input
CURVE = 120  # points along the curve of a one-input network
AT_ONCE = 16  # networks in one batched product: their numbers stay in the cache
FINE_BELOW = 1e3  # weights and inputs up to which 7 digits are more than a colour shows
REMEMBERED = 16 * 2**20  # bytes of layouts, of windows and of grids, each


def weight(asked: tuple[Any, ...], made: object) -> int:
    """Bytes held by remembering what was made of an experiment, roughly: a grid is the largest."""
    return 32_000 + (asked[0].points.array.nbytes if isinstance(asked[0].points, Points) else 0)


@shelved(REMEMBERED, weight)
def frame(experiment: Experiment) -> tuple[tuple[float, float], tuple[float, float]]:
    """The window of the map: the range of both raw inputs (or of input and output), a little wider than the data.

    For one's own points with two inputs it is the first of a few round windows that holds them all, where one does: a
    point that is drawn within the window leaves it as it is.
    """
    if experiment.dataset == "custom" and experiment.features is not None:
        x = np.array(experiment.points)
        return _window(x[:, 0]), _window(x[:, 1])
    x, y = experiment.places()[0], experiment.data()[1]
    if x.shape[1] > 1:
        return _widened(x[:, 0], 0.25), _widened(x[:, 1], 0.25)
    return _widened(x[:, 0], 0.25), _widened(y[:, 0], 0.4)


def _window(v: np.ndarray) -> tuple[float, float]:
    fitting = (window for window in WINDOWS if window[0] <= v.min() and v.max() <= window[1])
    return next(fitting, None) or _widened(v, 0.25)


def _widened(v: np.ndarray, share: float) -> tuple[float, float]:
    low, high = float(v.min()), float(v.max())
    margin = share * (high - low or 1.0)
    return low - margin, high + margin


def map_kind(experiment: Experiment) -> str | None:
    """ "plane" for two raw inputs, "curve" for one input and one output, None where there is nothing to draw."""
    if len(experiment.data()[0]) == 1:
        return None
    if experiment.features is not None:
        most = 1 if experiment.kind == "regression" else 4  # of classes one is the likeliest, of numbers none
        return "plane" if experiment.sizes[-1] <= most else None
    return "curve" if experiment.sizes[0] == 1 and experiment.sizes[-1] == 1 else None


def channels(experiment: Experiment) -> int:
    """Byte planes of the map for each row."""
    return experiment.sizes[-1] if map_kind(experiment) == "plane" else 1


def cells(experiment: Experiment) -> int:
    """Bytes of the map for each row."""
    kind = map_kind(experiment)
    return ACROSS**2 * channels(experiment) if kind == "plane" else 2 * CURVE if kind == "curve" else 0


@shelved(REMEMBERED, weight)
def _grid(experiment: Experiment) -> np.ndarray:
    (low1, high1), (low2, high2) = frame(experiment)
    if map_kind(experiment) == "curve":
        return np.linspace(low1, high1, CURVE)[:, np.newaxis]
    first = np.linspace(low1, high1, ACROSS)
    second = np.linspace(high2, low2, ACROSS)  # the picture's first row is its top
    return experiment.seen(np.stack([np.tile(first, ACROSS), np.repeat(second, ACROSS)], axis=1))


def over_grid(
    experiment: Experiment, layers: tuple[Layer, ...], parameters: np.ndarray
) -> Iterator[tuple[slice, tuple[np.ndarray, ...]]]:
    """What networks whose parameters are the rows (R, P) say at the map's points: (points, units) of each layer.

    A few rows at a time: which they are, and the activations (rows, points, units), layer by layer.
    """
    grid = _grid(experiment)
    fine = all(np.abs(v).max(initial=0.0) < FINE_BELOW for v in (parameters, grid))
    digits = np.float32 if map_kind(experiment) == "plane" and fine else np.float64
    for first in range(0, len(parameters), AT_ONCE):
        these = slice(first, min(first + AT_ONCE, len(parameters)))
        yield these, forward_many(layers, parameters[these], grid, digits)


def picture(experiment: Experiment, a: np.ndarray) -> np.ndarray:
    """The maps of outputs a (R, points, outputs), as bytes (R, cells)."""
    plane = map_kind(experiment) == "plane"
    low, high = answer_range(experiment) if plane else frame(experiment)[1]
    if plane:
        return shares(a.transpose(0, 2, 1), low, high, 255).reshape(len(a), -1).astype(np.uint8)
    v = shares(a[:, :, 0], low, high, 65535).astype(np.uint16)
    return np.stack([v >> 8, v & 255], axis=-1).reshape(len(a), -1).astype(np.uint8)


def shares(v: np.ndarray, low: float, high: float, most: int) -> np.ndarray:
    """Where values stand between low and high, as whole numbers from 0 to `most`; 0 for what is not a number."""
    with np.errstate(all="ignore"):
        v = (v - low) * (most / (high - low))
    return np.fmin(np.fmax(v, 0), most)
