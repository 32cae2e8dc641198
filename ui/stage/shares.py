"""What a phase is seen to do with the numbers of a row: what each link carries, what has come back, what is new.

The stage draws products, sums and new weights; it computes none of them. They stand behind the engine's own numbers
in a packed row (`ui.stage.slices`), for the sample that is shown.
"""

from typing import Any

import numpy as np

from engine import ACTIVATIONS, Experiment, History
from ui.runs import Run

Recorded = History | Run


def places(experiment: Experiment, width: int) -> tuple[dict[str, Any], int]:
    """Where each stands in a row that is `width` numbers wide without them, and how wide it is with them.

    Per layer: `carried` (j, k), w a below, on the way forward; `returned` (j, k), w delta above, on the way back;
    `w_new` (j, k), `b_new` (j,); of hidden layers `arrived` (j,), dC/da: what has come back before the slope lets it
    pass; and `slope` (j,), that of the activation at z. None where a layer has no such thing. Of the output `off`
    (outputs,): how far it is from what is wanted.
    """
    at: dict[str, Any] = {name: [] for name in ("carried", "returned", "w_new", "b_new", "arrived", "slope")}
    last = len(experiment.shapes) - 1
    for layer, (j, k) in enumerate(experiment.shapes):
        missing = {
            "arrived": layer == last,
            "b_new": not experiment.biases,
            "slope": ACTIVATIONS[experiment.activations[layer]].output_only,
        }
        for name, places_of in at.items():
            wide = j * k if name in ("carried", "returned", "w_new") else j
            places_of.append(None if missing.get(name) else width)
            width += 0 if missing.get(name) else wide
    at["off"] = width
    return at, width + experiment.sizes[-1]


@np.errstate(all="ignore")
def fill(experiment: Experiment, history: Recorded, steps: range, at: dict[str, Any], rows: np.ndarray) -> None:
    """Fill them in; the engine's numbers of these rows (R, width) are there already."""
    R = len(rows)
    shown = at["shares"]

    def part(offset: int, *shape: int) -> np.ndarray:
        return rows[:, offset : offset + int(np.prod(shape))].reshape(R, *shape)

    def put(offset: int, values: np.ndarray) -> None:
        rows[:, offset : offset + int(np.prod(values.shape[1:]))] = values.reshape(R, -1)

    below = part(at["x"], experiment.sizes[0])
    new = after(history, steps)
    start = 0
    for layer, (j, k) in enumerate(experiment.shapes):
        W, delta = part(at["w"][layer], j, k), part(at["delta"][layer], j)
        put(shown["carried"][layer], W * below[:, np.newaxis, :])
        put(shown["returned"][layer], W * delta[:, :, np.newaxis])
        if layer:
            put(shown["arrived"][layer - 1], (delta[:, np.newaxis, :] @ W)[:, 0])
        put(shown["w_new"][layer], new[:, start : start + j * k])
        start += j * k
        if shown["b_new"][layer] is not None:
            put(shown["b_new"][layer], new[:, start : start + j])
            start += j
        if shown["slope"][layer] is not None:
            put(shown["slope"][layer], ACTIVATIONS[experiment.activations[layer]].derivative(part(at["z"][layer], j)))
        below = part(at["a"][layer], j)
    put(shown["off"], below - part(at["y"], experiment.sizes[-1]))


def after(history: Recorded, steps: range) -> np.ndarray:
    """The parameters after each of these updates (R, P), before whatever a hand set then."""
    new = history.parameters[steps.start + 1 : steps[-1] + 2 : steps.step].copy() if len(steps) else np.empty((0, 0))
    changed = {change.at for change in history.task.interventions}
    for row, t in enumerate(steps):
        if t + 1 in changed:
            layers = history[t].after
            new[row] = np.concatenate(
                [v.ravel() for layer in layers for v in (layer.W, layer.b) if v is not None]
            )  # fmt: skip
    return new
