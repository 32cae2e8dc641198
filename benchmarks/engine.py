"""How fast the engine records a run, next to PyTorch and plain NumPy that record the same.

Run it with ``python -m benchmarks.engine``. All peers take turns in one process on one thread, and processor time is
what is measured, so the ratios hold even where the machine is slow or busy. What is recorded of every iteration: the
parameters before the update, the loss, and z, a, delta and the gradients of every layer. Our engine keeps parameters
and loss and computes the rest again when it is looked at, to the same bits.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from engine import OPTIMIZERS, Experiment

NETWORKS = {
    "2-4-1, XOR": Experiment(),
    "2-8-8-1, XOR": Experiment(sizes=(2, 8, 8, 1)),
    "20-10-1, batch 32": Experiment.for_dataset("coin_flips", samples=1024, batch_size=32, hidden="sigmoid")}
Trainer = Callable[[Experiment, int], float]  # seconds for so many iterations


def ours(e: Experiment, iterations: int) -> float:
    """The engine, which can show every number of every iteration afterwards."""
    h = e.history()
    start = time.process_time()
    h.extend(iterations)
    return time.process_time() - start


def batches(e: Experiment, iterations: int) -> list[tuple[Any, Any]]:
    """The batches of a run, cut beforehand: the peers are not charged for shuffling."""
    x, y = e.data()
    if e.batch_size is None:
        return [(x, y)] * iterations
    h = e.history()
    rows = [h._recorder.samples(t).copy() for t in range(h.task.batches)]
    parts = [(x[r], y[r]) for r in rows]
    return [parts[t % len(parts)] for t in range(iterations)]


def plain_numpy(e: Experiment, iterations: int) -> float:
    """What one would write by hand: sigmoid layers, binary cross-entropy, gradient descent; a list of tuples."""
    W, b = [layer.W.copy() for layer in e.layers()], [layer.b.copy() for layer in e.layers() if layer.b is not None]
    data, trace = batches(e, iterations), []
    start = time.process_time()
    for x, y in data:
        before = [w.copy() for w in W], [v.copy() for v in b]
        a, zs, outputs = x, [], [x]
        for w, v in zip(W, b, strict=True):
            z = a @ w.T + v
            a = 1.0 / (1.0 + np.exp(-z))
            zs.append(z)
            outputs.append(a)
        loss = np.mean(np.maximum(zs[-1], 0.0) - zs[-1] * y + np.log1p(np.exp(-np.abs(zs[-1]))))
        delta = (a - y) / y.size
        deltas, dW, db = [], [], []
        for layer in range(len(W) - 1, -1, -1):
            deltas.append(delta)
            dW.append(delta.T @ outputs[layer])
            db.append(delta.sum(axis=0))
            if layer:
                delta = delta @ W[layer] * outputs[layer] * (1.0 - outputs[layer])
        trace.append((before, loss, zs, outputs, deltas, dW, db))
        for w, v, gw, gb in zip(W, b, reversed(dW), reversed(db), strict=True):
            w -= e.learning_rate * gw
            v -= e.learning_rate * gb
    return time.process_time() - start


def pytorch(record: bool) -> Trainer | None:
    """PyTorch in eager mode; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    functional = torch.nn.functional

    def run(e: Experiment, iterations: int) -> float:
        parameters = [torch.tensor(v, requires_grad=True) for layer in e.layers() for v in (layer.W, layer.b)]
        optimizer = torch.optim.SGD(parameters, lr=e.learning_rate)
        data = [(torch.tensor(x), torch.tensor(y)) for x, y in batches(e, min(iterations, 32))]
        trace = []
        start = time.process_time()
        for t in range(iterations):
            x, y = data[t % len(data)]
            before = [p.detach().clone() for p in parameters] if record else None
            optimizer.zero_grad()
            a, zs, outputs = x, [], []
            for w, v in zip(parameters[::2], parameters[1::2], strict=True):
                z = functional.linear(a, w, v)
                if record:
                    z.retain_grad()
                a = torch.sigmoid(z)
                zs.append(z)
                outputs.append(a)
            loss = functional.binary_cross_entropy_with_logits(zs[-1], y)
            loss.backward()
            if record:
                trace.append((before, loss.item(), [z.detach() for z in zs], [a.detach() for a in outputs],
                              [z.grad for z in zs], [p.grad.clone() for p in parameters if p.grad is not None]))
            optimizer.step()
        return time.process_time() - start

    return run


