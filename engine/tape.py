"""The fast loop: backpropagation once more, as a list of NumPy calls that write into one flat vector.

``backprop.py`` is the text, this is the same text set for speed: every array is a view into the vector `live`, every
call writes in place, and recording an iteration is copying a slice of `live`. The tests hold the two together bit for
bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np

from .activations import LEAK, Activation
from .backprop import penalty
from .checks import Array
from .losses import Loss
from .network import Network, view_layers

Call = Callable[[], Any]  # functools.partial: calling it costs less than unpacking a function and its arguments

ZERO, HALF, ONE, MINUS_TWO = (np.array(v) for v in (0.0, 0.5, 1.0, -2.0))  # arrays are faster operands than floats
LEAK0 = np.array(LEAK)


@dataclass(frozen=True)
class Field:
    """Where a quantity stands in a flat row: ``row[offset:offset + size].reshape(shape)``.

    `quantity` is one of loss, w, b, dw, db, z, a, delta; `layer` counts from 0 and is None for the loss.
    """

    quantity: str
    layer: int | None
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


def lay_out(layers: Network, n: int) -> tuple[Field, ...]:
    """The fields of a row for batches of n samples: loss, parameters, gradients, then z, a and delta of every layer."""
    fields: list[Field] = []
    offset = 0

    def add(quantity: str, layer: int | None, shape: tuple[int, ...]) -> None:
        nonlocal offset
        fields.append(Field(quantity, layer, shape, offset))
        offset += fields[-1].size

    add("loss", None, ())
    for weights, biases in (("w", "b"), ("dw", "db")):
        for l, layer in enumerate(layers):
            add(weights, l, layer.W.shape)
            if layer.b is not None:
                add(biases, l, layer.b.shape)
    for quantity in ("z", "a", "delta"):
        for l, layer in enumerate(layers):
            add(quantity, l, (n, layer.W.shape[0]))
    return tuple(fields)


class Live:
    """The flat vector that a run lives in: ``[check | loss w b dw db z a delta | change | state]``.

    `check` is 0 as long as every other number is finite, and NaN from then on.
    """

    def __init__(self, layers: Network, n: int, slots: int) -> None:
        self.layers, self.n = layers, n
        self.layout = lay_out(layers, n)
        P = self.P = sum(layer.size for layer in layers)
        self.width = self.layout[-1].offset + self.layout[-1].size
        self.vector = np.zeros(1 + self.width + P * (1 + slots))
        self.check = self.vector[0:1].reshape(())
        self.everything = self.vector[1:]
        self.row = self.vector[1:1 + self.width]
        self.record = self.vector[0:2 + P]  # check, loss, parameters: what is kept of every iteration
        self.loss = self.vector[1:2].reshape(())
        self.parameters = self.vector[2:2 + P]
        self.gradient = self.vector[2 + P:2 + 2 * P]
        tail = 1 + self.width
        self.change = self.vector[tail:tail + P]
        self.state = tuple(self.vector[tail + P * (1 + s):tail + P * (2 + s)] for s in range(slots))
        self.memory = self.vector[tail + P:]  # all of the optimizer's state in one piece

    def one_piece(self, quantity: str, first: int, last: int) -> Array:
        """A quantity of the layers from first to last, which are neighbours in memory, as one vector."""
        found = [f for f in self.layout if f.quantity == quantity and f.layer in range(first, last + 1)]
        return self.row[found[0].offset:found[-1].offset + found[-1].size]

    def views(self, vector: Array) -> dict[str, list[Array | None]]:
        """The quantities by name, a list over the layers, as views into `vector`, which is laid out like a row."""
        found: dict[str, list[Array | None]] = {
            q: [None] * len(self.layers) for q in ("w", "b", "dw", "db", "z", "a", "delta")}
        for field in self.layout[1:]:
            assert field.layer is not None
            found[field.quantity][field.layer] = vector[field.offset:field.offset + field.size].reshape(field.shape)
        return found


class Tape:
    """The calls that compute loss and gradient of a batch of m samples into `live`; m may be less than live.n."""

    def __init__(self, live: Live, m: int, loss: Loss, hard: bool, l1: float, l2: float) -> None:
        layers, views = live.layers, live.views(live.row)
        last = len(layers) - 1
        w, b, dw, db = some(views["w"]), views["b"], some(views["dw"]), views["db"]
        z, a, delta = (tuple(v[:m] for v in some(views[q])) for q in ("z", "a", "delta"))
        self.x, self.y = np.zeros((m, w[0].shape[1])), np.zeros((m, w[last].shape[0]))
        self._prepare: list[Call] = []  # what has to be done once for every batch
        calls: list[Call] = []

        if m < live.n:  # a short batch: the rows it does not fill hold zeros
            calls += [partial(v[m:].fill, 0.0) for q in ("z", "a", "delta") for v in some(views[q])]

        below = (self.x, *a[:-1])
        for l, layer in enumerate(layers):
            calls += [partial(below[l].dot, w[l].T, z[l])]  # the method: np.dot takes a detour of 0.15 us
            calls += _add_bias(z[l], b[l])
            calls += self._activate(layer.f, z[l], a[l])

        calls += self._loss(loss, layers[last].f, z[last], a[last], delta[last], live.loss, hard)
        if l1 or l2:
            calls += [partial(_add_penalty, live.loss, view_layers(live.parameters, layers), l1, l2)]

        hidden = {layer.activation for layer in layers[:-1]}
        slopes: list[Array | None] = [None] * last
        if last > 1 and len(hidden) == 1 and m == live.n:  # neighbours in memory: all their slopes in one go
            every = live.one_piece("a", 0, last - 1)
            piece = np.empty(every.size)
            together = _slope(layers[0].f, every, piece)
            if together is not None:
                calls += together
                ends = np.cumsum([v.size for v in a[:-1]])
                slopes = [piece[end - v.size:end].reshape(v.shape) for end, v in zip(ends, a[:-1], strict=True)]
        ones = np.ones(m)
        for l in range(last, -1, -1):
            if l < last:
                calls += [partial(delta[l + 1].dot, w[l + 1], delta[l])]                         # BP2
                calls += _back(layers[l].f, z[l], a[l], delta[l], slopes[l])
            biases = db[l]
            if biases is not None:
                calls += [partial(ones.dot, delta[l], biases)]                                   # BP3
            calls += [partial(delta[l].T.dot, below[l], dw[l])]                                  # BP4
            t = np.empty(w[l].shape)
            if l1:
                calls += [partial(np.sign, w[l], t), partial(np.multiply, t, np.array(l1), t),
                          partial(np.add, dw[l], t, dw[l])]
            if l2:
                calls += [partial(np.multiply, w[l], np.array(l2), t), partial(np.add, dw[l], t, dw[l])]
        self.calls = calls

    def load(self, x: Array, y: Array) -> None:
        """Make x (m, k), y (m, outputs) the batch that the next run computes with."""
        self.x[:] = x
        self.y[:] = y
        for call in self._prepare:
            call()

    def run(self) -> None:
        """Compute loss and gradients for the parameters and the batch that are in place."""
        for call in self.calls:
            call()

    def _activate(self, f: Activation, z: Array, a: Array) -> list[Call]:
        """a = f(z)."""
        if f.name == "sigmoid":
            return [partial(np.negative, z, a), partial(np.exp, a, a), partial(np.add, a, ONE, a),
                    partial(np.reciprocal, a, a)]
        if f.name == "tanh":
            return [partial(np.tanh, z, a)]
        if f.name == "relu":
            return [partial(np.maximum, z, ZERO, out=a)]
        if f.name == "leaky_relu":
            return [partial(np.multiply, z, LEAK0, a), partial(np.maximum, z, a, out=a)]
        if f.name == "linear":
            return [partial(np.copyto, a, z)]
        if f.name == "softmax":
            top, self._shifted, self._sum = np.empty((len(z), 1)), np.empty(z.shape), np.empty((len(z), 1))
            return [partial(np.maximum.reduce, z, 1, None, top, True), partial(np.subtract, z, top, self._shifted),
                    partial(np.exp, self._shifted, a), partial(np.add.reduce, a, 1, None, self._sum, True),
                    partial(np.divide, a, self._sum, a)]
        return [partial(_put, a, lambda: f.f(z))]

    def _loss(self, loss: Loss, f: Activation, z: Array, a: Array, delta: Array, out: Array,
              hard: bool) -> list[Call]:
        """The loss into `out`, and BP1 into `delta`."""
        y, t = self.y, np.empty(z.shape)
        scale = loss.scale(*y.shape)
        total = partial(t.reshape(-1).dot, np.full(t.size, scale), out)
        scaled = [] if scale == 1.0 else [partial(np.multiply, delta, np.array(scale), delta)]
        difference = partial(np.subtract, a, y, delta)
        if (loss.name, f.name, hard) == ("bce", "sigmoid", True):
            sign = np.empty(y.shape)  # 1 - 2y: targets are 0 or 1, and one of the two terms is exactly 0
            self._prepare += [partial(np.multiply, y, MINUS_TWO, sign), partial(np.add, sign, ONE, sign)]
            return [partial(np.multiply, z, sign, t), partial(np.logaddexp, ZERO, t, t), total, difference, *scaled]
        if (loss.name, f.name) == ("cce", "softmax"):
            whole = np.empty((len(y), 1))
            self._prepare += [partial(np.add.reduce, y, 1, None, whole, True)]
            return [partial(np.log, self._sum, self._sum), partial(np.subtract, self._sum, self._shifted, t),
                    partial(np.multiply, y, t, t), total,
                    partial(np.multiply, a, whole, delta), partial(np.subtract, delta, y, delta), *scaled]
        if loss.name in ("half_mse", "half_sse", "mse"):
            half = [] if loss.name == "mse" else [partial(np.multiply, t, HALF, t)]
            if loss.name == "mse":
                scaled = [partial(np.multiply, delta, np.array(2.0 * scale), delta)]
            return [difference, partial(np.multiply, delta, delta, t), *half, total, *scaled, *_back(f, z, a, delta)]
        pair = loss.pairs.get(f.name)
        if pair is not None:
            return [partial(_put, t, lambda: pair.terms(z, y)), total,
                    partial(_put, delta, lambda: pair.slope(z, a, y) * scale)]
        return [partial(_put, t, lambda: loss.terms(a, y)), total,
                partial(_put, delta, lambda: f.back(loss.derivative(a, y) * scale, z))]


def some(found: list[Array | None]) -> tuple[Array, ...]:
    """The arrays that are there: for quantities that every layer has."""
    return tuple(v for v in found if v is not None)


def _put(out: Array, compute: Callable[[], Array]) -> None:
    """What the readable function gives, into `out`: the way for all that has no calls of its own here."""
    np.copyto(out, compute())


def _add_penalty(loss: Array, layers: Network, l1: float, l2: float) -> None:
    loss += penalty(layers, l1, l2)


def _add_bias(z: Array, b: Array | None) -> list[Call]:
    """z = z + b in every row, without the cost of broadcasting where the arrays are small."""
    if b is None:
        return []
    if b.size == 1:
        return [partial(np.add, z, b.reshape(()), z)]
    if z.size > 512:
        return [partial(np.add, z, b, z)]
    every, t = np.ones((len(z), 1)), np.empty(z.shape)
    return [partial(every.dot, b[None, :], t), partial(np.add, z, t, z)]


def _slope(f: Activation, a: Array, t: Array) -> list[Call] | None:
    """t = f'(z), from a = f(z); None where there is no such shortcut."""
    if f.name == "sigmoid":
        return [partial(np.subtract, ONE, a, t), partial(np.multiply, t, a, t)]
    if f.name == "tanh":
        return [partial(np.multiply, a, a, t), partial(np.subtract, ONE, t, t)]
    if f.name == "relu":
        return [partial(np.sign, a, t)]
    if f.name == "leaky_relu":
        right = np.empty(a.shape, dtype=bool)
        return [partial(np.greater, a, ZERO, right), partial(t.fill, LEAK), partial(np.copyto, t, ONE, where=right)]
    return None


