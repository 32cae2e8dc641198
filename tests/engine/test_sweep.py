"""A sweep says what was found by running XOR 200 times, and says the same whoever does the work."""

import os
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from engine import Experiment
from engine.ensemble import MOST_LANES, Criterion
from engine.sweep import block_of, compare, sweep, wilson

ALL = ("sigmoid", "tanh", "relu")


def final(progress):
    """The complete result of a sweep."""
    *_, last = progress
    assert last.finished == last.total
    assert last.result.complete
    return last.result


# Of seeds 0 to 199, He initialization, binary cross-entropy, full batch: how many are solved in a run of 500 steps, and
# the median step of those solved in a run of 5,000 (not repeated where it is not told).
FACTS = [
    ((2, 2, 1), 1.0, (116, 101, 33), (322, 50, 37)),
    ((2, 3, 1), 1.0, (181, 167, 102), None),
    ((2, 4, 1), 0.1, (5, 170, 128), (2007, 198, 134)),
    ((2, 4, 1), 0.5, (148, 189, 131), None),
    ((2, 4, 1), 1.0, (196, 192, 130), (205, 22, 22)),
    ((2, 4, 1), 5.0, (199, 200, 0), None),
    ((2, 8, 1), 0.5, (193, 200, 192), (265, 16, 14)),
    ((2, 8, 1), 1.0, (200, 200, 193), None),
]


@pytest.mark.parametrize(("sizes", "rate", "solved", "medians"), FACTS)
def test_how_many_of_200_seeds_solve_xor(sizes, rate, solved, medians):
    e = Experiment(sizes=sizes, learning_rate=rate)
    short_runs = final(sweep(e, seeds=range(200), hidden=ALL, iterations=500))
    assert tuple(int(cell.runs.solved.sum()) for cell in short_runs.cells) == solved
    if medians is None:
        return
    long_runs = final(sweep(e, seeds=range(200), hidden=ALL, iterations=5000))
    found = [cell.median_solved for cell in long_runs.cells]
    assert tuple(int(m) for m in found) == medians


@pytest.fixture(scope="module")
def default():
    return final(sweep(Experiment(), seeds=range(200), hidden=ALL))


def test_seed_by_seed(default):
    both = compare(default.cell("sigmoid"), default.cell("relu"))
    assert both == (127, 69, 3, 1)
    assert compare(default.cell("relu"), default.cell("sigmoid")) == (127, 3, 69, 1)


def test_with_fewer_than_two_live_units_none_was_solved(default):
    relu = default.cell("relu").runs
    live = np.round((1.0 - relu.dead_start) * 4)
    assert (live < 2).any()
    assert not relu.solved[live < 2].any()
    for cell in (default.cell("sigmoid"), default.cell("tanh")):
        assert (cell.runs.dead_start == 0).all()


def test_failed_relu_runs_rest_at_recognisable_losses(default):
    relu = default.cell("relu").runs
    resting = relu.final_loss[~relu.solved]
    known = np.array([0.6931, 0.4774, 0.3466])
    near = (np.abs(resting[:, None] - known) < 0.01).any(axis=1)
    assert near.mean() > 0.8


@pytest.mark.parametrize(
    ("e", "steps"),
    [
        (Experiment(seed=182), {"sigmoid": 189, "relu": 21, "tanh": 17}),
        (Experiment(sizes=(2, 8, 1), learning_rate=0.5, seed=93), {"sigmoid": 285, "relu": 14}),
        (Experiment(sizes=(2, 2, 1), seed=22), {"sigmoid": 158, "relu": -1}),
        (Experiment(seed=3), {"sigmoid": 20, "relu": -1}),
        (Experiment(learning_rate=5.0, seed=0), {"sigmoid": 82, "relu": -1}),
    ],
)
def test_scenes(e, steps):
    result = final(sweep(e, seeds=[e.seed], hidden=tuple(steps)))
    assert {cell.hidden: int(cell.runs.solved_at[0]) for cell in result.cells} == steps


