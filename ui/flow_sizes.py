"""How large the signals of each layer are, from a run's record, and what the first layer's is beside the last's."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from engine import Experiment, Step
from engine.diagnose import Flow, flow
from ui.figures.lanes import times
from ui.numbers import text
from ui.runs import RUNS, Run

MOST_NUMBERS = 1_000_000  # of rows at once

Sizes = dict[str, np.ndarray]


def flow_of(run: Run, e: Experiment, start: int, stop: int, stride: int = 1) -> Flow:
    """The engine's sizes by iteration and layer; a few iterations at a time, as rows of many samples are long."""
    width = run.layout[-1].offset + run.layout[-1].size
    block = stride * max(1, MOST_NUMBERS // width)
    parts = [
        flow(run.rows(first, min(first + block, stop), stride), run.layout, e.activations)
        for first in range(start, stop, block)
    ]
    return Flow(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def sizes_now(step: Step, run: Run, e: Experiment) -> Sizes:
    """The size of dW and of delta in each layer, the output's last."""
    now = flow_of(run, e, step.index, step.index + 1)
    return {"gradient": now.dW[0], "delta": now.delta[0]}


def rms(*arrays: np.ndarray) -> np.ndarray:
    """The same size of whole arrays, for a pass that is no part of a run."""
    return np.array([np.sqrt(np.square(v).mean()) for v in arrays])


def first_to_last(sizes: np.ndarray) -> float:
    """The first layer's size as a share of the last layer's; NaN where both are 0."""
    with np.errstate(all="ignore"):
        return float(np.float64(sizes[0]) / sizes[-1])


@lru_cache(maxsize=24)
def sizes_over_time(e: Experiment, stop: int, stride: int) -> Sizes:
    """The same at iterations 0, stride, ... below `stop`: arrays (times, layers). Shorter where the run diverged."""
    run = RUNS.get(e, stop)
    found = flow_of(run, e, 0, min(stop, len(run)), stride)
    return {"gradient": found.dW, "delta": found.delta}


def headline(at: int, sizes: Sequence[Sizes], names: Sequence[str]) -> str:
    """The first layer's gradient beside the last layer's, in every lane."""
    compared = _compared([first_to_last(s["gradient"]) for s in sizes], names, "the last layer’s")
    return f"At iteration {at:,} the first layer’s gradient is {compared}."


def second(sizes: Sequence[Sizes], names: Sequence[str]) -> str:
    """The gradients themselves, the same comparison for the error signal, and what a size is."""
    ends = [f"{text(s['gradient'][0], 2)} and {text(s['gradient'][-1], 2)}" for s in sizes]
    both = "; ".join(f"{end} with {name}" for end, name in zip(ends, names, strict=True))
    signal = _compared([first_to_last(s["delta"]) for s in sizes], names, "the output’s")
    return (
        f"Gradient of the first and the last layer: {both}. The first layer’s error signal δ is {signal}. "
        "The size of a layer is the root mean square of its numbers."
    )


def _compared(ratios: Sequence[float], names: Sequence[str], whose: str) -> str:
    """The ratios as one list: the first that is a share of something says of what."""
    said, it = [], whose
    for ratio in ratios:
        said.append(_share(ratio, whose, it))
        if np.isfinite(ratio) and ratio:
            it = "it"
    *most, last = (f"{words} with {name}" for name, words in zip(names, said, strict=True))
    return f"{', '.join(most)} and {last}" if most else last


def _share(ratio: float, whose: str, it: str) -> str:
    if np.isnan(ratio):
        return f"0, like {whose},"
    if ratio == 0:
        return "exactly 0"
    if not np.isfinite(ratio):
        return f"above 0, unlike {whose},"
    if 0.95 <= ratio < 1.05:
        return f"as large as {it}"
    return f"{times(ratio)} of {it}" if ratio < 1 else f"{times(ratio).rstrip('×')} times {it}"
