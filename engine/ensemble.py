"""An ensemble is one experiment run from many seeds at once: what happens often, and what was luck.

One lane a run: ``lanes.py`` trains a block of them in step. Lane by lane the numbers are those of the single run up to
rounding, and a whole block of lanes costs little more than a few runs. Instead of every iteration an ensemble keeps
what a study asks for: the loss curve, when a run was solved, and which units were dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .checks import Array, flag, number, pick, sequence, short, whole
from .experiment import MOST_ITERATIONS, Experiment, parameter_count
from .initializers import INITIALIZERS
from .lanes import Lanes, batch
from .optimizers import OPTIMIZERS
from .predict import accuracy
from .ranges import RANGES

Ints = NDArray[np.int64]
Hidden = str | tuple[str, ...]  # as in Experiment
Stop = Callable[[], bool]

MOST_LANES = 20_000
MOST_WORK = 10**11            # lanes x iterations x weights and biases x samples in a batch: about ten minutes
MOST_BYTES = 256 * 2**20      # of the curves and final parameters that are kept
BLOCK_BYTES = 2**20           # what the lanes of one block work on should stay in the processor's cache
FEWEST_IN_BLOCK, MOST_IN_BLOCK = 16, 1024
STRETCH = 64                  # iterations between two looks at who diverged and whether to stop


@dataclass(frozen=True)
class Criterion:
    """When a run counts as solved: at t, if the condition holds before update t and ever after, to the end of the run.

    The condition is about all training samples, whatever the batch. "right": each is on its side of 0.5, or has its
    largest output at its class. "loss": the loss, penalties included, is below `threshold`. There is a look before
    every update and one after the last.
    """

    kind: str = "right"
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in ("right", "loss"):
            raise ValueError(f"criterion: expected right or loss; got {short(self.kind)}; use one of the two.")
        if self.kind == "loss":
            object.__setattr__(self, "threshold", number(self.threshold, "threshold of the loss", above=0.0))
        else:
            object.__setattr__(self, "threshold", 0.0)  # it has no meaning: equal criteria are equal records


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What is kept of K runs, lane by lane. All arrays are read-only.

    A hidden unit counts as dead when its slope is exactly 0 on every training sample, and as saturated when its slope
    is below a tenth of the greatest slope of its activation on every training sample (so dead ones are too). What is
    measured at the end is measured after the last update, on the whole training set, and NaN in a lane that diverged.
    """

    seeds: Ints                  # (K,)
    learning_rates: Array        # (K,)
    hidden: tuple[Hidden, ...]   # K of them
    iterations: int
    times: Ints                  # (T,) the iterations of which the loss was kept
    losses: NDArray[Any]         # (K, T) the loss before each of these updates; NaN from `diverged_at` on
    solved_at: Ints              # (K,) the iteration, or -1 where the run was not solved
    diverged_at: Ints            # (K,) the number of iterations whose quantities were all finite, or -1 for all of them
    final_loss: Array            # (K,) on all training samples, penalties included
    dead_start: Array            # (K,) shares of all hidden units, from 0 to 1
    dead_end: Array              # (K,)
    saturated_start: Array       # (K,)
    saturated_end: Array         # (K,)
    parameters: Array            # (K, P) after the last update: layer by layer, W by rows, then b

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Which lanes were solved (K,)."""
        return self.solved_at >= 0

    def lanes(self, which: object) -> Ensemble:
        """The lanes of a slice, with these indices, or where a mask (K,) is true."""
        rows = np.arange(len(self))[which if isinstance(which, slice) else np.asarray(which)]
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in (
            "hidden", "iterations", "times")}, hidden=tuple(self.hidden[i] for i in rows))


class Progress(NamedTuple):
    """How far an ensemble has come."""

    done: int         # lanes
    total: int
    result: Ensemble  # the lanes that are done, in the order asked for


@dataclass(frozen=True)
class Block:
    """A piece of work that needs nothing else: lanes that share all but seed and learning rate. It can be pickled."""

    experiment: Experiment
    seeds: tuple[int, ...]
    learning_rates: tuple[float, ...]
    iterations: int
    criterion: Criterion
    stride: int
    compact: bool

    def run(self, stop: Stop | None = None) -> Ensemble | None:
        """Its lanes; None when `stop` said so before the end."""
        return _run(self, stop)


def ensemble(base: Experiment, seeds: object, iterations: int, **options: Any) -> Ensemble:
    """Run `base` from many seeds, e.g. ``ensemble(Experiment(), range(1000), 500)``; arguments as in ``grow``."""
    *_, last = grow(base, seeds, iterations, **options)
    return last.result


def grow(base: Experiment, seeds: object, iterations: int, *, hidden: object = None, learning_rates: object = None,
         criterion: Criterion | None = None, stride: int = 1, compact: bool = False,
         stop: Stop | None = None) -> Iterator[Progress]:
    """The same block by block: after each block what is there so far, first of all nothing.

    `seeds` K whole numbers; `learning_rates` one or K, `hidden` one choice of hidden activations or K (None: those of
    `base`): lane i takes the i-th of each. The loss of every `stride`-th iteration is kept, in float32 if `compact`.
    `stop()` is asked every 64 iterations; once it is true the block in work is dropped and the generator ends.
    ``ValueError`` for interventions, a criterion that does not fit the data, or more than the limits of this module.
    """
    chosen = criterion or default_criterion(base)
    blocks, order = plan(base, seeds, iterations, hidden=hidden, learning_rates=learning_rates, criterion=chosen,
                         stride=stride, compact=compact)
    return _grow(blocks, order, stop)


def _grow(blocks: Sequence[Block], order: Ints, stop: Stop | None) -> Iterator[Progress]:
    parts: list[Ensemble] = [nothing(blocks[0])]
    yield Progress(0, len(order), parts[0])
    done = 0
    for block in blocks:
        part = block.run(stop)
        if part is None:
            return
        parts.append(part)
        done += len(part)
        yield Progress(done, len(order), join(parts).lanes(np.argsort(order[:done], kind="stable")))


def default_criterion(base: Experiment) -> Criterion:
    """"right" for classes; for regression, a loss below 0.01."""
    return Criterion("loss", 0.01) if base.kind == "regression" else Criterion()


def plan(base: Experiment, seeds: object, iterations: int, *, hidden: object, learning_rates: object,
         criterion: Criterion, stride: int, compact: bool, most: int = MOST_IN_BLOCK) -> tuple[list[Block], Ints]:
    """The blocks, and for each of their lanes, one after the other, its place in the order asked for.

    How lanes are cut into blocks, of `most` lanes or fewer, depends on the arguments alone, because the last bits of a
    lane may depend on its neighbours.
    """
    if base.interventions:
        raise ValueError(f"interventions: expected none in an ensemble; got {len(base.interventions)}; take "
                         "experiment.prefix(0), or run the seeds one by one.")
    numbers = [int(RANGES["seed"].check(s, "seeds")) for s in sequence(seeds, "seeds")]
    K = len(numbers)
    if not 1 <= K <= MOST_LANES:
        raise ValueError(f"seeds: expected 1 to {MOST_LANES:,} lanes; got {K:,}; split them into several ensembles.")
    every = [base.learning_rate] if learning_rates is None else (
        list(learning_rates) if isinstance(learning_rates, (tuple, list, np.ndarray)) else [learning_rates])
    rates = _for_each([number(r, "learning_rates", above=0.0) for r in every], K, "learning_rates")
    choices = _for_each([base.hidden] if hidden is None else [hidden] if isinstance(hidden, str) else
                        list(sequence(hidden, "hidden")), K, "hidden")
    T = whole(iterations, "iterations", least=1, most=MOST_ITERATIONS)
    stride = whole(stride, "stride", least=1)
    _check_criterion(base, criterion)
    _check_size(base, K, T, stride, flag(compact, "compact"))

    blocks, order = [], []
    size = min(lanes_in_block(base), most)
    for choice in dict.fromkeys(choices):
        e = replace(base, hidden=choice)
        members = [i for i, c in enumerate(choices) if c == choice]
        for part in (members[i:i + size] for i in range(0, len(members), size)):
            blocks.append(Block(e, tuple(numbers[i] for i in part), tuple(rates[i] for i in part), T, criterion, stride,
                                compact))
            order += part
    return blocks, np.array(order, dtype=np.int64)


def lanes_in_block(e: Experiment) -> int:
    """How many lanes of such a network run together: what the cache holds, from 16 to 1,024."""
    n, P = batch(e), parameter_count(e.sizes, e.biases)
    numbers = P * (3 + len(OPTIMIZERS[e.optimizer].state)) + n * (e.sizes[0] + 3 * sum(e.sizes[1:]))
    size = BLOCK_BYTES // (8 * numbers)
    return int(min(max(size - size % FEWEST_IN_BLOCK, FEWEST_IN_BLOCK), MOST_IN_BLOCK))


def _for_each(values: list[Any], K: int, what: str) -> list[Any]:
    if len(values) not in (1, K):
        raise ValueError(f"{what}: expected one, or {K} for as many seeds; got {len(values)}; give one for each lane.")
    return values * K if len(values) == 1 else values


def _check_criterion(base: Experiment, criterion: object) -> None:
    if not isinstance(criterion, Criterion):
        raise ValueError(f"criterion: expected a Criterion; got {short(criterion)}; write Criterion('loss', 0.1).")
    y = base.data()[1]
    if criterion.kind == "right" and (base.kind == "regression" or accuracy(y, y) is None):
        raise ValueError("criterion: expected loss, as these targets are not classes; got right; write "
                         "Criterion('loss', 0.01).")


def _check_size(base: Experiment, K: int, T: int, stride: int, compact: bool) -> None:
    P = parameter_count(base.sizes, base.biases)
    work = K * T * P * batch(base)
    if work > MOST_WORK:
        raise ValueError(f"ensemble: expected at most {MOST_WORK:.0e} for lanes x iterations x weights and biases x "
                         f"samples in a batch; got {work:.1e}; take fewer seeds or iterations.")
    size = K * (-(-T // stride) * (4 if compact else 8) + 8 * P)
    if size > MOST_BYTES:
        raise ValueError(f"ensemble: expected curves and parameters of at most {MOST_BYTES >> 20} MiB; got "
                         f"{size >> 20} MiB; take a larger stride, compact=True or fewer seeds.")


def nothing(like: Block) -> Ensemble:
    """An ensemble of no lanes, of the length and stride of this block."""
    e = like.experiment
    none, never = np.empty(0), np.empty(0, dtype=np.int64)
    times = np.arange(0, like.iterations, like.stride)
    return Ensemble(never, none, (), like.iterations, times,
                    np.empty((0, len(times)), np.float32 if like.compact else np.float64), never, never, none, none,
                    none, none, none, np.empty((0, parameter_count(e.sizes, e.biases))))


def join(parts: Sequence[Ensemble]) -> Ensemble:
    """The lanes of all parts, which have one length and stride, one after the other."""
    together = {f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Ensemble)
                if f.name not in ("hidden", "iterations", "times")}
    return Ensemble(**together, hidden=tuple(h for p in parts for h in p.hidden), iterations=parts[0].iterations,
                    times=parts[0].times)


def _start(e: Experiment, seeds: Sequence[int]) -> Array:
    """The parameters (r, P) before the first update, one row a seed: as in ``Experiment.layers``."""
    initializer = pick(INITIALIZERS, e.init, "init")
    if initializer.given:
        return np.tile(np.array(e.parameters), (len(seeds), 1))
    rows = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        parts: list[Array] = []
        for j, k in e.shapes:
            W, b = initializer.draw(rng, j, k, e.init_scale, e.biases)
            parts += [W.ravel()] if b is None else [W.ravel(), b]
        rows.append(np.concatenate(parts))
    return np.array(rows)


def _run(block: Block, stop: Stop | None) -> Ensemble | None:
    """The training loop, all lanes of a block at once."""
    with np.errstate(all="ignore"):
        return _train(block, stop)


def _train(block: Block, stop: Stop | None) -> Ensemble | None:
    e, T, r = block.experiment, block.iterations, len(block.seeds)
    lanes = Lanes(e, _start(e, block.seeds), block.seeds, block.learning_rates)
    batches = lanes.batches > 1                          # and so a step does not look at all samples by itself
    threshold = block.criterion.threshold if block.criterion.kind == "loss" else None
    times = np.arange(0, T, block.stride)
    curve = np.empty((len(times), r), np.float32 if block.compact else np.float64)
    loss, check = np.empty((STRETCH, r)), np.empty((STRETCH, r))
    fine = np.ones((STRETCH, r), dtype=bool)             # whether the criterion held before each update
    last_failed, diverged_at = np.full(r, -1), np.full(r, -1)
    start = lanes.assess()
    watch_right = not batches and threshold is None

    for begin in range(0, T, STRETCH):
        if stop is not None and stop():
            return None
        end = min(begin + STRETCH, T)
        for t in range(begin, end):
            row = t - begin
            if batches:
                fine[row] = lanes.holds(threshold)
            lanes.step(t, loss[row], check[row], fine[row] if watch_right else None)
        if not batches and threshold is not None:
            fine[:end - begin] = loss[:end - begin] < threshold
        kept = times[(times >= begin) & (times < end)]
        curve[kept // block.stride] = loss[kept - begin]
        failed = ~fine[:end - begin]
        last_failed = np.where(failed.any(axis=0), end - 1 - failed[::-1].argmax(axis=0), last_failed)
        unsound = ~np.isfinite(check[:end - begin])
        new = unsound.any(axis=0) & (diverged_at < 0)
        diverged_at[new] = begin + unsound.argmax(axis=0)[new]
        lanes.freeze(diverged_at >= 0)                   # so that nothing infinite is carried along
        if (diverged_at >= 0).all():
            curve[times >= end] = np.nan
            break

    final = lanes.assess()
    gone = diverged_at >= 0
    curve[(times[:, None] >= diverged_at) & gone] = np.nan
    solved = (final.right if threshold is None else final.loss < threshold) & ~gone

    def unless_gone(values: Array) -> Array:
        return np.where(gone, np.nan, values)

    return Ensemble(
        np.array(block.seeds, dtype=np.int64), np.array(block.learning_rates), (e.hidden,) * r, T, times,
        np.ascontiguousarray(curve.T), np.where(solved, last_failed + 1, -1), diverged_at, unless_gone(final.loss),
        start.dead, unless_gone(final.dead), start.saturated, unless_gone(final.saturated),
        np.where(gone[:, None], np.nan, lanes.parameters))
