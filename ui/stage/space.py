"""Hidden space: where the last hidden layer puts the samples, and the line on which the output's decision turns.

With two hidden units its axes are these units' own a, with one there is one axis. With more it is seen along the
output's z, so that the line is exact, and across it. Places are shares of the window, in two bytes each; the line's
ends and the window are numbers of the row. The script only joins them.
"""

from collections.abc import Callable
from math import atanh, log
from typing import Any

import numpy as np

from engine import Experiment, middle
from engine.shelf import shelved
from ui import names
from ui.stage.maps import REMEMBERED, weight
from ui.stage.scale import answer_range

MOST_SAMPLES = 200
MOST_CLASSES = 4  # with a line between any two
FIXED = {"sigmoid": (-0.08, 1.08), "tanh": (-1.16, 1.16)}  # windows of activations that have ends
ROUND = np.array([digit * 10.0**power for power in range(-1, 9) for digit in (1, 2, 5)])  # where other windows end
FULL, OVER = 0.7, 0.9  # of a window: from here on it grows, up to the next round one here
LEAST_Z = 2.0  # the window of a z that turns reaches that far at least: while it is near 0 nothing is decided
LARGEST = 1e300
TOP = 65535


def shown(experiment: Experiment) -> np.ndarray:
    """Which training samples are drawn: all, or so many evenly among them."""
    n = len(experiment.data()[0])
    return np.arange(n) if n <= MOST_SAMPLES else np.linspace(0, n - 1, MOST_SAMPLES).astype(int)


def size(experiment: Experiment) -> int:
    """Bytes of the places in each row."""
    return 4 * len(shown(experiment)) if len(experiment.sizes) > 2 else 0


@shelved(REMEMBERED, weight)
def turn(experiment: Experiment) -> float | None:
    """The z of a single output at which the class it stands for changes; None where there is no such z."""
    between = middle(experiment.data()[1]) if experiment.sizes[-1] == 1 and experiment.kind != "regression" else None
    if between is None:
        return None
    inverse: dict[str, Callable[[float], float | None]] = {
        "sigmoid": lambda a: log(a / (1 - a)) if a > 0 else None,
        "tanh": lambda a: atanh(a),
        "linear": lambda a: a,
        "relu": lambda a: a,
        "leaky_relu": lambda a: a,
    }
    return inverse[experiment.output](between) if experiment.output in inverse else None


def pairs(experiment: Experiment) -> list[tuple[int, int]]:
    """Between which outputs lines are drawn; (0, 0) for the one where a single output turns.

    Of several outputs the greatest z is the greatest a where the activation always rises. Three and more have their
    lines in the plane of two hidden units only.
    """
    units, outputs = experiment.sizes[-2:]
    if outputs == 1:
        return [] if turn(experiment) is None else [(0, 0)]
    if experiment.kind == "regression" or experiment.output == "relu":
        return []
    if outputs > (MOST_CLASSES if units == 2 else 2):
        return []
    return [(i, j) for i in range(outputs) for j in range(i + 1, outputs)]


def spec(experiment: Experiment) -> dict[str, Any] | None:
    """What the script has to know beforehand: axes, words, and what the points' colours are; None without a layer."""
    if len(experiment.sizes) < 3:
        return None
    units, outputs = experiment.sizes[-2:]
    columns = names.units(experiment.sizes, [feature.label for feature in experiment.inputs])
    hidden, out = columns[-2:]
    lines = pairs(experiment)
    z = names.layer("z", len(experiment.sizes) - 2)
    if units <= 2:
        axes = [*hidden, ""][:2]
    elif outputs == 1:
        axes = [f"z of {out[0]}", "across it"]
    elif lines:
        axes = [f"{z}₂ − {z}₁", "across it"]
    else:
        axes = ["one way", "across it"]
    numbers = experiment.kind == "regression"
    layer = "hidden layer" if len(experiment.sizes) == 3 else "last hidden layer"
    says = [f"Where the {layer} puts the data."]
    if len(lines) == 1:
        says.append("At the line the answer turns.")
    elif lines:
        says.append("At the lines the answer turns.")
    elif numbers:
        says.append("The answers are numbers: no line parts them.")
    if units > 2 and (lines or outputs == 1):
        says.append(f"Left to right: {axes[0]}. Up and down: the rest, from one side.")
    elif units > 2:
        says.append(f"{units} units, seen from one side.")
    return {
        "axes": axes,
        "square": units <= 2,
        "says": says,
        "about": " ".join(says),
        "lines": len(lines),
        "classes": outputs > 1 and not numbers,
        "numbers": numbers,
    }


def seen(experiment: Experiment) -> list[list[int]]:
    """The samples that are drawn: number, and its class's or, of numbers, the target's place on the colours' scale."""
    some = shown(experiment)
    return np.stack([some, _colors(experiment, experiment.data()[1][some])], axis=1).tolist()


