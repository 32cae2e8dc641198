"""Files are made few at a time, one for each visitor, and whoever asks for many keeps nobody waiting."""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from engine import Experiment
from ui.export import making
from ui.export.making import AT_ONCE, OF_ONE, Visitor, WaitError, bounded
from ui.runs import RUNS

WAIT = 30
E = Experiment(seed=77)


def test_the_files_of_a_visitor_are_made_one_by_one_and_few_may_wait():
    begun, go_on, log, mine = threading.Event(), threading.Event(), [], Visitor()

    def slow():
        begun.set()
        assert go_on.wait(WAIT)
        log.append("slow")
        return "slow"

    def quick():
        log.append("quick")
        return "quick"

    with ThreadPoolExecutor(OF_ONE) as threads:
        first = threads.submit(bounded(slow, (E,), 5, mine))
        assert begun.wait(WAIT)
        second = threads.submit(bounded(quick, (E,), 5, mine))
        while mine.asked._value:  # until the second has asked
            sleep(0.001)
        with pytest.raises(WaitError, match="are being made"):
            bounded(quick, (E,), 5, mine)()
        assert bounded(lambda: "another", (E,), 5, Visitor())() == "another"
        assert log == []
        go_on.set()
        assert (first.result(WAIT), second.result(WAIT)) == ("slow", "quick")
    assert log == ["slow", "quick"]
    assert bounded(lambda: "third", (E,), 5, mine)() == "third"


def test_few_files_are_made_at_a_time(monkeypatch):
    guard, at_once, most = threading.Lock(), 0, 0
    given = []
    monkeypatch.setattr(making, "give_back", lambda: given.append(True))

    def make():
        nonlocal at_once, most
        with guard:
            at_once += 1
            most = max(most, at_once)
        assert E in RUNS._using
        assert len(RUNS.find(E)) >= 40
        with guard:
            at_once -= 1
        return b""

    with ThreadPoolExecutor(6) as threads:
        found = [threads.submit(bounded(make, (E,), 40, Visitor())) for _ in range(30)]
        assert [f.result(WAIT) for f in found] == [b""] * 30
    assert most <= AT_ONCE
    assert len(given) == 30
    assert E not in RUNS._using


def test_what_fails_gives_its_place_back():
    def fails():
        raise ValueError("no")

    mine = Visitor()
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ValueError, match="no"):
            bounded(fails, (E,), 5, mine)()
    assert bounded(lambda: "made", (E,), 5, mine)() == "made"


def test_memory_is_given_back_where_it_can_be(monkeypatch):
    making.give_back()
    monkeypatch.setattr(making.ctypes, "CDLL", lambda name: object())
    making.give_back()
