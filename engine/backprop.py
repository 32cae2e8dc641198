"""Backpropagation: one pass forward to the loss, one pass back to the gradient of every weight and bias.

Forward, layer by layer, ``z = a_below W^T + b`` and ``a = f(z)``. Backward, the error signal ``delta = dC/dz``:

    BP1  delta of the output layer   = dC/da * f'(z)
    BP2  delta of a hidden layer     = (delta_above W_above) * f'(z)
    BP3  dC/db                       = sum over the samples of delta
    BP4  dC/dW                       = delta^T a_below

The four equations are those of Nielsen, Neural Networks and Deep Learning, chapter 2, with samples as rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .checks import Array, number
from .losses import Loss, total
from .network import Layer, Network, check_data, check_inputs, check_network


@dataclass(frozen=True, eq=False)
class Backprop:
    """What one pass forward and back gives. Every tuple has one entry for each layer, the input excluded."""

    loss: float                    # what is minimised, penalties included
    z: tuple[Array, ...]           # (n, j)
    a: tuple[Array, ...]           # (n, j)
    delta: tuple[Array, ...]       # (n, j), dC/dz
    dW: tuple[Array, ...]          # (j, k)
    db: tuple[Array | None, ...]   # (j,), None for a layer without biases


def backprop(layers: Sequence[Layer], x: object, y: object, loss: str = "half_mse",
             l1: float = 0.0, l2: float = 0.0) -> Backprop:
    """The loss, and its exact gradient by every weight and bias.

    x (n, k), y (n, outputs), float64. delta holds the 1/n, so ``dW = delta.T @ a_below`` plus the penalty's part.
    The penalty is ``l1 sum|W| + l2/2 sum W^2``, on weights only. ``ValueError`` for input that does not fit.
    """
    network = check_network(layers)
    inputs, targets, record = check_data(network, x, y, loss)
    l1, l2 = number(l1, "l1", least=0.0), number(l2, "l2", least=0.0)
    with np.errstate(all="ignore"):
        return gradients(network, inputs, targets, record, l1, l2)


def forward(layers: Sequence[Layer], x: object) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """(z, a) of every layer for inputs x (n, k); each (n, j)."""
    network = check_network(layers)
    with np.errstate(all="ignore"):
        return propagate(network, check_inputs(network, x))


def propagate(layers: Network, x: Array) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """The way forward, for input that was checked before."""
    z, a = [], []
    below = x                                            # (n, k)
    for layer in layers:
        z.append(below @ layer.W.T)                      # (n, j)
        if layer.b is not None:
            z[-1] = z[-1] + layer.b                      # (n, j)
        below = layer.f.f(z[-1])                         # (n, j)
        a.append(below)
    return tuple(z), tuple(a)


def gradients(layers: Network, x: Array, y: Array, loss: Loss, l1: float, l2: float) -> Backprop:
    """Both ways, for input that was checked before."""
    z, a = propagate(layers, x)
    last = len(layers) - 1
    scale = loss.scale(*y.shape)                         # holds the 1/n
    pair = loss.pairs.get(layers[last].activation)

    delta = [np.empty(0)] * len(layers)
    if pair is None:
        value = total(loss.terms(a[last], y), scale)
        dC_da = loss.derivative(a[last], y) * scale      # (n, outputs)
        delta[last] = layers[last].f.back(dC_da, z[last])                  # BP1 (n, outputs)
    else:                                                # loss and activation together: their product is simple
        value = total(pair.terms(z[last], y), scale)
        delta[last] = pair.slope(z[last], a[last], y) * scale              # BP1 (n, outputs)
    for l in range(last - 1, -1, -1):
        dC_da = delta[l + 1] @ layers[l + 1].W           # (n, j)
        delta[l] = layers[l].f.back(dC_da, z[l])                           # BP2 (n, j)

    dW: list[Array] = []
    db: list[Array | None] = []
    every_sample = np.ones(len(x))                       # (n,), multiplying by it sums over the samples
    for layer, a_below, d in zip(layers, (x, *a[:-1]), delta, strict=True):
        db.append(None if layer.b is None else every_sample @ d)           # BP3 (j,)
        dW.append(d.T @ a_below)                                           # BP4 (j, k)
        if l1:
            dW[-1] = dW[-1] + l1 * np.sign(layer.W)
        if l2:
            dW[-1] = dW[-1] + l2 * layer.W
    if l1 or l2:
        value = value + penalty(layers, l1, l2)
    return Backprop(value, z, a, tuple(delta), tuple(dW), tuple(db))


def penalty(layers: Sequence[Layer], l1: float, l2: float) -> float:
    """``l1 sum|W| + l2/2 sum W^2`` over all layers; biases are left out."""
    return float(sum(l1 * np.abs(layer.W).sum() + l2 / 2.0 * (layer.W * layer.W).sum() for layer in layers))
