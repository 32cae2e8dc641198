"""What suggests itself for a table: an answer that can be learnt, inputs that tell something, and how to scale them."""

import re

import numpy as np

from ui.owndata.columns import HALF, Column, name_some, naming
from ui.owndata.prepare import MOST_CLASSES, MOST_INPUTS, Choice, units
from ui.owndata.sheet import Sheet, shown

FEW = 10  # different whole numbers that are taken for classes
MODEST = 2.0  # numbers that need no scaling are no larger
MOSTLY = 0.8  # of the rows have a cell in a column that is taken as an input
FEW_TEXTS = 6  # classes of a column that is taken as inputs, one for each
KEPT_FROM = 20  # rows, of which a fifth is kept for testing
ANSWER = re.compile(
    r"target|class|label|kind|type|species|survived|diagnosis|outcome|answer|result|response|output", re.IGNORECASE
)
# Why columns are no inputs -> what is said of one, and of several.
REASONS = (
    ("numbers", "only numbers the rows and was left out", "only number the rows and were left out"),
    ("names", "has another text in nearly every row and was left out", "have another text in nearly every row and were "
     "left out"),
    ("gaps", "has many empty cells and was left out: it would cost these rows", "have many empty cells and were left "
     "out: they would cost these rows"),
    ("texts", "was left out: each of its many texts would be an input", "were left out: each of their many texts would "
     "be an input"),
    ("same", "has one text only and was left out", "have one text only and were left out"),
    ("more", f"was left out: a network here has at most {MOST_INPUTS} inputs", f"were left out: a network here has at "
     f"most {MOST_INPUTS} inputs"),
)  # fmt: skip


def likely_classes(column: Column) -> bool:
    """Whether a target looks like classes: text, or few whole numbers that come back."""
    if not column.numeric:
        return True
    return bool(column.whole and column.kinds <= min(FEW, max(2, int(column.present.sum()) // 2)))


def suggested(sheet: Sheet, found: tuple[Column, ...]) -> Choice | None:
    """What to learn from what; None where there is nothing to learn, or nothing to learn it from."""
    names = _names(sheet, found)
    target = _answer(found, names)
    if target is None:
        return None
    barred = reasons(sheet, found, target)
    inputs = tuple(k for k in range(len(found)) if k != target and k not in barred)
    return _choice(found, inputs, target) if inputs else None


def reasons(sheet: Sheet, found: tuple[Column, ...], target: int) -> dict[int, str]:
    """Why columns are not taken as inputs, by themselves: "numbers", "names", "gaps", "texts", "same" or "more"."""
    said = {k: why for k, why in _names(sheet, found).items() if k != target}
    rest = [k for k in range(len(found)) if k != target and k not in said]
    for k in rest:
        column = found[k]
        if not column.numeric and column.kinds > FEW_TEXTS:
            said[k] = "texts" if column.filled >= HALF else "gaps"
        elif not column.numeric and column.kinds == 1:
            said[k] = "same"
        elif not column.present.any():
            said[k] = "gaps"
    rest = [k for k in rest if k not in said]
    full = [k for k in rest if found[k].filled >= MOSTLY]
    if full:
        said |= {k: "gaps" for k in rest if k not in full}
    width = 0
    for k in full or rest:
        if width + units(found[k]) > MOST_INPUTS:
            said[k] = "more"
        else:
            width += units(found[k])
    return said


def why_not(sheet: Sheet, found: tuple[Column, ...], choice: Choice) -> list[str]:
    """A sentence for each reason why columns are not among the inputs."""
    barred = reasons(sheet, found, choice.target)
    said = []
    for why, one, many in REASONS:
        places = [k for k, other in barred.items() if other == why and k not in (*choice.inputs, *choice.also)]
        if places:
            example = _example(sheet, found[places[0]]) if why == "texts" else ""
            said.append(f"{name_some([found[k].name for k in places])} {one if len(places) == 1 else many}{example}.")
    return said


def _example(sheet: Sheet, column: Column) -> str:
    i = int(np.flatnonzero(column.present)[0])
    return f" (line {sheet.lines[i]:,}: “{shown(column.cells[i])}”)"


def _names(sheet: Sheet, found: tuple[Column, ...]) -> dict[int, str]:
    """The columns that number or name the rows; numbers that are all there is are none of them."""
    names = naming(sheet, found)
    rest = [k for k, column in enumerate(found) if k not in names and column.present.any()]
    return names if len(rest) > 1 else {k: why for k, why in names.items() if why == "names"}


def _choice(found: tuple[Column, ...], inputs: tuple[int, ...], target: int) -> Choice:
    rows = np.logical_and.reduce([found[k].present for k in (*inputs, target)])
    classes = likely_classes(found[target]) and (rows.sum() > 1 or not found[target].numeric)
    numbers = [k for k in (inputs if classes else (*inputs, target)) if found[k].numeric]
    large = [float(np.nanmax(np.abs(found[k].values), initial=0.0)) > MODEST for k in numbers]
    scaled = any(large) and rows.sum() > 1
    share = 0.2 if len(found[target].cells) >= KEPT_FROM else 0.0
    return Choice(
        inputs, target, classes, "standardise" if scaled else "none", bool(scaled and not classes and large[-1]), share
    )


def _answer(found: tuple[Column, ...], names: dict[int, str]) -> int | None:
    """The column to predict: one that is called so, else the last that can be learnt; classes before numbers."""
    able = [
        k for k, column in enumerate(found)
        if k not in names and column.present.any() and (column.numeric or column.kinds <= MOST_CLASSES)
    ]  # fmt: skip
    full = [k for k in able if found[k].filled >= HALF] or able
    told = [k for k in full if found[k].kinds > 1] or full
    called = [k for k in told if ANSWER.fullmatch(found[k].name) and found[k].kinds > 1]
    if called:
        return called[-1]
    if not told:
        return None
    last, first = told[-1], told[0]
    nameless = re.fullmatch(r"column \d+", found[first].name) is not None
    classes_first = first == 0 and likely_classes(found[first]) and (nameless or not found[first].numeric)
    return first if classes_first and not likely_classes(found[last]) else last
