"""A sweep runs one experiment for every activation, learning rate and seed, and counts: is this what usually happens?

It is a list of tasks that need nothing but themselves, so any executor can work on them: none, threads, processes or a
cluster. The numbers are the same, bit for bit, whoever does the work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from .checks import Array, number, sequence, short, whole
from .ensemble import MOST_LANES, Block, Criterion, Ensemble, Hidden, Stop, default_criterion, join, nothing, plan
from .experiment import MOST_ITERATIONS, Experiment
from .ranges import MOST_SEED, RANGES

LANES_IN_TASK = 256      # enough to be fast, few enough to share the work out and to see it move
CURVE_POINTS = 500       # times at which the losses are kept
QUANTILES = (5, 25, 50, 75, 95)
ASK_EVERY = 0.05         # seconds between two looks at `stop` while others work


class Share(NamedTuple):
    """A share, and the band that holds the true one 95 times in a hundred."""

    value: Any  # float, or an array of them
    low: Any
    high: Any


class Rank(NamedTuple):
    """Where one seed stands among the others of its cell."""

    sooner: int
    same: int
    later: int   # or not at all


def block_of(seed: int, count: int) -> range:
    """The `count` seeds among which this one is compared: the block of that length that has it, within the seeds."""
    first = min(seed // count * count, MOST_SEED + 1 - count)
    return range(first, first + count)


def wilson(k: object, n: object, z: float = 1.959963984540054) -> Share:
    """The share k of n and its score interval, of 95 % unless another z is given; arrays of k or n work too.

    ``(k + z^2/2 -+ z sqrt(k (n - k) / n + z^2/4)) / (n + z^2)``. It stays within 0 to 1 and is not
    empty for 0 of n. Of no trials nothing is known: (NaN, 0, 1). Wilson, Journal of the American Statistical
    Association 22, 1927, 209-212; how well it covers: Brown, Cai and DasGupta, Statistical Science 16, 2001, 101-133.
    """
    hits, trials = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if not ((hits >= 0.0) & (hits <= trials)).all():
        raise ValueError(f"wilson: expected 0 <= k <= n; got k = {short(k)}, n = {short(n)}; count again.")
    z = number(z, "z", above=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = hits / trials
        spread = z * np.sqrt(np.where(trials > 0, hits * (1.0 - value), 0.0) + z * z / 4.0)
    middle, whole_of = hits + z * z / 2.0, trials + z * z
    low = np.where(hits == 0, 0.0, (middle - spread) / whole_of)  # exactly 0 and 1 at the ends
    high = np.where(hits == trials, 1.0, (middle + spread) / whole_of)
    if value.ndim == 0:
        return Share(float(value), float(low), float(high))
    return Share(value, low, high)


@dataclass(frozen=True, eq=False)
class Cell:
    """All seeds of one activation and one learning rate, as far as they were run."""

    hidden: Hidden
    learning_rate: float
    runs: Ensemble  # one lane a seed; see Ensemble for solved_at, final_loss, dead_start, dead_end ...

    def __len__(self) -> int:
        return len(self.runs)

    def solved_by(self, t: object = None) -> Share:
        """The share of the seeds that are solved from iteration t on (None: at all), with its Wilson band.

        t is one iteration or an array of them.
        """
        times = np.asarray(self.runs.iterations if t is None else t)
        steps = np.sort(self.runs.solved_at[self.runs.solved])
        return wilson(np.searchsorted(steps, times, side="right"), np.full(times.shape, len(self)))

    @property
    def median_solved(self) -> float | None:
        """The median of the iteration of being solved, among the seeds that were; None where none was."""
        steps = self.runs.solved_at[self.runs.solved]
        return float(np.median(steps)) if len(steps) else None

    def bands(self, quantiles: Sequence[float] = QUANTILES) -> Array:
        """The loss that so many per cent of the seeds are at or below, at each of ``runs.times``: (quantiles, T).

        Every number is the loss of one of the runs, the nearest rank; a run that diverged counts as infinite.
        """
        q = np.array([number(v, "quantiles", least=0.0) for v in quantiles])
        if (q > 100.0).any():
            raise ValueError(f"quantiles: expected percentages from 0 to 100; got {q.max():g}; write 95 for 95 %.")
        if not len(self):
            return np.full((len(q), len(self.runs.times)), np.nan)
        ordered = np.sort(np.where(np.isnan(self.runs.losses), np.inf, self.runs.losses), axis=0)
        ranks = np.maximum(np.ceil(q / 100.0 * len(self)).astype(int), 1) - 1
        return np.asarray(ordered[ranks], dtype=np.float64)

    def rank_of(self, seed: int) -> Rank:
        """How typical a seed is: how many of the others were solved sooner, at the same update, and later or not."""
        where = np.flatnonzero(self.runs.seeds == whole(seed, "seed"))
        if not len(where):
            raise ValueError(f"seed: expected one of the {len(self)} seeds of this sweep; got {seed}; sweep it too.")
        steps = np.where(self.runs.solved, self.runs.solved_at, MOST_ITERATIONS + 1)
        mine = steps[where[0]]
        return Rank(int((steps < mine).sum()), int((steps == mine).sum()) - 1, int((steps > mine).sum()))

    def summary(self) -> dict[str, Any]:
        """One row of a table: counts, medians and mean shares."""
        share, runs = self.solved_by(), self.runs
        sound = runs.diverged_at < 0

        def mean(values: Array) -> float | None:
            return float(values.mean()) if len(values) else None

        return {"hidden": self.hidden, "learning_rate": self.learning_rate, "seeds": len(self),
                "solved": int(runs.solved.sum()), "share": share.value, "low": share.low, "high": share.high,
                "median_solved": self.median_solved, "diverged": int((~sound).sum()),
                "median_loss": float(np.median(runs.final_loss[sound])) if sound.any() else None,
                "dead_start": mean(runs.dead_start), "dead_end": mean(runs.dead_end[sound])}


class Comparison(NamedTuple):
    """How many seeds were solved in both of two cells, in one of them alone, and in neither."""

    both: int
    first_alone: int
    second_alone: int
    neither: int


def compare(first: Cell, second: Cell) -> Comparison:
    """Seed by seed, for the seeds that were run in both: they start from the same weights."""
    _, i, j = np.intersect1d(first.runs.seeds, second.runs.seeds, return_indices=True)
    a, b = first.runs.solved[i], second.runs.solved[j]
    return Comparison(int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum()))


@dataclass(frozen=True, eq=False)
class SweepResult:
    """The cells of a sweep, complete or as far as it came: activations, then learning rates, then seeds."""

    base: Experiment
    seeds: tuple[int, ...]
    hidden: tuple[Hidden, ...]
    learning_rates: tuple[float, ...]
    iterations: int
    criterion: Criterion
    parts: tuple[Ensemble, ...]  # of the tasks that are done, in order

    @cached_property
    def runs(self) -> Ensemble:
        """All lanes that are done."""
        return join(self.parts)

    @property
    def complete(self) -> bool:
        """Whether every seed of every cell was run."""
        return len(self.runs) == len(self.seeds) * len(self.hidden) * len(self.learning_rates)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """One cell for each activation and learning rate; those that were not reached are empty."""
        found, S = [], len(self.seeds)
        for i, (hidden, rate) in enumerate((h, rate) for h in self.hidden for rate in self.learning_rates):
            found.append(Cell(hidden, rate, self.runs.lanes(slice(i * S, (i + 1) * S))))
        return tuple(found)

    def cell(self, hidden: Hidden, learning_rate: float | None = None) -> Cell:
        """One cell; without `learning_rate`, that of the first one."""
        rate = self.learning_rates[0] if learning_rate is None else learning_rate
        for cell in self.cells:
            if (cell.hidden, cell.learning_rate) == (hidden, rate):
                return cell
        raise ValueError(f"cell: expected hidden of {short(self.hidden)} and a learning rate of "
                         f"{short(self.learning_rates)}; got {short(hidden)}, {short(rate)}; sweep it too.")

    def table(self) -> list[dict[str, Any]]:
        """The summary of every cell that has runs."""
        return [cell.summary() for cell in self.cells if len(cell)]


class SweepProgress(NamedTuple):
    """How far a sweep has come."""

    finished: int        # lanes
    total: int
    result: SweepResult  # of the lanes that are finished


def sweep(base: Experiment, *, seeds: object, hidden: object = ("sigmoid", "relu"), learning_rates: object = None,
          iterations: int = 500, criterion: Criterion | None = None, executor: Executor | None = None,
          stop: Stop | None = None) -> Iterator[SweepProgress]:
    """Run `base` for every hidden activation, learning rate (None: that of `base`) and seed.

    Yields at once, and after every task that is finished, what there is so far; the last is the whole. The tasks run on
    `executor`, or in this thread where it is None, and are told in order, whichever is first. To stop, close the
    generator or let `stop()` become true: tasks not yet begun are cancelled, and what was told stays. The losses are
    kept in float32 and at 500 times or fewer. ``ValueError`` as in ``ensemble.grow``; an error of the executor itself
    is passed on.
    """
    names = tuple(sequence((hidden,) if isinstance(hidden, str) else hidden, "hidden"))
    numbers = tuple(int(RANGES["seed"].check(s, "seeds")) for s in sequence(seeds, "seeds"))
    given = (base.learning_rate,) if learning_rates is None else sequence(learning_rates, "learning_rates")
    rates = tuple(number(r, "learning_rates", above=0.0) for r in given)
    for what, values in (("hidden", names), ("learning_rates", rates), ("seeds", numbers)):
        if not values or len(set(values)) < len(values):
            raise ValueError(f"{what}: expected at least one, and no two alike; got {short(values)}; change the list.")
    total = len(names) * len(rates) * len(numbers)
    if total > MOST_LANES:
        raise ValueError(f"sweep: expected at most {MOST_LANES:,} runs; got {total:,}: {len(names)} activations x "
                         f"{len(rates)} learning rates x {len(numbers)} seeds; take fewer of one of them.")
    chosen = criterion or default_criterion(base)
    count = whole(iterations, "iterations", least=1, most=MOST_ITERATIONS)
    lane = [(s, h, r) for h in names for r in rates for s in numbers]
    blocks, _ = plan(base, [s for s, _, _ in lane], count, hidden=[h for _, h, _ in lane],
                     learning_rates=[r for _, _, r in lane], criterion=chosen, stride=-(-count // CURVE_POINTS),
                     compact=True, most=LANES_IN_TASK)
    start = SweepResult(base, numbers, names, rates, count, chosen, (nothing(blocks[0]),))
    return _sweep(start, blocks, executor, stop)


def _sweep(result: SweepResult, blocks: Sequence[Block], executor: Executor | None,
           stop: Stop | None) -> Iterator[SweepProgress]:
    total, finished = sum(len(block.seeds) for block in blocks), 0
    yield SweepProgress(0, total, result)
    for part in _here(blocks, stop) if executor is None else _there(blocks, executor, stop):
        result = replace(result, parts=(*result.parts, part))
        finished += len(part)
        yield SweepProgress(finished, total, result)


def _here(blocks: Sequence[Block], stop: Stop | None) -> Iterator[Ensemble]:
    """One task after the other, in this thread."""
    for block in blocks:
        part = block.run(stop)
        if part is None:
            return
        yield part


def _there(blocks: Sequence[Block], executor: Executor, stop: Stop | None) -> Iterator[Ensemble]:
    """All tasks handed out, their results in order; what was not begun when this is closed is cancelled."""
    tasks: list[Future[Ensemble | None]] = [executor.submit(_work, block) for block in blocks]
    try:
        for task in tasks:
            while not task.done():
                if stop is not None and stop():
                    return
                wait([task], timeout=None if stop is None else ASK_EVERY)
            part = task.result()
            assert part is not None  # nothing stops a task on the other side
            yield part
    finally:
        for task in tasks:
            task.cancel()


def _work(block: Block) -> Ensemble | None:
    """A task, as another process finds it by name."""
    return block.run()
