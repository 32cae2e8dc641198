"""Gradient checking: move one weight a little each way, see how the loss changes, and compare with backpropagation."""

from __future__ import annotations

from collections.abc import Sequence
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
    inputs, targets, record = check_data(network, x, y, loss)
    numerical = numerical_gradient(network, inputs, targets, loss, l1, l2, h)
    with np.errstate(all="ignore"):
        p = gradients(network, inputs, targets, record, float(l1), float(l2))
    exact: Gradient = tuple(zip(p.dW, p.db, strict=True))
    largest = max(float(np.abs(g).max()) for pair in exact for g in pair if g is not None)
    floor = max(1e-4 * largest, 1e-12)
    worst, where, relative = -1.0, "", []
    for l, (ours, theirs) in enumerate(zip(exact, numerical, strict=True)):
        errors: list[Array | None] = []
        for letter, g, n in zip("Wb", ours, theirs, strict=True):
            if g is None or n is None:
                errors.append(None)
                continue
            e = np.abs(n - g) / np.maximum(np.maximum(np.abs(n), np.abs(g)), floor)
            errors.append(e)
            if e.max() > worst:
                at = np.unravel_index(int(e.argmax()), e.shape)
                worst = float(e.max())
                where = f"{letter}[{', '.join(str(int(i)) for i in at)}] of layer {l + 1}"
        assert errors[0] is not None
        relative.append((errors[0], errors[1]))
    return GradientCheck(worst, where, tuple(relative), numerical, exact, float(h), floor)


def _central_differences(layers: Network, x: Array, y: Array, loss: Loss, l1: float, l2: float, h: float) -> Gradient:
    theta = flatten(layers)
    moved = view_layers(theta, layers)  # changing theta changes these layers
    slope = np.empty_like(theta)
    for i, value in enumerate(theta.copy()):
        step = h * max(1.0, abs(value))  # of a large weight, a step that is not lost in rounding
        theta[i] = up = value + step
        above = _loss(moved, x, y, loss, l1, l2)
        theta[i] = down = value - step
        below = _loss(moved, x, y, loss, l1, l2)
        theta[i] = value
        slope[i] = (above - below) / (up - down)  # the step that was really made, after rounding
    return tuple((layer.W, layer.b) for layer in view_layers(slope, layers))


def _loss(layers: Network, x: Array, y: Array, loss: Loss, l1: float, l2: float) -> float:
    z, a = propagate(layers, x)
    pair = loss.pairs.get(layers[-1].activation)
    terms = loss.terms(a[-1], y) if pair is None else pair.terms(z[-1], y)
    value = total(terms, loss.scale(*y.shape))
    return value + penalty(layers, l1, l2) if l1 or l2 else value
