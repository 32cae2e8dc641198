"""What is drawn where a stage rests: its runs are there for so long, and computed only while somebody waits."""

import threading

import pytest

from engine import Experiment
from ui import at_rest as module
from ui.at_rest import at_rest, placed
from ui.runs import Runs, size
from ui.session import View
from ui.workers import Workers

HEAVY = Experiment.for_dataset("moons", samples=2000, hidden_sizes=(18, 18, 14))


class Said:
    """A place on the page; `heard` is called with what is said there."""

    def __init__(self, heard):
        self.heard, self.cleared = heard, 0

    def caption(self, text):
        self.heard(text)

    def empty(self):
        self.cleared += 1


@pytest.fixture
def page(monkeypatch):
    """(runs, workers, how to hear what is said) of a page of their own."""
    runs, workers = Runs(), Workers(threads=1, turn=0.0)
    monkeypatch.setattr(module, "RUNS", runs)
    monkeypatch.setattr(module, "WORKERS", workers)
    monkeypatch.setattr(module, "LOOK", 0.01)

    def hear(heard):
        said = Said(heard)
        monkeypatch.setattr(module.st, "empty", lambda: said)
        return said

    return runs, workers, hear


def last():
    """Work that is done after all other."""
    yield 1e12


def test_steps_and_runs_of_each_lane(page):
    runs, _, hear = page
    said = hear(lambda text: None)
    view = View(Experiment(), at=30, others=(Experiment(output="linear", loss="mse", learning_rate=1e9),))
    with at_rest(view) as found:
        (step, _), (last, ended) = placed(view, found)
        assert step.index == 30
        assert step.loss == Experiment().run(31).losses[30]
        assert last.index == len(ended) - 1 < 30
        assert len(runs._using) == 2
    assert not runs._using
    assert said.cleared <= 1


def test_who_is_gone_is_computed_for_no_longer(page):
    runs, workers, hear = page

    class Gone(BaseException):
        """As Streamlit ends a script."""

    def heard(text):
        raise Gone

    hear(heard)
    with pytest.raises(Gone), at_rest(View(HEAVY, at=90_000)):
        pass
    workers.do(last())
    assert not runs._using
    assert len(runs.find(HEAVY) or ()) < 90_000


def test_how_far_it_has_come_is_said(page):
    _, _, hear = page
    texts, two = [], threading.Event()

    def heard(text):
        texts.append(text)
        if len(texts) == 2:
            two.set()

    said = hear(heard)
    slow = Workers(threads=1)
    module.WORKERS = slow
    blocked = slow.submit(waits(two))
    with at_rest(View(Experiment(), at=40)) as (run,):
        assert len(run) >= 41
    blocked.result(30)
    assert texts[0].endswith("Computed: 0 of 41 iterations.")
    assert said.cleared == 1


def waits(event):
    event.wait(30)
    yield 0.0


def test_where_too_many_wait_it_is_asked_again(page, monkeypatch):
    runs, workers, hear = page
    monkeypatch.setattr("ui.runs.MOST_WAITING", 0)
    e, other = Experiment(seed=1), Experiment(seed=2)
    runs.budget = size(e, 1000)
    lease = workers.submit(runs.leasing((e,), 1000)).result(30)
    hear(lambda text: lease.close())
    with at_rest(View(other, at=999)) as (run,):
        assert len(run) == 1000
    assert lease.runs == ()
