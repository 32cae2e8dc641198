"""What happens in a run, in words: for the marks on slider and curve, and for going there."""

from functools import lru_cache
from time import thread_time
from typing import Any

import numpy as np

from engine import ACTIVATIONS, Experiment, Points, SetLearningRate
from engine.diagnose import SATURATED
from engine.events import MOST, Event, Watch
from engine.shelf import Shelf
from ui import names
from ui.numbers import text
from ui.runs import Run, seconds
from ui.stage.slices import counts_right
from ui.state import hand
from ui.workers import Work

REMEMBERED = 16 * 2**20  # bytes of what was found
FURTHER, WITHIN = 2_000, 10_000  # iterations: that a search looks at in one go, and in all
GO, SEARCH = 0.5, 30.0  # seconds that these may take; large networks are looked through in smaller steps
LEAST = 100  # iterations in one go
NAMED = 3  # units that are named one by one
FLAT_AT = -4.0  # a z where what can saturate is flat

RANK = ("right", "dead", "diverged", "hand", "saturated", "wrong", "loss", "alive")  # which mark stands where two would

_watches: Shelf[Experiment, Watch] = Shelf(REMEMBERED, lambda e, watch: _bytes(e) + watch.nbytes)


def events(experiment: Experiment, run: Run, to: int) -> Work[dict[str, Any]]:
    """The work of finding what happens before iteration `to`, as plain data.

    `known` iterations were looked at, all there are where it has `ended`. Each of the `events` has its place `at`, its
    `kind` and its `rank` among marks in one place, a sentence's part `text`, a short `label`, and in `stop` the name of
    what in `until` it is, if any.
    """
    watch = _watches.get(experiment)
    if watch is None:
        _watches.put(experiment, watch := Watch(run, counts_right(experiment)))
    end, took = min(to, len(run)), 0.0
    while watch.known < end:
        yield took * (end - watch.known)
        before, began = watch.known, thread_time()
        watch.look(run, end)
        took = (thread_time() - began) / max(1, watch.known - before)
    _watches.put(experiment, watch)  # it holds more now
    found = watch.found(run, end)
    words = Words(experiment, run, end)
    each = seconds(experiment)
    return {
        "known": end,
        "ended": words.ended,
        "events": [words.say(event) for event in found.events],
        "note": "" if found.all else f"Of many events, the {MOST} that last longest are marked.",
        "until": [{"stop": stop, "name": name} for stop, name in until(experiment, watch)],
        "further": int(min(FURTHER, max(LEAST, GO / each))),
        "within": int(min(WITHIN, max(LEAST, SEARCH / each))),
    }


def until(experiment: Experiment, watch: Watch) -> list[tuple[str, str]]:
    """What a run can be played until: names, and how they are called."""
    n = len(experiment.data()[0])
    hidden = experiment.activations[:-1]
    offered = [("right", _all_right(n))] if watch.judged else []
    offered += [("dead", "a unit dies")] if any(map(_dies, hidden)) else []
    offered += [("saturated", "a unit saturates")] if any(map(_saturates, hidden)) else []
    return [*offered, *((_stop(level), f"loss below {level:g}") for level in watch.levels)]


class Words:
    """What is said of the events of a run of which so many iterations are known."""

    def __init__(self, experiment: Experiment, run: Run, known: int) -> None:
        self.experiment = experiment
        self.n = len(experiment.data()[0])
        self.ended = run.diverged is not None and known == len(run)
        self.known = "to the end" if self.ended else f"(known to iteration {known - 1:,})"

    def say(self, event: Event) -> dict[str, Any]:
        """One event as plain data."""
        said, label = getattr(self, f"_{event.kind}")(event)
        stop = event.kind if event.kind in ("right", "dead", "saturated") else ""
        if event.kind == "right" and event.until is not None:
            stop = ""  # it is lost again
        if event.kind == "loss":
            stop = _stop(event.level)
        rank = RANK.index(event.kind)
        return {"at": event.at, "kind": event.kind, "rank": rank, "stop": stop, "text": said, "label": label}

    def _lasts(self, event: Event) -> str:
        if event.until is None:
            return f" from here {self.known}"
        return f" up to iteration {event.until - 1:,}"

    def _right(self, event: Event) -> tuple[str, str]:
        return f"{_all_right(self.n)}{self._lasts(event)}", "all right"

    def _wrong(self, event: Event) -> tuple[str, str]:
        return f"no longer {_all_right(self.n)}", "not all right"

    def _dead(self, event: Event) -> tuple[str, str]:
        return f"{self._are(event)} dead{self._lasts(event)}", f"{self._few(event)} dead"

    def _saturated(self, event: Event) -> tuple[str, str]:
        return f"{self._are(event)} saturated{self._lasts(event)}", f"{self._few(event)} saturated"

    def _alive(self, event: Event) -> tuple[str, str]:
        return f"{self._are(event)} no longer dead or saturated", f"{self._few(event)} back"

    def _loss(self, event: Event) -> tuple[str, str]:
        batches = self.experiment.batch_size is not None and self.experiment.batch_size < self.n
        whose = f"the loss over all {self.n:,} samples" if batches else "the loss"
        return f"{whose} is below {event.level:g} for the first time", f"< {event.level:g}"

    def _hand(self, event: Event) -> tuple[str, str]:
        change = event.change
        assert change is not None
        rate = isinstance(change, SetLearningRate)
        what = "learning rate" if isinstance(change, SetLearningRate) else hand.place(change)
        return f"{what} {'' if rate else '= '}{text(change.value, hand.DIGITS)}, set by hand", ""

    def _diverged(self, event: Event) -> tuple[str, str]:
        return "the last iteration, then a number left the finite ones", "ends"

    def _are(self, event: Event) -> str:
        return f"{self._units(event)} {'is' if len(event.units) == 1 else 'are'}"

    def _units(self, event: Event) -> str:
        every = sum(self.experiment.sizes[1:-1])
        some = len(event.units)
        if some == every > 1:
            return f"{'both' if every == 2 else f'all {every:,}'} hidden units"
        if some > NAMED:
            return f"{some:,} hidden units"
        names = [self._name(layer, j) for layer, j in event.units]
        return " and ".join([", ".join(names[:-1]), names[-1]] if some > 1 else names)

    def _few(self, event: Event) -> str:
        return self._name(*event.units[0]) if len(event.units) == 1 else f"{len(event.units):,}"

    def _name(self, layer: int, j: int) -> str:
        return names.unit(self.experiment.sizes, (), layer + 1, j)


def _all_right(n: int) -> str:
    return f"all {n:,} right" if n > 1 else "the sample right"


def _stop(level: float) -> str:
    return f"loss-{level:g}"


def _bytes(experiment: Experiment) -> int:
    return experiment.points.array.nbytes if isinstance(experiment.points, Points) else 0


@lru_cache
def _slope(name: str, z: float) -> float:
    return float(ACTIVATIONS[name].derivative(np.array([[z]]))[0, 0])


def _dies(name: str) -> bool:
    return _slope(name, FLAT_AT) == 0.0


def _saturates(name: str) -> bool:
    return 0.0 < _slope(name, FLAT_AT) < SATURATED * ACTIVATIONS[name].largest_slope
