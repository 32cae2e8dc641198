"""Points drawn on the map by hand: each change is the experiment on the points that are there now."""

from collections.abc import Sequence
from dataclasses import replace

from engine import Experiment, middle

MOST_DRAWN = 200
DECIMALS = 6  # the stage rounds to what its map can show, three decimals as a rule; this bounds what a link may hold


def drawable(e: Experiment) -> bool:
    """Whether points can be drawn for this network: two raw inputs, one output, and the answers 0 and 1."""
    return e.features is not None and e.sizes[-1] == 1 and e.kind == "binary" and middle(e.data()[1]) == 0.5


def drawn(e: Experiment, rows: Sequence[Sequence[float]]) -> Experiment:
    """The network and training of `e` on drawn points (x1, x2, class), from the beginning.

    ``ValueError`` for what is no such list, or no network for it.
    """
    if e.features is None or e.sizes[-1] != 1:
        raise ValueError("Points can be drawn for a network with two inputs and one output.")
    if not 2 <= len(rows) <= MOST_DRAWN:
        raise ValueError(f"Expected 2 to {MOST_DRAWN} drawn points, got {len(rows)}.")
    if any(len(row) != 3 or row[2] not in (0, 1) for row in rows):
        raise ValueError("Expected a place and the class 0 or 1 for each drawn point.")
    points = tuple((round(float(a), DECIMALS), round(float(b), DECIMALS), float(c)) for a, b, c in rows)
    return replace(
        e, dataset="custom", points=points, samples=None, noise=None, test_share=0.0, data_seed=0, interventions=()
    )
