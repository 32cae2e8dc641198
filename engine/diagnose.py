"""A diagnosis finds why a run moves or stands still: units that pass nothing back, samples that pull apart.

All functions are pure and look at one iteration, a ``Step``; ``flow`` looks at many. They give kinds and numbers; the
sentences are made by who shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .activations import ACTIVATIONS
from .backprop import gradients, penalty
from .checks import Array, array, number, pick, sequence, whole
from .datasets import DATASETS
from .experiment import Experiment
from .history import Step
from .lanes import SLOPES
from .losses import LOSSES
from .network import Layer, check_data, check_network, flatten
from .optimizers import OPTIMIZERS
from .predict import accuracy
from .replay import replay
from .tape import Field

STILL = 1e-4        # of the loss: an update that promises less counts as standing still; 100 of them change 1 %
CANCELLING = 0.05   # of the samples' gradients, taken one by one: a sum below it counts as cancelled
SATURATED = 0.1     # of the greatest slope: a unit whose slope is below it on every sample counts as saturated
SOLVED = 0.01       # of the loss of the best constant answer: little is left to learn below it
LOW = 3             # times: a learning rate that is less below the usual one is not called too small
OWN_RATES = (0.1, 0.3)  # usual for tables of one's own: numbers, classes
ULPS = 4            # rounding errors of a term of the loss, and of adding it to the others

Samples = tuple[tuple[Array, Array | None], ...]  # (dW (n, j, k), db (n, j)) of every layer


class Units(NamedTuple):
    """The units of a hidden layer that pass little or nothing back, by their numbers from 0."""

    units: int                   # how many there are
    dead: tuple[int, ...]        # slope exactly 0 on every sample of the batch
    saturated: tuple[int, ...]   # slope below a tenth of its greatest on every sample; the dead ones among them


@dataclass(frozen=True)
class Diagnosis:
    """Why a step is as large as it is. Lengths are Euclidean, over all weights and biases.

    `kind` is "moving"; or, where the update promises to change the loss by less than a ten-thousandth:
    "solved", little is left to learn; "penalty", it pulls as hard as the samples do; "rate", the learning rate is all
    that is too small; "dead" and "saturated", units of hidden layer `which` are; "cancelling", the samples' gradients
    do; "flat", the gradient is small for none of these reasons. A rate and units are named only if the update would
    move the network without them, and of these the one without which it would move it most; or if a whole layer is
    dead, so that no error comes further. A rate is not named where the samples cancel by more than it is too small.
    Where the step moves, `which` is a hidden layer with dead units, or one that is saturated.
    """

    kind: str
    layers: tuple[Units, ...]    # the hidden ones
    which: int | None            # the one that `kind` is about, from 0
    gradient: float              # length of the batch gradient, penalties left out
    total: float                 # the same with the penalties
    samples: float               # sum of the lengths of the samples' own parts of it
    together: float              # gradient / samples: 1 where all point one way, 0 where they cancel, or all are 0
    promise: float               # the change of the loss that the update promises
    rounding: float              # the least change of the loss that can be seen in float64
    rate: float | None           # the learning rate that is usual for these data and this optimizer; None: not known
    part: bool                   # whether the batch is a part of the training set only

    @property
    def still(self) -> bool:
        """Whether the network hardly moves."""
        return self.kind != "moving"

    @property
    def cancels(self) -> bool:
        """Whether the samples' gradients cancel, wholly or nearly."""
        return self.together < CANCELLING and self.samples > 0.0


@np.errstate(all="ignore")
def sample_gradients(step: Step) -> Samples:
    """Each sample's part of the gradient: for every layer dW (n, j, k) and db (n, j), or None without biases.

    Summed over the samples they are ``step.dW`` and ``step.db``, but for the part of the penalty.
    """
    below = (step.x, *step.a[:-1])
    return tuple((d[:, :, None] * a[:, None, :], None if db is None else d)
                 for d, a, db in zip(step.delta, below, step.db, strict=True))


@np.errstate(all="ignore")
def units(step: Step) -> tuple[Units, ...]:
    """The dead and the saturated units of every hidden layer, on the batch of this step.

    How a saturated layer keeps those below it from learning was watched by Glorot and Bengio, Understanding the
    difficulty of training deep feedforward neural networks, 2010; ReLUs that are never on, and never learn to be, are
    why Maas, Hannun and Ng (Rectifier nonlinearities improve neural network acoustic models, 2013) made them leak.
    """
    found = []
    for layer, z in zip(step.before[:-1], step.z[:-1], strict=True):
        steepest = layer.f.derivative(z).max(axis=0)  # (j,)
        found.append(Units(len(steepest), _where(steepest == 0.0),
                           _where(steepest < SATURATED * layer.f.largest_slope)))
    return tuple(found)