def _back(f: Activation, z: Array, a: Array, delta: Array, slope: Array | None = None) -> list[Call]:
    """delta = delta * f'(z), in place; `slope` holds f'(z) where it is there already."""
    if f.name == "linear":
        return []
    t = np.empty(a.shape) if slope is None else slope
    calls = _slope(f, a, t) if slope is None else []
    if calls is None:
        return [partial(_put, delta, lambda: f.back(delta, z))]
    return [*calls, partial(np.multiply, delta, t, delta)]


class Rule:
    """An optimizer's update as calls on `live`; `set(learning_rate, t)` puts in the numbers that change with time."""

    def __init__(self, live: Live, name: str, options: Mapping[str, float]) -> None:
        p, g, c = live.parameters, live.gradient, live.change
        rate = self._rate = np.array(0.0)
        self._options, self._adam = dict(options), name == "adam"
        self._root = np.array(1.0)
        o = {key: np.array(value) for key, value in options.items()}
        if name == "sgd":
            calls: list[Call] = [partial(np.multiply, g, rate, c)]
        elif name in ("momentum", "nesterov"):
            (v,), mu = live.state, o["momentum"]
            calls = [partial(np.multiply, v, mu, v), partial(np.add, v, g, v)]
            if name == "momentum":
                calls += [partial(np.multiply, v, rate, c)]
            else:
                calls += [partial(np.multiply, v, mu, c), partial(np.add, g, c, c), partial(np.multiply, c, rate, c)]
        else:
            v = live.state[-1]
            t = np.empty(live.P)
            keep = o["alpha"] if name == "rmsprop" else o["beta2"]
            calls = [partial(np.multiply, g, g, t), partial(np.multiply, t, np.array(1.0 - float(keep)), t),
                     partial(np.multiply, v, keep, v), partial(np.add, v, t, v), partial(np.sqrt, v, t)]
            if name == "rmsprop":
                calls += [partial(np.add, t, o["eps"], t), partial(np.divide, g, t, c)]
            else:
                m = live.state[0]
                calls += [partial(np.multiply, m, o["beta1"], m),
                          partial(np.multiply, g, np.array(1.0 - options["beta1"]), c), partial(np.add, m, c, m),
                          partial(np.divide, t, self._root, t), partial(np.add, t, o["eps"], t),
                          partial(np.divide, m, t, c)]
            calls += [partial(np.multiply, c, rate, c)]
        self.calls: list[Call] = [*calls, partial(np.subtract, p, c, p)]
        zeros = np.zeros(live.everything.size)
        self.watch: Call = partial(live.everything.dot, zeros, live.check)  # 0 * inf and 0 * NaN are NaN
        self.moves = self._adam  # whether `set` is needed before every update

    def set(self, learning_rate: float, t: int) -> None:
        """Make `learning_rate` the one of update number t = 1, 2, ..."""
        if self._adam:
            self._rate[...] = learning_rate / (1.0 - self._options["beta1"] ** t)
            self._root[...] = np.sqrt(1.0 - self._options["beta2"] ** t)
        else:
            self._rate[...] = learning_rate

    def run(self) -> None:
        """Update parameters and state from the gradient that is in place."""
        for call in self.calls:
            call()
