"""Lanes are copies of one network that train in step: one array holds the weights of all of them.

This is the text of ``backprop.py`` for r lanes, with the samples after the units. For the smallest networks the lanes
stand last: W is (j, k, r), z, a and delta are (j, n, r), and every sum runs along neighbours in memory. For all others
they stand first: W is (r, j, k), z, a and delta are (r, j, n), and every lane's product is one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .activations import ACTIVATIONS, Activation
from .checks import Array
from .experiment import Experiment, parameter_count
from .losses import LOSSES
from .optimizers import OPTIMIZERS
from .predict import middle

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

TINY = 2.0**-30        # so small that the sum of finite numbers times it is finite
LANES_LAST_BELOW = 3000  # weights and biases x samples in a batch: about here both ways were equally fast

# f'(z) from a = f(z), where that costs less than from z.
SLOPES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda a: (1.0 - a) * a, "tanh": lambda a: 1.0 - a * a, "relu": np.sign}


class LanesLast:
    """Arrays (j, n, r). Rows are the samples of all lanes below each other, as the registries' functions take them."""

    lanes, units, samples = -1, 0, 1  # the axes

    def shape(self, r: int, *other: int) -> tuple[int, ...]:
        return (*other, r)

    def part(self, v: Array, start: int, *shape: int) -> Array:
        """A view of some of the numbers that v (numbers, r) holds of every lane."""
        return v[start:start + int(np.prod(shape))].reshape(*shape, -1)

    def weigh(self, W: Array, a: Array, out: Array) -> None:
        if a.ndim == 2:                                 # the same x (k, n) for all lanes: one plain product a unit
            np.matmul(a.T, W, out=out)
        else:
            np.einsum("jkr,knr->jnr", W, a, out=out)

    def pull_back(self, W: Array, delta: Array, out: Array) -> None:
        np.einsum("jkr,jnr->knr", W, delta, out=out)

    def by_weights(self, delta: Array, a: Array, out: Array) -> None:
        if a.ndim == 2:
            np.matmul(a, delta, out=out)
        else:
            np.einsum("jnr,knr->jkr", delta, a, out=out)

    def rows(self, v: Array) -> Array:
        return np.ascontiguousarray(v.reshape(len(v), -1).T)

    def from_rows(self, rows: Array, like: Array) -> Array:
        return rows.T.reshape(like.shape)

    def repeat(self, y: Array, r: int) -> Array:
        return np.repeat(y, r, axis=0)

    def by_lane(self, rows: NDArray[Any], r: int) -> NDArray[Any]:
        """Rows (n r, outputs) as (r, n, outputs)."""
        return rows.reshape(-1, r, rows.shape[-1]).swapaxes(0, 1)

    def pick(self, x: Array, y: Array, order: Ints) -> tuple[Array, Array]:
        """The batch of each lane, from rows `order` (r, m) of the tables: x (k, m, r) and y (m r, outputs)."""
        return x.T[:, order.T], y[order.T].reshape(-1, y.shape[1])

    def total(self, v: Array) -> Array:
        """The sum of all numbers of a lane (r,), times TINY."""
        flat = v.reshape(-1, v.shape[-1])
        found: Array = np.full(len(flat), TINY) @ flat
        return found


class LanesFirst:
    """Arrays (r, j, n). What the functions do is said in ``LanesLast``."""

    lanes, units, samples = 0, 1, 2

    def shape(self, r: int, *other: int) -> tuple[int, ...]:
        return (r, *other)

    def part(self, v: Array, start: int, *shape: int) -> Array:
        return v[:, start:start + int(np.prod(shape))].reshape(-1, *shape)

    def weigh(self, W: Array, a: Array, out: Array) -> None:
        np.matmul(W, a, out=out)

    def pull_back(self, W: Array, delta: Array, out: Array) -> None:
        np.matmul(W.swapaxes(1, 2), delta, out=out)

    def by_weights(self, delta: Array, a: Array, out: Array) -> None:
        np.matmul(delta, a.swapaxes(-1, -2), out=out)

    def rows(self, v: Array) -> Array:
        return np.ascontiguousarray(v.swapaxes(1, 2)).reshape(-1, v.shape[1])

    def from_rows(self, rows: Array, like: Array) -> Array:
        r, j, n = like.shape
        return rows.reshape(r, n, j).swapaxes(1, 2)

    def repeat(self, y: Array, r: int) -> Array:
        return np.tile(y, (r, 1))

    def by_lane(self, rows: NDArray[Any], r: int) -> NDArray[Any]:
        return rows.reshape(r, -1, rows.shape[-1])

    def pick(self, x: Array, y: Array, order: Ints) -> tuple[Array, Array]:
        return x[order].swapaxes(1, 2), y[order].reshape(-1, y.shape[1])

    def total(self, v: Array) -> Array:
        flat = v.reshape(len(v), -1)
        found: Array = flat @ np.full(flat.shape[1], TINY)
        return found


