"""The update of one weight or bias, in the optimizer's formula with its numbers."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ui.formulas.backward import parameter, slope_by
from ui.formulas.equation import Formula
from ui.formulas.glossary import RATES
from ui.formulas.glossary import memory as memory_letters
from ui.formulas.numbers import place
from ui.formulas.scene import Scene
from ui.formulas.substitute import fill
from ui.numbers import text


@dataclass(frozen=True)
class Update:
    """How one weight moves: its gradient, the optimizer's memory before and after, the change, the new weight."""

    old: float
    gradient: float
    memory: dict[str, tuple[float, float]]  # letter -> (before, after)
    change: float
    new: float
    formulas: tuple[Formula, ...]  # one for each assignment of the rule, the weight's last


def update(scene: Scene, layer: int, j: int, k: int | None) -> Update:
    """The optimizer's assignments for this weight (k None: bias), each filled with the step's numbers."""
    step, rule = scene.step, scene.optimizer
    before, after = step.before[layer], step.after[layer]
    where = (0, (j, k)) if k is not None else (1, (j,))

    def entry(parts: Any) -> float:
        return float(parts[where[0]][where[1]])

    old, new = entry((before.W, before.b)), entry((after.W, after.b))
    g, change = entry((step.dW[layer], step.db[layer])), entry(step.change[layer])
    held = {letter: entry(step.state[letter][layer]) for letter in rule.state}
    arrays = tuple(np.array([held[letter]]) for letter in rule.state)
    with np.errstate(all="ignore"):
        _, fresh = rule.update(np.array([g]), arrays, step.learning_rate, step.index + 1, scene.options)
    memory = {letter: (held[letter], float(v[0])) for letter, v in zip(rule.state, fresh, strict=True)}

    values = {"dw": g, "w": old, r"\eta": step.learning_rate, "t": float(step.index + 1)}
    values |= {RATES[name][0]: value for name, value in scene.options.items()}
    values |= held
    index = (layer, j) if k is None else (layer, j, k)
    of = {"w": place("b" if k is None else "w", *index), "dw": place("db" if k is None else "dw", *index)}
    fine = digits_to_see(old, change, scene.digits)
    name, slope = parameter(layer, j, k), slope_by(layer, j, k)
    said = dict(memory_letters(scene))
    formulas = []
    for assignment in assignments(rule.latex):
        letter, _, right = assignment.partition(r" \leftarrow ")
        filled = fill(right, values, scene.digits, {"w": fine}, of)
        right = right.replace("dw", slope)
        if letter == "w":
            shown = re.sub(r"(?<![A-Za-z\\])w(?![A-Za-z_])", lambda _: name, right)
            formulas.append(scene.formula(explained(scene), rf"{name}\text{{ new}}", (shown, filled), new, digits=fine))
        else:
            value = memory[letter][1]
            formulas.append(
                scene.formula(f"${letter}$ is {said[letter]}.", rf"{letter}\text{{ new}}", (right, filled), value)
            )
            values[letter] = value  # later assignments of the rule take the new one
    return Update(old, g, memory, change, new, tuple(formulas))


def explained(scene: Scene) -> str:
    """The letters of the rule that are not the memory's, in a sentence."""
    rate = text(scene.step.learning_rate, 4)
    say = rf"$dw$ is the gradient $\partial C / \partial w$, $\eta$ = {rate} the learning rate"
    if "^t" in scene.optimizer.latex:
        say += f", $t$ = {scene.step.index + 1:,} counts the updates from 1"
    return say + "."


def assignments(latex: str) -> list[str]:
    """The assignments of an update rule, in order."""
    return [part.strip() for part in re.split(r",\\q?quad", latex)]


def digits_to_see(old: float, change: float, digits: int) -> int:
    """As many significant digits of a weight as it takes to see that it changes, at most 12."""
    if not change or not old or not math.isfinite(change):
        return digits
    return min(max(digits, math.floor(math.log10(abs(old))) - math.floor(math.log10(abs(change))) + 2), 12)
