"""An experiment says everything that a run depends on, in a frozen record: same experiment, same bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from .activations import ACTIVATIONS
from .checks import Array, flag, number, pick, sequence, whole
from .datasets import DATASETS, XOR_POINTS, Dataset, Table, tables
from .features import PLAIN, Feature, expand, inputs, named
from .features import fitting as fitting_features
from .history import History
from .initializers import INITIALIZERS
from .interventions import Intervention, SetLearningRate, in_order, position
from .losses import LOSSES
from .network import Layer, Network, activation_names, build, view_layers
from .optimizers import OPTIMIZERS
from .predict import middle
from .ranges import RANGES, range_of
from .recorder import MEMORY_EVERY
from .tables import Points
from .training import prepare

MOST_ITERATIONS = 100_000
MOST_BYTES = 64 * 2**20       # of one history
MOST_HIDDEN_LAYERS = 10
MOST_UNITS = 32               # in a layer
MOST_PARAMETERS = 700         # 10,000 iterations of such a network still fit MOST_BYTES
MOST_POINTS = 200              # that travel in a link; larger tables are named in it
MOST_POINT_NUMBERS = 2000      # in all these points together, so that a link stays a link
MOST_INTERVENTIONS = 200


@dataclass(frozen=True)
class Experiment:
    """The description of a run. Changing it means making another one, with ``dataclasses.replace``.

    `sizes` are inputs, hidden units and outputs; `hidden` one activation or one for each hidden layer. None for
    `samples`, `noise` and `init_scale` stands for the default of the data set or initializer, and is replaced by it;
    what the choice of data set or initializer leaves without a meaning is set to its default, so that equal runs are
    equal records.
    `features` are names of ``FEATURES``: what the network sees of data with two raw inputs, x1 and x2 where it is None;
    the first of `sizes` is their number. For other data it is None.
    `points` are the rows (x..., y...) of the data set "custom", 2000 at most; `parameters` are all weights and biases
    for the initializer "values": layer by layer, W by rows, then b. ``ValueError`` for what cannot be run.
    """

    dataset: str = "xor"
    sizes: tuple[int, ...] = (2, 4, 1)
    hidden: str | tuple[str, ...] = "sigmoid"
    output: str = "sigmoid"
    loss: str = "bce"
    optimizer: str = "sgd"
    learning_rate: float = 1.0
    batch_size: int | None = None
    init: str = "he"
    init_scale: float | None = None
    seed: int = 182
    l1: float = 0.0
    l2: float = 0.0
    biases: bool = True
    samples: int | None = None
    noise: float | None = None
    test_share: float = 0.0
    data_seed: int = 0
    points: Sequence[tuple[float, ...]] = ()
    parameters: tuple[float, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    features: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        put = self._put
        data = pick(DATASETS, self.dataset, "dataset")
        put("sizes", _checked_sizes(self.sizes, self.biases))
        put("biases", flag(self.biases, "biases"))
        self._check_ends(data)
        names = activation_names(self.hidden, self.output, len(self.sizes) - 1)[:-1]
        put("hidden", (names[0] if len(set(names)) == 1 else names) if names else "sigmoid")
        pick(LOSSES, self.loss, "loss")
        if ACTIVATIONS[self.output].output_only and self.sizes[-1] < 2:
            raise ValueError("output: expected two outputs or more for softmax; got one, which would always be 1; "
                             "take sigmoid.")
        pick(OPTIMIZERS, self.optimizer, "optimizer")
        for field in ("learning_rate", "l1", "l2", "seed"):
            put(field, RANGES[field].check(getattr(self, field), field))
        if self.batch_size is not None:
            put("batch_size", RANGES["batch_size"].check(self.batch_size, "batch_size"))
        self._check_data_fields(data)
        self._check_start()
        for _, y in filter(None, self._tables()):
            LOSSES[self.loss].check(y, self.output)
        put("interventions", self._checked_interventions())

    def _put(self, name: str, value: object) -> None:
        """Replace a field by its checked value while the record is being built."""
        object.__setattr__(self, name, value)

    def _check_ends(self, data: Dataset) -> None:
        """Points, features, and the first and last size: what has to go together."""
        features = None if self.features is None else named(self.features)
        raw, outputs, points = data.inputs, data.outputs, self.points
        if data.name == "custom":
            points = points if isinstance(points, Points) else Points(points)
            raw, outputs = self.sizes[0] if features in (None, PLAIN) else 2, self.sizes[-1]
            if points.array.shape[1] != raw + outputs:
                raise ValueError(f"points: expected rows of {raw + outputs} numbers, {raw} inputs and then {outputs} "
                                 f"outputs; got rows of {points.array.shape[1]}; change the rows, or the first and "
                                 "last size.")
        self._put("points", points if data.name == "custom" else ())
        self._put("features", fitting_features(features, raw))
        seen = raw if self.features is None else len(self.features)
        if (self.sizes[0], self.sizes[-1]) != (seen, outputs):
            raise ValueError(f"sizes: expected {seen} inputs and {outputs} outputs to learn the data set {data.name}"
                             f"{self._from()}; got {self.sizes[0]} and {self.sizes[-1]}; change the first and last "
                             "size.")

    def _check_data_fields(self, data: Dataset) -> None:
        put = self._put
        samples = data.samples if self.samples is None else self.samples
        noise = data.noise if self.noise is None else self.noise
        # Checked also where it is not used: a wrong value is a mistake.
        if "samples" in data.uses or self.samples is not None:
            samples = int(RANGES["samples"].check(samples, "samples"))
        put("samples", samples if "samples" in data.uses else None)
        noise = RANGES["noise"].check(noise, "noise")
        put("noise", noise if "noise" in data.uses else None)
        share = RANGES["test_share"].check(self.test_share, "test_share")
        put("test_share", share if "test_share" in data.uses else 0.0)
        seed = RANGES["data_seed"].check(self.data_seed, "data_seed")
        drawn = "data_seed" in data.uses and (data.name != "custom" or self.test_share > 0.0)
        put("data_seed", seed if drawn else 0)

    def _check_start(self) -> None:
        put = self._put
        initializer = pick(INITIALIZERS, self.init, "init")
        if initializer.scale is None:
            if self.init_scale is not None:
                number(self.init_scale, "init_scale")
            put("init_scale", None)
        else:
            scale = initializer.scale if self.init_scale is None else self.init_scale
            put("init_scale", range_of("init_scale", self.init).check(scale, "init_scale"))
        if not initializer.given:
            put("parameters", ())
            return
        values = tuple(number(v, "parameters") for v in sequence(self.parameters, "parameters"))
        count = parameter_count(self.sizes, self.biases)
        if len(values) != count:
            raise ValueError(f"parameters: expected {count} numbers for sizes {self.sizes}; got {len(values)}; list "
                             "every W by rows and then its b, layer by layer.")
        put("parameters", values)

    def _checked_interventions(self) -> tuple[Intervention, ...]:
        changes = in_order(self.interventions)
        if len(changes) > MOST_INTERVENTIONS:
            raise ValueError(f"interventions: expected at most {MOST_INTERVENTIONS}; got {len(changes)}; drop some.")
        for change in changes:
            if change.at > self.limit():
                raise ValueError(f"interventions: expected times from 0 to {self.limit()}; got {change.at}; "
                                 "choose an earlier iteration.")
            if not isinstance(change, SetLearningRate):
                position(change, self.shapes, (self.biases,) * len(self.shapes))
        return changes

    @classmethod
    def for_dataset(cls, dataset: str, *, hidden_sizes: Sequence[int] | None = None, **changes: Any) -> Experiment:
        """An experiment that fits the data set: in sizes, activations, loss and learning rate.

        `hidden_sizes` are the sizes between inputs and outputs; `changes` any other fields.
        """
        data = pick(DATASETS, dataset, "dataset")
        between = data.hidden_sizes if hidden_sizes is None else sequence(hidden_sizes, "hidden_sizes")
        if dataset == "custom":
            changes.setdefault("points", XOR_POINTS)
        seen = data.inputs if changes.get("features") is None else len(named(changes["features"]))
        chosen: dict[str, Any] = {
            "sizes": (seen, *between, data.outputs), "hidden": data.hidden, "output": data.output,
            "loss": data.loss, "learning_rate": data.learning_rate}
        return cls(dataset=dataset, **(chosen | changes))

    def with_dataset(self, dataset: str) -> Experiment:
        """This experiment on another data set: same hidden layers, optimizer and seeds; what has to fit is fitted."""
        data = pick(DATASETS, dataset, "dataset")
        if dataset == self.dataset:
            return self
        keep = {f.name: getattr(self, f.name) for f in fields(self) if f.name in (
            "optimizer", "batch_size", "init", "init_scale", "seed", "l1", "l2", "biases", "test_share", "data_seed",
            "hidden", "learning_rate")}
        if keep["init"] == "values" and (data.inputs, data.outputs) == (self.sizes[0], self.sizes[-1]):
            keep["parameters"] = self.parameters
        elif keep["init"] == "values":
            keep |= {"init": "he", "init_scale": None}
        if data.kind != DATASETS[self.dataset].kind:
            del keep["learning_rate"]
        if data.inputs == 2:
            keep["features"] = self.features
        return Experiment.for_dataset(dataset, hidden_sizes=self.sizes[1:-1], **keep)

    def with_features(self, features: Sequence[str]) -> Experiment:
        """With other inputs, by name, from the beginning; weights given by hand give way to a start that is drawn."""
        names = named(features)
        start = replace(self, interventions=(), init="he") if self.init == "values" else self
        return replace(start, features=names, sizes=(len(names), *self.sizes[1:]), interventions=())

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """The shape (j, k) of every W."""
        return tuple((j, k) for k, j in pairwise(self.sizes))

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of every layer, the output's last."""
        return activation_names(self.hidden, self.output, len(self.sizes) - 1)

    @property
    def kind(self) -> str:
        """What the targets are: "binary", "classes" or "regression"."""
        if self.dataset != "custom":
            return DATASETS[self.dataset].kind
        y = np.concatenate([y for _, y in filter(None, self._tables())])
        if y.shape[1] == 1:
            return "regression" if middle(y) is None else "binary"
        return "classes" if np.isin(y, (0.0, 1.0)).all() else "regression"

    def layers(self) -> Network:
        """The network before the first update; fresh arrays each time."""
        if self.init != "values":
            return build(self.sizes, hidden=self.hidden, output=self.output, init=self.init, scale=self.init_scale,
                         seed=self.seed, biases=self.biases)
        like = build(self.sizes, hidden=self.hidden, output=self.output, init="zeros", biases=self.biases)
        return tuple(Layer(layer.W, layer.b, layer.activation)
                     for layer in view_layers(np.array(self.parameters), like))

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """What each of the network's inputs is, with its name."""
        return inputs(self.features, self.sizes[0])

    def seen(self, places: Array) -> Array:
        """What the network sees of raw inputs (n, raw): its inputs (n, sizes[0])."""
        return expand(self.features, places)

    def places(self) -> tuple[Array, Array | None]:
        """The raw inputs (n, raw) of the training set, and of the test set where there is one; read-only."""
        train, test = self._raw_tables()
        return train[0], None if test is None else test[0]

    def data(self) -> tuple[Array, Array]:
        """(x, y) of the training set as the network sees it: x (n, sizes[0]), y (n, outputs), read-only."""
        return self._tables()[0]

    def test_data(self) -> tuple[Array, Array] | None:
        """(x, y) of the test set, which training never sees; None where there is none."""
        return self._tables()[1]

    def _tables(self) -> tuple[Table, Table | None]:
        return tables(self.features, *self._described())

    def _raw_tables(self) -> tuple[Table, Table | None]:
        return tables(None, *self._described())

    def _described(self) -> tuple[Any, ...]:
        return (self.dataset, self.samples or 0, self.noise or 0.0, self.test_share, self.data_seed, self.points,
                self.sizes[-1])

    @property
    def table(self) -> str | None:
        """The name of `points` where they are too many for a link, which then carries the name alone; else None."""
        if not isinstance(self.points, Points):
            return None
        small = len(self.points) <= MOST_POINTS and self.points.array.size <= MOST_POINT_NUMBERS
        return None if small else self.points.name

    def history(self) -> History:
        """A history of 0 iterations, ready to be extended."""
        x, y = self.data()
        return prepare(self.layers(), x, y, loss=self.loss, optimizer=self.optimizer, learning_rate=self.learning_rate,
                       batch_size=self.batch_size, seed=self.seed, l1=self.l1, l2=self.l2,
                       interventions=self.interventions)

    def run(self, iterations: int) -> History:
        """The history of so many iterations; ``ValueError`` above ``limit()``."""
        return self.history().extend(whole(iterations, "iterations", most=self.limit()))

    def limit(self) -> int:
        """The most iterations that may be run: 100,000, or fewer where the record would outgrow 64 MiB."""
        count = parameter_count(self.sizes, self.biases)
        row = 8.0 * (2 + count + count * len(OPTIMIZERS[self.optimizer].state) / MEMORY_EVERY)
        step = 0 if self.table is None else 8 * len(self.points) * (sum(self.sizes) + 3 * sum(self.sizes[1:]))
        return min(MOST_ITERATIONS, int((MOST_BYTES - step) / row) - MEMORY_EVERY)

    def intervene(self, change: Intervention) -> Experiment:
        """With `change`; of two at one time and place the last one counts."""
        return replace(self, interventions=(*self.interventions, change))

    def prefix(self, at: int) -> Experiment:
        """With the interventions before `at` only: its run equals this one's up to the update before `at`."""
        return replace(self, interventions=tuple(c for c in self.interventions if c.at < at))

    def describe(self) -> str:
        """One plain sentence."""
        hidden = " and ".join(ACTIVATIONS[name].label for name in dict.fromkeys(self.activations[:-1]))
        units = "" if len(self.sizes) == 2 else f"{hidden} units, "
        batch = "all samples at once" if self.batch_size is None else f"batches of {self.batch_size}"
        changes = f"; changed on the way {_times(len(self.interventions))}" if self.interventions else ""
        return (f"A {'-'.join(map(str, self.sizes))} network ({units}{ACTIVATIONS[self.output].label} output) learns "
                f"{DATASETS[self.dataset].label}{self._from()}: {OPTIMIZERS[self.optimizer].label}, learning rate "
                f"{self.learning_rate:g}, {batch}, {LOSSES[self.loss].label.lower()}, start "
                f"{INITIALIZERS[self.init].label}, seed {self.seed}{changes}.")

    def _from(self) -> str:
        if self.features in (None, PLAIN):
            return ""
        *rest, last = (feature.label for feature in self.inputs)
        return f" from {', '.join(rest)}{' and ' if rest else ''}{last}"

    def to_query(self) -> str:
        """The experiment as the query string of a link: ``v=1`` and what differs from the data set's defaults."""
        from .query import to_query
        return to_query(self)

    @classmethod
    def from_query(cls, query: str) -> tuple[Experiment, list[str]]:
        """The experiment a link describes, and a sentence for everything in it that was ignored or changed.

        Never raises, whatever the string.
        """
        from .query import from_query
        return from_query(query)


