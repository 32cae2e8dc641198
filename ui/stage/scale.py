"""What the colours of the map of the answers stand for."""

import math

import numpy as np

from engine import Experiment
from ui.numbers import full


def answer_range(experiment: Experiment) -> tuple[float, float]:
    """The answers that get the map's strongest colours; what goes beyond them looks the same.

    For numbers these are the ends of the targets, of the test set too, in round numbers, and as far to both sides of 0
    where 0 is between them: then 0 has the middle colour, and a sign its own.
    """
    classes = experiment.kind != "regression"
    if classes and experiment.output in ("sigmoid", "softmax", "tanh"):
        return -1.0 if experiment.output == "tanh" else 0.0, 1.0
    y = np.concatenate([y for _, y in filter(None, (experiment.data(), experiment.test_data()))])
    low, high = float(y.min()), float(y.max())
    if classes:
        return (low, high) if low < high else (low, low + 1.0)
    if low == high or low < 0.0 < high:
        reach = max(-low, high) or 1.0
        low, high = -reach, reach
    places = 1 - math.floor(math.log10(high - low))  # two digits of the difference, outwards
    step = 10.0**-places
    return round(math.floor(low / step + 1e-9) * step, places), round(math.ceil(high / step - 1e-9) * step, places)


def ends(experiment: Experiment) -> dict[str, str]:
    """What stands beside the colours: both ends, and 0 where it is in the middle."""
    low, high = answer_range(experiment)
    return {"low": f"≤ {full(low)}", "middle": "0" if low == -high else "", "high": f"≥ {full(high)}"}