def _colors(experiment: Experiment, y: np.ndarray) -> np.ndarray:
    if experiment.kind == "regression":
        low, high = answer_range(experiment)
        return np.clip((y[:, 0] - low) * (255 / (high - low)), 0, 255).astype(int)
    return (y[:, 0] > 0.5).astype(int) if y.shape[1] == 1 else y.argmax(axis=1)


def places(experiment: Experiment, width: int) -> tuple[dict[str, Any], int]:
    """Where its numbers stand in a row that is `width` numbers wide without them, and how wide it is with them.

    `window`: low and high of the horizontal axis and of the vertical one; `ticks`: a round number for each; `lines`:
    from x, y to x, y in shares of the window, NaN where none is in view, and where there is one line it has the
    greater z on its left; `side`: the sign of that z where the whole window is on one side.
    """
    count = len(pairs(experiment))
    at = {"window": width, "ticks": width + 4, "lines": width + 6, "side": width + 6 + 4 * count}
    return at, at["side"] + 1


@np.errstate(all="ignore")
def fill(
    experiment: Experiment, a: np.ndarray, parameters: np.ndarray, at: dict[str, Any], rows: np.ndarray, out: np.ndarray
) -> None:
    """Its numbers into the rows (R, width) and the places into `out` (R, bytes).

    `a` (R, n, units) is what the last hidden layer says of the samples that are drawn, `parameters` (R, P) whose
    networks these are.
    """
    R, _, units = a.shape
    outputs = experiment.sizes[-1]
    end = parameters.shape[1] - (outputs if experiment.biases else 0)
    W = parameters[:, end - outputs * units : end].reshape(R, outputs, units)
    b = parameters[:, end:] if experiment.biases else np.zeros((R, outputs))
    between = pairs(experiment)
    weights, bias = _differences(experiment, W, b, between)
    if units <= 2:
        flat = np.zeros((R, a.shape[1], 2))
        flat[:, :, :units] = a
        window, ticks = _window_of(experiment.activations[-2], flat, units)
        weights = np.concatenate([weights, np.zeros((R, len(between), 2 - units))], axis=2)
    else:
        flat = _seen_along(experiment, a, weights, bias)
        reach = grown(np.maximum(np.abs(flat).max(axis=1), FULL * np.array([LEAST_Z if between else 0.0, 0.0])))
        window = np.stack([-reach, reach], axis=2)
        ticks = _ticks(reach)
        weights = np.tile([1.0, 0.0], (R, len(between), 1))
        bias = np.zeros((R, len(between)))
    low, span = window[:, :, 0], window[:, :, 1] - window[:, :, 0]
    rows[:, at["window"] : at["window"] + 4] = window.reshape(R, 4)
    rows[:, at["ticks"] : at["ticks"] + 2] = ticks
    normals = weights * span[:, np.newaxis]
    offsets = bias + (weights @ low[:, :, np.newaxis])[:, :, 0]
    ends = np.stack(
        [_segment(normals[:, i], offsets[:, i], *_others(between, i, normals, offsets)) for i in range(len(between))],
        axis=1,
    ) if between else np.empty((R, 0, 4))  # fmt: skip
    rows[:, at["lines"] : at["lines"] + 4 * len(between)] = ends.reshape(R, -1)
    middle_z = (normals.sum(axis=2) / 2 + offsets)[:, 0] if len(between) == 1 else np.zeros(R)
    rows[:, at["side"]] = np.where(np.isnan(ends[:, 0, 0]), np.sign(middle_z), 0.0) if len(between) == 1 else 0.0
    shares = (flat - low[:, np.newaxis]) / span[:, np.newaxis]
    steps = np.rint(np.fmin(np.fmax(shares, 0), 1) * TOP).astype(np.uint16)
    n = a.shape[1]
    xy = steps.transpose(0, 2, 1).reshape(R, 2 * n)
    out[:, : 2 * n] = xy >> 8
    out[:, 2 * n :] = xy & 255