def fitting(dataset: str, *, hidden_sizes: Sequence[int] | None = None, **changes: Any) -> Experiment:
    """``Experiment.for_dataset`` by another name."""
    return Experiment.for_dataset(dataset, hidden_sizes=hidden_sizes, **changes)


def parameter_count(sizes: Sequence[int], biases: bool = True) -> int:
    """How many weights and biases a network of these sizes has."""
    return sum(j * k + (j if biases else 0) for k, j in pairwise(sizes))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _checked_sizes(sizes: object, biases: object) -> tuple[int, ...]:
    units = tuple(whole(size, "sizes", least=1) for size in sequence(sizes, "sizes"))
    if not 2 <= len(units) <= MOST_HIDDEN_LAYERS + 2:
        raise ValueError(f"sizes: expected inputs, up to {MOST_HIDDEN_LAYERS} hidden layers and outputs; got "
                         f"{len(units)} numbers; add or remove layers.")
    if max(units) > MOST_UNITS:
        raise ValueError(f"sizes: expected at most {MOST_UNITS} units in a layer; got {max(units)}; take fewer.")
    count = parameter_count(units, biases is not False)
    if count > MOST_PARAMETERS:
        raise ValueError(f"sizes: expected at most {MOST_PARAMETERS} weights and biases; got {count}; take fewer or "
                         "smaller layers.")
    return units
