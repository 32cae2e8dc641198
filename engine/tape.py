"""The fast loop: backpropagation once more, as a list of NumPy calls that write into one flat vector.

``backprop.py`` is the text, this is the same text set for speed: every array is a view into the vector `live`, every call
writes in place, and recording an iteration is copying a slice of `live`. The tests hold the two together bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .activations import LEAK, Activation
from .backprop import penalty
from .checks import Array
from .losses import Loss
from .network import Network, view_layers

Call = tuple[Callable[..., Any], tuple[Any, ...]]

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
        return int(np.prod(self.shape, dtype=int))


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
        for l, layer in enumerate(layers):  # noqa: E741
            add(weights, l, layer.W.shape)
            if layer.b is not None:
                add(biases, l, layer.b.shape)
    for quantity in ("z", "a", "delta"):
        for l, layer in enumerate(layers):  # noqa: E741
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
        layers = live.layers
        inputs, outputs = layers[0].W.shape[1], layers[-1].W.shape[0]
        self.x, self.y = np.zeros((m, inputs)), np.zeros((m, outputs))
        self._prepare: list[Call] = []
        self.calls: list[Call] = []
        views = live.views(live.row)
        w, b, dw, db = views["w"], views["b"], views["dw"], views["db"]
        z, a, delta = ([_some(v)[:m] for v in views[q]] for q in ("z", "a", "delta"))
        last = len(layers) - 1
        emit = self.calls.append

        if m < live.n:  # a short batch: the rows it does not fill hold zeros
            for q in ("z", "a", "delta"):
                for v in views[q]:
                    emit((_some(v)[m:].fill, (0.0,)))

        below = [self.x, *a[:-1]]
        for l, layer in enumerate(layers):  # noqa: E741
            emit((np.dot, (below[l], _some(w[l]).T, z[l])))
            if b[l] is not None:
                emit((np.add, (z[l], b[l], z[l])))
            self.calls += _forward(layer.f, z[l], a[l])

        scale = loss.scale(m, outputs)
        self.calls += self._loss(loss, layers[last].f, z[last], a[last], delta[last], live.loss, scale, hard)
        if l1 or l2:
            emit((_add_penalty, (live.loss, view_layers(live.parameters, layers), l1, l2)))

        ones = np.ones(m)
        for l in range(last, -1, -1):  # noqa: E741
            if l < last:
                emit((np.dot, (delta[l + 1], w[l + 1], delta[l])))
                self.calls += _backward(layers[l].f, z[l], a[l], delta[l])
            if db[l] is not None:
                emit((np.dot, (ones, delta[l], db[l])))
            emit((np.dot, (delta[l].T, below[l], dw[l])))
            if l1:
                t = np.empty(layers[l].W.shape)
                self.calls += [(np.sign, (w[l], t)), (np.multiply, (t, np.array(l1), t)), (np.add, (dw[l], t, dw[l]))]
            if l2:
                t = np.empty(layers[l].W.shape)
                self.calls += [(np.multiply, (w[l], np.array(l2), t)), (np.add, (dw[l], t, dw[l]))]

    def load(self, x: Array, y: Array) -> None:
        """Make x (m, k), y (m, outputs) the batch that the next run computes with."""
        np.copyto(self.x, x)
        np.copyto(self.y, y)
        for f, args in self._prepare:
            f(*args)

    def run(self) -> None:
        """Compute loss and gradients for the parameters and the batch that are in place."""
        for f, args in self.calls:
            f(*args)

    def _loss(self, loss: Loss, f: Activation, z: Array, a: Array, delta: Array, out: Array, scale: float,
              hard: bool) -> list[Call]:
        """The loss into `out`, and BP1 into `delta`."""
        y, t, s = self.y, np.empty(z.shape), np.array(scale)
        total: Call = (np.dot, (t.reshape(-1), np.full(t.size, scale), out))
        scaled: list[Call] = [] if scale == 1.0 else [(np.multiply, (delta, s, delta))]
        difference: Call = (np.subtract, (a, y, delta))
        pair = loss.pairs.get(f.name)
        if loss.name == "bce" and f.name == "sigmoid" and hard:
            sign = np.empty(y.shape)  # 1 - 2y: targets are 0 or 1, and one of the two terms is exactly 0
            self._prepare += [(np.multiply, (y, MINUS_TWO, sign)), (np.add, (sign, ONE, sign))]
            return [(np.multiply, (z, sign, t)), (np.logaddexp, (ZERO, t, t)), total, difference, *scaled]
        if pair is not None:
            if loss.name == "bce":
                slope = [difference, *scaled]
            else:
                slope = [(_put, (delta, lambda: pair.slope(z, a, y) * scale))]
            return [(_put, (t, lambda: pair.terms(z, y))), total, *slope]
        if loss.name in ("half_mse", "half_sse", "mse"):
            half: list[Call] = [] if loss.name == "mse" else [(np.multiply, (t, HALF, t))]
            twice = [(np.multiply, (delta, np.array(2.0 * scale), delta))] if loss.name == "mse" else scaled
            return [difference, (np.multiply, (delta, delta, t)), *half, total, *twice, *_backward(f, z, a, delta)]
        return [(_put, (t, lambda: loss.terms(a, y))), total,
                (_put, (delta, lambda: f.back(loss.derivative(a, y) * scale, z)))]


def _some(v: Array | None) -> Array:
    assert v is not None
    return v


def _put(out: Array, compute: Callable[[], Array]) -> None:
    """What the readable function gives, into `out`: the way for all that has no calls of its own here."""
    np.copyto(out, compute())


def _add_penalty(loss: Array, layers: Network, l1: float, l2: float) -> None:
    loss += penalty(layers, l1, l2)


def _forward(f: Activation, z: Array, a: Array) -> list[Call]:
    """a = f(z)."""
    if f.name == "sigmoid":
        return [(np.negative, (z, a)), (np.exp, (a, a)), (np.add, (a, ONE, a)), (np.reciprocal, (a, a))]
    if f.name == "tanh":
        return [(np.tanh, (z, a))]
    if f.name == "relu":
        return [(partial(np.maximum, out=a), (z, ZERO))]
    if f.name == "leaky_relu":
        return [(np.multiply, (z, LEAK0, a)), (partial(np.maximum, out=a), (z, a))]
    if f.name == "linear":
        return [(np.copyto, (a, z))]
    return [(_put, (a, lambda: f.f(z)))]


def _backward(f: Activation, z: Array, a: Array, delta: Array) -> list[Call]:
    """delta = delta * f'(z), in place; where f' can be had from a, it is."""
    t = np.empty(z.shape)
    last: Call = (np.multiply, (delta, t, delta))
    if f.name == "sigmoid":
        return [(np.subtract, (ONE, a, t)), (np.multiply, (t, a, t)), last]
    if f.name == "tanh":
        return [(np.multiply, (a, a, t)), (np.subtract, (ONE, t, t)), last]
    if f.name == "relu":
        return [(np.sign, (a, t)), last]
    if f.name == "linear":
        return []
    return [(_put, (delta, lambda: f.back(delta, z)))]


class Rule:
    """An optimizer's update as calls on `live`; `set(learning_rate, t)` puts in the numbers that change with time."""

    def __init__(self, live: Live, name: str, options: Mapping[str, float]) -> None:
        p, g, c = live.parameters, live.gradient, live.change
        rate = self._rate = np.array(0.0)
        self._options, self._adam = dict(options), name == "adam"
        self._root = np.array(1.0)
        o = {key: np.array(value) for key, value in options.items()}
        if name == "sgd":
            calls: list[Call] = [(np.multiply, (g, rate, c))]
        elif name in ("momentum", "nesterov"):
            (v,), mu = live.state, o["momentum"]
            calls = [(np.multiply, (v, mu, v)), (np.add, (v, g, v))]
            if name == "momentum":
                calls += [(np.multiply, (v, rate, c))]
            else:
                calls += [(np.multiply, (v, mu, c)), (np.add, (g, c, c)), (np.multiply, (c, rate, c))]
        else:
            v = live.state[-1]
            t = np.empty(live.P)
            keep = o["alpha"] if name == "rmsprop" else o["beta2"]
            calls = [(np.multiply, (g, g, t)), (np.multiply, (t, np.array(1.0 - float(keep)), t)),
                     (np.multiply, (v, keep, v)), (np.add, (v, t, v)), (np.sqrt, (v, t))]
            if name == "rmsprop":
                calls += [(np.add, (t, o["eps"], t)), (np.divide, (g, t, c))]
            else:
                m = live.state[0]
                calls += [(np.multiply, (m, o["beta1"], m)), (np.multiply, (g, np.array(1.0 - options["beta1"]), c)),
                          (np.add, (m, c, m)), (np.divide, (t, self._root, t)), (np.add, (t, o["eps"], t)),
                          (np.divide, (m, t, c))]
            calls += [(np.multiply, (c, rate, c))]
        self.calls = [*calls, (np.subtract, (p, c, p))]
        zeros = np.zeros(live.everything.size)
        self.watch: list[Call] = [(np.dot, (live.everything, zeros, live.check))]  # 0 * inf and 0 * NaN are NaN
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
        for f, args in self.calls:
            f(*args)
