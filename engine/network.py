"""A network is a tuple of layers; a layer is a matrix of weights, a vector of biases and an activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .activations import ACTIVATIONS, Activation
from .checks import Array, array, frozen, pick, sequence, short, whole
from .initializers import INITIALIZERS
from .losses import LOSSES, Loss


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer: ``z = a_below @ W.T + b`` and ``a = f(z)``.

    W (j, k), one row for each unit of the layer; b (j,), or None for a layer without biases; `activation` a name
    from ``ACTIVATIONS``. The layer keeps its own float64 copies. ``ValueError`` for wrong shapes, names and numbers.
    """

    W: Array
    b: Array | None = None
    activation: str = "sigmoid"

    def __post_init__(self) -> None:
        W = array(self.W, "W", "(units, units below)", 2)
        object.__setattr__(self, "W", np.array(W, dtype=np.float64, order="C"))
        if self.b is not None:
            b = array(self.b, "b", f"({W.shape[0]},)", 1)
            if b.shape != (W.shape[0],):
                raise ValueError(f"b: expected shape ({W.shape[0]},), one bias for each row of W; got shape {b.shape}; "
                                 "give W one row and b one entry for each unit of the layer.")
            object.__setattr__(self, "b", np.array(b, dtype=np.float64))
        pick(ACTIVATIONS, self.activation, "activation")

    @property
    def f(self) -> Activation:
        """The record of the layer's activation."""
        return ACTIVATIONS[self.activation]

    @property
    def size(self) -> int:
        """The number of weights and biases."""
        return self.W.size + (0 if self.b is None else self.b.size)


Network = tuple[Layer, ...]


def trusted_layer(W: Array, b: Array | None, activation: str) -> Layer:
    """A layer around the given arrays as they are, neither copied nor checked: for arrays the engine made itself."""
    layer = object.__new__(Layer)
    object.__setattr__(layer, "W", W)
    object.__setattr__(layer, "b", b)
    object.__setattr__(layer, "activation", activation)
    return layer


def check_network(layers: Sequence[Layer]) -> Network:
    """The layers as a tuple, when each fits the one below and softmax stands only at the output."""
    network = sequence(layers, "layers")
    if not network:
        raise ValueError("layers: expected at least one Layer; got none; build one with Layer(W, b).")
    for layer in network:
        if not isinstance(layer, Layer):
            raise ValueError(f"layers: expected Layer objects; got {short(layer)}; wrap it as Layer(W, b).")
        if not (np.isfinite(layer.W).all() and (layer.b is None or np.isfinite(layer.b).all())):
            raise ValueError("layers: expected finite weights; got NaN or infinity in a layer changed after it "
                             "was made; give it finite numbers.")
    for l, (below, above) in enumerate(pairwise(network)):
        if above.W.shape[1] != below.W.shape[0]:
            raise ValueError(f"layer {l + 2}: expected W of shape ({above.W.shape[0]}, {below.W.shape[0]}), as the "
                             f"layer below has {below.W.shape[0]} units; got {above.W.shape}; give "
                             f" W one column for each of them.")
        if below.f.output_only:
            raise ValueError(f"layer {l + 1}: expected {below.activation} only in the output layer; got it in a hidden "
                             "layer; choose another activation there.")
    return network


def check_data(layers: Network, x: object, y: object, loss: str) -> tuple[Array, Array, Loss]:
    """x (n, k), y (n, outputs) and the loss's record, when they fit the network and each other."""
    record = pick(LOSSES, loss, "loss")
    inputs = check_inputs(layers, x)
    targets = array(y, "y", "(samples, outputs)", 2)
    shape = (inputs.shape[0], layers[-1].W.shape[0])
    if targets.shape != shape:
        raise ValueError(f"y: expected shape {shape}, a row for each sample and a column for each output; got "
                         f"{targets.shape}; reshape the targets.")
    record.check(targets, layers[-1].activation)
    return inputs, targets, record


def check_inputs(layers: Network, x: object) -> Array:
    """x (n, k) when it fits the first layer."""
    inputs = array(x, "x", "(samples, inputs)", 2)
    if inputs.shape[1] != layers[0].W.shape[1]:
        raise ValueError(f"x: expected {layers[0].W.shape[1]} columns, as the first layer has W of shape "
                         f"{layers[0].W.shape}; got shape {inputs.shape}; give one row for each sample.")
    return inputs


def activation_names(hidden: str | Sequence[str], output: str, count: int) -> tuple[str, ...]:
    """One activation name for each of `count` layers, from one name or several for the hidden ones."""
    names = (hidden,) * (count - 1) if isinstance(hidden, str) else sequence(hidden, "hidden")
    if len(names) != count - 1:
        raise ValueError(f"hidden: expected one activation, or {count - 1} for as many hidden layers; got "
                         f"{len(names)}; give one name for each hidden layer.")
    for name in names:
        if pick(ACTIVATIONS, name, "hidden activation").output_only:
            raise ValueError(f"hidden activation: expected one that acts on each unit alone; got {name}; "
                             "keep softmax for the output layer.")
    return (*names, pick(ACTIVATIONS, output, "output activation").name)


def build(sizes: Sequence[int], *, hidden: str | Sequence[str] = "sigmoid", output: str = "sigmoid", init: str = "he",
          scale: float | None = None, seed: int = 0, biases: bool = True) -> Network:
    """A network with freshly drawn weights, e.g. ``build((2, 4, 1))`` with 2 inputs, 4 hidden units and 1 output."""
    units = tuple(whole(size, "sizes", least=1) for size in sequence(sizes, "sizes"))
    if len(units) < 2:
        raise ValueError(f"sizes: expected inputs and outputs at least, as in (2, 1); got {units}; add a layer.")
    names = activation_names(hidden, output, len(units) - 1)
    initializer = pick(INITIALIZERS, init, "init")
    rng = np.random.default_rng(whole(seed, "seed"))
    layers = []
    for (k, j), name in zip(pairwise(units), names, strict=True):
        W, b = initializer.draw(rng, j, k, scale, biases)
        layers.append(Layer(W, b, name))
    return tuple(layers)


def flatten(layers: Sequence[Layer]) -> Array:
    """All parameters in one vector: layer by layer, W row by row, then b."""
    parts = []
    for layer in layers:
        parts.append(layer.W.ravel())
        if layer.b is not None:
            parts.append(layer.b)
    return np.concatenate(parts)


def unflatten(vector: Array, like: Sequence[Layer]) -> Network:
    """Layers of the shapes and activations of `like` around a read-only copy of `vector`."""
    return view_layers(frozen(np.array(vector, dtype=np.float64)), like)


def view_layers(vector: Array, like: Sequence[Layer]) -> Network:
    """Layers whose W and b are views into `vector`."""
    layers, start = [], 0
    for layer in like:
        stop = start + layer.W.size
        W, start = vector[start:stop].reshape(layer.W.shape), stop
        b = None
        if layer.b is not None:
            b, start = vector[start:start + layer.b.size], start + layer.b.size
        layers.append(trusted_layer(W, b, layer.activation))
    return tuple(layers)