def layout(e: Experiment) -> LanesLast | LanesFirst:
    """The faster one for this experiment."""
    small = parameter_count(e.sizes, e.biases) * batch(e) < LANES_LAST_BELOW
    return LanesLast() if small else LanesFirst()


def batch(e: Experiment) -> int:
    """The number of samples in a full batch."""
    n = len(e.data()[0])
    return n if e.batch_size is None else min(e.batch_size, n)


class Assessment(NamedTuple):
    """How each lane does on all training samples, with the weights it has."""

    loss: Array       # (r,) penalties included
    right: Bools      # (r,) whether every sample is right
    dead: Array       # (r,) share of the hidden units whose slope is 0 on every sample
    saturated: Array  # (r,) share of the hidden units whose slope is below a tenth of its greatest on every sample


class Lanes:
    """r networks that start from the rows of theta (r, P) and learn the data of one experiment."""

    def __init__(self, e: Experiment, theta: Array, seeds: Sequence[int], rates: Sequence[float]) -> None:
        at, self.e = layout(e), e
        self.at = at
        self.x, self.y = e.data()
        n, m = len(self.x), batch(e)
        self.m, self.batches = m, -(-n // m)
        self.f = [ACTIVATIONS[name] for name in e.activations]
        self.loss, self.l1, self.l2 = LOSSES[e.loss], e.l1, e.l2
        self.rule = OPTIMIZERS[e.optimizer]
        self.options = self.rule.settings({})
        self.seeds = seeds
        self._epoch, self._order = -1, np.empty((0, 0), dtype=np.int64)  # (r, n)

        self.r, P = theta.shape
        self.rates = np.array(rates).reshape(at.shape(self.r, 1))
        slots, units = len(self.rule.state), e.sizes[1:]
        self.memory = np.zeros(at.shape(self.r, P * (1 + slots)))
        self.theta = at.part(self.memory, 0, P)
        self.theta[:] = theta if at.lanes == 0 else theta.T
        self.state = tuple(at.part(self.memory, P * (1 + s), P) for s in range(slots))
        self.g = np.empty(at.shape(self.r, P))
        self.W, self.b = self._split(self.theta)
        self.dW, self.db = self._split(self.g)
        sizes = {m, n % m} - {0}                         # the last batch of an epoch may be short
        self._z = {size: [np.empty(at.shape(self.r, j, size)) for j in units] for size in sizes}
        self._delta = {size: [np.empty(at.shape(self.r, j, size)) for j in units] for size in sizes}
        self._targets = at.repeat(self.y, self.r)
        self._middle = middle(self.y) or 0.0

    def _split(self, vector: Array) -> tuple[list[Array], list[Array | None]]:
        """Views of W (r, j, k) and b (r, j, 1), or None, of every layer; b stands ready to be added to z."""
        at, start = self.at, 0
        W: list[Array] = []
        b: list[Array | None] = []
        for j, k in self.e.shapes:
            W.append(at.part(vector, start, j, k))
            start += j * k
            b.append(at.part(vector, start, j, 1) if self.e.biases else None)
            start += j if self.e.biases else 0
        return W, b

    @property
    def parameters(self) -> Array:
        """A copy of the parameters (r, P)."""
        return np.array(self.theta if self.at.lanes == 0 else self.theta.T, order="C")

    def step(self, t: int, loss: Array, check: Array, right: Bools | None = None) -> None:
        """Iteration t: forward, backward, update.

        Fills `loss` (r,) with the loss before the update, `check` (r,) with a number that is finite where all is, and
        `right` (r,) with whether every sample of the batch was right before the update.
        """
        x, y = self._batch(t)
        self._gradients(x, y, loss, right)
        change, state = self.rule.update(self.g, self.state, self.rates, t + 1, self.options)  # type: ignore[arg-type]
        self.theta -= change
        for mine, new in zip(self.state, state, strict=True):
            mine[:] = new
        # What tells whether a lane is sound: the loss, z, the parameters and the optimizer's memory. Whatever else
        # leaves the finite numbers, a delta or a gradient, takes the parameters or the memory along at once.
        check[:] = loss * TINY
        for v in (self.memory, *self._z[len(y) // self.r]):
            check += self.at.total(v)

    def freeze(self, which: Bools) -> None:
        """Let these lanes stand still at zero weights, whatever happened in them."""
        if which.any():
            for v in (self.memory, self.rates):
                np.moveaxis(v, self.at.lanes, 0)[which] = 0.0

    def assess(self) -> Assessment:
        """How the lanes do on all training samples."""
        at, r = self.at, self.r
        loss, right = np.zeros(r), np.ones(r, dtype=bool)
        steepest: list[Array] = []
        for first in range(0, len(self.x), self.m):      # in pieces, as all at once may be too large for the cache
            x, y = self.x[first:first + self.m], at.repeat(self.y[first:first + self.m], r)
            z = [np.empty(at.shape(r, W.shape[at.units], len(x))) for W in self.W]
            a = self._forward(x.T, z, self.W, self.b)
            loss += self._value(at.rows(z[-1]), a[-1], y, self.loss.scale(*self.y.shape), r)
            right &= self._right(a[-1], y, r)
            slopes = [_slope(f, v, w).max(axis=at.samples) for f, v, w in zip(self.f, z[:-1], a, strict=False)]
            steepest = [np.maximum(s, t) for s, t in zip(steepest, slopes, strict=True)] if steepest else slopes
        hidden = max(1, sum(s.size // r for s in steepest))
        dead, saturated = np.zeros(r), np.zeros(r)
        for f, s in zip(self.f, steepest, strict=False):
            by_lane = s if at.lanes == 0 else s.T        # (r, j) the greatest slope on any sample
            dead += (by_lane == 0.0).sum(axis=1) / hidden
            saturated += (by_lane < f.largest_slope / 10.0).sum(axis=1) / hidden
        return Assessment(self._add_penalty(loss), right, dead, saturated)

    def holds(self, threshold: float | None) -> Bools:
        """Whether every training sample is right (r,); with `threshold`, whether the loss is below it.

        A lane of which a piece of the samples has decided it is not looked at further.
        """
        at, n = self.at, len(self.x)
        found, alive = np.zeros(self.r, dtype=bool), np.arange(self.r)
        loss = self._add_penalty(np.zeros(self.r))
        theta, W, b, first = self.theta, self.W, self.b, 0
        while first < n and len(alive):
            x = self.x[first:first + self.m * max(1, self.r // len(alive))]
            y = at.repeat(self.y[first:first + len(x)], len(alive))
            z = [np.empty(at.shape(len(alive), w.shape[at.units], len(x))) for w in W]
            a = self._forward(x.T, z, W, b)
            if threshold is None:
                good = self._right(a[-1], y, len(alive))
            else:
                loss += self._value(at.rows(z[-1]), a[-1], y, self.loss.scale(*self.y.shape),
                                    len(alive))
                good = loss < threshold
            if not good.all():
                alive, loss = alive[good], loss[good]
                theta = np.compress(good, theta, axis=at.lanes)
                W, b = self._split(theta)
            first += len(x)
        found[alive] = True
        return found

    def _batch(self, t: int) -> tuple[Array, Array]:
        """x and y of iteration t: x (k, n) for all lanes, or (r, k, m) with a batch for each; y (r m, outputs)."""
        if self.batches == 1:
            return self.x.T, self._targets
        epoch, i = divmod(t, self.batches)
        if epoch != self._epoch:                         # the orders of the single runs, see recorder.py
            n, self._epoch = len(self.x), epoch
            keys = np.array([(seed, epoch) for seed in self.seeds], dtype=np.uint32)  # read faster than a tuple
            self._order = np.array([np.random.default_rng(key).permutation(n) for key in keys])
        return self.at.pick(self.x, self.y, self._order[:, i * self.m:(i + 1) * self.m])

    def _forward(self, x: Array, z: Sequence[Array], weights: Sequence[Array],
                 biases: Sequence[Array | None]) -> list[Array]:
        """Fills z; gives a, (r, j, n) for hidden layers and as rows (r n, outputs) for the output layer."""
        a: list[Array] = []
        for l, (W, b, f) in enumerate(zip(weights, biases, self.f, strict=True)):
            self.at.weigh(W, a[l - 1] if l else x, out=z[l])
            if b is not None:
                z[l] += b
            a.append(f.f(z[l]) if l < len(z) - 1 else f.f(self.at.rows(z[l])))
        return a

    def _gradients(self, x: Array, y: Array, loss: Array, right: Bools | None) -> None:
        """Fills g and the loss for one batch."""
        at, m, last = self.at, len(y) // self.r, len(self.W) - 1
        z, delta = self._z[m], self._delta[m]
        a = self._forward(x, z, self.W, self.b)
        z_out, a_out = at.rows(z[last]), a[last]         # (r m, outputs)
        scale = self.loss.scale(m, y.shape[1])
        loss[:] = self._add_penalty(self._value(z_out, a_out, y, scale, self.r))
        if right is not None:
            right[:] = self._right(a_out, y, self.r)

        pair = self.loss.pairs.get(self.f[last].name)
        if pair is None:
            out = self.f[last].back(self.loss.derivative(a_out, y) * scale, z_out)                   # BP1
        else:
            out = pair.slope(z_out, a_out, y) * scale                                                # BP1
        delta[last][:] = at.from_rows(out, delta[last])
        for l in range(last - 1, -1, -1):
            at.pull_back(self.W[l + 1], delta[l + 1], out=delta[l])
            delta[l] *= _slope(self.f[l], z[l], a[l])                                                # BP2
        for l, (W, dW, db) in enumerate(zip(self.W, self.dW, self.db, strict=True)):
            if db is not None:
                delta[l].sum(axis=at.samples, keepdims=True, out=db)                                 # BP3
            at.by_weights(delta[l], a[l - 1] if l else x, out=dW)                                    # BP4
            if self.l1:
                dW += self.l1 * np.sign(W)
            if self.l2:
                dW += self.l2 * W

    def _value(self, z: Array, a: Array, y: Array, scale: float, r: int) -> Array:
        """The sum of the loss's terms times `scale` (r,), for rows z, a and y of r lanes."""
        output = self.f[-1].name
        if (self.loss.name, output) == ("bce", "sigmoid"):
            # log(1 + e^z) - y z without overflow, in a third of the time of the two logaddexp of the registry
            terms = np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z)))
        else:
            pair = self.loss.pairs.get(output)
            terms = self.loss.terms(a, y) if pair is None else pair.terms(z, y)
        found: Array = self.at.by_lane(terms * scale, r).sum(axis=(1, 2))
        return found

    def _add_penalty(self, loss: Array) -> Array:
        for W in self.W if self.l1 or self.l2 else ():
            by_lane = np.moveaxis(W, self.at.lanes, 0)
            loss = loss + self.l1 * np.abs(by_lane).sum(axis=(1, 2)) + self.l2 / 2.0 * (by_lane**2).sum(axis=(1, 2))
        return loss

    def _right(self, a: Array, y: Array, r: int) -> Bools:
        """Whether every sample of a lane is right (r,), as in ``predict.accuracy``."""
        one = y.shape[1] == 1
        hits = (a > self._middle) == (y > self._middle) if one else (a.argmax(axis=1) == y.argmax(axis=1))[:, None]
        return np.asarray(self.at.by_lane(hits, r).all(axis=(1, 2)))


def _slope(f: Activation, z: Array, a: Array) -> Array:
    """f'(z), for an activation that acts on each unit alone: any shape will do."""
    quick = SLOPES.get(f.name)
    return f.derivative(z) if quick is None else quick(a)
