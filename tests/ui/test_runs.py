"""Runs and workers: shared, bounded, and nobody waits long for somebody else's long run."""

import threading
from concurrent.futures import CancelledError
from types import SimpleNamespace

import numpy as np
import pytest

from engine import Experiment
from engine.ensemble import Criterion
from ui import runs as module
from ui import sweeps as studies
from ui.runs import LEAST, BusyError, Run, Runs, seconds, size
from ui.sweeps import EASY, Sweeps, question
from ui.workers import Workers, finish

WAIT = 30  # seconds until a test gives up


def counting(name, log, steps, left=0.0):
    for step in range(steps):
        yield left * (steps - step)
        log.append(name)
    return name


def test_work_is_done_and_its_result_or_error_comes_back():
    workers = Workers()

    def failing():
        yield 0.0
        raise ValueError("no")

    assert workers.submit(counting("a", [], 3)).result(WAIT) == "a"
    assert finish(counting("a", [], 3)) == "a"
    with pytest.raises(ValueError, match="no"):
        workers.do(failing())
    assert workers.do(counting("b", [], 0)) == "b"  # and the thread that met the error goes on


def test_what_is_short_overtakes_what_turns_out_long():
    workers, log, asked = Workers(threads=1), [], threading.Event()

    def blocking():
        asked.wait(WAIT)
        yield 0.0

    first = workers.submit(blocking())  # until all three are in the queue
    long = workers.submit(counting("long", log, 3, left=60.0))
    short = workers.submit(counting("short", log, 3, left=0.001))
    middle = workers.submit(counting("middle", log, 3, left=1.0))
    asked.set()
    for answer in (first, long, short, middle):
        answer.result(WAIT)
    assert log == ["short"] * 3 + ["middle"] * 3 + ["long"] * 3


def test_long_work_gives_way_to_what_comes_later():
    workers, log = Workers(threads=1, turn=0.0), []
    under_way, later = threading.Event(), threading.Event()

    def long():
        for step in range(100):
            yield 60.0
            log.append("long")
            if step == 3:
                under_way.set()
                later.wait(WAIT)

    answer = workers.submit(long())
    assert under_way.wait(WAIT)
    short = workers.submit(counting("short", log, 2))
    later.set()
    short.result(WAIT)
    answer.result(WAIT)
    assert log.index("short") == 4  # after the step that was being done


def test_what_nobody_waits_for_is_dropped():
    workers, closed, under_way, go_on = Workers(threads=1), threading.Event(), threading.Event(), threading.Event()

    def endless():
        try:
            while True:
                under_way.set()
                go_on.wait(WAIT)
                yield 60.0
        finally:
            closed.set()

    answer = workers.submit(endless())
    assert under_way.wait(WAIT)
    assert answer.cancel()
    go_on.set()
    assert closed.wait(WAIT)
    with pytest.raises(CancelledError):
        answer.result(WAIT)
    assert workers.do(counting("next", [], 1)) == "next"


def test_a_worker_that_comes_upon_more_work_does_not_wait_for_itself():
    workers = Workers(threads=1)

    def outer():
        yield 0.0
        return workers.do(counting("inner", [], 2))

    assert workers.submit(outer()).result(WAIT) == "inner"


def test_runs_in_turns_have_the_bits_of_runs_alone():
    experiments = [
        Experiment(optimizer="adam", seed=1),
        Experiment.for_dataset("moons", batch_size=7),
        Experiment(hidden="relu", optimizer="momentum"),
    ]
    runs = Runs()
    for e in experiments:
        for iterations in (1, LEAST, 100, 700):
            runs.get(e, iterations)
        alone = e.run(700)
        assert len(runs.get(e)) == 700
        assert np.array_equal(runs.get(e).parameters, alone.parameters)
        assert np.array_equal(runs.get(e, 700)[699].dW[0], alone[699].dW[0])


def test_a_light_run_is_there_while_a_heavy_one_is_computed(monkeypatch):
    heavy, light = Experiment.for_dataset("moons", samples=2000, hidden_sizes=(18, 18, 14)), Experiment()
    assert seconds(heavy) > 20 * seconds(light)
    workers = Workers(threads=1)
    monkeypatch.setattr(module, "WORKERS", workers)
    runs = Runs()
    work = workers.submit(runs.leasing((heavy,), 5000))
    assert len(runs.get(light, 200)) == 200
    assert not work.done()
    assert work.cancel()


def test_a_run_that_diverges_ends():
    e = Experiment(output="linear", loss="mse", learning_rate=2.0)
    run = Runs().get(e, 5000)
    assert 0 < len(run) < 5000
    assert run.diverged == e.run(5000).diverged


def test_the_budget_holds_and_the_last_used_stay():
    runs = Runs(budget=3 * Experiment().run(1000).nbytes)
    for seed in range(6):
        runs.get(Experiment(seed=seed), 1000)
        runs.get(Experiment(seed=0))
    held = [e for e, _ in runs._runs.items()]
    assert sum(run.nbytes for _, run in runs._runs.items()) <= runs.nbytes <= runs.budget
    assert held[-1] == Experiment(seed=0)
    assert Experiment(seed=1) not in held
    assert np.array_equal(runs.get(Experiment(seed=1), 1000).losses, Experiment(seed=1).run(1000).losses)


