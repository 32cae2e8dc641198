"""From a sheet of cells to an experiment: which columns are numbers, which rows can be used, classes, scaling, split.

Nothing is mended in silence: what is left out or changed is a note, with the line and the column of the first case.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine import Experiment, Points
from engine.tables import MOST_VALUE, split
from ui.owndata.sheet import NUMBER, Sheet, TableError, left_out, number_text, shown

MOST_INPUTS = 20
MOST_CLASSES = 32  # units in a layer
FEW = 10  # different whole numbers that are taken for classes
ALL_AT_ONCE = 400  # training rows in one batch; of more, batches of BATCH
BATCH = 50
EMPTY = frozenset({"", "na", "n/a", "#n/a", "nan", "null"})  # also as the name of a class
MISSING = EMPTY | {"none", "-", "?", ".", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
DECIMALS = 6  # of a scaled number: what it adds beyond is noise, and length of the link
MOST_NAMED = 3  # columns in a sentence
MODEST = 2.0  # numbers that need no scaling are no larger
MOST_MAPPED = 4  # classes in the playground's map
SCALINGS = {"none": "None", "standardise": "Mean 0, spread 1", "range": "−1 to 1"}


@dataclass(frozen=True)
class Column:
    """The cells of one column. As numbers where most of them are: NaN where one is not, and `wrong` says why."""

    name: str
    cells: tuple[str, ...]
    numeric: bool
    values: np.ndarray  # (rows,)
    wrong: dict[int, str]  # row -> "missing", "large" or "text"

    @cached_property
    def present(self) -> np.ndarray:
        """Which rows have a cell that can be used (rows,)."""
        if self.numeric:
            return np.isfinite(self.values)
        return np.array([cell.lower() not in EMPTY for cell in self.cells])

    @cached_property
    def whole(self) -> bool:
        """Whether all its numbers are whole."""
        values = self.values[self.present]
        return self.numeric and bool((values == np.round(values)).all())

    @cached_property
    def kinds(self) -> int:
        """How many different numbers or labels it has."""
        return len(set(self.labels(np.flatnonzero(self.present))))

    def labels(self, rows: np.ndarray) -> list[str]:
        """The cells of these rows as names of classes; equal numbers have equal names."""
        if not self.numeric:
            return [self.cells[i] for i in rows]
        return [repr(float(v)).removesuffix(".0") for v in self.values[rows]]


def columns(sheet: Sheet) -> tuple[Column, ...]:
    """The columns of a sheet, read."""
    cells = zip(*sheet.rows, strict=True)
    return tuple(_column(name, each, sheet.delimiter != ",") for name, each in zip(sheet.names, cells, strict=True))


def _column(name: str, cells: tuple[str, ...], comma: bool) -> Column:
    """Numbers have a point, or all of them a comma where commas do not part the cells."""
    ways = [_numbers(cells, False)]
    if comma and any("," in cell for cell in cells):
        ways.append(_numbers(cells, True))
    values, wrong = min(ways, key=lambda way: len(way[1]))
    text = sum(why == "text" for why in wrong.values())
    filled = len(cells) - sum(why == "missing" for why in wrong.values())
    return Column(name, cells, filled > 0 and text < filled / 2, values, wrong)


def _numbers(cells: tuple[str, ...], comma: bool) -> tuple[np.ndarray, dict[int, str]]:
    """The cells as numbers, and why some are none. With a decimal comma, a point is no part of a number."""
    values, wrong = np.full(len(cells), np.nan), {}
    for i, cell in enumerate(cells):
        text = number_text(cell, comma)
        if cell.lower() in MISSING:
            wrong[i] = "missing"
        elif not NUMBER.fullmatch(text) or (comma and "." in cell):
            wrong[i] = "text"
        elif not np.isfinite(value := float(text)):
            wrong[i] = "large"
        else:
            values[i] = value + 0.0
    return values, wrong


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


@dataclass(frozen=True)
class Scale:
    """A column in the network's numbers: (value - subtract) / divide, to six decimals."""

    name: str
    subtract: float
    divide: float

    @property
    def changes(self) -> bool:
        """Whether the network gets other numbers than the table's."""
        return (self.subtract, self.divide) != (0.0, 1.0)

    def of(self, values: np.ndarray) -> np.ndarray:
        """The values scaled (rows,); as they are where nothing is to be scaled."""
        if not self.changes:
            return values
        return np.round((values - self.subtract) / self.divide, DECIMALS) + 0.0  # no minus zero

    def __str__(self) -> str:
        if not self.changes:
            return f"{self.name}: as it is"
        sign, size = ("+", -self.subtract) if self.subtract < 0 else ("−", self.subtract)
        return f"{self.name}: (value {sign} {size:.6g}) / {self.divide:.6g}"


@dataclass(frozen=True)
class Prepared:
    """An experiment on someone's own data, and what has to be said about how they became its numbers."""

    experiment: Experiment
    scales: tuple[Scale, ...]
    classes: tuple[str, ...]  # names, in the order of the outputs; none for regression
    notes: tuple[str, ...]
    train: int
    test: int