def _differences(
    experiment: Experiment, W: np.ndarray, b: np.ndarray, between: list[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Of each line the weights (R, lines, units) and the bias (R, lines) of the z that is 0 on it."""
    if between == [(0, 0)]:
        return W, b - (turn(experiment) or 0.0)
    first, second = ([pair[side] for pair in between] for side in (0, 1))
    return W[:, second] - W[:, first], b[:, second] - b[:, first]


def _window_of(activation: str, flat: np.ndarray, units: int) -> tuple[np.ndarray, np.ndarray]:
    """(R, 2, 2) and (R, 2): the window over one or two hidden units, the same along both so that no angle changes."""
    R = len(flat)
    if activation in FIXED:
        window, ticks = np.tile(np.array(FIXED[activation]), (R, 2, 1)), np.ones((R, 2))
    else:
        reach = grown(np.abs(flat).max(axis=(1, 2)))
        window = np.stack([reach * (-0.12 if activation == "relu" else -1.0), reach], axis=1)[:, np.newaxis]
        window, ticks = np.repeat(window, 2, axis=1), _ticks(np.stack([reach, reach], axis=1))
    if units == 1:
        window[:, 1] = (-1.0, 1.0)
    return window, ticks


def _seen_along(experiment: Experiment, a: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """(R, n, 2): of more than two units the z that turns, where there is one, and what is left along one direction."""
    left = a - a.mean(axis=1, keepdims=True)
    first, second = _scores(experiment)
    if weights.shape[1] == 1:
        along = a @ weights.transpose(0, 2, 1) + bias[:, np.newaxis]  # (R, n, 1)
        away = weights[:, 0]
    else:
        away = _spread(left, first)
        along = left @ away[:, :, np.newaxis]
        first = second
    length = np.sqrt((away * away).sum(axis=1, keepdims=True))
    away = away / np.where(length > 0, length, 1.0)
    left = left - (left @ away[:, :, np.newaxis]) * away[:, np.newaxis]
    across = left @ _spread(left, first)[:, :, np.newaxis]
    return np.concatenate([along, across], axis=2)


@shelved(REMEMBERED, weight)
def _scores(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """Two orders of the samples that are drawn, by their inputs: the first counts most, and the other way round."""
    x = experiment.data()[0][shown(experiment)]
    x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    less = 0.5 ** np.arange(x.shape[1])
    return x @ less, x @ (less[::-1] * (-1.0) ** np.arange(x.shape[1]))


def _spread(left: np.ndarray, score: np.ndarray) -> np.ndarray:
    """(R, units): one step of the power method towards the greatest spread of `left` (R, n, units), from a fixed start.

    The direction of greatest spread itself jumps where two spreads become equal, and its sign is anybody's. One step
    from what goes with the samples' own order is near it, has a sign, and moves only as the network does.
    """
    v = score @ left
    v = ((left @ v[:, :, np.newaxis]).transpose(0, 2, 1) @ left)[:, 0]
    length = np.sqrt((v * v).sum(axis=1, keepdims=True))
    return v / np.where(length > 0, length, 1.0)


def grown(most: np.ndarray) -> np.ndarray:
    """How far a window reaches that holds numbers up to `most`: a round number for a while, and then over to the next.

    It depends on `most` alone and never jumps.
    """
    knots = np.stack([FULL * ROUND[:-1], OVER * ROUND[:-1]], axis=1).ravel()
    heights = np.stack([ROUND[:-1], ROUND[1:]], axis=1).ravel()
    most = np.fmin(most, LARGEST)
    return np.maximum(np.interp(most, knots, heights), most / OVER)


def _ticks(reach: np.ndarray) -> np.ndarray:
    return ROUND[np.maximum(np.searchsorted(ROUND, 0.8 * reach + 1e-12, side="right") - 1, 0)]


Planes = tuple[list[np.ndarray], list[np.ndarray]]


def _others(between: list[tuple[int, int]], i: int, normals: np.ndarray, offsets: np.ndarray) -> Planes:
    """Where neither output of line i is below a third one: half-planes, normals (R, 2) and offsets (R,)."""
    first, second = between[i]
    n, c = [], []
    for k in {output for pair in between for output in pair} - {first, second}:
        place = between.index((min(first, k), max(first, k)))
        sign = -1.0 if first < k else 1.0  # the line's z is that of the second minus that of the first
        n.append(sign * normals[:, place])
        c.append(sign * offsets[:, place])
    return n, c


def _segment(normal: np.ndarray, offset: np.ndarray, others: list[np.ndarray], beyond: list[np.ndarray]) -> np.ndarray:
    """(R, 4): the part of the lines normal . u + offset = 0 in the unit square and in other half-planes, ends in order.

    The greater side is on the left of the way from the first end to the second. NaN where nothing is left.
    """
    R = len(normal)
    length = np.sqrt((normal * normal).sum(axis=1))
    normal, offset = normal / length[:, np.newaxis], offset / length
    foot = 0.5 - normal * (normal.sum(axis=1) / 2 + offset)[:, np.newaxis]
    way = np.stack([normal[:, 1], -normal[:, 0]], axis=1)
    first, last = np.full(R, -np.inf), np.full(R, np.inf)
    square = [np.tile(side, (R, 1)) for side in ([1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0])]
    for n, c in zip([*square, *others], [0.0, 1.0, 0.0, 1.0, *beyond], strict=True):
        rate, value = (n * way).sum(axis=1), (n * foot).sum(axis=1) + c
        at = -value / rate
        first = np.where(rate > 0, np.maximum(first, at), first)
        last = np.where(rate < 0, np.minimum(last, at), last)
        last = np.where((rate == 0) & (value < 0), -np.inf, last)
    ends = np.concatenate([foot + first[:, np.newaxis] * way, foot + last[:, np.newaxis] * way], axis=1)
    return np.where((first < last)[:, np.newaxis] & np.isfinite(ends), ends, np.nan)