def several(count, **changes):
    """Experiments whose runs of 1,000 iterations are as large as each other."""
    return [Experiment(seed=seed, **changes) for seed in range(count)]


def test_runs_that_grow_at_the_same_time_stay_within_the_budget(monkeypatch):
    experiments, alive, most = several(12), set(), 0
    each = size(experiments[0], 1000)
    runs, workers = Runs(budget=3 * each), Workers(threads=3, turn=0.0)

    class Watched(Run):
        def __init__(self, *args):
            super().__init__(*args)
            alive.add(id(self))

        def __del__(self):
            alive.discard(id(self))

    def watched(e):
        nonlocal most
        work = runs.leasing((e,), 1000)
        while True:
            try:
                yield next(work)
            except StopIteration as end:
                lease = end.value
                yield 0.0
                last = lease.runs[0].losses[999]
                lease.close()
                return last
            assert runs.nbytes <= runs.budget
            most = max(most, len(alive))

    monkeypatch.setattr(module, "Run", Watched)
    answers = [workers.submit(watched(e)) for e in experiments]
    assert [a.result(WAIT) for a in answers] == [e.run(1000).losses[999] for e in experiments]
    assert 0 < most <= 3


def test_what_does_not_fit_waits_until_others_are_done():
    a, b, c = several(3)
    runs, workers = Runs(budget=3 * size(a, 1000)), Workers(threads=1)
    first, second = (workers.submit(runs.leasing((e,), 1000)).result(WAIT) for e in (a, b))
    third = workers.submit(runs.leasing((c,), 1000))
    again = workers.submit(runs.leasing((b,), 900)).result(WAIT)  # is there already
    assert workers.do(counting("others", [], 3)) == "others"
    assert not third.done()
    again.close()
    first.close()
    with third.result(WAIT) as (run,):
        assert len(run) == 1000
    second.close()
    assert not runs._using


def test_what_is_small_never_waits_for_what_is_large():
    large, other, small = several(3)
    runs, workers = Runs(budget=int(1.4 * size(large, 1000))), Workers(threads=1)
    with workers.submit(runs.leasing((large,), 1000)).result(WAIT):
        waiting = workers.submit(runs.leasing((other,), 1000))
        with workers.submit(runs.leasing((small,), 20)).result(WAIT) as (run,):
            assert len(run) == 20
        assert not waiting.done()
    waiting.result(WAIT).close()


def test_lanes_are_got_together_or_not_at_all():
    lanes = several(4)
    runs, workers = Runs(budget=4 * size(lanes[0], 1000)), Workers(threads=2, turn=0.0)
    both = [workers.submit(runs.leasing(lanes[i:] + lanes[:i], 1000)) for i in (0, 2)]
    for e, lease in zip((lanes[0], lanes[2]), (b.result(WAIT) for b in both), strict=True):
        with lease as found:
            assert np.array_equal(found[0].losses, e.run(1000).losses)
    assert not runs._using


def test_what_is_given_up_or_forgotten_gives_way():
    a, b = several(2)
    runs, workers = Runs(budget=size(a, 1000)), Workers(threads=1, turn=0.0)
    under_way = workers.submit(runs.leasing((a,), 1000))
    assert under_way.cancel()
    lease = workers.submit(runs.leasing((b,), 1000)).result(WAIT)
    assert list(runs._using) == [b]
    del lease
    assert not runs._using


def test_where_too_many_wait_it_is_said(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    first, *others = several(4)
    runs, workers = Runs(budget=size(first, 1000)), Workers(threads=1)
    lease = workers.submit(runs.leasing((first,), 1000)).result(WAIT)
    waiting = [workers.submit(runs.leasing((e,), 1000)) for e in others]
    with pytest.raises(BusyError, match="asked for again"):
        waiting[2].result(WAIT)
    lease.close()
    for answer in waiting[:2]:
        answer.result(WAIT).close()


def test_no_run_is_longer_than_it_may_be(monkeypatch):
    monkeypatch.setattr(Experiment, "limit", lambda self: 70)
    runs = Runs()
    for iterations in (70, 71, 10**7):
        assert len(runs.get(Experiment(), iterations)) == 70


def test_what_a_run_will_hold_is_known_before():
    for e in (Experiment(optimizer="adam"), Experiment.for_dataset("moons", samples=2000, hidden_sizes=(18, 18))):
        run = Runs().get(e, 500)
        assert 0.99 * size(e, 500) < run.nbytes < 1.01 * size(e, 500)
        assert run.nbytes > e.run(500).nbytes


def test_of_two_long_studies_each_gets_on(monkeypatch):
    log, both = [], threading.Event()

    def in_blocks(e, **_):
        for _ in range(4):
            both.wait(WAIT)
            log.append(e.hidden)
            yield SimpleNamespace(finished=0)

    monkeypatch.setattr(studies, "sweep", in_blocks)
    sweeps = Sweeps()
    asked = [question(Experiment(hidden=h), 1000, 100_000, Criterion("loss", 0.1)) for h in ("sigmoid", "tanh")]
    assert all(q.work > EASY for q in asked)
    found = [sweeps.ask(q) for q in asked]
    both.set()
    sweeps.wait()
    assert log == ["sigmoid", "tanh"] * 4
    assert all(study.finished for study in found)