def saved(sheet: Sheet) -> int | None:
    """How many outputs, where the sheet is a table that was saved here (x1, x2, ..., y1, ...); else None."""
    outputs = sum(re.fullmatch(r"y[0-9]+", name) is not None for name in sheet.names)
    inputs = len(sheet.names) - outputs
    usual = (*(f"x{k + 1}" for k in range(inputs)), *(f"y{k + 1}" for k in range(outputs)))
    return outputs if outputs and inputs and sheet.names == usual else None


def as_saved(sheet: Sheet, found: tuple[Column, ...], share: float = 0.0, seed: int = 0) -> Prepared:
    """The experiment on a table that was saved here: the same numbers, and so the same name in links."""
    outputs = saved(sheet) or 1
    places = range(len(found))
    rows, notes = usable(sheet, found, list(places))
    values = np.column_stack([found[k].values[rows] for k in places])
    inputs = len(found) - outputs
    y = values[:, inputs:]
    hard = bool(np.isin(y, (0.0, 1.0)).all())
    kind = "regression" if not hard or (outputs > 1 and (y.sum(axis=1) != 1.0).any()) else "classes"
    names = tuple(column.name for column in found[inputs:]) if kind == "classes" and outputs > 1 else ()
    if kind == "classes" and outputs == 1:
        names = ("0", "1")
    scales = tuple(Scale(column.name, 0.0, 1.0) for column in found[:inputs])
    return _prepared(sheet, found, rows, values[:, :inputs], y, kind, scales, names, notes, share, seed)


def prepare(sheet: Sheet, found: tuple[Column, ...], choice: Choice) -> Prepared:
    """The experiment that the choice makes of the sheet. ``TableError`` with one sentence where there is none."""
    _check(found, choice)
    with np.errstate(all="ignore"):  # what leaves the finite numbers is found and named at the end
        return _scaled(sheet, found, choice)


def _scaled(sheet: Sheet, found: tuple[Column, ...], choice: Choice) -> Prepared:
    target = found[choice.target]
    chosen = [found[k] for k in choice.inputs]
    rows, notes = usable(sheet, found, [*choice.inputs, choice.target])
    train, _ = split(len(rows), choice.share, choice.seed)
    scales = [scale(column.name, column.values[rows][train], choice.scaling) for column in chosen]
    constant = [column.name for column in chosen if np.ptp(column.values[rows][train]) == 0.0]
    if constant:
        notes.append(f"“{constant[0]}” is the same in every row to train on, so nothing can be learnt from it.")
    x = np.column_stack([s.of(c.values[rows]) for c, s in zip(chosen, scales, strict=True)])
    names: tuple[str, ...] = ()
    if choice.classes:
        y, names = one_hot(target, rows)
        absent = [name for name, column in zip(names, _each(y), strict=True) if not column[train].any()]
        if absent:
            notes.append(f"No row to train on is of class “{shown(absent[0])}”; another seed parts the rows otherwise.")
    else:
        goal = scale(target.name, target.values[rows][train], choice.scaling if choice.scale_target else "none")
        y = goal.of(target.values[rows])[:, None]
        scales.append(goal)
    kind = "classes" if choice.classes else "regression"
    return _prepared(sheet, [*chosen, target], rows, x, y, kind, tuple(scales), names, notes, choice.share, choice.seed)


def _check(found: tuple[Column, ...], choice: Choice) -> None:
    """Whether such columns can be inputs and a target at all."""
    target = found[choice.target]
    if not choice.inputs:
        raise TableError("Choose one column or more as inputs.")
    if len(choice.inputs) > MOST_INPUTS:
        raise TableError(f"Expected at most {MOST_INPUTS} inputs, got {len(choice.inputs)}; choose fewer.")
    if choice.target in choice.inputs:
        raise TableError(f"“{target.name}” is an input and the target; the answer must not be among the questions.")
    for k in choice.inputs:
        if not found[k].numeric:
            raise TableError(f"Column “{found[k].name}” holds text; inputs are numbers. Choose other columns.")
    if not choice.classes and not target.numeric:
        raise TableError(f"Column “{target.name}” holds text; take it as classes, or choose another target.")
    if choice.classes and target.kinds > MOST_CLASSES:
        raise TableError(
            f"“{target.name}” has {target.kinds:,} different values; expected at most {MOST_CLASSES} classes. Choose "
            f"another target{', or take it as a number' if target.numeric else ''}."
        )


def usable(sheet: Sheet, found: tuple[Column, ...], places: list[int]) -> tuple[np.ndarray, list[str]]:
    """The rows whose cells in these columns can all be used, and a sentence for each reason why others cannot.

    ``TableError`` where two rows do not remain.
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
    if len(rows) < 2:
        what = "No row" if not len(rows) else "Only one row"
        raise TableError(" ".join([f"{what} can be used; learning needs two at least.", *notes[:1]]))
    return rows, notes


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
            f"The numbers in column “{name}” lie too close together to be scaled, {np.ptp(values):.3g} apart at most; "
            "leave it out, or write it in a smaller unit."
        )
    return found


def one_hot(target: Column, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Classes as targets, (rows, 1) with 0 and 1 for two of them, else a column each; and their names in that order."""
    labels = target.labels(rows)
    names = tuple(sorted(set(labels), key=(float if target.numeric else str)))
    if len(names) < 2:
        raise TableError(
            f"The target “{target.name}” has one class only, “{shown(names[0])}”; there is nothing to tell apart."
        )
    places = np.array([names.index(label) for label in labels])
    y = np.eye(len(names))[places] if len(names) > 2 else places[:, None].astype(float)
    return y, names


