"""The way back: which views are remembered, and what the step from one to the next was about, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from engine import ACTIVATIONS, DATASETS, INITIALIZERS, LOSSES, OPTIMIZERS, Experiment
from ui import numbers
from ui.state.address import LANES, View
from ui.state.hand import DIGITS, nth, says
from ui.state.network import editable

MOST_VIEWS = 30  # that undo can go back to
MOST_NUMBERS = 500_000  # of the tables in these together
# Of an experiment, in few words; no name of a control is one of them, so that each control is found by its name.
FIELDS = {
    "learning_rate": "rate",
    "batch_size": "batch size",
    "l1": "L1 penalty",
    "l2": "L2 penalty",
    "seed": "seed",
    "biases": "biases",
    "samples": "data size",
    "noise": "noise",
    "test_share": "share kept for testing",
    "data_seed": "seed of the data",
    "points": "points",
    "parameters": "first weights",
    "init_scale": "scale of the start",
    "hidden": "hidden activation",
    "output": "output activation",
    "loss": "loss",
    "optimizer": "optimizer",
    "init": "start",
    "sizes": "network",
    "dataset": "data",
}
REGISTRIES = {
    "hidden": ACTIVATIONS,
    "output": ACTIVATIONS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "init": INITIALIZERS,
    "dataset": DATASETS,
}
LEADS = ("dataset", "sizes", "init")  # a change of these brings others with it


def remembered(views: Sequence[View]) -> tuple[View, ...]:
    """The latest of these, as many as a session may hold."""
    kept: list[View] = []
    tables: dict[int, int] = {}
    for view in reversed(views[-MOST_VIEWS:]):
        tables |= {id(e.points): len(e.points) * (e.sizes[0] + e.sizes[-1]) for e in view.lanes}
        if sum(tables.values()) > MOST_NUMBERS:
            break
        kept.append(view)
    return tuple(reversed(kept))


def fitted(before: Sequence[Experiment], after: Sequence[Experiment]) -> str:
    """What else had to change with other data or another shape, in a sentence; nothing where nothing had to."""
    old, new = before[0], after[0]
    said = []
    ends = (new.sizes[0], new.sizes[-1])
    if old.dataset != new.dataset:
        more = [f"{ends[0]} input{'s' * (ends[0] > 1)}", f"{ends[1]} output{'s' * (ends[1] > 1)}"]
        other = [
            name for name in ("output", "loss", "learning_rate", "init") if getattr(old, name) != getattr(new, name)
        ]
        if other or ends != (old.sizes[0], old.sizes[-1]):
            said.append(f"The network was fitted to the data: {', '.join([*more, *(_field(n, new) for n in other)])}.")
        if old.dataset == "custom":
            said.append("Undo brings the points before back.")
    elif old.init == "values" != new.init and (old.shapes, old.biases) != (new.shapes, new.biases):
        said.append(
            f"The first weights were listed for another shape; this network starts from {INITIALIZERS[new.init].label}."
        )
    return " ".join(said)


def difference(before: Sequence[Experiment], after: Sequence[Experiment]) -> str:
    """What the step from one view to another was about, in as few words as say it."""
    if len(before) != len(after):
        return "a lane more" if len(after) > len(before) else "a lane less"
    each = [_differences(old, new) for old, new in zip(before, after, strict=True)]
    said = []
    for text in dict.fromkeys(text for texts in each for text in texts):
        lanes = [LANES[lane] for lane, texts in enumerate(each) if text in texts]
        said.append(text if len(lanes) == len(each) else f"{' and '.join(lanes)}: {text}")
    return ", ".join(said) if len(said) < 3 else f"{said[0]} and {len(said) - 1} more"


def _differences(old: Experiment, new: Experiment) -> list[str]:
    names = [f.name for f in fields(Experiment) if getattr(old, f.name) != getattr(new, f.name)]
    if names and set(names) <= {"dataset", "points"} and editable(old) and editable(new):
        return _sample(old, new)
    lead = next((name for name in LEADS if name in names), None)
    said = [_told(name, old, new) for name in ([lead] if lead else names) if name != "interventions"]
    if lead is None or not said:
        before, after = set(old.interventions), set(new.interventions)
        said += [says(c) for c in new.interventions if c not in before]
        same = {(c.at, c.place) for c in after}
        said += [f"without {says(c)}" for c in old.interventions if (c.at, c.place) not in same]
    return said


def _told(name: str, old: Experiment, new: Experiment) -> str:
    """A field by what became of it, where that is one layer or one weight; else by what it is now."""
    alike = old.shapes == new.shapes and old.biases == new.biases
    if name == "sizes":
        return _layer(old.sizes, new.sizes) or _field(name, new)
    if name == "hidden" and alike:
        other = [layer for layer, names in _pairs(old.activations[:-1], new.activations[:-1]) if names[0] != names[1]]
        if len(other) == 1 < len(new.sizes) - 2:
            return f"hidden layer {other[0]}: {ACTIVATIONS[new.activations[other[0] - 1]].label}"
    if name == "parameters" and alike and old.init == new.init:
        other = [n for n, values in _pairs(old.parameters, new.parameters) if values[0] != values[1]]
        if len(other) == 1:
            return f"{nth(other[0] - 1, new)} = {numbers.text(new.parameters[other[0] - 1], DIGITS)}"
    return _field(name, new)


def _layer(old: tuple[int, ...], new: tuple[int, ...]) -> str:
    """Hidden layer 1: 4 → 5 units; nothing where more than the units of hidden layers changed."""
    if len(old) != len(new) or (old[0], old[-1]) != (new[0], new[-1]):
        return ""
    other = [(layer, units) for layer, units in _pairs(old[1:-1], new[1:-1]) if units[0] != units[1]]
    if len(other) == 1:
        layer, (before, after) = other[0]
        return f"hidden layer {layer}: {before} → {after} unit{'s' * (after != 1)}"
    if len(set(new[1:-1])) == 1:
        return f"{new[1]} units in each hidden layer"
    return ""


def _pairs(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[int, tuple[Any, Any]]]:
    """Both sides by their number, counted from 1."""
    return enumerate(zip(old, new, strict=True), start=1)


def _sample(old: Experiment, new: Experiment) -> list[str]:
    """What the numbers of the one sample became."""
    names = (*(feature.label for feature in new.inputs), "y")
    before, after = ([*map(float, x[0]), *map(float, y[0])] for x, y in (old.data(), new.data()))
    return [
        f"{name} = {numbers.text(now, DIGITS)}"
        for name, was, now in zip(names, before, after, strict=True)
        if was != now
    ]


def _field(name: str, e: Experiment) -> str:
    value = getattr(e, name)
    if name == "biases":
        return "with biases" if value else "no biases"
    if name in ("points", "parameters"):
        return FIELDS[name]
    if name == "sizes":
        return f"{FIELDS[name]} {'-'.join(map(str, value))}"
    if name == "hidden" and not isinstance(value, str):
        return f"{FIELDS[name]} by layer"
    if name in REGISTRIES:
        return f"{FIELDS[name]} {REGISTRIES[name][value].label}"
    if isinstance(value, float):
        return f"{FIELDS[name]} {numbers.text(value, DIGITS)}"
    return f"{FIELDS[name]} {'all' if value is None else f'{value}'}"
