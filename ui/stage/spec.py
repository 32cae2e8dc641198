"""What the stage's script has to know of a run before its first row: shape, names, the map's window, the samples."""

from functools import lru_cache
from typing import Any

import numpy as np

from engine import ACTIVATIONS, LOSSES, Experiment, SetLearningRate, middle
from engine.diagnose import SATURATED
from ui import names
from ui.scenes import pace_of
from ui.stage import samples, space
from ui.stage.maps import ACROSS, CURVE, channels, frame, map_kind, shares
from ui.stage.scale import answer_range, ends
from ui.stage.slices import batch_size, plan
from ui.stage.starts import asked
from ui.stage.tiles import tiles

MOST_POINTS = 400  # drawn on the map
CURVE_Z = 6.0  # the activation curve is drawn from -6 to 6


def lane(
    experiment: Experiment, label: str, compare: bool = False, motion: bool = False, inside: bool = False
) -> dict[str, Any]:
    """One lane as plain data: everything but the recorded numbers."""
    n = len(experiment.data()[0])
    batch = batch_size(experiment)
    test = experiment.test_data()
    plane = map_kind(experiment) == "plane"
    layout = plan(experiment, compare, motion, False, inside)
    rates = [(0, experiment.learning_rate)]
    rates += [(change.at, change.value) for change in experiment.interventions if isinstance(change, SetLearningRate)]
    return {
        "query": experiment.to_query(),
        "label": label,
        "sizes": list(experiment.sizes),
        "inputs": [feature.label for feature in experiment.inputs],
        "units": names.units(experiment.sizes, [feature.label for feature in experiment.inputs]),
        "layers": layer_labels(experiment),
        "at": layout.at,
        "width": layout.width,
        "rates": rates,
        "marks": [{"at": change.at, "label": mark(change)} for change in experiment.interventions],
        "samples": {
            "count": batch,
            "whole": batch == n,
            "perEpoch": -(-n // batch),
            "last": n % batch or batch,  # in the last batch of an epoch
            "all": n,
            "test": len(test[0]) if test else 0,
            "rule": rule(experiment),
            "together": together(experiment, batch),
            "labels": sample_labels(experiment),
            # Here, as the picture stays as it is when there are more samples or fewer.
            "each": None if compare else plan(experiment, compare, motion, True, inside).at["each"],
            "table": None if compare else samples.described(experiment),
            "seen": space.seen(experiment) if inside else None,
        },
        "map": window(experiment),
        "points": points(experiment),
        "tiles": tiles(experiment) if inside else None,
        "space": space.spec(experiment) if inside else None,
        "starts": compare and asked(experiment) is not None,
        "activations": list(experiment.activations),
        "curves": {name: curve(name) for name in experiment.activations if not ACTIVATIONS[name].output_only},
        "answer": answer_range(experiment) if plane and experiment.sizes[-1] == 1 else None,
    }


def pace(base: str) -> dict[str, Any]:
    """How fast a run plays at first, how long its time axis is and whether the loss's is logarithmic; see `Pace`."""
    shown = pace_of(base)
    return {"of": base, "speed": shown.speed, "length": shown.length, "log": shown.log}


def together(experiment: Experiment, batch: int) -> str:
    """What the loss of a batch makes of those of its samples; nothing where it has one."""
    if batch == 1:
        return ""
    scale = LOSSES[experiment.loss].scale
    how = "mean" if scale(2, 1) < scale(1, 1) else "sum"
    of = f"{batch:,}" if batch == len(experiment.data()[0]) else "the batch"
    return f"{how} of {of}{' + penalty' if experiment.l1 or experiment.l2 else ''}"


def rule(experiment: Experiment) -> str:
    """When a sample counts as right, see `engine.hits`."""
    if experiment.sizes[-1] > 1:
        return "Right: the largest output is that of the sample's class. Of equal ones the first counts."
    between, low = ("0.5", "0") if middle(experiment.data()[1]) else ("0", "−1")
    return f"Right: the output is on the target's side of {between}. An output of exactly {between} counts as {low}."


@lru_cache
def curve(name: str) -> dict[str, Any]:
    """An activation over the z that is drawn, as the engine computes it, to what can be drawn."""
    z = np.linspace(-CURVE_Z, CURVE_Z, 121).round(2)
    record = ACTIVATIONS[name]
    return {
        "name": record.label,
        "z": z.tolist(),
        "a": np.round(record.f(z[np.newaxis])[0], 5).tolist(),
        "flat": SATURATED * record.largest_slope,  # a slope below that counts as flat
    }


def mark(change: Any) -> str:
    """An intervention in as few characters as can be read on the loss curve."""
    return (
        f"lr {change.value:g}" if isinstance(change, SetLearningRate) else f"{'w' if hasattr(change, 'k') else 'b'} set"
    )


def layer_labels(experiment: Experiment) -> list[str]:
    """A heading for each column of units."""
    hidden = len(experiment.sizes) - 2
    names = [ACTIVATIONS[a].label for a in experiment.activations]
    heads = ["hidden" if hidden == 1 else f"hidden {i + 1}" for i in range(hidden)]
    if hidden > 3:
        return ["in", *(str(i + 1) for i in range(hidden)), "out"]  # short: no number between them is left out
    return ["inputs", *(f"{head} · {name}" for head, name in zip([*heads, "output"], names, strict=True))]


def sample_labels(experiment: Experiment) -> list[str] | None:
    """What the sample chooser lists, where a sample's raw inputs and targets are few enough to be written out."""
    x, y = experiment.places()[0], experiment.data()[1]
    if len(x) > 16 or x.shape[1] + y.shape[1] > 4 or batch_size(experiment) < len(x):
        return None
    return [
        f"({', '.join(f'{v:g}' for v in xi)}) → {', '.join(f'{v:g}' for v in yi)}" for xi, yi in zip(x, y, strict=True)
    ]


def kind_of(y: np.ndarray) -> np.ndarray:
    """The class of each sample: which side of one half, or the place of the one."""
    return (y[:, 0] > 0.5).astype(int) if y.shape[1] == 1 else y.argmax(axis=1)


def points(experiment: Experiment) -> list[list[float]]:
    """The samples on the map: place, colour, and whether they are test samples (1) or training samples (0).

    The colour is the number of the class or, where the answers are numbers, the target's place on the map's scale.
    """
    kind = map_kind(experiment)
    if kind is None:
        return []
    result = []
    for is_test, (data, x) in enumerate(
        zip((experiment.data(), experiment.test_data()), experiment.places(), strict=True)
    ):
        if data is None or x is None:
            continue
        y = data[1]
        second = x[:, 1] if kind == "plane" else y[:, 0]
        colors = shares(y[:, 0], *answer_range(experiment), 255) if is_scaled(experiment) else kind_of(y)
        rows = zip(x[:MOST_POINTS, 0], second, colors, strict=False)
        result += [[float(a), float(b), int(c), is_test] for a, b, c in rows]
    return result


def is_scaled(experiment: Experiment) -> bool:
    """Whether the map shows numbers on a scale of colours."""
    return map_kind(experiment) == "plane" and experiment.kind == "regression"


def window(experiment: Experiment) -> dict[str, Any] | None:
    """The map's range, ticks and words; None where the network has more than two inputs."""
    kind = map_kind(experiment)
    if kind is None:
        return None
    x_range, y_range = frame(experiment)
    plane = kind == "plane"
    n = len(experiment.data()[0])
    scaled = is_scaled(experiment)
    usual = "" if scaled else "over both inputs" if plane else "network and data"
    drawn = f"{MOST_POINTS} of {n:,} points" if n > MOST_POINTS else usual
    colors = "; orange: {low}, blue: {high}".format(**ends(experiment)) if scaled else ""
    return {
        "kind": kind,
        "title": "Answer" if plane else "Curve",
        "legend": drawn,
        "about": f"Map of the network's answer over both inputs, with the data{colors}"
        if plane
        else "The network's curve over the data",
        "across": ACROSS if plane else CURVE,
        "channels": channels(experiment),
        "scale": ends(experiment) if scaled else None,
        "range": {"x": x_range, "y": y_range},
        "ticks": {"x": ticks(*x_range), "y": ticks(*y_range)},
    }


def ticks(low: float, high: float) -> list[float]:
    """Two round numbers inside a range, near its ends: between them there is room for the axis's name."""
    unit = 10.0 ** np.floor(np.log10((high - low) / 3))
    steps = [float(s * unit) for s in (10, 5, 2, 1, 0.5) if (high - low) / (s * unit) < 6]
    marks: list[float] = []
    for step in sorted(steps, key=lambda step: abs((high - low) / step - 2.5)):
        marks = [float(f"{i * step:.9g}") for i in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]
        if len(marks) > 1:  # a single one would stand where the axis's name does
            break
    return [marks[0], marks[-1]] if len(marks) > 1 else marks
