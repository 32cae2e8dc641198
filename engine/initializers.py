"""An initializer draws the weights that a network starts from; where training ends depends on it.

Draws come from ``numpy.random.default_rng(seed)``, layer by layer, W (j, k) first, then b where the initializer
draws biases. They do not depend on the activation, so two networks with one seed start from the same weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .checks import Array, registry

Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class Initializer:
    """How W (j, k), and b (j,) where `draws_biases`, of one layer are drawn; biases are 0 otherwise.

    `weights(rng, j, k, scale)` gives W; `scale` is the default scale, or None where the initializer takes none.
    """

    name: str
    label: str
    latex: str
    about: str
    weights: Callable[[Rng, int, int, float], Array]
    scale: float | None = None
    draws_biases: bool = False
    given: bool = False  # the values are listed one by one in the experiment

    def draw(self, rng: Rng, j: int, k: int, scale: float | None = None,
             biases: bool = True) -> tuple[Array, Array | None]:
        """(W, b) of a layer with j units above k; b is None for a layer without biases."""
        size = scale if scale is not None else self.scale if self.scale is not None else 0.0
        W = self.weights(rng, j, k, size)  # (j, k)
        if not biases:
            return W, None
        return W, self.weights(rng, j, 1, size)[:, 0] if self.draws_biases else np.zeros(j)


def _xavier(rng: Rng, j: int, k: int, scale: float) -> Array:
    r = np.sqrt(6.0 / (j + k))
    return rng.uniform(-r, r, size=(j, k))


def _normal(rng: Rng, j: int, k: int, scale: float) -> Array:
    return rng.normal(size=(j, k)) * scale


INITIALIZERS = registry(
    Initializer("he", "He", r"W \sim \mathcal N\!\left(0, \tfrac{2}{k}\right),\quad b = 0",
                "Normal with variance 2/k: with ReLU, signals keep their size on the way forward (He et al., 2015).",
                lambda rng, j, k, scale: rng.normal(size=(j, k)) * np.sqrt(2 / k)),
    Initializer("xavier", "Xavier (Glorot)",
                r"W \sim \mathcal U\!\left(-\sqrt{\tfrac{6}{j+k}},\; \sqrt{\tfrac{6}{j+k}}\right),\quad b = 0",
                "Uniform, balanced between the way forward and the way back; derived for units like tanh, whose slope "
                "is 1 at 0 (Glorot and Bengio, 2010).", _xavier),
    Initializer("normal", "Normal", r"W \sim s\,\mathcal N(0, 1),\quad b = 0",
                "Normal with a standard deviation of your choice; try 0.01 to see a start that is too small.",
                _normal, 1.0),
    Initializer("normal_all", "Normal, biases too", r"W, b \sim s\,\mathcal N(0, 1)",
                "Weights and biases both normal with a standard deviation of your choice.", _normal, 1.0, True),
    Initializer("uniform", "Uniform", r"W \sim \mathcal U(-s, s),\quad b = 0",
                "Every weight between -s and s is equally likely.",
                lambda rng, j, k, scale: rng.uniform(-scale, scale, size=(j, k)), 0.5),
    Initializer("constant", "Constant", r"W = s,\quad b = 0",
                "All weights equal: the units of a hidden layer get equal gradients and stay copies of each other.",
                lambda rng, j, k, scale: np.full((j, k), float(scale)), 0.5),
    Initializer("zeros", "Zeros", r"W = 0,\quad b = 0",
                "All weights zero: no error passes back through them, so at the start every gradient below the output "
                "layer is zero.",
                lambda rng, j, k, scale: np.zeros((j, k))),
    Initializer("values", "Given values", r"W, b = \text{the listed values}",
                "Every weight and bias is listed in the experiment.",
                lambda rng, j, k, scale: np.zeros((j, k)), given=True),
)
