"""Predicting is the forward pass alone: what the network answers, and how often it is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .backprop import propagate
from .checks import Array, array, number
from .network import Layer, Network, check_data, check_inputs, check_network


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
    a = _many(network, _rows(network, parameters).astype(digits, copy=False), inputs)[1]
    return a.transpose(0, 2, 1)


def outputs_many(layers: Sequence[Layer], parameters: object, x: object) -> tuple[Array, Array]:
    """z and a of the output layer, each (R, n, outputs), of R networks at once; see ``predict_many``."""
    network = check_network(layers)
    inputs = check_inputs(network, x)
    z, a = (np.asarray(v, np.float64).transpose(0, 2, 1) for v in _many(network, _rows(network, parameters), inputs))
    return z, a


def forward_many(layers: Sequence[Layer], parameters: object, x: object,
                 digits: type[np.floating[Any]] = np.float64) -> tuple[NDArray[np.floating[Any]], ...]:
    """What every unit says: for each layer the activations (R, n, j) of R networks at once; see ``predict_many``."""
    network = check_network(layers)
    inputs = check_inputs(network, x)
    rows = _rows(network, parameters).astype(digits, copy=False)
    return tuple(a.transpose(0, 2, 1) for _, a in _each(network, rows, inputs))


class Evaluation(NamedTuple):
    """How R networks do on one set of samples."""

    losses: Array               # (R,), penalties included
    right: Array | None         # (R,): how many samples are right; None where targets are not classes


def evaluate_many(layers: Sequence[Layer], parameters: object, x: object, y: object, loss: str,
                  l1: float = 0.0, l2: float = 0.0) -> Evaluation:
    """The loss of R networks on samples x (n, k), y (n, outputs), and how many of these they have right.

    Networks as in ``predict_many``. The losses are those of ``backprop`` to about 1e-15 of their size, without its
    backward pass. ``ValueError`` for what does not belong together.
    """
    network = check_network(layers)
    inputs, targets, record = check_data(network, x, y, loss)
    l1, l2 = number(l1, "l1", least=0.0), number(l2, "l2", least=0.0)
    rows = _rows(network, parameters)
    R, outputs = len(rows), targets.shape[1]
    z, a = (np.asarray(v, np.float64).transpose(0, 2, 1).reshape(-1, outputs) for v in _many(network, rows, inputs))
    every = np.tile(targets, (R, 1))
    with np.errstate(all="ignore"):
        terms = record.terms_of(network[-1].activation, z, a, every)
        losses = (terms * record.scale(*targets.shape)).reshape(R, -1).sum(axis=1)
        if l1 or l2:
            W = rows[:, np.concatenate([np.full(v.size, v.ndim == 2) for layer in network for v in (layer.W, layer.b)
                                        if v is not None])]
            losses += l1 * np.abs(W).sum(axis=1) + l2 / 2.0 * (W * W).sum(axis=1)
    return Evaluation(losses, hits(a.reshape(R, *targets.shape), targets) if classes(targets) else None)


def _rows(network: Network, parameters: object) -> Array:
    P = sum(layer.size for layer in network)
    rows = array(parameters, "parameters", f"(networks, {P})", 2)
    if rows.shape[1] != P:
        raise ValueError(f"parameters: expected rows of {P} numbers; got shape {rows.shape}; take History.parameters.")
    return rows


def _many(network: Network, rows: NDArray[np.floating[Any]], inputs: Array) -> tuple[NDArray[np.floating[Any]], ...]:
    """z and a of the output layer, each (R, outputs, n), computed in the digits of `rows`."""
    for last in _each(network, rows, inputs):  # the layers below are let go of on the way
        found = last
    return found


def _each(network: Network, rows: NDArray[np.floating[Any]],
          inputs: Array) -> Iterator[tuple[NDArray[np.floating[Any]], ...]]:
    """z and a of every layer from the first on, each (R, j, n)."""
    z: Any
    below: Any = np.ascontiguousarray(inputs.T, dtype=rows.dtype)         # (k, n), and then (R, k, n)
    start = 0
    for layer in network:
        with np.errstate(all="ignore"):
            j, k = layer.W.shape
            z = rows[:, start:start + j * k].reshape(-1, j, k) @ below
            start += j * k
            if layer.b is not None:
                z += rows[:, start:start + j, None]
                start += j
            if layer.f.output_only:                                       # softmax looks across a sample's units
                across = np.ascontiguousarray(z.transpose(0, 2, 1))
                below = layer.f.f(across.reshape(-1, j)).reshape(across.shape).transpose(0, 2, 1)
            else:
                below = layer.f.f(z.reshape(-1, z.shape[2])).reshape(z.shape)
        yield z, below


def classes(y: Array) -> bool:
    """Whether targets y (n, outputs) name a class: one of two numbers in one output, a single 1 among several."""
    if y.shape[1] == 1:
        return middle(y) is not None
    return bool(np.isin(y, (0.0, 1.0)).all() and (y.sum(axis=1) == 1.0).all())


def answered(a: Array, y: Array) -> NDArray[np.intp]:
    """The class that each output names, counted from 0: a (..., n, outputs), for targets y (n, outputs) -> (..., n).

    With one output it is 1 above the `middle`, and 0 up to there. With several it is that of the largest, the first of
    equal ones. For targets that are `classes`; ``answered(y, y)`` are the classes that are wanted.
    """
    found: NDArray[np.intp] = a.argmax(axis=-1) if y.shape[1] > 1 else (a[..., 0] > (middle(y) or 0.0)).astype(np.intp)
    return found


def hits(a: Array, y: Array) -> Array:
    """How many samples are `answered` as is wanted: a (..., n, outputs) against y (n, outputs) -> (...)."""
    found: Array = (answered(a, y) == answered(y, y)).sum(axis=-1)
    return found


def confusion(a: Array, y: Array) -> NDArray[np.intp]:
    """How many samples of each class are `answered` as each: a (..., n, outputs), y (n, outputs) -> (..., K, K).

    Rows are what is wanted, columns what is answered, of K classes: two where there is one output.
    """
    K = max(2, y.shape[1])
    pairs = (K * answered(y, y) + answered(a, y))[..., None]              # (..., n, 1)
    counts: NDArray[np.intp] = (pairs == np.arange(K * K)).sum(axis=-2).reshape(*a.shape[:-2], K, K)
    return counts


def middle(y: Array) -> float | None:
    """Between the two classes of a single output: 0.5 for targets 0 and 1, 0 for -1 and +1; None for other targets.

    y (n, 1).
    """
    if np.isin(y, (0.0, 1.0)).all():
        return 0.5
    return 0.0 if np.isin(y, (-1.0, 1.0)).all() else None


def accuracy(a: Array, y: Array) -> float | None:
    """The share of samples that are right (see `hits`), a, y (n, outputs); None where targets are not classes."""
    return float(hits(a, y) / len(y)) if classes(y) else None
