"""An experiment as the query string of a link, and back.

A link starts with the version, ``v=1``, and names only what differs from the data set's defaults. Numbers are written
so that they come back to the last bit; ``-`` joins sizes and names, ``_`` numbers, ``~`` groups: none needs escaping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from .activations import ACTIVATIONS
from .checks import Named
from .datasets import DATASETS
from .experiment import (
    MOST_HIDDEN_LAYERS,
    MOST_INTERVENTIONS,
    MOST_PARAMETERS,
    MOST_POINT_NUMBERS,
    MOST_POINTS,
    MOST_UNITS,
    Experiment,
    parameter_count,
)
from .features import FEATURES
from .initializers import INITIALIZERS
from .interventions import Intervention, SetBias, SetLearningRate, SetWeight, position
from .losses import LOSSES
from .optimizers import OPTIMIZERS
from .ranges import range_of
from .tables import TABLES, Points

VERSION = "1"
KEYS = {  # field -> key, in the order of the link
    "dataset": "data", "samples": "n", "noise": "noise", "test_share": "test", "data_seed": "dseed", "points": "pts",
    "features": "feat", "sizes": "sizes", "hidden": "hidden", "output": "out", "biases": "bias", "loss": "loss",
    "optimizer": "opt", "learning_rate": "lr", "batch_size": "batch", "l1": "l1", "l2": "l2", "init": "init",
    "init_scale": "scale", "seed": "seed", "parameters": "par", "interventions": "do"}
TABLE = "table"                # in the place of "pts" for points that are too many for a link: the name of their table
UNKNOWN_TABLE = ("The data of this link are not on this server: load their file on the page “Your data” and train on "
                 "it; then this run opens.")
PAGE_KEYS = ("at",)            # what the page keeps in the same address
MOST_CHARACTERS = 100_000      # more than any link that to_query writes
MOST_MESSAGES = 6
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)


def to_query(e: Experiment) -> str:
    """The query string of `e`, without a question mark."""
    base = Experiment.for_dataset(e.dataset)
    parts = [f"v={VERSION}"]
    for field, key in KEYS.items():
        value = getattr(e, field)
        usual = getattr(base, field)
        if field == "dataset":
            usual = Experiment().dataset
        if field == "init_scale":
            usual = INITIALIZERS[e.init].scale
        if (field == "hidden" and len(e.sizes) == 2) or (field == "features" and value is None):
            usual = value
        if field == "points" and isinstance(value, Points) and e.table is not None:
            parts.append(f"{TABLE}={TABLES.keep(value)}")
        elif value != usual:
            parts.append(f"{key}={_written(field, value)}")
    return "&".join(parts)


def _written(field: str, value: Any) -> str:
    if field == "sizes":
        return "-".join(map(str, value))
    if field in ("hidden", "features"):
        return value if isinstance(value, str) else "-".join(value)
    if field == "points":
        return "~".join(_joined(row) for row in value)
    if field == "parameters":
        return _joined(value)
    if field == "interventions":
        return "~".join(_change(change) for change in value)
    if isinstance(value, bool):
        return str(int(value))
    return _short(value) if isinstance(value, float) else "all" if value is None else str(value)


def _short(value: float) -> str:
    text = repr(value).replace("e+", "e")
    return text[:-2] if text.endswith(".0") else text


def _joined(values: Iterable[float]) -> str:
    return "_".join(map(_short, values))


def _change(c: Intervention) -> str:
    if isinstance(c, SetLearningRate):
        return f"lr_{c.at}_{_short(c.value)}"
    if isinstance(c, SetWeight):
        return f"w_{c.at}_{c.layer}_{c.j}_{c.k}_{_short(c.value)}"
    return f"b_{c.at}_{c.layer}_{c.j}_{_short(c.value)}"


def from_query(query: object) -> tuple[Experiment, list[str]]:
    """The experiment that a link describes, and one sentence for each thing that was ignored or changed."""
    try:
        return _Reader(query).read()
    except Exception:  # the promise is that no string raises; the reader below has no known way to
        return Experiment(), ["The link could not be read, so this is the default experiment."]


class _Reader:
    """Reads the fields one after the other and keeps the experiment valid at every step."""

    def __init__(self, query: object) -> None:
        self.messages: list[str] = []
        self.given: dict[str, str] = {}
        if not isinstance(query, str):
            self.say("The link is not text and was ignored.")
            return
        if len(query) > MOST_CHARACTERS:
            self.say(f"The link is too long; only its first {MOST_CHARACTERS:,} characters were read.")
            query = query[:MOST_CHARACTERS]
        known = {*KEYS.values(), TABLE, "v"}
        for piece in query.removeprefix("?").split("&"):
            key, _, value = piece.partition("=")
            key, value = unquote(key, errors="replace"), unquote(value, errors="replace")
            if not piece or key in PAGE_KEYS:
                continue
            if key not in known:
                self.say(f"The link holds {_shown(key)}, which is not known here and was ignored.")
            elif key in self.given:
                self.say(f"The link holds {key} more than once; the first one counts.")
            else:
                self.given[key] = value

    def say(self, message: str) -> None:
        """Keep a message."""
        self.messages.append(message)

    def read(self) -> tuple[Experiment, list[str]]:
        """The experiment and the messages."""
        if self.given.get("v", VERSION) != VERSION:
            self.say("The link was made by another version of this page; what is understood of it is used.")
        base = Experiment.for_dataset(self.name("data", DATASETS, "xor"))
        points = self.points() if base.dataset == "custom" else ()
        if points is None:
            return Experiment(), [UNKNOWN_TABLE]
        e = self.structure(base, points)
        e = self.start(e)
        for field in ("samples", "noise", "test_share", "data_seed", "learning_rate", "l1", "l2", "seed"):
            key = KEYS[field]
            value = self.number(field) if key in self.given else None
            if value is not None:
                e = self.changed(e, key, {field: value})
        if "opt" in self.given:
            e = self.changed(e, "opt", {"optimizer": self.name("opt", OPTIMIZERS, e.optimizer)})
        if "batch" in self.given and self.given["batch"] != "all":
            size = self.number("batch_size")
            e = e if size is None else self.changed(e, "batch", {"batch_size": size})
        e = self.interventions(e)
        more = len(self.messages) - MOST_MESSAGES
        return e, self.messages if more <= 0 else [*self.messages[:MOST_MESSAGES], f"and {more} more"]

    def changed(self, e: Experiment, key: str, changes: Mapping[str, Any]) -> Experiment:
        """`e` with the changes; when they do not fit, `e` as it is."""
        try:
            return replace(e, **changes)
        except ValueError:
            self.say(f"The link's value for {key} does not fit the rest and was ignored.")
            return e

    def structure(self, base: Experiment, points: Sequence[tuple[float, ...]]) -> Experiment:
        """Data points, sizes, activations and loss: what has to fit together."""
        biases = base.biases
        if "bias" in self.given:
            if self.given["bias"] in ("0", "1"):
                biases = self.given["bias"] == "1"
            else:
                self.say(f"The link says bias={_shown(self.given['bias'])}, where 0 or 1 was expected; it was ignored.")
        sizes, features = self.sizes(base, points or base.points, biases)
        hidden = self.hidden(base, len(sizes) - 2)
        output, loss = self.name("out", ACTIVATIONS, base.output), self.name("loss", LOSSES, base.loss)
        if ACTIVATIONS[output].output_only and sizes[-1] < 2:
            self.say(f"{ACTIVATIONS[output].label} needs two outputs or more; the output is sigmoid instead.")
            output = "sigmoid"
        e = replace(base, points=points or base.points, sizes=sizes, hidden=hidden, biases=biases, output=output,
                    features=features, loss="half_mse")  # which goes with everything
        return replace(e, **self.loss(e, loss))

    def loss(self, e: Experiment, loss: str) -> dict[str, Any]:
        """The loss, or another one, and the output activation, or another one, so that the two fit the targets."""
        record, y = LOSSES[loss], e.data()[1]
        if record.unit_targets and (y.min() < 0.0 or y.max() > 1.0):
            self.say(f"The loss {loss} needs targets from 0 to 1; the loss is half_mse instead.")
            return {"loss": "half_mse"}
        if record.outputs and e.output not in record.outputs:
            if "loss" not in self.given:
                self.say(f"The loss {loss} does not go with {e.output} outputs; the loss is half_mse instead.")
                return {"loss": "half_mse"}
            fit = record.outputs[0] if e.sizes[-1] > 1 else "sigmoid"
            self.say(f"The loss {loss} needs probabilities as outputs; the output is {fit} instead of {e.output}.")
            return {"loss": loss, "output": fit}
        return {"loss": loss}

    def points(self) -> Sequence[tuple[float, ...]] | None:
        """The rows of a custom data set; () when none can be read, None when they are in a table that is not here."""
        if TABLE in self.given:
            return TABLES.find(self.given[TABLE])
        if "pts" not in self.given:
            return ()
        rows = [self.numbers(row) for row in self.given["pts"].split("~")]
        width = next((len(row) for row in rows if row and len(row) >= 2), 0)
        good = tuple(row for row in rows if row and len(row) == width and width <= 2 * MOST_UNITS)
        if len(good) < len(rows):
            self.say(f"{len(rows) - len(good)} of the link's {len(rows)} points could not be read and were left out.")
        most = min(MOST_POINTS, MOST_POINT_NUMBERS // max(width, 1))
        if len(good) > most:
            self.say(f"The link holds {len(good)} points; the first {most} are used.")
        return good[:most]

    def sizes(self, base: Experiment, points: Sequence[tuple[float, ...]],
              biases: bool) -> tuple[tuple[int, ...], tuple[str, ...] | None]:
        """The sizes of the layers, made to fit the data, and the features that go with them."""
        named = self.given["feat"].split("-") if "feat" in self.given else []
        features = tuple(dict.fromkeys(name for name in named if name in FEATURES))
        if len(features) < len(named):
            self.say(f"The link says feat={_shown(self.given['feat'])}, where names like x1-x2-x1x2 were expected; "
                     "the others were left out.")

        def seen(raw: int) -> int:
            return len(features) if features and raw == 2 else raw

        ends = (base.sizes[0], base.sizes[-1])
        width = len(points[0]) if points else 0
        if width and width != sum(ends):
            ends = (width - 1, 1)
        usual = (seen(ends[0]), *base.sizes[1:-1], ends[1])
        text = self.given.get("sizes")
        units: tuple[int, ...] = usual
        if text is not None:
            found = text.split("-")
            if len(found) < 2 or not all(WHOLE.fullmatch(u) for u in found):
                self.say(f"The link says sizes={_shown(text)}, where numbers like 2-4-1 were expected; it was ignored.")
            else:
                clipped = [max(1, min(MOST_UNITS, int(u[:20]))) for u in found]
                if [str(u) for u in clipped] != found:
                    self.say(f"A layer may have 1 to {MOST_UNITS} units; the link's sizes were adjusted.")
                units = tuple(clipped)
        if width and units[0] == seen(width - units[-1]):
            ends = (width - units[-1], units[-1])
        if features and ends[0] != 2:
            self.say("The inputs of a network can be chosen for data with two; the link's choice was ignored.")
        features, ends = features if ends[0] == 2 else (), (seen(ends[0]), ends[1])
        if (units[0], units[-1]) != ends:
            self.say(f"The network was fitted to the data: {_count(ends[0], 'input')}, {_count(ends[1], 'output')}.")
            units = (ends[0], *units[1:-1], ends[1])
        if len(units) > MOST_HIDDEN_LAYERS + 2:
            self.say(f"A network may have up to {MOST_HIDDEN_LAYERS} hidden layers; the rest were left out.")
            units = (*units[:MOST_HIDDEN_LAYERS + 1], units[-1])
        if parameter_count(units, biases) > MOST_PARAMETERS:
            while parameter_count(units, biases) > MOST_PARAMETERS:
                units = (ends[0], *(max(1, u - 1) for u in units[1:-1]), ends[1])
                if max(units[1:-1], default=1) == 1:
                    break
            self.say(f"A network may have up to {MOST_PARAMETERS} weights and biases; its layers were made smaller.")
        return units, features or None

    def hidden(self, base: Experiment, count: int) -> str | tuple[str, ...]:
        """The hidden activations, one for each of `count` layers."""
        usual = DATASETS[base.dataset].hidden
        text = self.given.get("hidden")
        if text is None:
            return usual
        names = []
        for name in text.split("-")[:MOST_HIDDEN_LAYERS + 1]:
            if name not in ACTIVATIONS:
                self.say(f"The link's hidden activation {_shown(name)} is not known; it is {usual} instead.")
                names.append(usual)
            elif ACTIVATIONS[name].output_only:
                self.say(f"{ACTIVATIONS[name].label} is for the output layer only; the hidden activation is {usual}.")
                names.append(usual)
            else:
                names.append(name)
        if len(names) == 1:
            return names[0]
        if len(names) != count:
            self.say(f"The link names {len(names)} activations for {count} hidden layers; they were made to fit.")
        return tuple((names + [names[-1]] * count)[:count])

    def start(self, e: Experiment) -> Experiment:
        """The initializer with its scale or its values."""
        init = self.name("init", INITIALIZERS, e.init)
        if INITIALIZERS[init].given:
            values = self.numbers(self.given.get("par", "")) or ()
            count = parameter_count(e.sizes, e.biases)
            if len(values) != count:
                self.say(f"This network has {count} weights and biases and the link does not list that many; "
                         f"the start is {e.init} instead.")
                return e
            return self.changed(e, "par", {"init": init, "parameters": values})
        e = self.changed(e, "init", {"init": init, "init_scale": None})
        if "scale" in self.given and INITIALIZERS[init].scale is not None:
            scale = self.number("init_scale", init)
            e = e if scale is None else self.changed(e, "scale", {"init_scale": scale})
        return e

    def interventions(self, e: Experiment) -> Experiment:
        """The changes in the middle of the run that point at something that is there."""
        text = self.given.get("do")
        if text is None:
            return e
        found: list[Intervention] = []
        lost = 0
        for piece in text.split("~"):
            change = self.intervention(piece, e)
            if change is None or len(found) >= MOST_INTERVENTIONS:
                lost += 1
            else:
                found.append(change)
        if lost:
            self.say(f"{lost} of the link's {lost + len(found)} changes on the way did not fit and were left out.")
        return self.changed(e, "do", {"interventions": tuple(found)})

    def intervention(self, text: str, e: Experiment) -> Intervention | None:
        """One change, or None where it cannot be read or does not fit the network."""
        kind, *rest = text.split("_")
        if kind not in ("lr", "w", "b") or len(rest) != {"lr": 2, "w": 5, "b": 4}[kind]:
            return None
        *places, last = rest
        value = _float(last)
        if value is None or not all(WHOLE.fullmatch(p) and len(p) < 10 for p in places):
            return None
        try:
            build: Callable[..., Intervention] = {"lr": SetLearningRate, "w": SetWeight, "b": SetBias}[kind]
            change = build(*map(int, places), value)
            if change.at > e.limit():
                return None
            if not isinstance(change, SetLearningRate):
                position(change, e.shapes, (e.biases,) * len(e.shapes))
            return change
        except ValueError:
            return None

    def name(self, key: str, choices: Mapping[str, Named], usual: str) -> str:
        """A name from a registry."""
        text = self.given.get(key, usual)
        if text in choices:
            return text
        self.say(f"The link says {key}={_shown(text)}, which is not known here; it is {usual} instead.")
        return usual

    def number(self, field: str, init: str = "") -> float | None:
        """A number of the link, clipped to the range of its field; None when it cannot be read."""
        key, span = KEYS[field], range_of(field, init)
        text = self.given[key]
        value = _whole(text) if span.whole else _float(text)
        if value is None or (span.open and span.least is not None and value <= span.least):
            wanted = "a whole number" if span.whole else "a number above 0" if span.open else "a number"
            self.say(f"The link says {key}={_shown(text)}, where {wanted} was expected; it was ignored.")
            return None
        clipped = value if span.least is None else max(span.least, value)
        clipped = clipped if span.most is None else min(span.most, clipped)
        if clipped != value:
            nearest = clipped if span.whole else f"{clipped:g}"
            self.say(f"The link says {key}={_shown(text)}; the nearest possible value is {nearest}.")
        return clipped

    def numbers(self, text: str) -> tuple[float, ...] | None:
        """Numbers joined by _; None when one of them cannot be read."""
        values = tuple(_float(part) for part in text.split("_"))
        return None if any(v is None for v in values) else tuple(v for v in values if v is not None)


def _float(text: str) -> float | None:
    """A finite number in plain ASCII, or None."""
    if len(text) > 400 or not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) < float("inf") else None


def _whole(text: str) -> int | None:
    """A whole number, or None; one too long to matter is cut short."""
    if not WHOLE.fullmatch(text):
        return None
    digits = text.lstrip("+-").lstrip("0") or "0"
    size = int(digits) if len(digits) <= 18 else 10**18
    return -size if text.startswith("-") else size


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _shown(text: str) -> str:
    """A piece of the link as a message may show it: plain and short."""
    return text if re.fullmatch(r"[A-Za-z0-9_.~-]{1,24}", text) else "something unreadable" if text else "nothing"
