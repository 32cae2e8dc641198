"""A hundred starts: of the seeds around a lane's own, which get every sample right, so that luck is told from skill."""

from functools import lru_cache
from typing import Any

from engine import Experiment
from engine.ensemble import Criterion, ensemble
from ui.stage.slices import counts_right
from ui.sweeps import Question, question, varies

COUNT, UPDATES = 100, 500
MOST_WORK = 2 * 10**7  # as `Question.work` counts it: a fifth of a second
REMEMBERED = 64


def asked(experiment: Experiment) -> Question | None:
    """The question about a hundred seeds; None where none is right or wrong, all are alike, or it takes too long."""
    if not counts_right(experiment) or not varies(experiment):
        return None
    asks = question(experiment, COUNT, UPDATES, Criterion("right"))
    return asks if asks.work <= MOST_WORK else None


def starts(experiment: Experiment) -> dict[str, Any]:
    """Which of the hundred are solved, the place of the lane's own seed among them, and it all in words."""
    asks = asked(experiment)
    if asks is None:
        return {"solved": [], "own": 0, "number": "", "said": "", "about": ""}
    solved, own = _solved(asks), experiment.seed - asks.first
    number = f"{sum(solved)} of {COUNT}"
    return {
        "solved": solved,
        "own": own,
        "number": number,
        "said": f"filled: all right by update {UPDATES}",
        "about": f"{number} starts have every sample right by update {UPDATES} and keep it. Seeds {asks.first:,} to "
        f"{asks.first + COUNT - 1:,}, without changes by hand; ringed: seed {experiment.seed:,}, the lane's own, "
        f"which {'does' if solved[own] else 'does not'}.",
    }


@lru_cache(maxsize=REMEMBERED)
def _solved(asks: Question) -> list[bool]:
    seeds = range(asks.first, asks.first + asks.count)
    found = ensemble(asks.experiment, seeds, asks.iterations, criterion=asks.criterion, stride=asks.iterations)
    return [bool(at) for at in found.solved]
