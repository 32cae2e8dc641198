"""What a phase is seen to do with the numbers of a row: what each link carries, how steep each unit is, what is new.

The stage draws products, slopes and new weights; it computes none of them. They stand behind the engine's own numbers
in a packed row (`ui.stage.slices`), for the sample that is shown.
"""

from typing import Any

import numpy as np

from engine import ACTIVATIONS, Experiment, History
from ui.runs import Run

Recorded = History | Run
LINKS = ("carried", "returned")  # w a below, on the way forward; w delta above, on the way back
UNITS = ("slope", "arrived")  # f'(z), and dC/da: what has come back before the slope lets it pass


def places(experiment: Experiment, width: int) -> tuple[dict[str, Any], int]:
    """Where each stands in a row that is `width` numbers wide without them, and how wide it is with them.

    Per layer: `carried` and `returned` (j, k), `slope` and `arrived` (j,), `w_new` (j, k), `b_new` (j,) or None; and
    `miss` (outputs,): a - y.
    """
    at: dict[str, Any] = {name: [] for name in (*LINKS, *UNITS, "w_new", "b_new")}
    for j, k in experiment.shapes:
        sizes = dict.fromkeys(LINKS, j * k) | dict.fromkeys(UNITS, j) | {"w_new": j * k}
        for name, size in (sizes | {"b_new": j if experiment.biases else 0}).items():
            at[name].append(width if size else None)
            width += size
    at["miss"] = width
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
        W = part(at["w"][layer], j, k)
        put(shown["carried"][layer], W * below[:, np.newaxis, :])
        put(shown["returned"][layer], W * part(at["delta"][layer], j)[:, :, np.newaxis])
        z, record = part(at["z"][layer], j), ACTIVATIONS[experiment.activations[layer]]
        slope = record.derivative(z)
        put(shown["slope"][layer], np.einsum("rjj->rj", slope) if slope.ndim == 3 else slope)
        if layer + 1 < len(experiment.shapes):
            above, m = experiment.shapes[layer + 1][0], layer + 1
            back = part(at["delta"][m], above)[:, np.newaxis, :] @ part(at["w"][m], above, j)
            put(shown["arrived"][layer], back[:, 0])
        put(shown["w_new"][layer], new[:, start : start + j * k])
        start += j * k
        if experiment.biases:
            put(shown["b_new"][layer], new[:, start : start + j])
            start += j
        below = part(at["a"][layer], j)
    put(shown["miss"], below - part(at["y"], experiment.sizes[-1]))


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
