"""What the network answers at a place of the map that was asked for."""

import math
from typing import Any

import numpy as np

from engine import Experiment, History, answered, predict
from ui.names import LOWERED
from ui.numbers import full, text
from ui.runs import Run
from ui.stage.maps import frame, map_kind
from ui.stage.samples import class_names

EXAMPLES = {"plane": "two numbers for the point, such as 0.4,0.75", "curve": "one number for the point, such as 0.4"}
NO_MAP = "There is no map of this network: it shows one or two inputs."
OUTSIDE = "This place is outside the map."
BEYOND = "No answer here: a number grew beyond all that can be computed."
ENDED = "The run ended here: its numbers grew without bound."


def read(experiment: Experiment, asked: str) -> tuple[float, ...]:
    """The place that is asked for: the raw inputs, with commas between. ``ValueError`` with a sentence for others."""
    kind = map_kind(experiment)
    if kind is None:
        raise ValueError(NO_MAP)
    try:
        place = tuple(float(part.replace("_", " ")) for part in asked.split(","))
    except ValueError:
        place = ()
    if len(place) != (2 if kind == "plane" else 1) or not all(map(math.isfinite, place)):
        raise ValueError(f"Expected {EXAMPLES[kind]}.")
    return place


def point(experiment: Experiment, run: History | Run, at: int, place: tuple[float, ...]) -> dict[str, Any]:
    """What stands at this place of the map at this iteration: `lines`, and the answer `a` where it is one number."""
    where = ", ".join(f"x{str(k + 1).translate(LOWERED)} {full(v)}" for k, v in enumerate(place))
    windows = frame(experiment)[: len(place)]
    if not all(low <= v <= high for v, (low, high) in zip(place, windows, strict=True)):
        return {"a": None, "lines": [OUTSIDE]}
    t = min(at, max(len(run) - 1, 0))
    outputs = predict(run.layers(t), experiment.seen(np.array([place])))
    if not np.isfinite(outputs).all():
        return {"a": None, "lines": [where, BEYOND]}
    lines = [where, _answer(experiment, outputs)]
    if run.diverged and t == max(len(run) - 1, 0):
        lines.append(ENDED)
    return {"a": float(outputs[0, 0]) if outputs.size == 1 else None, "lines": lines}


def _answer(experiment: Experiment, outputs: np.ndarray) -> str:
    names = class_names(experiment)
    if outputs.size == 1 or names is None:
        return f"ŷ {', '.join(text(v) for v in outputs[0])}"
    k = int(answered(outputs, experiment.data()[1])[0])
    return f"class {names[k]}: ŷ{str(k + 1).translate(LOWERED)} {text(outputs[0, k])}"
