"""An intervention is what a person does in the middle of a run: a new learning rate, or a weight set by hand.

It takes effect at iteration `at`: a weight is set before the forward pass of that iteration, a learning rate is used by
its update. Layers, units and weights are counted from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .checks import number, sequence, short, whole
from .network import Layer


@dataclass(frozen=True)
class SetLearningRate:
    """From update `at` on, the learning rate is `value`."""

    at: int
    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", whole(self.at, "at"))
        object.__setattr__(self, "value", number(self.value, "learning rate", above=0.0))

    @property
    def place(self) -> tuple[str, int, int, int]:
        """What it changes."""
        return ("lr", 0, 0, 0)


@dataclass(frozen=True)
class SetWeight:
    """Before iteration `at`, the weight from unit `k` below to unit `j` of `layer` becomes `value`."""

    at: int
    layer: int
    j: int
    k: int
    value: float

    def __post_init__(self) -> None:
        for name in ("at", "layer", "j", "k"):
            object.__setattr__(self, name, whole(getattr(self, name), name))
        object.__setattr__(self, "value", number(self.value, "weight"))

    @property
    def place(self) -> tuple[str, int, int, int]:
        """What it changes."""
        return ("w", self.layer, self.j, self.k)


@dataclass(frozen=True)
class SetBias:
    """Before iteration `at`, the bias of unit `j` of `layer` becomes `value`."""

    at: int
    layer: int
    j: int
    value: float

    def __post_init__(self) -> None:
        for name in ("at", "layer", "j"):
            object.__setattr__(self, name, whole(getattr(self, name), name))
        object.__setattr__(self, "value", number(self.value, "bias"))

    @property
    def place(self) -> tuple[str, int, int, int]:
        """What it changes."""
        return ("b", self.layer, self.j, 0)


Intervention = SetLearningRate | SetWeight | SetBias


def in_order(changes: object) -> tuple[Intervention, ...]:
    """Sorted by time and place; of several at one time and place the last one counts."""
    found: dict[tuple[int, tuple[str, int, int, int]], Intervention] = {}
    for change in sequence(changes, "interventions"):
        if not isinstance(change, (SetLearningRate, SetWeight, SetBias)):
            raise ValueError(f"interventions: expected SetLearningRate, SetWeight or SetBias; got {short(change)}; "
                             "build one of these records.")
        found[change.at, change.place] = change
    return tuple(found[key] for key in sorted(found))


def position(change: SetWeight | SetBias, shapes: Sequence[tuple[int, int]], biases: Sequence[bool]) -> int:
    """Where the weight or bias stands in the flat parameter vector; ``ValueError`` when there is none there.

    `shapes` holds the shape (j, k) of every W, `biases` whether the layer has biases.
    """
    if change.layer >= len(shapes):
        raise ValueError(f"intervention at {change.at}: expected a layer from 0 to {len(shapes) - 1}; got "
                         f"{change.layer}; layers are counted from 0.")
    start = sum(j * k + (j if has else 0) for (j, k), has in zip(shapes[:change.layer], biases, strict=False))
    j, k = shapes[change.layer]
    if change.j >= j:
        raise ValueError(f"intervention at {change.at}: expected a unit j from 0 to {j - 1}; got {change.j}; "
                         "units are counted from 0.")
    if isinstance(change, SetWeight):
        if change.k >= k:
            raise ValueError(f"intervention at {change.at}: expected a unit below k from 0 to {k - 1}; got {change.k}; "
                             "units are counted from 0.")
        return start + change.j * k + change.k
    if not biases[change.layer]:
        raise ValueError(f"intervention at {change.at}: expected a layer with biases; got layer {change.layer}, which "
                         "has none; set a weight instead.")
    return start + j * k + change.j


def check_interventions(changes: Iterable[Intervention], layers: Sequence[Layer]) -> None:
    """``ValueError`` when one of them points at a weight or bias that is not there."""
    shapes = [(layer.W.shape[0], layer.W.shape[1]) for layer in layers]
    biases = [layer.b is not None for layer in layers]
    for change in changes:
        if not isinstance(change, SetLearningRate):
            position(change, shapes, biases)