def test_dead_from_the_start_and_plateaus():
    dead = final(sweep(Experiment(sizes=(2, 2, 1)), seeds=[22], hidden="relu")).cells[0].runs
    assert dead.dead_start[0] == dead.dead_end[0] == 1.0
    np.testing.assert_allclose(dead.losses[0], np.log(2), rtol=1e-7)
    plateau = final(sweep(Experiment(), seeds=[3], hidden="relu", iterations=2000)).cells[0].runs
    assert plateau.final_loss[0] == pytest.approx(0.4774, abs=1e-4)
    killed = final(sweep(Experiment(learning_rate=5.0), seeds=[0], hidden="relu")).cells[0].runs
    assert (killed.dead_start[0], killed.dead_end[0]) == (0.0, 1.0)


def test_a_typical_seed(default):
    cell = default.cell("sigmoid")
    order = np.argsort(np.where(cell.runs.solved, cell.runs.solved_at, 10**6), kind="stable")
    assert cell.rank_of(int(order[0])).sooner == 0
    assert 0.4 < cell.rank_of(182).later / len(cell) < 0.6
    unsolved = np.flatnonzero(~cell.runs.solved)
    assert [cell.rank_of(int(s)) for s in unsolved] == [(196, 3, 0)] * 4  # four that share the last ranks
    with pytest.raises(ValueError, match="one of the 200 seeds"):
        cell.rank_of(200)


@pytest.mark.parametrize("seed", [3, 17, 182])
def test_a_rank_counts_those_strictly_sooner_and_later(default, seed):
    for cell in default.cells:
        steps = [t if t >= 0 else np.inf for t in cell.runs.solved_at]
        others = [t for s, t in zip(cell.runs.seeds, steps, strict=True) if s != seed]
        mine = steps[list(cell.runs.seeds).index(seed)]
        assert cell.rank_of(seed) == (
            sum(t < mine for t in others), sum(t == mine for t in others), sum(t > mine for t in others)
        )  # fmt: skip


@pytest.mark.parametrize(("seed", "count", "first"), [(182, 1000, 0), (5182, 1000, 5000), (2**32 - 1, 1000, None)])
def test_a_block_of_seeds_ends_at_the_last_seed(seed, count, first):
    seeds = block_of(seed, count)
    assert len(seeds) == count
    assert seed in seeds
    assert seeds[-1] < 2**32
    assert first is None or seeds[0] == first


def test_bands_are_losses_of_runs(default):
    cell = default.cell("relu")
    bands = cell.bands()
    assert bands.shape == (5, 500)
    assert (np.diff(bands, axis=0) >= 0).all()
    for t in (0, 20, 499):
        assert np.isin(bands[:, t].astype(np.float32), cell.runs.losses[:, t]).all()
    np.testing.assert_array_equal(cell.bands((0, 100)), [cell.runs.losses.min(axis=0), cell.runs.losses.max(axis=0)])
    assert np.allclose(bands[2], np.median(cell.runs.losses, axis=0), atol=0.05)
    with pytest.raises(ValueError, match="percentages"):
        cell.bands((101,))


def test_runs_that_diverge_are_the_worst():
    e = Experiment(output="linear", loss="mse", hidden="relu")
    cell = final(sweep(e, seeds=range(10), hidden="relu", learning_rates=(2.0,))).cells[0]
    assert (cell.runs.diverged_at >= 0).any()
    assert np.isinf(cell.bands((100,))[0, -1])
    assert not np.isnan(cell.bands()).any()
    row = cell.summary()
    assert row["diverged"] == (cell.runs.diverged_at >= 0).sum()


def test_the_share_solved_by_an_iteration(default):
    cell = default.cell("sigmoid")
    at = np.array([0, 100, 189, 500])
    share, low, high = cell.solved_by(at)
    for i, t in enumerate(at):
        k = int(((cell.runs.solved_at <= t) & cell.runs.solved).sum())
        assert share[i] == k / 200
        assert (low[i], high[i]) == wilson(k, 200)[1:]
    assert cell.solved_by() == wilson(196, 200)


