"""The experiment that rows of numbers make, with settings that suit them, and what its inputs and outputs stand for."""

from dataclasses import dataclass

import numpy as np

from engine import Experiment, Points
from engine.tables import MOST_VALUE, split
from ui.numbers import text as number
from ui.owndata.errors import TableError
from ui.owndata.sheet import Sheet, shown

ALL_AT_ONCE = 400  # training rows in one batch; of more, batches of BATCH
BATCH = 50
SHOWN = 6  # digits of a scale in a sentence
DECIMALS = 6  # of a scaled number: what it adds beyond is noise, and length of the link
MOST_MAPPED = 4  # classes in the playground's map
SMALL, LARGE, WORKED = 4, 8, 2  # hidden units: for few rows, for many, and for one, as books have it
FEW_ROWS = 20
SATURATING = 20  # inputs that are larger do


@dataclass(frozen=True)
class Scale:
    """A column in the network's numbers: (value - subtract) / divide, to six decimals."""

    name: str
    subtract: float = 0.0
    divide: float = 1.0

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
        """The network's number, in the table's: "(height − 172) / 9.5"."""
        if not self.changes:
            return self.name
        sign = "+" if self.subtract < 0 else "−"
        moved = self.name if self.subtract == 0.0 else f"({self.name} {sign} {number(abs(self.subtract), SHOWN)})"
        return moved if self.divide == 1.0 else f"{moved} / {number(self.divide, SHOWN)}"


@dataclass(frozen=True)
class Flag:
    """An input that is 1 in the rows whose cell is this text, and 0 in the others."""

    name: str
    text: str
    otherwise: str | None = None  # the other text, where there are only two
    changes = False

    def __str__(self) -> str:
        text = f"1 where {self.name} is “{shown(self.text)}”"
        return text if self.otherwise is None else f"{text}, 0 where it is “{shown(self.otherwise)}”"


@dataclass(frozen=True)
class Prepared:
    """An experiment on someone's own data, and what has to be said about how they became its numbers."""

    experiment: Experiment
    inputs: tuple[Scale | Flag, ...]  # one for each input of the network
    outputs: tuple[Scale, ...]  # one for each number to predict; none for classes
    classes: tuple[str, ...]  # names, in the order of the outputs; none for regression
    notes: tuple[str, ...]
    train: int
    test: int
    cost: tuple[tuple[int, int], ...] = ()  # columns and how many rows each of them costs, the dearest first


@dataclass(frozen=True)
class Made:
    """The numbers of an experiment: rows of the sheet, x (n, inputs), y (n, outputs), what y is, and the split."""

    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray
    kind: str  # "classes" or "regression"
    share: float
    seed: int


def build(
    sheet: Sheet,
    names: list[str],
    made: Made,
    inputs: tuple[Scale | Flag, ...],
    outputs: tuple[Scale, ...],
    classes: tuple[str, ...],
    notes: list[str],
    cost: tuple[tuple[int, int], ...] = (),
) -> Prepared:
    """The experiment on these numbers; `names` are those of the columns from which each input and output comes."""
    table = np.hstack([made.x, made.y])
    each = (*inputs, *outputs)
    wrong = np.argwhere(~(np.abs(table) <= MOST_VALUE))
    if len(wrong):
        i, k = wrong[0]
        advice = (
            "take out that row, or this column"
            if each[min(k, len(each) - 1)].changes
            else "scale the columns, or leave this one out"
        )
        raise TableError(
            f"Line {sheet.lines[made.rows[i]]:,}, column “{names[min(k, len(names) - 1)]}”: the network would get a "
            f"number beyond ±{MOST_VALUE:,.0f}; {advice}."
        )
    train, test = split(len(made.rows), made.share, made.seed)
    experiment = Experiment(
        dataset="custom",
        points=Points(table),
        batch_size=None if len(train) <= ALL_AT_ONCE else BATCH,
        test_share=made.share if len(test) else 0.0,
        data_seed=made.seed,
        **_settings(made),
    )
    reached = np.abs(table[train]).max(axis=0)
    k = int(reached.argmax())
    if reached[k] > SATURATING:
        how = (
            " even though they are scaled: units may saturate, or the run may diverge."
            if each[min(k, len(each) - 1)].changes
            else ": unless they are scaled, units saturate or the run diverges."
        )
        notes.append(f"Numbers reach {number(reached[k], SHOWN)}{how}")
    if made.x.shape[1] == 2 and made.kind == "classes" and made.y.shape[1] > MOST_MAPPED:
        notes.append(
            f"The playground draws its map for up to {MOST_MAPPED} classes, so it draws none for {made.y.shape[1]}."
        )
    return Prepared(experiment, inputs, outputs, classes, tuple(notes), len(train), len(test), cost)


def _settings(made: Made) -> dict[str, object]:
    """Sizes, activations, loss and learning rate that suit the numbers."""
    wide, high = made.x.shape[1], made.y.shape[1]
    if len(made.rows) == 1:  # as books compute it by hand
        output = "sigmoid" if ((made.y >= 0.0) & (made.y <= 1.0)).all() else "linear"
        return {"sizes": (wide, WORKED, high), "output": output, "loss": "half_sse", "learning_rate": 0.5}
    chosen: dict[str, object] = {
        "sizes": (wide, SMALL if len(made.rows) <= FEW_ROWS else LARGE, high),
        "hidden": "tanh",
    }
    if made.kind == "regression":
        return chosen | {"output": "linear", "loss": "half_mse", "learning_rate": 0.1}
    if high > 1:
        return chosen | {"output": "softmax", "loss": "cce", "learning_rate": 0.3}
    if (made.y < 0.0).any():
        return chosen | {"output": "tanh", "loss": "half_mse", "learning_rate": 0.1}
    return chosen | {"output": "sigmoid", "loss": "bce", "learning_rate": 0.3}