def microseconds(trainer: Trainer, e: Experiment, iterations: int) -> float:
    """Microseconds an iteration, for one turn."""
    return trainer(e, iterations) / iterations * 1e6


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a table in Markdown."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def against_peers(turns: int, iterations: int) -> None:
    """Microseconds an iteration, and how many times longer the peers take."""
    peers: dict[str, Trainer | None] = {
        "plain NumPy": plain_numpy, "PyTorch, recording": pytorch(True), "PyTorch, recording nothing": pytorch(False)}
    rows = []
    for name, e in NETWORKS.items():
        mine: list[float] = []
        theirs: dict[str, list[float]] = {peer: [] for peer in peers}
        for _ in range(turns):
            mine.append(microseconds(ours, e, iterations))
            for peer, trainer in peers.items():
                if trainer is not None:
                    theirs[peer].append(microseconds(trainer, e, iterations // 8))
        row = [name, f"{min(mine):.1f}"]
        for times in theirs.values():
            ratios = [t / m for t, m in zip(times, mine, strict=False)]
            row.append(f"{min(times):.0f} ({statistics.median(ratios):.1f}x)" if times else "not installed")
        rows.append(row)
    print("Microseconds an iteration, everything recorded (best turn; in brackets the median ratio to ours)\n")
    table(["network", "engine", *peers], rows)
    if peers["PyTorch, recording"] is None:
        print("PyTorch is not installed, so it was skipped: pip install torch\n")


def bytes_and_look_up(iterations: int) -> None:
    """Bytes held an iteration, and what it costs to look at one."""
    rows = []
    for name, e in {**NETWORKS, **{f"2-4-1, {o}": Experiment(optimizer=o) for o in OPTIMIZERS if o != "sgd"}}.items():
        h = e.run(iterations)
        grown = e.history()
        for n in range(240, iterations + 1, 240):
            grown.extend(n)
        one = best(lambda h=h: [h[t] for t in range(0, iterations, iterations // 50)], 5) / 51
        row = best(lambda h=h: h.rows(0, iterations), 5) / iterations
        rows.append([name, f"{h.nbytes / len(h):.0f}", f"{grown.nbytes / len(grown):.0f}", f"{one * 1e6:.0f}",
                     f"{row * 1e6:.1f}"])
    print("Memory and look-up\n")
    table(["run", "bytes an iteration", "grown in steps of 240", "h[t], us", "a row of h.rows, us"], rows)


def best(f: Callable[[], object], times: int) -> float:
    """Seconds of the fastest of several calls."""
    found = []
    for _ in range(times):
        start = time.process_time()
        f()
        found.append(time.process_time() - start)
    return min(found)


def growth(turns: int, iterations: int) -> None:
    """How the time grows with depth and with width."""
    rows = []
    for name, sizes in (("2-4-1", (2, 4, 1)), ("2-4-4-1", (2, 4, 4, 1)), ("2-4-4-4-4-1", (2, 4, 4, 4, 4, 1)),
                        ("2-4 x 8-1", (2, *[4] * 8, 1)), ("2-8-1", (2, 8, 1)), ("2-16-1", (2, 16, 1)),
                        ("2-32-1", (2, 32, 1))):
        e = Experiment(sizes=sizes)
        first = [microseconds(ours, Experiment(), iterations) for _ in range(turns)]
        times = [microseconds(ours, e, iterations) for _ in range(turns)]
        rows.append([name, f"{min(times):.1f}", f"{min(times) / min(first):.2f}"])
    print("Growth with depth and width, XOR\n")
    table(["network", "us an iteration", "times 2-4-1"], rows)


def main(arguments: list[str]) -> None:
    """Run the benchmarks and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough run in a few seconds")
    quick = parser.parse_args(arguments).quick
    print(f"NumPy {np.__version__}, Python {sys.version.split()[0]}, one thread\n")
    against_peers(3 if quick else 11, 800 if quick else 4000)
    bytes_and_look_up(1000 if quick else 10_000)
    growth(2 if quick else 5, 500 if quick else 4000)


if __name__ == "__main__":
    main(sys.argv[1:])