def test_wilson_by_hand():
    """8 of 10, z = 2: (8 + 2 -+ 2 sqrt(8 x 2 / 10 + 1)) / 14."""
    share = wilson(8, 10, z=2.0)
    assert share.value == 0.8
    assert share.low == pytest.approx((10 - 2 * 2.6**0.5) / 14)
    assert share.high == pytest.approx((10 + 2 * 2.6**0.5) / 14)
    none, every = wilson(0, 20), wilson(20, 20)
    assert none.low == 0.0
    assert every.high == 1.0
    assert none.high == pytest.approx(0.1611, abs=1e-4)  # Brown, Cai and DasGupta: z^2 / (n + z^2)
    assert every.low == pytest.approx(1 - none.high)
    nothing = wilson(0, 0)
    assert np.isnan(nothing.value)
    assert (nothing.low, nothing.high) == (0.0, 1.0)
    for k, n in ((3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="0 <= k <= n"):
            wilson(k, n)


# Who does the work

TASKS = {
    "seeds": range(300),  # two tasks for each activation
    "hidden": ("sigmoid", "relu"),
    "learning_rates": (0.5, 2.0),
    "iterations": 60,
}


def bits(result):
    """Everything that was measured, as bytes."""
    names = ("seeds", "learning_rates", "losses", "solved_at", "diverged_at", "final_loss", "dead_end", "parameters")
    return [getattr(result.runs, name).tobytes() for name in names]


@pytest.fixture(scope="module")
def here():
    return bits(final(sweep(Experiment(), **TASKS)))


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_give_the_same_bits(here, workers):
    with ProcessPoolExecutor(workers) as executor:
        assert bits(final(sweep(Experiment(), executor=executor, **TASKS))) == here


def test_threads_give_the_same_bits(here):
    with ThreadPoolExecutor(3) as executor:
        assert bits(final(sweep(Experiment(), executor=executor, **TASKS))) == here


def test_a_cluster_gives_the_same_bits(here):
    """Two worker processes of Dask, as on one machine so on many."""
    if not os.environ.get("CI"):
        pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        assert bits(final(sweep(Experiment(), executor=client.get_executor(), **TASKS))) == here


def test_mini_batches_and_larger_networks_give_the_same_bits():
    e = Experiment.for_dataset("moons", batch_size=30)
    arguments = {"seeds": range(40), "hidden": ("tanh", "relu"), "iterations": 40}
    with ProcessPoolExecutor(2) as executor:
        assert bits(final(sweep(e, executor=executor, **arguments))) == bits(final(sweep(e, **arguments)))


def test_the_example_in_the_document(tmp_path):
    """The first block of Python in docs/sweeps.md runs, and ends with the lines printed below it."""
    root = Path(__file__).parents[2]
    text = (root / "docs" / "sweeps.md").read_text()
    script = tmp_path / "example.py"
    script.write_text(text.split("```python\n")[1].split("```")[0])
    lines = text.split("The last lines are\n\n```\n")[1].split("```")[0].splitlines()
    run = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert run.stdout.splitlines()[-4:] == lines


def test_it_tells_as_it_goes(here):
    seen = list(sweep(Experiment(), **TASKS))
    assert [p.finished for p in seen] == [0, 256, 512, 600, 856, 1112, 1200]
    assert seen[0].total == 1200
    assert not seen[1].result.complete
    assert [len(cell) for cell in seen[1].result.cells] == [256, 0, 0, 0]
    assert [len(cell) for cell in seen[4].result.cells] == [300, 300, 256, 0]
    assert len(seen[4].result.table()) == 3
    empty = seen[0].result.cells[0]
    assert empty.median_solved is None
    assert np.isnan(empty.bands()).all()
    assert empty.solved_by() == pytest.approx(wilson(0, 0), nan_ok=True)
    part, end = seen[2].result.runs, seen[-1].result.runs
    np.testing.assert_array_equal(part.losses, end.losses[: len(part)])


class Waiting(Executor):
    """Runs the first two tasks at once and never the others."""

    def __init__(self):
        self.tasks = []

    def submit(self, fn, /, *args, **kwargs):
        task = Future()
        if len(self.tasks) < 2:
            task.set_result(fn(*args, **kwargs))
        self.tasks.append(task)
        return task


def test_leaving_the_loop_cancels_the_rest():
    executor = Waiting()
    progress = sweep(Experiment(), executor=executor, **TASKS)
    for seen in progress:
        if seen.finished == 512:
            break
    progress.close()
    assert [task.cancelled() for task in executor.tasks] == [False, False, True, True, True, True]
    assert len(seen.result.runs) == 512


def test_stop_is_heard_while_others_work():
    executor = Waiting()
    stop = threading.Event()
    kept = []
    for seen in sweep(Experiment(), executor=executor, stop=stop.is_set, **TASKS):
        kept.append(seen.finished)
        if seen.finished == 512:
            stop.set()
    assert kept == [0, 256, 512]
    assert executor.tasks[2].cancelled()


def test_stop_is_heard_in_this_thread():
    answers = iter([False, False, True])
    kept = [p.finished for p in sweep(Experiment(), seeds=range(300), stop=lambda: next(answers))]
    assert kept == [0]  # 500 iterations are eight stretches: the third is not begun


def test_an_error_on_the_other_side_is_passed_on():
    class Broken(Executor):
        def submit(self, fn, /, *args, **kwargs):
            task = Future()
            task.set_exception(OSError("the worker is gone"))
            return task

    progress = sweep(Experiment(), executor=Broken(), **TASKS)
    assert next(progress).finished == 0
    with pytest.raises(OSError, match="the worker is gone"):
        next(progress)


def test_curves_are_thinned_out():
    runs = final(sweep(Experiment(), seeds=range(2), iterations=1700)).runs
    np.testing.assert_array_equal(runs.times, range(0, 1700, 4))
    assert runs.losses.dtype == np.float32


def test_criteria_reach_the_lanes():
    result = final(sweep(Experiment(), seeds=range(30), criterion=Criterion("loss", 0.1), hidden="tanh"))
    runs = result.cells[0].runs
    assert (runs.final_loss[runs.solved] < 0.1).all()
    curve = final(sweep(Experiment.for_dataset("curve"), seeds=range(2), iterations=20))
    assert curve.criterion == Criterion("loss", 0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": range(MOST_LANES // 2 + 1)}, "20,000 runs; got 20,002: 2 activations x 1"),
        ({"seeds": []}, "seeds: expected at least one"),
        ({"seeds": [1, 1]}, "no two alike"),
        ({"seeds": 5}, "seeds: expected a sequence"),
        ({"seeds": [1], "hidden": ()}, "hidden: expected at least one"),
        ({"seeds": [1], "hidden": ("relu", "rellu")}, "did you mean 'relu'"),
        ({"seeds": [1], "learning_rates": (1.0, 1)}, "no two alike"),
        ({"seeds": [1], "learning_rates": (0.0,)}, "above 0"),
        ({"seeds": [1], "iterations": 0}, "iterations"),
        ({"seeds": range(9000), "iterations": 100_000}, "lanes x iterations"),
    ],
)
def test_wrong_calls_say_what_to_change(options, message):
    with pytest.raises(ValueError, match=message):
        sweep(Experiment(), **options)


def test_a_cell_that_was_not_swept(default):
    with pytest.raises(ValueError, match="sweep it too"):
        default.cell("leaky_relu")
    assert default.cell("relu", 1.0) is default.cell("relu")


def test_a_table_has_a_row_for_each_cell(default):
    rows = default.table()
    assert [row["solved"] for row in rows] == [196, 192, 130]
    assert [row["seeds"] for row in rows] == [200] * 3
    assert rows[2]["dead_start"] == pytest.approx(0.25, abs=0.03)
    assert rows[0]["low"] < rows[0]["share"] < rows[0]["high"]
