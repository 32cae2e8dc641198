"""From columns to an experiment: what a person chose becomes the numbers that a network gets.

Nothing is mended in silence: what is left out or changed is a note, with the line and the column of the first case.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from engine.tables import split
from ui.numbers import text as number
from ui.owndata.build import Flag, Made, Prepared, Scale, build
from ui.owndata.columns import Column
from ui.owndata.errors import TableError
from ui.owndata.sheet import Sheet, left_out, shown

MOST_INPUTS = 20
MOST_CLASSES = 32  # units in a layer
SCALINGS = {"none": "None", "standardise": "Mean 0, spread 1", "range": "−1 to 1"}


@dataclass(frozen=True)
class Choice:
    """What a person chose: columns by place, what the target is, how to scale, what to keep for testing."""

    inputs: tuple[int, ...]
    target: int
    classes: bool
    scaling: str = "none"
    scale_target: bool = False
    share: float = 0.0
    seed: int = 0
    also: tuple[int, ...] = ()  # more columns of numbers to predict, where the target is a number
    signed: bool = False  # two classes as -1 and +1, for a tanh output, instead of 0 and 1


def units(column: Column) -> int:
    """How many inputs of the network a column makes: one, or for three texts or more one for each."""
    return 1 if column.numeric or column.kinds <= 2 else column.kinds


def prepare(sheet: Sheet, found: tuple[Column, ...], choice: Choice) -> Prepared:
    """The experiment that the choice makes of the sheet. ``TableError`` with one sentence where there is none."""
    _check(found, choice)
    with np.errstate(all="ignore"):  # what leaves the finite numbers is found and named at the end
        return _scaled(sheet, found, choice)


def _scaled(sheet: Sheet, found: tuple[Column, ...], choice: Choice) -> Prepared:
    targets = [found[k] for k in (choice.target, *choice.also)]
    places = [*choice.inputs, choice.target, *choice.also]
    rows, notes = usable(sheet, found, places)
    train, _ = split(len(rows), choice.share, choice.seed)
    inputs: list[Scale | Flag] = []
    x: list[np.ndarray] = []
    for k in choice.inputs:
        column = found[k]
        if column.numeric:
            inputs.append(scale(column.name, column.values[rows][train], choice.scaling))
            x.append(inputs[-1].of(column.values[rows]))
        else:
            flags, values = flagged(column, rows)
            inputs += flags
            x += values
    constant = [s.name for s, values in zip(inputs, x, strict=True) if np.ptp(values[train]) == 0.0]
    if constant and len(rows) > 1:
        notes.append(f"“{constant[0]}” is the same in every row to train on, so nothing can be learnt from it.")
    names: tuple[str, ...] = ()
    goals: list[Scale] = []
    if choice.classes:
        y, names = one_hot(targets[0], rows)
        absent = [name for name, column in zip(names, _each(y), strict=True) if not column[train].any()]
        if absent:
            notes.append(f"No row to train on is of class “{shown(absent[0])}”; another seed parts the rows otherwise.")
        if choice.signed and y.shape[1] == 1:
            y = 2.0 * y - 1.0
    else:
        how = choice.scaling if choice.scale_target else "none"
        goals = [scale(target.name, target.values[rows][train], how) for target in targets]
        y = np.column_stack([goal.of(target.values[rows]) for goal, target in zip(goals, targets, strict=True)])
    made = Made(rows, np.column_stack(x), y, "classes" if choice.classes else "regression", choice.share, choice.seed)
    of_columns = [found[k] for k in choice.inputs for _ in range(units(found[k]))] + targets
    cost = costs(found, places, choice.target)
    return build(sheet, [column.name for column in of_columns], made, tuple(inputs), tuple(goals), names, notes, cost)


def _check(found: tuple[Column, ...], choice: Choice) -> None:
    """Whether such columns can be inputs and be predicted at all."""
    target = found[choice.target]
    if not choice.inputs:
        raise TableError("Choose one column or more as inputs.")
    if choice.target in choice.inputs:
        raise TableError(f"“{target.name}” is an input and to be predicted; choose it for one of the two.")
    for k in choice.inputs:
        if not found[k].numeric and found[k].kinds > MOST_INPUTS:
            raise TableError(
                f"Column “{found[k].name}” holds {found[k].kinds:,} different texts, each of which would be an input; "
                f"expected at most {MOST_INPUTS}. Choose other columns."
            )
    count = sum(units(found[k]) for k in choice.inputs)
    if count > MOST_INPUTS:
        wide = max(choice.inputs, key=lambda k: units(found[k]))
        alone = f" (“{found[wide].name}” alone makes {units(found[wide])})" if units(found[wide]) > 1 else ""
        raise TableError(f"Expected at most {MOST_INPUTS} inputs, got {count}{alone}; choose fewer.")
    if not choice.classes:
        for column in (target, *(found[k] for k in choice.also)):
            if not column.numeric:
                raise TableError(f"Column “{column.name}” holds text; take it as classes, or predict another column.")
    if choice.classes and target.kinds > MOST_CLASSES:
        raise TableError(
            f"“{target.name}” has {target.kinds:,} different values; expected at most {MOST_CLASSES} classes. Predict "
            f"another column{', or take it as a number' if target.numeric else ''}."
        )


def usable(sheet: Sheet, found: tuple[Column, ...], places: list[int]) -> tuple[np.ndarray, list[str]]:
    """The rows whose cells in these columns can all be used, and a sentence for each reason why others cannot.

    ``TableError`` where none remains.
    """
    good = np.logical_and.reduce([found[k].present for k in places])
    first: dict[str, tuple[int, int]] = {}  # reason -> (row, column)
    counts: Counter[str] = Counter()
    for i in map(int, np.flatnonzero(~good)):
        k = next(k for k in places if not found[k].present[i])
        why = found[k].wrong[i] if found[k].numeric else "missing"
        counts[why] += 1
        first.setdefault(why, (i, k))
    notes = []
    for why, (i, k) in first.items():
        cell = shown(sheet.rows[i][k])
        said = {
            "missing": f"an empty cell or one without a finite number{f' (“{cell}”)' if cell else ''}",
            "large": f"a number too large to compute with (“{cell}”)",
            "text": f"expected a number written like the others, got “{cell}”",
        }[why]
        place = f"line {sheet.lines[i]:,}, column “{found[k].name}”"
        notes.append(f"{left_out(counts[why])}: {'' if counts[why] == 1 else 'the first is '}{place}, {said}.")
    rows = np.flatnonzero(good)
    if not len(rows):
        raise TableError(" ".join(["No row can be used.", *notes[:1]]))
    return rows, notes


def costs(found: tuple[Column, ...], places: list[int], target: int) -> tuple[tuple[int, int], ...]:
    """The columns whose cells cost rows, and how many each: the dearest first. The target is none of them."""
    lost = [(k, int((~found[k].present).sum())) for k in places if k != target]
    return tuple(sorted(((k, count) for k, count in lost if count), key=lambda pair: -pair[1]))


def scale(name: str, values: np.ndarray, how: str) -> Scale:
    """How a column becomes the network's numbers, from the rows to train on (rows,)."""
    if how == "none":
        return Scale(name, 0.0, 1.0)
    if np.ptp(values) == 0.0:
        return Scale(name, float(values[0]), 1.0)
    if how == "standardise":
        largest = float(np.abs(values).max())
        unit = 1.0 if 1e-100 < largest < 1e100 else largest  # squares have to stay finite, and above 0
        found = Scale(name, unit * float((values / unit).mean()), unit * float((values / unit).std()))
    else:
        low, high = float(values.min()), float(values.max())
        found = Scale(name, low / 2 + high / 2, high / 2 - low / 2)
    if found.divide == 0.0:
        raise TableError(
            f"The numbers in column “{name}” lie too close together to be scaled, {number(np.ptp(values))} apart at "
            "most; leave it out, or write it in a smaller unit."
        )
    return found