def dead_many(layers: Sequence[Layer], a: Sequence[Array]) -> tuple[NDArray[np.bool_], ...]:
    """Which units of every hidden layer are dead (see ``Units``) in R networks at once: (R, j) each.

    `a`: what ``forward_many`` says of `layers` on the samples that count, (R, n, j) for each layer.
    """
    found = []
    for layer, said in zip(check_network(layers)[:-1], a, strict=False):
        slope = SLOPES.get(layer.activation)      # the others are flat nowhere
        steepest = np.ones((len(said), said.shape[2])) if slope is None else slope(said).max(axis=1)
        found.append(steepest == 0.0)
    return tuple(found)


@np.errstate(all="ignore")
def promise(step: Step) -> float:
    """The change of the loss, to first order, that the gradient promises for this update: ``-g . change``.

    For plain gradient descent that is ``-lr |g|^2``, never above 0; an optimizer with a memory may step uphill.
    """
    total = 0.0
    for (cW, cb), dW, db in zip(step.change, step.dW, step.db, strict=True):
        total += float((dW * cW).sum())
        if db is not None and cb is not None:
            total += float((db * cb).sum())
    return -total + 0.0


@np.errstate(all="ignore")
def delivered(step: Step, e: Experiment) -> float:
    """The change of the loss that came: on the same batch, penalties included, after the update minus before it.

    Not finite where the update left the finite numbers.
    """
    after = gradients(step.after, step.x, step.y, LOSSES[e.loss], e.l1, e.l2)
    return after.loss - step.loss


def along_gradient(layers: Sequence[Layer], x: object, y: object, loss: str, l1: float, l2: float,
                   rates: object) -> Array:
    """The loss after one step of plain gradient descent from `layers`, for each of the learning rates (R,).

    ``C(w - rate g)``, with g the gradient at `layers`; infinite or NaN where numbers outgrow float64.
    """
    network = check_network(layers)
    inputs, targets, record = check_data(network, x, y, loss)
    l1, l2 = number(l1, "l1", least=0.0), number(l2, "l2", least=0.0)
    steps = array(rates, "rates", "(rates,)", 1)
    L = len(network)
    with np.errstate(all="ignore"):
        p = gradients(network, inputs, targets, record, l1, l2)
        g = np.concatenate([v.ravel() for pair in zip(p.dW, p.db, strict=True) for v in pair if v is not None])
        theta = flatten(network) - steps[:, None] * g                      # (R, P)
        parts = replay(network, theta, inputs, targets, record, 0.0, 0.0)  # ..., z, a, delta of every layer
        z, a = (parts[i].reshape(-1, targets.shape[1]) for i in (-2 * L - 1, -L - 1))  # (R n, outputs)
        every = np.tile(targets, (len(steps), 1))
        pair = record.pairs.get(network[-1].activation)
        terms = record.terms(a, every) if pair is None else pair.terms(z, every)
        found: Array = (terms * record.scale(*targets.shape)).reshape(len(steps), -1).sum(axis=1)
        if l1 or l2:
            weights = np.concatenate([np.full(v.size, v.ndim == 2) for layer in network for v in (layer.W, layer.b)
                                      if v is not None])
            W = theta[:, weights]
            found += l1 * np.abs(W).sum(axis=1) + l2 / 2.0 * (W * W).sum(axis=1)
    return found


def rounding(step: Step, e: Experiment | None = None) -> float:
    """The least change of the loss that is more than rounding: a few units in the last place for each of its terms."""
    terms = step.y.size + (sum(layer.W.size for layer in step.before) if e and (e.l1 or e.l2) else 0)
    return ULPS * terms * float(np.spacing(abs(step.loss)))


