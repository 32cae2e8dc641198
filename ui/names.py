"""What layers, units, weights and biases are called, everywhere the same, counted from 1.

Above a letter its layer, in brackets so that nobody takes it for a power; below it the unit, of a weight the one it
leads to and then the one it is from: W⁽¹⁾, z⁽²⁾₁, w⁽¹⁾₂₁. Units are x₁, the input's label, h₂ (h⁽¹⁾₂ where there are
several hidden layers), ŷ or ŷ₁. In LaTeX `ui.formulas.numbers.symbol` writes the same.
"""

from collections.abc import Sequence

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def layer(letter: str, l: int) -> str:
    """A quantity of the layer with weights l, from 0: W⁽¹⁾."""
    return f"{letter}⁽{str(l + 1).translate(RAISED)}⁾"


def parameter(l: int, j: int, k: int | None = None) -> str:
    """A weight to unit j from unit k below, or the bias of unit j where k is None: w⁽¹⁾₂₁, b⁽²⁾₁."""
    return layer("b" if k is None else "w", l) + _low(*((j,) if k is None else (j, k)))


def unit(sizes: Sequence[int], inputs: Sequence[str], place: int, j: int) -> str:
    """Unit j of a column of the picture, 0 for the inputs."""
    last = len(sizes) - 1
    if place == 0:
        return inputs[j]
    if place == last:
        return "ŷ" if sizes[-1] == 1 else f"ŷ{_low(j)}"
    return ("h" if last == 2 else layer("h", place - 1)) + _low(j)


def units(sizes: Sequence[int], inputs: Sequence[str]) -> list[list[str]]:
    """The names of all units, column by column."""
    return [[unit(sizes, inputs, place, j) for j in range(count)] for place, count in enumerate(sizes)]


def spoken(sizes: Sequence[int], place: int, j: int) -> str:
    """What a unit of a column is, in words: "input 1", "hidden unit 2", "unit 2 of hidden layer 3", "the output"."""
    last = len(sizes) - 1
    if place == 0:
        return f"input {j + 1}"
    if place == last:
        return "the output" if sizes[-1] == 1 else f"output {j + 1}"
    return f"hidden unit {j + 1}" if last == 2 else f"unit {j + 1} of hidden layer {place}"


def _low(*units: int) -> str:
    low = ("," if max(units) > 8 else "").join(str(unit + 1) for unit in units)
    return low.translate(LOWERED)
