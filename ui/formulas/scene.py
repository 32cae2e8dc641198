"""What formulas are written about: one step of a run, seen at one of its samples."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine import Activation, Feature, History, Layer, Loss, Optimizer, Step
from engine.features import inputs as inputs_of
from ui.formulas.equation import Formula
from ui.formulas.numbers import LINE, symbol

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Scene:
    """A step, what was trained, and how to write: for which sample, how many digits, how many glyphs on a line.

    `sample` counts within the step's batch. Layers count from 0 at the first with weights, as in the engine.
    """

    step: Step
    loss: Loss
    optimizer: Optimizer
    options: dict[str, float]
    l1: float
    l2: float
    sample: int = 0
    digits: int = 4
    line: int = LINE
    batched: bool = False  # whether the run takes its samples in batches
    inputs: tuple[Feature, ...] = ()  # what each of the network's inputs is

    @property
    def n(self) -> int:
        """Samples in the batch."""
        return len(self.step.x)

    @cached_property
    def last(self) -> int:
        """The output layer."""
        return len(self.step.before) - 1

    def at(self, layer: int) -> Layer:
        """Layer layer before the update."""
        return self.step.before[layer]

    def activation(self, layer: int) -> Activation:
        """The record of a layer's activation."""
        return self.step.before[layer].f

    def below(self, layer: int) -> Array:
        """What comes into a layer: the inputs, or the activations of the layer before (n, k)."""
        return self.step.x if layer == 0 else self.step.a[layer - 1]

    def slope(self, layer: int, j: int) -> float:
        """f'(z) of unit j of a layer for this sample, by the engine's derivative."""
        slopes = self.activation(layer).derivative(self.step.z[layer][self.sample : self.sample + 1])[0]
        return float(slopes[j] if slopes.ndim == 1 else slopes[j, j])  # softmax has a table: the slope by its own z

    def incoming(self, layer: int, k: int, sample: str = "") -> str:
        """The symbol of what comes into a layer from its unit k below; with `sample`, of the sample of that name."""
        if layer > 0:
            return symbol("a", layer - 1) + f"_{{{sample},{k + 1}}}" if sample else symbol("a", layer - 1, k)
        return self.inputs[k].latex_of(sample) if sample else self.inputs[k].latex

    @cached_property
    def raw(self) -> bool:
        """Whether the inputs are x_1, x_2, ... as they are."""
        return all(feature.latex == f"x_{{{k + 1}}}" for k, feature in enumerate(self.inputs))

    @property
    def penalised(self) -> bool:
        """Whether the loss holds a penalty on large weights."""
        return bool(self.l1 or self.l2)

    @property
    def part(self) -> str:
        """This sample's own loss, without the 1/n; C itself where there is nothing else in it."""
        return "C" if self.n == 1 and not self.penalised else f"C_{{{self.sample + 1}}}"

    @property
    def data(self) -> str:
        """All samples' parts together: C itself where there is no penalty."""
        return r"C_{\text{data}}" if self.penalised else "C"

    def formula(self, say: str, left: str, filled: tuple[str, ...], value: float, **how: Any) -> Formula:
        """A formula written as this scene writes; its numbers stand in it as marks."""
        return Formula(say, left, filled, value, **{"digits": self.digits, "line": self.line} | how)


def scene(
    history: History,
    step: Step,
    sample: int = 0,
    digits: int = 4,
    line: int = LINE,
    inputs: tuple[Feature, ...] | None = None,
) -> Scene:
    """The scene of one step of a run; the sample is brought into the batch. `inputs` are those of its experiment."""
    task: Any = history.task
    sample = min(max(sample, 0), len(step.x) - 1)
    batched = task.batch < len(task.x)
    return Scene(
        step, task.loss, task.optimizer, dict(task.options), task.l1, task.l2, sample, digits, line, batched,
        inputs or inputs_of(None, step.x.shape[1]),
    )  # fmt: skip