def _each(y: np.ndarray) -> list[np.ndarray]:
    """For each class, which rows are of it."""
    return [y[:, 0] == 0.0, y[:, 0] == 1.0] if y.shape[1] == 1 else [column == 1.0 for column in y.T]


def _prepared(
    sheet: Sheet,
    used: list[Column] | tuple[Column, ...],
    rows: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    kind: str,
    scales: tuple[Scale, ...],
    classes: tuple[str, ...],
    notes: list[str],
    share: float,
    seed: int,
) -> Prepared:
    """The experiment on these numbers, with settings that suit them."""
    table = np.hstack([x, y])
    wrong = np.argwhere(~(np.abs(table) <= MOST_VALUE))
    if len(wrong):
        i, k = wrong[0]
        column = used[min(k, len(used) - 1)]
        scaled = scales[min(k, len(scales) - 1)].changes
        advice = "take out that row, or this column" if scaled else "scale the columns, or leave this one out"
        raise TableError(
            f"Line {sheet.lines[rows[i]]:,}, column “{column.name}”: the network would get a number beyond "
            f"±{MOST_VALUE:,.0f}; {advice}."
        )
    train, test = split(len(rows), share, seed)
    outputs = y.shape[1]
    output, loss, rate = ("linear", "half_mse", 0.1) if kind == "regression" else ("sigmoid", "bce", 0.3)
    if kind == "classes" and outputs > 1:
        output, loss = "softmax", "cce"
    experiment = Experiment(
        dataset="custom",
        points=Points(table),
        sizes=(x.shape[1], 4 if len(rows) <= 20 else 8, outputs),
        hidden="tanh",
        output=output,
        loss=loss,
        learning_rate=rate,
        batch_size=None if len(train) <= ALL_AT_ONCE else BATCH,
        test_share=share if len(test) else 0.0,
        data_seed=seed,
    )
    reached = np.abs(table[train]).max(axis=0)
    k = int(reached.argmax())
    if reached[k] > 20:
        scaled = scales[min(k, len(scales) - 1)].changes
        how = (
            " even though they are scaled: units may saturate, or the run may diverge."
            if scaled
            else ": unless they are scaled, units saturate or the run diverges."
        )
        notes.append(f"Numbers reach {reached[k]:,.6g}{how}")
    if x.shape[1] == 2 and outputs > MOST_MAPPED:
        notes.append(f"The playground draws its map for up to {MOST_MAPPED} classes, so it draws none for {outputs}.")
    return Prepared(experiment, scales, classes, tuple(notes), len(train), len(test))


def no_inputs(sheet: Sheet, found: tuple[Column, ...], target: int | None) -> str | None:
    """A sentence about the columns that hold no numbers and so cannot be inputs; None where each but the target can."""
    barred = [k for k, column in enumerate(found) if not column.numeric and k != target]
    if not barred:
        return None
    places = []
    for k in barred[:MOST_NAMED]:
        i = next((i for i, why in found[k].wrong.items() if why != "missing"), None)
        cell = "no number in it" if i is None else f"line {sheet.lines[i]:,}: “{shown(found[k].cells[i])}”"
        places.append(f"“{found[k].name}” ({cell})")
    if len(barred) > MOST_NAMED:
        places.append(f"and {len(barred) - MOST_NAMED} more")
    be = "be an input: half of its" if len(barred) == 1 else "be inputs: half of their"
    return f"{', '.join(places)} cannot {be} cells or more are not plain numbers like 12 or −0.5."


def likely_classes(column: Column) -> bool:
    """Whether a target looks like classes: text, or few whole numbers that come back."""
    if not column.numeric:
        return True
    return column.whole and column.kinds <= min(FEW, max(2, int(column.present.sum()) // 2))


def suggested(found: tuple[Column, ...]) -> Choice | None:
    """The last column that can be one as the target, and the numbers before it as inputs; None without such columns."""
    numbers = [k for k, column in enumerate(found) if column.numeric]
    fit = [k for k, column in enumerate(found) if column.numeric or 1 <= column.kinds <= MOST_CLASSES]
    target = fit[-1] if fit else None
    inputs = tuple(k for k in numbers if k != target)[:MOST_INPUTS]
    if target is None or not inputs:
        return None
    classes = likely_classes(found[target])
    large = [
        np.nanmax(np.abs(found[k].values), initial=0.0) > MODEST for k in (inputs if classes else (*inputs, target))
    ]
    share = 0.2 if len(found[target].cells) >= 20 else 0.0
    return Choice(inputs, target, classes, "standardise" if any(large) else "none", not classes and large[-1], share)