def flagged(column: Column, rows: np.ndarray) -> tuple[list[Flag], list[np.ndarray]]:
    """A column of texts as inputs of 0 and 1: one for two texts, else one for each."""
    labels = column.labels(rows)
    names = sorted(set(column.labels(np.flatnonzero(column.present))), key=in_order)
    if len(names) <= 2:
        last = names[-1]
        other = names[0] if len(names) == 2 else None
        return [Flag(column.name, last, other)], [np.array([float(label == last) for label in labels])]
    return [Flag(column.name, name) for name in names], [
        np.array([float(label == name) for label in labels]) for name in names
    ]


def in_order(text: str) -> tuple[str, str]:
    """Texts in the order of the alphabet, whether they are written large or small: no before Yes."""
    return text.casefold(), text


def one_hot(target: Column, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Classes as targets, (rows, 1) with 0 and 1 for two of them, else a column each; and their names in that order."""
    labels = target.labels(rows)
    names = tuple(sorted(set(labels), key=float if target.numeric else in_order))
    if len(names) < 2:
        raise TableError(
            f"Column “{target.name}” has one class only, “{shown(names[0])}”; there is nothing to tell apart."
        )
    places = np.array([names.index(label) for label in labels])
    y = np.eye(len(names))[places] if len(names) > 2 else places[:, None].astype(float)
    return y, names


def _each(y: np.ndarray) -> list[np.ndarray]:
    """For each class, which rows are of it."""
    return [y[:, 0] == 0.0, y[:, 0] == 1.0] if y.shape[1] == 1 else [column == 1.0 for column in y.T]
