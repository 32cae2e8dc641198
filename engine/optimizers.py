"""An optimizer turns the gradient g into the change that is subtracted from every weight and bias.

An update rule is two pure functions: ``init`` makes its memory, ``update`` maps gradient and memory to the change and
the new memory. Definitions and defaults are PyTorch's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from .checks import Array, number, registry, short

State = tuple[Array, ...]
Options = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Optimizer:
    """An update rule, its formula and its options.

    `init(parameters)` gives the memory before the first update: one array of zeros for each name in `state`.
    `update(g, state, learning_rate, t, options)` gives (change, new state) for update number t = 1, 2, ...;
    the parameters become ``parameters - change``. Works on arrays of any shape.
    """

    name: str
    label: str
    latex: str
    about: str
    source: str
    state: tuple[str, ...]
    options: Options
    update: Callable[[Array, State, float, int, Options], tuple[Array, State]]
    rate: float | None = None  # the learning rate that goes with it whatever the data; None: the data set's own

    def init(self, parameters: Array) -> State:
        """The memory before the first update."""
        return tuple(np.zeros_like(parameters) for _ in self.state)

    def settings(self, given: Mapping[str, object]) -> dict[str, float]:
        """The options in force: the defaults, changed by `given`; ``ValueError`` for unknown or impossible ones."""
        settings = dict(self.options)
        for name, value in given.items():
            if name not in settings:
                known = ", ".join(settings) or "no options"
                raise ValueError(f"optimizer {self.name}: expected {known}; got option {short(name)}; leave it out.")
            if name == "eps":
                settings[name] = number(value, f"option {name}", least=0.0)
            else:
                settings[name] = number(value, f"option {name}", least=0.0, below=1.0)
        return settings


def _sgd(g: Array, state: State, learning_rate: float, t: int, options: Options) -> tuple[Array, State]:
    return learning_rate * g, ()


def _momentum(g: Array, state: State, learning_rate: float, t: int, options: Options) -> tuple[Array, State]:
    (v,) = state
    v = options["momentum"] * v + g
    return learning_rate * v, (v,)


def _nesterov(g: Array, state: State, learning_rate: float, t: int, options: Options) -> tuple[Array, State]:
    (v,) = state
    v = options["momentum"] * v + g
    return learning_rate * (g + options["momentum"] * v), (v,)


def _rmsprop(g: Array, state: State, learning_rate: float, t: int, options: Options) -> tuple[Array, State]:
    (v,) = state
    v = options["alpha"] * v + (1.0 - options["alpha"]) * (g * g)
    return learning_rate * (g / (np.sqrt(v) + options["eps"])), (v,)


def _adam(g: Array, state: State, learning_rate: float, t: int, options: Options) -> tuple[Array, State]:
    m, v = state
    beta1, beta2 = options["beta1"], options["beta2"]
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * (g * g)
    rate = learning_rate / (1.0 - beta1**t)      # m and v start at 0 and are too small at first:
    root = np.sqrt(v) / np.sqrt(1.0 - beta2**t)  # dividing by 1 - beta^t makes up for it
    return rate * (m / (root + options["eps"])), (m, v)


OPTIMIZERS = registry(
    Optimizer("sgd", "Gradient descent (SGD)", r"w \leftarrow w - \eta\, dw",
              "A step straight downhill, as long as the gradient times the learning rate.",
              "Robbins and Monro, 1951", (), MappingProxyType({}), _sgd),
    Optimizer("momentum", "Momentum", r"v \leftarrow \mu v + dw,\qquad w \leftarrow w - \eta\, v",
              "Keeps a running sum of gradients, like a heavy ball: faster along a valley, steadier across it.",
              "Polyak, 1964; PyTorch SGD(momentum=0.9)", ("v",), MappingProxyType({"momentum": 0.9}), _momentum),
    Optimizer("nesterov", "Nesterov momentum",
              r"v \leftarrow \mu v + dw,\qquad w \leftarrow w - \eta\,(dw + \mu v)",
              "Momentum that looks one step ahead before it adds the gradient.",
              "Nesterov, 1983; PyTorch SGD(momentum=0.9, nesterov=True)", ("v",), MappingProxyType({"momentum": 0.9}),
              _nesterov),
    Optimizer("rmsprop", "RMSProp",
              r"v \leftarrow \alpha v + (1 - \alpha)\, (dw)^2,\qquad "
              r"w \leftarrow w - \eta\,\frac{dw}{\sqrt{v} + \epsilon}",
              "Divides every gradient by its own recent size, so that all weights move at a similar pace.",
              "Tieleman and Hinton, 2012; PyTorch RMSprop", ("v",), MappingProxyType({"alpha": 0.99, "eps": 1e-8}),
              _rmsprop, 0.01),
    Optimizer("adam", "Adam",
              r"m \leftarrow \beta_1 m + (1 - \beta_1)\, dw,\quad "
              r"v \leftarrow \beta_2 v + (1 - \beta_2)\, (dw)^2,\quad "
              r"w \leftarrow w - \eta\,\frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}",
              "Momentum and RMSProp together, both corrected for starting at zero.",
              "Kingma and Ba, 2015; PyTorch Adam", ("m", "v"),
              MappingProxyType({"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}), _adam, 0.001),
)
