"""Replaying computes many iterations at once from their parameters, for an animation that shows them one by one.

It is ``backprop.py`` once more with an axis of R iterations in front. NumPy multiplies a stack of matrices one by one,
with the very calls it uses for single ones, so the bits are the same; the tests hold that.
"""

from __future__ import annotations

import numpy as np

from .checks import Array
from .losses import Loss
from .network import Network


def replay(layers: Network, parameters: Array, x: Array, y: Array, loss: Loss, l1: float, l2: float) -> list[Array]:
    """dw, db, z, a and delta in the order of a row's fields (``tape.lay_out``), each (R, numbers).

    `layers` gives shapes and activations, `parameters` (R, P) the weights; x (n, k) and y (n, outputs) are the batch of
    all R iterations, or (R, n, k) and (R, n, outputs) one for each.
    """
    R, n = len(parameters), x.shape[-2]
    W, b = _split(layers, parameters)
    z, a = _forward(layers, W, b, x)
    below = [x, *a]

    last = len(layers) - 1
    f, scale, pair = layers[last].f, loss.scale(*y.shape[-2:]), loss.pairs.get(layers[last].activation)
    z_out, a_out, targets = _flat(z[last]), _flat(a[last]), _flat(np.broadcast_to(y, a[last].shape))
    if pair is None:
        out = f.back(loss.derivative(a_out, targets) * scale, z_out)                   # BP1
    else:
        out = pair.slope(z_out, a_out, targets) * scale                                # BP1
    delta = [np.empty(0)] * last + [out.reshape(z[last].shape)]
    for l in range(last - 1, -1, -1):
        dC_da = delta[l + 1] @ W[l + 1]
        delta[l] = layers[l].f.back(_flat(dC_da), _flat(z[l])).reshape(z[l].shape)     # BP2

    gradients = []
    for l, bias in enumerate(b):
        dW = delta[l].transpose(0, 2, 1) @ below[l]                                    # BP4
        if l1:
            dW += l1 * np.sign(W[l])
        if l2:
            dW += l2 * W[l]
        gradients.append(dW)
        if bias is not None:
            gradients.append(np.ones(n) @ delta[l])                                    # BP3
    return [v.reshape(R, -1) for v in (*gradients, *z, *a, *delta)]


def forward(layers: Network, parameters: Array, x: Array) -> tuple[list[Array], list[Array]]:
    """z and a of all layers, each (R, n, j), for parameters (R, P): the bits that ``replay`` comes to.

    Inputs x (n, k) of all R networks, or (R, n, k) one for each.
    """
    return _forward(layers, *_split(layers, parameters), x)


def _split(layers: Network, parameters: Array) -> tuple[list[Array], list[Array | None]]:
    """W (R, j, k) and b (R, j) of every layer."""
    W: list[Array] = []
    b: list[Array | None] = []
    start = 0
    for layer in layers:
        j, k = layer.W.shape
        W.append(parameters[:, start:start + j * k].reshape(-1, j, k))
        start += j * k
        b.append(None if layer.b is None else parameters[:, start:start + j])
        start += 0 if layer.b is None else j
    return W, b


def _forward(layers: Network, W: list[Array], b: list[Array | None], x: Array) -> tuple[list[Array], list[Array]]:
    z: list[Array] = []
    a: list[Array] = []
    below = x
    for l, layer in enumerate(layers):
        z.append(below @ W[l].transpose(0, 2, 1))                                      # (R, n, j)
        bias = b[l]
        if bias is not None:
            z[l] += bias[:, None, :]
        a.append(layer.f.f(_flat(z[l])).reshape(z[l].shape))
        below = a[l]
    return z, a


def _flat(v: Array) -> Array:
    """The samples of all iterations below each other: (R n, j)."""
    return np.ascontiguousarray(v).reshape(-1, v.shape[-1])
