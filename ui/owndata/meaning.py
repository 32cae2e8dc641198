"""What the network's inputs and outputs stand for, in the table's own words."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.numbers import full
from ui.numbers import text as number
from ui.owndata.build import SHOWN, Flag, Prepared, Scale
from ui.owndata.notation import NUMBER
from ui.owndata.sheet import shown

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Meaning:
    """One sentence, one that says what is scaled, and a line for each number that is not the table's own.

    `inputs` are what each input is, `classes` what each class is called: none where outputs are numbers.
    """

    said: str
    scaled: str
    lines: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


def meaning(prepared: Prepared) -> Meaning:
    """What stands for what, of an experiment on someone's own data."""
    names = ", ".join(dict.fromkeys(each.name for each in prepared.inputs))
    said = f"Inputs: {names}. {_outputs(prepared)}"
    lines = (*scaled(prepared), *_in_scaled_units(prepared))
    inputs = tuple(str(each) for each in prepared.inputs)
    return Meaning(said, _what_is_scaled(prepared), lines, inputs, _names(prepared))


def scaled(prepared: Prepared) -> tuple[str, ...]:
    """The inputs and outputs that are computed from the table: x₁ = (height − 172) / 9.5."""
    both = [*_named("x", prepared.inputs), *_named("y", prepared.outputs)]
    return tuple(f"{name} = {each}" for name, each in both if str(each) != each.name)


def _named(letter: str, each: Sequence[Scale | Flag]) -> list[tuple[str, Scale | Flag]]:
    """Each with its place: x₁, x₂, ..., as on the stage; y alone where there is one."""
    alone = letter == "y" and len(each) == 1
    return [(letter if alone else f"{letter}{n}".translate(SUBSCRIPTS), one) for n, one in enumerate(each, 1)]


def _what_is_scaled(prepared: Prepared) -> str:
    inputs = any(each.changes for each in prepared.inputs)
    if any(goal.changes for goal in prepared.outputs):
        return "Inputs, outputs and the loss are scaled." if inputs else "The outputs and the loss are scaled."
    return "The inputs are scaled." if inputs else ""


def _names(prepared: Prepared) -> tuple[str, ...]:
    return tuple(full(float(name)) if NUMBER.fullmatch(name) else shown(name) for name in prepared.classes)


def _outputs(prepared: Prepared) -> str:
    names = _names(prepared)
    if len(names) == 2 and prepared.experiment.sizes[-1] == 1:
        low = "−1" if prepared.experiment.output == "tanh" else "0"
        return f"The output is near {low} for “{names[0]}” and near 1 for “{names[1]}”."
    if names:
        return f"Outputs, one a class: {', '.join(f'{n} “{name}”' for n, name in enumerate(names, 1))}."
    goals = [goal.name for goal in prepared.outputs]
    if len(goals) == 1:
        return f"The output is a number ({goals[0]})."
    return f"The outputs are numbers: {', '.join(goals)}."


def _in_scaled_units(prepared: Prepared) -> list[str]:
    """What a loss of scaled answers is measured in."""
    moved = [goal for goal in prepared.outputs if goal.divide != 1.0]
    if not moved:
        return []
    units = ", ".join(f"{number(goal.divide, SHOWN)} in {goal.name}" for goal in moved)
    return [f"The loss is in scaled units, too: an error of 1 there is {units}."]