@np.errstate(all="ignore")
def diagnose(step: Step, e: Experiment | None = None) -> Diagnosis:
    """Why this step moves the network, or hardly does.

    With the experiment it knows what is usual and what is solved, and whether the batch is all there is to learn from.
    """
    layers = units(step)
    samples, gradient, together = _sizes(step)
    total = sqrt(sum(float((v * v).sum()) for v in (*step.dW, *step.db) if v is not None))
    promised, least = promise(step), STILL * abs(step.loss)
    rate = None if e is None else usual_rate(e)

    def found(kind: str, which: int | None = None) -> Diagnosis:
        return Diagnosis(kind, layers, which, gradient, total, samples, together, promised, rounding(step, e), rate,
                         e is not None and len(step.x) < len(e.data()[0]))

    numbers = range(len(layers))
    deadest = max(numbers, key=lambda i: len(layers[i].dead) / layers[i].units, default=None)
    deadest = None if deadest is None or not layers[deadest].dead else deadest
    stuck = next((i for i in numbers if len(layers[i].saturated) == layers[i].units), None)
    if not (abs(promised) < least or promised == 0.0):
        return found("moving", stuck if deadest is None else deadest)
    if e is not None and _solved(step, e):
        return found("solved")
    if total < CANCELLING * gradient:
        return found("penalty")

    def without(slopes: dict[int, NDArray[np.bool_]]) -> float:
        """How many times as much the update would promise if these units had their greatest slope."""
        length = _length_with(step, slopes)
        times = length / gradient if gradient > 0.0 else np.inf if length > 0.0 else 0.0
        moves = step.learning_rate * length * length >= least or times * times * abs(promised) >= least
        return times * times if moves else 0.0

    causes: list[tuple[float, str, int | None]] = []
    if rate is not None and LOW * step.learning_rate <= rate and abs(promised) * rate / step.learning_rate >= least:
        causes.append((rate / step.learning_rate, "rate", None))
    if deadest is not None:
        dead = layers[deadest]
        whole_layer = len(dead.dead) == dead.units and not causes
        mask = np.isin(np.arange(dead.units), dead.dead)
        causes.append((np.inf if whole_layer else without({deadest: mask}), "dead", deadest))
    if stuck is not None:
        causes.append((without({stuck: np.ones(layers[stuck].units, dtype=bool)}), "saturated", stuck))
    weight, kind, which = max(causes, key=lambda cause: cause[0], default=(0.0, "flat", None))
    cancelling = together < CANCELLING and samples > 0.0
    if weight > 1.0 and not (kind == "rate" and cancelling and weight * together * together < 1.0):
        return found(kind, which)
    return found("cancelling" if cancelling else "flat")


def usual_rate(e: Experiment) -> float:
    """The learning rate that is usual for this optimizer, or for these data where the optimizer has none of its own."""
    own = OWN_RATES[e.kind != "regression"] if e.dataset == "custom" else DATASETS[e.dataset].learning_rate
    return OPTIMIZERS[e.optimizer].rate or own


def _solved(step: Step, e: Experiment) -> bool:
    """Whether every sample is right and the loss, penalties left out, far below that of the best constant answer."""
    record, a, y = LOSSES[e.loss], step.a[-1], step.y
    constant = record.value(np.tile(y.mean(axis=0), (len(y), 1)), y)
    if constant == 0.0:                                        # one sample, or all alike: any constant can be learnt
        constant = record.value(np.full(y.shape, 1.0 / max(2, y.shape[1]) if record.unit_targets else 0.0), y)
    return step.loss - penalty(step.before, e.l1, e.l2) < SOLVED * constant and accuracy(a, y) in (None, 1.0)


def _length_with(step: Step, steep: dict[int, NDArray[np.bool_]]) -> float:
    """The length of the gradient, penalties left out, if the units (j,) of these layers had their greatest slope."""
    delta, total = step.delta[-1], 0.0
    for l in range(len(step.z) - 1, -1, -1):
        if l < len(step.z) - 1:
            f = step.before[l].f
            slope = f.derivative(step.z[l])
            if l in steep:
                slope = np.where(steep[l], f.largest_slope, slope)
            delta = (delta @ step.before[l + 1].W) * slope                     # BP2
        total += float(((delta.T @ (step.a[l - 1] if l else step.x)) ** 2).sum())
        total += 0.0 if step.before[l].b is None else float((delta.sum(axis=0) ** 2).sum())
    return sqrt(total)


class Flow(NamedTuple):
    """Root mean squares by iteration and layer, each (T, L), and shares of hidden units, each (T, L - 1).

    The shares are None where the activations were not given.
    """

    z: Array
    a: Array
    delta: Array
    dW: Array
    dead: Array | None
    saturated: Array | None


