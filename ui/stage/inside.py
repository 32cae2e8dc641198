"""What hidden units do, behind the numbers of a row: their maps (`tiles`), and where they put the samples (`space`)."""

from typing import Any

import numpy as np

from engine import Experiment, Layer, forward_many
from engine.diagnose import dead_many
from ui.stage import space, tiles
from ui.stage.maps import cells, over_grid, picture


def size(experiment: Experiment, inside: bool) -> int:
    """Bytes of each row: the map of the answers, and with `inside` what hidden units do."""
    return cells(experiment) + (tiles.size(experiment) + space.size(experiment) if inside else 0)


def paint(
    experiment: Experiment, layers: tuple[Layer, ...], parameters: np.ndarray, out: np.ndarray, inside: bool
) -> None:
    """The maps of networks whose parameters are the rows (R, P), of answers and with `inside` of hidden units.

    `out` (R, size) are the rows' bytes.
    """
    answers = cells(experiment)
    if not answers:
        return
    for these, a in over_grid(experiment, layers, parameters):
        out[these, :answers] = picture(experiment, a[-1])
        if inside:
            tiles.fill(experiment, a[:-1], out[these, answers:])


def look(
    experiment: Experiment,
    layers: tuple[Layer, ...],
    parameters: np.ndarray,
    at: dict[str, Any],
    rows: np.ndarray,
    out: np.ndarray,
) -> None:
    """What hidden units say of the training samples: which are dead, and where the last layer puts the samples.

    `rows` (R, width) are the rows' numbers, `out` (R, size) their bytes.
    """
    there = tiles.tiles(experiment)
    x, some = experiment.data()[0], space.shown(experiment)
    a = forward_many(layers, parameters, x if there else x[some])
    if there:
        tiles.fill_dead(experiment, dead_many(layers, a), out)
    places = out[:, out.shape[1] - space.size(experiment) :]
    space.fill(experiment, a[-2][:, some] if there else a[-2], parameters, at["space"], rows, places)
