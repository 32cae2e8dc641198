"""An activation f turns the weighted sum z of a unit into its output a = f(z).

Its slope f'(z) is the factor by which the unit lets the error signal pass on the way back (BP1, BP2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .checks import Array, registry

LEAK = 0.01  # the slope of leaky ReLU left of zero


@dataclass(frozen=True, eq=False)
class Activation:
    """A function, its derivative and its formula.

    `f` maps z (n, j) to a (n, j). `derivative` maps z to f'(z) (n, j); for softmax, whose units depend on each
    other, to the Jacobian (n, j, j) with entry [i, p, q] = da_p / dz_q.
    """

    name: str
    label: str
    latex: str
    latex_derivative: str
    about: str
    f: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    zero_gradient_when: str  # where the unit lets (almost) nothing pass backwards
    largest_slope: float
    output_only: bool = False

    def back(self, dC_da: Array, z: Array) -> Array:
        """dC/dz from dC/da: the chain rule through this activation. Both (n, j)."""
        slope = self.derivative(z)
        if slope.ndim == 2:
            return np.multiply(dC_da, slope)           # each unit on its own
        back: Array = np.einsum("np,npq->nq", dC_da, slope)  # softmax: every output depends on every z
        return back


def _sigmoid(z: Array) -> Array:
    with np.errstate(over="ignore"):  # exp may overflow to infinity: then a is 0, as it should be
        return np.reciprocal(1.0 + np.exp(-z))


def _sigmoid_derivative(z: Array) -> Array:
    a = _sigmoid(z)
    return (1.0 - a) * a


def _tanh(z: Array) -> Array:
    return np.tanh(z)


def _tanh_derivative(z: Array) -> Array:
    a = np.tanh(z)
    return 1.0 - a * a


def _relu(z: Array) -> Array:
    return np.maximum(z, 0.0)


def _relu_derivative(z: Array) -> Array:
    return np.where(z > 0.0, 1.0, 0.0)


def _leaky_relu(z: Array) -> Array:
    return np.maximum(z, LEAK * z)


def _leaky_relu_derivative(z: Array) -> Array:
    return np.where(z > 0.0, 1.0, LEAK)


def _linear(z: Array) -> Array:
    return z.copy()


def _linear_derivative(z: Array) -> Array:
    return np.ones_like(z)


def _softmax(z: Array) -> Array:
    e: Array = np.exp(z - z.max(axis=1, keepdims=True))  # adding the same to every z of a row changes nothing
    a: Array = e / e.sum(axis=1, keepdims=True)
    return a


def _softmax_derivative(z: Array) -> Array:
    a = _softmax(z)
    return a[:, :, None] * (np.eye(a.shape[1]) - a[:, None, :])


ACTIVATIONS = registry(
    Activation("sigmoid", "Sigmoid", r"\sigma(z) = \frac{1}{1 + e^{-z}}",
               r"\sigma'(z) = \sigma(z)\,\bigl(1 - \sigma(z)\bigr)",
               "Squeezes any number into 0 to 1; its slope is at most 1/4, so each layer passes back at most a "
               "quarter of what its weights bring.",
               _sigmoid, _sigmoid_derivative, "|z| is large: the unit is saturated", 0.25),
    Activation("tanh", "Tanh", r"\tanh(z) = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}", r"\tanh'(z) = 1 - \tanh^2(z)",
               "Squeezes any number into -1 to 1, centred on 0; its slope reaches 1 at z = 0.",
               _tanh, _tanh_derivative, "|z| is large: the unit is saturated", 1.0),
    Activation("relu", "ReLU", r"\operatorname{ReLU}(z) = \max(0, z)",
               r"\operatorname{ReLU}'(z) = \begin{cases} 1 & z > 0 \\ 0 & z \le 0 \end{cases}",
               "Passes positive numbers on unchanged and blocks the rest, forwards and backwards.",
               _relu, _relu_derivative, "z is not above 0: the unit is off", 1.0),
    Activation("leaky_relu", "Leaky ReLU", r"f(z) = \max(z,\; 0.01\,z)",
               r"f'(z) = \begin{cases} 1 & z > 0 \\ 0.01 & z \le 0 \end{cases}",
               "ReLU with a slope of 0.01 on the left, so that no unit is ever quite dead.",
               _leaky_relu, _leaky_relu_derivative, "never exactly; left of 0 only a hundredth passes", 1.0),
    Activation("linear", "Linear", r"f(z) = z", r"f'(z) = 1",
               "No activation at all: for outputs that may be any number; stacked linear layers are one linear layer.",
               _linear, _linear_derivative, "never", 1.0),
    Activation("softmax", "Softmax", r"\operatorname{softmax}(z)_k = \frac{e^{z_k}}{\sum_i e^{z_i}}",
               r"\frac{\partial a_k}{\partial z_i} = a_k\,(\delta_{ki} - a_i)",
               "Turns the outputs into probabilities that sum to 1; for the output layer, one unit a class.",
               _softmax, _softmax_derivative, "one z is far above the others", 0.25, output_only=True),
)
