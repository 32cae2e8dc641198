"""Gradient checking: move one weight a little each way, see how the loss changes, and compare with backpropagation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .backprop import gradients, penalty, propagate
from .checks import Array, number
from .losses import Loss, total
from .network import Layer, Network, check_data, check_network, flatten, view_layers

Gradient = tuple[tuple[Array, Array | None], ...]  # (dW, db) of every layer


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """Both gradients of a network side by side, and how far apart they are."""

    worst: float            # the largest relative error
    where: str              # which weight or bias has it
    relative: Gradient      # |numerical - exact| / max(|numerical|, |exact|, floor)
    numerical: Gradient
    exact: Gradient
    h: float
    floor: float            # a ten-thousandth of the largest entry: below it rounding is all there is to compare


@dataclass(frozen=True)
class EntryCheck:
    """One entry of a `GradientCheck`, and where its numerical gradient comes from."""

    above: float            # the loss with this weight a little larger
    below: float            # and a little smaller
    h: float                # how far it was moved to each side
    numerical: float        # (above - below) / 2h
    exact: float
    relative: float


def numerical_gradient(layers: Sequence[Layer], x: object, y: object, loss: str = "half_mse", l1: float = 0.0,
                       l2: float = 0.0, h: float = 1e-5) -> Gradient:
    """(dW, db) of every layer by central differences: ``(C(w + h) - C(w - h)) / 2h``.

    dW (j, k), db (j,) or None. The error is about h^2 from the curve and 1e-16/h from rounding. A weight larger than 1
    is moved by h times its size, so that the step is not lost in rounding.
    """
    network = check_network(layers)
    inputs, targets, record = check_data(network, x, y, loss)
    l1, l2 = number(l1, "l1", least=0.0), number(l2, "l2", least=0.0)
    h = number(h, "h", above=0.0)
    with np.errstate(all="ignore"):
        return _central_differences(network, inputs, targets, record, l1, l2, h)


def check_gradient(layers: Sequence[Layer], x: object, y: object, loss: str = "half_mse", l1: float = 0.0,
                   l2: float = 0.0, h: float = 1e-5) -> GradientCheck:
    """Compare backpropagation with central differences for every weight and bias."""
    network = check_network(layers)
    numerical = numerical_gradient(network, x, y, loss, l1, l2, h)
    exact, floor = _exact(network, *check_data(network, x, y, loss), float(l1), float(l2))
    worst, where, relative = -1.0, "", []
    for l, (ours, theirs) in enumerate(zip(exact, numerical, strict=True)):
        errors: list[Array | None] = []
        for letter, g, n in zip("Wb", ours, theirs, strict=True):
            if g is None or n is None:
                errors.append(None)
                continue
            e = _relative(n, g, floor)
            errors.append(e)
            if e.max() > worst:
                at = np.unravel_index(int(e.argmax()), e.shape)
                worst = float(e.max())
                where = f"{letter}[{', '.join(str(int(i)) for i in at)}] of layer {l + 1}"
        assert errors[0] is not None
        relative.append((errors[0], errors[1]))
    return GradientCheck(worst, where, tuple(relative), numerical, exact, float(h), floor)


def check_entry(layers: Sequence[Layer], x: object, y: object, layer: int, j: int, k: int | None = None,
                loss: str = "half_mse", l1: float = 0.0, l2: float = 0.0, h: float = 1e-5) -> EntryCheck:
    """One entry of `check_gradient`, with the losses it comes from: weight (j, k) of a layer, bias j where k is None.

    The same numbers, without moving all the others. Layers count from 0; ``IndexError`` where there is no such entry.
    """
    network = check_network(layers)
    inputs, targets, record = check_data(network, x, y, loss)
    l1, l2, h = number(l1, "l1", least=0.0), number(l2, "l2", least=0.0), number(h, "h", above=0.0)
    theta = flatten(network)
    places = view_layers(np.arange(theta.size, dtype=np.float64), network)[layer]

    def entry(W: Array, b: Array | None) -> float:
        if k is not None:
            return float(W[j, k])
        if b is None:
            raise IndexError(f"layer {layer + 1} has no biases")
        return float(b[j])

    exact, floor = _exact(network, inputs, targets, record, l1, l2)
    ours = entry(*exact[layer])
    with np.errstate(all="ignore"):
        moved = view_layers(theta, network)
        i = int(entry(places.W, places.b))
        above, below, step = _each_way(theta, i, h, lambda: _loss(moved, inputs, targets, record, l1, l2))
        numerical = (above - below) / step
    relative = float(_relative(np.array(numerical), np.array(ours), floor))
    return EntryCheck(above, below, _reach(float(theta[i]), h), numerical, ours, relative)


def _exact(layers: Network, x: Array, y: Array, loss: Loss, l1: float, l2: float) -> tuple[Gradient, float]:
    """The gradient by backpropagation, and the floor below which a relative error says nothing."""
    with np.errstate(all="ignore"):
        p = gradients(layers, x, y, loss, l1, l2)
    exact: Gradient = tuple(zip(p.dW, p.db, strict=True))
    largest = max(float(np.abs(g).max()) for pair in exact for g in pair if g is not None)
    return exact, max(1e-4 * largest, 1e-12)


def _relative(numerical: Array, exact: Array, floor: float) -> Array:
    error: Array = np.abs(numerical - exact) / np.maximum(np.maximum(np.abs(numerical), np.abs(exact)), floor)
    return error


def _central_differences(layers: Network, x: Array, y: Array, loss: Loss, l1: float, l2: float, h: float) -> Gradient:
    theta = flatten(layers)
    moved = view_layers(theta, layers)  # changing theta changes these layers
    numerical = np.empty_like(theta)
    for i in range(theta.size):
        above, below, step = _each_way(theta, i, h, lambda: _loss(moved, x, y, loss, l1, l2))
        numerical[i] = (above - below) / step
    return tuple((layer.W, layer.b) for layer in view_layers(numerical, layers))


def _each_way(theta: Array, i: int, h: float, loss: Callable[[], float]) -> tuple[float, float, float]:
    """(loss with parameter i a little larger, with it a little smaller, the step between the two)."""
    value = float(theta[i])
    reach = _reach(value, h)
    theta[i] = up = value + reach
    above = loss()
    theta[i] = down = value - reach
    below = loss()
    theta[i] = value
    return above, below, up - down  # the step that was really made, after rounding


def _reach(value: float, h: float) -> float:
    """How far a parameter is moved to each side: one above 1 by h of its size, so that it is not lost in rounding."""
    return h * max(1.0, abs(value))


def _loss(layers: Network, x: Array, y: Array, loss: Loss, l1: float, l2: float) -> float:
    z, a = propagate(layers, x)
    pair = loss.pairs.get(layers[-1].activation)
    terms = loss.terms(a[-1], y) if pair is None else pair.terms(z[-1], y)
    value = total(terms, loss.scale(*y.shape))
    return value + penalty(layers, l1, l2) if l1 or l2 else value
