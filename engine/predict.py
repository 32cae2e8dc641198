"""Predicting is the forward pass alone: what the network answers, and how often it is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .backprop import propagate
from .checks import Array, array
from .network import Layer, check_inputs, check_network


def predict(layers: Sequence[Layer], x: object) -> Array:
    """The outputs (n, outputs) for inputs x (n, k)."""
    network = check_network(layers)
    inputs = check_inputs(network, x)
    with np.errstate(all="ignore"):
        return propagate(network, inputs)[1][-1]


def predict_many(layers: Sequence[Layer], parameters: object, x: object,
                 digits: type[np.floating[Any]] = np.float64) -> NDArray[np.floating[Any]]:
    """The outputs (R, n, outputs) of R networks at once, whose parameters are the rows of `parameters` (R, P).

    `layers` gives shapes and activations; the rows are laid out as in ``History.parameters``. Sums may be taken in
    another order than in ``predict``: equal to about 1e-15, not bit for bit. With `digits` numpy.float32 it is three
    times as fast and equal to about 1e-6: enough for a picture.
    """
    network = check_network(layers)
    inputs = check_inputs(network, x)
    P = sum(layer.size for layer in network)
    rows = array(parameters, "parameters", f"(networks, {P})", 2)
    if rows.shape[1] != P:
        raise ValueError(f"parameters: expected rows of {P} numbers; got shape {rows.shape}; take History.parameters.")
    rows = rows.astype(digits, copy=False)
    below = np.ascontiguousarray(inputs.T, dtype=digits)              # (k, n), and then (R, k, n)
    start = 0
    with np.errstate(all="ignore"):
        for layer in network:
            j, k = layer.W.shape
            z = rows[:, start:start + j * k].reshape(-1, j, k) @ below
            start += j * k
            if layer.b is not None:
                z += rows[:, start:start + j, None]
                start += j
            if layer.f.output_only:                                   # softmax looks across the units of a sample
                z = np.ascontiguousarray(z.transpose(0, 2, 1))
                below = layer.f.f(z.reshape(-1, j)).reshape(z.shape).transpose(0, 2, 1)
            else:
                below = layer.f.f(z.reshape(-1, z.shape[2])).reshape(z.shape)
    return below.transpose(0, 2, 1)


def middle(y: Array) -> float | None:
    """Between the two classes of a single output: 0.5 for targets 0 and 1, 0 for -1 and +1; None for other targets.

    y (n, 1).
    """
    if np.isin(y, (0.0, 1.0)).all():
        return 0.5
    return 0.0 if np.isin(y, (-1.0, 1.0)).all() else None


def accuracy(a: Array, y: Array) -> float | None:
    """The share of samples that are right: the side of `middle` for one output, the largest output for several.

    a, y (n, outputs). None where targets are not classes (a single output with targets other than 0 and 1, or -1 and
    +1; several of which not exactly one is 1).
    """
    if y.shape[1] > 1:
        if not (np.isin(y, (0.0, 1.0)).all() and (y.sum(axis=1) == 1.0).all()):
            return None
        return float((a.argmax(axis=1) == y.argmax(axis=1)).mean())
    between = middle(y)
    return None if between is None else float(((a > between) == (y > between)).mean())
