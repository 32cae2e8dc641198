"""What formulas are written about: one step of a run, seen at one of its samples; and the record of a formula."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine import Activation, History, Layer, Loss, Optimizer, Step
from ui.formulas.numbers import LINE, width

Array = np.ndarray
SYMBOL = 8  # glyphs of a short left side, which a line has room for besides


@dataclass(frozen=True)
class Formula:
    """A formula with its numbers: what it says, its left side, and what it equals, symbols first, the value last."""

    say: str
    left: str
    rows: tuple[str, ...]
    value: float | None = None  # the number that the last row prints

    @property
    def latex(self) -> str:
        """One line for each row, aligned at the equals signs."""
        rows = [row for n, row in enumerate(self.rows) if n == 0 or row != self.rows[n - 1]]
        return rf"\begin{{aligned}} {self.left} &= " + r" \\[5pt] &= ".join(rows) + r" \end{aligned}"

    def row(self, line: int = LINE) -> str:
        """For an `aligned`: left = numbers = value, without the symbols; on two lines where one is too short."""
        rows = self.rows[-2:]
        if len(rows) == 2 and rows[0] == rows[1]:
            rows = rows[1:]
        long = r"\\" in rows[0] or sum(width(part) + 2 for part in (self.left, *rows)) > line + SYMBOL
        return f"{self.left} &= " + (r" \\[3pt] &= " if long else " = ").join(rows)


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

    @property
    def part(self) -> str:
        """This sample's part of the loss, with its share of 1/n: C with its number, or C where it is alone."""
        return "C" if self.n == 1 else f"C_{{{self.sample + 1}}}"


def scene(history: History, step: Step, sample: int = 0, digits: int = 4, line: int = LINE) -> Scene:
    """The scene of one step of a run; the sample is brought into the batch."""
    task: Any = history.task
    sample = min(max(sample, 0), len(step.x) - 1)
    return Scene(step, task.loss, task.optimizer, dict(task.options), task.l1, task.l2, sample, digits, line)
