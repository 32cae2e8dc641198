"""How fast many seeds run at once, next to the engine that runs them one by one, and how a sweep shares out its work.

Run it with ``python -m benchmarks.ensemble``. Ensemble and single run take turns in one process on one thread, and
processor time is what is measured, so the ratios hold even where the machine is slow or busy. An ensemble keeps the
loss curve of every seed and watches when it is solved; a single run records every iteration.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import statistics
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from importlib import import_module

import numpy as np

from benchmarks.engine import table
from engine import Experiment, ensemble, sweep
from engine.ensemble import batch, lanes_in_block

CASES = {  # seeds and iterations
    "2-4-1, XOR, sigmoid": (Experiment(), 1000, 1000),
    "2-4-1, XOR, ReLU": (Experiment(hidden="relu"), 1000, 1000),
    "2-8-1, XOR, sigmoid": (Experiment(sizes=(2, 8, 1)), 1000, 1000),
    "2-8-8-1, XOR, sigmoid": (Experiment(sizes=(2, 8, 8, 1)), 500, 400),
    "2-4-1, XOR, Adam": (Experiment(optimizer="adam"), 1000, 500),
    "2-4-1, XOR, batches of 2": (Experiment(batch_size=2), 1000, 500),
    "2-8-1, moons, 100 samples": (Experiment.for_dataset("moons"), 100, 200),
    "20-10-1, coin flips, batches of 32": (Experiment.for_dataset("coin_flips", samples=1024, batch_size=32), 100, 320),
}


def seconds(e: Experiment, seeds: int, iterations: int) -> float:
    """Processor time of an ensemble."""
    start = time.process_time()
    ensemble(e, range(seeds), iterations)
    return time.process_time() - start


def one_by_one(e: Experiment, iterations: int) -> float:
    """Processor time of a single run, an iteration."""
    h = e.history()
    start = time.process_time()
    h.extend(iterations)
    return (time.process_time() - start) / iterations


def against_single_runs(turns: int, share: float) -> None:
    """Seconds, seed-steps a second, and how many times faster than one by one."""
    rows = []
    for name, (e, K, T) in CASES.items():
        K, T = max(32, int(K * share)), max(32, int(T * share))
        times, ratios = [], []
        for _ in range(turns):
            alone = one_by_one(e, 4000)
            times.append(seconds(e, K, T))
            ratios.append(alone * K * T / times[-1])
        best = min(times)
        rows.append([name, f"{K:,} x {T:,}", f"{best:.2f}", f"{K * T / best / 1e6:.2f}",
                     f"{statistics.median(ratios):.1f}"])
    print("An ensemble against single runs (best turn; the ratio is the median of the turns)\n")
    table(["network", "seeds x iterations", "seconds", "million seed-steps a second", "times one by one"], rows)


def two_layouts(turns: int) -> None:
    """Microseconds a seed and step with the lanes last and first: where one overtakes the other."""
    lanes, rows = import_module("engine.lanes"), []
    limit = lanes.LANES_LAST_BELOW
    for name, (e, _, _) in CASES.items():
        K, T, found = lanes_in_block(e), 100, []
        for chosen in (10**9, 0):
            lanes.LANES_LAST_BELOW = chosen
            found.append(min(seconds(e, K, T) for _ in range(turns)) / K / T * 1e6)
        lanes.LANES_LAST_BELOW = limit
        size = sum(layer.size for layer in e.layers()) * batch(e)
        rows.append([name, f"{size:,}", str(K), f"{found[0]:.2f}", f"{found[1]:.2f}"])
    print(f"Microseconds a seed and step in one block (the lanes stand last below a size of {limit:,})\n")
    table(["network", "weights x samples", "lanes in a block", "lanes last", "lanes first"], rows)


def executors(turns: int, seeds: int) -> None:
    """Seconds on the clock for one sweep, here and with two processes."""
    arguments = {"seeds": range(seeds), "hidden": ("sigmoid", "tanh", "relu"), "learning_rates": (0.3, 1.0, 3.0)}

    def clock(executor: Executor | None) -> float:
        start = time.perf_counter()
        for _ in sweep(Experiment(), iterations=1000, executor=executor, **arguments):
            pass
        return time.perf_counter() - start

    rows = [["this thread", f"{min(clock(None) for _ in range(turns)):.2f}"]]
    with ProcessPoolExecutor(2) as executor:
        clock(executor)  # the processes start
        rows.append(["two processes", f"{min(clock(executor) for _ in range(turns)):.2f}"])
    print(f"A sweep of 2-4-1 on XOR: 3 activations x 3 learning rates x {seeds} seeds, 1,000 iterations\n")
    table(["executor", "seconds on the clock"], rows)


def main(arguments: list[str]) -> None:
    """Run the benchmarks and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough run in a few seconds")
    quick = parser.parse_args(arguments).quick
    print(f"NumPy {np.__version__}, Python {sys.version.split()[0]}, one thread\n")
    against_single_runs(1 if quick else 5, 0.2 if quick else 1.0)
    two_layouts(1 if quick else 3)
    executors(1 if quick else 3, 50 if quick else 500)


if __name__ == "__main__":
    main(sys.argv[1:])
