"""A diagnosis says why a run moves or stands still: units that pass nothing back, samples that pull against each other.

All functions are pure and look at one iteration, a ``Step``; ``flow`` looks at many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .activations import ACTIVATIONS
from .backprop import gradients
from .checks import Array, array, number, pick, sequence, whole
from .experiment import Experiment
from .history import Step
from .losses import LOSSES
from .network import Layer, check_data, check_network, flatten
from .replay import replay
from .tape import Field

STILL = 1e-4        # of the loss: an update that promises less counts as standing still; 100 of them change 1 %
CANCELLING = 0.05   # of the samples' gradients, taken one by one: a sum below it counts as cancelled
SATURATED = 0.1     # of the greatest slope: a unit whose slope is below it on every sample counts as saturated

Samples = tuple[tuple[Array, Array | None], ...]  # (dW (n, j, k), db (n, j)) of every layer
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Units(NamedTuple):
    """The units of a hidden layer that pass little or nothing back, by their numbers from 0."""

    units: int                   # how many there are
    dead: tuple[int, ...]        # slope exactly 0 on every sample of the batch
    saturated: tuple[int, ...]   # slope below a tenth of its greatest on every sample; the dead ones among them


@dataclass(frozen=True)
class Diagnosis:
    """Why a step is as large as it is. Sizes are Euclidean lengths over all weights and biases.

    `kind` is "moving"; or, where the update promises to change the loss by less than a ten-thousandth, the first that
    fits of "dead" (some hidden units are), "saturated" (all units of a hidden layer are), "cancelling" (the samples'
    gradients do) and "flat" (the gradient or the learning rate is small).
    """

    kind: str
    sentence: str
    layers: tuple[Units, ...]    # the hidden ones
    gradient: float              # size of the batch gradient, penalties left out
    samples: float               # sum of the sizes of the samples' own parts of it
    together: float              # gradient / samples: 1 where all point one way, 0 where they cancel, or all are 0
    promise: float               # the change of the loss that the update promises


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


@np.errstate(all="ignore")
def diagnose(step: Step, e: Experiment | None = None) -> Diagnosis:
    """Why this step moves the network, or hardly does, as numbers and one sentence or two.

    With the experiment it can tell whether the batch is all there is to learn from, and says so where it is not.
    """
    layers = units(step)
    samples, gradient, together = _sizes(step)
    promised = promise(step)
    n = len(step.x)
    part = e is not None and n < len(e.data()[0])
    every = "on every sample" + (" of this batch" if part else "")

    still = abs(promised) < STILL * abs(step.loss) or promised == 0.0
    cancel = _cancel(n, together, still) if together < CANCELLING and n > 1 and samples > 0.0 else ""
    deadest = max(range(len(layers)), key=lambda i: len(layers[i].dead) / layers[i].units, default=0)
    dead = layers[deadest].dead if layers else ()
    stuck = next((i for i, u in enumerate(layers) if len(u.saturated) == u.units), None)
    change = (f"this update promises to change the loss by {promised:+.2g}" if np.isfinite(promised) else
              "this update promises to change the loss by more than a number can hold")

    if not still:
        kind, says = "moving", [f"It moves: {change}."]
        if dead:
            says.append(_count(layers, deadest, len(dead), "dead") + ".")
        elif stuck is not None:
            says.append(_count(layers, stuck, layers[stuck].units, "saturated") + ".")
        says.append(cancel)
    elif dead:
        kind, says = "dead", [_count(layers, deadest, len(dead), "dead") + ":"]
        if len(dead) == layers[deadest].units:
            zero = "output and slope are" if (step.a[deadest] == 0.0).all() else "the slope is"
            says.append(f"{every} {zero} 0, so no error passes back there.")
        else:
            says += [f"slope 0 {every}, so no gradient reaches {'its' if len(dead) == 1 else 'their'} weights.", cancel]
    elif stuck is not None:
        f = step.before[stuck].f
        steepest = float(f.derivative(step.z[stuck]).max())
        kind, says = "saturated", [
            _count(layers, stuck, layers[stuck].units, "saturated") + ":",
            f"{every} the slope is at most {steepest:.2g}, of {f.largest_slope:g} at its greatest, so hardly any error "
            "passes back there."]
    elif cancel:
        kind, says = "cancelling", [cancel]
    else:
        kind, says = "flat", [_flat(step, gradient, change, promised)]
    return Diagnosis(kind, " ".join(filter(None, says)), layers, gradient, samples, together, promised)


def _flat(step: Step, gradient: float, change: str, promised: float) -> str:
    """The sentence where no unit and no sample is to blame."""
    size = sqrt(sum(float((v * v).sum()) for v in (*step.dW, *step.db) if v is not None))  # with the penalty's part
    if gradient == 0.0:
        return f"Every sample's gradient is 0: nothing moves the loss of {step.loss:.3g}."
    if size < CANCELLING * gradient:
        return ("The penalty pulls the weights as hard as the samples pull the other way: together they are "
                f"{_percent(size / gradient)} of the samples' gradient.")
    return (f"The step is small: with a gradient of size {size:.2g} and a learning rate of {step.learning_rate:g}, "
            f"{change}, {_percent(abs(promised) / abs(step.loss))} of it.")


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


def _percent(share: float) -> str:
    """A share as a reader takes it in: 0.29%, 12%."""
    return "less than 0.01%" if share < 1e-4 else f"{100.0 * share:.2g}%"


def _cancel(n: int, together: float, still: bool) -> str:
    """How far the gradients of n samples cancel."""
    whose = f"The {WORDS[n] if n < len(WORDS) else n} samples' gradients"
    if together == 0.0:
        return f"{whose} cancel exactly."
    much = "cancel" if still else "mostly cancel"
    return f"{whose} {much}: together they are {_percent(together)} of what they are one by one."


def _count(layers: Sequence[Units], which: int, count: int, word: str) -> str:
    """Such as "2 of 4 hidden units are dead" or "All 4 units of hidden layer 2 are dead"."""
    where = "hidden unit" if len(layers) == 1 else f"unit of hidden layer {which + 1}"
    many, total = where.replace("unit", "units", 1), layers[which].units
    if total == 1:
        return f"The only {where} is {word}"
    if count == total:
        return f"{'Both' if total == 2 else f'All {total}'} {many} are {word}"
    return f"{count} of {total} {many} {'is' if count == 1 else 'are'} {word}"