def flow(rows: object, layout: Sequence[Field], activations: object = None) -> Flow:
    """How large the signals are on their way, from ``History.rows(...)`` (T, width) and ``History.layout``.

    `activations` are those of all layers, as in ``Experiment.activations``. What a short batch does not fill, NaN in
    the rows, is left out. ``ValueError`` where rows and layout do not belong together.
    """
    table = np.asarray(rows)
    width = layout[-1].offset + layout[-1].size
    if table.ndim != 2 or table.shape[1] != width or table.dtype != np.float64:
        raise ValueError(f"rows: expected float64 of shape (iterations, {width}); got {table.dtype} of shape "
                         f"{table.shape}; take History.rows with all columns, and the layout of that history.")
    found = {}
    with np.errstate(all="ignore"):
        for quantity in ("z", "a", "delta", "dw"):
            found[quantity] = np.stack([_rms(_part(table, f)) for f in layout if f.quantity == quantity], axis=1)
        if activations is None:
            return Flow(found["z"], found["a"], found["delta"], found["dw"], None, None)
        places = [f for f in layout if f.quantity == "z"]
        names = [pick(ACTIVATIONS, name, "activation") for name in sequence(activations, "activations")]
        if len(names) != len(places):
            raise ValueError(f"activations: expected {len(places)}, one for each layer; got {len(names)}; take "
                             "Experiment.activations.")
        dead, saturated = np.zeros((2, len(table), len(places) - 1))
        for l, (f, place) in enumerate(zip(names[:-1], places[:-1], strict=True)):
            z = _part(table, place).reshape(len(table), *place.shape)                   # (T, n, j)
            slope = f.derivative(z)
            slope[np.isnan(z)] = 0.0
            steepest = slope.max(axis=1)                                                # (T, j)
            dead[:, l] = (steepest == 0.0).mean(axis=1)
            saturated[:, l] = (steepest < SATURATED * f.largest_slope).mean(axis=1)
    return Flow(found["z"], found["a"], found["delta"], found["dw"], dead, saturated)


class PathProduct(NamedTuple):
    """The way of an error signal down a path of units, from an output: times a weight, times a slope, and so on."""

    path: tuple[int, ...]        # one unit a layer, the first hidden layer's first
    start: float                 # delta of the output unit
    weights: tuple[float, ...]   # from the output down
    slopes: tuple[float, ...]
    running: Array               # start, then the product after each weight and slope (len(path),)

    @property
    def end(self) -> float:
        """What this path adds to the delta of its unit in the first layer."""
        return float(self.running[-1])


@np.errstate(all="ignore")
def path_product(step: Step, path: Sequence[int], sample: int) -> PathProduct:
    """The factors along `path`, one unit for each layer from the first on, for one sample of the batch.

    The products of all paths that end at a unit add up to its delta: that is BP2, layer after layer.
    """
    chosen = sequence(path, "path")
    if len(chosen) != len(step.z):
        raise ValueError(f"path: expected {len(step.z)} units, one for each layer; got {len(chosen)}; the inputs have "
                         "no unit in it.")
    way = tuple(whole(j, "path", most=z.shape[1] - 1) for j, z in zip(chosen, step.z, strict=True))
    i = whole(sample, "sample", most=len(step.x) - 1)
    start = float(step.delta[-1][i, way[-1]])
    weights, slopes, running = [], [], [start]
    for l in range(len(way) - 2, -1, -1):
        weights.append(float(step.before[l + 1].W[way[l + 1], way[l]]))
        slopes.append(float(step.before[l].f.derivative(step.z[l][i:i + 1])[0, way[l]]))
        running.append(running[-1] * weights[-1] * slopes[-1])
    return PathProduct(way, start, tuple(weights), tuple(slopes), np.array(running))


def _sizes(step: Step) -> tuple[float, float, float]:
    """The sum of the sizes of the samples' gradients, the size of their sum, and the ratio of the two."""
    below = (step.x, *step.a[:-1])
    s = max(float(np.abs(d).max()) for d in step.delta) or 1.0  # in units of s and q squares do not overflow
    q = max(1.0, *(float(np.abs(a).max()) for a in below))
    squares, total = np.zeros(len(step.x)), 0.0
    for delta, a_below, db in zip(step.delta, below, step.db, strict=True):
        d, a, one = delta / s, a_below / q, 0.0 if db is None else 1.0 / q
        squares += (d * d).sum(axis=1) * ((a * a).sum(axis=1) + one * one)  # |delta_i a_i^T|^2 + |delta_i|^2
        total += float(((d.T @ a) ** 2).sum() + ((one * d.sum(axis=0)) ** 2).sum())
    samples, together = float(np.sqrt(squares).sum()), sqrt(total)
    return samples * s * q, together * s * q, together / samples if samples > 0.0 else 0.0


def _part(rows: Array, field: Field) -> Array:
    return rows[:, field.offset:field.offset + field.size]


def _rms(v: Array) -> Array:
    """Root mean square of every row (T,), NaN left out."""
    found: Array = np.sqrt(np.einsum("ti,ti->t", v, v) / v.shape[1])
    hard = ~((found > 1e-140) & (found < 1e140))          # zeros, NaN, and squares that overflow or vanish
    if hard.any():
        rest = v[hard]
        there = ~np.isnan(rest)
        size = np.where(there, np.abs(rest), 0.0)
        top = size.max(axis=1, keepdims=True)
        top[(top == 0.0) | np.isinf(top)] = 1.0
        count = np.maximum(there.sum(axis=1), 1)
        found[hard] = top[:, 0] * np.sqrt(((size / top) ** 2).sum(axis=1) / count)
    return found


def _where(mask: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.flatnonzero(mask))
