"""A loss C says in one number how far the outputs a are from the targets y; training makes it small.

Every loss is a sum of terms, one for each sample and output, times a scale that holds the 1/n.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from .checks import Array, registry


@dataclass(frozen=True, eq=False)
class Pair:
    """A loss and an output activation that are computed together, from z: exact even where a rounds to 0 or 1."""

    terms: Callable[[Array, Array], Array]         # (z, y) -> (n, outputs)
    slope: Callable[[Array, Array, Array], Array]  # (z, a, y) -> d terms / dz (n, outputs)
    latex_slope: str


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss, its derivative by the outputs, and its formula.

    `terms(a, y)` (n, outputs) are summed and multiplied by `scale(n, outputs)`; `derivative(a, y)` is d terms / da.
    `pairs` holds, by name of the output activation, the combinations that are computed from z.
    `outputs` names the output activations the loss is defined for (empty: any).
    """

    name: str
    label: str
    latex: str
    latex_derivative: str
    about: str
    terms: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]
    scale: Callable[[int, int], float]
    latex_scale: str
    pairs: Mapping[str, Pair] = field(default_factory=lambda: MappingProxyType({}))
    outputs: tuple[str, ...] = ()
    unit_targets: bool = False  # targets must lie in [0, 1]

    def value(self, a: Array, y: Array) -> float:
        """The loss of outputs `a` against targets `y`, both (n, outputs)."""
        with np.errstate(all="ignore"):
            return total(self.terms(a, y), self.scale(*y.shape))

    def terms_of(self, output: str, z: Array, a: Array, y: Array) -> Array:
        """The terms (n, outputs) of outputs `a` = f(`z`) of this activation: from z where the two belong together."""
        pair = self.pairs.get(output)
        return self.terms(a, y) if pair is None else pair.terms(z, y)

    def alone(self, output: str, z: Array, a: Array, y: Array) -> Array:
        """What each sample's loss is on its own, without any other: z, a (..., n, outputs), y (n, outputs) -> (..., n).

        Where the loss is a mean over the samples, it is the mean of these; where it is a sum, their sum.
        """
        outputs = y.shape[1]
        every = np.broadcast_to(y, a.shape).reshape(-1, outputs)
        with np.errstate(all="ignore"):
            terms = self.terms_of(output, z.reshape(-1, outputs), a.reshape(-1, outputs), every)
            losses: Array = (terms * self.scale(1, outputs)).sum(axis=1).reshape(a.shape[:-1])
        return losses

    def check(self, y: Array, output: str) -> None:
        """Raise ``ValueError`` where this loss is not defined for targets `y` or the output activation `output`."""
        if self.outputs and output not in self.outputs:
            raise ValueError(f"loss {self.name}: expected an output layer with {' or '.join(self.outputs)}, whose "
                             f"outputs are probabilities; got {output}; change the output activation or take half_mse.")
        if self.unit_targets and (y.min() < 0.0 or y.max() > 1.0):
            raise ValueError(f"loss {self.name}: expected targets from 0 to 1; got {y.min():g} to {y.max():g}; "
                             "rescale the targets or take half_mse.")


def total(terms: Array, scale: float) -> float:
    """The loss from its terms (n, outputs): each counts with the weight `scale`."""
    return float(np.dot(terms.ravel(), np.full(terms.size, scale)))


def _half_square(a: Array, y: Array) -> Array:
    e = a - y
    return (e * e) * 0.5


def _square(a: Array, y: Array) -> Array:
    e = a - y
    return e * e


def _bce(a: Array, y: Array) -> Array:
    return -(_times_log(y, a) + _times_log(1.0 - y, 1.0 - a))


def _cce(a: Array, y: Array) -> Array:
    return -_times_log(y, a)


def _times_log(y: Array, a: Array) -> Array:
    """y log a, and 0 where y is 0, whatever a is."""
    return y * np.log(np.where(y == 0.0, 1.0, a))


def _bce_sigmoid(z: Array, y: Array) -> Array:
    # -log sigmoid(z) = log(1 + e^-z) and -log(1 - sigmoid(z)) = log(1 + e^z); logaddexp never overflows
    return y * np.logaddexp(0.0, -z) + (1.0 - y) * np.logaddexp(0.0, z)


def _cce_softmax(z: Array, y: Array) -> Array:
    shifted: Array = z - z.max(axis=1, keepdims=True)
    terms: Array = y * (np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted)
    return terms


def _difference(z: Array, a: Array, y: Array) -> Array:
    return a - y


LOSSES = registry(
    Loss("half_mse", "Half mean squared error", r"C = \frac{1}{n}\sum_i \tfrac12 \sum_k (a_{ik} - y_{ik})^2",
         r"\frac{\partial C}{\partial a} = \frac{1}{n}(a - y)",
         "The squared distance of output and target, halved so that its derivative is the plain difference, and "
         "divided by the number of samples n.",
         _half_square, lambda a, y: a - y, lambda n, outputs: 1.0 / n, r"\frac{1}{n}"),
    Loss("half_sse", "Half sum of squared errors", r"C = \tfrac12 \sum_i \sum_k (a_{ik} - y_{ik})^2",
         r"\frac{\partial C}{\partial a} = a - y",
         "Half the squared distance of output and target, divided by nothing: more samples, larger gradients.",
         _half_square, lambda a, y: a - y, lambda n, outputs: 1.0, "1"),
    Loss("mse", "Mean squared error", r"C = \frac{1}{n K}\sum_i \sum_k (a_{ik} - y_{ik})^2",
         r"\frac{\partial C}{\partial a} = \frac{2}{n K}(a - y)",
         "The squared distance of output and target, divided by the n samples and the K outputs, as most libraries "
         "define it: twice the half mean squared error where there is one output.",
         _square, lambda a, y: 2.0 * (a - y), lambda n, outputs: 1.0 / (n * outputs), r"\frac{1}{nK}"),
    Loss("bce", "Binary cross-entropy",
         r"C = -\frac{1}{n K}\sum_i \sum_k \bigl[y_{ik} \ln a_{ik} + (1 - y_{ik}) \ln(1 - a_{ik})\bigr]",
         r"\frac{\partial C}{\partial a} = \frac{1}{nK}\,\frac{a - y}{a\,(1 - a)}",
         "The surprise at the targets when a is taken as a probability, divided by the n samples and the K outputs; "
         "confident mistakes cost most.",
         _bce, lambda a, y: (a - y) / (a * (1.0 - a)), lambda n, outputs: 1.0 / (n * outputs), r"\frac{1}{nK}",
         MappingProxyType({"sigmoid": Pair(_bce_sigmoid, _difference, "a - y")}), ("sigmoid", "softmax"), True),
    Loss("cce", "Categorical cross-entropy", r"C = -\frac{1}{n}\sum_i \sum_k y_{ik} \ln a_{ik}",
         r"\frac{\partial C}{\partial a} = -\frac{1}{n}\,\frac{y}{a}",
         "The surprise at the right class when the outputs are the probabilities of the classes, divided by the n "
         "samples.",
         _cce, lambda a, y: -y / a, lambda n, outputs: 1.0 / n, r"\frac{1}{n}",
         MappingProxyType({
             "softmax": Pair(_cce_softmax, lambda z, a, y: a * y.sum(axis=1, keepdims=True) - y, "a - y"),
             "sigmoid": Pair(lambda z, y: y * np.logaddexp(0.0, -z), lambda z, a, y: -y * (1.0 - a), "-y(1 - a)"),
         }), ("softmax", "sigmoid"), True),
)
